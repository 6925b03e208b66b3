"""What the plans and the survey say, as tables under national field names."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.demo import NOTICE, design
from spatialhub.demo.classes import LAND_USE_NAMES, SURVEY_NAMES, TERRITORIAL_NAMES, URBAN_NAMES, Classes
from spatialhub.demo.parcels import Parcels
from spatialhub.demo.table import WHOLE, Numbering, Table, areas, district_columns, text

_PLAN_TABLES = {
    "land_use_plan": "TDGHDL",
    "urban_rural_plan": "CSZTGH",
    "detailed_plan": "KZXXXGH",
    "territorial_plan": "GTKJGHYD",
}
_PLAN_FIELDS = {
    "land_use_plan": ("BSM", "GHDLDM", "GHDLMC", LAND_USE_NAMES),
    "urban_rural_plan": ("BSM", "YDDM", "YDMC", URBAN_NAMES),
    "detailed_plan": ("DKBH", "YDXZDM", "YDXZMC", URBAN_NAMES),
    "territorial_plan": ("BSM", "YDYHFLDM", "YDYHFLMC", TERRITORIAL_NAMES),
}


def dissolve(parcels: Parcels, code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unite touching parcels of one block and class; plans are drawn coarser than parcels. Geometry and class."""
    _, group = np.unique(np.char.add(parcels.block.astype("U9"), code), return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    united = _unite_groups(parcels.geometry[order], starts)
    parts, of_group = shapely.get_parts(united, return_index=True)
    return parts, code[order[starts]][of_group]


def _unite_groups(geometry: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Unite the runs that begin at `starts` (k,); all runs of one length at once."""
    length = np.diff(np.append(starts, len(geometry)))
    united = np.empty(len(starts), object)
    for size in np.unique(length):
        runs = np.flatnonzero(length == size)
        united[runs] = shapely.coverage_union_all(geometry[starts[runs, None] + np.arange(size)], axis=1)
    return united


def plan(key: str, patches: tuple[np.ndarray, np.ndarray], coverage: Geometry, numbering: Numbering = WHOLE) -> Table:
    """A plan's patches; where its class is empty the plan is silent and has no patch."""
    geometry, code = patches
    geometry, code = geometry[code != ""], code[code != ""]
    table = _PLAN_TABLES[key]
    id_field, code_field, name_field, names = _PLAN_FIELDS[key]
    columns = {
        id_field: text([f"{table}-{number:07d}" for number in numbering.numbers(len(code))]),
        **district_columns(geometry),
        code_field: text(code),
        name_field: text([names[value] for value in code]),
        "MJ": areas(geometry),
        "BZ": text([NOTICE] * len(code)),
    }
    return Table(key, table, geometry, columns, coverage)


def plan_within(key: str, parcels: Parcels, code: np.ndarray, area: Geometry) -> Table:
    """A plan of a part of the study area; its coverage is exactly the parcels inside."""
    shapely.prepare(area)
    inside = shapely.contains_xy(area, parcels.x + design.CENTRE[0], parcels.y + design.CENTRE[1])
    coverage = shapely.coverage_union_all(parcels.geometry[inside])
    return plan(key, (parcels.geometry[inside], code[inside]), coverage)


def survey(parcels: Parcels, classes: Classes, study: Geometry, numbering: Numbering = WHOLE) -> Table:
    """The land survey: every parcel, tiling the study area."""
    count = len(parcels)
    area = areas(parcels.geometry)
    districts_of = district_columns(parcels.geometry)
    state_owned = ~np.isin(parcels.role, ["farm", "village", "hill"])
    columns = {
        "BSM": text([f"4101{number:014d}" for number in numbering.numbers(count)]),
        "YSDM": text(["2001010100"] * count),
        "TBBH": text([f"{number:08d}" for number in numbering.numbers(count)]),
        "DLBM": text(classes.survey),
        "DLMC": text([SURVEY_NAMES[code] for code in classes.survey]),
        "QSXZ": text(np.where(state_owned, "20", "30")),
        "QSDWDM": text([f"{code}000000" for code in districts_of["XZQDM"]]),
        "QSDWMC": districts_of["XZQMC"],
        "ZLDWDM": text([f"{code}000000" for code in districts_of["XZQDM"]]),
        "ZLDWMC": districts_of["XZQMC"],
        "TBMJ": area,
        "TBDLMJ": area,
        "SJNF": text(["2019"] * count),
        "MSSM": text(["00"] * count),
        "BZ": text([NOTICE] * count),
    }
    return Table("survey", "DLTB", parcels.geometry, columns, study)
