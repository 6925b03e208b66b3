"""What changed between two versions of a layer: features matched by id, then by geometry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely

from layers.identity import normal_wkb
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.snapshot import Snapshot

_CHUNK = 5_000


class Change(StrEnum):
    """What happened to a feature."""

    ADDED = "added"
    REMOVED = "removed"
    GEOMETRY = "geometry"
    ATTRIBUTES = "attributes"


@dataclass(frozen=True, slots=True)
class Difference:
    """A feature that differs. `id` is the later version's (the earlier one's where removed); areas in m², ellipsoidal;
    `gained_m2` and `lost_m2` are what the geometry now covers more and less; `columns` the attributes that changed,
    `id` among them where only the geometry matched."""

    change: Change
    id: str
    name: str
    before_m2: float
    after_m2: float
    gained_m2: float = 0.0
    lost_m2: float = 0.0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """All differences, and how many features are the same in both."""

    differences: tuple[Difference, ...]
    unchanged: int

    def of(self, change: Change) -> tuple[Difference, ...]:
        """Differences of one kind."""
        return tuple(one for one in self.differences if one.change is change)


@dataclass(frozen=True, slots=True)
class _Side:
    snapshot: Snapshot
    ids: Sequence[str]
    wkb: Sequence[bytes]

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Side:
        everything = np.arange(snapshot.meta.feature_count)
        wkb: list[bytes] = []
        for start in range(0, len(everything), _CHUNK):
            wkb.extend(normal_wkb(snapshot.features(everything[start : start + _CHUNK])))
        return cls(snapshot, snapshot.columns(["id"], everything)["id"], wkb)

    def rows(self, at: Sequence[int]) -> list[dict[str, object]]:
        """Attributes of features, a row each."""
        names = list(self.snapshot.meta.columns)
        values = self.snapshot.columns(names, np.asarray(at, np.int64))
        return [dict(zip(names, row, strict=True)) for row in zip(*(values[name] for name in names), strict=True)]

    def area_m2(self, at: int) -> float:
        return float(self.snapshot.areas[at, 0])


def compare(before: Snapshot, after: Snapshot) -> Diff:
    """Compare two versions of a layer; geometries count as equal when they agree to a millimetre.

    Ids that are hashes change with every attribute, so what no id matches is matched by equal geometry.
    """
    old, new = _Side.of(before), _Side.of(after)
    pairs, removed, added = _match(old, new)
    chunks = [pairs[start : start + _CHUNK] for start in range(0, len(pairs), _CHUNK)]
    changed = [one for chunk in chunks for one in _changed(old, new, chunk)]
    found = [
        *changed,
        *(_only(Change.REMOVED, old, at, row) for at, row in zip(removed, old.rows(removed), strict=True)),
        *(_only(Change.ADDED, new, at, row) for at, row in zip(added, new.rows(added), strict=True)),
    ]
    order = list(Change)
    return Diff(tuple(sorted(found, key=lambda one: (order.index(one.change), one.id))), len(pairs) - len(changed))


def _only(change: Change, side: _Side, at: int, row: dict[str, object]) -> Difference:
    area_m2, name = side.area_m2(at), str(row["name"] or "")
    if change is Change.REMOVED:
        return Difference(change, side.ids[at], name, area_m2, 0.0, lost_m2=area_m2)
    return Difference(change, side.ids[at], name, 0.0, area_m2, gained_m2=area_m2)


def _match(old: _Side, new: _Side) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    by_id = {one: at for at, one in enumerate(new.ids)}
    pairs = [(at, by_id[one]) for at, one in enumerate(old.ids) if one in by_id]
    matched_old, matched_new = {a for a, _ in pairs}, {b for _, b in pairs}
    by_geometry: dict[bytes, list[int]] = defaultdict(list)
    for at in range(len(new.ids) - 1, -1, -1):
        if at not in matched_new:
            by_geometry[new.wkb[at]].append(at)
    removed = []
    for at in range(len(old.ids)):
        if at in matched_old:
            continue
        if candidates := by_geometry.get(old.wkb[at]):
            pairs.append((at, candidates.pop()))
        else:
            removed.append(at)
    return pairs, removed, sorted(at for rest in by_geometry.values() for at in rest)


def _changed(old: _Side, new: _Side, pairs: Sequence[tuple[int, int]]) -> list[Difference]:
    before, after = old.rows([a for a, _ in pairs]), new.rows([b for _, b in pairs])
    found = [_difference(old, new, pair, rows) for pair, *rows in zip(pairs, before, after, strict=True)]
    return [one for one in found if one is not None]


def _difference(old: _Side, new: _Side, pair: tuple[int, int], rows: Sequence[dict]) -> Difference | None:
    a, b = pair
    before, after = rows
    columns = tuple(name for name in {**before, **after} if before.get(name) != after.get(name))
    same_geometry = old.wkb[a] == new.wkb[b]
    if same_geometry and not columns:
        return None
    change = Change.ATTRIBUTES if same_geometry else Change.GEOMETRY
    gained, lost = (0.0, 0.0) if same_geometry else _gained_lost(old, new, a, b)
    name = str(after["name"] or "")
    return Difference(change, new.ids[b], name, old.area_m2(a), new.area_m2(b), gained, lost, columns)


def _gained_lost(old: _Side, new: _Side, a: int, b: int) -> tuple[float, float]:
    before, after = old.snapshot.features(np.array([a]))[0], new.snapshot.features(np.array([b]))[0]
    pieces = np.array([shapely.difference(after, before), shapely.difference(before, after)], object)
    gained, lost = areas_m2(pieces, new.snapshot.meta.epsg)
    return float(gained), float(lost)
