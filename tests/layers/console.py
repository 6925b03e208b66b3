"""The commands on layers as people call them, in a home of their own."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from spatialhub.cli import main


@pytest.fixture(autouse=True, name="home")
def own_home(tmp_path, monkeypatch):
    for name in ("SPATIALHUB_CITY", "SPATIALHUB_LANGUAGE", "SPATIALHUB_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPATIALHUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "home"


def run(*words, status=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == status, result.output
    return result


def told(*words, status=0):
    return json.loads(run(*words, "--format", "json", status=status).stdout)
