"""The demo city's parcels: the study area taken apart into roads, waters, greens and blocks, and blocks into parcels.

Everything ends as one exact tessellation: neighbours share their vertices to the millimetre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry, STRtree

from spatialhub.demo import design
from spatialhub.demo.plots import plots
from spatialhub.demo.tessellation import split, weld

_CUT = {"hill", "village", "farm", "urban", "park"}
_BELT_M = 42.0  # green belt on both sides of a river
_SLIVER_M2 = 60.0
_LEFTOVER_M2 = 900.0  # a block below that is green, not building land
LEFTOVER = ("belt", "示例街旁绿地")


@dataclass(frozen=True)
class Parcels:
    """A tessellation: polygons in EPSG:4547 (n,), their `role`, the `name` of what they belong to, and their block.

    `x`, `y` are local coordinates of a point inside; `plot` is the key of a planted plot or empty.
    """

    geometry: np.ndarray
    role: np.ndarray
    name: np.ndarray
    block: np.ndarray
    plot: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.geometry)


@dataclass
class Pieces:
    """Pieces gathered while an area is taken apart: geometry, role and name of each; `rest` is what is still whole."""

    rows: list[tuple[Geometry, str, str]]
    rest: Geometry

    def take(self, shape: Geometry, role: str, name: str) -> None:
        """Move what of `shape` is still there to the pieces."""
        self.rows += [(part, role, name) for part in polygons_of(shapely.intersection(self.rest, shape))]
        self.rest = shapely.difference(self.rest, shape)


def build_parcels(count: int, rng: np.random.Generator) -> Parcels:
    """Return a tessellation of the study area in about `count` parcels."""
    return cut_into_parcels(_take_apart(rng), count, rng)


def cut_into_parcels(rows: list[tuple[Geometry, str, str]], count: int, rng: np.random.Generator) -> Parcels:
    """Cut the pieces (geometry, role, name) that tile an area into about `count` parcels that tile it exactly."""
    geometry = np.array([row[0] for row in rows], dtype=object)
    role = np.array([row[1] for row in rows])
    name = np.array([row[2] for row in rows], dtype=object)
    pieces, owner = split(geometry, _counts(geometry, role, count), rng)
    welded, keep = absorb_slivers(weld(pieces), np.isin(role[owner], list(_CUT)))
    welded, owner = _whole(welded[keep], owner[keep])
    inside = shapely.get_coordinates(shapely.point_on_surface(welded)) - design.CENTRE
    plot = np.where(role[owner] == "plot", name[owner], "")
    return Parcels(welded, role[owner], name[owner], owner, plot, inside[:, 0], inside[:, 1])


def _whole(polygons: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Part polygons that touch themselves, where a thread of land shrank to a line; no vertex moves."""
    broken = np.flatnonzero(~shapely.is_valid(polygons))
    polygons = polygons.copy()
    polygons[broken] = shapely.make_valid(polygons[broken], method="structure")
    parts, of_polygon = shapely.get_parts(polygons, return_index=True)
    return parts, owner[of_polygon]


def _take_apart(rng: np.random.Generator) -> list[tuple[Geometry, str, str]]:
    """Take plots, lakes, roads, rivers and greens out of the study area; what is left are blocks."""
    pieces = Pieces([], design.study_area())
    for plot in plots():
        pieces.take(plot.geometry, "plot", plot.key)
    for water in design.waters():
        if not water.river:
            pieces.take(water.geometry, "lake", water.name)
    for road in design.roads():
        pieces.take(road.band, "road", road.name)
    for water in design.waters():
        if water.river:
            pieces.take(water.geometry, "river", water.name)
    for water in design.waters():
        if water.river:
            pieces.take(water.geometry.buffer(_BELT_M, quad_segs=3), "belt", water.name)
    for name, park in design.parks():
        pieces.take(park, "park", name)
    pieces.take(design.hills(), "hill", "示例嵩山余脉林场")
    for number, village in enumerate(_villages(rng), start=1):
        pieces.take(village, "village", f"示例{number}村")
    town = shapely.union(design.concentrated_zone(), design.flexible_zone())
    for block in polygons_of(pieces.rest):
        pieces.rows.append((block, *_role_of_block(block, town)))
    return _cut_along(pieces.rows, design.new_plan_area())


def _cut_along(rows: list[tuple[Geometry, str, str]], area: Geometry) -> list[tuple[Geometry, str, str]]:
    """Cut every piece in what lies inside an area and what lies outside."""
    cut = []
    for geometry, role, name in rows:
        if not geometry.intersects(area.boundary):
            cut.append((geometry, role, name))
            continue
        for side in (shapely.intersection(geometry, area), shapely.difference(geometry, area)):
            cut += [(part, role, name) for part in polygons_of(side)]
    return cut


def _role_of_block(block: Geometry, town: Geometry) -> tuple[str, str]:
    if is_leftover(block):
        return LEFTOVER
    return ("urban", "") if town.contains(block.representative_point()) else ("farm", "")


def is_leftover(block: Geometry) -> bool:
    """Whether a block is too small to be built on: it is green."""
    return block.area < _LEFTOVER_M2


def _villages(rng: np.random.Generator) -> list[Geometry]:
    """Villages outside the town, none too near to another or to a plot."""
    taken = shapely.union_all([design.concentrated_zone(), design.hills(), *(plot.quiet for plot in plots())])
    found: list[Geometry] = []
    for x, y, radius, phase in rng.uniform([-7_600, -7_600, 90, 0], [7_600, 7_600, 230, 6], (90, 4)):
        village = design.blob(x, y, radius, phase=phase, points=20)
        if village.buffer(250).intersects(taken):
            continue
        found.append(village)
        taken = shapely.union(taken, village)
    return found


def _counts(geometry: np.ndarray, role: np.ndarray, count: int) -> np.ndarray:
    """How many parcels to cut each piece into, so that all together come near `count`."""
    cut = np.isin(role, list(_CUT))
    demand = np.where(cut, shapely.area(geometry) / _wanted_m2(geometry, role), 0.0)
    free = max(count - len(geometry) + int(cut.sum()), int(cut.sum()))
    low, high = 0.0, 1e6
    for _ in range(60):  # the factor at which the rounded counts add up
        factor = (low + high) / 2
        total = np.maximum(1, np.round(demand[cut] * factor)).sum()
        low, high = (factor, high) if total < free else (low, factor)
    return np.where(cut, np.maximum(1, np.round(demand * high)), 1).astype(int)


def _wanted_m2(geometry: np.ndarray, role: np.ndarray) -> np.ndarray:
    """Relative size of a parcel: small in the centre, large at the rim and in the fields."""
    distance = np.hypot(*(shapely.get_coordinates(shapely.centroid(geometry)) - design.CENTRE).T)
    size = 9_000 + 24_000 * np.clip(distance / 5_000, 0, 1.3)
    for name, factor in (("farm", 2.1), ("hill", 3.5), ("village", 0.25), ("park", 2.5)):
        size = np.where(role == name, size * factor, size)
    return size


def absorb_slivers(polygons: np.ndarray, may_grow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join each sliver of `may_grow` pieces with the neighbour it shares the longest edge with.

    Returns the polygons (n,) and which of them (bool (n,)) are left.
    """
    polygons = polygons.copy()
    area = shapely.area(polygons)
    keep = area > 0
    slivers = np.flatnonzero((area > 0) & (area < _SLIVER_M2) & may_grow)
    tree = STRtree(polygons)
    for index in slivers:
        near = tree.query(polygons[index], predicate="intersects")
        near = near[(near != index) & keep[near] & may_grow[near]]
        shared = shapely.length(shapely.intersection(polygons[near], polygons[index]))
        if len(near) and shared.max() > 0:
            into = near[np.argmax(shared)]
            polygons[into] = shapely.coverage_union(polygons[into], polygons[index])
            keep[index] = False
    return polygons, keep


def polygons_of(geometry: Geometry) -> list[Geometry]:
    """The polygons with an area that a geometry is made of."""
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and part.area > 0]
