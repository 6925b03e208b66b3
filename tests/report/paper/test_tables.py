"""Tables of the report: right sums, nothing that reads as clear without having been checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.report.paper import fragment_tables, tables
from spatialhub.report.view import View
from tests.report.paper.conftest import USES


def number(text):
    return float(text.replace(",", "").removeprefix("<"))


def test_a_layer_that_was_not_checked_shows_no_area(document):
    rows = {row["key"]: row for row in tables.layer_rows(View(document), "floors")}
    assert rows["eco_redline"]["status"] == "未检查"
    assert {rows["eco_redline"][name] for name in ("area", "share", "hectares")} == {"—"}
    assert "必查图层" in rows["eco_redline"]["remarks"] and "20,000.00 m²" in rows["eco_redline"]["remarks"]


def test_of_a_floor_only_what_is_a_floor_counts_as_covered(document):
    row = next(row for row in document["layers"] if row["key"] == "farmland_pbf")
    row["floor_area_m2"] = 0.0
    told = next(row for row in tables.layer_rows(View(document), "floors") if row["key"] == "farmland_pbf")
    assert told["status"] == "未占底线" and told["area"] == "0.00"
    assert "各区合计 2,000.00 m²" in told["remarks"]


@pytest.mark.parametrize(
    ("kind", "family", "group"),
    [
        ("floor", "special", "floors"), ("floor", "plans", "floors"), ("information", "control", "floors"),
        ("control", "six_lines", "six_lines"), ("designation", "plans", "plans"), ("information", "survey", "survey"),
        ("control", "special", "special"), ("control", "a family to come", "special"),
    ],
)  # fmt: skip
def test_a_layer_finds_its_section_by_kind_and_family(kind, family, group):
    assert tables.group_of({"kind": kind, "family": family}) == group


def test_every_layer_stands_in_one_section(document):
    view = View(document)
    told = [
        row["key"]
        for group in ("floors", "six_lines", "plans", "survey", "special")
        for row in tables.layer_rows(view, group)
    ]
    assert sorted(told) == sorted(row["key"] for row in document["layers"])


def test_what_each_plan_says_adds_up_to_the_site(document):
    rows = fragment_tables.use_rows(View(document), USES)
    assert {row["use"] for row in rows} == {"城镇住宅用地（0701）"}
    for plan in {row["plan"] for row in rows}:
        assert sum(number(row["area"]) for row in rows if row["plan"] == plan) == pytest.approx(20_000, abs=1e-6)


def test_rulings_and_conformities_count_every_fragment_once(document):
    view = View(document)
    for rows in (fragment_tables.ruling_rows(view), fragment_tables.conformity_rows(view)):
        assert sum(row["count"] for row in rows) == len(document["fragments"])
        assert sum(number(row["area"]) for row in rows) == pytest.approx(20_000, abs=1e-6)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=300))
def test_sums_are_rounded_after_summing(units):
    """Rounding a thousand fragments first would move a sum by metres."""
    site_m2 = sum(units) / 1e4
    fragments = [
        {"id": f"f{i}", "area_m2": each / 1e4, "conformity": ("barred", "conforms")[i % 2], "mismatch": False}
        for i, each in enumerate(units)
    ]
    rows = fragment_tables.conformity_rows(View({"fragments": fragments, "site": {"area_m2": site_m2}}))
    for row, start in zip(rows, (0, 1), strict=False):
        exact = sum(units[start::2]) / 1e4
        assert row["area"] == "<0.01" or number(row["area"]) == pytest.approx(exact, abs=0.0100001)


def test_something_is_never_printed_as_nothing():
    cells = tables.area_cells(0.0004, 20_000.0)
    assert cells == {"area": "<0.01", "hectares": "<0.0001", "share": "<0.01%"}


def test_crossings_stand_in_order_of_chainage(document):
    (row,) = tables.crossing_rows(View(document))
    assert (row["from"], row["to"], row["length"], row["area"]) == ("50.0", "80.0", "30.0", "3,000.00")


def test_a_department_is_asked_with_the_features_that_concern_it(document):
    rows = tables.referral_rows(View(document))
    assert rows[0]["name"] == "市资源规划局" and "farmland_pbf-1" in rows[0]["about"]
    assert [row["by"] for row in rows] == ["涉及图层", "法定职责", "发函征求"]


def test_a_crossing_of_several_features_names_each_of_them(document):
    layer = next(row for row in document["layers"] if row["key"] == "line_green")
    layer["features"] = [layer["features"][0] | {"id": id_, "name": name} for id_, name in (("1", "甲"), ("2", ""))]
    document["proposal"]["crossings"][0]["feature"] = "1、2、3"
    (row,) = tables.crossing_rows(View(document))
    assert row["feature"] == "甲、2、3" and row["id"] == "1、2、3"


def test_the_whole_site_is_told_as_the_whole_also_where_rounding_cut_it(document):
    document["site"]["area_m2"] = 20_000.0033
    document["fragments"] = [document["fragments"][0] | {"area_m2": 20_000.0033}]
    view = View(document)
    for rows in (
        fragment_tables.conformity_rows(view),
        fragment_tables.ruling_rows(view),
        fragment_tables.fragment_rows(view),
        fragment_tables.use_rows(view, USES),
    ):
        assert {(row["area"], row["share"]) for row in rows} == {("20,000.00", "100.00%")}


def test_features_of_one_layer_do_not_crowd_out_those_of_another(document):
    hit = next(row for row in document["layers"] if row["features"])["features"][0]
    for layer in document["layers"]:
        if layer["key"] in ("farmland_pbf", "line_red"):
            layer["features"] = [hit | {"id": f"{layer['key']}{i}", "area_m2": 1.0 + i} for i in range(30)]
    rows, count = tables.feature_rows(View(document), most=10)
    shown = [row["id"] for row in rows]
    assert count >= 60 and len(rows) <= 10
    assert shown[:2] == ["farmland_pbf29", "farmland_pbf28"]  # floors first, the largest first
    assert {"line_red29", "line_red28"} <= set(shown)
    everything, count = tables.feature_rows(View(document), most=1_000)
    assert len(everything) == count


def test_what_no_fragment_was_checked_for_is_told_once(document):
    view = View(document)
    everywhere = fragment_tables.unchecked_everywhere(view)
    assert everywhere == ["eco_redline"]
    short = fragment_tables.fragment_rows(view, unsaid=map(view.not_checked, everywhere))
    full = fragment_tables.fragment_rows(view)
    assert all("生态保护红线：未检查" in row["why"] for row in full)
    assert not any("生态保护红线：未检查" in row["why"] for row in short)
    document["fragments"][0]["unchecked"] = []
    assert fragment_tables.unchecked_everywhere(View(document)) == []
