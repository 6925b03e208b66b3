"""A region answers as shapely does, wherever features lie."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.regions import Region
from spatialhub.spatial.ragged import Ragged

RING = shapely.Point(0, 0).buffer(1000.0, quad_segs=5).difference(shapely.box(-200, -200, 210, 190))
SQUARE = shapely.box(0, 0, 640, 640)  # edges of cells lie on whole tens
NUMBERS = st.integers(-110, 110).map(lambda n: n * 10.0) | st.floats(-1100, 1100)


@given(
    st.sampled_from([RING, SQUARE]), st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from([0.5, 10.0, 90.0, 700.0])))
)
def test_what_is_covered_and_what_is_met_is_what_shapely_says(region, corners):
    boxes = np.array([shapely.box(x, y, x + side, y + side) for x, y, side in corners], object)
    features, asked = Ragged.of(boxes), Region(region)
    bounds = features.bounds()
    assert (asked.covers(features, bounds) == shapely.covers(region, boxes)).all()
    assert (asked.meets(features, bounds) == shapely.intersects(region, boxes)).all()


def test_most_features_of_a_city_need_no_geometry():
    x, y = np.meshgrid(np.arange(50.0, 600.0, 10.0), np.arange(50.0, 600.0, 10.0))
    boxes = Ragged.of(shapely.box(x, y, x + 9, y + 9).ravel())
    assert Region(SQUARE)._surely(boxes.bounds()).all()


def test_the_polygon_given_is_left_as_it_was():
    """Two imports at a time share the frame of the city: preparing it under both ends the process."""
    frame = shapely.box(0, 0, 100, 100)
    Region(frame)
    assert not shapely.is_prepared(frame)
