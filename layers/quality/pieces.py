"""Pieces of findings that the seams between tiles cut, and how they are put together again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import shapely
from shapely import Geometry, Polygon, STRtree

# Both sides of a seam round a crossing to the grid; what snapped there may stand a unit off.
_SEAM_M = 2.5e-5
_MOST_NEIGHBOURS = 12


class Kind(IntEnum):
    """What is wrong with a place."""

    GAP = 1
    OVERLAP = 2
    BEYOND = 3
    UNEXAMINED = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """A connected place covered by the same features `rows`: `area_u` in units of 1e-4 m² (ellipsoidal, sum of faces),
    its polygons, and those of them that touch the border of the square examined so far. `at_edge`: a gap that touches
    the coverage's own edge; `neighbours`: features along a gap."""

    kind: Kind
    rows: tuple[int, ...]
    area_u: int
    parts: tuple[Polygon, ...]
    open_parts: tuple[Polygon, ...]
    at_edge: bool = False
    neighbours: tuple[int, ...] = ()

    @property
    def area_m2(self) -> float:
        """Its ellipsoidal area."""
        return self.area_u / 10_000

    def beside(self, rows: tuple[int, ...]) -> Piece:
        """The same, with the features along it."""
        return replace(self, neighbours=rows)

    def opened(self, parts: tuple[Polygon, ...]) -> Piece:
        """The same, with what of it touches the border of a larger square."""
        return replace(self, open_parts=parts)

    def shape(self) -> Geometry:
        """All of it as one geometry; where GEOS cannot take the seams out they stay."""
        if len(self.parts) == 1:
            return self.parts[0]
        try:
            return shapely.union_all(list(self.parts))
        except shapely.GEOSException:
            return shapely.multipolygons(list(self.parts))


def join(pieces: Sequence[Piece]) -> list[Piece]:
    """Join pieces of the same kind and features that touch along a seam."""
    alike: defaultdict[tuple, list[Piece]] = defaultdict(list)
    for piece in pieces:
        alike[piece.kind, piece.rows].append(piece)
    found: list[Piece] = []
    for group in alike.values():
        found += group if len(group) == 1 else [_sum(some) for some in _touching(group)]
    return found


def _touching(group: Sequence[Piece]) -> Iterable[list[Piece]]:
    """Groups of pieces whose open parts come within a seam's width of each other."""
    owner = np.repeat(np.arange(len(group)), [len(piece.open_parts) for piece in group])
    parts = np.array([part for piece in group for part in piece.open_parts], object)
    first, second = STRtree(parts).query(parts, predicate="dwithin", distance=_SEAM_M)
    root = list(range(len(group)))

    def find(at: int) -> int:
        while root[at] != at:
            root[at] = root[root[at]]
            at = root[at]
        return at

    for a, b in zip(owner[first].tolist(), owner[second].tolist(), strict=True):
        low, high = sorted((find(a), find(b)))
        root[high] = low
    together: defaultdict[int, list[Piece]] = defaultdict(list)
    for at, piece in enumerate(group):
        together[find(at)].append(piece)
    return together.values()


def _sum(pieces: Sequence[Piece]) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    return replace(
        pieces[0],
        area_u=sum(piece.area_u for piece in pieces),
        parts=tuple(part for piece in pieces for part in piece.parts),
        open_parts=tuple(part for piece in pieces for part in piece.open_parts),
        at_edge=any(piece.at_edge for piece in pieces),
        neighbours=tuple(sorted({row for piece in pieces for row in piece.neighbours})[:_MOST_NEIGHBOURS]),
    )


def narrower(shapes: np.ndarray, width_m: float) -> np.ndarray:
    """Whether polygons (n,) are nowhere wider than `width_m`: none holds a circle of that diameter; bool (n,).

    An area holds a circle of radius area / perimeter: one that is fat is told without looking closer.
    """
    area, length = shapely.area(shapes), shapely.length(shapes)
    thin = area <= length * (width_m / 2)
    doubtful = np.flatnonzero(thin)
    boxes = shapely.bounds(shapes[doubtful])
    small = (boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=np.inf) <= width_m
    doubtful = doubtful[~small]
    thin[doubtful] = shapely.is_empty(shapely.buffer(shapes[doubtful], -width_m / 2, join_style="mitre"))
    return thin
