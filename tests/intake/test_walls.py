"""What this machine can build around a reader is tried and said at start-up."""

from __future__ import annotations

import subprocess

import pytest

from spatialhub.intake import walls
from spatialhub.intake.walls import Walls
from webmap.commands import containment


def test_the_walls_of_this_machine_are_tried():
    found = walls.walls()
    assert found.complete == (not found.missing)
    assert (found.landlock > 0) != ("landlock" in found.missing)
    assert not any(name.startswith("GDAL") for name in found.missing), "a driver beyond ours"


def test_what_cannot_be_tried_is_missing(monkeypatch):
    def fails(*_, **__):
        raise subprocess.TimeoutExpired("probe", 1)

    monkeypatch.setattr(walls.subprocess, "run", fails)
    assert set(walls.walls().missing) == {"namespaces", "landlock", "limits"}


@pytest.mark.parametrize(
    ("missing", "weak", "language", "said"),
    [
        ((), "", "zh", "隔离条件齐全"),
        ((), "", "en", "contained in full"),
        (("landlock",), "", "zh", "网页不接收上传"),
        (("landlock",), "", "en", "Uploads over the web are refused"),
        (("landlock",), "1", "zh", "网页仍接收上传"),
        (("landlock",), "1", "en", "takes uploads all the same"),
    ],
)
def test_the_server_says_at_its_start_what_stands_and_what_follows(monkeypatch, missing, weak, language, said):
    monkeypatch.setenv("SPATIALHUB_ALLOW_WEAK_CONTAINMENT", weak)
    monkeypatch.setenv("SPATIALHUB_LANGUAGE", language)
    words = containment(Walls(0 if missing else 7, missing))
    assert said in words
    assert all(name in words for name in missing)
