import numpy as np
import pytest
import shapely

from spatialhub.demo.metropolis.extent import extent
from spatialhub.demo.metropolis.zones import draw_zones
from spatialhub.demo.order import MOST_PARCELS, SEED

SMALL, LARGE = 60_000, 120_000


def zones_of(parcels, landscape):
    found = extent(parcels)
    return found, draw_zones(found.area, found.ring, landscape, SEED)


@pytest.fixture(scope="module")
def small(landscape):
    return zones_of(SMALL, landscape)


@pytest.fixture(scope="module")
def large(landscape):
    return zones_of(LARGE, landscape)


def shapes(zones):
    giants = [zones.red, zones.farmed, zones.basic, zones.rivers, zones.green]
    return giants + [shape for _, _, shape in zones.boundary + zones.control]


def vertices(geometry):
    return int(shapely.get_num_coordinates(geometry))


def test_giants_are_valid_polygons_on_the_citys_land(large):
    whole, zones = large
    land = shapely.difference(whole.area, whole.ring)
    for shape in shapes(zones):
        assert shape.is_valid and shape.geom_type in ("Polygon", "MultiPolygon")
        assert shapely.difference(shape, land).area < 1.0  # rounding where rivers leave the city


def test_giants_have_holes_and_thousands_of_vertices(large):
    _, zones = large
    for giant in (zones.farmed, zones.basic):
        assert vertices(giant) > 20_000
        assert shapely.get_num_interior_rings(shapely.get_parts(giant)).sum() > 100


def test_the_floors_keep_apart(large):
    _, zones = large
    assert shapely.intersection(zones.red, zones.farmed).area == 0


def test_control_zones_tile_the_land_with_shared_vertices(large):
    whole, zones = large
    pieces = shapely.get_parts(np.array([shape for _, _, shape in zones.control], object))
    land = shapely.difference(whole.area, whole.ring)
    assert shapely.coverage_is_valid(pieces)
    assert shapely.area(pieces).sum() == pytest.approx(land.area, abs=1e-3)


def test_vertices_grow_with_the_area(small, large):
    per_m2 = [vertices(zones.basic) / (whole.area.area - whole.ring.area) for whole, zones in (small, large)]
    assert 0.4 < per_m2[0] / per_m2[1] < 2.5  # as the ground has it
    assert vertices(large[1].basic) > 1.5 * vertices(small[1].basic)


@pytest.mark.slow
def test_in_the_whole_city_giants_have_hundreds_of_thousands_of_vertices(landscape):
    _, zones = zones_of(MOST_PARCELS, landscape)
    largest = sorted((vertices(giant) for giant in shapes(zones)), reverse=True)
    assert largest[0] > 350_000 and largest[3] > 200_000
