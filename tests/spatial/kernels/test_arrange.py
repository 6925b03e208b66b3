"""The kernels together: small worlds made to be degenerate hold what every arrangement must (fuzz.py)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import shapely
from shapely import Polygon

from spatialhub.spatial import _kernels
from tests.spatial.kernels import fuzz, slow
from tests.spatial.kernels.lattice import Lattice, lattice


@pytest.mark.parametrize("block", range(6))
def test_nothing_is_wrong_in_small_worlds(block):
    assert [wrong for seed in range(250 * block, 250 * block + 250) for wrong in fuzz.wrongs(seed)] == []


@pytest.mark.slow
def test_nothing_is_wrong_in_a_hundred_thousand_small_worlds():
    assert fuzz.main(["--worlds", "100000", "--first", "1000000"]) == 0


def arranged(parts: list[Polygon], features: list[Polygon]) -> _kernels.Planar:
    world = Lattice(np.array([*parts, *features], dtype=object), np.arange(len(parts) + len(features)), len(parts))
    planar = _kernels.arrange(world.rings(), world.parts, world.window, fuzz.FLAT)
    assert planar.fault == ""
    return planar


def outlines(planar: _kernels.Planar, group: list[int]) -> list[shapely.Geometry]:
    found = fuzz.polygons(planar, np.array(group), max(group) + 1)
    assert shapely.is_valid(found).all()
    return [shapely.get_parts(g)[0] if shapely.get_num_geometries(g) == 1 else g for g in found]


SITE = shapely.box(0, 0, 20, 20)


def test_a_hole_that_touches_its_shell_at_the_leftmost_vertex_stays_with_it():
    pierced = Polygon([(4, 10), (12, 4), (12, 16)], [[(4, 10), (8, 11), (8, 9)]])
    assert any(face.equals(pierced) for face in outlines(arranged([SITE], [pierced]), [0, 1, 2]))


def test_a_hole_that_touches_at_the_left_is_not_given_to_a_polygon_further_left():
    pierced = Polygon([(10, 10), (16, 4), (16, 16)], [[(10, 10), (14, 11), (14, 9)]])
    left = shapely.box(1, 5, 6, 15)
    planar = arranged([SITE], [pierced, left])
    group = [-1] * planar.count
    for face, label in zip(planar.cover_face, planar.cover_label, strict=True):
        if label:
            group[face] = 0
    (found,) = outlines(planar, group)
    assert found.equals(shapely.MultiPolygon([left, pierced]))


def test_holes_in_a_chain_and_an_island_in_a_hole_find_their_shell():
    holes = [[(4, 4), (8, 2), (8, 6)], [(8, 6), (12, 4), (12, 8)], [(13, 13), (18, 13), (18, 18), (13, 18)]]
    island = shapely.box(14, 14, 16, 16)
    holed = Polygon(SITE.exterior, holes)
    planar = arranged([SITE], [holed, island])
    group = [0 if {1, 2} & set(planar.cover_label[planar.cover_face == f]) else -1 for f in range(planar.count)]
    (found,) = outlines(planar, group)
    assert found.equals(shapely.MultiPolygon([holed, island]))


def test_a_negative_label_is_refused():
    rings = _kernels.Rings()
    square = np.array([(0, 0), (2, 0), (2, 2), (0, 0)], np.int64)
    with pytest.raises(ValueError, match="labels"):
        rings.append(square, np.array([0, 4]), np.array([-1], np.int32), np.array([1], np.int8))


def test_faces_are_covered_as_a_point_in_them_is_wound_around_in_fractions():
    for seed in range(40):
        world = lattice(seed)
        planar = _kernels.arrange(world.rings(), world.parts, world.window, fuzz.FLAT)
        if planar.fault:
            continue
        windings = fuzz.snapped_by_kernel(world)
        for number, face in enumerate(fuzz.polygons(planar, np.arange(planar.count), planar.count)):
            (at,) = shapely.get_coordinates(shapely.point_on_surface(face)).tolist()
            wound = slow.winding_at(Fraction(at[0]), Fraction(at[1]), windings)
            expected = sorted(label for label, winding in wound.items() if winding > 0)
            assert planar.cover_label[planar.cover_face == number].tolist() == expected


def test_faces_come_by_their_least_corner_whatever_the_order_of_rings():
    for seed in range(60):
        world = lattice(seed).scaled(1000)
        order = np.random.default_rng(seed).permutation(len(world.geometries))
        order = order[np.argsort(world.labels[order] >= world.parts, kind="stable")]
        shuffled = Lattice(world.geometries[order], world.labels[order], world.parts)
        first, second = (
            _kernels.arrange(w.rings(flips), w.parts, w.window, fuzz.FLAT)
            for w, flips in ((world, None), (shuffled, np.random.default_rng(seed)))
        )
        for name in ("plane", "ellipsoid", "perimeter_nm", "cover_face", "cover_label"):
            assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
        numbers = np.arange(first.count, dtype=np.int32)
        assert [a.tobytes() for a in first.outlines(numbers, first.count)] == [
            a.tobytes() for a in second.outlines(numbers, second.count)
        ]
        least = [face.bounds[0] for face in fuzz.polygons(first, numbers, first.count)]
        assert least == sorted(least)
