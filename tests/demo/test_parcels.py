import numpy as np
import pytest
import shapely

from spatialhub.demo import design
from spatialhub.demo.parcels import build_parcels
from spatialhub.demo.plots import plots


def millimetres(geometries):
    return shapely.get_coordinates(geometries) * 1_000


def twice_area_mm2(geometries):
    """Exact, in integers: shells and holes of polygons by the shoelace formula."""
    total = 0
    for ring in shapely.get_rings(geometries):
        points = np.round(millimetres(ring)).astype(np.int64) - np.array([460_000_000, 3_838_000_000])
        signed = int((points[:-1, 0] * points[1:, 1] - points[1:, 0] * points[:-1, 1]).sum())
        total += signed if shapely.is_ccw(ring) else -signed
    return total


def test_about_five_thousand_parcels(parcels):
    assert 4_900 <= len(parcels) <= 5_200


def test_parcels_tile_the_study_area_exactly(parcels):
    assert shapely.coverage_is_valid(parcels.geometry)
    union = shapely.coverage_union_all(parcels.geometry)
    assert union.geom_type == "Polygon" and not union.interiors
    shells, holes = [], []
    for polygon in parcels.geometry:
        shells.append(shapely.Polygon(polygon.exterior))
        holes += [shapely.Polygon(ring) for ring in polygon.interiors]
    parts = twice_area_mm2(np.array(shells, object)) - twice_area_mm2(np.array(holes, object))
    assert parts == twice_area_mm2(np.array([union], object))


def test_tessellation_is_the_study_area_to_the_millimetre(parcels):
    union = shapely.coverage_union_all(parcels.geometry)
    assert shapely.hausdorff_distance(union.boundary, design.study_area().boundary, densify=None) < 0.02


def test_vertices_lie_on_the_millimetre_and_parcels_are_valid(parcels):
    mm = millimetres(parcels.geometry)
    assert np.abs(mm - np.round(mm)).max() < 1e-5
    assert shapely.is_valid(parcels.geometry).all()


@pytest.mark.parametrize(("seed", "count"), [(1, 2_000), (2, 5_000), (3, 9_000)])
def test_other_seeds_and_counts_tile_as_well(seed, count):
    parcels = build_parcels(count, np.random.default_rng(seed))
    assert shapely.coverage_is_valid(parcels.geometry) and shapely.is_valid(parcels.geometry).all()
    assert len(parcels) == pytest.approx(count, rel=0.06)


def test_there_is_everything_that_a_city_has(parcels):
    found = set(parcels.role)
    assert found == {"plot", "road", "river", "lake", "belt", "park", "hill", "village", "farm", "urban"}
    assert "示例金水河" in parcels.name and "示例四环快速路" in parcels.name


def test_parcels_are_smaller_in_the_centre_than_in_the_fields(parcels):
    area = shapely.area(parcels.geometry)
    centre = np.median(area[(parcels.role == "urban") & (np.hypot(parcels.x, parcels.y) < 2_000)])
    fields = np.median(area[parcels.role == "farm"])
    assert 3_000 < centre < 20_000 < fields < 200_000


def test_every_plot_stands_whole_where_it_was_planted(parcels):
    inside = [plot for plot in plots() if design.study_area().covers(plot.geometry)]
    assert len(inside) == len(plots()) - 1  # one lies across the edge of the study area
    for plot in inside:
        (parcel,) = parcels.geometry[parcels.plot == plot.key]
        assert shapely.equals(parcel, plot.geometry), plot.key


def test_plots_keep_clear_of_roads_waters_and_heritage():
    obstacles = [road.band for road in design.roads()] + [water.geometry for water in design.waters()]
    obstacles += [shape for _, shape in design.heritage()]
    for plot in plots():
        assert not shapely.intersects(plot.geometry, obstacles).any(), plot.key
