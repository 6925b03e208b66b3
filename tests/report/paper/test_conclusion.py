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
