import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialhub.demo.dirt import CLEAN, SHARE, move_vertices, soiled
from spatialhub.demo.order import SEED, Order

DIRTY = Order(dirty=True)


def steps_mm(before, after):
    """Lengths of the moves (m,) in millimetres, closing vertices left out."""
    rings = shapely.get_rings(shapely.get_parts(before)), shapely.get_rings(shapely.get_parts(after))
    coords = [[shapely.get_coordinates(ring)[:-1] for ring in of] for of in rings]
    moves = np.concatenate(coords[1]) - np.concatenate(coords[0])
    length = np.hypot(*moves.T) * 1_000
    return length[length > 1e-3]


def test_vertices_move_by_one_to_five_millimetres_and_are_counted(tables):
    survey = tables["survey"]
    dirty, dirt = soiled(survey, DIRTY, 0)
    moved = steps_mm(survey.geometry, dirty.geometry)
    assert len(moved) == dirt.moved > 0
    assert moved.min() > 0.99 and moved.max() < 5.01
    assert dirt.moved == pytest.approx(SHARE * dirt.vertices, rel=0.05)
    touched = ~shapely.equals_exact(dirty.geometry, survey.geometry)
    assert int(touched.sum()) == dirt.features


def test_neighbours_no_longer_share_what_moved(tables):
    dirty, dirt = soiled(tables["survey"], DIRTY, 0)
    edges = shapely.coverage_invalid_edges(dirty.geometry, gap_width=0.02)
    assert (~shapely.is_empty(edges)).sum() > dirt.features / 2
    before, after = tables["survey"].geometry, dirty.geometry
    strayed = np.abs(shapely.area(after) - shapely.area(before)).sum()
    assert 0.1 < strayed < dirt.moved * 0.005 * 200  # a move sweeps less than 5 mm x 200 m


def test_what_is_dirty_stays_valid_on_the_millimetre(tables):
    for key in ("survey", "land_use_plan", "detailed_plan"):
        dirty, _ = soiled(tables[key], DIRTY, 0)
        assert shapely.is_valid(dirty.geometry).all()
        millimetres = shapely.get_coordinates(dirty.geometry) * 1_000
        assert np.abs(millimetres - np.round(millimetres)).max() < 1e-4


def test_dirt_is_of_the_seed_and_of_the_layer(tables):
    one, _ = soiled(tables["survey"], DIRTY, 0)
    again, _ = soiled(tables["survey"], DIRTY, 0)
    other, _ = soiled(tables["survey"], Order(seed=SEED + 1, dirty=True), 0)
    part, _ = soiled(tables["survey"], DIRTY, 1)
    assert shapely.equals_exact(one.geometry, again.geometry).all()
    assert not shapely.equals_exact(one.geometry, other.geometry).all()
    assert not shapely.equals_exact(one.geometry, part.geometry).all()


def test_control_lines_and_clean_cities_are_left_alone(tables):
    assert soiled(tables["eco_redline"], DIRTY, 0) == (tables["eco_redline"], CLEAN)
    assert soiled(tables["survey"], Order(), 0) == (tables["survey"], CLEAN)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 8), st.sampled_from([0.012, 0.5, 40.0]))
def test_rings_stay_closed_and_small_polygons_valid(seed, count, side_m):
    cells = np.array([shapely.box(i * side_m, 0, (i + 1) * side_m, side_m) for i in range(count)], object)
    holed = shapely.difference(shapely.box(0, 0, 9, 9), shapely.box(3, 3, 6, 6))
    multi = shapely.MultiPolygon([shapely.box(20, 0, 29, 9), holed])
    polygons = np.array([*shapely.set_precision(cells, 0.001), holed, multi], object)
    moved, dirt = move_vertices(polygons, np.random.default_rng(seed))
    assert shapely.is_valid(moved).all()
    assert dirt.vertices == 4 * count + 8 + 12
    assert len(steps_mm(polygons, moved)) == dirt.moved
