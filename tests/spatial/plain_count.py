"""The slow and obvious way from covers to what layers answer (check.md §5): what `count_covers` is held against.

Sets of labels and sums of whole numbers, face by face; every thin thing is asked of geometry, fat as it may be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from spatialhub.spatial.candidates import (
    DIGITISING_ERROR_M2,
    MISMATCH_WIDTH_M,
    TRACE_TOTAL_FACTOR,
    Terms,
)
from spatialhub.spatial.overlay import Labels
from spatialhub.spatial.planar import UNITS_PER_M2, Arrangement
from spatialhub.spatial.regions import EVERYWHERE, NOWHERE
from spatialhub.spatial.thin import narrow_groups


@dataclass
class PlainCount:
    """What the kernel's `Counted` says, as lists and sets."""

    code: list[str]
    layer_u: list[int]
    unchecked_u: list[int]
    floor_u: list[int]
    suspected: list[bool]
    counts: set[int]
    mismatch: set[int]


class _Plain:
    def __init__(self, arrangement: Arrangement, labels: Labels, terms: Terms) -> None:
        self.arrangement, self.labels, self.terms = arrangement, labels, terms
        self.covers = arrangement.covers()
        self.area_u = arrangement.area_u.tolist()
        self.faces = range(len(arrangement))
        self.around: dict[int, dict[int, float]] = defaultdict(dict)
        for a, b, length_m in zip(*(each.tolist() for each in arrangement.neighbours), strict=True):
            self.around[a][b] = self.around[b][a] = length_m

    def layer(self, label: int) -> int:
        return int(self.labels.candidates.layer[label - self.labels.first])

    def floor(self, label: int) -> bool:
        return bool(self.labels.candidates.floor[label - self.labels.first])

    def candidates(self, face: int) -> list[int]:
        return [label for label in self.covers[face] if label >= self.labels.first]

    def units(self, faces: Iterable[int]) -> int:
        return sum(self.area_u[face] for face in set(faces))

    def vanishes(self, faces: Iterable[int], half_m: float) -> bool:
        """Always by geometry, whatever is fat."""
        face = np.array(sorted(set(faces)), np.int64)
        return bool(narrow_groups(self.arrangement, face, np.zeros(len(face), np.int64), np.array([half_m]))[0])

    def answers(self, layer: int, face: int) -> bool:
        """Whether a layer speaks for a face."""
        place = int(self.labels.around.of_layer[layer])
        if place in (EVERYWHERE, NOWHERE):
            return place == EVERYWHERE
        return self.labels.parts + place in self.covers[face]

    def thin(self) -> set[int]:
        groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        for face in self.faces:
            for label in self.candidates(face):
                if self.terms.tessellates[self.layer(label)]:
                    groups[(self.layer(label), -1 if self.floor(label) else label)].append(face)
        gone = {key for key, faces in groups.items() if self.vanishes(faces, self.terms.adjacent_m[key[0]])}
        met = {label for face in self.faces for label in self.candidates(face)}
        return {label for label in met if (self.layer(label), -1 if self.floor(label) else label) in gone}

    def status(self, layer: int, faces: list[int], thin: set[int]) -> str:
        terms = self.terms
        if not faces:
            return "nothing"
        own = {label for face in faces for label in self.candidates(face) if self.layer(label) == layer}
        if (terms.tessellates[layer] and own <= thin) or self.vanishes(faces, terms.adjacent_m[layer]):
            return "adjacent"
        if terms.floor[layer]:
            return "hit"
        units, below_u = self.units(faces), terms.trace_below_u[layer]
        if units < below_u:
            return "trace"
        narrow = units < TRACE_TOTAL_FACTOR * below_u and self.vanishes(faces, terms.trace_half_m[layer])
        return "trace" if narrow else "hit"

    def components(self, faces: set[int]) -> list[set[int]]:
        left, found = set(faces), []
        while left:
            group, front = set(), {min(left)}
            while front:
                group |= front
                front = {other for face in front for other in self.around[face] if other in faces} - group
            found.append(group)
            left -= group
        return found

    def mismatches(self, layers: list[int], counts: set[int]) -> set[int]:
        flagged: set[int] = set()
        for layer in layers:
            depth = {face: sum(label in counts and self.layer(label) == layer for label in self.candidates(face))
                     for face in self.faces}  # fmt: skip
            gaps = {face for face in self.faces if not depth[face] and self.answers(layer, face)}
            twice = {face for face in self.faces if depth[face] > 1}
            for odd in (gaps, twice):
                for group in self.components(odd):
                    if self.vanishes(group, MISMATCH_WIDTH_M / 2):
                        flagged |= group
        return flagged


def plain_count(arrangement: Arrangement, labels: Labels, terms: Terms) -> PlainCount:
    """Count as check.md says it; raises Tie."""
    plain = _Plain(arrangement, labels, terms)
    layers = range(len(terms))
    faces: dict[int, list[int]] = {layer: [] for layer in layers}
    for face in plain.faces:
        for layer in {plain.layer(label) for label in plain.candidates(face)}:
            faces[layer].append(face)
    thin = plain.thin()
    code = [plain.status(layer, faces[layer], thin) for layer in layers]
    hit = [layer for layer in layers if code[layer] == "hit"]
    solid = [[face for face in faces[layer] if any(plain.floor(label) and label not in thin
              for label in plain.candidates(face) if plain.layer(label) == layer)] for layer in layers]  # fmt: skip
    floor_u = [plain.units(solid[layer]) if layer in hit else 0 for layer in layers]
    counts = set(range(labels.first)) | {label for label in range(labels.first, len(labels))
                                         if plain.layer(label) in hit and label not in thin}  # fmt: skip
    mismatch = plain.mismatches([layer for layer in hit if terms.tessellates[layer]], counts)
    return PlainCount(
        code=code,
        layer_u=[plain.units(faces[layer]) for layer in layers],
        unchecked_u=[plain.units(f for f in plain.faces if not plain.answers(layer, f)) for layer in layers],
        floor_u=floor_u,
        suspected=[0 < units < DIGITISING_ERROR_M2 * UNITS_PER_M2 for units in floor_u],
        counts=counts,
        mismatch=mismatch,
    )
