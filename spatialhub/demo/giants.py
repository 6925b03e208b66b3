"""Multipolygons that reach across the whole city, with thousands of vertices and holes: the giants of a real city.

A field of cells on a grid whose nodes are pushed about by lot; the cells that a smooth random surface selects are
united and their corners cut twice (Chaikin), which leaves curved outlines without a vertex that two rings share.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from shapely import Geometry

Surface = Callable[[np.ndarray, np.ndarray], np.ndarray]


def smooth_surface(rng: np.random.Generator, *, wavelength_m: float, waves: int = 14) -> Surface:
    """A random sum of plane waves around `wavelength_m`; values mostly between -1 and 1."""
    direction, phase = rng.uniform(0, 2 * np.pi, (2, waves))
    frequency = 2 * np.pi / (wavelength_m * rng.uniform(0.5, 1.8, waves))

    def surface(east: np.ndarray, north: np.ndarray) -> np.ndarray:
        along = np.multiply.outer(east, np.cos(direction)) + np.multiply.outer(north, np.sin(direction))
        return np.sin(along * frequency + phase).sum(axis=-1) / np.sqrt(waves / 2)

    return surface


def grow(
    outline: Geometry,
    selects: Callable[[np.ndarray, np.ndarray], np.ndarray],
    rng: np.random.Generator,
    *,
    cell_m: float,
) -> Geometry:
    """Unite the cells inside `outline` whose centre `selects` (east, north → bool); valid, on the millimetre."""
    west, south, east, north = outline.bounds
    columns, rows = int((east - west) / cell_m) + 1, int((north - south) / cell_m) + 1
    x, y = np.meshgrid(west + np.arange(columns + 1) * cell_m, south + np.arange(rows + 1) * cell_m)
    x += rng.uniform(-0.3, 0.3, x.shape) * cell_m
    y += rng.uniform(-0.3, 0.3, y.shape) * cell_m
    corners = np.stack([np.stack([x[i, j], y[i, j]], axis=-1) for i, j in _CORNERS], axis=2).reshape(-1, 4, 2)
    middle = corners.mean(axis=1)
    shapely.prepare(outline)
    chosen = selects(*middle.T) & shapely.contains(outline, shapely.polygons(corners))
    united = shapely.coverage_union_all(shapely.polygons(corners[chosen]))
    return shapely.set_precision(cut_corners(united, times=2), 0.001)


_HERE, _NEXT = slice(None, -1), slice(1, None)
_CORNERS = ((_HERE, _HERE), (_HERE, _NEXT), (_NEXT, _NEXT), (_NEXT, _HERE))


def cut_corners(geometry: Geometry, *, times: int) -> Geometry:
    """Cut every corner of every ring at a quarter of its edges, `times` over."""
    polygons = [
        shapely.Polygon(_cut(part.exterior, times), [_cut(ring, times) for ring in part.interiors])
        for part in shapely.get_parts(geometry)
    ]
    return shapely.MultiPolygon(polygons)


def _cut(ring: Geometry, times: int) -> np.ndarray:
    points = shapely.get_coordinates(ring)[:-1]
    for _ in range(times):
        following = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1).reshape(-1, 2)
    return points
