"""Where edges cross: against fractions, up to the largest coordinates that the recipe lets in."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from spatialhub.spatial import _kernels
from tests.spatial.kernels import slow

SMALL, LARGE = st.integers(-6, 6), st.integers(-(2**36), 2**36)
POINTS = st.one_of(*(st.lists(st.tuples(c, c), min_size=4, max_size=4) for c in (SMALL, LARGE)))


@given(POINTS)
@example([(0, 0), (1, 1), (0, 1), (1, 0)])  # at (1/2, 1/2): ties go up and right
@example([(0, 0), (-1, -1), (0, -1), (-1, 0)])
@example([(-(2**36), -(2**36)), (2**36, 2**36), (-(2**36), 2**36 - 1), (2**36, -(2**36))])
def test_two_segments_cross_where_fractions_say_and_nowhere_else(points):
    at = slow.crossing(*points)
    assert _kernels.crossing_of(np.array(points, np.int64)) == (None if at is None else slow.pixel_of(*at))


@given(LARGE, LARGE, st.integers(-3, 3), st.integers(-3, 3), st.integers(1, 2**30))
def test_all_but_parallel_segments_cross_where_fractions_say(x, y, a, b, length):
    points = [(0, 0), (x, y), (a, b), (x - a - length % 3, y - b)]
    at = slow.crossing(*points)
    assert _kernels.crossing_of(np.array(points, np.int64)) == (None if at is None else slow.pixel_of(*at))


@given(POINTS)
def test_the_order_of_segments_and_ends_does_not_move_the_crossing(points):
    a, b, c, d = points
    found = {
        _kernels.crossing_of(np.array(p, np.int64)) for p in ((a, b, c, d), (b, a, c, d), (c, d, a, b), (d, c, b, a))
    }
    assert len(found) == 1
