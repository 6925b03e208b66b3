"""The city that tests of batches share."""

from __future__ import annotations

import pytest

from tests.batch.world import City, a_city


@pytest.fixture
def city(tmp_path, monkeypatch) -> City:
    """A city with a control line and a floor as real snapshots."""
    return a_city(tmp_path, monkeypatch)
