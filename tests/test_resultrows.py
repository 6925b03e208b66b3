"""Pieces of a result as JSON values."""

from __future__ import annotations

from spatialhub.resultrows import share


def test_share_never_exceeds_one():
    assert share(300, 100) == 1.0
    assert share(5, 0) == 0.0
    assert share(1, 3) == 0.333333333
