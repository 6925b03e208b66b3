"""Polygons as flat arrays: what goes in comes out, and any selection is that of the geometries."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.spatial.ragged import Ragged

HOLED = shapely.box(0, 0, 10, 10).difference(shapely.box(2, 2, 4, 4))
SEVERAL = shapely.MultiPolygon(
    [shapely.box(20, 0, 21, 1), shapely.box(30, 3, 34, 9).difference(shapely.box(31, 4, 32, 5))]
)
KINDS = [shapely.box(0, 0, 1, 2), HOLED, SEVERAL, shapely.Polygon([(5, 5), (9, 6), (7, 8)])]


@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=12), st.data())
def test_geometries_boxes_and_selections_agree_with_shapely(geometries, data):
    array = np.array(geometries, object)
    ragged = Ragged.of(array)
    assert [one.wkb for one in ragged.geometries()] == [one.wkb for one in array]
    assert (ragged.bounds() == shapely.bounds(array)).all()
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(array), max_size=len(array))))
    some = ragged.take(mask)
    assert [one.wkb for one in some.geometries()] == [one.wkb for one in array[mask]]
    assert len(some) == mask.sum() and (some.bounds() == shapely.bounds(array[mask])).all()


def test_a_multipolygon_of_one_part_comes_back_as_that_polygon_and_heights_fall_away():
    single = shapely.MultiPolygon([shapely.Polygon([(0, 0, 5), (1, 0, 5), (1, 1, 5)])])
    (back,) = Ragged.of(np.array([single], object)).geometries()
    assert back.wkt == "POLYGON ((0 0, 1 0, 1 1, 0 0))"


def test_none_is_none():
    assert len(Ragged.of(np.zeros(0, object))) == 0 and Ragged.of(np.zeros(0, object)).bounds().shape == (0, 4)
