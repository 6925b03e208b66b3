"""The seventeen layers of the demo city as tables: geometry in EPSG:4547, columns under national names, coverage.

Every row says in its remark that it is synthetic, every name begins with 示例.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry, STRtree

from spatialhub.demo import NOTICE, design
from spatialhub.demo import classes as demo_classes
from spatialhub.demo.classes import Classes
from spatialhub.demo.giants import grow, smooth_surface
from spatialhub.demo.outline import EPSG, city_outline, districts
from spatialhub.demo.parcels import Parcels
from spatialhub.demo.plots import planted
from spatialhub.demo.sites import quiet_area
from spatialhub.spatial.area import areas_m2

_GIANT_CELL_M = 420.0
_MM = 0.001


@dataclass(frozen=True)
class Table:
    """A layer as it is handed over: catalogue `key`, `table` name, geometries (n,), columns of n values, coverage."""

    key: str
    table: str
    geometry: np.ndarray
    columns: Mapping[str, np.ndarray]
    coverage: Geometry

    def __len__(self) -> int:
        return len(self.geometry)


def build_tables(parcels: Parcels, classes: Classes, rng: np.random.Generator) -> tuple[Table, ...]:
    """Build all layers, in the order of the catalogue."""
    study = shapely.coverage_union_all(parcels.geometry)
    farmland, basic, eco = _farmland_and_eco(parcels, classes, study, rng)
    return (
        *_six_lines(parcels, classes, study),
        _patches("farmland_pbf", "YJJBNTTB", farmland, "YJJBNT"),
        _patches("basic_farmland", "JBNTTB", basic, "JBNT"),
        _eco_redline(eco),
        _urban_boundary(study),
        _plan("land_use_plan", "TDGHDL", _dissolve(parcels, classes.land_use), study),
        _control_zones(study),
        _plan("urban_rural_plan", "CSZTGH", (parcels.geometry, classes.urban), study),
        _within("detailed_plan", "KZXXXGH", parcels, classes.detailed, design.core_plan_area()),
        _within("territorial_plan", "GTKJGHYD", parcels, classes.territorial, design.new_plan_area()),
        _survey(parcels, classes, study),
        _admin(),
    )


# --- six lines ---------------------------------------------------------------------------------------------------


# A Shapefile's names hold ten bytes.
_LINE_FIELDS = {"line_purple": ("编号", "名称", "专项规划", "备注")}


def _six_lines(parcels: Parcels, classes: Classes, study: Geometry) -> tuple[Table, ...]:
    plans = {"red": "综合交通", "blue": "水系", "purple": "文物保护", "green": "绿地系统"}
    red = [(road.name, road.band) for road in design.roads() if not road.railway]
    blue = [(water.name, water.geometry.buffer(15 if water.river else 30, quad_segs=4)) for water in design.waters()]
    green = _named(parcels, np.isin(parcels.role, ["belt", "park"]))
    tables = [
        _line(f"line_{colour}", table, rows, study, f"示例{plans[colour]}专项规划")
        for colour, table, rows in (
            ("red", "DLHX", red),
            ("blue", "CSLX", blue),
            ("purple", "CSZX", list(design.heritage())),
            ("green", "CSLVX", green),
        )
    ]
    return (*tables, _facilities("line_yellow", "JCSSHX", parcels, classes, study),
            _facilities("line_orange", "GYSSCX", parcels, classes, study))  # fmt: skip


def _named(parcels: Parcels, chosen: np.ndarray) -> list[tuple[str, Geometry]]:
    """Parcels of one name as one feature each."""
    names = parcels.name.astype(str)
    return [
        (name, shapely.coverage_union_all(parcels.geometry[chosen & (names == name)]))
        for name in np.unique(names[chosen])
    ]


def _line(key: str, table: str, rows: list[tuple[str, Geometry]], study: Geometry, special_plan: str) -> Table:
    """A line of the six; `rows` are name and shape, cut to the study area. The planted ones follow."""
    geometry = shapely.set_precision(shapely.intersection(np.array([shape for _, shape in rows], object), study), _MM)
    there = ~shapely.is_empty(geometry)
    mine = [feature for feature in planted() if feature.layer == key]
    count = int(there.sum()) + len(mine)
    names = [name for (name, _), kept in zip(rows, there, strict=True) if kept] + [row.name for row in mine]
    ids = [f"{key[5:].upper()}-{number:05d}" for number in range(1, count - len(mine) + 1)]
    id_field, name_field, plan_field, remark_field = _LINE_FIELDS.get(key, ("BSM", "MC", "special_plan", "BZ"))
    columns = {
        id_field: _text(ids + [row.key for row in mine]),
        name_field: _text(names),
        plan_field: _text([special_plan] * (count - len(mine)) + [row.special_plan for row in mine]),
        remark_field: _text([NOTICE] * count),
    }
    return Table(key, table, _objects([*geometry[there], *(row.geometry for row in mine)]), columns, study)


# GB 50137 class → what the line is reserved for, as a use of the national classification, with its name and plan
_UTILITIES = {
    "U11": ("1301", "示例供水厂站", "示例供水专项规划"),
    "U12": ("1303", "示例变电站", "示例电力设施专项规划"),
    "U13": ("1304", "示例燃气调压站", "示例燃气专项规划"),
    "U21": ("1302", "示例排水泵站", "示例排水专项规划"),
}
_PUBLIC = {
    "A2": ("0803", "示例文化馆", "示例文化设施专项规划"),
    "A33": ("0804", "示例中小学", "示例教育设施专项规划"),
    "A4": ("0805", "示例体育场", "示例体育设施专项规划"),
    "A5": ("0806", "示例医院", "示例医疗卫生设施专项规划"),
    "A6": ("0807", "示例养老院", "示例养老设施专项规划"),
}


def _facilities(key: str, table: str, parcels: Parcels, classes: Classes, study: Geometry) -> Table:
    """Yellow and orange lines: the parcels that the urban plan gives to facilities, each reserved for its own."""
    kinds = _UTILITIES if key == "line_yellow" else _PUBLIC
    chosen = np.flatnonzero(np.isin(classes.urban, list(kinds)) & (parcels.plot == ""))
    facts = [kinds[code] for code in classes.urban[chosen]]
    mine = [feature for feature in planted() if feature.layer == key]
    numbers = range(1, len(chosen) + 1)
    columns = {
        "编号": _text([f"{key[5:].upper()}-{number:05d}" for number in numbers] + [row.key for row in mine]),
        "设施名称": _text([f"{name}{number}号" for number, (_, name, _) in zip(numbers, facts, strict=True)]
                       + [row.name for row in mine]),
        "预留用途": _text([use for use, _, _ in facts] + [row.reserved_for for row in mine]),
        "专项规划": _text([plan for _, _, plan in facts] + [row.special_plan for row in mine]),
        "备注": _text([NOTICE] * (len(chosen) + len(mine))),
    }  # fmt: skip
    return Table(key, table, _objects([*parcels.geometry[chosen], *(row.geometry for row in mine)]), columns, study)


# --- floors and boundaries ---------------------------------------------------------------------------------------


def _farmland_and_eco(
    parcels: Parcels, classes: Classes, study: Geometry, rng: np.random.Generator
) -> tuple[list, list, list]:
    """Permanent farmland, basic farmland of the land-use plan and ecological red line: name, shape and kind.

    Inside the study area they are made of parcels; beyond it giants reach across the city, which the ecological red
    line takes in the hills of the west and along the river in the north.
    """
    quality, wild, holes = (smooth_surface(rng, wavelength_m=length) for length in (9_000, 15_000, 2_600))
    land = shapely.difference(city_outline().buffer(-400), design.study_area().buffer(250))

    def is_wild(east: np.ndarray, north: np.ndarray) -> np.ndarray:
        west = np.clip((440_000 - east) / 30_000, -1.5, 1.2)
        river = np.clip((north - 3_861_000) / 5_000, -1.5, 0.9)
        return wild(east, north) + np.maximum(west, river) > 0.75

    def is_farmed(east: np.ndarray, north: np.ndarray) -> np.ndarray:
        return (quality(east, north) > -0.25) & (holes(east, north) < 1.15) & ~is_wild(east, north)

    def is_basic(east: np.ndarray, north: np.ndarray) -> np.ndarray:
        return (quality(east, north) > -0.4) & (holes(east, north) < 0.95) & ~is_wild(east, north)

    def is_red(east: np.ndarray, north: np.ndarray) -> np.ndarray:
        return is_wild(east, north) & (holes(east, north) < 1.25)

    giants = [grow(land, chooses, rng, cell_m=_GIANT_CELL_M) for chooses in (is_farmed, is_basic, is_red)]
    fields = _fields(parcels, classes, quality)
    basic = _fields(parcels, classes, smooth_surface(rng, wavelength_m=3_500))
    return (
        [("示例永久基本农田集中区", giants[0]), *(("示例永久基本农田图斑", field) for field in fields)],
        [("示例基本农田保护区", giants[1]), *(("示例基本农田图斑", field) for field in basic)],
        [("示例西部山地与沿河湿地生态保护红线", giants[2], "水源涵养"), *_study_eco(parcels, study)],
    )


def _fields(parcels: Parcels, classes: Classes, quality) -> list[Geometry]:
    """Cultivated parcels outside the boundary on good soil, clear of the sample sites, united where they touch."""
    good = quality(parcels.x + design.CENTRE[0], parcels.y + design.CENTRE[1]) > -0.35
    cultivated = np.char.startswith(classes.survey, "01") & np.char.startswith(classes.land_use, "11")
    chosen = (parcels.role == "farm") & ~classes.inside_boundary & good & cultivated & _clear_of_sites(parcels)
    return list(shapely.get_parts(shapely.coverage_union_all(parcels.geometry[chosen])))


def _study_eco(parcels: Parcels, study: Geometry) -> list[tuple[str, Geometry, str]]:
    """The wooded hills without their clearings, and the reservoir."""
    hills = shapely.difference(shapely.intersection(design.hills(), study), shapely.union_all(design.clearings()))
    reservoir = parcels.name == "示例尖岗水库"
    return [
        ("示例西南林场生态保护红线", shapely.set_precision(hills, _MM), "水土保持"),
        ("示例尖岗水库生态保护红线", shapely.coverage_union_all(parcels.geometry[reservoir]), "水源涵养"),
    ]


def _clear_of_sites(parcels: Parcels) -> np.ndarray:
    quiet = quiet_area()
    shapely.prepare(quiet)
    return ~shapely.intersects(quiet, parcels.geometry)


def _patches(key: str, table: str, rows: list[tuple[str, Geometry]], prefix: str) -> Table:
    """Farmland patches with the planted ones, under the national table's names."""
    mine = [feature for feature in planted() if feature.layer == key]
    geometry = _objects([shape for _, shape in rows] + [row.geometry for row in mine])
    ids = [f"{prefix}-{number:05d}" for number in range(1, len(rows) + 1)] + [row.key for row in mine]
    names = [name for name, _ in rows] + [row.name for row in mine]
    id_field, area_field = ("YJJBNTTBBH", "YJJBNTTBMJ") if key == "farmland_pbf" else ("JBNTTBBH", "JBNTMJ")
    number = "BSM" if key == "farmland_pbf" else "TBBH"  # of the land-use plan: BSM comes first among its aliases
    columns = {
        **_district_columns(geometry),
        number: _text([f"{index:018d}" for index in range(1, len(geometry) + 1)]),
        id_field: _text(ids),
        "ZLDWMC": _text(names),
        "DLBM": _text(["0102"] * len(geometry)),
        "DLMC": _text([demo_classes.SURVEY_NAMES["0102"]] * len(geometry)),
        area_field: _area(geometry),
        "BZ": _text([NOTICE] * len(geometry)),
    }
    return Table(key, table, geometry, columns, city_outline())


def _eco_redline(rows: list[tuple[str, Geometry, str]]) -> Table:
    mine = [feature for feature in planted() if feature.layer == "eco_redline"]
    rows = rows + [(row.name, row.geometry, "生物多样性维护") for row in mine]
    geometry = _objects([shape for _, shape, _ in rows])
    first = [f"ECO-{number:05d}" for number in range(1, len(rows) - len(mine) + 1)]
    columns = {
        **_district_columns(geometry),
        "HXBM": _text(first + [row.key for row in mine]),
        "HXMC": _text([name for name, _, _ in rows]),
        "HXLX": _text([kind for _, _, kind in rows]),
        "MJ": _area(geometry),
        "BZ": _text([NOTICE] * len(rows)),
    }
    return Table("eco_redline", "STBHHX", geometry, columns, city_outline())


def _urban_boundary(study: Geometry) -> Table:
    zones = (
        ("510", "城镇集中建设区", design.concentrated_zone()),
        ("520", "城镇弹性发展区", design.flexible_zone()),
        ("530", "特别用途区", design.special_zone()),
    )
    return _zones("urban_boundary", "CZKFBJ", zones, ("GHFQDM", "GHFQMC", "MJ"), study)


def _control_zones(study: Geometry) -> Table:
    """Control zones tile the study area: allowed in the town, conditional around it, prohibited in the hills."""
    town, hills = design.concentrated_zone(), design.hills()
    around = shapely.difference(shapely.union(design.flexible_zone(), town.buffer(350)), shapely.union(town, hills))
    rest = shapely.difference(study, shapely.union_all([town, hills, around]))
    zones = (("010", "允许建设区", town), ("020", "有条件建设区", around), ("030", "限制建设区", rest),
             ("040", "禁止建设区", hills))  # fmt: skip
    return _zones("control_zone", "JSYDGZQ", zones, ("GZQLXDM", "GZQLXMC", "GZQMJ"), study)


def _zones(key: str, table: str, zones: tuple, fields: tuple[str, str, str], study: Geometry) -> Table:
    shapes = shapely.intersection(np.array([shape for _, _, shape in zones], object), study)
    geometry = shapely.set_precision(shapes, _MM)
    code_field, name_field, area_field = fields
    columns = {
        "BSM": _text([f"{table}-{number}" for number in range(1, len(zones) + 1)]),
        **_district_columns(geometry),
        code_field: _text([code for code, _, _ in zones]),
        name_field: _text([f"示例{name}" for _, name, _ in zones]),
        area_field: _area(geometry),
        "BZ": _text([NOTICE] * len(zones)),
    }
    return Table(key, table, geometry, columns, study)


# --- plans and survey --------------------------------------------------------------------------------------------

_PLAN_FIELDS = {
    "land_use_plan": ("BSM", "GHDLDM", "GHDLMC", demo_classes.LAND_USE_NAMES),
    "urban_rural_plan": ("BSM", "YDDM", "YDMC", demo_classes.URBAN_NAMES),
    "detailed_plan": ("DKBH", "YDXZDM", "YDXZMC", demo_classes.URBAN_NAMES),
    "territorial_plan": ("BSM", "YDYHFLDM", "YDYHFLMC", demo_classes.TERRITORIAL_NAMES),
}


def _dissolve(parcels: Parcels, code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unite touching parcels of one block and class; plans are drawn coarser than parcels. Geometry and class."""
    _, group = np.unique(np.char.add(parcels.block.astype("U9"), code), return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    united = [shapely.coverage_union_all(parcels.geometry[rows]) for rows in np.split(order, starts[1:])]
    parts, of_group = shapely.get_parts(np.array(united, object), return_index=True)
    return parts, code[order[starts]][of_group]


def _plan(key: str, table: str, patches: tuple[np.ndarray, np.ndarray], coverage: Geometry) -> Table:
    """A plan's patches; where its class is empty the plan is silent and has no patch."""
    geometry, code = patches
    geometry, code = geometry[code != ""], code[code != ""]
    id_field, code_field, name_field, names = _PLAN_FIELDS[key]
    columns = {
        id_field: _text([f"{table}-{number:07d}" for number in range(1, len(code) + 1)]),
        **_district_columns(geometry),
        code_field: _text(code),
        name_field: _text([names[value] for value in code]),
        "MJ": _area(geometry),
        "BZ": _text([NOTICE] * len(code)),
    }
    return Table(key, table, geometry, columns, coverage)


def _within(key: str, table: str, parcels: Parcels, code: np.ndarray, area: Geometry) -> Table:
    """A plan of a part of the study area; its coverage is exactly the parcels inside."""
    shapely.prepare(area)
    inside = shapely.contains_xy(area, parcels.x + design.CENTRE[0], parcels.y + design.CENTRE[1])
    coverage = shapely.coverage_union_all(parcels.geometry[inside])
    return _plan(key, table, (parcels.geometry[inside], code[inside]), coverage)


def _survey(parcels: Parcels, classes: Classes, study: Geometry) -> Table:
    count = len(parcels)
    area = _area(parcels.geometry)
    districts_of = _district_columns(parcels.geometry)
    state_owned = ~np.isin(parcels.role, ["farm", "village", "hill"])
    columns = {
        "BSM": _text([f"4101{number:014d}" for number in range(1, count + 1)]),
        "YSDM": _text(["2001010100"] * count),
        "TBBH": _text([f"{number:08d}" for number in range(1, count + 1)]),
        "DLBM": _text(classes.survey),
        "DLMC": _text([demo_classes.SURVEY_NAMES[code] for code in classes.survey]),
        "QSXZ": _text(np.where(state_owned, "20", "30")),
        "QSDWDM": _text([f"{code}000000" for code in districts_of["XZQDM"]]),
        "QSDWMC": _text([f"示例{name}" for name in districts_of["XZQMC"]]),
        "ZLDWDM": _text([f"{code}000000" for code in districts_of["XZQDM"]]),
        "ZLDWMC": _text([f"示例{name}" for name in districts_of["XZQMC"]]),
        "TBMJ": area,
        "TBDLMJ": area,
        "SJNF": _text(["2019"] * count),
        "MSSM": _text(["00"] * count),
        "BZ": _text([NOTICE] * count),
    }
    return Table("survey", "DLTB", parcels.geometry, columns, study)


def _admin() -> Table:
    geometry = _objects([district.geometry for district in districts()])
    columns = {
        "BSM": _text([f"{district.code}{'0' * 12}" for district in districts()]),
        "XZQDM": _text([district.code for district in districts()]),
        "XZQMC": _text([f"示例{district.name}" for district in districts()]),
        "DCMJ": _area(geometry),
        "BZ": _text([NOTICE] * len(geometry)),
    }
    return Table("admin_area", "XZQ", geometry, columns, city_outline())


def _district_columns(geometry: np.ndarray) -> dict[str, np.ndarray]:
    """Code and name of the district in which a point of each feature lies."""
    tree = STRtree([district.geometry for district in districts()])
    found = tree.nearest(shapely.point_on_surface(geometry))
    return {
        "XZQDM": _text([districts()[index].code for index in found]),
        "XZQMC": _text([districts()[index].name for index in found]),
    }


def _area(geometry: np.ndarray) -> np.ndarray:
    return np.round(areas_m2(geometry, EPSG), 2)


def _text(values) -> np.ndarray:
    return np.array(list(map(str, values)), dtype=object)


def _objects(geometries: list) -> np.ndarray:
    found = np.empty(len(geometries), dtype=object)
    found[:] = geometries
    return found
