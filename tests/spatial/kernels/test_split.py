"""Parts say together what the feature says: the same winding numbers, the same area, seams that cancel."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialhub.spatial._kernels import measure_features, split_features
from tests import shapes
from tests.spatial.kernels.rings import parts_of, ragged, twice_area, units, winding

SEEDS = st.integers(0, 2**32 - 1)
ORIGIN = np.array([46_500_000_000, 384_600_000_000])


def world(seed: int, step_m: int) -> shapely.Geometry:
    """A union of triangles and rectangles with corners on a grid of `step_m`, some cut out: holes, several parts,
    runs along common lines, vertices where cuts fall."""
    random = np.random.default_rng(seed)
    drawn = [_drawn(random, step_m) for _ in range(random.integers(2, 9))]
    taken = [_drawn(random, step_m) for _ in range(random.integers(0, 4))]
    found = shapely.difference(shapely.union_all(drawn), shapely.union_all(taken))
    polygons = [part for part in shapely.get_parts(found) if part.geom_type == "Polygon" and part.area > 1.0]
    whole = shapely.multipolygons(polygons) if polygons else drawn[0]
    return shapely.transform(whole, lambda coords: np.round(coords + shapes.ORIGIN, 5))


def _drawn(random: np.random.Generator, step_m: int) -> shapely.Geometry:
    while True:
        corners = random.integers(0, 17, (3, 2)) * step_m
        low, high = corners.min(axis=0), corners.max(axis=0)
        triangle = shapely.polygons(corners)
        if triangle.area > 0:
            return triangle if random.random() < 0.6 else shapely.box(*low, *high)


def split(geometry: shapely.Geometry, most: int) -> dict:
    return split_features(*ragged([geometry]), most_vertices=most)


def cut_lines(parts: list[list[np.ndarray]]) -> np.ndarray:
    """Points just beside the corners of the parts' boxes, where a seam that does not cancel would show."""
    corners = []
    for rings in parts:
        box = np.concatenate(rings)
        corners += [box.min(axis=0), box.max(axis=0)]
    return (np.array(corners)[:, None] + np.array([[-1, -1], [1, 1], [-1, 1], [1, -1]])).reshape(-1, 2)


@given(SEEDS, st.sampled_from([4, 7, 16]), st.sampled_from([8, 10, 64]))
@settings(max_examples=25, deadline=None)
def test_winding_numbers_of_the_parts_sum_to_those_of_the_feature(seed, most, step_m):
    geometry = world(seed, step_m)
    own, parts = units(geometry), parts_of(split(geometry, most))
    scattered = np.random.default_rng(seed).integers(-100_000, 17 * step_m * 100_000, (60, 2)) + ORIGIN
    points = np.concatenate([scattered, cut_lines(parts)])
    boundary = shapely.boundary(geometry)
    clear = shapely.distance(boundary, shapely.points(points / 1e5)) > 3e-5  # a cut point is rounded to 1e-5 m
    on_no_line = ~np.isin(points[:, 0], np.concatenate([r[:, 0] for p in parts for r in p]))
    points = points[clear & on_no_line]
    assert np.array_equal(winding([ring for rings in parts for ring in rings], points), winding(own, points))


@given(SEEDS, st.sampled_from([4, 7, 16]))
@settings(max_examples=25, deadline=None)
def test_areas_of_the_parts_sum_to_that_of_the_feature(seed, most):
    geometry = world(seed, 10)
    found = split(geometry, most)
    parts = parts_of(found)
    assert found["plane_areas"] == pytest.approx([twice_area(rings) / 2e10 for rings in parts], rel=1e-15)
    assert sum(found["plane_areas"]) == pytest.approx(twice_area(units(geometry)) / 2e10, abs=2e-5 * geometry.length)
    assert np.all(found["plane_areas"] > -2e-5 * geometry.length)  # a spike along a cut may turn over by rounding


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_a_cut_point_is_the_true_crossing_rounded_once(seed):
    """However often an edge is cut, each point of it stays in the pixel that the whole edge passes through."""
    geometry = world(seed, 64)
    own = {tuple(point) for ring in units(geometry) for point in ring.tolist()}
    edges = [(a, b) for ring in units(geometry) for a, b in zip(ring.tolist(), ring.tolist()[1:], strict=False)]
    parts = parts_of(split(geometry, 4))
    tiles = {(axis, value) for rings in parts for axis in (0, 1) for value in _extremes(rings, axis)}
    for point in {tuple(p) for rings in parts for ring in rings for p in ring.tolist()} - own:
        corner = all((axis, point[axis]) in tiles for axis in (0, 1))
        assert corner or any(_in_pixel(point, a, b) for a, b in edges)


def _extremes(rings: list[np.ndarray], axis: int) -> tuple[int, int]:
    values = np.concatenate(rings)[:, axis]
    return int(values.min()), int(values.max())


def _in_pixel(point: tuple[int, int], a: list[int], b: list[int]) -> bool:
    """Whether the edge a-b is cut at the point: exact in one coordinate, the other rounded, halves upward."""
    for axis in (0, 1):
        run, along = b[axis] - a[axis], point[axis] - a[axis]
        if run and 0 <= along * np.sign(run) <= abs(run):
            rise = b[1 - axis] - a[1 - axis]
            twice = 2 * (point[1 - axis] - a[1 - axis]) * abs(run) - 2 * rise * along * int(np.sign(run))
            if -abs(run) < twice <= abs(run):
                return True
    return False


def test_small_features_stay_as_they_are_turned_the_right_way():
    clockwise = shapely.reverse(shapes.polygon((0, 0), (30, 0), (30, 30), holes=(((20, 5), (25, 5), (25, 10)),)))
    found = split(clockwise, 256)
    (rings,) = parts_of(found)
    assert [np.sign(twice_area([ring])) for ring in rings] == [1, -1]
    assert twice_area(rings) == twice_area(units(clockwise))
    assert found["owners"].tolist() == [0]


def test_tiles_inside_a_giant_are_four_corners():
    giant = shapes.disc(7_000.0, vertices=20_000)
    found = split(giant, 256)
    parts = parts_of(found)
    plain = [rings for rings in parts if len(rings) == 1 and len(rings[0]) == 5]
    assert len(parts) < 300
    assert max(sum(map(len, rings)) for rings in parts) <= 256 + 1
    assert found["plane_areas"].sum() == pytest.approx(giant.area, rel=1e-9)
    for rings in plain:
        box = shapely.box(*rings[0].min(axis=0), *rings[0].max(axis=0))
        if shapely.Polygon(rings[0]).equals(box):
            break
    else:
        pytest.fail("no tile is whole")


def test_a_hole_that_holds_a_whole_tile_leaves_no_part_there():
    ring = shapely.difference(shapes.disc(5_000.0, vertices=3_000), shapes.disc(4_000.0, vertices=3_000))
    parts = parts_of(split(ring, 64))
    middle = np.rint(np.array(shapes.ORIGIN) * 1e5)
    for rings in parts:
        points = np.concatenate(rings)
        assert not np.all((points.min(axis=0) < middle - 1e7) & (points.max(axis=0) > middle + 1e7))
    assert sum(twice_area(rings) for rings in parts) / 2e10 == pytest.approx(ring.area, rel=1e-9)


def test_a_part_is_never_wider_than_32_bits_hold():
    found = split(shapes.rectangle(100_000.0, 30_000.0), 256)
    boxes = found["boxes"].reshape(-1, 4)
    assert (boxes[:, 2] - boxes[:, 0]).max() <= 4_000_000_000
    assert found["plane_areas"].sum() == pytest.approx(3e9)


def test_a_feature_thinner_than_the_grid_has_no_part():
    thin = shapes.polygon((0, 0), (10, 0), (10, 1e-7))
    assert len(split(thin, 256)["owners"]) == 0
    assert measure_features(*ragged([thin]))[1][0] == pytest.approx(thin.area, rel=1e-2)


@given(st.lists(SEEDS, max_size=5))
@settings(max_examples=20, deadline=None)
def test_features_are_measured_by_their_own_coordinates(seeds):
    geometries = [world(seed, 10) for seed in seeds]
    boxes, areas = measure_features(*ragged(geometries))
    assert np.array_equal(boxes.reshape(-1, 4), shapely.bounds(geometries).reshape(-1, 4))
    assert areas == pytest.approx(shapely.area(geometries), rel=1e-12)


def test_coordinates_off_the_plane_are_refused():
    with pytest.raises(RuntimeError, match="off the plane"):
        split(shapely.polygons([[0, 0], [1e9, 0], [0, 1e9]]), 256)


def test_offsets_that_do_not_fit_are_refused():
    coords, rings, polygons, features = ragged([shapes.SQUARE])
    with pytest.raises(ValueError, match="rings"):
        split_features(coords, rings + 1, polygons, features)
