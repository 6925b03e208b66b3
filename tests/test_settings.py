"""Every setting stands in the documentation, and nothing reads one that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spatialhub import settings
from spatialhub.settings import SETTINGS
from tests.places import ROOT
from tests.test_contracts import committed

ROW = re.compile(r"^\| `(SPATIALHUB_\w+)` \| (?:`([^`]*)`|\(empty\)) \| (.+?) \| (.+?) \|$", re.MULTILINE)
NAME = re.compile(r"\bSPATIALHUB_[A-Z0-9_]*[A-Z0-9]\b")


def test_every_setting_is_documented_with_its_default_and_its_words():
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert [(name, default, words) for name, default, words, _ in ROW.findall(text)] == list(SETTINGS)


def test_nothing_names_a_setting_that_does_not_exist():
    known = {name for name, _, _ in SETTINGS}
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in committed()
        if path.suffix in {".py", ".md", ".toml", ".cfg", ".html"} or path.name in {"Makefile", "run"}
        for name in set(NAME.findall(path.read_text("utf-8")))
        if name not in known
    ]
    assert found == []


def test_default_holds_where_nothing_or_an_empty_text_is_given(monkeypatch):
    monkeypatch.delenv("SPATIALHUB_CITY", raising=False)
    assert settings.get("SPATIALHUB_CITY") == "zhengzhou"
    monkeypatch.setenv("SPATIALHUB_CITY", "")
    assert settings.get("SPATIALHUB_CITY") == "zhengzhou"
    monkeypatch.setenv("SPATIALHUB_CITY", "jiaozuo")
    assert settings.get("SPATIALHUB_CITY") == "jiaozuo"


def test_unknown_setting_is_a_fault():
    with pytest.raises(KeyError):
        settings.get("NO_SUCH_SETTING")


def test_home_is_an_absolute_path_that_need_not_exist(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPATIALHUB_HOME", "not/there")
    assert settings.home() == tmp_path / "not" / "there"
    monkeypatch.setenv("SPATIALHUB_HOME", "~/hub")
    assert settings.home() == Path.home().resolve() / "hub"


@pytest.mark.parametrize("name", [name for name, default, _ in SETTINGS if default.isdigit()])
def test_numbers_have_their_unit_in_their_name_or_are_counts(name):
    assert settings.number(name) > 0
    assert name.endswith(("_S", "_MIB", "_KM2", "_VERTICES", "_PORT"))
