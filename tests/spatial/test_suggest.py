"""The trimmed red line: necks go, straight corners stay, nothing leaves what is kept (check.md §7)."""

from __future__ import annotations

import pytest
import shapely

from spatialhub.spatial.suggest import opened, suggested, without_small_parts
from tests import shapes


def test_a_rectangle_keeps_its_corners():
    assert opened(shapes.SQUARE, 10).area == pytest.approx(10_000, abs=1e-3)


def test_a_neck_narrower_than_the_width_goes_and_both_ends_stay():
    dumbbell = shapely.union_all([shapes.square(50), shapes.rectangle(60, 8, 45, 20), shapes.square(50, 100)])
    left = opened(dumbbell, 10)
    assert len(shapely.get_parts(left)) == 2
    assert left.area == pytest.approx(5_000, abs=20)


def test_nothing_narrower_than_the_width_is_left_of_a_strip():
    assert opened(shapes.rectangle(200, 9.9), 10).is_empty


def test_parts_too_small_to_build_on_are_dropped():
    both = shapely.union_all([shapes.square(50), shapes.square(14, 100)])
    assert without_small_parts(both, 200).area == pytest.approx(2_500)


def test_parts_that_are_never_trimmed_stay_whole():
    road = shapes.rectangle(300, 6, 100, 40)
    outline = suggested(shapes.SQUARE, [road], min_width_m=10, min_part_m2=200, grid_m=1e-5)
    assert outline.area == pytest.approx(10_000 + 1_800, abs=0.1)


@pytest.mark.parametrize("name", sorted(shapes.ZOO))
def test_what_is_opened_never_leaves_what_was_kept(name):
    shape = shapes.ZOO[name]
    left = opened(shape, 10)
    assert shapely.difference(left, shapely.buffer(shape, 2e-5)).area == 0


@pytest.mark.parametrize("angle", range(1, 90, 4))
def test_a_small_notch_is_not_filled_again(angle):
    square = shapely.affinity.rotate(shapes.square(300.0), angle)
    notched = shapely.difference(square, shapely.Point(square.exterior.coords[0]).buffer(0.1, cap_style="square"))
    kept = shapely.set_precision(notched, 1e-5)
    assert shapely.difference(opened(kept, 10), shapely.buffer(kept, 2e-5)).area == 0


def test_nothing_kept_gives_an_empty_outline():
    assert suggested(shapely.MultiPolygon(), [], min_width_m=10, min_part_m2=200, grid_m=1e-5).is_empty
