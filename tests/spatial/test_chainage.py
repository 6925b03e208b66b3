"""Chainage along corridors, for the per-crossing table of linear parts (check.md §7)."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatialhub.spatial import chainage
from tests import shapes

BEND = shapely.LineString(shapes.at((0, 0), (1_000, 0), (1_600, 800), (3_000, 900)))


def corridor(line: shapely.LineString, width_m: float) -> shapely.Polygon:
    return line.buffer(width_m / 2, cap_style="flat", join_style="mitre")


@pytest.mark.parametrize("width_m", [4.0, 30.0, 60.0])
def test_the_axis_of_a_corridor_is_as_long_as_its_line_to_within_the_width(width_m):
    axis = chainage.axis(corridor(BEND, width_m))
    assert axis.length == pytest.approx(BEND.length, abs=width_m)
    assert shapely.hausdorff_distance(axis, BEND, densify=0.01) < width_m


def test_chainage_begins_at_the_western_end():
    axis = chainage.axis(corridor(BEND.reverse(), 20))
    assert axis.coords[0][0] < axis.coords[-1][0]


def test_a_crossing_is_found_where_it_lies():
    band = corridor(BEND, 20)
    field = shapes.rectangle(300, 400, 500, -200)
    (from_m, to_m), *_ = chainage.ranges_m(chainage.axis(band), band.intersection(field))
    assert from_m == pytest.approx(500, abs=12)
    assert to_m == pytest.approx(800, abs=12)


def test_each_of_several_areas_has_its_own_range_in_the_order_given():
    line = chainage.axis(corridor(BEND, 20))
    fields = [corridor(BEND, 20).intersection(shapes.rectangle(50, 400, x, -200)) for x in (700, 100, 400)]
    with_hole = shapely.difference(fields[2], shapely.buffer(shapely.centroid(fields[2]), 2))
    together = chainage.ranges_of_each_m(line, np.array([*fields[:2], with_hole]))
    assert together == [chainage.ranges_m(line, field)[0] for field in fields]
    assert together != sorted(together)


def test_a_long_corridor_takes_a_moment_only():
    line = shapely.LineString(shapes.at(*[(x, 300 * (x / 1_000 % 2)) for x in range(0, 51_000, 1_000)]))
    assert chainage.axis(corridor(line, 40)).length == pytest.approx(line.length, rel=0.02)


@pytest.mark.parametrize("name", sorted(shapes.ZOO))
def test_every_shape_has_an_axis_inside_its_box(name):
    shape = shapes.ZOO[name]
    axis = chainage.axis(shape)
    assert axis.length > 0
    assert shapely.box(*shapely.buffer(shape, 1).bounds).contains(axis)


@pytest.mark.parametrize(("length_m", "width_m"), [(5_000, 0.5), (10_000, 1.0)])
def test_a_pipeline_narrow_beyond_measure_keeps_its_length(length_m, width_m):
    line = shapely.LineString(shapes.at(*[(x, 200 * (x / 1_000 % 2)) for x in range(0, length_m + 1, 1_000)]))
    assert chainage.axis(corridor(line, width_m)).length == pytest.approx(line.length, rel=0.01)


def test_a_long_ribbon_is_folded_to_the_axis_that_its_skeleton_gives(monkeypatch):
    rng = np.random.default_rng(3)
    bends = np.cumsum(rng.normal(0, 0.05, 120))
    course = np.cumsum(np.stack([np.cos(bends), np.sin(bends)], axis=1) * 60.0, axis=0)
    width_m = 12.0
    ribbon = shapely.buffer(shapely.LineString(course), width_m / 2, cap_style="flat")
    assert ribbon.length / (width_m / 2) > chainage._RIBBON_POINTS
    folded = chainage.axis(ribbon)
    monkeypatch.setattr(chainage, "_RIBBON_POINTS", 10**9)
    skeleton = chainage.axis(ribbon)
    along = np.linspace(0, skeleton.length, 300)
    points = shapely.line_interpolate_point(skeleton, along)
    assert shapely.distance(folded, points).max() < width_m / 2
    assert np.abs(shapely.line_locate_point(folded, points) - along).max() < width_m  # over 7 km


def test_what_is_no_ribbon_is_not_folded():
    field = shapely.box(0, 0, 40_000, 30)
    with_hole = field.difference(shapely.box(100, 5, 39_000, 20))
    wedge = shapely.Polygon([(0, 0), (40_000, 0), (40_000, 300)])
    assert chainage._folded(field, 30.0, even=True) is not None
    assert chainage._folded(with_hole, 30.0, even=True) is None
    assert chainage._folded(wedge, 150.0, even=True) is None
