"""A site's parts drawn once: the same rings that geometry in the plane gives, on either grid."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.spatial import _kernels, integer_recipe
from spatialhub.spatial.model import Site, SitePart
from spatialhub.spatial.planar import COARSE_GRID_M, FINE_GRID_M, Frame
from spatialhub.spatial.site_lines import SiteLines
from tests import shapes
from tests.worlds import AREAS_M2, world

SEEDS, GRIDS = st.integers(0, 2**32 - 1), st.sampled_from((FINE_GRID_M, COARSE_GRID_M))
HOLED = shapes.square(100, 0, 0).difference(shapes.square(20, 40, 40))


def arranged(rings: _kernels.Rings, parts: int, frame: Frame) -> list:
    """Areas and covers of what the rings enclose."""
    found = integer_recipe.arrange_sets([(rings, 0)], parts, frame, epsg=shapes.EPSG)
    return [found.area_plane_u.tolist(), found.cover_face.tolist(), found.cover_label.tolist()]


def by_geometry(parts, frame: Frame) -> _kernels.Rings:
    rings = _kernels.Rings()
    integer_recipe.append(rings, np.array([*parts], dtype=object), np.arange(len(parts)), frame)
    return rings


@given(SEEDS, st.sampled_from(AREAS_M2[:4]), GRIDS)
def test_rings_enclose_what_the_geometry_does(seed, area_m2, grid_m):
    here = world(seed, area_m2)
    parts = [here.site, here.layers["giant"][0], shapely.MultiPolygon(here.layers["tessellation"][:1] * 1)]
    lines = SiteLines.of(parts)
    frame = lines.frame(grid_m)
    assert arranged(lines.rings(frame), len(parts), frame) == arranged(by_geometry(parts, frame), len(parts), frame)


@given(SEEDS, st.sampled_from(AREAS_M2))
def test_the_frame_is_that_of_the_bounds(seed, area_m2):
    site = world(seed, area_m2).site
    lines = SiteLines.of([site])
    assert lines.bounds == site.bounds
    frame = lines.frame()
    low = np.floor(np.array(site.bounds[:2]) * frame.per_metre)
    assert frame.origin.tolist() == low.tolist()
    assert frame.window == (0.0, 0.0, *(np.ceil(np.array(site.bounds[2:]) * frame.per_metre) - low).tolist())


def test_the_way_a_ring_runs_does_not_matter():
    turned = shapely.Polygon(HOLED.exterior.coords[::-1], [hole.coords[::-1] for hole in HOLED.interiors])
    frame = SiteLines.of([HOLED]).frame()
    once, again = (arranged(SiteLines.of([site]).rings(frame), 1, frame) for site in (HOLED, turned))
    assert once == again
    assert once[0] == [96_000_000]


def test_collections_and_empty_parts_draw_their_polygons():
    mixed = shapely.GeometryCollection([shapely.Point(shapes.at((0, 0))[0]), HOLED, shapely.MultiPolygon()])
    lines = SiteLines.of([shapely.Polygon(), mixed])
    frame = lines.frame()
    areas, faces, labels = arranged(lines.rings(frame), 2, frame)
    assert (areas, faces, labels) == ([96_000_000], [0], [1])


def test_heights_are_left_out():
    assert SiteLines.of([shapely.force_3d(HOLED, 7.0)]).bounds == HOLED.bounds


def test_a_coordinate_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="polygons"):
        SiteLines.of([shapely.Polygon([(0, 0), (1, np.nan), (1, 1)])])


def test_a_site_is_drawn_from_the_wkb_its_parts_keep_and_a_changed_part_keeps_none():
    parts = SitePart(1, HOLED), SitePart(2, shapely.force_3d(shapes.square(10, 500, 0), 7.0))
    drawn, given = SiteLines.of_site(Site("s", parts, shapes.EPSG)), SiteLines.of([part.geometry for part in parts])
    assert drawn.bounds == given.bounds
    frame = drawn.frame()
    assert arranged(drawn.rings(frame), 2, frame) == arranged(given.rings(frame), 2, frame)
    assert parts[0].wkb is parts[0].wkb == shapely.to_wkb(HOLED, byte_order=1)
    moved = replace(parts[0], geometry=shapes.square(1, 0, 0))
    assert moved.wkb == shapely.to_wkb(shapes.square(1, 0, 0), byte_order=1)
    assert pickle.loads(pickle.dumps(parts[0])).wkb == parts[0].wkb and parts[0] == SitePart(1, HOLED)


def test_a_part_that_is_a_collection_is_drawn_by_its_polygons():
    mixed = shapely.GeometryCollection([HOLED, shapely.Point(0, 0)])
    drawn = SiteLines.of_site(Site("s", (SitePart(1, mixed),), shapes.EPSG))  # type: ignore[arg-type]
    assert drawn.bounds == SiteLines.of([mixed]).bounds
