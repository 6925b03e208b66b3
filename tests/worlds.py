"""Random worlds for property tests: a site of a given size and layers of believable shapes around it, from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon
from shapely.affinity import rotate

from tests import shapes

AREAS_M2 = (50.0, 400.0, 10_000.0, 250_000.0, 4_000_000.0, 20_000_000.0)


@dataclass(frozen=True)
class World:
    """A site and, per layer, polygons of which those of `tessellation` tile the neighbourhood."""

    site: Polygon
    layers: dict[str, list]


def world(seed: int, area_m2: float) -> World:
    """A site of about `area_m2` with blobs, strips, a tessellation and a giant with holes over it, to a millimetre."""
    rng = np.random.default_rng(seed)
    side = float(np.sqrt(area_m2))
    layers = {
        "blobs": [blob(rng, rng.random(2) * side, side * rng.uniform(0.02, 0.5)) for _ in range(6)],
        "strips": [strip(rng, side) for _ in range(4)],
        "tessellation": tessellation(rng, side, int(rng.integers(4, 25))),
        "giant": [giant(rng, side)],
    }
    return World(site=blob(rng, (side / 2, side / 2), side * 0.6), layers=layers)


def blob(rng: np.random.Generator, centre, radius_m: float) -> Polygon:
    """A star-shaped polygon of 3 to 24 vertices."""
    count = int(rng.integers(3, 25))
    angles = np.sort(rng.random(count)) * 2 * np.pi
    angles += np.linspace(0, 1e-3, count)
    radii = radius_m * rng.uniform(0.4, 1.0, count)
    ring = [(centre[0] + r * np.cos(a), centre[1] + r * np.sin(a)) for r, a in zip(radii, angles, strict=True)]
    return _valid(shapes.polygon(*ring))


def strip(rng: np.random.Generator, side: float) -> Polygon:
    """A band across the neighbourhood."""
    width = side * rng.uniform(0.005, 0.1)
    band = shapes.rectangle(side * 4, width, -side * 1.5, side * rng.random())
    return shapes.to_millimetre(rotate(band, rng.uniform(0, 180), origin=shapes.at((side / 2, side / 2))[0]))


def tessellation(rng: np.random.Generator, side: float, cells: int) -> list[Polygon]:
    """Voronoi cells over the neighbourhood that share their vertices exactly."""
    points = shapely.MultiPoint(shapes.at(*[tuple(p) for p in rng.random((cells, 2)) * side * 1.6 - side * 0.3]))
    cover = shapes.square(side * 3, -side, -side)
    found = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=cover))
    return [cell for cell in (shapes.to_millimetre(cell) for cell in found) if cell.is_valid and not cell.is_empty]


def giant(rng: np.random.Generator, side: float):
    """A feature far larger than the site, with holes of the site's order of size."""
    outer = shapes.disc(side * 6, side / 2, side / 2, vertices=400)
    holes = [blob(rng, rng.random(2) * side * 2 - side * 0.5, side * rng.uniform(0.05, 0.4)) for _ in range(5)]
    return shapely.difference(outer, shapely.union_all(holes))


def _valid(polygon: Polygon) -> Polygon:
    rounded = shapes.to_millimetre(polygon)
    return rounded if rounded.is_valid and rounded.area > 0 else shapely.convex_hull(rounded)
