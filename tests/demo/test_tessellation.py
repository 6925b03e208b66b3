import numpy as np
import pytest
import shapely

from spatialhub.demo.tessellation import split, weld


def boxes(*bounds):
    return np.array([shapely.box(*bound) for bound in bounds], object)


def test_split_gives_the_count_asked_for_and_loses_no_area():
    pieces, owner = split(boxes((0, 0, 300, 100), (300, 0, 350, 50)), np.array([7, 1]), np.random.default_rng(1))
    assert np.bincount(owner).tolist() == [7, 1]
    assert shapely.area(pieces).sum() == pytest.approx(300 * 100 + 50 * 50, abs=1e-6)


def test_a_polygon_split_in_several_parts_keeps_them_all():
    comb = shapely.Polygon([(0, 0), (0, 90), (90, 90), (90, 0), (60, 0), (60, 60), (30, 60), (30, 0)])
    pieces, _ = split(np.array([comb], object), np.array([4]), np.random.default_rng(1))
    assert shapely.area(pieces).sum() == pytest.approx(comb.area, abs=1e-6)
    assert (shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON).all()


def test_a_vertex_on_a_neighbours_edge_becomes_a_vertex_of_the_neighbour():
    tall, lower, upper = weld(boxes((0, 0, 10, 20), (10, 0, 20, 7), (10, 7, 20, 20)))
    assert (10.0, 7.0) in tall.exterior.coords
    assert shapely.coverage_is_valid(np.array([tall, lower, upper], object))


def test_vertices_parted_by_rounding_become_one():
    left, right = weld(boxes((0, 0, 10, 10), (10.0008, 0, 20, 10)))
    assert shapely.union(left, right).area == left.area + right.area == 200.0


def test_holes_stay_holes():
    ring = shapely.difference(shapely.box(0, 0, 30, 30), shapely.box(10, 10, 20, 20))
    outer, inner = weld(np.array([ring, shapely.box(10, 10, 20, 20)], object))
    assert len(outer.interiors) == 1
    assert outer.area + inner.area == 900.0


def test_a_polygon_thinner_than_a_millimetre_vanishes_and_leaves_no_gap():
    left, _, right = welded = weld(boxes((0, 0, 10, 10), (10, 0, 10.0004, 10), (10.0004, 0, 20, 10)))
    assert welded[1].is_empty
    assert shapely.union(left, right).area == left.area + right.area == 200.0
