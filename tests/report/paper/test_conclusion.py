"""Four cells: what was not checked is never told as not covered."""

import pytest

from spatialhub.report.paper.conclusion import conclusion
from spatialhub.report.view import View


def cells(document):
    return {row["title"]: row["text"] for row in conclusion(View(document))["cells"]}


@pytest.fixture
def only(document):
    """The sample with given layers alone, changed as told."""

    def build(**changes):
        document["layers"] = [row | changes.get(row["key"], {}) for row in document["layers"] if row["key"] in changes]
        return document

    return build


def test_a_section_of_which_nothing_was_checked_is_not_told_as_free(only):
    text = cells(only(eco_redline={}, urban_boundary={"status": "unchecked"}))["底线与三条控制线"]
    assert "未压占" not in text and text.startswith("未检查 2 层，不能视为不涉及：")


def test_what_was_checked_is_told_apart_from_what_was_not(only):
    text = cells(only(eco_redline={}, urban_boundary={}))["底线与三条控制线"]
    assert text.startswith("已检查的 1 层未压占；未检查 1 层，不能视为不涉及：生态保护红线")


def test_a_layer_checked_in_part_is_named(only):
    text = cells(only(urban_boundary={"unchecked_area_m2": 5.0}))["底线与三条控制线"]
    assert "部分范围未检查：城镇开发边界" in text


def test_hits_are_named_with_their_areas_and_the_verdict_stands_last(document):
    said = cells(document)
    assert "压占永久基本农田（" in said["底线与三条控制线"] and "压占城市" not in said["六线"]
    assert said["综合结论（建议）"].startswith("待定。禁止 2,000.00 m²")


def test_a_zoning_layer_is_told_by_the_zone_and_not_by_its_title(only):
    zone = [{"id": "1", "name": "", "class": "010", "class_name": "允许建设区", "attributes": {}, "area_m2": 20_000.0,
             "area_plane_m2": 20_000.0, "share": 1.0}]  # fmt: skip
    changes = {
        "status": "hit",
        "kind": "floor",
        "title": "管制区（禁止建设区）",
        "area_m2": 20_000.0,
        "floor_area_m2": 0.0,
    }
    text = cells(only(urban_boundary=changes | {"features": zone}))["底线与三条控制线"]
    assert "位于“允许建设区”内" in text and "其中属于底线的 0.00 m²" in text


def test_a_section_that_is_clear_in_every_layer_says_so(only):
    assert (
        cells(only(eco_redline={"status": "clear", "unchecked_area_m2": 0.0}, urban_boundary={}))["底线与三条控制线"]
        == "2 层均未涉及。"
    )


def many(document, count, **changes):
    """The sample with so many special layers that are hit, each larger than the one before."""
    layer = next(row for row in document["layers"] if row["key"] == "line_red")
    own = {"family": "special", "features": [], **changes}
    rows = [layer | own | {"key": f"s{i}", "title": f"专项{i}", "area_m2": 10.0 + i} for i in range(count)]
    document["layers"] = [row for row in document["layers"] if row["family"] != "special"] + rows
    ruling = document["fragments"][0]["ruling"]
    effects = ["conflicts" if i % 3 == 0 else "conditional" for i in range(count)]
    ruling["constraints"] = [
        {"layer": f"s{i}", "feature": "1", "effect": effect, "clause": ""} for i, effect in enumerate(effects)
    ]
    return document


def test_of_many_layers_hit_the_gravest_are_named_and_all_are_counted(document):
    text = cells(many(document, 21))["规划用途与专项"]
    assert "压占 21 层，其中冲突 7 层：专项18（28.00 m²）、专项15（25.00 m²）、专项12" in text and "专项20" not in text
    assert len(text) < 400


def test_few_layers_hit_are_all_named(document):
    text = cells(many(document, 3))["规划用途与专项"]
    assert all(f"专项{i}（" in text for i in range(3))


def test_of_many_layers_unchecked_required_ones_come_first_and_all_are_counted(document):
    document = many(document, 30, status="unchecked", required=False)
    document["layers"][-1]["required"] = True
    text = cells(document)["规划用途与专项"]
    assert "未检查 30 层，不能视为不涉及：专项29、专项0" in text and "等，全部见第九部分" in text


def test_a_reason_says_why_its_area_is_not_the_layer_s(document):
    layer = next(row for row in document["layers"] if row["key"] == "line_red")
    reason = {"code": "reason_conflicts", "text": f"与控制线冲突：{layer['title']}。", "clause": "",
              "area_m2": layer["area_m2"] - 0.3}  # fmt: skip
    document["proposal"]["reasons"] = [reason]

    def note(**changes):
        return conclusion(View(document | changes))["reasons"][0]["note"]

    moved = {"line_red/1": 0.2, "line_red/2": 0.2, "line_blue/1": 9.0}
    assert "相差 0.30 m²" in note(moved_m2=moved) and "3,000.00 m²" in note(moved_m2=moved)
    assert note(moved_m2={"line_blue/1": 9.0}) == ""  # merging does not explain it: then nothing is claimed
    reason["area_m2"] = layer["area_m2"]
    assert note(moved_m2=moved) == ""


@pytest.mark.parametrize(
    ("verdict", "told"), [("basically_conforms", True), ("undetermined", True), ("conforms", False)]
)
def test_a_word_that_could_be_misread_is_explained(document, verdict, told):
    document["proposal"]["verdict"] = verdict
    assert bool(conclusion(View(document))["meaning"]) is told
