"""What the outline of one feature shows by itself: duplicates, slivers, spikes, over-long edges, what is too small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from layers.quality.model import Finding, Rule
from layers.quality.tally import Tally
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.snapshot import Snapshot
from spatialhub.spatial.snapshot_format import U5_PER_METRE

CHECKS = frozenset({"duplicate", "sliver", "spike", "long_edge", "least_area"})
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True)
class Edges:
    """Edges of features: start (m, 2), vector (m, 2) and length (m,) in metres, the feature of each, and which edge
    comes after it in its ring (`following`, int64 (m,))."""

    start: np.ndarray
    vector: np.ndarray
    length: np.ndarray
    feature: np.ndarray
    following: np.ndarray

    @classmethod
    def of(cls, features: Ragged) -> Edges:
        """Edges of closed rings, one ring after the other."""
        coords, rings = features.coords, features.rings
        is_edge = np.ones(max(len(coords) - 1, 0), bool)
        is_edge[rings[1:-1] - 1] = False
        at = np.flatnonzero(is_edge)
        vector = coords[at + 1] - coords[at]
        feature = np.searchsorted(features.points, at, side="right") - 1
        following = np.arange(1, len(at) + 1)
        ends = np.cumsum(np.diff(rings) - 1) - 1  # the last edge of each ring
        following[ends] = np.concatenate([[0], ends[:-1] + 1])
        return cls(coords[at], vector, np.hypot(vector[:, 0], vector[:, 1]), feature, following)

    def corners(self) -> np.ndarray:
        """The angle in degrees between each edge, turned back, and the one that follows it (m,)."""
        into, out = -self.vector, self.vector[self.following]
        cross = into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0]
        dot = (into * out).sum(axis=1)
        return np.degrees(np.abs(np.arctan2(cross, dot)))


class Shapes:
    """Takes features chunk by chunk; keeps 8 bytes of each, to tell duplicates in the end."""

    def __init__(self, rules: Mapping[str, Rule], tally: Tally, snapshot: Snapshot) -> None:
        self._rules, self._tally, self._snapshot = rules, tally, snapshot
        self._prints = np.zeros(snapshot.meta.feature_count, np.uint64)

    def take(self, rows: np.ndarray, geometries: np.ndarray) -> None:
        """Look at features `rows` (k,), ascending."""
        features = Ragged.of(geometries)
        self._prints[rows] = prints(features)
        edges = Edges.of(features)
        length = np.bincount(edges.feature, weights=edges.length, minlength=len(rows))
        self._slivers(rows, length)
        self._long_edges(rows, edges)
        self._spikes(rows, edges)
        self._too_small(rows)

    def same(self) -> np.ndarray:
        """The first feature with the same geometry as each, int64 (n,); counts duplicates on the way."""
        count = len(self._prints)
        same = np.arange(count)
        order = np.argsort(self._prints, kind="stable")
        equal = np.flatnonzero(self._prints[order][1:] == self._prints[order][:-1])
        for run in np.split(order[np.unique(np.concatenate([equal, equal + 1]))], _breaks(self._prints, order, equal)):
            if len(run):
                self._tell(np.sort(run), same)
        return same

    def _tell(self, rows: np.ndarray, same: np.ndarray) -> None:
        """Duplicates among features of one fingerprint, proven by geometry."""
        left = rows
        rule = self._rules.get("duplicate")
        while len(left) > 1:
            shapes = self._snapshot.features(left)
            equal = shapely.equals(shapes, shapes[0])
            equal[0] = True
            twins = left[equal]
            same[twins] = twins[0]
            if rule is not None and len(twins) > 1:
                area_m2 = float(self._snapshot.areas[twins[0], 0])
                said = (("times", str(len(twins))),)
                self._tally.add(Finding(rule.key, tuple(twins.tolist()), area_m2, None, said))
            left = left[~equal]

    def _slivers(self, rows: np.ndarray, length: np.ndarray) -> None:
        rule = self._rules.get("sliver")
        if rule is None:
            return
        areas = self._snapshot.areas[rows, 1]
        width = 2 * areas / length
        at = np.flatnonzero((width < rule.number("width_m")) | (areas < rule.number("area_m2")))

        def make(i: int) -> Finding:
            said = (("width_m", f"{width[at[i]]:.3f}"),)
            return Finding(rule.key, (int(rows[at[i]]),), float(self._snapshot.areas[rows[at[i]], 0]), None, said)

        self._tally.add_rows(rule, rows[at], self._snapshot.areas[rows[at], 0], make)

    def _long_edges(self, rows: np.ndarray, edges: Edges) -> None:
        rule = self._rules.get("long_edge")
        if rule is None:
            return
        at = np.flatnonzero(edges.length > rule.number("edge_m"))

        def make(i: int) -> Finding:
            start = edges.start[at[i]]
            line = shapely.LineString([start, start + edges.vector[at[i]]])
            return Finding(rule.key, (int(rows[edges.feature[at[i]]]),), float(edges.length[at[i]]), line)

        self._tally.add_rows(rule, rows[edges.feature[at]], edges.length[at], make)

    def _spikes(self, rows: np.ndarray, edges: Edges) -> None:
        rule = self._rules.get("spike")
        if rule is None:
            return
        long = (edges.length >= rule.number("edge_m")) & (edges.length[edges.following] >= rule.number("edge_m"))
        angles = edges.corners()
        at = np.flatnonzero(long & (angles < rule.number("angle_deg")))
        tips = edges.start[edges.following[at]]

        def make(i: int) -> Finding:
            return Finding(rule.key, (int(rows[edges.feature[at[i]]]),), float(angles[at[i]]), shapely.Point(tips[i]))

        self._tally.add_rows(rule, rows[edges.feature[at]], angles[at], make)

    def _too_small(self, rows: np.ndarray) -> None:
        rule = self._rules.get("least_area")
        if rule is None:
            return
        codes, words = self._snapshot.codes("class", rows)
        steps = rule.values["least_by_class"]
        least = np.array([_least(word, steps) for word in words])[codes]
        areas = self._snapshot.areas[rows, 0]
        at = np.flatnonzero(areas < least)

        def make(i: int) -> Finding:
            said = (("expected", f"≥ {least[at[i]]:g} m²"), ("class_code", words[codes[at[i]]] or "—"))
            return Finding(rule.key, (int(rows[at[i]]),), float(areas[at[i]]), None, said)

        self._tally.add_rows(rule, rows[at], areas[at], make)


def prints(features: Ragged) -> np.ndarray:
    """A number for each feature, uint64 (n,): the same for the same vertices to 1e-5 m, in whatever order and sense."""
    units = np.rint(features.coords * U5_PER_METRE).astype(np.int64).view(np.uint64)
    closing = np.zeros(len(units), bool)
    closing[features.rings[1:] - 1] = True
    mixed = _mixed(_mixed(units[:, 0]) + units[:, 1])
    mixed[closing] = 0
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])  # wraps around
    ends = features.points
    return sums[ends[1:]] - sums[ends[:-1]]


def _mixed(values: np.ndarray) -> np.ndarray:
    values = values + _MIX[0]
    values = (values ^ (values >> np.uint64(30))) * _MIX[1]
    values = (values ^ (values >> np.uint64(27))) * _MIX[2]
    return values ^ (values >> np.uint64(31))


def _breaks(prints_: np.ndarray, order: np.ndarray, equal: np.ndarray) -> np.ndarray:
    """Where runs of equal fingerprints end among their members."""
    members = order[np.unique(np.concatenate([equal, equal + 1]))]
    return np.flatnonzero(prints_[members][1:] != prints_[members][:-1]) + 1


def _least(code: str | None, steps: object) -> float:
    """The smallest area for a class; nothing is said of features without one."""
    if code is None:
        return 0.0
    for step in steps:  # type: ignore[attr-defined]
        if not step["prefixes"] or code.startswith(tuple(step["prefixes"])):
            return float(step["area_m2"])
    return 0.0
