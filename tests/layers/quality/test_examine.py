"""Whatever is planted is found, and nothing else is (issue: layer quality at import)."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.catalog import load_catalogue
from layers.quality.examine import examine, windows
from layers.quality.rules import rules_for
from spatialhub.spatial.snapshot import Snapshot
from tests import shapes
from tests.builders import a_layer
from tests.layers.quality.planted import ATTRIBUTES, GEOMETRIC, PLACES, Planted, plant, town

KINDS = (*GEOMETRIC, *ATTRIBUTES, *PLACES)


@cache
def survey():
    catalogue = load_catalogue()
    entry = catalogue.entry("survey")
    rules = rules_for(entry, city="zhengzhou", known=catalogue.entries)
    return entry, rules, catalogue.classes[entry.classes]


def a_snapshot(folder, planted: Planted):
    entry, _, _ = survey()
    rows = zip(*planted.attributes.values(), strict=True)
    features = [
        (shape, {"class": values[3], **dict(zip(planted.attributes, values, strict=True))})
        for shape, values in zip(planted.geometry, rows, strict=True)
    ]
    return Snapshot.open(a_layer(folder, entry, features, coverage=planted.coverage).snapshot)


def examined(folder, planted: Planted, **options):
    _, rules, classes = survey()
    return examine(a_snapshot(folder, planted), rules, classes=classes, **options)


def missed(found, planted: Planted) -> list:
    """What was planted and not found: rule, rows, and where it is known the measure."""
    by_rule: dict[str, list] = {}
    for finding in found.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    lost = []
    for expected in planted.expected:
        near = [one for one in by_rule.get(expected.rule, ()) if expected.rows <= set(one.rows)]
        if expected.measure is not None:
            near = [one for one in near if abs(one.measure - expected.measure) <= expected.within]
        if not near:
            lost.append(expected)
    return lost


def unexplained(found, planted: Planted) -> list:
    """Findings that name no feature that was touched (a gap at the coverage's edge may name any)."""
    wide = any(one.rule == "edge_gap" for one in planted.expected)
    return [
        one for one in found.findings if not planted.touched & set(one.rows) and not (wide and one.rule == "edge_gap")
    ]


@settings(max_examples=25, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=12),
    seed=st.integers(0, 2**32 - 1),
    most_parts=st.sampled_from([8, 40, 2_000]),
)
def test_whatever_is_planted_is_found_and_nothing_else(tmp_path_factory, kinds, seed, most_parts):
    places = [kind for kind in PLACES if kind in kinds]
    planted = plant(14, 14, [kind for kind in kinds if kind not in PLACES] + places, seed)
    found = examined(tmp_path_factory.mktemp("snap"), planted, most_parts=most_parts)
    assert missed(found, planted) == []
    assert unexplained(found, planted) == []


def test_every_kind_can_be_planted_and_is_found(tmp_path):
    planted = plant(20, 20, list(KINDS), 7)
    found = examined(tmp_path, planted)
    assert missed(found, planted) == [] and unexplained(found, planted) == []
    assert {one.rule for one in planted.expected} == set(KINDS)


@pytest.mark.parametrize("most_parts", [8, 2_000])
def test_a_sound_tessellation_shows_nothing(tmp_path, most_parts):
    planted, _ = town(12, 9, 3)
    found = examined(tmp_path, planted, most_parts=most_parts)
    assert found.findings == () and found.skipped == {}
    assert found.double_m2 == found.uncovered_m2 == 0
    assert found.tiles > (8 if most_parts == 8 else 0)


def test_no_result_depends_on_how_the_plane_was_cut_into_squares(tmp_path):
    planted = plant(20, 20, list(KINDS), 11)
    answers = [examined(tmp_path / str(most), planted, most_parts=most) for most in (8, 30, 5_000)]
    told = [sorted((one.rule, one.rows, one.measure) for one in found.findings) for found in answers]
    for other in told[1:]:  # a seam's crossings are rounded to the grid: areas differ by tenths of a square millimetre
        assert [one[:2] for one in other] == [one[:2] for one in told[0]]
        assert [one[2] for one in other] == pytest.approx([one[2] for one in told[0]], abs=2e-3)


def test_a_gap_that_seams_cut_into_many_pieces_is_one_finding_with_its_whole_area(tmp_path):
    planted, _ = town(12, 12, 5)
    lost = {5 * 12 + c for c in range(1, 11)}
    whole = shapely.union_all([planted.geometry[at] for at in lost])
    kept = [at for at in range(144) if at not in lost]
    planted = Planted(
        [planted.geometry[at] for at in kept],
        {name: [values[at] for at in kept] for name, values in planted.attributes.items()},
        planted.coverage,
    )
    found = examined(tmp_path, planted, most_parts=8)
    (gap,) = found.findings
    assert gap.rule == "gap" and found.tiles > 20
    assert shapely.area(shapely.symmetric_difference(gap.geometry, whole)) < 1e-2
    assert gap.measure == pytest.approx(whole.area, rel=1e-4)
    assert gap.measure == pytest.approx(found.uncovered_m2)


def test_all_are_counted_when_only_the_worst_are_kept(tmp_path):
    planted = plant(30, 30, ["gap"] * 20, 2)
    found = examined(tmp_path, planted, most_kept=5)
    count = found.counts["gap"]
    assert (count.count, count.listed) == (20, 5)
    areas = sorted((one.measure for one in planted.expected), reverse=True)
    assert [one.measure for one in found.findings] == pytest.approx(areas[:5], abs=1e-3)
    assert count.total == pytest.approx(sum(areas), abs=0.01)


def test_three_features_on_one_place_are_one_overlap_that_names_all(tmp_path):
    planted, _ = town(6, 6, 1)
    middle = planted.geometry[14].centroid
    for size in (5, 5.5):
        planted.add(shapely.box(middle.x, middle.y, middle.x + size, middle.y + size), 14)
    found = examined(tmp_path, planted)
    overlaps = [one for one in found.findings if one.rule == "overlap"]
    assert {one.rows for one in overlaps} == {(14, 36, 37), (14, 37)}
    assert sum(one.measure for one in overlaps) == pytest.approx(5.5**2, abs=0.05)
    assert found.double_m2 == pytest.approx(5.5**2, abs=0.05)


def test_a_place_where_far_too_many_lie_on_each_other_is_told_as_not_examined_and_the_duplicates_all_the_same(tmp_path):
    planted = plant(6, 6, [], 1)
    stacked = np.concatenate([planted.geometry, np.repeat(planted.geometry[14], 200)])
    attributes = {key: [*values, *[values[14]] * 200] for key, values in planted.attributes.items()}
    found = examined(tmp_path, Planted(stacked, attributes, planted.coverage), most_parts=8)
    said = [one for one in found.findings if one.rule == "unexamined"]
    assert said and all(one.geometry.distance(planted.geometry[14]) < 16 for one in said)
    assert sum(one.measure for one in said) >= 0.9 * planted.geometry[14].area
    assert any(one.rule == "duplicate" for one in found.findings)


def test_progress_is_told_for_features_and_for_places(tmp_path):
    seen = []
    examined(tmp_path, plant(14, 14, ["gap"], 1), most_parts=20, progress=lambda *told: seen.append(told))
    for stage in ("features", "places"):
        mine = [told[1:] for told in seen if told[0] == stage]
        assert mine[-1][0] == mine[-1][1] > 0
        assert [done for done, _ in mine] == sorted(done for done, _ in mine)
    assert len([told for told in seen if told[0] == "places"]) > 5


def test_windows_hold_every_feature_once_and_no_more_parts_than_said(tmp_path):
    planted, _ = town(9, 9, 1)
    planted.add(shapely.Point(480_000, 3_850_000).buffer(900, quad_segs=500), 0)
    snapshot = a_snapshot(tmp_path, planted)
    runs = list(windows(snapshot, 10))
    assert np.array_equal(np.concatenate(runs), np.arange(82))
    parts = np.bincount(snapshot.part_features, minlength=82)
    assert all(parts[run].sum() <= 10 or len(run) == 1 for run in runs)
    assert parts[81] > 4


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 10), most_parts=st.sampled_from([4, 2_000]))
def test_sums_are_those_of_another_way_to_compute_them(tmp_path_factory, seed, count, most_parts):
    """Stars of any kind over a coverage, against GEOS in floating point: covered twice, covered by none, beyond."""
    rng = np.random.default_rng(seed)
    planted, _ = town(1, 1, seed)
    middle = planted.geometry[0].centroid
    coverage = shapely.box(middle.x - 300, middle.y - 300, middle.x + 300, middle.y + 300)
    stars = [
        shapes.star(int(rng.integers(4, 12)), float(rng.uniform(20, 160)), float(rng.uniform(4, 19)), x, y)
        for x, y in rng.uniform(-280, 280, (count, 2)) + np.subtract(middle.coords[0], shapes.at((0.0, 0.0))[0])
    ]
    attributes = {name: values * count for name, values in planted.attributes.items()}
    found = examined(tmp_path_factory.mktemp("stars"), Planted(stars, attributes, coverage), most_parts=most_parts)
    union = shapely.union_all(stars)
    twice = shapely.union_all([shapely.intersection(a, b) for i, a in enumerate(stars) for b in stars[:i]])
    scale = 1.0 - 1e-3, 1.0 + 1e-3  # the plane's areas differ from the ellipsoid's by less than that
    for ours, theirs in (
        (found.double_m2, twice.area), (found.uncovered_m2, shapely.difference(coverage, union).area)
    ):  # fmt: skip
        assert theirs * scale[0] - 0.05 <= ours <= theirs * scale[1] + 0.05
    listed = {}
    for one in found.findings:
        listed[one.rule] = listed.get(one.rule, 0.0) + one.measure
    beyond = shapely.difference(union, coverage).area  # where two lie beyond, that is an overlap
    assert listed.get("beyond", 0.0) <= beyond * scale[1] + 0.05
    assert listed.get("gap", 0.0) + listed.get("edge_gap", 0.0) == pytest.approx(found.uncovered_m2, abs=0.5)
