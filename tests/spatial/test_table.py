"""Columns as flat arrays: they read as the sequences they stand for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.spatial.table import Numbers, Texts, taken

BLANKS = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"
TEXTS = st.lists(
    st.none() | st.text(st.sampled_from("aZ9郑州é€" + BLANKS), max_size=6) | st.text(max_size=4), max_size=20
)


def clean(values):
    return [None if value is None else value.encode("utf-8", "replace").decode() for value in values]


@given(TEXTS, st.data())
def test_texts_are_the_list_they_stand_for(values, data):
    values = clean(values)
    texts = Texts.of(values)
    assert list(texts) == values == [texts[i] for i in range(len(texts))]
    assert texts[:] == values and len(texts) == len(values)
    at = np.array(data.draw(st.lists(st.integers(0, len(values) - 1), max_size=9)) if values else [], int)
    assert list(taken(texts, at)) == [values[i] for i in at]


@given(TEXTS)
def test_stripping_is_that_of_python_whatever_the_blank(values):
    values = clean(values)
    assert list(Texts.of(values).stripped()) == [None if one is None else one.strip() or None for one in values]


def test_texts_without_blanks_are_not_copied():
    texts = Texts.of(["a", None, "郑"])
    assert texts.stripped().data is texts.data


def test_numbers_are_the_list_they_stand_for():
    numbers = Numbers(np.array([1, 2, 3]), np.array([False, True, False]))
    assert list(numbers) == [1, None, 3] and numbers[1] is None and numbers[2] == 3 and numbers[:2] == [1, None]
    assert list(taken(numbers, np.array([False, True, True]))) == [None, 3]
    assert type(next(iter(Numbers(np.array([True]), np.array([False]))))) is bool


def test_a_plain_list_is_taken_from_as_well():
    assert taken(["a", "b", "c"], np.array([True, False, True])) == ["a", "c"]
