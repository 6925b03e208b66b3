"""Two versions compared: by id, then by geometry, with areas."""

from __future__ import annotations

import pytest
import shapely

from layers.diff import Change, compare
from spatialhub.spatial.snapshot import Snapshot
from tests import shapes
from tests.builders import a_layer

A, B, C = shapes.square(100, 0, 0), shapes.square(100, 200, 0), shapes.square(100, 400, 0)


def snapshot(tmp_path, *features):
    return Snapshot.open(a_layer(tmp_path, features=features).snapshot)


@pytest.fixture
def diff(tmp_path):
    return lambda before, after: compare(snapshot(tmp_path, *before), snapshot(tmp_path, *after))


def told(diff):
    return [
        (one.change.value, one.id, round(one.gained_m2), round(one.lost_m2), one.columns) for one in diff.differences
    ]


def test_equal_versions_differ_in_nothing_whatever_the_order(diff):
    found = diff(
        [(A, {"id": "a"}), (B, {"id": "b"})],
        [(shapely.reverse(B), {"id": "b", "name": "图斑2"}), (A, {"id": "a", "name": "图斑1"})],
    )
    assert found.differences == () and found.unchanged == 2


def test_features_added_removed_and_changed_are_told_with_areas(diff):
    wider = shapes.rectangle(120, 100, 0, 0)
    found = diff(
        [(A, {"id": "a", "name": "x"}), (B, {"id": "b", "name": "y"})],
        [(wider, {"id": "a", "name": "x"}), (C, {"id": "c", "name": "z"})],
    )
    assert told(found) == [
        ("added", "c", 10_000, 0, ()),
        ("removed", "b", 0, 10_000, ()),
        ("geometry", "a", 2_000, 0, ()),
    ]
    (changed,) = found.of(Change.GEOMETRY)
    assert (round(changed.before_m2), round(changed.after_m2)) == (10_000, 12_000)


def test_a_changed_attribute_is_named(diff):
    found = diff([(A, {"id": "a", "name": "旧名"})], [(A, {"id": "a", "name": "新名"})])
    assert told(found) == [("attributes", "a", 0, 0, ("name",))]


def test_a_feature_under_another_id_is_matched_by_its_geometry(diff):
    found = diff([(A, {"id": "old", "name": "x"})], [(A, {"id": "new", "name": "x"})])
    assert told(found) == [("attributes", "new", 0, 0, ("id",))]


def test_less_than_half_a_millimetre_is_no_change(diff):
    found = diff([(A, {"id": "a", "name": "x"})], [(shapes.moved(A, 0.0002, 0), {"id": "a", "name": "x"})])
    assert found.unchanged == 1


def test_of_equal_geometries_each_is_matched_once(diff):
    before = [(A, {"id": "1", "name": "x"}), (A, {"id": "2", "name": "x"})]
    after = [(A, {"id": "3", "name": "x"}), (A, {"id": "4", "name": "x"}), (A, {"id": "5", "name": "x"})]
    assert [one.change.value for one in diff(before, after).differences] == ["added", "attributes", "attributes"]


def test_a_column_that_came_or_went_is_a_changed_attribute(diff):
    found = diff([(A, {"id": "a", "name": "x"})], [(A, {"id": "a", "name": "x", "宽": 40})])
    assert told(found) == [("attributes", "a", 0, 0, ("宽",))]


def test_empty_versions_can_be_compared(diff):
    assert diff([], []).differences == ()
    assert told(diff([], [(A, {"id": "a"})])) == [("added", "a", 10_000, 0, ())]
