"""What disappears when its boundary moves inward (check.md §5)."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.spatial.arrangement import arrange
from spatialhub.spatial.planar import Arrangement
from spatialhub.spatial.thin import outlines_of, vanishing
from tests import shapes
from tests.worlds import world


def cut(site: shapely.Polygon, *geometries: shapely.Geometry) -> Arrangement:
    labels = np.arange(1, len(geometries) + 1)
    return arrange([site], np.array(geometries, dtype=object), labels, epsg=shapes.EPSG)


def gone(found: Arrangement, face, group, half_m) -> list[bool]:
    given = [np.array(row, np.int64) for row in (face, group)]
    return vanishing(found, *given, np.array(half_m, np.float64)).tolist()


def test_thin_shapes_vanish_and_fat_ones_do_not():
    found = cut(shapes.rectangle(100, 0.002), shapes.rectangle(100, 0.001))
    thin = found.cover_face[found.cover_label == 1]
    assert gone(found, thin, [0], [0.00072]) == [True]
    assert gone(found, [0, 1], [0, 0], [0.00072]) == [False]
    assert gone(found, [], [], [1.0]) == [True]


@given(st.integers(0, 2**32 - 1), st.sampled_from((0.01, 0.3, 2.0, 15.0)))
def test_the_bound_never_decides_otherwise_than_the_buffer(seed, half_m):
    here = world(seed, 10_000.0)
    found = cut(here.site, *here.layers["blobs"], *here.layers["strips"])
    faces = np.arange(len(found))
    told = vanishing(found, faces, faces, np.full(len(found), half_m))
    moved = shapely.buffer(found.faces, -half_m, quad_segs=2)
    assert told.tolist() == shapely.is_empty(moved).tolist()


def test_groups_that_share_a_face_are_drawn_whole():
    left, right = shapes.rectangle(60, 100), shapes.rectangle(60, 100, 40)
    found = cut(shapes.SQUARE, left, right)
    face, group = found.cover_face, found.cover_label
    drawn = outlines_of(found, face, group, 3)
    for area, shape in zip(drawn, (shapes.SQUARE, left, right), strict=True):
        assert shapely.equals(area, shape)
