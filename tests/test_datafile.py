"""A rules file that says what the schema does not know is refused with file, line and remedy."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from spatialhub.datafile import Key, load, read
from spatialhub.errors import (
    MissingDataFile,
    MissingKey,
    NotToml,
    UnknownKey,
    UnknownReference,
    UnknownSchema,
    WrongValue,
)
from spatialhub.messages import explain

SCHEMA = {
    "name": Key(required=True),
    "ratio": Key(float),
    "day": Key(date),
    "level": Key(list, items=str, one_of=("surface", "underground")),
    "row": Key(list, each={"code": Key(required=True), "count": Key(int)}),
    "by_key": Key(dict, named=True, each={"zh": Key(required=True)}),
}
GOOD = 'schema = 1\nname = "名"\n'


def refuse(tmp_path: Path, text: str | bytes, error: type, line: int | None):
    """Read a text, expect the refusal at that line, return it."""
    path = tmp_path / "rules.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(error) as caught:
        load(path, SCHEMA)
    assert caught.value.place == (f"{path}:{line}" if line else str(path))
    return caught.value


def test_a_good_file_is_read_without_its_schema_number(tmp_path):
    path = tmp_path / "rules.toml"
    scalars = "ratio = 1\nday = 2020-12-24\nlevel = ['surface']\n"
    path.write_text(GOOD + scalars + "[[row]]\ncode = '1'\n[by_key.a]\nzh = '甲'\n", "utf-8")
    assert read(path, SCHEMA) == {
        "name": "名",
        "ratio": 1,
        "day": date(2020, 12, 24),
        "level": ["surface"],
        "row": [{"code": "1"}],
        "by_key": {"a": {"zh": "甲"}},
    }


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_one(tmp_path):
    error = refuse(tmp_path, GOOD + "\n# a remark\nratoi = 1\n", UnknownKey, 5)
    assert error.params == {"key": "ratoi", "nearest": "ratio"}
    assert "ratio" in explain(error, "zh")["remedy"] and "rules.toml:5" in explain(error, "en")["what"]


def test_the_second_of_two_equal_keys_is_the_one_that_is_named(tmp_path):
    text = GOOD + "[[row]]\ncode = 'a'\ncount = 1\n[[row]]\ncode = 'b'\ncount = 'two'\n"
    error = refuse(tmp_path, text, WrongValue, 8)
    assert error.params["key"] == "row[2].count"


def test_a_key_of_an_inline_table_is_named_with_its_own_line(tmp_path):
    text = GOOD + "row = [\n  { code = '1' },\n  { code = '2', cuont = 3 },\n]\n"
    assert refuse(tmp_path, text, UnknownKey, 5).params["nearest"] == "count"


def test_a_missing_key_is_named_with_the_table_that_lacks_it(tmp_path):
    assert refuse(tmp_path, GOOD + "[[row]]\ncode = '1'\n\n[[row]]\ncount = 1\n", MissingKey, 6).params == {
        "key": "row[2].code"
    }
    assert refuse(tmp_path, GOOD + "[by_key.a]\n", MissingKey, 3).params == {"key": "by_key.a.zh"}


@pytest.mark.parametrize(
    ("line", "allowed"),
    [("ratio = 'much'", "float"), ("ratio = true", "float"), ("level = ['air']", ("surface", "underground")),
     ("level = [1]", "str"), ("row = [1]", "table"), ("by_key = { a = 1 }", "table"), ("day = '2020'", "date")],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_says_what_is_allowed(tmp_path, line, allowed):
    assert refuse(tmp_path, GOOD + line + "\n", WrongValue, 3).params["allowed"] == allowed


@pytest.mark.parametrize("first", ["", "schema = 2\n", "schema = '1'\n", "schema = true\n"])
def test_a_file_without_the_schema_number_is_refused(tmp_path, first):
    refuse(tmp_path, first + "name = 'x'\n", UnknownSchema, 1)


@pytest.mark.parametrize("text", ["schema = 1\nname = \n", b"schema = 1\nname = '\xff\xfe'\n"])
def test_what_is_no_toml_is_refused(tmp_path, text):
    refuse(tmp_path, text, NotToml, None)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(MissingDataFile, match=r"gone\.toml"):
        load(tmp_path / "gone.toml", SCHEMA)


def test_a_reference_to_nothing_names_the_place_and_the_nearest(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(GOOD + "[[row]]\ncode = 'line_bleu'\n", "utf-8")
    file = load(path, SCHEMA)
    with pytest.raises(UnknownReference) as caught:
        file.refer("line_bleu", ("line_blue", "survey"), "row", 0, "code", what="layer")
    assert caught.value.place == f"{path}:4"
    assert caught.value.params == {"kind": "layer", "name": "line_bleu", "nearest": "line_blue"}
