"""Rings without a word on what they are (CAD, tables of points) → polygons, by what lies in what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely


@dataclass(frozen=True, slots=True)
class Nested:
    """A polygon made of rings: `outer` and `inner` are their numbers."""

    polygon: shapely.Polygon
    outer: int
    inner: tuple[int, ...]


def nest(rings: list[np.ndarray]) -> list[Nested]:
    """Polygons of closed rings (each float64, (n, 2)), in the order of their outer rings.

    A ring within an odd number of others is a hole of the smallest of them; every other one is an outer ring. Rings
    that are equal or only overlap are not within each other.
    """
    shapes = shapely.polygons([shapely.linearrings(ring) for ring in rings])
    areas = np.abs(shapely.area(shapes))
    around = _around(shapes, areas)
    depths = [len(one) for one in around]
    holes: dict[int, list[int]] = {}
    for number, outer in enumerate(around):
        if depths[number] % 2:
            owner = min((i for i in outer if depths[i] == depths[number] - 1), key=lambda i: areas[i], default=None)
            if owner is not None:
                holes.setdefault(owner, []).append(number)
                continue
        holes.setdefault(number, [])
    return [
        Nested(shapely.Polygon(rings[outer], [rings[i] for i in inner]), outer, tuple(inner))
        for outer, inner in sorted(holes.items())
    ]


def _around(shapes: np.ndarray, areas: np.ndarray) -> list[list[int]]:
    """For each ring the larger ones that it lies within."""
    found: list[list[int]] = [[] for _ in shapes]
    if len(shapes) < 2:
        return found
    inner, outer = shapely.STRtree(shapes).query(shapes)  # by boxes: predicates may fail on what is not valid
    boxes = shapely.bounds(shapes)
    within = (boxes[inner, :2] >= boxes[outer, :2]).all(axis=1) & (boxes[inner, 2:] <= boxes[outer, 2:]).all(axis=1)
    within &= areas[outer] > areas[inner] * (1 + 1e-9)
    for i, j in zip(inner[within].tolist(), outer[within].tolist(), strict=True):
        if _lies_in(shapes[i], shapes[j]):
            found[i].append(j)
    return found


def _lies_in(inner: shapely.Polygon, outer: shapely.Polygon) -> bool:
    """Containment that survives invalid rings: these are judged by their points."""
    if shapely.is_valid(inner) and shapely.is_valid(outer):
        return bool(shapely.covers(outer, inner))
    shapely.prepare(outer)
    return bool(shapely.intersects_xy(outer, *shapely.get_coordinates(inner).T).all())
