"""Numbers as people read them."""

import pytest

from spatialhub.report.figures import area_words, balanced, percent


def test_an_area_is_given_in_all_three_units():
    assert area_words(20_000) == "20,000.00 m²（2.0000 公顷，30.00 亩）"


def test_rounded_parts_sum_to_the_rounded_whole():
    parts = [10 / 3] * 3
    assert balanced(parts, 10.0) == [3.34, 3.33, 3.33]


SHARES = [(0.0, "0.00 %"), (1e-6, "<0.01 %"), (0.99999, ">99.99 %"), (1.0, "100.00 %")]


@pytest.mark.parametrize(("share", "words"), SHARES)
def test_a_share_hides_neither_a_trace_nor_a_rest(share, words):
    assert percent(share) == words
