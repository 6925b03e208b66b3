"""One arrangement, and all numbers from it (check.md §4)."""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.errors import TooComplex
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.arrangement import Arrangement, arrange, common, grid_for
from tests import shapes
from tests.worlds import AREAS_M2, World, world

SEEDS = st.integers(0, 2**32 - 1)
AREAS = st.sampled_from(AREAS_M2)


def laid(found: World):
    polygons = [p for layer in found.layers.values() for p in layer]
    return np.array(polygons, dtype=object), np.arange(1, len(polygons) + 1)


def run(found: World, *, reverse: bool = False, order: np.ndarray | None = None):
    geometries, labels = laid(found)
    order = np.arange(len(labels)) if order is None else order
    site = shapely.reverse(found.site) if reverse else found.site
    chosen = geometries[order]
    return arrange([site], shapely.reverse(chosen) if reverse else chosen, labels[order], epsg=shapes.EPSG)


def bound_m2(found: World, part: shapely.Geometry) -> float:
    """check.md §4: 1e-6 of the site, or the grid times boundary length; and half a unit for every face rounded."""
    return max(1e-6 * found.site.area, grid_for(found.site.bounds) * (found.site.length + part.length))


@given(SEEDS, AREAS)
def test_areas_agree_with_exact_overlay_within_the_bound(seed, area_m2):
    found = world(seed, area_m2)
    arrangement = run(found)
    geometries, labels = laid(found)
    for geometry, label in zip(geometries, labels, strict=True):
        faces = arrangement.cover_face[arrangement.cover_label == label]
        expected = shapely.intersection(found.site, geometry)
        rounding = 0.5e-4 * max(len(faces), 1)
        assert abs(arrangement.area_plane_u[faces].sum() / 1e4 - expected.area) <= bound_m2(found, expected) + rounding
        exact = float(areas_m2(np.array([expected]), shapes.EPSG)[0])
        assert abs(arrangement.area_u[faces].sum() / 1e4 - exact) <= bound_m2(found, expected) + rounding


@given(SEEDS, AREAS)
def test_faces_tile_the_site_without_gap_or_overlap(seed, area_m2):
    found = world(seed, area_m2)
    arrangement = run(found)
    total = arrangement.area_plane_u.sum() / 1e4
    assert abs(total - found.site.area) <= bound_m2(found, found.site) + 0.5e-4 * len(arrangement.faces)
    united_m2 = arrangement.outline(range(len(arrangement))).area
    assert abs(united_m2 - shapely.area(arrangement.faces).sum()) < 1e-5 * max(1, total**0.5)
    assert shapely.is_valid(arrangement.faces).all()


@given(SEEDS, AREAS)
def test_order_of_features_and_vertices_changes_nothing(seed, area_m2):
    found = world(seed, area_m2)
    order = np.random.default_rng(seed).permutation(len(laid(found)[1]))
    first, second = run(found), run(found, reverse=True, order=order)
    assert [face.wkb for face in first.faces] == [face.wkb for face in second.faces]
    assert first.area_u.tolist() == second.area_u.tolist()
    assert first.cover_face.tolist() == second.cover_face.tolist()
    assert first.cover_label.tolist() == second.cover_label.tolist()


def picture(found: Arrangement) -> tuple:
    """All that an arrangement says, as bytes: equal pictures are equal results."""
    numbers = (found.area_u, found.area_plane_u, found.perimeter_m, found.cover_face, found.cover_label)
    return tuple(a.tobytes() for a in (*numbers, *found.neighbours)) + tuple(face.wkb for face in found.faces)


def restarted(polygon: shapely.Polygon, by: int) -> shapely.Polygon:
    """The same polygon with its shell begun at another vertex."""
    ring = shapely.get_coordinates(polygon.exterior)[:-1]
    ring = np.roll(ring, by, axis=0)
    return shapely.Polygon(np.concatenate([ring, ring[:1]]), polygon.interiors)


@given(SEEDS, AREAS, st.integers(1, 30))
def test_where_rings_begin_changes_nothing(seed, area_m2, by):
    found = world(seed, area_m2)
    geometries, labels = laid(found)
    turned = np.array([restarted(g, by) if g.geom_type == "Polygon" else g for g in geometries], dtype=object)
    again = arrange([restarted(found.site, by)], turned, labels, epsg=shapes.EPSG)
    assert picture(again) == picture(run(found))


@given(SEEDS, AREAS)
def test_a_feature_split_through_two_of_its_vertices_is_the_feature(seed, area_m2):
    found = world(seed, area_m2)
    geometries, labels = laid(found)
    whole = shapely.convex_hull(geometries)
    triangles = [
        [shapely.Polygon(ring[[0, k, k + 1]]) for k in range(1, len(ring) - 2)] for ring in map(corners, whole)
    ]
    pieces = np.array([piece for of_one in triangles for piece in of_one], dtype=object)
    owner = np.repeat(labels, [len(of_one) for of_one in triangles])
    one = arrange([found.site], whole, labels, epsg=shapes.EPSG)
    assert picture(arrange([found.site], pieces, owner, epsg=shapes.EPSG)) == picture(one)


def corners(polygon: shapely.Polygon) -> np.ndarray:
    return shapely.get_coordinates(polygon.exterior)


@given(SEEDS, AREAS, st.sampled_from([(1.0, 0.0), (0.0, -1.0), (0.6, 0.8)]))
def test_what_lies_far_away_changes_nothing(seed, area_m2, direction):
    found = world(seed, area_m2)
    geometries, labels = laid(found)
    reach = 3 * max(shapely.total_bounds(geometries)[2:] - shapely.total_bounds(geometries)[:2])
    away = shapes.moved(found.site, direction[0] * reach, direction[1] * reach)
    more = arrange([found.site], np.append(geometries, away), np.append(labels, labels.max() + 1), epsg=shapes.EPSG)
    assert picture(more) == picture(run(found))


@given(SEEDS, AREAS, st.integers(-40_000, 40_000), st.integers(-40_000, 40_000))
def test_a_world_moved_by_whole_metres_has_the_same_areas_on_the_plane(seed, area_m2, east_m, north_m):
    found = world(seed, area_m2)
    moved = World(
        shapes.moved(found.site, east_m, north_m),
        {name: [shapes.moved(g, east_m, north_m) for g in layer] for name, layer in found.layers.items()},
    )
    first, second = run(found), run(moved)
    assert first.area_plane_u.tolist() == second.area_plane_u.tolist()
    assert first.cover_label.tobytes() == second.cover_label.tobytes()


@given(SEEDS, AREAS, st.sampled_from([(0, -1, 1, 0), (-1, 0, 0, 1), (0, 1, 1, 0)]))
def test_a_world_turned_or_mirrored_has_the_same_areas_within_the_bound(seed, area_m2, matrix):
    found = world(seed, area_m2)
    geometries, labels = laid(found)
    a, b, d, e = matrix
    x, y = shapes.ORIGIN

    def turn(geometry: shapely.Geometry) -> shapely.Geometry:
        offset = shapely.affinity.translate(geometry, -x, -y)
        return shapely.affinity.translate(shapely.affinity.affine_transform(offset, [a, b, d, e, 0, 0]), x, y)

    turned = arrange([turn(found.site)], np.array([turn(g) for g in geometries]), labels, epsg=shapes.EPSG)
    first = run(found)
    for geometry, label in zip(geometries, labels, strict=True):
        faces = [one.cover_face[one.cover_label == label] for one in (first, turned)]
        areas = [one.area_plane_u[f].sum() / 1e4 for one, f in zip((first, turned), faces, strict=True)]
        rounding = 0.5e-4 * sum(map(len, faces))
        assert abs(areas[0] - areas[1]) <= 2 * bound_m2(found, shapely.intersection(found.site, geometry)) + rounding


def test_the_order_of_the_parts_of_multipolygons_changes_nothing():
    parts = shapes.parcels(4, 4, 30.0, -10.0, -10.0)
    for seed in range(10):
        mixed = np.random.default_rng(seed).permutation(len(parts))
        one = arrange([shapes.SKEW], np.array([shapely.MultiPolygon(parts[::2])]), np.array([1]), epsg=shapes.EPSG)
        chosen = shapely.MultiPolygon([parts[k] for k in mixed if k % 2 == 0])
        assert picture(arrange([shapes.SKEW], np.array([chosen]), np.array([1]), epsg=shapes.EPSG)) == picture(one)


def digest(seed: int) -> str:
    """What a world's arrangement says, for comparison across processes."""
    return hashlib.sha256(b"".join(picture(run(world(seed, 250_000.0))))).hexdigest()


def test_two_threads_and_two_processes_say_the_same_to_the_byte():
    seeds = range(6)
    here = [digest(seed) for seed in seeds]
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(digest, seeds)) == here
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert list(processes.map(digest, seeds)) == here


def test_a_seam_between_parts_of_one_feature_leaves_no_edge():
    whole = shapes.square(40.0, 10, 10)
    halves = [shapes.rectangle(20, 40, 10, 10), shapes.rectangle(20, 40, 30, 10)]
    one = arrange([shapes.SQUARE], np.array([whole]), np.array([1]), epsg=shapes.EPSG)
    two = arrange([shapes.SQUARE], np.array(halves), np.array([1, 1]), epsg=shapes.EPSG)
    assert len(one.faces) == len(two.faces) == 2
    assert one.area_u.tolist() == two.area_u.tolist()


def test_a_seam_through_the_middle_of_a_face_does_not_uncover_it():
    halves = [shapes.rectangle(50, 200, 0, -50), shapes.rectangle(50, 200, 50, -50)]
    arrangement = arrange([shapes.SQUARE], np.array(halves), np.array([1, 1]), epsg=shapes.EPSG)
    assert arrangement.covers() == [frozenset({0, 1})]


def test_the_hole_of_a_site_is_no_part_of_it():
    ring = shapes.polygon((0, 0), (100, 0), (100, 100), (0, 100), holes=(((40, 40), (60, 40), (60, 60), (40, 60)),))
    arrangement = arrange([ring], np.array([shapes.square(30, 35, 35)]), np.array([1]), epsg=shapes.EPSG)
    assert arrangement.area_plane_u.sum() == (10_000 - 400) * 10_000
    covered = arrangement.cover_face[arrangement.cover_label == 1]
    assert arrangement.area_plane_u[covered].sum() == (900 - 400) * 10_000


def test_neighbouring_faces_share_the_length_of_their_common_edge():
    arrangement = arrange([shapes.SQUARE], np.array([shapes.rectangle(30, 100)]), np.array([1]), epsg=shapes.EPSG)
    first, second, length_m = arrangement.neighbours
    assert (first.tolist(), second.tolist()) == ([0], [1])
    assert length_m[0] == pytest.approx(100.0)


def test_the_grid_is_a_tenth_of_a_millimetre_beyond_five_kilometres():
    assert grid_for((0, 0, 5_000, 100)) == 1e-5
    assert grid_for((0, 0, 5_001, 100)) == 1e-4


def test_a_site_that_vanishes_on_the_grid_is_refused():
    speck = shapes.square(1e-6)
    with pytest.raises(TooComplex):
        arrange([speck], np.zeros(0, object), np.zeros(0, int), epsg=shapes.EPSG)


@pytest.mark.parametrize("name", sorted(shapes.ZOO))
def test_every_shape_of_the_zoo_is_cut_by_a_square(name):
    site = shapes.ZOO[name]
    x, y = site.centroid.coords[0]
    cutter = shapes.square(50, x - shapes.ORIGIN[0] - 25, y - shapes.ORIGIN[1] - 25)
    arrangement = arrange([site], np.array([cutter]), np.array([1]), epsg=shapes.EPSG)
    covered = arrangement.cover_face[arrangement.cover_label == 1]
    bound = max(1e-6 * site.area, grid_for(site.bounds) * (site.length + cutter.length))
    assert arrangement.area_plane_u[covered].sum() / 1e4 == pytest.approx(site.intersection(cutter).area, abs=bound)


def test_what_two_polygons_share_is_found_where_their_edges_all_but_coincide():
    notched = shapely.difference(shapes.SQUARE, shapes.square(5, 40, 0))
    jittered = shapely.affinity.translate(shapely.difference(shapes.SQUARE, shapes.square(9, 38, 0)), 1e-9, -1e-9)
    shared = common(notched, jittered, grid_m=1e-5)
    assert shared.area == pytest.approx(10_000 - 81, abs=0.02)
    assert common(shapes.SQUARE, shapes.square(5, 500, 500), grid_m=1e-5).is_empty
