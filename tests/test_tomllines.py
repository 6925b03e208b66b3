"""Every key of a TOML text has the line it stands on, whatever the way it is written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from spatialhub.tomllines import lines_of
from tests.places import ROOT

TEXT = '''\
schema = 1   # a "comment" with [brackets]
rows = [     # one a line
  { code = "#1", pivot = ["07", "08"] },
  { code = ']' },
]
[names."quoted key"]
words = """
not = "a key"
"""
dotted.inner = 2019-08-17
[[rule]]
id = "first"
[[rule]]
id = "second"
[rule.note]
text = 'it'
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("schema",), 1),
        (("rows",), 2),
        (("rows", 0, "code"), 3),
        (("rows", 0, "pivot", 1), 3),
        (("rows", 1), 4),
        (("names", "quoted key"), 6),
        (("names", "quoted key", "words"), 7),
        (("names", "quoted key", "dotted", "inner"), 10),
        (("rule", 0), 11),
        (("rule", 1, "id"), 14),
        (("rule", 1, "note", "text"), 16),
    ],
)
def test_a_key_stands_where_it_is_written(path, line):
    assert lines_of(TEXT)[path] == line


def leaves(value: object, path: tuple = ()) -> set[tuple]:
    """Paths of all scalars of a parsed table."""
    if isinstance(value, dict):
        return {leaf for key, item in value.items() for leaf in leaves(item, (*path, key))}
    if isinstance(value, list):
        return {leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, index))}
    return {path}


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("spatialhub/**/*.toml"), *ROOT.glob("layers/**/*.toml")]), ids=lambda path: path.name
)
def test_no_key_of_our_own_files_is_without_a_line(path: Path):
    text = path.read_text("utf-8")
    found = lines_of(text)
    lines = text.splitlines()
    for leaf in leaves(tomllib.loads(text)):
        assert leaf in found, leaf
        named = next(part for part in reversed(leaf) if isinstance(part, str))
        if isinstance(leaf[-1], str):
            assert named.split(".")[-1] in lines[found[leaf] - 1]
