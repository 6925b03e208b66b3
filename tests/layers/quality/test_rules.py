"""Rules are data: read strictly, replaced by key, for all layers or some, in all cities or one."""

from __future__ import annotations

import pytest

from layers.catalog import load_catalogue
from layers.quality.model import UNITS, Severity
from layers.quality.rules import BUILT_IN, rules_for, version_of
from layers.quality.rules_schema import FILE, RULE
from spatialhub.datafile import read
from spatialhub.errors import MissingKey, UnknownKey, UnknownReference, WrongValue
from spatialhub.messages import LANGUAGES, catalogue
from tests.data_files import rows
from tests.places import ROOT

CATALOGUE = load_catalogue()
DOC = ROOT / "docs" / "quality.md"


def of(layer, *files, city="zhengzhou"):
    rules = rules_for(CATALOGUE.entry(layer), city=city, known=CATALOGUE.entries, files=files)
    return {rule.key: rule for rule in rules}


@pytest.fixture
def a_file(tmp_path):
    def write(text, name="own.toml", city=""):
        path = tmp_path / name
        head = 'schema = 1\nholds = "quality"\n' + (f'city = "{city}"\n' if city else "")
        path.write_text(head + text, "utf-8")
        return path

    return write


def test_a_tessellating_layer_is_looked_at_for_gaps_and_overlaps_and_another_is_not():
    assert {"gap", "overlap", "edge_gap", "mismatch"} <= set(of("survey"))
    assert not {"gap", "overlap", "edge_gap", "mismatch"} & set(of("line_red"))
    assert {"duplicate", "sliver", "spike", "beyond"} <= set(of("line_red"))


def test_a_plan_may_be_silent_so_its_gaps_do_not_block_and_those_of_the_survey_do():
    assert of("survey")["gap"].blocks and of("survey")["gap"].severity is Severity.ERROR
    assert not of("land_use_plan")["gap"].blocks
    assert of("land_use_plan")["overlap"].blocks


def test_a_later_row_replaces_the_one_of_its_key_and_off_takes_it_away(a_file):
    path = a_file(
        '[[rule]]\nkey = "sliver"\ncheck = "sliver"\nlayers = ["survey"]\nseverity = "error"\nblocks = false\n'
        'width_m = 0.5\narea_m2 = 5.0\nsource = "本局"\n'
        '[[rule]]\nkey = "spike"\ncheck = "spike"\nlayers = ["all"]\nseverity = "off"\nsource = "本局"\n'
    )
    changed = of("survey", path)
    assert (changed["sliver"].severity, changed["sliver"].blocks) == (Severity.ERROR, False)
    assert changed["sliver"].number("width_m") == 0.5
    assert "spike" not in changed
    assert of("line_red", path)["sliver"].number("width_m") == 0.2
    assert list(changed) == [key for key in of("survey") if key != "spike"]


def test_a_file_for_one_city_changes_nothing_elsewhere(a_file):
    path = a_file(
        '[[rule]]\nkey = "spike"\ncheck = "spike"\nlayers = ["all"]\nseverity = "off"\nsource = "x"\n', city="jiaozuo"
    )
    assert "spike" in of("survey", path) and "spike" not in of("survey", path, city="jiaozuo")


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ('[[rule]]\nkey = "x"\ncheck = "magic"\nlayers = ["all"]\nseverity = "note"\nsource = "x"\n', WrongValue),
        ('[[rule]]\nkey = "x"\ncheck = "gap"\nlayers = ["nolayer"]\nseverity = "note"\nsource = "x"\n',
         UnknownReference),
        ('[[rule]]\nkey = "x"\ncheck = "sliver"\nlayers = ["all"]\nseverity = "note"\nsource = "x"\n', MissingKey),
        ('[[rule]]\nkey = "x"\ncheck = "gap"\nlayers = ["all"]\nseverity = "note"\nsource = "x"\nwidht_m = 1.0\n',
         UnknownKey),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_meant_is_refused_with_its_line(a_file, text, refusal):
    with pytest.raises(refusal) as caught:
        of("survey", a_file(text))
    assert "own.toml:" in caught.value.place


def test_the_version_of_rules_changes_with_what_they_say(a_file):
    path = a_file(
        '[[rule]]\nkey = "sliver"\ncheck = "sliver"\nlayers = ["all"]\nseverity = "warning"\nwidth_m = 0.3\n'
        'area_m2 = 1.0\nsource = "本局"\n'
    )
    assert version_of(of("survey").values()) == version_of(of("survey").values())
    assert version_of(of("survey").values()) != version_of(of("survey", path).values())


def test_every_check_has_a_title_a_sentence_and_a_remedy_in_both_languages():
    for language in LANGUAGES:
        words = catalogue(language)
        assert [check for check in UNITS if not words.get(f"quality_{check}", {}).get("remedy")] == []
        assert [check for check in UNITS if not words.get(f"quality_told_{check}", {}).get("what")] == []


def test_every_built_in_rule_says_what_it_stands_on_and_what_is_recalled_says_so():
    for row in read(BUILT_IN, FILE)["rule"]:
        assert len(row["source"]) > 10, row["key"]
        known = ("忆及", "本平台", "图层目录", "属性结构", "标识码", "大于 0", "椭球面积")
        assert any(word in row["source"] for word in known), row["key"]


def test_the_document_lists_every_key_of_a_rule():
    table = "\n".join(rows(RULE))
    assert table in DOC.read_text("utf-8"), "write the table of docs/quality.md anew: tests.data_files.rows(RULE)"
    assert all(key.help.endswith(".") for key in RULE.values())
