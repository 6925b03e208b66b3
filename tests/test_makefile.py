"""Setting up says what is missing and what to do; it installs nothing on the machine itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

BARE = """#!/bin/sh
case "$*" in *ensurepip*) exit 1 ;; esac
exec {python} "$@"
"""


def make(*arguments: str) -> subprocess.CompletedProcess:
    if shutil.which("make") is None:
        pytest.skip("make is not installed: apt-get install make")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_make_alone_lists_what_there_is():
    said = make().stdout
    for target in ("make demo", "make test", "make soak", "make lint", "make contracts", "make clean"):
        assert target in said


def test_another_python_is_refused_with_the_way_to_name_one(tmp_path):
    done = make("lint", "PYTHON=/bin/false", f"VENV={tmp_path}/venv", "UV=")
    assert done.returncode != 0
    assert "is no Python from 3.11 to 3.13" in done.stdout
    assert "make PYTHON=/path/to/python3.12 lint" in done.stdout
    assert not (tmp_path / "venv").exists()


def test_python_without_ensurepip_is_told_of_apt_and_uv(tmp_path):
    bare = tmp_path / "python3"
    bare.write_text(BARE.format(python=sys.executable))
    bare.chmod(0o755)
    done = make("lint", f"PYTHON={bare}", f"VENV={tmp_path}/venv", "UV=")
    assert done.returncode != 0
    assert "apt-get install -y python3-venv" in done.stdout
    assert "install uv" in done.stdout
    assert not (tmp_path / "venv").exists()


def test_demo_stops_before_the_page_when_told_so():
    assert "serve --port" in make("-n", "demo", "SERVE=1").stdout
    assert "serve --port" not in make("-n", "demo", "SERVE=0").stdout
    assert "demo check" in make("-n", "demo", "SERVE=0").stdout


def test_make_never_calls_apt():
    recipes = [line for line in Path(ROOT, "Makefile").read_text("utf-8").splitlines() if "apt" in line]
    assert recipes
    assert [line for line in recipes if not line.strip().startswith(("echo", "#"))] == []
