"""Fragments: neighbouring faces with equal covers joined, slivers given to a neighbour under the same floors.

`kernels/fragments.cpp` makes them; faces are those of one arrangement, in its order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spatialhub.spatial._kernels import distinct_rows
from spatialhub.spatial.planar import Arrangement


@dataclass(frozen=True, slots=True)
class Joined:
    """Faces joined to fragments, which are numbered by their least face.

    `fragment` int64 (faces,); `key` int64 (fragments,): what all of a fragment's faces but merged slivers have in
    common; `merged` slivers that joined a neighbour.
    """

    fragment: np.ndarray
    key: np.ndarray
    merged: int

    def __len__(self) -> int:
        return len(self.key)


def distinct_covers(arrangement: Arrangement, value: np.ndarray, flag: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tell faces apart by what covers them.

    `value` int64 (labels,) is what of each label counts, -1: nothing; `flag` bool (faces,) counts beside it. Faces with
    the same values (each as often, in any order) and flag get one number. Returns the number of every face (by first
    appearance) and the first face of every number.
    """
    given = value[arrangement.cover_label]
    counts = given >= 0
    per_face = np.bincount(arrangement.cover_face[counts], minlength=len(arrangement))
    starts = np.zeros(len(arrangement) + 1, np.int64)
    np.cumsum(per_face, out=starts[1:])
    return distinct_rows(starts, given[counts], flag)


def moved_u(
    arrangement: Arrangement, counts: np.ndarray, key: np.ndarray, first: np.ndarray, joined: Joined
) -> dict[int, int]:
    """What merging slivers moved into or out of each label's fragments, in units of 1e-4 m².

    `counts` bool (labels,) are those whose covers count; `key` as given to `join` with the `first` face of each. Gross:
    the fragments of a label sum to its area but for at most this.
    """
    moved = np.flatnonzero(key != joined.key[joined.fragment])
    taken = first[joined.key[joined.fragment[moved]]]  # a face that has the covers of the fragment
    own, others = (_covers(arrangement, counts, faces) for faces in (moved, taken))
    # What only one of the two covers: pairs of place and label that come once.
    pairs, times = np.unique(np.concatenate([own, others]), return_counts=True)
    place, label = np.divmod(pairs[times == 1], len(counts))
    units = np.bincount(label, weights=arrangement.area_u[moved[place]], minlength=len(counts)).astype(np.int64)
    return {number: int(units[number]) for number in np.flatnonzero(units).tolist()}


def _covers(arrangement: Arrangement, counts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Labels that count and cover faces (k,), as place * labels + label."""
    start, stop = arrangement.cover_start[faces], arrangement.cover_start[faces + 1]
    place = np.repeat(np.arange(len(faces)), stop - start)
    pair = np.arange(len(place)) - np.repeat(np.cumsum(stop - start) - (stop - start), stop - start)
    label = arrangement.cover_label[start[place] + pair]
    return (place * len(counts) + label)[counts[label]]
