"""Faces joined to fragments (check.md §4): the kernels against the slow and obvious way."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.spatial import _kernels
from spatialhub.spatial.candidates import SLIVER_M2
from spatialhub.spatial.fragments import Joined, distinct_covers, moved_u
from spatialhub.spatial.planar import UNITS_PER_M2, Arrangement, Frame

SITE_FACE_U = 10**12  # makes the site large enough for the sliver size to be 0.01 m²


@dataclass(frozen=True)
class Faces:
    """A made-up arrangement: keys and governing numbers of its faces, and which share an edge."""

    arrangement: Arrangement
    key: np.ndarray
    governing: np.ndarray

    @property
    def pairs(self) -> list[tuple[int, int, float]]:
        first, second, length = self.arrangement.neighbours
        return list(zip(first.tolist(), second.tolist(), length.tolist(), strict=True))


def an_arrangement(area_u, pairs, covers=()) -> Arrangement:
    """Faces of given areas, neighbours as (first, second, length), covers as (face, label)."""
    pairs, covers = sorted(pairs), sorted(covers)
    table = _kernels.FaceTable(
        area_u=np.array(area_u, np.int64),
        area_plane_u=np.array(area_u, np.int64),
        perimeter_m=np.ones(len(area_u)),
        cover_face=np.array([face for face, _ in covers], np.int64),
        cover_label=np.array([label for _, label in covers], np.int64),
        neighbours=(
            np.array([a for a, _, _ in pairs], np.int64),
            np.array([b for _, b, _ in pairs], np.int64),
            np.array([length for *_, length in pairs], np.float64),
        ),
    )
    return Arrangement(Frame.around((0, 0, 1, 1), 1e-5), table, None, "made up")  # type: ignore[arg-type]


def join(arrangement: Arrangement, key: np.ndarray, governing: np.ndarray) -> Joined:
    """Fragments as the kernel joins them."""
    limit_u = min(SLIVER_M2 * UNITS_PER_M2, 1e-7 * int(arrangement.area_u.sum()))
    return Joined(*_kernels.join_faces(key, governing, arrangement.area_u, *arrangement.neighbours, limit_u))


def components(arrangement: Arrangement, mask: np.ndarray) -> tuple[np.ndarray, int]:
    """Connected groups of faces as the kernel finds them, and how many."""
    group = _kernels.components(mask, *arrangement.neighbours)
    return group, int(group.max(initial=-1)) + 1


@st.composite
def faces(draw) -> Faces:
    """Up to 40 faces, few keys, many slivers, lengths that tie."""
    count = draw(st.integers(1, 40))
    each = st.integers(0, count - 1)
    edges = draw(st.lists(st.tuples(each, each), max_size=4 * count))
    pairs = {(min(a, b), max(a, b)) for a, b in edges if a != b}
    lengths = [float(draw(st.sampled_from((0.1, 0.5, 0.7, 2.0)))) for _ in pairs]
    area_u = draw(st.lists(st.sampled_from((0, 1, 30, 60, 99, 100, 5000)), min_size=count, max_size=count))
    area_u[draw(each)] = SITE_FACE_U
    key = np.array(draw(st.lists(st.integers(0, 4), min_size=count, max_size=count)), np.int64)
    governing = np.array(draw(st.lists(st.integers(0, 1), min_size=5, max_size=5)), np.int64)[key]
    rows = [(a, b, length) for (a, b), length in zip(sorted(pairs), lengths, strict=True)]
    return Faces(an_arrangement(area_u, rows), key, governing)


class Sets:
    """Faces in sets, each under the key of the face it was begun with."""

    def __init__(self, count: int) -> None:
        self.root = list(range(count))

    def find(self, face: int) -> int:
        while self.root[face] != face:
            face = self.root[face]
        return face

    def join(self, face: int, into: int) -> None:
        self.root[self.find(face)] = self.find(into)

    def members(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for face in range(len(self.root)):
            found[self.find(face)].append(face)
        return found


def joined_slowly(given: Faces) -> tuple[list[int], list[int], int]:
    """Fragment of every face, key of every fragment, slivers merged: as check.md says it, step by step."""
    key, governing, area_u = given.key, given.governing, given.arrangement.area_u
    limit_u = min(SLIVER_M2 * UNITS_PER_M2, 1e-7 * int(area_u.sum()))
    sets = Sets(len(key))
    for a, b, _ in given.pairs:
        if key[a] == key[b]:
            sets.join(a, b)
    groups = sets.members()
    area = {root: int(area_u[members].sum()) for root, members in groups.items()}
    merged = 0
    for sliver in sorted((r for r in groups if area[r] < limit_u), key=lambda r: (area[r], groups[r][0])):
        root = sets.find(sliver)
        if area[root] >= limit_u:
            continue
        shared: dict[int, float] = defaultdict(float)
        for face in groups[root]:
            for a, b, length in given.pairs:
                if face in (a, b):
                    other = sets.find(b if a == face else a)
                    if other != root and governing[other] == governing[root]:
                        shared[other] += length
        if shared:
            target = min(shared, key=lambda other: (-shared[other], other))
            sets.join(root, target)
            area[target] += area[root]
            groups[target] = groups[target] + groups[root]
            merged += 1
    for a, b, _ in given.pairs:
        if key[sets.find(a)] == key[sets.find(b)]:
            sets.join(a, b)
    number: dict[int, int] = {}
    fragment = [number.setdefault(sets.find(face), len(number)) for face in range(len(key))]
    return fragment, [int(key[root]) for root in number], merged


@given(faces())
def test_faces_join_as_the_slow_way_joins_them(given_faces):
    joined = join(given_faces.arrangement, given_faces.key, given_faces.governing)
    fragment, key, merged = joined_slowly(given_faces)
    assert joined.fragment.tolist() == fragment
    assert joined.key.tolist() == key
    assert joined.merged == merged


@given(faces())
def test_merging_never_changes_what_governs(given_faces):
    joined = join(given_faces.arrangement, given_faces.key, given_faces.governing)
    governing_of_key = dict(zip(given_faces.key.tolist(), given_faces.governing.tolist(), strict=True))
    after = [governing_of_key[key] for key in joined.key[joined.fragment].tolist()]
    assert after == given_faces.governing.tolist()


@given(faces(), st.data())
def test_components_are_what_can_be_walked_within_the_mask(given_faces, data):
    count = len(given_faces.key)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool)
    sets = Sets(count)
    for a, b, _ in given_faces.pairs:
        if mask[a] and mask[b]:
            sets.join(a, b)
    number: dict[int, int] = {}
    slow = [number.setdefault(sets.find(face), len(number)) if mask[face] else -1 for face in range(count)]
    group, groups = components(given_faces.arrangement, mask)
    assert (group.tolist(), groups) == (slow, len(number))


@given(st.lists(st.tuples(st.lists(st.integers(0, 6), max_size=5), st.booleans()), max_size=30))
def test_rows_are_told_apart_by_what_they_hold_in_any_order(rows):
    starts = np.cumsum([0, *(len(values) for values, _ in rows)], dtype=np.int64)
    values = np.array([value for row, _ in rows for value in row], np.int64)
    group, first = _kernels.distinct_rows(starts, values, np.array([flag for _, flag in rows], bool))
    number: dict[tuple, int] = {}
    held = [(tuple(sorted(row)), flag) for row, flag in rows]
    slow = [number.setdefault(row, len(number)) for row in held]
    assert group.tolist() == slow
    assert first.tolist() == [held.index(row) for row in number]


def test_covers_that_do_not_count_tell_nothing_apart():
    found = an_arrangement([1, 1, 1], [], covers=[(0, 0), (0, 2), (1, 0), (2, 0), (2, 1)])
    group, first = distinct_covers(found, np.array([7, 8, -1]), np.zeros(3, bool))
    assert (group.tolist(), first.tolist()) == ([0, 0, 1], [0, 2])
    flagged, _ = distinct_covers(found, np.array([7, 8, -1]), np.array([False, True, False]))
    assert flagged.tolist() == [0, 1, 2]


def test_what_a_merge_moved_is_counted_for_either_feature():
    found = an_arrangement([SITE_FACE_U, 7], [(0, 1, 1.0)], covers=[(0, 0), (0, 1), (1, 0), (1, 2)])
    counts = np.array([False, True, True])
    key, first = distinct_covers(found, np.arange(3), np.zeros(2, bool))
    joined = join(found, key, np.zeros(2, np.int64))
    assert joined.merged == 1
    assert Counter(moved_u(found, counts, key, first, joined)) == {1: 7, 2: 7}


@given(faces(), st.data())
def test_what_merges_moved_is_what_differs_face_by_face(given_faces, data):
    count, labels = len(given_faces.key), 5
    covers = data.draw(st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, labels - 1))))
    first, second, length = given_faces.arrangement.neighbours
    pairs = list(zip(first.tolist(), second.tolist(), length.tolist(), strict=True))
    found = an_arrangement(given_faces.arrangement.area_u, pairs, covers)
    counts = np.array(data.draw(st.lists(st.booleans(), min_size=labels, max_size=labels)), bool)
    key, firsts = distinct_covers(found, np.where(counts, np.arange(labels), -1), np.zeros(count, bool))
    joined = join(found, key, np.zeros(count, np.int64))
    moved: Counter[int] = Counter()
    for face in range(count):
        after = int(firsts[joined.key[joined.fragment[face]]])
        own, other = ({label for f, label in covers if f == which and counts[label]} for which in (face, after))
        for label in own ^ other:
            moved[label] += int(found.area_u[face])
    assert moved_u(found, counts, key, firsts, joined) == {label: units for label, units in moved.items() if units}


@pytest.mark.parametrize(
    ("key", "pairs", "why"),
    [([0, 0], ([0], [2]), "no such face"), ([0, 0], ([-1], [1]), "no such face"), ([0], ([0], []), "differ")],
)
def test_numbers_that_are_no_faces_are_refused(key, pairs, why):
    key = np.array(key, np.int64)
    first, second = (np.array(row, np.int64) for row in pairs)
    with pytest.raises(ValueError, match=why):
        _kernels.join_faces(key, key, np.ones(len(key), np.int64), first, second, np.ones(len(first)), 1.0)
