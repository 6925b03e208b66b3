import hashlib

import numpy as np
import pytest
import shapely

from spatialhub.demo import NOTICE
from spatialhub.demo.plots import planted
from spatialhub.demo.sites import site
from spatialhub.spatial.area import areas_m2

KEYS = (
    "line_red", "line_blue", "line_purple", "line_green", "line_yellow", "line_orange", "farmland_pbf",
    "basic_farmland", "eco_redline", "urban_boundary", "land_use_plan", "control_zone", "urban_rural_plan",
    "detailed_plan", "territorial_plan", "survey", "admin_area",
)  # fmt: skip


def column(table, entry, role):
    """The column that the catalogue takes for a role: the first alias that the table has."""
    return table.columns[next(alias for alias in entry.aliases[role] if alias in table.columns)]


# Results are stored against the default city: its rows stay what they are, to the byte.
DIGESTS = {
    "line_red": "c3f09af018275383",
    "line_blue": "4320647959108b29",
    "line_purple": "71768451319c7335",
    "line_green": "eafefdfd583dbbb6",
    "line_yellow": "0dc23d5f96e378d9",
    "line_orange": "24f832b2a0855106",
    "farmland_pbf": "53e25e97579950d3",
    "basic_farmland": "e81b6b25472be6d7",
    "eco_redline": "1049194f19d20b4a",
    "urban_boundary": "0db608f8030a5665",
    "land_use_plan": "37c84cb21e80ed8b",
    "control_zone": "b321bae0e5006456",
    "urban_rural_plan": "4d26268be76bbc86",
    "detailed_plan": "1832d5e92ffaca2b",
    "territorial_plan": "fa58b0c811a9ffa3",
    "survey": "d670318b59d55f0d",
    "admin_area": "2ceef5c7a3b9485c",
}


@pytest.mark.parametrize("key", KEYS)
def test_the_default_city_is_what_it_has_always_been(key, tables):
    table = tables[key]
    digest = hashlib.sha256(b"".join(shapely.to_wkb(table.geometry)))
    digest.update(repr([(name, list(map(str, values))) for name, values in table.columns.items()]).encode())
    digest.update(shapely.to_wkb(table.coverage))
    assert digest.hexdigest()[:16] == DIGESTS[key]


def test_the_first_seventeen_layers_and_the_special_ones_are_the_whole_catalogue(tables, specials, catalogue):
    assert set(tables) == set(KEYS)
    assert set(specials) == set(catalogue.entries) - set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_layer_has_valid_features_inside_the_citys_frame(key, tables, city):
    table = tables[key]
    assert len(table) >= 3
    assert shapely.is_valid(table.geometry).all()
    assert (shapely.get_dimensions(table.geometry) == 2).all() and not shapely.is_empty(table.geometry).any()
    assert (
        city.frame.boundary.covers(shapely.box(*shapely.total_bounds(table.geometry)))
        or shapely.covers(city.frame.boundary, table.geometry).all()
    )


@pytest.mark.parametrize("key", KEYS)
def test_layer_lies_inside_its_coverage(key, tables):
    table = tables[key]
    assert table.coverage.is_valid
    beyond = shapely.difference(shapely.union_all(table.geometry), table.coverage)
    assert beyond.area < 0.5  # rounding to the millimetre along the edge


@pytest.mark.parametrize("key", KEYS)
def test_layer_comes_under_names_that_the_catalogue_knows(key, tables, catalogue):
    table, entry = tables[key], catalogue.entry(key)
    assert table.table in entry.tables
    ids = column(table, entry, "id")
    assert len(set(ids)) == len(table)
    for role in ("name", "reserved_for") if key in ("line_yellow", "line_orange") else ("name",):
        assert all(column(table, entry, role))
    if entry.classes:
        assert all(column(table, entry, "class"))


@pytest.mark.parametrize("key", KEYS)
def test_every_feature_says_that_it_is_synthetic(key, tables, catalogue):
    table = tables[key]
    remarks = [values for name, values in table.columns.items() if name in ("BZ", "备注")]
    assert len(remarks) == 1 and set(remarks[0]) == {NOTICE}
    named = ("farmland_pbf", "basic_farmland", "eco_redline", "urban_boundary", "control_zone", "admin_area")
    if key.startswith("line_") or key in named:
        assert all(name.startswith("示例") for name in column(table, catalogue.entry(key), "name"))


@pytest.mark.parametrize("key", ["urban_rural_plan", "detailed_plan", "territorial_plan", "survey", "land_use_plan"])
def test_plans_and_survey_never_overlap_themselves(key, tables):
    assert shapely.coverage_is_valid(shapely.get_parts(tables[key].geometry))


def test_the_survey_leaves_no_gap(tables, parcels):
    survey = tables["survey"]
    assert shapely.equals(shapely.coverage_union_all(survey.geometry), survey.coverage)


def test_survey_areas_are_ellipsoidal(tables):
    survey = tables["survey"]
    assert np.abs(survey.columns["TBMJ"] - areas_m2(survey.geometry, 4547)).max() <= 0.005


@pytest.mark.parametrize("key", ["farmland_pbf", "basic_farmland", "eco_redline"])
def test_a_giant_reaches_across_the_city_with_holes_and_thousands_of_vertices(key, tables):
    giant = max(tables[key].geometry, key=shapely.get_num_coordinates)
    west, south, east, north = giant.bounds
    assert shapely.get_num_coordinates(giant) > 5_000
    assert shapely.get_num_interior_rings(shapely.get_parts(giant)).sum() > 50
    assert east - west > 60_000 and north - south > 40_000


def test_permanent_farmland_and_red_line_keep_apart(tables):
    farmland = shapely.union_all(tables["farmland_pbf"].geometry)
    assert shapely.intersection(farmland, shapely.union_all(tables["eco_redline"].geometry)).area < 1.0


@pytest.mark.parametrize("feature", planted(), ids=lambda feature: feature.key)
def test_a_planted_overlap_is_exact_and_the_only_one_of_its_layer(feature, tables):
    shape = site(feature.site).geometry
    own = shapely.intersection(feature.geometry, shape).area
    layer = shapely.union_all(shapely.intersection(tables[feature.layer].geometry, shape)).area
    assert own == pytest.approx(feature.overlap_plane_m2, abs=1e-6)
    if feature.layer != "line_red" or feature.site == "housing_on_road":
        assert layer == pytest.approx(feature.overlap_plane_m2, abs=1e-6)


def test_detailed_and_territorial_plan_speak_for_a_part_only(tables):
    study = tables["survey"].coverage.area
    assert 0.3 * study < tables["detailed_plan"].coverage.area < 0.6 * study
    assert 0.01 * study < tables["territorial_plan"].coverage.area < 0.1 * study
    assert shapely.union_all(tables["territorial_plan"].geometry).area < tables["territorial_plan"].coverage.area
