"""Snap rounding: single pixels and whole worlds against fractions; edges meet at ends only."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.spatial import _kernels
from tests.spatial.kernels import fuzz, slow

LARGE = st.integers(-(2**36), 2**36)


def test_every_short_segment_meets_the_pixels_that_fractions_say():
    for bx, by in product(range(-5, 6), repeat=2):
        for p in product(range(-6, 7), repeat=2):
            if (bx, by) != (0, 0) and p not in ((0, 0), (bx, by)):
                assert _kernels.pixel_met(np.array([(0, 0), (bx, by), p])) == slow.meets((0, 0), (bx, by), p), (
                    bx,
                    by,
                    p,
                )


@given(LARGE, LARGE, st.integers(0, 2**20), st.integers(-2, 2), st.integers(-2, 2))
def test_a_long_segment_meets_the_pixels_that_fractions_say(x, y, place, dx, dy):
    a, b, p = (0, 0), (x, y), (x * place // 2**20 + dx, y * place // 2**20 + dy)
    if p not in (a, b) and a != b:
        assert _kernels.pixel_met(np.array([a, b, p])) == slow.meets(a, b, p)


@given(st.integers(-(2**34), 2**34), st.integers(1, 2**34))
def test_of_the_corners_only_the_lower_left_belongs_to_a_pixel(x, step):
    line = [(x, x + 2 * step - 1), (x + 2 * step - 1, x)]  # falls through corners of pixels on both sides
    above, below = (x + step, x + step), (x + step - 1, x + step - 1)
    assert _kernels.pixel_met(np.array([*line, above]))
    assert not _kernels.pixel_met(np.array([*line, below]))


@pytest.mark.parametrize("block", range(4))
def test_small_worlds_are_snapped_as_in_fractions_edge_by_edge_and_winding_by_winding(block):
    assert [wrong for seed in range(20 * block, 20 * block + 20) for wrong in fuzz.wrong_snaps(seed)] == []


@pytest.mark.slow
def test_two_thousand_small_worlds_are_snapped_as_in_fractions():
    assert [wrong for seed in range(2_000) for wrong in fuzz.wrong_snaps(seed)] == []


def test_the_oracle_tells_edges_that_cross_touch_or_overlap():
    vertices = np.array([(0, 0), (4, 4), (0, 4), (4, 0), (2, 2), (8, 8), (6, 6)])

    def touching(*edges: tuple[int, int]) -> int:
        start, stop = np.array(edges).T
        return len(slow.touching_pairs(vertices, start, stop))

    assert touching((0, 1), (2, 3))  # cross
    assert touching((0, 1), (2, 4))  # one ends upon the other
    assert touching((0, 1), (0, 4))  # overlap from a common end
    assert touching((0, 6), (1, 5))  # overlap
    assert not touching((0, 4), (4, 1), (4, 2), (4, 3), (1, 6))
