import numpy as np
import pytest
import shapely

from spatialhub.demo.metropolis.drawing import draw, is_urban
from spatialhub.demo.metropolis.extent import density_per_km2

FULL_M2 = 40e6


def drawing(quarter, landscape):
    return draw(quarter, landscape, np.random.default_rng(quarter.number))


@pytest.fixture(scope="module")
def drawn(quarters, landscape):
    """Full quarters, urban and rural, and pieces at the city's edge, large and small."""
    full = [quarter for quarter in quarters if quarter.polygon.area > FULL_M2]
    urban = next(quarter for quarter in full if is_urban(quarter, landscape))
    edge = sorted((quarter for quarter in quarters if quarter.polygon.area < FULL_M2), key=lambda q: q.polygon.area)
    return [(quarter, drawing(quarter, landscape)) for quarter in (full[0], full[40], urban, edge[0], edge[-1])]


def test_parcels_tile_their_quarter_exactly_and_put_no_vertex_on_its_edge(drawn):
    for quarter, found in drawn:
        geometry = found.parcels.geometry
        assert shapely.is_valid(geometry).all() and shapely.coverage_is_valid(geometry)
        union = shapely.coverage_union_all(geometry)
        assert union.normalize().equals_exact(quarter.polygon.normalize(), 0)
        assert shapely.area(geometry).sum() == pytest.approx(quarter.polygon.area, abs=1e-3)


def test_coordinates_are_whole_millimetres(drawn):
    for _, found in drawn:
        millimetres = shapely.get_coordinates(found.parcels.geometry) * 1_000
        assert np.abs(millimetres - np.round(millimetres)).max() < 1e-4


def test_a_quarter_has_the_citys_density(drawn):
    for quarter, found in drawn[:3]:
        density = len(found.parcels) / (quarter.polygon.area / 1e6)
        assert density == pytest.approx(density_per_km2(), rel=0.04)


def test_a_scrap_at_the_edge_is_one_piece_of_green(drawn):
    quarter, found = drawn[3]
    assert quarter.polygon.area < 40_000 and list(found.parcels.role) == ["belt"]


def test_a_quarter_depends_on_nothing_but_itself(quarters, landscape):
    one, other = quarters[10], quarters[11]
    first = drawing(one, landscape)
    drawing(other, landscape)
    again = drawing(one, landscape)
    assert (shapely.to_wkb(first.parcels.geometry) == shapely.to_wkb(again.parcels.geometry)).all()
    assert (first.parcels.role == again.parcels.role).all()


def test_town_and_country_differ(drawn):
    rural, urban = drawn[0][1], drawn[2][1]
    assert urban.urban and not rural.urban
    assert (urban.parcels.role == "urban").mean() > 0.3 > (rural.parcels.role == "urban").mean()
    assert "park" in urban.parcels.role
    assert any("village" in found.parcels.role for _, found in drawn)
