"""Fragments from faces: neighbours with equal covers joined, slivers given to a neighbour under the same floors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spatialhub.spatial.arrangement import UNITS_PER_M2, Arrangement

SLIVER_M2 = 0.01
SLIVER_SHARE = 1e-7


class Roots:
    """Union-find that keeps, for every set, the face whose key the set takes."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def find(self, item: int) -> int:
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def join(self, item: int, into: int) -> None:
        a, b = self.find(item), self.find(into)
        if a != b:
            self._parent[a] = b

    def groups(self, items: np.ndarray) -> list[np.ndarray]:
        found: dict[int, list[int]] = defaultdict(list)
        for item in items.tolist():
            found[self.find(item)].append(item)
        return [np.array(group) for group in found.values()]


def components(arrangement: Arrangement, mask: np.ndarray) -> list[np.ndarray]:
    """Connected groups of the faces in `mask`."""
    if not mask.any():
        return []
    first, second, _ = arrangement.neighbours
    roots = Roots(len(mask))
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if mask[a] and mask[b]:
            roots.join(a, b)
    return roots.groups(np.flatnonzero(mask))


@dataclass(frozen=True, slots=True)
class Key:
    """What a fragment has in common. `governing`: what a merge must leave as it is."""

    covers: tuple[int, ...]
    parts: tuple[int, ...]
    unchecked: tuple[int, ...]
    outside: bool
    mismatch: bool
    floors: tuple[int, ...]

    @property
    def governing(self) -> tuple:
        return self.floors, self.parts, self.unchecked, self.outside


def fragments(arrangement: Arrangement, keys: list[Key]) -> tuple[list[tuple[np.ndarray, Key]], int]:
    """Groups of faces with their key, and how many slivers were merged into a neighbour."""
    roots = Roots(len(keys))
    first, second, length = arrangement.neighbours
    pairs = list(zip(first.tolist(), second.tolist(), length.tolist(), strict=True))
    for a, b, _ in pairs:
        if keys[a] is keys[b]:
            roots.join(a, b)
    merged = _merge_slivers(arrangement, keys, roots, pairs)
    for a, b, _ in pairs:
        if keys[roots.find(a)] is keys[roots.find(b)]:
            roots.join(a, b)
    faces = np.arange(len(keys))
    return [(group, keys[roots.find(int(group[0]))]) for group in roots.groups(faces)], merged


def _merge_slivers(arrangement: Arrangement, keys: list[Key], roots: Roots, pairs: list[tuple[int, int, float]]) -> int:
    """Join groups below the sliver size, smallest first, to the neighbour under the same floors most shared."""
    total_u = int(arrangement.area_u.sum())
    limit_u = min(SLIVER_M2 * UNITS_PER_M2, SLIVER_SHARE * total_u)
    groups = {roots.find(int(group[0])): group for group in roots.groups(np.arange(len(keys)))}
    area = {root: int(arrangement.area_u[group].sum()) for root, group in groups.items()}
    small = [root for root in groups if area[root] < limit_u]
    small.sort(key=lambda root: (area[root], int(groups[root][0])))
    if not small:
        return 0
    around: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for a, b, length in pairs:
        around[a].append((b, length))
        around[b].append((a, length))
    merged = 0
    for sliver in small:
        root = roots.find(sliver)
        if area[root] >= limit_u:
            continue
        target = _best_neighbour(root, groups[root], keys, roots, around)
        if target is None:
            continue
        roots.join(root, target)
        area[target] += area[root]
        groups[target] = np.concatenate([groups[target], groups[root]])
        merged += 1
    return merged


def _best_neighbour(
    root: int, faces: np.ndarray, keys: list[Key], roots: Roots, around: Mapping[int, list[tuple[int, float]]]
) -> int | None:
    shared: dict[int, float] = defaultdict(float)
    for face in faces.tolist():
        for other, length in around[face]:
            target = roots.find(other)
            if target != root and keys[target].governing == keys[root].governing:
                shared[target] += length
    return min(shared, key=lambda target: (-shared[target], target)) if shared else None


def moved(
    arrangement: Arrangement,
    keys: list[Key],
    groups: list[tuple[np.ndarray, Key]],
    names: Sequence[tuple[str, str]],
) -> dict[str, int]:
    """What merging slivers moved into or out of each feature's fragments, in units of 1e-4 m².

    `names` gives (layer, feature) of a label. Gross: the fragments of a feature sum to its area but for at most this.
    """
    found: dict[str, int] = defaultdict(int)
    for faces, key in groups:
        for face in faces.tolist():
            for label in set(key.covers) ^ set(keys[face].covers):
                found["/".join(names[label])] += int(arrangement.area_u[face])
    return {name: units for name, units in sorted(found.items()) if units}
