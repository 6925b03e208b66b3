"""Two edge lines become an area; what does not close is told and never guessed (issue: edges closed)."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from layers.edges import EdgeRules, close_edges, edge_layers, edge_rules

RULES = EdgeRules(max_width_m=60.0, snap_m=0.05, by=("MC",))


def closed(*lines, keys=None, rules=RULES):
    return close_edges([LineString(one) for one in lines], keys or ["a"] * len(lines), rules)


def reasons(unclosed):
    return sorted(one.reason for one in unclosed)


def test_two_edges_of_one_road_become_its_area():
    areas, left = closed([(0, 0), (100, 0), (200, 50)], [(0, 20), (100, 20), (200, 70)])
    assert not left
    assert [area.lines for area in areas] == [(0, 1)]
    assert areas[0].geometry.area == pytest.approx(20 * 200)


def test_the_sense_in_which_an_edge_was_drawn_does_not_matter():
    areas, left = closed([(0, 0), (200, 0)], [(200, 20), (0, 20)])
    assert not left and areas[0].geometry.equals(shapely.box(0, 0, 200, 20))


def test_edges_in_pieces_are_joined_end_to_end_first():
    lines = [(0, 0), (100, 0)], [(0, 20), (200, 20)], [(100.02, 0.01), (200, 0)]
    areas, left = closed(*lines)
    assert not left and areas[0].lines == (0, 1, 2)
    assert areas[0].geometry.area == pytest.approx(4000, abs=2)


def test_edges_with_their_ends_drawn_close_by_themselves_and_an_island_is_a_hole():
    ring = [(0, 0), (100, 0)], [(100, 0), (100, 40), (0, 40)], [(0, 40), (0, 0)]
    island = [(40, 10), (60, 10), (60, 20), (40, 20), (40, 10)]
    areas, left = closed(*ring, island)
    assert not left and len(areas) == 1
    assert areas[0].geometry.area == 4000 - 200 and areas[0].lines == (0, 1, 2, 3)


def test_a_single_edge_stays_open_and_leaves_a_hole_as_wide_as_a_road_may_be():
    areas, left = closed([(0, 0), (100, 0)])
    assert not areas and reasons(left) == ["single"]
    assert left[0].hole.equals(shapely.box(0, -60, 100, 60))


def test_edges_too_far_apart_are_no_road():
    areas, left = closed([(0, 0), (100, 0)], [(0, 70), (100, 70)])
    assert not areas and reasons(left) == ["single", "single"]


def test_a_dual_carriageway_has_one_pairing_only_and_keeps_its_median_free():
    rows = [[(0, y), (300, y)] for y in (0, 12, 16, 28)]
    areas, left = closed(*rows)
    assert not left
    assert sorted(area.lines for area in areas) == [(0, 1), (2, 3)]
    assert {area.geometry.area for area in areas} == {3600.0}


def test_three_edges_of_one_name_are_not_guessed():
    areas, left = closed(*[[(0, y), (300, y)] for y in (0, 12, 24)])
    assert not areas and reasons(left) == ["ambiguous"] * 3


def test_without_names_only_two_that_have_nobody_else_are_paired():
    rows = [[(0, y), (300, y)] for y in (0, 12, 40, 52)]
    areas, left = closed(*rows, keys=[None] * 4)
    assert not areas and reasons(left) == ["ambiguous"] * 4
    areas, left = closed(*rows, [(0, 500), (300, 500)], [(0, 512), (300, 512)], keys=[None] * 6)
    assert [area.lines for area in areas] == [(4, 5)] and len(left) == 4


def test_lines_of_other_names_are_not_partners():
    areas, left = closed([(0, 0), (100, 0)], [(0, 12), (100, 12)], keys=["a", "b"])
    assert not areas and reasons(left) == ["single", "single"]


def test_edges_that_cross_each_other_or_themselves_are_told():
    areas, left = closed([(0, 0), (100, 20)], [(0, 20), (100, 0)])
    assert not areas and reasons(left) == ["single", "single"]
    areas, left = closed([(0, 0), (10, 10), (10, 0), (0, 10), (0, 0)])
    assert not areas and reasons(left) == ["crossing"]


def test_an_edge_much_shorter_than_the_other_is_no_partner():
    areas, left = closed([(0, 0), (400, 0)], [(0, 12), (350, 12)])
    assert not areas and reasons(left) == ["single", "single"]  # a cap of 51 m across a road of 11 m


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    roads=st.integers(1, 6),
    cut=st.booleans(),
    lost=st.integers(0, 3),
)
def test_every_road_is_closed_to_itself_and_every_line_is_accounted_for(seed, roads, cut, lost):
    """Roads of known axis and width; some lose an edge: those are told, the others come back."""
    rng = np.random.default_rng(seed)
    lines, keys, truth = [], [], {}
    for number in range(roads):
        x = np.cumsum(rng.uniform(30, 60, 8))
        y = number * 40 + np.cumsum(rng.uniform(-6, 6, 8))
        width = rng.uniform(6, 25)
        low, high = np.column_stack([x, y]), np.column_stack([x, y + width])
        truth[str(number)] = shapely.Polygon(np.concatenate([low, high[::-1]]))
        for one in (low, high):
            if rng.random() < 0.5:
                one = one[::-1]
            pieces = [one[:5], one[4:]] if cut else [one]
            lines += [LineString(piece) for piece in pieces]
            keys += [str(number)] * len(pieces)
    order = rng.permutation(len(lines))
    dropped = set(order[: min(lost, len(lines))].tolist())
    kept = [at for at in order.tolist() if at not in dropped]
    whole = {key for key in truth if not any(keys[at] == key for at in dropped)}
    areas, left = close_edges([lines[at] for at in kept], [keys[at] for at in kept], RULES)
    for area in areas:
        names = {keys[kept[at]] for at in area.lines}
        assert len(names) == 1
    found = {keys[kept[area.lines[0]]]: area.geometry for area in areas}
    assert whole <= set(found)
    for key in whole:
        assert found[key].symmetric_difference(truth[key]).area < 1e-6
    accounted = [at for area in areas for at in area.lines] + [at for one in left for at in one.lines]
    assert sorted(accounted) == list(range(len(kept)))


def test_the_rules_are_data_and_come_back_from_what_a_version_keeps():
    rules = edge_rules("line_red")
    assert rules is not None and EdgeRules.of(rules.plain()) == rules
    assert edge_rules("survey") is None and set(edge_layers()) == {"line_red", "line_blue"}
    assert rules.column(["id", "mc"]) == "mc" and rules.column(["x"]) is None
