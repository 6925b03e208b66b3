"""Outlines for the corpus, from a generator of random numbers; coordinates are whole millimetres of EPSG:4547.

Made without any constructive geometry, so that the same numbers come from every version of GEOS.
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

Point = tuple[float, float]


def ring(points: np.ndarray, at: Point) -> np.ndarray:
    """Points (n, 2) around `at`, rounded to a millimetre."""
    return np.round(np.asarray(points, float) + np.asarray(at), 3)


def star(rng: np.random.Generator, at: Point, radius_m: float, *, vertices: tuple[int, int] = (5, 24)) -> Polygon:
    """A star-shaped polygon within `radius_m` of `at`."""
    count = int(rng.integers(*vertices))
    angles = 2 * np.pi * (np.arange(count) + rng.uniform(0.1, 0.9, count)) / count
    radii = radius_m * rng.uniform(0.45, 1.0, count)
    return _valid(Polygon(ring(np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None], at)))


def with_holes(rng: np.random.Generator, outer: Polygon, at: Point, radius_m: float, holes: int) -> Polygon:
    """The polygon with small holes that stay clear of its outline (within 0.35 of the radius) and of each other."""
    found = []
    for number in range(holes):
        angle = 2 * np.pi * number / holes
        middle = (at[0] + 0.2 * radius_m * np.cos(angle), at[1] + 0.2 * radius_m * np.sin(angle))
        found.append(star(rng, middle, radius_m * rng.uniform(0.03, 0.07), vertices=(3, 9)).exterior)
    return _valid(Polygon(outer.exterior, found))


def turned(rng: np.random.Generator, at: Point, width_m: float, height_m: float) -> Polygon:
    """A rectangle turned by any angle around `at`."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (width_m / 2, height_m / 2)
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Polygon(ring(corners @ turn, at))


def corridor(rng: np.random.Generator, at: Point, length_m: float, width_m: float) -> Polygon:
    """A band that winds from west to east, or from south to north."""
    bends = int(rng.integers(4, 30))
    along = np.linspace(-length_m / 2, length_m / 2, bends + 1)
    sway = np.cumsum(rng.uniform(-1, 1, bends + 1)) * length_m / bends / 4
    lower, upper = np.column_stack([along, sway]), np.column_stack([along, sway + width_m])
    points = np.concatenate([lower, upper[::-1]])
    return Polygon(ring(points if rng.random() < 0.5 else points[::-1, ::-1], at))


def cells(rng: np.random.Generator, low: Point, size_m: float, count: int) -> list[np.ndarray]:
    """A tessellation of count x count four-sided cells with common vertices, as rings (5, 2) in whole millimetres."""
    step = size_m / count
    grid = np.stack(np.meshgrid(np.arange(count + 1.0), np.arange(count + 1.0), indexing="ij"), axis=-1) * step
    grid[1:-1, 1:-1] += rng.uniform(-0.24, 0.24, (count - 1, count - 1, 2)) * step
    grid = np.round(grid + np.asarray(low), 3)
    corner = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    return [np.array([grid[i + a, j + b] for a, b in corner]) for i in range(count) for j in range(count)]


def jittered(rng: np.random.Generator, rings: list[np.ndarray], most_mm: int) -> list[np.ndarray]:
    """The rings with every vertex of each moved by up to `most_mm` millimetres: gaps and overlaps on every edge."""
    moved = []
    for points in rings:
        off = rng.integers(-most_mm, most_mm + 1, points.shape) / 1000.0
        off[-1] = off[0]
        other = np.round(points + off, 3)
        moved.append(other if Polygon(other).is_valid else points)
    return moved


def with_vertices(rng: np.random.Generator, points: np.ndarray, off_mm: int) -> np.ndarray:
    """The ring with a further vertex near the middle of each edge, up to `off_mm` off it: neighbours do not have it."""
    middles = (points[:-1] + points[1:]) / 2 + rng.integers(-off_mm, off_mm + 1, (len(points) - 1, 2)) / 1000.0
    other = np.empty((2 * len(points) - 1, 2))
    other[::2], other[1::2] = points, np.round(middles, 3)
    return other if Polygon(other).is_valid else points


def apart(*polygons: Polygon) -> Polygon | MultiPolygon:
    """The polygons as one geometry."""
    return polygons[0] if len(polygons) == 1 else MultiPolygon(list(polygons))


def _valid(polygon: Polygon) -> Polygon:
    if not polygon.is_valid or polygon.area <= 0:
        raise ValueError(f"the corpus drew an invalid outline: {shapely.is_valid_reason(polygon)}")
    return polygon
