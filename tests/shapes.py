"""A named zoo of geometries in EPSG:4547 near the middle of Zhengzhou, easting first, metres.

`ZOO` maps a name to a valid polygon or multipolygon; `at`, `rectangle`, `square` and the others make more of a kind.
Offsets are metres from `ORIGIN`, so that a test reads as a sketch.
"""

from __future__ import annotations

import math

import shapely
from shapely import MultiPolygon, Polygon
from shapely.affinity import translate

EPSG = 4547
ORIGIN = (465_000.0, 3_846_000.0)


def at(*offsets: tuple[float, float]) -> list[tuple[float, float]]:
    """Points at offsets (m) from the origin."""
    return [(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in offsets]


def polygon(*offsets: tuple[float, float], holes: tuple[tuple[tuple[float, float], ...], ...] = ()) -> Polygon:
    """A polygon through offsets (m), with holes given likewise."""
    return Polygon(at(*offsets), [at(*hole) for hole in holes])


def rectangle(width_m: float, height_m: float, x: float = 0.0, y: float = 0.0) -> Polygon:
    """A rectangle whose lower left corner lies at offset (x, y)."""
    return polygon((x, y), (x + width_m, y), (x + width_m, y + height_m), (x, y + height_m))


def square(side_m: float, x: float = 0.0, y: float = 0.0) -> Polygon:
    """A square whose lower left corner lies at offset (x, y)."""
    return rectangle(side_m, side_m, x, y)


def moved(geometry, x: float, y: float):
    """The geometry moved by (x, y) metres."""
    return translate(geometry, x, y)


def to_millimetre(geometry):
    """The geometry with its coordinates rounded to 1 mm, as surveyors hand it in."""
    return shapely.transform(geometry, lambda coords: coords.round(3))


def disc(radius_m: float, x: float = 0.0, y: float = 0.0, vertices: int = 64) -> Polygon:
    """A regular polygon of many vertices around offset (x, y)."""
    angles = [2 * math.pi * i / vertices for i in range(vertices)]
    return polygon(*[(x + radius_m * math.cos(a), y + radius_m * math.sin(a)) for a in angles])


def star(points: int = 12, outer_m: float = 200.0, inner_m: float = 40.0, x: float = 0.0, y: float = 0.0) -> Polygon:
    """A star with sharp points around offset (x, y)."""
    radii = [outer_m, inner_m] * points
    angles = [math.pi * i / points for i in range(2 * points)]
    return polygon(*[(x + r * math.cos(a), y + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)])


def comb(teeth: int = 20, tooth_m: float = 5.0, length_m: float = 100.0, x: float = 0.0, y: float = 0.0) -> Polygon:
    """A comb: a back of one tooth's width below, teeth with gaps as wide as themselves above it."""
    top, offsets = y + tooth_m + length_m, [(x, y)]
    right = x + (2 * teeth - 1) * tooth_m
    offsets.append((right, y))
    for tooth in range(teeth):
        edge = right - 2 * tooth * tooth_m
        offsets += [(edge, top), (edge - tooth_m, top)]
        if tooth < teeth - 1:
            offsets += [(edge - tooth_m, y + tooth_m), (edge - 2 * tooth_m, y + tooth_m)]
    return polygon(*offsets)


def staircase(steps: int = 15, tread_m: float = 7.0) -> Polygon:
    """A staircase: many right angles, edges that run along a grid of parcels."""
    offsets = [(0.0, 0.0), (steps * tread_m, 0.0)]
    for step in range(steps):
        left = (steps - step - 1) * tread_m
        offsets += [(left + tread_m, (step + 1) * tread_m), (left, (step + 1) * tread_m)]
    return polygon(*offsets)


def corridor(length_m: float = 5_000.0, width_m: float = 40.0, bends: int = 25, sway_m: float = 300.0) -> Polygon:
    """A long thin strip that winds: a road or a pipeline."""
    xs = [length_m * i / bends for i in range(bends + 1)]
    ys = [sway_m * math.sin(3 * math.pi * i / bends) for i in range(bends + 1)]
    return polygon(
        *[(x, y) for x, y in zip(xs, ys, strict=True)],
        *[(x, y + width_m) for x, y in zip(reversed(xs), reversed(ys), strict=True)],
    )


def parcels(columns: int, rows: int, side_m: float, x: float = 0.0, y: float = 0.0) -> list[Polygon]:
    """A grid of square parcels that tessellate exactly, row by row from offset (x, y)."""
    return [square(side_m, x + i * side_m, y + j * side_m) for j in range(rows) for i in range(columns)]


SQUARE = square(100.0)
ONE_HECTARE = SQUARE
L = polygon((0, 0), (120, 0), (120, 40), (40, 40), (40, 150), (0, 150))
WITH_HOLE = polygon((0, 0), (200, 0), (200, 160), (0, 160), holes=(((60, 50), (60, 110), (140, 110), (140, 50)),))
HOLE_TOUCHING_THE_EDGE = polygon((0, 0), (100, 0), (100, 100), (0, 100), holes=(((0, 50), (40, 70), (40, 30)),))
SLIVER = polygon((0, 0), (500, 0.4), (1000, 0), (500, 0.41))
WEDGE = polygon((0, 0), (800, 0), (800, 1.5))
NEEDLE = rectangle(1_500.0, 0.02)
FIFTY_SQUARE_METRES = polygon((0, 0), (8.3, 0.4), (7.9, 6.6), (0.2, 5.9))
MULTIPART = MultiPolygon([square(80.0), square(60.0, 200.0, 30.0), rectangle(20.0, 300.0, 120.0, -100.0)])
TOUCHING_CORNER = MultiPolygon([square(100.0), square(100.0, 100.0, 100.0)])
ISLAND_IN_ITS_HOLE = MultiPolygon([WITH_HOLE, square(30.0, 85.0, 65.0)])
COLLINEAR = polygon(*[(10.0 * i, 0.0) for i in range(11)], (100, 100), (50, 100), (0, 100))
SKEW = shapely.affinity.rotate(rectangle(230.0, 140.0), 27.3, origin=at((0, 0))[0])
TWENTY_SQUARE_KILOMETRES = polygon(
    (0, 0), (5200, -300), (5600, 2100), (4900, 4000), (2300, 4350), (-250, 3700), (-100, 1500),
    holes=(((1500, 1500), (1600, 2400), (2500, 2300), (2300, 1400)),),
)  # fmt: skip

ZOO = {
    "square": SQUARE,
    "L": L,
    "with hole": WITH_HOLE,
    "hole touching the edge": HOLE_TOUCHING_THE_EDGE,
    "comb": comb(),
    "star": star(),
    "disc": disc(150.0, vertices=720),
    "staircase": staircase(),
    "sliver": SLIVER,
    "wedge": WEDGE,
    "needle": NEEDLE,
    "corridor": corridor(),
    "fifty square metres": FIFTY_SQUARE_METRES,
    "multipart": MULTIPART,
    "touching corner": TOUCHING_CORNER,
    "island in its hole": ISLAND_IN_ITS_HOLE,
    "collinear vertices": COLLINEAR,
    "skew": SKEW,
    "twenty square kilometres": TWENTY_SQUARE_KILOMETRES,
}
