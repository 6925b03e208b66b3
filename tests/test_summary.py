"""The closing table tells the truth: run pytest on a folder of small tests and read what it prints."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.places import ROOT
from tests.summary import group_of, needed

SMALL = """
import pytest

def test_passes():
    pass

def test_wants_postgis():
    pytest.skip("needs postgis: no initdb")

def test_skips_for_another_reason():
    pytest.skip("only on Mondays")

@pytest.mark.slow
def test_slow():
    pass

@pytest.mark.xfail(strict=True)
def test_expected_to_fail():
    assert False
"""
MODULE = 'import pytest\npytest.skip("needs browser: none", allow_module_level=True)\n'


@pytest.fixture
def run(tmp_path):
    (tmp_path / "tests" / "sub").mkdir(parents=True)
    (tmp_path / "tests" / "sub" / "test_small.py").write_text(SMALL)
    (tmp_path / "tests" / "test_module.py").write_text(MODULE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: slow\n")

    def run(**environment: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "pytest", "-p", "tests.summary", "-p", "no:cacheprovider", "-m", "not slow"]
        environment = {**os.environ, "SPATIALHUB_REQUIRE": "", "PYTHONPATH": str(ROOT)} | environment
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


def test_table_counts_by_folder_and_names_each_reason_with_its_command(run):
    done = run()
    assert done.returncode == 0
    row = next(line for line in done.stdout.splitlines() if line.startswith("sub "))
    assert row.split()[1:5] == ["2", "2", "0", "2"]
    assert "skipped 1: needs postgis: no initdb\n    to run them: apt-get install" in done.stdout
    assert "skipped 1: only on Mondays" in done.stdout
    assert "skipped 1: needs browser: none\n    to run them: apt-get install" in done.stdout
    assert "left out 1: " in done.stdout
    assert "to run the slow ones: make test-slow" in done.stdout
    last = done.stdout.strip().splitlines()[-1]
    assert "1 passed, 3 skipped, 1 deselected, 1 xfailed" in last


def test_skip_for_want_of_what_is_required_fails(run):
    done = run(SPATIALHUB_REQUIRE="postgis, shared")
    assert done.returncode == 1
    assert "SPATIALHUB_REQUIRE names “postgis”" in done.stdout
    assert "1 failed, 1 passed, 2 skipped" in done.stdout.strip().splitlines()[-1]


def test_module_that_skips_at_import_for_want_of_what_is_required_fails(run):
    done = run(SPATIALHUB_REQUIRE="browser")
    assert done.returncode != 0
    assert "SPATIALHUB_REQUIRE names “browser”" in done.stdout


def test_misspelt_requirement_is_refused_rather_than_ignored(run):
    done = run(SPATIALHUB_REQUIRE="postgiss")
    assert done.returncode == 4
    assert "postgiss is none of postgis, browser, office, shared" in done.stderr


def test_skip_for_another_reason_needs_nothing():
    assert needed("only on Mondays") is None
    assert needed("needs postgis: no initdb") == "postgis"


def test_group_is_the_folder_below_tests():
    assert group_of("tests/spatial/test_area.py::test_x") == "spatial"
    assert group_of("tests/test_result.py::test_x") == "(top)"
