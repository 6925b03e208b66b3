"""Exact overlay, slow and obvious: the plane is cut into slabs between all heights at which edges end or cross.

Inside a slab no two edges cross, so that between neighbouring edges lie trapezoids, each of which a label covers or
does not. Everything is a `Fraction` of the very floats that were given: no rounding anywhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import shapely

Number = Fraction | int
Edge = tuple[Number, Number, Number, Number, int]


def shared_areas(
    site: Sequence[shapely.Geometry], geometries: Sequence[shapely.Geometry], labels: Sequence[int]
) -> dict[tuple[int, int], Fraction]:
    """Exact areas inside the site, in squared units of the coordinates, of labels (i, i) and of what two share (i, j).

    `site` are parts, labelled 0…len(site)-1, `labels` those of `geometries`, i ≤ j; others are absent.
    """
    polygons, edges = _edges([*site, *geometries])
    owner = [[*range(len(site)), *labels][number] for number in polygons]
    low, high = _heights(site)
    near = [edge for edge in edges if edge[1] < high and edge[3] > low]
    found: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for bottom, top in pairwise(_levels(near, low, high)):
        for width, inside in _trapezoids(near, (bottom + top) / 2):
            cover = sorted({owner[polygon] for polygon in inside})
            if cover and cover[0] < len(site):
                for pair in [*((label, label) for label in cover), *combinations(cover, 2)]:
                    found[pair] += width * (top - bottom)
    return dict(found)


def _edges(geometries: Sequence[shapely.Geometry]) -> tuple[list[int], list[Edge]]:
    """For each polygon the number of its geometry; edges that are not level: low end, high end, polygon."""
    polygons, owner = shapely.get_parts(np.array(geometries, dtype=object), return_index=True)
    edges: list[Edge] = []
    for number, polygon in enumerate(polygons):
        for ring in (polygon.exterior, *polygon.interiors):
            points = [(Fraction(x), Fraction(y)) for x, y in shapely.get_coordinates(ring).tolist()]
            for a, b in pairwise(points):
                if a[1] != b[1]:
                    low, high = (a, b) if a[1] < b[1] else (b, a)
                    edges.append((*low, *high, number))
    return owner.tolist(), edges


def _heights(site: Sequence[shapely.Geometry]) -> tuple[Fraction, Fraction]:
    bounds = shapely.total_bounds(np.array([*site], dtype=object)).tolist()
    return Fraction(bounds[1]), Fraction(bounds[3])


def _levels(edges: list[Edge], low: Fraction, high: Fraction) -> list[Fraction]:
    """Heights between which no edge ends and no two cross."""
    levels = {low, high}
    for edge in edges:
        levels.update((edge[1], edge[3]))
    for e, f in combinations(edges, 2):
        y = _crossing_height(e, f)
        if y is not None:
            levels.add(y)
    return sorted(y for y in levels if low <= y <= high)


def _crossing_height(e: Edge, f: Edge) -> Fraction | None:
    if max(e[0], e[2]) < min(f[0], f[2]) or max(f[0], f[2]) < min(e[0], e[2]):
        return None
    bottom, top = max(e[1], f[1]), min(e[3], f[3])
    if bottom >= top:
        return None
    below, above = _x(e, bottom) - _x(f, bottom), _x(e, top) - _x(f, top)
    if below * above >= 0:  # apart, touching or one upon the other: no new height
        return None
    return bottom + (top - bottom) * below / (below - above)


def _x(edge: Edge, y: Number) -> Fraction:
    x0, y0, x1, y1, _ = edge
    return x0 + (x1 - x0) * Fraction(y - y0, y1 - y0)


def _trapezoids(edges: list[Edge], y: Fraction) -> list[tuple[Fraction, list[int]]]:
    """Widths along a height and the polygons that cover there, left to right: each odd edge enters its polygon."""
    crossed = sorted((_x(edge, y), edge[4]) for edge in edges if edge[1] < y < edge[3])
    found: list[tuple[Fraction, list[int]]] = []
    count: Counter = Counter()
    for (x, polygon), (following, _) in pairwise(crossed):
        count[polygon] ^= 1
        if following > x:
            found.append((following - x, [number for number, odd in count.items() if odd]))
    return found
