"""Layers around a site, for drawing."""

import numpy as np
import shapely

from spatialhub.report.context import around, drawn_layer, drawn_layers
from tests import shapes
from tests.builders import a_layer, an_entry


def test_features_are_cut_to_the_box_and_keep_their_names(tmp_path):
    road = (shapes.square(100, 0, 0), {"id": "1", "name": "金水路", "class": "S1"})
    pinned = a_layer(tmp_path, an_entry("line_red"), [road])
    left, bottom, _, _ = shapes.square(100, 0, 0).bounds
    drawn = drawn_layer(pinned.entry, pinned.snapshot, (left, bottom, left + 50, bottom + 50))
    (feature,) = drawn.features
    assert (feature.name, feature.class_code, feature.geometry.area) == ("金水路", "S1", 2_500)


def test_a_giant_is_thinned_below_the_cap_and_says_so(tmp_path):
    angles = np.linspace(0, 2 * np.pi, 9_000)[:-1]
    radius = 900 + 20 * np.sin(angles * 400)
    ring = shapes.at(*zip(radius * np.cos(angles), radius * np.sin(angles), strict=True))
    pinned = a_layer(tmp_path, an_entry("line_red"), [shapely.Polygon(ring)])
    drawn = drawn_layer(pinned.entry, pinned.snapshot, shapely.Polygon(ring).bounds, max_vertices=500)
    assert shapely.get_num_coordinates([row.geometry for row in drawn.features]).sum() <= 500
    assert drawn.thinned_m > 0


def test_layers_with_nothing_near_or_without_a_version_are_left_out(tmp_path):
    far = a_layer(tmp_path, an_entry("line_red"), [shapes.square(10, 9_000, 9_000)])
    assert drawn_layers([far], around(shapes.square(100, 0, 0).bounds)) == []


def test_small_layers_leave_their_room_to_large_ones(tmp_path):
    angles = np.linspace(0, 2 * np.pi, 9_000)[:-1]
    ring = shapes.at(*zip(500 * np.cos(angles), 500 * np.sin(angles), strict=True))
    giant = a_layer(tmp_path, an_entry("survey"), [shapely.Polygon(ring)])
    small = [a_layer(tmp_path, an_entry(key), [shapes.square(10, 0, 0)]) for key in ("line_red", "line_blue")]
    drawn = drawn_layers([giant, *small], shapely.Polygon(ring).bounds, max_vertices=10_000)
    assert [layer.thinned_m for layer in drawn] == [0, 0, 0]
