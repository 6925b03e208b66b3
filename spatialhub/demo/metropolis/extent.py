"""How far a demo city of so many parcels reaches, and the quarters into which it is taken apart.

The whole outline of Zhengzhou holds a million parcels; a smaller city is the part around the centre that holds its
parcels at the same density. Up to the density of the study area (16 x 16 km) the study area itself is cut finer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from shapely import Polygon

from spatialhub.demo import design
from spatialhub.demo.order import MOST_PARCELS
from spatialhub.demo.outline import city_outline
from spatialhub.demo.parcels import absorb_slivers, polygons_of
from spatialhub.demo.table import MM
from spatialhub.demo.tessellation import weld

QUARTER_M = 6_400.0  # four blocks of the plan's arterial grid
RING_M = 60.0  # width of the road around the study area
_GROWS_FROM = 1.3  # times the study area: below that there is no room for quarters around it
_EDGE_STEP_M = 100.0


@dataclass(frozen=True, slots=True)
class Quarter:
    """A piece of the city between the middles of great roads: `column`, `row` on the plan, outline on the millimetre.

    `number` counts the pieces of one city from 1 on.
    """

    number: int
    column: int
    row: int
    part: int
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class Extent:
    """A city taken apart: whole `area`, `ring` (outer edge of the road around the study area) and the quarters."""

    area: Polygon
    ring: Polygon
    quarters: tuple[Quarter, ...]


@cache
def density_per_km2() -> float:
    """Parcels per km² of plane area."""
    return MOST_PARCELS / (city_outline().area / 1e6)


def grows(parcels: int) -> bool:
    """Whether a city of so many parcels reaches beyond the study area."""
    return parcels / density_per_km2() * 1e6 > _GROWS_FROM * design.study_area().area


def core_parcels() -> int:
    """Parcels of the study area in a city that reaches beyond it."""
    return round(design.study_area().area / 1e6 * density_per_km2())


@cache
def city_area(parcels: int) -> Polygon:
    """The land in EPSG:4547 that the plans of a demo city of `parcels` parcels speak for (to a millimetre)."""
    if not grows(parcels):
        return design.study_area()
    wanted_m2 = parcels / density_per_km2() * 1e6
    low, high = 0.0, 150_000.0
    for _ in range(40):
        radius = (low + high) / 2
        low, high = (radius, high) if _cut_out(radius).area < wanted_m2 else (low, radius)
    return _cut_out(high)


def _cut_out(radius_m: float) -> Polygon:
    around = shapely.intersection(city_outline(), design.blob(0, 0, radius_m, wobble=0.05, phase=0.8, points=240))
    pieces = polygons_of(shapely.union(around, _ring()))
    return shapely.set_precision(max(pieces, key=shapely.area), MM)


def _ring() -> Polygon:
    edge = design.rounded_square(design.STUDY_HALF_M + RING_M, power=6, wobble_m=70, phase=0.7)
    return shapely.transform(edge, lambda points: np.round(points, 3))


@cache
def extent(parcels: int) -> Extent:
    """Take a city that `grows` apart; quarters share their vertices exactly with each other and with the ring."""
    area, ring = city_area(parcels), _ring()
    land = shapely.difference(area, ring)
    cells = _lattice(area)
    rows = [
        (cell, part)
        for cell, shape in cells
        if shape.intersects(land)
        for part in polygons_of(shapely.intersection(shape, land))
    ]
    geometry = np.array([ring, *(part for _, part in rows)], object)
    welded, keep = absorb_slivers(weld(geometry), np.arange(len(geometry)) > 0)
    kept = [cell for (cell, _), kept in zip(rows, keep[1:], strict=True) if kept]
    # Not `area` itself: where quarters end at its edge, they bend it by less than a millimetre.
    whole = shapely.coverage_union_all(welded[keep])
    return Extent(whole, welded[0], _numbered(kept, welded[1:][keep[1:]]))


def _numbered(cells: list[tuple[int, int]], polygons: np.ndarray) -> tuple[Quarter, ...]:
    found: list[Quarter] = []
    for number, ((column, row), polygon) in enumerate(zip(cells, polygons, strict=True), start=1):
        part = sum(quarter.column == column and quarter.row == row for quarter in found)
        found.append(Quarter(number, column, row, part, polygon))
    return tuple(found)


def _lattice(area: Polygon) -> list[tuple[tuple[int, int], Polygon]]:
    """The cells of the plan's lattice that may meet an area, row by row; neighbours share their vertices."""
    reach = int(np.hypot(*(np.array(area.bounds).reshape(2, 2) - design.CENTRE).T).max() / QUARTER_M) + 2
    west, south, east, north = area.bounds
    found = []
    for row in range(-reach, reach):
        for column in range(-reach, reach):
            cell = _cell(column, row)
            xmin, ymin, xmax, ymax = cell.bounds
            if xmin < east and xmax > west and ymin < north and ymax > south:
                found.append(((column, row), cell))
    return found


def _cell(column: int, row: int) -> Polygon:
    steps = int(QUARTER_M / _EDGE_STEP_M)
    along = np.arange(steps) * _EDGE_STEP_M
    u0, v0, u1, v1 = (QUARTER_M * value for value in (column, row, column + 1, row + 1))
    flat = np.zeros(steps)
    # Whole multiples of the step, so that both neighbours of an edge bend the very same numbers.
    plan = np.concatenate(
        [
            np.column_stack([u0 + along, flat + v0]),
            np.column_stack([flat + u1, v0 + along]),
            np.column_stack([u1 - along, flat + v1]),
            np.column_stack([flat + u0, v1 - along]),
        ]
    )
    return Polygon(np.round(design.bend(plan), 3))
