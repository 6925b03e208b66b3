"""The special layers: valid, under names that the catalogue knows, in shares that a city shows."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatialhub.catalogue import matches
from spatialhub.demo import NOTICE
from spatialhub.demo.special.layout import KEYS
from spatialhub.demo.special.sites import planted_specials
from spatialhub.demo.special.tables import special_tables
from tests.demo.test_tables import column


@pytest.mark.parametrize("key", KEYS)
def test_a_layer_is_valid_inside_its_coverage_on_the_millimetre(key, specials):
    table = specials[key]
    assert len(table) and shapely.is_valid(table.geometry).all() and (shapely.area(table.geometry) > 0).all()
    assert (shapely.get_dimensions(table.geometry) == 2).all()
    assert shapely.difference(shapely.union_all(table.geometry), table.coverage).area < 0.5
    millimetres = shapely.get_coordinates(table.geometry) * 1_000
    assert np.abs(millimetres - np.round(millimetres)).max() < 1e-3


@pytest.mark.parametrize("key", KEYS)
def test_a_layer_comes_under_names_that_the_catalogue_knows(key, specials, catalogue):
    table, entry = specials[key], catalogue.entry(key)
    assert table.table in entry.tables
    ids = column(table, entry, "id")
    assert len(set(ids)) == len(table)
    assert all(name.startswith("示例") for name in column(table, entry, "name"))
    assert set(table.columns["备注"]) == {NOTICE}
    assert all(len(name.encode("gbk")) <= 10 for name in table.columns)  # a Shapefile keeps no more


def test_what_effect_tables_ask_for_is_there(specials, catalogue):
    """Every class that a row of an effect table names is some feature's; limits are numbers."""
    for key in KEYS:
        entry = catalogue.entry(key)
        asked = [code for row in entry.effects for code in row.classes]
        if asked and "class" in entry.aliases:
            found = set(column(specials[key], entry, "class"))
            assert any(matches(code, asked) for code in found), key
    limits = [float(value) for value in specials["weather_observation"].columns["限高"]]
    assert min(limits) >= 2 and max(limits) == 87.5


def test_shares_are_those_of_a_city(specials, tables):
    study = tables["survey"].coverage.area
    share = {key: shapely.union_all(table.geometry).area / study for key, table in specials.items()}
    assert 0.05 < share["existing_right"] < 0.3
    assert share["land_reserve"] < 0.05 and share["land_supply"] < share["land_reserve"]
    assert 0.02 < share["forest_land"] < 0.15 and share["heritage_protection"] < share["heritage_control"] < 0.01
    assert share["env_air"] == pytest.approx(1, abs=1e-6) == pytest.approx(share["village_area"], abs=1e-6)
    assert len(specials["education_plan"]) > len(specials["medical_plan"]) > len(specials["welfare_plan"])


def test_tiling_layers_tile(specials):
    for key in ("village_area", "env_air", "land_use_zone"):
        table = specials[key]
        assert shapely.area(table.geometry).sum() == pytest.approx(table.coverage.area, rel=1e-9), key


def test_no_parcel_is_at_two_stages_at_once(specials):
    stages = ("existing_right", "land_reserve", "land_supply", "preselected_site", "land_acquisition")
    found = [shapely.to_wkb(shape) for key in stages for shape in specials[key].geometry]
    assert len(found) == len(set(found))


def test_the_same_seed_gives_the_same_layers_and_another_seed_other_lots(parcels, classes, specials):
    again = {table.key: table for table in special_tables(parcels, classes, 20190817)}
    other = {table.key: table for table in special_tables(parcels, classes, 1)}
    for key in KEYS:
        assert (shapely.to_wkb(again[key].geometry) == shapely.to_wkb(specials[key].geometry)).all()
    assert len(other["existing_right"]) != len(specials["existing_right"])
    assert (shapely.to_wkb(other["wetland"].geometry) == shapely.to_wkb(specials["wetland"].geometry)).all()


def test_planted_features_stand_in_their_layers(specials, catalogue):
    for told in planted_specials():
        table = specials[told.feature.layer]
        assert told.feature.key in set(column(table, catalogue.entry(told.feature.layer), "id"))
