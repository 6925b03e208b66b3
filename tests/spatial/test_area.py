"""The area is ellipsoidal and additive: held against Geod, against the official formula, and against itself."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from shapely import Geometry, MultiPolygon, Polygon

from spatialhub.spatial import area
from spatialhub.spatial._kernels import ring_areas
from spatialhub.spatial.area import A_M, E2, INVERSE_FLATTENING, areas_m2
from tests import shapes

# Corners and middle of the boxes of Zhengzhou and Jiaozuo (domain: EPSG:4547), metres.
PLACES = [(380_300, 3_792_600), (465_000, 3_846_000), (500_000, 3_840_000), (518_400, 3_873_100), (367_400, 3_931_000)]
UNIT_M2 = 1e-4  # in which areas are recorded; Geod's own rounding stays below it at these sizes


@cache
def to_degrees(epsg: int) -> Transformer:
    """From a plane to CGCS2000 degrees, longitude first."""
    return Transformer.from_crs(epsg, 4490, always_xy=True, allow_ballpark=False)


def densified_degrees(geometry: Geometry, epsg: int, longest_m: float) -> Geometry:
    """The geometry in degrees, its edges kept straight in the plane by further points."""
    dense = shapely.segmentize(geometry, longest_m)
    return shapely.transform(dense, lambda xy: np.stack(to_degrees(epsg).transform(*xy.T), axis=1))


def geod_area_m2(geometry: Geometry, epsg: int, longest_m: float = 100.0) -> float:
    """Karney's geodesic area of the polygon with edges densified to `longest_m`."""
    degrees = shapely.orient_polygons(densified_degrees(geometry, epsg, longest_m))
    return CRS(4490).get_geod().geometry_area_perimeter(degrees)[0]


def official_area_m2(geometry: Geometry, epsg: int, longest_m: float) -> float:
    """椭球面积 by 国土调查办发〔2008〕32号: trapezoids between each edge and a meridian.

    Its edges are straight in degrees, so they are densified; the meridian cancels over a closed ring and is taken
    through the first vertex, where rounding is least.
    """
    degrees = shapely.orient_polygons(densified_degrees(geometry, epsg, longest_m))
    rings = shapely.get_rings(shapely.get_parts(degrees))
    return sum(_trapezoids_m2(np.radians(shapely.get_coordinates(ring))) for ring in rings)


def _trapezoids_m2(lonlat: np.ndarray) -> float:
    (lon1, lat1), (lon2, lat2) = lonlat[:-1].T, lonlat[1:].T
    meridian = lonlat[0, 0]
    e4, e6, e8 = E2**2, E2**3, E2**4
    factors = (
        1 + 3 / 6 * E2 + 30 / 80 * e4 + 35 / 112 * e6 + 630 / 2304 * e8,
        1 / 6 * E2 + 15 / 80 * e4 + 21 / 112 * e6 + 420 / 2304 * e8,
        3 / 80 * e4 + 7 / 112 * e6 + 180 / 2304 * e8,
        1 / 112 * e6 + 45 / 2304 * e8,
        5 / 2304 * e8,
    )
    half, mean = (lat2 - lat1) / 2, (lat1 + lat2) / 2
    series = sum(
        (-1) ** i * factor * np.sin((2 * i + 1) * half) * np.cos((2 * i + 1) * mean) for i, factor in enumerate(factors)
    )
    b = A_M * (1 - 1 / INVERSE_FLATTENING)
    return float((2 * b * b * ((lon1 + lon2) / 2 - meridian) * series).sum())


def tolerance_m2(geometry: Geometry) -> float:
    """1e-8 of the area and the unit in which areas are recorded."""
    return 1e-8 * geometry.area + UNIT_M2


def area_m2(geometry: Geometry, epsg: int = shapes.EPSG) -> float:
    return float(areas_m2(np.array([geometry], object), epsg)[0])


def moved_to(geometry: Geometry, place: tuple[float, float]) -> Geometry:
    return shapes.moved(geometry, place[0] - shapes.ORIGIN[0], place[1] - shapes.ORIGIN[1])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", shapes.ZOO)
def test_area_agrees_with_geod_to_1e8(name, place):
    geometry = moved_to(shapes.ZOO[name], place)
    assert abs(area_m2(geometry) - geod_area_m2(geometry, shapes.EPSG)) <= tolerance_m2(geometry)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", shapes.ZOO)
def test_area_agrees_with_the_official_formula(name, place):
    geometry = moved_to(shapes.ZOO[name], place)
    official = official_area_m2(geometry, shapes.EPSG, 2.0)
    assert abs(area_m2(geometry) - official) <= tolerance_m2(geometry)


@pytest.mark.parametrize("side_m", [100_000.0, 30_000.0])
def test_area_of_a_region_agrees_with_geod(side_m):
    region = shapes.square(side_m, -40_000.0, -30_000.0)
    assert area_m2(region) == pytest.approx(geod_area_m2(region, shapes.EPSG), rel=1e-8)


@pytest.mark.parametrize(
    ("epsg", "easting"),
    [(4526, 38_400_000), (4525, 37_620_000), (4549, 530_000), (4497, 19_720_000), (4508, 290_000), (4546, 640_000)],
)
def test_area_agrees_in_other_zones(epsg, easting):
    geometry = moved_to(shapes.TWENTY_SQUARE_KILOMETRES, (easting, 3_846_000))
    assert area_m2(geometry, epsg) == pytest.approx(geod_area_m2(geometry, epsg), rel=1e-8)


def test_plane_area_exceeds_the_area_by_25_ppm_in_the_city_and_349_ppm_at_its_edge():
    for longitude, ppm in [(113.65, 25.3), (112.7, 349.19), (113.0, 206.6), (114.2, 8.3)]:
        east, north = Transformer.from_crs(4490, 4547, always_xy=True).transform(longitude, 34.75)
        square = moved_to(shapes.square(1000.0), (east - 500, north - 500))
        assert (square.area / area_m2(square) - 1) * 1e6 == pytest.approx(ppm, abs=0.1)


def test_prefix_of_the_zone_changes_nothing():
    prefixed = shapes.moved(shapes.WITH_HOLE, 38_000_000, 0)
    assert area_m2(prefixed, 4526) == pytest.approx(area_m2(shapes.WITH_HOLE), rel=1e-9)


def test_orientation_and_first_vertex_change_nothing():
    outline = shapely.get_coordinates(shapes.WITH_HOLE.exterior)
    hole = shapely.get_coordinates(shapes.WITH_HOLE.interiors[0])
    truth = area_m2(shapes.WITH_HOLE)
    for shell in (outline, outline[::-1], np.roll(outline[:-1], 2, axis=0)):
        for ring in (hole, hole[::-1]):
            assert area_m2(Polygon(shell, [ring])) == pytest.approx(truth, rel=1e-12)


def test_nothing_has_no_area():
    geometries = np.array([Polygon(), None, MultiPolygon(), shapes.SQUARE], object)
    areas = areas_m2(geometries, shapes.EPSG)
    assert areas[:3].tolist() == [0.0, 0.0, 0.0]
    assert areas[3] == area_m2(shapes.SQUARE)
    assert areas_m2(np.array([], object), shapes.EPSG).tolist() == []


def test_other_planes_are_refused():
    with pytest.raises(ValueError, match="EPSG:3857 is no CGCS2000 plane"):
        area_m2(shapes.SQUARE, 3857)


# --- additivity ------------------------------------------------------------------------------------------------------

offsets = st.integers(-4_000_000, 4_000_000)  # millimetres
places = st.tuples(st.integers(370_000, 518_000), st.integers(3_793_000, 3_930_000))


@st.composite
def stars(draw) -> Polygon:
    """A star-shaped polygon around a place of the two cities, 3-12 vertices at up to 4 km."""
    turns = sorted(draw(st.sets(st.integers(0, 359), min_size=4, max_size=12)))
    if max(np.diff([*turns, turns[0] + 360])) >= 180:
        turns = [0, 90, 180, 270]
    radii = draw(st.lists(st.floats(5.0, 4_000.0), min_size=len(turns), max_size=len(turns)))
    east, north = draw(places)
    angles = np.radians(turns)
    return Polygon(np.stack([east + radii * np.cos(angles), north + radii * np.sin(angles)], axis=1).round(3))


@given(stars(), st.floats(0.0, 180.0), st.floats(-0.9, 0.9))
def test_parts_of_a_cut_polygon_add_up(polygon, angle, offset):
    east, north = polygon.centroid.coords[0]
    size = np.hypot(*np.ptp(np.reshape(polygon.bounds, (2, 2)), axis=0))
    half = shapely.affinity.rotate(
        shapely.box(east - 2 * size, north - 2 * size, east + offset * size / 2, north + 2 * size), angle, (east, north)
    )
    parts = [polygon.intersection(half), polygon.difference(half)]
    total = sum(area_m2(part) for part in parts if not part.is_empty)
    assert total == pytest.approx(area_m2(polygon), rel=1e-10, abs=1e-9 * polygon.length)


@given(places, st.integers(2, 7), st.integers(2, 7), st.floats(0.5, 3_000.0))
def test_parcels_of_a_tessellation_add_up_to_the_whole(place, columns, rows, side_m):
    side_m = round(side_m, 3)
    parcels = [moved_to(parcel, place) for parcel in shapes.parcels(columns, rows, side_m)]
    whole = moved_to(shapes.rectangle(columns * side_m, rows * side_m), place)
    assert areas_m2(np.array(parcels, object), shapes.EPSG).sum() == pytest.approx(area_m2(whole), rel=1e-9)


@given(places, st.floats(1.0, 2_000.0))
def test_hole_and_what_fills_it_make_the_whole(place, scale):
    donut = moved_to(shapely.affinity.scale(shapes.WITH_HOLE, scale / 100, scale / 100, origin=shapes.ORIGIN), place)
    filling, filled = Polygon(donut.interiors[0]), Polygon(donut.exterior)
    assert area_m2(donut) + area_m2(filling) == pytest.approx(area_m2(filled), rel=1e-12)


@given(places, st.integers(1, 40))
def test_further_vertices_on_an_edge_change_nothing(place, pieces):
    square = moved_to(shapes.square(4_000.0), place)
    dense = shapely.segmentize(square, 4_000.0 / pieces)
    assert area_m2(dense) == pytest.approx(area_m2(square), rel=1e-12)


def test_the_curvature_polynomial_is_the_series_everywhere_in_china_and_the_series_beyond():
    northings = np.concatenate([np.linspace(0, 6_600_000, 20_001), [-5.0, 6_600_001.0, 9e6]])
    fast, slow = area._gaussian_curvature(northings), area._curvature_by_series(northings)
    assert np.abs(fast / slow - 1).max() < 1e-14
    assert (fast[-3:] == slow[-3:]).all()


def test_an_area_does_not_depend_on_what_is_measured_with_it():
    boxes = shapely.box(465_000.0 + np.arange(500) * 40, 3_840_000.0, 465_031.5 + np.arange(500) * 40, 3_840_055.25)
    together = area.areas_m2(boxes, 4547)
    alone = [area.areas_m2(boxes[i : i + 1], 4547)[0] for i in range(500)]
    assert together.tolist() == alone


RINGS = st.lists(
    st.lists(st.tuples(st.integers(300_000, 700_000), st.integers(2_000_000, 5_000_000)), min_size=3, max_size=7),
    min_size=1,
    max_size=5,
)


@given(RINGS, st.sampled_from([1.0, 1e-3, 3e-3]))
def test_the_kernel_gives_what_the_plain_integral_gives_whatever_rings_come_together(rings, scale):
    origin = np.array([500_000.0, 3_800_000.0])
    closed = [origin + (np.array([*ring, ring[0]]) - origin) * scale for ring in rings]
    ends = np.concatenate([[0], np.cumsum([len(ring) for ring in closed])])
    together = area.ring_areas_m2(np.concatenate(closed), ends, 4547)
    plain = [area._ring_area_m2(ring, 4547) for ring in closed]
    assert together.tolist() == plain
    alone = [area.ring_areas_m2(ring, np.array([0, len(ring)]), 4547)[0] for ring in closed]
    assert together.tolist() == alone


def test_the_kernel_leaves_long_edges_and_places_beyond_the_polynomial_to_the_plain_integral():
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], float)
    rings = [square * 1e3 + 5e5, square * 3e4 + 5e5, square * 1e3 + [5e5, 6_600_000], square * 1e3 + [5e5, -500]]
    coords, ends = np.concatenate(rings), np.arange(5) * 5
    by_kernel = ring_areas(coords, ends, area._integral(4547))
    assert np.isnan(by_kernel).tolist() == [False, True, True, True]
    assert area.ring_areas_m2(coords, ends, 4547).tolist() == [area._ring_area_m2(ring, 4547) for ring in rings]


def test_rings_of_no_point_have_no_area_and_offsets_that_do_not_fit_are_refused():
    assert area.ring_areas_m2(np.zeros((0, 2)), np.array([0, 0]), 4547).tolist() == [0.0]
    with pytest.raises(ValueError, match="rings"):
        ring_areas(np.zeros((4, 2)), np.array([0, 5]), area._integral(4547))
