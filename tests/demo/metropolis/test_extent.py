import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialhub.demo import design
from spatialhub.demo.metropolis.extent import city_area, core_parcels, density_per_km2, extent, grows
from spatialhub.demo.order import MOST_PARCELS
from spatialhub.demo.outline import city_outline
from spatialhub.demo.sites import city_frame


def test_a_million_parcels_fill_the_citys_own_outline():
    area = city_area(MOST_PARCELS)
    assert shapely.symmetric_difference(area, city_outline()).area < 1.0
    assert area.area / 1e6 == pytest.approx(7_565, abs=1)  # in the plane; 7,565 km² of the outline package
    assert density_per_km2() == pytest.approx(132.2, abs=0.1)


def test_a_city_that_fits_the_study_area_is_the_study_area():
    assert not grows(5_000) and not grows(20_000) and not grows(core_parcels())
    assert city_area(20_000) == design.study_area()


@settings(max_examples=8, deadline=None)
@given(st.integers(50_000, MOST_PARCELS))
def test_a_city_holds_its_parcels_at_the_same_density_inside_the_frame(parcels):
    area = city_area(parcels)
    assert parcels / (area.area / 1e6) == pytest.approx(density_per_km2(), rel=0.01)
    assert area.is_valid and area.geom_type == "Polygon"
    assert city_frame().covers(area) and area.covers(design.study_area())


@pytest.mark.parametrize("parcels", [45_000, 100_000, MOST_PARCELS])
def test_quarters_and_ring_tile_the_city_with_shared_vertices(parcels):
    found = extent(parcels)
    pieces = np.array([found.ring, *(quarter.polygon for quarter in found.quarters)], object)
    assert shapely.is_valid(pieces).all() and shapely.coverage_is_valid(pieces)
    assert shapely.area(pieces).sum() == pytest.approx(found.area.area, abs=1e-3)
    assert found.area.geom_type == "Polygon" and not found.area.interiors
    assert shapely.symmetric_difference(found.area, city_area(parcels)).area < 50  # rounding along 500 km of edge


def test_quarters_away_from_the_edge_are_the_same_in_a_larger_city():
    def by_place(parcels):
        return {(q.column, q.row, q.part): q.polygon for q in extent(parcels).quarters}

    small, large = by_place(200_000), by_place(400_000)
    same = [place for place, polygon in small.items() if polygon.equals_exact(large.get(place), 0)]
    assert len(same) > 0.4 * len(small)
