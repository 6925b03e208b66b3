"""What an official reads on the terminal."""

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from spatialhub.findings import Reason, Status
from spatialhub.report.text import render_text
from spatialhub.report.view import View
from spatialhub.result import to_json
from spatialhub.spatial.model import Issue
from tests.report.sample import CLAUSE, FRAGMENTS, LAYERS, SITE, layer, sample_result


def printed(language="zh", width=160, **changes):
    out = StringIO()
    render_text(sample_result(**changes), Console(file=out, width=width, force_terminal=False), language)
    return out.getvalue()


def test_the_verdict_stands_on_top_with_its_reasons():
    lines = printed().splitlines()
    assert "结论建议：待定" in lines[0]
    assert any("占用永久基本农田  2,000.00 m²" in line for line in lines[:10])


def test_what_was_not_checked_comes_before_what_was():
    text = printed()
    assert text.index("未检查（不能视为不涉及）") < text.index("涉及的图层") < text.index("未涉及的图层：城镇开发边界")
    assert "生态保护红线（必查）" in text


def test_a_plan_that_covers_the_site_is_no_encroachment():
    rows = [line for line in printed().splitlines() if "城乡规划" in line and "20,000.00 m²" in line]
    assert rows and all("位于其中" in row and "压占" not in row for row in rows)


def test_a_floor_that_binds_only_in_other_classes_is_not_called_a_hit():
    zone = layer("eco_redline", Status.HIT, SITE, title="管制区")
    rows = [line for line in printed(layers=(*LAYERS[:-2], zone)).splitlines() if "管制区" in line]
    assert any("位于其中" in row for row in rows) and not any("压占" in row for row in rows)


def test_the_worst_fragment_is_first_and_names_floor_and_clause():
    text = printed()
    fragments = text[text.index("叠加碎块") :]
    assert fragments.index("1 禁止") < fragments.index("2 不予通过") < fragments.index("6 符合")
    assert "永久基本农田：禁止" in fragments and "郑政办〔2019〕50号" in fragments


def test_departments_suggestion_and_hash_are_printed():
    text = printed()
    assert "市国家安全局" in text and "发函征求" in text
    assert "保留 15,000.00 m²（1.5000 公顷，22.50 亩）" in text
    assert sample_result().hash in text


def test_english_on_request():
    assert "Proposed verdict：undetermined" in printed("en")


def test_an_issue_may_have_a_value_called_code():
    issue = Issue.of("use_not_taken", "红线.txt", code="R2")
    assert "R2" in printed(issues=(issue,))


@pytest.mark.parametrize("name", ["\x1b]0;pwned\x07地块", "[red]地块[/red]"])
def test_a_name_cannot_command_the_terminal(name):
    text = printed(name=name)
    assert "\x1b]" not in text and "\x07" not in text
    assert "地块" in text


def test_a_long_table_is_cut_and_says_how_many_more_there_are():
    many = tuple(replace(FRAGMENTS[-1], id=f"f{number}") for number in range(100))
    text = printed(fragments=many)
    assert "30 符合" in text and "31 符合" not in text
    assert "另有 70 项未列出：全部见 --format json、geojson，图上见 --format html。" in text


def test_many_notes_about_the_data_are_cut_too():
    text = printed(issues=tuple(Issue.of("use_not_taken", f"红线.txt:{line}", code="R2") for line in range(50)))
    assert "红线.txt:19" in text and "红线.txt:20" not in text and "另有 30 项未列出" in text


def test_eighty_columns_leave_a_clause_room_to_be_read():
    unchecked = printed(width=80).partition("涉及的图层")[0]
    assert CLAUSE.replace(" ", "") in re.sub(r"[\s│]", "", unchecked.partition("生态保护红线（必查）")[2])
    assert len(printed(width=80).splitlines()) < 2 * len(printed(width=160).splitlines())


def test_a_floor_is_the_first_reason_and_required_layers_that_were_not_checked_are_one():
    rows = tuple(Reason("verdict_required_unchecked", f"必查图层“{n}”未检查", "", n) for n in range(1, 9))
    bars = Reason("reason_bars", "占用刚性底线：永久基本农田", CLAUSE, 10)
    proposal = replace(sample_result().proposal, reasons=(*rows, bars))
    said = View(to_json(sample_result(proposal=proposal))).reasons()
    assert [row["code"] for row in said] == ["reason_bars", "verdict_required_unchecked"]
    assert "8 个必查图层" in said[1]["text"] and "生态保护红线" in said[1]["text"]


def test_a_conforming_fragment_never_stands_alone_where_a_required_layer_was_not_checked():
    document = to_json(sample_result())
    fragment = next(row for row in document["fragments"] if row["conformity"] == "conforms")
    required = next(row["key"] for row in document["layers"] if row["required"])
    fragment["unchecked"] = [required]
    words = {row.id: row.words for row in View(document).fragments()}
    assert words[fragment["id"]] == "符合（另有必查图层未检查）"
    fragment["unchecked"] = []
    assert {row.id: row.words for row in View(document).fragments()}[fragment["id"]] == "符合"
