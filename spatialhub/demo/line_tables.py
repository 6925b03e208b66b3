"""The six lines: bands of roads, waters with their margins, heritage, greens, utilities and public facilities."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.demo import NOTICE, design
from spatialhub.demo.classes import Classes
from spatialhub.demo.parcels import Parcels
from spatialhub.demo.table import MM, WHOLE, Numbering, Table, objects, text

_LINES = {
    "line_red": ("DLHX", "示例综合交通专项规划"),
    "line_blue": ("CSLX", "示例水系专项规划"),
    "line_purple": ("CSZX", "示例文物保护专项规划"),
    "line_green": ("CSLVX", "示例绿地系统专项规划"),
}
# A Shapefile's names hold ten bytes.
_LINE_FIELDS = {"line_purple": ("编号", "名称", "专项规划", "备注")}


def six_lines(parcels: Parcels, classes: Classes, study: Geometry) -> tuple[Table, ...]:
    """Red, blue, purple, green, yellow and orange."""
    red = [(road.name, road.band) for road in design.roads() if not road.railway]
    blue = [(water.name, water.geometry.buffer(15 if water.river else 30, quad_segs=4)) for water in design.waters()]
    green = named_as_one(parcels, np.isin(parcels.role, ["belt", "park"]))
    tables = [
        line(f"line_{colour}", rows, study)
        for colour, rows in (
            ("red", red),
            ("blue", blue),
            ("purple", list(design.heritage())),
            ("green", green),
        )
    ]
    return (*tables, facilities("line_yellow", parcels, classes, study),
            facilities("line_orange", parcels, classes, study))  # fmt: skip


def named_as_one(parcels: Parcels, chosen: np.ndarray) -> list[tuple[str, Geometry]]:
    """Parcels of one name as one feature each."""
    names = parcels.name.astype(str)
    return [
        (name, shapely.coverage_union_all(parcels.geometry[chosen & (names == name)]))
        for name in np.unique(names[chosen])
    ]


def line(key: str, rows: list[tuple[str, Geometry]], study: Geometry, numbering: Numbering = WHOLE) -> Table:
    """A line of the six; `rows` are name and shape, cut to the study area. The planted ones follow."""
    table, special_plan = _LINES[key]
    geometry = shapely.set_precision(shapely.intersection(np.array([shape for _, shape in rows], object), study), MM)
    there = ~shapely.is_empty(geometry)
    mine = numbering.planted(key)
    count = int(there.sum()) + len(mine)
    names = [name for (name, _), kept in zip(rows, there, strict=True) if kept] + [row.name for row in mine]
    ids = [f"{key[5:].upper()}-{number:05d}" for number in numbering.numbers(count - len(mine))]
    id_field, name_field, plan_field, remark_field = _LINE_FIELDS.get(key, ("BSM", "MC", "special_plan", "BZ"))
    columns = {
        id_field: text(ids + [row.key for row in mine]),
        name_field: text(names),
        plan_field: text([special_plan] * (count - len(mine)) + [row.special_plan for row in mine]),
        remark_field: text([NOTICE] * count),
    }
    return Table(key, table, objects([*geometry[there], *(row.geometry for row in mine)]), columns, study)


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


_FACILITY_TABLES = {"line_yellow": "JCSSHX", "line_orange": "GYSSCX"}


def facilities(key: str, parcels: Parcels, classes: Classes, study: Geometry, numbering: Numbering = WHOLE) -> Table:
    """Yellow and orange lines: the parcels that the urban plan gives to facilities, each reserved for its own."""
    kinds = _UTILITIES if key == "line_yellow" else _PUBLIC
    chosen = np.flatnonzero(np.isin(classes.urban, list(kinds)) & (parcels.plot == ""))
    facts = [kinds[code] for code in classes.urban[chosen]]
    mine = numbering.planted(key)
    numbers = numbering.numbers(len(chosen))
    columns = {
        "编号": text([f"{key[5:].upper()}-{number:05d}" for number in numbers] + [row.key for row in mine]),
        "设施名称": text([f"{name}{number}号" for number, (_, name, _) in zip(numbers, facts, strict=True)]
                       + [row.name for row in mine]),
        "预留用途": text([use for use, _, _ in facts] + [row.reserved_for for row in mine]),
        "专项规划": text([plan for _, _, plan in facts] + [row.special_plan for row in mine]),
        "备注": text([NOTICE] * (len(chosen) + len(mine))),
    }  # fmt: skip
    table = _FACILITY_TABLES[key]
    return Table(key, table, objects([*parcels.geometry[chosen], *(row.geometry for row in mine)]), columns, study)
