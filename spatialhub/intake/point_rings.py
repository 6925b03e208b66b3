"""Rings of numbered points, and polygons of rings: where a ring ends, and which lies in which (domain-facts §2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import shapely

from spatialhub.errors import BrokenFile
from spatialhub.intake.txt_lines import TxtPoint
from spatialhub.messages import Words
from spatialhub.spatial.model import Areal, Issue

_CLOSES_M, _CLOSES_DEG = 0.001, 1e-8


def rings_of(run: list[TxtPoint], place: Callable[[int], str], issues: list[Issue]) -> Iterator[list[TxtPoint]]:
    """Rings of a run: a ring ends where its first point comes again, under its own or a new number, or with the run.

    `place` names a line of the file.

    Raises
    ------
    BrokenFile
        A point comes again under its number at another place, or a ring has too few points.
    """
    ring: list[TxtPoint] = []
    for point in run:
        if len(ring) == 1 and _same(ring[0], point):
            continue  # a ring's closing point written twice
        ring.append(point)
        if len(ring) > 3 and _same(ring[0], point):
            yield ring
            ring = []
        elif len(ring) > 3 and point.label and point.label == ring[0].label:
            gap = np.hypot(point.first - ring[0].first, point.second - ring[0].second)
            reason = Words.of("broken_txt_closing", label=point.label, gap_m=f"{gap:.3f}", line=ring[0].line)
            raise BrokenFile(place(point.line), reason=reason)
    if len(ring) >= 3:
        issues.append(Issue.of("txt_ring_closed", place(ring[-1].line), label=ring[0].label or "1", ring=ring[0].ring))
        yield [*ring, ring[0]]
    elif len(ring) > 1 or (ring and len(run) == 1):
        reason = Words.of("broken_txt_ring", ring=ring[0].ring, count=len(ring))
        raise BrokenFile(place(ring[0].line), reason=reason)


def _same(a: TxtPoint, b: TxtPoint) -> bool:
    within = closes_within(max(abs(a.first), abs(a.second)))
    return abs(a.first - b.first) <= within and abs(a.second - b.second) <= within


def closes_within(largest: float) -> float:
    """How far the ends of a ring may lie apart, a millimetre, in the unit of its numbers.

    What is no larger than 360 are degrees, of which a thousandth would be a hundred metres.
    """
    return _CLOSES_M if largest > 360 else _CLOSES_DEG


def assemble(rings: list[np.ndarray]) -> Areal:
    """Polygon of closed rings: a ring within an earlier outer one, and in no hole of it, is a hole; else a new part."""
    shells: list[tuple[shapely.Polygon, list[np.ndarray], list[shapely.Polygon]]] = []
    outers: list[np.ndarray] = []
    for ring in rings:
        whole = shapely.Polygon(ring)
        owner = next((shell for shell in shells if _within(whole, shell[0])), None)
        if owner is not None and not any(_within(whole, hole) for hole in owner[2]):
            owner[1].append(ring)
            owner[2].append(whole)
        else:
            shells.append((whole, [], []))
            outers.append(ring)
    polygons = [shapely.Polygon(outer, shell[1]) for outer, shell in zip(outers, shells, strict=True)]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _within(inner: shapely.Polygon, outer: shapely.Polygon) -> bool:
    """Containment that survives invalid rings: these are judged by their points."""
    if inner.is_valid and outer.is_valid:
        return bool(shapely.covers(outer, inner))
    points = shapely.points(shapely.get_coordinates(inner))
    return bool(shapely.intersects_xy(shapely.convex_hull(outer), *shapely.get_coordinates(points).T).all())
