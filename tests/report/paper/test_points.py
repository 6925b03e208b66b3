"""Boundary points: what a surveyor expects of a 界址点成果表."""

import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import mapping

from spatialhub.report.paper.points import point_rows

SQUARE = shapely.Polygon([(0, 0), (100, 0), (100, 50), (0, 50)], [[(10, 10), (20, 10), (20, 20), (10, 20)]])


def ring(rows, number):
    return [(float(row["y"]), float(row["x"])) for row in rows if row["ring"] == number]


def test_the_outer_ring_runs_clockwise_from_its_north_west_corner():
    rows = point_rows(mapping(SQUARE))
    assert [(row["number"], row["x"], row["y"]) for row in rows[:4]] == [
        ("J1", "50.000", "0.000"), ("J2", "50.000", "100.000"), ("J3", "0.000", "100.000"), ("J4", "0.000", "0.000"),
    ]  # fmt: skip
    assert not shapely.LinearRing(ring(rows, 1)).is_ccw


def test_a_hole_is_a_ring_of_its_own_and_numbers_run_on():
    rows = point_rows(mapping(SQUARE))
    assert [row["ring"] for row in rows] == [1] * 4 + [2] * 4 and rows[4]["number"] == "J5"
    assert shapely.LinearRing(ring(rows, 2)).is_ccw


@given(st.integers(3, 40), st.floats(5, 5_000), st.randoms(use_true_random=False))
def test_points_and_sides_give_the_area_and_the_perimeter_back(count, radius_m, random):
    angles = sorted(random.random() * math.tau for _ in range(count))
    points = [
        (467_900 + radius_m * math.cos(angle) * random.uniform(0.6, 1), 3_846_900 + radius_m * math.sin(angle))
        for angle in angles
    ]
    site = shapely.make_valid(shapely.Polygon(points), method="structure", keep_collapsed=False)
    if site.is_empty or site.area < 1:
        return
    rows = point_rows(mapping(site))
    rings = [shapely.Polygon(ring(rows, number)).area for number in sorted({row["ring"] for row in rows})]
    outer = sum(shapely.Polygon(part.exterior).area for part in shapely.get_parts(site))
    assert sum(rings) == pytest.approx(2 * outer - site.area, rel=1e-3, abs=0.01 * len(rows))
    assert sum(float(row["side"]) for row in rows) == pytest.approx(site.length, abs=0.001 * len(rows) + 1e-6)
