"""Our own parsers of text answer every input with a site or a refusal; CI runs a tenth, `-m slow` the million."""

from __future__ import annotations

import pytest

from tests.intake import fuzz


@pytest.mark.parametrize("kind", fuzz.SEEDS)
def test_random_input_is_read_or_refused(kind):
    answers = fuzz.run(kind, seed=2026, count=33_334)
    assert answers.total() == 33_334
    assert answers["read"] > 1_000  # the changes leave some whole: both ways are tried
    assert answers["file_broken"] > 5_000


@pytest.mark.slow
@pytest.mark.parametrize("kind", fuzz.SEEDS)
def test_a_million_random_inputs_are_read_or_refused(kind):
    assert fuzz.run(kind, seed=1, count=333_334).total() == 333_334
