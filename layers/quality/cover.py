"""What complete pieces of the tessellation mean: which rule each is a finding of, and how wide it is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from layers.quality.model import Finding, Rule
from layers.quality.pieces import Kind, Piece, narrower
from layers.quality.tally import Tally

# A face of mean width below the record grid's unit comes of rounding a crossing to it.
_ROUNDING_WIDTH_M = 2e-5
_CHECKS = {Kind.OVERLAP: "overlap", Kind.GAP: "gap", Kind.BEYOND: "beyond", Kind.UNEXAMINED: "unexamined"}
CHECKS = frozenset({"overlap", "gap", "edge_gap", "beyond", "mismatch", "near_duplicate", "unexamined"})


class Cover:
    """Takes pieces as the sweep completes them. `same` int64 (n,): the first feature with the same geometry as each
    (two of them are a duplicate, not an overlap); `areas_m2` (n,) of the features."""

    def __init__(self, rules: Mapping[str, Rule], tally: Tally, *, same: np.ndarray, areas_m2: np.ndarray) -> None:
        self._rules, self._tally, self._same, self._areas_m2 = rules, tally, same, areas_m2
        self.rounding_count, self.rounding_u, self.double_u, self.uncovered_u = 0, 0, 0, 0

    def take(self, pieces: list[Piece]) -> None:
        """Judge pieces."""
        areal = [piece for piece in pieces if piece.kind is not Kind.UNEXAMINED]
        shapes = np.empty(len(areal), object)
        shapes[:] = [piece.shape() for piece in areal]
        thin, rounding = self._thin(shapes, np.array([piece.kind is Kind.BEYOND for piece in areal], bool))
        for piece, shape, is_thin, is_rounding in zip(areal, shapes, thin.tolist(), rounding.tolist(), strict=True):
            self._sum(piece)
            if is_rounding:
                self.rounding_count += 1
                self.rounding_u += piece.area_u
            else:
                self._judge(piece, shape, is_thin)
        for piece in pieces:
            if piece.kind is Kind.UNEXAMINED and "unexamined" in self._rules:
                self._tally.add(Finding(self._rules["unexamined"].key, (), piece.area_m2, piece.shape()))

    def _thin(self, shapes: np.ndarray, beyond: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which are narrower than the rule for their kind says, and which only come of rounding; bool (n,) each."""
        rounding = 2 * shapely.area(shapes) <= shapely.length(shapes) * _ROUNDING_WIDTH_M
        thin = rounding.copy()
        for check, mine in (("mismatch", ~beyond), ("beyond", beyond)):
            at = np.flatnonzero(mine & ~rounding)
            if check in self._rules and len(at):
                thin[at] = narrower(shapes[at], self._rules[check].number("width_m"))
        return thin, rounding

    def _sum(self, piece: Piece) -> None:
        self.double_u += piece.area_u if piece.kind is Kind.OVERLAP else 0
        self.uncovered_u += piece.area_u if piece.kind is Kind.GAP else 0

    def _judge(self, piece: Piece, shape: shapely.Geometry, thin: bool) -> None:
        rule = self._rules.get(self._check(piece, thin))
        if rule is None or piece.area_m2 < float(rule.values.get("least_m2", 0.0)):  # type: ignore[arg-type]
            return
        if piece.kind is Kind.OVERLAP and len(set(self._same[list(piece.rows)].tolist())) == 1:
            return  # a duplicate: found as such
        width_m = 2 * piece.area_m2 / shape.length if shape.length else 0.0
        said = [("kind", _CHECKS[piece.kind]), ("width_m", f"{width_m:.3f}")]
        rows = piece.rows or piece.neighbours
        self._tally.add(Finding(rule.key, rows, piece.area_m2, shape, tuple(said)))

    def _check(self, piece: Piece, thin: bool) -> str:
        if self._nearly_all(piece):
            return "near_duplicate"
        if thin:  # what hardly reaches beyond the coverage is nobody's mistake
            return "" if piece.kind is Kind.BEYOND else "mismatch"
        return "edge_gap" if piece.kind is Kind.GAP and piece.at_edge else _CHECKS[piece.kind]

    def _nearly_all(self, piece: Piece) -> bool:
        """Whether an overlap is all but the whole of one of two features, and they are about as large."""
        rule = self._rules.get("near_duplicate")
        if rule is None or piece.kind is not Kind.OVERLAP or len(piece.rows) != 2:
            return False
        return piece.area_m2 >= rule.number("share") * float(self._areas_m2[list(piece.rows)].max())
