"""Canonical JSON is that of RFC 8785, however it was written."""

from __future__ import annotations

import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.canonical import dumps

WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | FLOATS | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(VALUES)
def test_every_value_is_written_as_the_standard_says(value):
    assert dumps(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "number", [0.0, -0.0, 1.0, 1e-4, 9.999e-5, 1.2e-5, 1e-6, 9.99e-7, 1e-7, 5e-324, 1e15, 1e16, 1e21, 123.456, -0.1]
)
def test_numbers_at_the_ends_of_the_plain_range(number):
    assert dumps([number]) == rfc8785.dumps([number])


def test_keys_beyond_the_basic_plane_are_sorted_by_their_utf_16_units():
    value = {"\U00010000": 1, "\uffff": 2, "规划": 3, "a": 4}
    assert dumps(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53 + 1, {1: 2}, object()])
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(rfc8785.CanonicalizationError):
        dumps(value)
