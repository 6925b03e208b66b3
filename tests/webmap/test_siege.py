"""Pages are answered while hostile files come in; the whole siege is slow (`python -m tests.webmap.siege`)."""

from __future__ import annotations

import pytest

from tests.webmap import siege


@pytest.mark.slow
def test_ten_people_s_pages_take_at_most_twice_as_long_during_a_siege():
    assert siege.main(["--rounds", "3", "--seconds", "20"]) == 0


def test_the_ratio_is_that_of_each_attacked_phase_to_the_quiet_one_before_it():
    phases = [siege.Phase(0, [0.1] * 50), siege.Phase(1, [0.15] * 50), siege.Phase(0, [0.2] * 50),
              siege.Phase(1, [0.2] * 50), siege.Phase(0, [0.1] * 50), siege.Phase(2, [0.3] * 50)]  # fmt: skip
    assert siege.ratios(phases) == {1: pytest.approx(1.25), 2: pytest.approx(3.0)}
