"""The page of the catalogue says what the catalogue says, and the committed one is up to date."""

from __future__ import annotations

from datetime import date

import pytest

from layers.catalog import load_catalogue
from layers.catalogue_page import markdown, rows, units
from spatialhub.catalogue import Kind
from spatialhub.cities.loader import load_city
from tests.places import ROOT

CITY = load_city("zhengzhou", today=date(2026, 11, 22))
CATALOGUE = load_catalogue(city=CITY)
ROWS = {row.entry.key: row for row in rows(CATALOGUE, CITY)}


def test_the_committed_page_is_up_to_date():
    command = "spatialhub --city zhengzhou layers catalogue -o docs/catalogue.md"
    assert (ROOT / "docs" / "catalogue.md").read_text("utf-8") == markdown(CATALOGUE, CITY), f"run: {command}"


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.entry.key)
def test_every_layer_has_steward_consulted_effect_clause_and_source(row):
    text = markdown(CATALOGUE.only([row.entry.key]), CITY)
    assert f"### {row.entry.title_zh} `{row.entry.key}`" in text
    assert f"- 牵头：{CITY.policy.department(row.entry.steward)}（{row.kept_by}）" in text and row.kept_by
    assert all(f"{name}（{why}）" in text for name, why in row.consulted)
    assert row.entry.clause in text and row.entry.source in text
    assert all(effect.note in text for effect in row.entry.effects)
    assert bool(row.effects) == (row.entry.kind in (Kind.FLOOR, Kind.CONTROL))


def test_effects_are_told_in_words():
    lines = {(line.when, line.effect) for line in ROWS["weather_observation"].effects}
    assert ("建筑高度超过限高", "冲突") in lines
    assert ("类别 Ⅰ", "冲突") not in lines
    forest = [line.when for line in ROWS["forest_land"].effects if line.effect == "冲突"]
    assert len(forest) == 1 and forest[0].startswith("类别 1、Ⅰ、I级、一级；用途 0602 设施农用地、07 居住用地")
    assert ROWS["farmland_pbf"].effects[-1].effect == "其余一律禁止，除非有所列批准"
    assert ROWS["existing_right"].effects[-1].effect == "既有权利：协调处理，不自动否定"
    assert ROWS["line_red"].effects[-1].when == "其余"


def test_every_standing_unit_stands_there_with_its_duties():
    found = units(CATALOGUE, CITY)
    assert len([unit for unit in found if unit.standing]) == 27
    by_name = {unit.name: unit for unit in found}
    assert by_name["郑州市国家安全局"].duties[0].by_letter and not by_name["郑州市国家安全局"].layers
    assert len(by_name["郑州市林业局"].layers) == 4
    assert all(unit.kept for unit in found)


def test_a_city_that_names_nobody_says_so():
    city = load_city("jiaozuo", today=date(2026, 11, 22))
    text = markdown(load_catalogue(city=city), city)
    assert "（本市未列明）" in text and "郑州" not in text and "郑政办" not in text
