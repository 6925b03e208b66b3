"""Squares of the plane: the plain engine answers where the exact one does not, and what no engine can is told."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from layers.quality import sweep, tiles
from layers.quality.pieces import Kind, narrower
from spatialhub.errors import TooComplex
from spatialhub.spatial import integer_recipe
from tests.layers.quality.planted import plant
from tests.layers.quality.test_examine import examined


def test_where_the_exact_engine_does_not_pass_its_checks_the_plain_one_answers_and_is_named(tmp_path, monkeypatch):
    planted = plant(14, 14, ["gap", "overlap", "duplicate"], 3)
    exact = examined(tmp_path / "exact", planted)

    def faulty(*_, **__):
        raise integer_recipe.Fault("tried")

    monkeypatch.setattr(integer_recipe, "arrange_sets", faulty)
    plain = examined(tmp_path / "plain", planted)
    assert [one.rows for one in plain.findings] == [one.rows for one in exact.findings]
    assert [one.measure for one in plain.findings] == pytest.approx([one.measure for one in exact.findings], abs=0.01)
    assert plain.engines != exact.engines and all("geos" in engine for engine in plain.engines)


def test_a_square_that_no_engine_can_cut_is_a_blocking_finding_not_silence(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise TooComplex("arrangement", reason="tried")

    monkeypatch.setattr(tiles, "arranged", refuse)
    found = examined(tmp_path, plant(8, 8, [], 3))
    assert {one.rule for one in found.findings} == {"unexamined"}
    rule = next(rule for rule in found.rules if rule.key == "unexamined")
    assert rule.blocks and found.counts["unexamined"].total > 8 * 8 * 2_000


def test_quarters_lie_side_by_side_on_whole_units():
    tile = tiles.Tile(-8, 16, 1 << 10)
    quarters = tile.quarters()
    assert sum(one.side**2 for one in quarters) == tile.side**2
    assert {(one.x, one.y) for one in quarters} == {(-8, 16), (504, 16), (-8, 528), (504, 528)}


def test_the_square_around_everything_keeps_away_from_features_and_coverage(tmp_path):
    from tests.layers.quality.test_examine import a_snapshot

    snapshot = a_snapshot(tmp_path, plant(8, 8, ["beyond", "edge_gap"], 3))
    box = sweep._around(snapshot).box
    assert shapely.contains_properly(box, shapely.box(*snapshot.coverage.bounds))
    assert all(shapely.contains_properly(box, shapely.box(*one)) for one in snapshot.boxes)


@pytest.mark.parametrize(("width", "thin"), [(0.019, True), (0.021, False)])
def test_what_is_nowhere_wider_than_a_limit_is_told_by_the_circle_it_holds(width, thin):
    long = shapely.box(0, 0, 500, width)
    turned = shapely.affinity.rotate(long, 33)
    ending_in_a_square = shapely.union_all([shapely.box(0, 0, 500, 0.001), shapely.box(0, 0, width, width)])
    assert narrower(np.array([long, turned, ending_in_a_square], object), 0.02).tolist() == [thin] * 3


def test_kinds_have_a_rule_each():
    from layers.quality.cover import _CHECKS

    assert set(_CHECKS) == set(Kind)
