"""Each kernel once more in the slowest and most obvious way: whole numbers and fractions of Python."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np

Point = tuple[int, int]
Segment = tuple[Point, Point]
Windings = dict[tuple[Segment, int], int]

HALF = Fraction(1, 2)


def crossing(a: Point, b: Point, c: Point, d: Point) -> tuple[Fraction, Fraction] | None:
    """Where two segments cross in a point inside both; None where they touch, overlap or stay apart."""
    (ux, uy), (vx, vy) = (b[0] - a[0], b[1] - a[1]), (d[0] - c[0], d[1] - c[1])
    span = ux * vy - uy * vx
    if span == 0:
        return None
    s = Fraction((c[0] - a[0]) * vy - (c[1] - a[1]) * vx, span)
    t = Fraction((c[0] - a[0]) * uy - (c[1] - a[1]) * ux, span)
    return (a[0] + s * ux, a[1] + s * uy) if 0 < s < 1 and 0 < t < 1 else None


def pixel_of(x: Fraction, y: Fraction) -> Point:
    """The whole point whose half-open pixel holds (x, y)."""
    return (x + HALF).__floor__(), (y + HALF).__floor__()


def meets(a: Point, b: Point, p: Point) -> bool:
    """Whether the closed segment a-b has a point in [p - 1/2, p + 1/2) on both axes, by places 0…1 along it."""
    low, low_open, high, high_open = Fraction(0), False, Fraction(1), False
    for start, stop, centre in zip(a, b, p, strict=True):
        if start == stop:
            if start != centre:
                return False
            continue
        at_low, at_high = Fraction(centre - HALF - start, stop - start), Fraction(centre + HALF - start, stop - start)
        enters, leaves = sorted([(at_low, False), (at_high, True)])  # the upper side does not belong to the pixel
        if enters[0] > low or (enters[0] == low and enters[1]):
            low, low_open = enters
        if leaves[0] < high or (leaves[0] == high and leaves[1]):
            high, high_open = leaves
    return low < high or (low == high and not low_open and not high_open)


def windings_of(points: np.ndarray, starts: np.ndarray, labels: np.ndarray, turns: np.ndarray) -> Windings:
    """What edges of rings separate: for (lesser end, other end) and label, left minus right."""
    found: Counter = Counter()
    rows = [tuple(p) for p in points.tolist()]
    for ring, (begin, stop) in enumerate(pairwise(starts.tolist())):
        for a, b in pairwise(rows[begin:stop]):
            if a != b:
                found[(min(a, b), max(a, b)), int(labels[ring])] += int(turns[ring]) * (1 if a < b else -1)
    return {key: value for key, value in found.items() if value}


def snapped(windings: Windings) -> Windings:
    """Snap rounding by the book: hot pixels are ends and crossings; an edge runs through the hot pixels it meets."""
    edges = sorted({edge for edge, _ in windings})
    hot = {end for edge in edges for end in edge}
    for e, f in combinations(edges, 2):
        at = crossing(*e, *f)
        if at is not None:
            hot.add(pixel_of(*at))
    path = {edge: _through(edge, [p for p in hot if p in edge or meets(*edge, p)]) for edge in edges}
    found: Counter = Counter()
    for (edge, label), difference in windings.items():
        for a, b in pairwise(path[edge]):
            found[(min(a, b), max(a, b)), label] += difference * (1 if a < b else -1)
    return {key: value for key, value in found.items() if value}


def _through(edge: Segment, pixels: list[Point]) -> list[Point]:
    """Pixels in the order in which the edge enters them: by the middle of its way inside each."""
    return sorted(pixels, key=lambda p: _middle(*edge, p))


def _middle(a: Point, b: Point, p: Point) -> Fraction:
    low, high = Fraction(0), Fraction(1)
    for start, stop, centre in zip(a, b, p, strict=True):
        if start != stop:
            enters, leaves = sorted([Fraction(centre + side - start, stop - start) for side in (-HALF, HALF)])
            low, high = max(low, enters), min(high, leaves)
    return (low + high) / 2


def winding_at(x: Fraction, y: Fraction, windings: Windings) -> dict[int, int]:
    """Winding numbers of labels at a point that lies on no edge: by a ray to the left."""
    found: Counter = Counter()
    for (((ax, ay), (bx, by)), label), difference in windings.items():
        if (ay > y) == (by > y):
            continue
        if ax + (y - ay) * Fraction(bx - ax, by - ay) < x:
            # Going east across an edge that runs up leads from its left to its right.
            found[label] += -difference if by > ay else difference
    return {label: value for label, value in found.items() if value}


def touching_pairs(vertices: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Pairs of edges (k, 2) that meet elsewhere than at a common end; whole coordinates below 2^25."""
    a, b = vertices[start][:, None, :], vertices[stop][:, None, :]
    c, d = vertices[start][None, :, :], vertices[stop][None, :, :]
    abc, abd, cda, cdb = _cross(a, b, c), _cross(a, b, d), _cross(c, d, a), _cross(c, d, b)
    proper = (np.sign(abc) * np.sign(abd) < 0) & (np.sign(cda) * np.sign(cdb) < 0)
    inner = np.zeros_like(proper)
    for side, p, p_number in ((abc, c, start), (abd, d, stop)):
        low, high = np.minimum(a, b), np.maximum(a, b)
        on = (side == 0) & ((p >= low) & (p <= high)).all(axis=-1)
        inner |= on & (p_number[None, :] != start[:, None]) & (p_number[None, :] != stop[:, None])
    return np.argwhere(proper | inner)


def _cross(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    u, v = b - a, c - a
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
