"""A site's normal form: one ring put right without GEOS is what GEOS makes of it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.spatial import normal
from spatialhub.spatial.model import SitePart
from tests import shapes
from tests.builders import a_site
from tests.worlds import AREAS_M2, blob

SMALL = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=9)


@given(st.integers(0, 2**32 - 1), st.sampled_from(AREAS_M2), st.sampled_from((1e-5, 1e-4)))
def test_a_ring_put_right_is_what_geos_makes_of_it(seed, area_m2, grid_m):
    polygon = blob(np.random.default_rng(seed), (0, 0), area_m2**0.5)
    assert normal.grid_rings(polygon, grid_m) == normal._rings(polygon, round(1 / grid_m))


@given(SMALL)
def test_so_it_is_for_rings_that_repeat_vertices_or_touch_themselves(points):
    polygon = shapely.Polygon(points)
    assert normal.grid_rings(polygon, 1e-5) == normal._rings(polygon, 100_000)


@pytest.mark.parametrize("name", sorted(shapes.ZOO))
def test_every_kind_of_area_has_one_normal_form(name):
    shape = shapes.ZOO[name]
    assert normal.grid_rings(shape, 1e-5) == normal.grid_rings(shapely.reverse(shape), 1e-5)


def test_a_stated_height_is_part_of_the_site_and_none_leaves_the_hash_as_it_was():
    plain, tall, taller = (
        a_site(SitePart(1, shapes.SQUARE, use="070102", max_height_m=height)) for height in (None, 30.0, 48.0)
    )
    assert len({normal.site_sha256(site, 1e-5) for site in (plain, tall, taller)}) == 3
