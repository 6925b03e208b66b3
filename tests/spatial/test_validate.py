"""Validity: what is wrong, where, and what comes out of a repair."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.intake.repairs import repair_within
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.validate import (
    defect,
    hole_of,
    invalid,
    invalid_polygons,
    overlapping_pairs,
    place_of,
    polygons_of,
    repair,
)

TIE = shapely.Polygon([(467800, 3846900), (467900, 3847000), (467900, 3846900), (467800, 3847000)])
SQUARE = shapely.box(467800, 3846900, 467900, 3847000)


def test_defect_is_named_with_its_place():
    assert defect(TIE) == ("Self-intersection", (467850.0, 3846950.0))
    assert place_of(defect(TIE)[1]) == "E 467850.00, N 3846950.00"
    assert place_of(None) == "—"


def test_invalid_and_infinite_geometries_are_found():
    infinite = shapely.Polygon([(467800, 3846900), (np.inf, 3847000), (467900, 3846900)])
    assert invalid(np.array([SQUARE, TIE, infinite], object)).tolist() == [False, True, True]
    assert repair(infinite, 4547).geometry is None


def test_bow_tie_becomes_two_triangles():
    made = repair(TIE, 4547)
    assert made.geometry.area == 5000.0
    assert made.area_after_m2 == pytest.approx(5000, rel=1e-3)
    assert made.area_before_m2 == pytest.approx(0, abs=1)


def test_hole_outside_its_shell_is_land_to_geos_and_both_areas_tell():
    ring = [(468000, 3846900), (468010, 3846900), (468010, 3846910)]
    made = repair(shapely.Polygon(shapely.get_coordinates(SQUARE), [ring]), 4547)
    assert (made.reason, made.geometry.area) == ("Hole lies outside shell", 10050.0)
    assert made.area_after_m2 - made.area_before_m2 == pytest.approx(100, rel=1e-3)


def test_overlapping_parts_are_united_once():
    twice = shapely.MultiPolygon([SQUARE, shapely.box(467850, 3846900, 467950, 3847000)])
    assert repair(twice, 4547).geometry.area == 15000.0


def test_flat_polygon_cannot_be_repaired():
    flat = shapely.Polygon([(467800, 3846900), (467900, 3846900), (467850, 3846900)])
    assert repair(flat, 4547).geometry is None
    assert hole_of(flat).bounds == (467799, 3846899, 467901, 3846901)


def test_repair_under_a_deadline_gives_the_same_as_without():
    ring = shapely.get_coordinates(shapely.Point(467900, 3847000).buffer(100, quad_segs=60))[:-1]
    tangled = shapely.Polygon(np.concatenate([ring[:60], ring[59:20:-1], ring[60:]]))
    assert not tangled.is_valid
    assert repair_within(tangled, 4547, 5).geometry.equals(repair(tangled, 4547).geometry)


def test_polygons_are_taken_out_of_a_collection():
    mixed = shapely.GeometryCollection([SQUARE, shapely.Point(0, 0), shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])])
    assert polygons_of(mixed).area == 10001.0
    assert polygons_of(shapely.LineString([(0, 0), (1, 1)])) is None
    assert polygons_of(shapely.Polygon()) is None


def test_pairs_overlap_by_area_not_by_touch():
    right = shapely.box(467900, 3846900, 468000, 3847000)
    across = shapely.box(467850, 3846950, 467950, 3846960)
    pairs = overlapping_pairs(np.array([SQUARE, right, across], object))
    assert [pair[:3] for pair in pairs] == [(0, 2, 500.0), (1, 2, 500.0)]
    assert all(
        shapely.covers(shapely.intersection(across, one), pair[3])
        for one, pair in zip((SQUARE, right), pairs, strict=True)
    )


RINGS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=7)


@given(st.lists(st.lists(RINGS, min_size=1, max_size=2), min_size=1, max_size=6))
def test_flat_polygons_are_valid_exactly_where_geos_says_so(features):
    made = [shapely.multipolygons([shapely.Polygon(ring) for ring in rings]) for rings in features]
    assert invalid_polygons(Ragged.of(np.array(made, object))).tolist() == [not one.is_valid for one in made]
