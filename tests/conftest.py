"""What all tests share: the closing table, profiles of the property tests, and the real data beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import places
from tests.postgis import postgis_cluster, postgis_template, postgis_url  # noqa: F401 - fixtures
from tests.summary import (  # noqa: F401 - hooks
    pytest_configure,
    pytest_make_collect_report,
    pytest_runtest_makereport,
    pytest_terminal_summary,
)

_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=40, suppress_health_check=_QUIET)
settings.register_profile("thorough", deadline=None, max_examples=1000, print_blob=True, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("shared") and not places.SHARED_DATA.is_dir():
        pytest.skip(f"needs shared: no folder {places.SHARED_DATA}")
    if item.get_closest_marker("browser") and not places.chromium():
        pytest.skip("needs browser: no Chromium on PATH")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data; skips aloud where it is absent."""
    if not places.SHARED_DATA.is_dir():
        pytest.skip(f"needs shared: no folder {places.SHARED_DATA}")
    return places.SHARED_DATA


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the user's own SPATIALHUB_HOME."""
    monkeypatch.setenv("SPATIALHUB_HOME", str(tmp_path_factory.getbasetemp() / "no-home-given"))
