"""The rows that a quarter gives to each layer, and those of the ring road and of the giants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.demo import design
from spatialhub.demo.classes import Classes, Town, classify
from spatialhub.demo.control_tables import cultivated_outside, eco_table, farmland_table, zone_table
from spatialhub.demo.line_tables import facilities, line, named_as_one
from spatialhub.demo.metropolis.drawing import Drawing, draw, town_of
from spatialhub.demo.metropolis.extent import Quarter
from spatialhub.demo.metropolis.landscape import Landscape
from spatialhub.demo.metropolis.zones import PATCH_SOIL, PATCH_WILDNESS, Zones
from spatialhub.demo.parcels import Parcels, cut_into_parcels
from spatialhub.demo.plan_tables import dissolve, plan, survey
from spatialhub.demo.special.tables import giant_rows, lot_tables
from spatialhub.demo.table import Numbering, Table

# Numbers of rows tell where they come from, so that no order of drawing changes them: 1 … of the study area, then a
# hundred thousand for each quarter, the ring road and the giants last.
_NUMBERS_EACH = 100_000
RING, GIANTS = 998, 999
_WETLAND_M2 = 60_000.0
_PATCH_M = 250.0


def has_detailed_plan(drawing: Drawing) -> bool:
    """A regulatory detailed plan is in force in the quarters that are urban."""
    return drawing.urban


def has_territorial_plan(quarter: Quarter) -> bool:
    """A territorial plan is in force in one quarter of some thirty, always the same ones."""
    return (5 * quarter.column + 3 * quarter.row) % 31 == 0


def quarter_tables(quarter: Quarter, landscape: Landscape, seed: int) -> list[Table]:
    """All rows of one quarter, each layer's table; they depend on nothing but these three."""
    # A seed takes no negative numbers: columns and rows count from the centre.
    rng = np.random.default_rng([seed, 5, quarter.column + 1_000, quarter.row + 1_000, quarter.part])
    drawing = draw(quarter, landscape, rng)
    classes = classify(drawing.parcels, rng, town_of(drawing.parcels, landscape))
    numbering = _from(quarter.number)
    tables = [
        *_line_tables(quarter, drawing, classes, numbering),
        *_floor_tables(drawing, classes, landscape, numbering),
        *_plans_of(drawing.parcels, classes, quarter.polygon, numbering),
        *lot_tables(drawing.parcels, classes, quarter.polygon, _lot(quarter, seed), numbering),
    ]
    if has_detailed_plan(drawing):
        tables.append(plan("detailed_plan", (drawing.parcels.geometry, classes.detailed), quarter.polygon, numbering))
    if has_territorial_plan(quarter):
        patches = drawing.parcels.geometry, classes.territorial
        tables.append(plan("territorial_plan", patches, quarter.polygon, numbering))
    return [table for table in tables if len(table)]


def _lot(quarter: Quarter, seed: int) -> np.random.Generator:
    """Lots of special plans, of their own: what is drawn for the older layers stays what it is."""
    return np.random.default_rng([seed, 9, quarter.column + 1_000, quarter.row + 1_000, quarter.part])


def ring_tables(ring: Geometry, study: Geometry) -> list[Table]:
    """The rows of the road around the study area; `study` is its inner edge as the parcels there have it."""
    rng = np.random.default_rng(0)  # one piece, nothing is drawn by lot
    band = shapely.difference(ring, study)
    parcels = cut_into_parcels([(band, "road", "示例外环路")], 1, rng)
    none = np.zeros(len(parcels), bool)
    classes = classify(parcels, rng, Town(none, none, none, none.astype(float)))
    numbering = _from(RING)
    return [line("line_red", [("示例外环路", band)], ring, numbering), *_plans_of(parcels, classes, ring, numbering)]


def giant_tables(zones: Zones, area: Geometry) -> list[Table]:
    """The rows of the giants."""
    numbering = _from(GIANTS)
    tables = [
        line("line_blue", [("示例水系", zones.rivers)], area, numbering),
        line("line_green", [("示例沿河绿廊", zones.green)], area, numbering),
        farmland_table("farmland_pbf", [("示例永久基本农田集中区", zones.farmed)], numbering),
        farmland_table("basic_farmland", [("示例基本农田保护区", zones.basic)], numbering),
        eco_table([("示例山地与湿地生态保护红线", zones.red, "水源涵养")], numbering),
        zone_table("urban_boundary", [zone for zone in zones.boundary if not zone[2].is_empty], area, numbering),
        zone_table("control_zone", [zone for zone in zones.control if not zone[2].is_empty], area, numbering),
        *giant_rows(zones.red, zones.rivers, area, numbering),
    ]
    return [table for table in tables if len(table)]


def _in_small_blocks(parcels: Parcels) -> Parcels:
    """The parcels with blocks no larger than `_PATCH_M`: plans are drawn coarser than parcels, but not much."""
    column, row = (np.floor(along / _PATCH_M).astype(int) for along in (parcels.x, parcels.y))
    cell = (column - column.min()) * (np.ptp(row) + 1) + row - row.min()
    return replace(parcels, block=parcels.block * (cell.max() + 1) + cell)


def _from(unit: int) -> Numbering:
    return Numbering(first=unit * _NUMBERS_EACH + 1, with_planted=False)


def _line_tables(quarter: Quarter, drawing: Drawing, classes: Classes, numbering: Numbering) -> list[Table]:
    parcels, area = drawing.parcels, quarter.polygon
    lakes = [("示例湖", lake.buffer(30, quad_segs=4)) for lake in drawing.lakes]
    heritage = [(f"示例古迹{number}", shape) for number, shape in enumerate(drawing.heritage, start=1)]
    rows = {
        "line_red": drawing.streets,
        "line_blue": lakes,
        "line_purple": heritage,
        "line_green": named_as_one(parcels, parcels.role == "park"),
    }
    return [
        *(line(key, of_line, area, numbering) for key, of_line in rows.items()),
        *(facilities(key, parcels, classes, area, numbering) for key in ("line_yellow", "line_orange")),
    ]


def _floor_tables(drawing: Drawing, classes: Classes, landscape: Landscape, numbering: Numbering) -> list[Table]:
    """Patches of farmland clear of the giants, and wetlands."""
    parcels = drawing.parcels
    places = parcels.x + design.CENTRE[0], parcels.y + design.CENTRE[1]
    soil, wild = landscape.soil(*places), landscape.wildness(*places)
    clear = (soil < PATCH_SOIL) & (wild < PATCH_WILDNESS)
    tables = []
    for key, here in (("farmland_pbf", clear & (soil > -0.75)), ("basic_farmland", clear)):
        chosen = here & cultivated_outside(parcels, classes)
        shapes, is_field = dissolve(_in_small_blocks(parcels), np.where(chosen, "field", ""))
        fields = [("示例农田图斑", shape) for shape in shapes[is_field == "field"]]
        tables.append(farmland_table(key, fields, numbering))
    wetlands = [("示例湿地", lake, "生物多样性维护") for lake in drawing.lakes if lake.area > _WETLAND_M2]
    return [*tables, eco_table(wetlands, numbering)]


def _plans_of(parcels: Parcels, classes: Classes, area: Geometry, numbering: Numbering) -> list[Table]:
    return [
        plan("land_use_plan", dissolve(_in_small_blocks(parcels), classes.land_use), area, numbering),
        plan("urban_rural_plan", (parcels.geometry, classes.urban), area, numbering),
        survey(parcels, classes, area, numbering),
    ]
