"""Ids of the source serve only if they name every feature differently, whatever the chunks; else hashes do."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from layers.identity import Ids, distinct
from spatialhub.spatial.table import Texts

LONG = "长" * 30  # 90 bytes
IDS = st.lists(
    st.none() | st.sampled_from(["a", "b", "ab", "410100000000000001", LONG, LONG + "x"]) | st.text(min_size=1)
)


@given(st.lists(IDS, min_size=1, max_size=4))
def test_nulls_and_repetitions_are_counted_as_a_set_would(chunks):
    ids = Ids()
    for chunk in chunks:
        ids.take(Texts.of(chunk))
    everything = [one and one.encode("utf-8", "replace") for chunk in chunks for one in chunk]
    given_ids = [one for one in everything if one is not None]
    assert (ids.count, ids.nulls) == (len(everything), len(everything) - len(given_ids))
    assert ids.repeated == len(given_ids) - len(set(given_ids))
    assert ids.serve == (ids.nulls == 0 and ids.repeated == 0)


@given(st.lists(st.integers(0, 4) | st.integers(0, 2**64 - 1), max_size=30))
def test_hashes_become_sixteen_digits_and_a_repeated_one_a_suffix_in_order(numbers):
    seen: Counter[int] = Counter()
    expected = []
    for number in numbers:
        seen[number] += 1
        expected.append(f"{number:016x}" + (f"-{seen[number]}" if seen[number] > 1 else ""))
    assert list(distinct(np.array(numbers, np.uint64))) == expected
