"""Drawing a quarter: its great roads, streets, waters, parks, villages and blocks, and the blocks' parcels.

The half of a great road that is the quarter's own runs along its whole edge and is not cut there, so that no quarter
puts a vertex on another's edge: quarters are drawn one by one and tile all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry, LineString, Polygon

from spatialhub.demo import design
from spatialhub.demo.classes import Town
from spatialhub.demo.metropolis.extent import QUARTER_M, Quarter, density_per_km2
from spatialhub.demo.metropolis.landscape import Landscape
from spatialhub.demo.parcels import LEFTOVER, Parcels, Pieces, cut_into_parcels, is_leftover, polygons_of

_HALF_ROAD_M = 25.0
_BELT_M = 42.0
_EDGE_M = 8.0
_STREET_STEP_M, _ARTERIAL_STEP_M = 800.0, 1_600.0
_TOWN_STREETS_M = {"大道": 46.0, "路": 28.0}
_COUNTRY_STREETS_M = {"县道": 22.0, "乡道": 9.0}
_LEAST_M2 = 40_000.0  # a quarter below that is one piece of green
_URBAN_SHARE = 0.25


@dataclass(frozen=True)
class Drawing:
    """A quarter as drawn: parcels, the lines that are no parcels, and whether it is `urban`."""

    parcels: Parcels
    streets: list[tuple[str, Geometry]]
    lakes: list[Geometry]
    heritage: list[Geometry]
    urban: bool


@dataclass(frozen=True)
class Street:
    """A street of a quarter between two arterials; axis in EPSG:4547."""

    name: str
    kind: str
    axis: LineString
    width_m: float

    @property
    def band(self) -> Geometry:
        """The land between its red lines."""
        return self.axis.buffer(self.width_m / 2, cap_style="flat", join_style="mitre", mitre_limit=3)


def is_urban(quarter: Quarter, landscape: Landscape) -> bool:
    """Whether towns take a good part of a quarter."""
    u, v = np.meshgrid((np.arange(12) + 0.5) / 12 + quarter.column, (np.arange(12) + 0.5) / 12 + quarter.row)
    places = design.bend(np.column_stack([u.ravel(), v.ravel()]) * QUARTER_M)
    return float((landscape.town_km(*places.T) > 0).mean()) > _URBAN_SHARE


def draw(quarter: Quarter, landscape: Landscape, rng: np.random.Generator) -> Drawing:
    """Draw a quarter; it depends on the quarter, the landscape and the generator alone."""
    polygon = quarter.polygon
    inner = polygon.buffer(-_HALF_ROAD_M, join_style="mitre")
    urban = is_urban(quarter, landscape)
    if inner.area < _LEAST_M2:
        return Drawing(cut_into_parcels([(polygon, *LEFTOVER)], 1, rng), [], [], [], urban)
    band = polygons_of(shapely.difference(polygon, inner))
    streets = _streets(quarter, urban)
    lakes = _blobs(inner, rng.poisson(polygon.area / 18e6), (70, 260), 200, rng)
    heritage = _blobs(inner, rng.poisson(polygon.area / 12e6), (30, 110), 100, rng)
    pieces = Pieces([(part, "road", "示例外围大道") for part in band], inner)
    _take_lines(pieces, streets, lakes, landscape)
    _take_places(pieces, urban, landscape, rng)
    count = round(polygon.area / 1e6 * density_per_km2())
    rows = [("示例外围大道", part) for part in band]
    rows += [(street.name, shapely.intersection(street.band, inner)) for street in streets]
    return Drawing(cut_into_parcels(pieces.rows, count, rng), rows, lakes, heritage, urban)


def town_of(parcels: Parcels, landscape: Landscape) -> Town:
    """What the towns say of each parcel."""
    places = parcels.x + design.CENTRE[0], parcels.y + design.CENTRE[1]
    inside_km = landscape.town_km(*places)
    return Town(
        inside_km > 0, inside_km > 1.1, landscape.industrial(*places), np.clip(0.6 - 0.35 * inside_km, 0.05, 0.75)
    )


def _take_lines(pieces: Pieces, streets: list[Street], lakes: list[Geometry], landscape: Landscape) -> None:
    pieces.take(shapely.union_all(lakes), "lake", "示例湖")
    for kind in (*_TOWN_STREETS_M, *_COUNTRY_STREETS_M):
        bands = [street.band for street in streets if street.kind == kind]
        if bands:
            pieces.take(shapely.union_all(bands), "road", f"示例{kind}")
    river = shapely.intersection(landscape.rivers(), shapely.box(*pieces.rest.buffer(_BELT_M).bounds))
    pieces.take(river, "river", "示例水系")
    pieces.take(river.buffer(_BELT_M, quad_segs=2), "belt", "示例沿河绿廊")


def _take_places(pieces: Pieces, urban: bool, landscape: Landscape, rng: np.random.Generator) -> None:
    """Take parks (in towns) or villages (in the country) and give every block what is left its role."""
    per_km2, radii, role, name = (0.8, (40, 160), "park", "公园") if urban else (0.35, (80, 220), "village", "村")
    spots = _blobs(pieces.rest, rng.poisson(pieces.rest.area / 1e6 * per_km2), radii, 60, rng)
    for number, spot in enumerate(spots, start=1):
        pieces.take(spot, role, f"示例{number}号{name}")
    blocks = polygons_of(pieces.rest)
    if not blocks:
        return
    places = shapely.get_coordinates(shapely.point_on_surface(np.array(blocks, object)))
    town, wild = landscape.town_km(*places.T) > 0, landscape.wildness(*places.T) > 0
    for block, in_town, in_the_wild in zip(blocks, town, wild, strict=True):
        role = "urban" if in_town else "hill" if in_the_wild else "farm"
        pieces.rows.append((block, *LEFTOVER) if is_leftover(block) else (block, role, ""))


def _blobs(
    area: Geometry, count: int, radii: tuple[float, float], gap_m: float, rng: np.random.Generator
) -> list[Geometry]:
    """Up to `count` rounded shapes inside an area, at least `gap_m` apart."""
    if area.is_empty:
        return []
    west, south, east, north = area.bounds
    found: list[tuple[float, float, float]] = []
    shapes: list[Polygon] = []
    for x, y, radius, phase in rng.uniform([west, south, radii[0], 0], [east, north, radii[1], 6], (count, 4)):
        near = any(np.hypot(x - a, y - b) < 1.3 * (radius + other) + gap_m for a, b, other in found)
        if not near:
            found.append((x, y, radius))
            shapes.append(design.blob(x - design.CENTRE[0], y - design.CENTRE[1], radius, phase=phase, points=24))
    room = area.buffer(-_EDGE_M)  # one that all but touches an edge would leave a thread of land between
    shapely.prepare(room)
    return [shape for shape in shapes if room.covers(shape)]


def _streets(quarter: Quarter, urban: bool) -> list[Street]:
    """The streets inside a quarter, each from one arterial to the next."""
    widths = _TOWN_STREETS_M if urban else _COUNTRY_STREETS_M
    (great, wide), (small, narrow) = widths.items()
    found = []
    for upright in (True, False):
        across, along = (quarter.column, quarter.row) if upright else (quarter.row, quarter.column)
        for step in range(1, int(QUARTER_M / _STREET_STEP_M)):
            offset = across * QUARTER_M + step * _STREET_STEP_M
            arterial = offset % _ARTERIAL_STEP_M == 0
            for piece in range(int(QUARTER_M / _ARTERIAL_STEP_M)):
                start = along * QUARTER_M + piece * _ARTERIAL_STEP_M
                name = f"示例{'经' if upright else '纬'}{offset / _STREET_STEP_M:.0f}{great if arterial else small}"
                axis = _axis(offset, start, upright)
                found.append(Street(name, great if arterial else small, axis, wide if arterial else narrow))
    return found


def _axis(offset: float, start: float, upright: bool) -> LineString:
    along = start + np.linspace(-1, _ARTERIAL_STEP_M + 1, 19)
    fixed = np.full_like(along, offset)
    return LineString(design.bend(np.column_stack([fixed, along] if upright else [along, fixed])))
