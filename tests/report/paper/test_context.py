"""The context: plain values, documented, and honest about what it leaves out."""

import json
import re

import pytest

from spatialhub.report.paper import context as context_module
from spatialhub.report.paper.context import paper_context, plane_words, synthetic_mark
from tests.places import ROOT
from tests.report.paper.conftest import USES

DOCS = (ROOT / "docs" / "report.md").read_text("utf-8")


def documented():
    """Placeholders of the document: what a row names, and after it the columns of a list or the parts of a value."""
    for names, said in re.findall(r"^\| ((?:`[\w.]+` ?)+)\| (.*) \|$", DOCS, re.M):
        owners = re.findall(r"`([\w.]+)`", names)
        yield from owners
        columns = re.findall(r"`(\w+)`", said.replace("`points`:", ":").replace('`key + ".png"`', ""))
        yield from (f"{owner}.{column}" for owner in owners if not owner.endswith("_note") for column in columns)


def keys(value, prefix=""):
    """Placeholders of a context: names, and names of the columns of its tables."""
    for name, item in value.items():
        yield f"{prefix}{name}"
        rows = item if isinstance(item, list) else [item] if isinstance(item, dict) else []
        if rows and isinstance(rows[0], dict):
            yield from keys(rows[0], f"{prefix}{name}.")


def test_every_placeholder_is_documented_and_every_documented_one_is_there(document):
    said, there = set(documented()), set(keys(paper_context(document, uses=USES)))
    assert sorted(there - said) == []
    # The picture is put in for Word alone; the sample has no special layer; `fragments_all` is a value beside its list.
    extra = {name for name in said - there if not name.startswith(("special.", "fragments_all."))}
    assert extra == {"maps.picture"}


def test_the_context_is_plain_json_and_the_same_every_time(document):
    first = paper_context(document, uses=USES)
    assert json.loads(json.dumps(first)) == first == paper_context(document, uses=USES)


def test_long_tables_are_cut_and_say_how_much_and_where_the_rest_is(document, monkeypatch):
    monkeypatch.setattr(context_module, "ALL_FRAGMENTS", 3)
    monkeypatch.setattr(context_module, "GRAVEST", 2)
    monkeypatch.setattr(context_module, "MOST_POINTS", 3)
    said = paper_context(document, uses=USES)
    assert len(said["fragments"]) == 2 and not said["fragments_all"]
    assert "共 6 个叠加碎块" in said["fragments_note"] and "“碎块”表" in said["fragments_note"]
    assert len(said["points"]) == 3 and "共 4 个界址点" in said["points_note"]
    assert [row["number"] for row in said["fragments"]] == [1, 2]
    assert said["fragments"][0]["conformity"].startswith("禁止")


def test_clauses_are_numbered_once_and_tables_refer_to_them(document):
    said = paper_context(document, uses=USES)
    texts = [row["text"] for row in said["clauses"]]
    assert len(texts) == len(set(texts)) and [row["number"] for row in said["clauses"]] == list(
        range(1, len(texts) + 1)
    )
    for row in said["floors"]:
        assert [texts[int(number) - 1] for number in row["refs"].split(", ")] == row["clauses"]


def test_what_was_merged_is_said_beside_the_sums_it_moves(document):
    note = paper_context(document | {"merged_faces": 7, "moved_m2": {"a/1": 0.5}}, uses=USES)["fragments_note"]
    assert "7 个细碎面" in note and "0.50 m²" in note


@pytest.mark.parametrize(
    ("notices", "marked"),
    [
        (["本结果用到演示数据（示例，非法定界线），不得作为任何决定的依据。"], True),
        (["This result rests on synthetic data."], True),
        (["方案试行期已满。"], False),
        ([], False),
    ],
)
def test_synthetic_data_is_marked(notices, marked):
    assert bool(synthetic_mark({"notices": notices})) is marked


def test_text_that_no_document_can_carry_stands_as_its_code(document):
    document["site"]["name"] = "甲\x00乙\u202e丙\ud800\n丁"
    assert paper_context(document, uses=USES)["site"]["name"] == "甲〔U+0000〕乙〔U+202E〕丙〔U+D800〕 丁"


@pytest.mark.parametrize(("epsg", "meridian"), [(4547, 114), (4549, 120), (4534, 75), (4554, 135)])
def test_the_plane_is_named_by_its_meridian(epsg, meridian):
    assert f"中央经线 {meridian}°E" in plane_words(f"EPSG:{epsg}")


def test_a_text_of_the_engine_names_layers_by_their_titles(document):
    document["discrepancies"][0]["text"] = "line_green: B1 商业; land_use_plan: 211"
    assert paper_context(document, uses=USES)["discrepancies"][0]["text"] == "绿化绿线：B1 商业; 土地利用总体规划：211"
