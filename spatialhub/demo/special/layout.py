"""Tables of the special layers: name and columns, as offices hand them over, and rows made into tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.demo import NOTICE
from spatialhub.demo.table import MM, WHOLE, Numbering, Table, areas, objects, text


@dataclass(frozen=True, slots=True)
class Row:
    """A feature of a special layer: name, shape, class, and the use that it is reserved for."""

    name: str
    shape: Geometry
    class_name: str = ""
    reserved_for: str = ""
    key: str = ""


# Layer → table, columns of class and of reservation (empty: none); id and name are 编号 and 名称 where nothing is said.
_TABLES = {
    "heritage_protection": ("WWBHFW", "保护级别", ""),
    "heritage_control": ("WWJKDD", "控制类别", ""),
    "buried_heritage": ("DXWWMCQ", "类别", ""),
    "archaeology_done": ("KGKTFW", "勘探结论", ""),
    "forest_land": ("LDBHLY", "保护等级", ""),
    "wetland": ("SDBHGH", "湿地级别", ""),
    "forest_resources": ("SLZY", "森林类别", ""),
    "habitat": ("BWWZQXD", "保护级别", ""),
    "green_land": ("CSLD", "绿地类型", ""),
    "river_management": ("HDGLFW", "水系类别", ""),
    "water_conservancy_plan": ("SLZYGH", "工程类别", "预留用途"),
    "weather_observation": ("QXTCHJ", "限高", ""),
    "weather_development": ("QXFZGH", "设施类别", "预留用途"),
    "env_air": ("DQHJGN", "分区类别", ""),
    "env_water": ("YYSYBHQ", "保护级别", ""),
    "env_soil": ("WRDK", "地块类别", ""),
    "env_waste": ("GFCZSS", "设施类别", ""),
    "env_radiation": ("FSHJ", "设施类别", ""),
    "socio_economic_plan": ("JJSHGH", "类别", ""),
    "industrial_plan": ("CYGH", "产业类型", ""),
    "key_projects": ("ZDJSXM", "项目类型", ""),
    "industry_layout": ("GYFZGH", "产业类型", ""),
    "informatization_plan": ("XXHGH", "设施类别", "预留用途"),
    "assessed_area": ("QYPGFW", "评估事项", ""),
    "transport_plan": ("JTGH", "设施类别", "预留用途"),
    "highway_control": ("GLJZKZQ", "路线等级", ""),
    "railway_plan": ("TLGH", "线路类别", "预留用途"),
    "railway_protection": ("TLAQBHQ", "线路类别", ""),
    "education_plan": ("JYSSGH", "设施类别", "预留用途"),
    "medical_plan": ("YLWSGH", "设施类别", "预留用途"),
    "welfare_plan": ("SHFLGH", "设施类别", "预留用途"),
    "sports_plan": ("TYSSGH", "设施类别", "预留用途"),
    "civil_defence_works": ("RFGC", "工程类别", ""),
    "underground_space": ("DXKJGH", "分区类别", ""),
    "power_plan": ("GDSSGH", "电压等级", "预留用途"),
    "power_corridor": ("DLXLBHQ", "电压等级", ""),
    "water_supply_facilities": ("GSSS", "设施类别", "预留用途"),
    "gas_facilities": ("RQSS", "设施类别", "预留用途"),
    "heating_facilities": ("GRSS", "设施类别", "预留用途"),
    "land_reserve": ("TDCB", "储备状态", ""),
    "land_supply": ("GDJH", "供应方式", ""),
    "preselected_site": ("XS_XMKJFW", "批准类型", ""),
    "farmland_conversion": ("ZZ_NYDZYFW", "批准类型", ""),
    "land_acquisition": ("ZZ_TDZSFW", "批准类型", ""),
    "temporary_land": ("LSYD_XMZDFW", "批准类型", ""),
    "existing_right": ("GDDK", "权利类型", ""),
    "illegal_land": ("WFDK", "处理状态", ""),
    "suspected_construction": ("YGYSXZJSYDTB", "图斑类型", ""),
    "land_use_zone": ("TDYTQ", "用途区代码", ""),
    "blueprint": ("YZLT", "用途代码", ""),
    "village_area": ("CJDCQ", "", ""),
}
_ID = {"village_area": "坐落代码"}
_NAME = {"village_area": "坐落名称", "blueprint": "用途名称"}
KEYS = tuple(_TABLES)


def special_table(
    key: str, rows: Sequence[Row], coverage: Geometry, numbering: Numbering = WHOLE, *, exact: bool = False
) -> Table:
    """Rows as a table, cut to the coverage on the millimetre; what is empty then is left out. `exact`: the shapes are
    parcels of the coverage and stand on the millimetre already."""
    table, class_field, reserved_field = _TABLES[key]
    shapes = np.array([row.shape for row in rows], object)
    if not exact:
        loose = ~shapely.covered_by(shapes, coverage)
        shapes[loose] = shapely.intersection(shapes[loose], coverage)
        shapes = shapely.set_precision(shapes, MM)
    kept = [(row, shape) for row, shape in zip(rows, shapes, strict=True) if shapely.area(shape) > 0]
    numbers = numbering.numbers(len(kept))
    columns = {
        _ID.get(key, "编号"): text(
            [row.key or f"{table}-{number:07d}" for (row, _), number in zip(kept, numbers, strict=True)]
        ),
        _NAME.get(key, "名称"): text([row.name for row, _ in kept]),
    }
    if class_field:
        columns[class_field] = text([row.class_name for row, _ in kept])
    if reserved_field:
        columns[reserved_field] = text([row.reserved_for for row, _ in kept])
    geometry = objects([_areal(shape) for _, shape in kept])
    columns |= {"面积": areas(geometry), "备注": text([NOTICE] * len(kept))}
    return Table(key, table, geometry, columns, coverage)


def _areal(shape: Geometry) -> Geometry:
    """A shape without the lines and points that cutting may leave."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
    return (
        parts[0]
        if len(parts) == 1
        else shapely.multipolygons([one for part in parts for one in shapely.get_parts(part)])
    )
