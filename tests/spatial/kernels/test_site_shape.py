"""A site's shape meets exactly the boxes that shapely says intersect it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from spatialhub.spatial._kernels import SiteShape
from tests.spatial.kernels.rings import units

SEEDS = st.integers(0, 2**32 - 1)


def shape_of(geometry: shapely.Geometry) -> SiteShape:
    """Coordinates are whole units already."""
    rings = [ring // 100_000 for ring in units(geometry)]
    starts = np.concatenate([[0], np.cumsum([len(ring) for ring in rings])]).astype(np.int64)
    return SiteShape(np.concatenate(rings), starts)


def boxes_around(seed: int, count: int, extent: int, largest: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    low = random.integers(-extent // 4, extent + extent // 4, (count, 2))
    return np.concatenate([low, low + random.integers(0, largest, (count, 2))], axis=1)


def agrees(geometry: shapely.Geometry, boxes: np.ndarray) -> None:
    truth = shapely.intersects(geometry, shapely.box(*boxes.T.astype(float)))
    flat = (boxes[:, 0] == boxes[:, 2]) | (boxes[:, 1] == boxes[:, 3])  # a box of no extent is no valid polygon
    lines = shapely.linestrings(boxes[flat].reshape(-1, 2, 2).astype(float))
    truth[flat] = shapely.intersects(geometry, lines)
    assert np.array_equal(shape_of(geometry).meets(boxes), truth)


def blob(seed: int, extent: int) -> shapely.Geometry:
    """Triangles on whole numbers, united; some cut out."""
    random = np.random.default_rng(seed)
    triangles = [Polygon(random.integers(0, extent, (3, 2))) for _ in range(6)]
    found = shapely.difference(shapely.union_all(triangles[:4]), shapely.union_all(triangles[4:]))
    polygons = [p for p in shapely.get_parts(shapely.set_precision(found, 1.0)) if p.area > 0]
    return shapely.multipolygons(polygons) if polygons else shapely.box(0, 0, extent, extent)


@given(SEEDS, st.sampled_from([20, 200, 100_000]), st.sampled_from([0.02, 0.3, 1.0]))
@settings(max_examples=80, deadline=None)
def test_meets_is_intersects_on_whole_numbers(seed, extent, share):
    geometry = blob(seed, extent)
    agrees(geometry, boxes_around(seed, 200, extent, max(1, int(extent * share))))


@given(SEEDS, st.integers(3, 400))
@settings(max_examples=30, deadline=None)
def test_meets_is_intersects_for_many_vertices(seed, count):
    random = np.random.default_rng(seed)
    angle = np.sort(random.uniform(0, 2 * np.pi, count))
    radius = random.uniform(5e5, 1e6, count)
    around = np.rint(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) + 1e6)
    geometry = shapely.make_valid(Polygon(around))
    if geometry.geom_type != "Polygon" or not np.array_equal(np.rint(c := shapely.get_coordinates(geometry)), c):
        geometry = shapely.convex_hull(geometry)
    agrees(geometry, boxes_around(seed, 300, 2_000_000, 60_000))


def test_a_long_thin_corridor_does_not_meet_what_its_box_holds():
    line = shapely.LineString([(0, 0), (1_500_000_000, 800_000_000), (5_000_000_000, 1_000_000_000)])
    corridor = shapely.transform(line.buffer(2_000_000, join_style="mitre", cap_style="flat"), np.rint)
    boxes = boxes_around(1, 20_000, 5_000_000_000, 5_000_000)
    agrees(corridor, boxes)
    assert shape_of(corridor).meets(boxes).mean() < 0.01


def test_parts_that_overlap_and_lie_in_each_others_holes_are_inside():
    frame = shapely.difference(shapely.box(0, 0, 100, 100), shapely.box(20, 20, 80, 80))
    inner = shapely.box(10, 10, 60, 60)
    shape = shape_of(shapely.multipolygons([frame, inner]))
    boxes = np.array([[12, 12, 13, 13], [40, 40, 41, 41], [70, 70, 71, 71], [2, 2, 3, 3]])
    assert shape.meets(boxes).tolist() == [True, True, False, True]


def test_touching_counts():
    shape = shape_of(shapely.box(0, 0, 10, 10))
    boxes = np.array([[10, 10, 20, 20], [11, 0, 20, 10], [-5, -5, 0, 0], [3, 3, 4, 4], [-9, -9, 99, 99]])
    assert shape.meets(boxes).tolist() == [True, False, True, True, True]


def test_nothing_meets_nothing():
    shape = SiteShape(np.zeros((0, 2), np.int64), np.zeros(1, np.int64))
    assert not shape.meets(np.array([[0, 0, 1, 1]])).any()


@pytest.mark.parametrize("starts", [[0, 3], [1, 5], [0, 6, 5], []])
def test_starts_that_do_not_fit_are_refused(starts):
    with pytest.raises(ValueError, match="starts"):
        SiteShape(np.zeros((5, 2), np.int64), np.array(starts, np.int64))
