"""The special layers of the demo city as tables: what is drawn, what parcels give, what is planted.

Nothing of them touches a sample site but what is planted there: stories stay what they are, whatever the lot.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.demo.classes import Classes
from spatialhub.demo.parcels import Parcels
from spatialhub.demo.sites import sample_sites
from spatialhub.demo.special.drawn import drawn_rows
from spatialhub.demo.special.layout import KEYS, Row, special_table
from spatialhub.demo.special.lots import LOT_KEYS, lot_rows
from spatialhub.demo.special.sites import planted_specials
from spatialhub.demo.table import Numbering, Table

_CLEAR_M = 30.0
_VILLAGE_M = 1_600.0
# Sites that special layers are meant to reach as they are drawn, or that are meant to meet everything.
_OPEN = ("large_area", "beyond_city", "temple_shop", "hill_lodge")
# Layers that tile: a hole around a site would be a gap in the plan.
_TILING = ("env_air", "land_use_zone", "village_area", "socio_economic_plan")


@cache
def kept_clear() -> Geometry:
    """Surroundings of the sample sites, where special layers are only what is planted."""
    shape = shapely.union_all([site.geometry.buffer(_CLEAR_M) for site in sample_sites() if site.key not in _OPEN])
    shapely.prepare(shape)
    return shape


def lot_tables(
    parcels: Parcels, classes: Classes, area: Geometry, rng: np.random.Generator, numbering: Numbering
) -> list[Table]:
    """The special layers that parcels give, for a part of the city beyond the study area."""
    lots = lot_rows(parcels, classes, np.ones(len(parcels), bool), rng)
    return [special_table(key, rows, area, numbering, exact=True) for key, rows in lots.items() if rows]


def giant_rows(red: Geometry, rivers: Geometry, area: Geometry, numbering: Numbering) -> list[Table]:
    """The special layers that giants give: forests in the hills, management zones along all rivers."""
    rows = {
        "forest_land": [Row("示例山地林地", red, "Ⅱ级")],
        "forest_resources": [Row("示例山地公益林", red, "公益林")],
        "river_management": [Row("示例水系管理范围", rivers, "河道")],
    }
    tables = (special_table(key, found, area, numbering, exact=True) for key, found in rows.items())
    return [table for table in tables if len(table)]


# What reaches across a city larger than the study area; the other special layers speak for the study area alone.
CITY_WIDE = ("forest_land", "forest_resources", "river_management", *LOT_KEYS)


def special_tables(parcels: Parcels, classes: Classes, seed: int) -> tuple[Table, ...]:
    """Every special layer of the study area, in the order of `KEYS`."""
    study = shapely.coverage_union_all(parcels.geometry)
    clear = ~shapely.intersects(kept_clear(), parcels.geometry)
    lots = lot_rows(parcels, classes, clear, np.random.default_rng([seed, 9]))
    drawn = {**drawn_rows(), "village_area": _villages(study)}
    tables = []
    for key in KEYS:
        rows = [*_clear_of_sites(key, drawn.get(key, [])), *lots.get(key, []), *_planted(key)]
        tables.append(special_table(key, rows, _coverage(key, study)))
    return tuple(tables)


def _coverage(key: str, study: Geometry) -> Geometry:
    """What a layer speaks for: the study area; the blueprint is in force where it is planted alone."""
    return _planted(key)[0].shape if key == "blueprint" else study


def _clear_of_sites(key: str, rows: list[Row]) -> list[Row]:
    if key in _TILING:
        return rows
    return [
        Row(row.name, shapely.difference(row.shape, kept_clear()), row.class_name, row.reserved_for) for row in rows
    ]


def _planted(key: str) -> list[Row]:
    found = [told for told in planted_specials() if told.feature.layer == key]
    return [Row(told.feature.name, told.feature.geometry, told.class_name, "", told.feature.key) for told in found]


def _villages(study: Geometry) -> list[Row]:
    """Village survey areas: squares of the study area, each within its edge."""
    west, south, east, north = study.bounds
    found = []
    for column, x in enumerate(np.arange(np.floor(west), east, _VILLAGE_M)):
        for row, y in enumerate(np.arange(np.floor(south), north, _VILLAGE_M)):
            cell = shapely.intersection(shapely.box(x, y, x + _VILLAGE_M, y + _VILLAGE_M), study)
            if shapely.area(cell) > 0:
                found.append(Row(f"示例{column + 1}区{row + 1}村", cell, key=f"4101{column:04d}{row:04d}"))
    return found
