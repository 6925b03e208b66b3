"""The built-in catalogue, its crosswalks, and what a file of one's own may change."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.catalog import BUILT_IN, load_catalogue
from spatialhub.catalogue import Effect, Family, Kind, SpeaksFor, matches
from spatialhub.errors import MissingDataFile, MissingKey, UnknownKey, UnknownLayer, UnknownReference, WrongValue
from spatialhub.precedence.engine import effect_of
from spatialhub.precedence.model import Cover, PartTraits
from spatialhub.spatial.model import Level, Manner
from tests.places import ROOT

SIX = ("line_red", "line_blue", "line_purple", "line_green", "line_yellow", "line_orange")
CATALOGUE = load_catalogue()
FLOORS = ("farmland_pbf", "eco_redline", "control_zone")


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


def effect(catalogue, layer: str, use: str, *, reserved_for: str = "", class_code: str = "", **traits) -> Effect:
    """Effect of a layer's feature on a use."""
    cover = Cover(layer, "f", class_code=class_code, reserved_for=reserved_for)
    return effect_of(catalogue.entry(layer), cover, PartTraits(1, use, **traits))[0]


SPECIAL = (
    "heritage_protection", "heritage_control", "buried_heritage", "archaeology_done",
    "forest_land", "wetland", "forest_resources", "habitat", "green_land",
    "river_management", "water_conservancy_plan", "weather_observation", "weather_development",
    "env_air", "env_water", "env_soil", "env_waste", "env_radiation",
    "socio_economic_plan", "industrial_plan", "key_projects", "industry_layout", "informatization_plan",
    "assessed_area", "transport_plan", "highway_control", "railway_plan", "railway_protection",
    "education_plan", "medical_plan", "welfare_plan", "sports_plan", "civil_defence_works", "underground_space",
    "power_plan", "power_corridor", "water_supply_facilities", "gas_facilities", "heating_facilities",
    "land_reserve", "land_supply",
)  # fmt: skip
RIGHTS = ("preselected_site", "farmland_conversion", "land_acquisition", "temporary_land", "existing_right")


def test_the_catalogue_has_every_layer_of_ordinance_and_duties_in_order(catalogue):
    assert list(catalogue.entries) == [
        *SIX,
        "farmland_pbf", "basic_farmland", "eco_redline", "urban_boundary",
        "land_use_plan", "control_zone", "land_use_zone", "urban_rural_plan", "detailed_plan", "territorial_plan",
        "blueprint", "survey", "illegal_land", "suspected_construction",
        *SPECIAL, *RIGHTS, "admin_area", "village_area",
    ]  # fmt: skip


def test_security_secrecy_and_garrison_have_no_layer(catalogue):
    """X-07: they are asked by letter on every project, and nothing of theirs is ever loaded."""
    asked = {"security", "secrecy", "garrison"}
    for entry in catalogue.entries.values():
        assert asked.isdisjoint({entry.steward, *(row.department for row in entry.consulted)}), entry.key


def test_every_entry_says_what_of_it_was_read_and_what_was_recalled(catalogue):
    for entry in catalogue.entries.values():
        assert entry.source and entry.tables and entry.aliases["id"] and entry.aliases["name"], entry.key
        if entry.kind in (Kind.CONTROL, Kind.FLOOR):
            assert entry.effects and entry.consulted, entry.key


def test_no_table_name_is_of_two_layers(catalogue):
    names = [name.casefold() for entry in catalogue.entries.values() for name in entry.tables]
    assert len(names) == len(set(names))


NOT_LISTED = {"admin_area", "village_area", "heating_facilities"}  # no national clause; each says why in `source`


def test_what_must_be_there_for_a_positive_verdict(catalogue):
    required = {key for key, entry in catalogue.entries.items() if entry.required}
    assert required == {*SIX, *FLOORS, "land_use_plan", "urban_rural_plan", "survey", "urban_boundary"}


def test_floors_and_control_lines_are_what_the_clauses_say(catalogue):
    kinds = {key: entry.kind for key, entry in catalogue.entries.items()}
    assert {key for key, kind in kinds.items() if kind is Kind.FLOOR} == set(FLOORS)
    informing = {
        "archaeology_done", "env_air", "socio_economic_plan", "industrial_plan", "key_projects", "industry_layout",
        "assessed_area", "underground_space", "land_reserve", "land_supply",
    }  # fmt: skip
    controls = {key for key, kind in kinds.items() if kind is Kind.CONTROL}
    assert controls == {*SIX, *SPECIAL, *RIGHTS} - informing
    assert kinds["basic_farmland"] is Kind.INFORMATION
    assert "040" in catalogue.entry("control_zone").only.codes


def test_every_question_of_the_designation_has_a_layer_that_answers(catalogue):
    asked = {what: [entry.key for entry in catalogue.speaking(what)] for what in SpeaksFor}
    assert asked[SpeaksFor.URBAN_RURAL_PLAN] == ["urban_rural_plan", "detailed_plan"]
    assert [catalogue.entry(key).rank for key in asked[SpeaksFor.URBAN_RURAL_PLAN]] == ["master", "detailed"]
    assert all(asked[what] for what in SpeaksFor)


def test_every_six_line_feature_keeps_the_special_plan_it_came_from(catalogue):
    for key in SIX:
        entry = catalogue.entry(key)
        assert entry.family is Family.SIX_LINES
        assert "special_plan" in entry.aliases
        assert "special_plan" in entry.shown_fields["analyst"]


def test_the_public_sees_no_attribute_of_a_floor_or_line(catalogue):
    for key in (*SIX, *FLOORS, *RIGHTS, "basic_farmland", "survey", "civil_defence_works", "habitat"):
        assert catalogue.entry(key).shown_fields["public"] == ()


def test_the_clause_of_an_entry_is_national(catalogue):
    for entry in catalogue.entries.values():
        assert not re.search("郑州|郑政|焦作|焦工|无锡|佛山", entry.clause)
        assert entry.clause or entry.key in NOT_LISTED


# (layer, use, traits, effect): the cases that check.md §6 and the ordinance's own words name
EFFECTS = [
    ("line_red", "1207", {}, Effect.SERVES),
    ("line_red", "070102", {}, Effect.CONFLICTS),
    ("line_red", "0804", {"manner": Manner.TEMPORARY}, Effect.CONDITIONAL),
    ("line_red", "1206", {"level": Level.UNDERGROUND}, Effect.CONDITIONAL),
    ("line_blue", "1311", {}, Effect.SERVES),
    ("line_blue", "1207", {"level": Level.ELEVATED, "manner": Manner.CROSSING}, Effect.CONDITIONAL),
    ("line_blue", "0901", {}, Effect.CONFLICTS),
    ("line_purple", "1504", {}, Effect.SERVES),
    ("line_purple", "1206", {"level": Level.UNDERGROUND}, Effect.CONDITIONAL),
    ("line_purple", "0701", {}, Effect.CONFLICTS),
    ("line_green", "1401", {}, Effect.SERVES),
    ("line_green", "1207", {"manner": Manner.CROSSING}, Effect.CONDITIONAL),
    ("line_green", "1207", {}, Effect.CONDITIONAL),
    ("line_green", "1001", {}, Effect.CONFLICTS),
    ("line_yellow", "1303", {"reserved_for": "1303"}, Effect.SERVES),
    ("line_yellow", "1303", {"reserved_for": "110千伏变电站", "facility": "110千伏变电站"}, Effect.SERVES),
    ("line_yellow", "1303", {"reserved_for": "1302"}, Effect.CONFLICTS),
    ("line_yellow", "1303", {}, Effect.CONDITIONAL),
    ("line_yellow", "0701", {}, Effect.CONFLICTS),
    ("line_orange", "0804", {"reserved_for": "0804"}, Effect.SERVES),
    ("line_orange", "0804", {"reserved_for": "0806"}, Effect.CONFLICTS),
    ("line_orange", "0804", {}, Effect.CONDITIONAL),
    ("line_orange", "0701", {}, Effect.CONFLICTS),
    ("farmland_pbf", "0101", {}, Effect.SERVES),
    ("eco_redline", "05", {}, Effect.SERVES),
    ("control_zone", "0301", {}, Effect.SERVES),
    ("heritage_protection", "1207", {}, Effect.CONFLICTS),
    ("heritage_protection", "0701", {"manner": Manner.TEMPORARY}, Effect.CONFLICTS),
    ("heritage_protection", "1206", {"level": Level.UNDERGROUND}, Effect.CONDITIONAL),
    ("heritage_protection", "0701", {"level": Level.UNDERGROUND}, Effect.CONFLICTS),
    ("heritage_protection", "1401", {}, Effect.CONDITIONAL),
    ("heritage_protection", "1504", {}, Effect.SERVES),
    ("heritage_control", "0701", {}, Effect.CONDITIONAL),
    ("heritage_control", "100103", {}, Effect.CONFLICTS),
    ("forest_land", "0701", {"class_code": "Ⅰ级"}, Effect.CONFLICTS),
    ("forest_land", "0701", {"class_code": "Ⅱ级"}, Effect.CONDITIONAL),
    ("forest_land", "0301", {"class_code": "1"}, Effect.SERVES),
    ("wetland", "0701", {"class_code": "国家重要湿地"}, Effect.CONFLICTS),
    ("wetland", "1311", {"class_code": "国家重要湿地"}, Effect.CONDITIONAL),
    ("wetland", "0701", {"class_code": "一般湿地"}, Effect.CONDITIONAL),
    ("weather_observation", "0701", {"class_code": "24", "max_height_m": 54.0}, Effect.CONFLICTS),
    ("weather_observation", "0701", {"class_code": "24", "max_height_m": 24.0}, Effect.CONDITIONAL),
    ("weather_observation", "0701", {"class_code": "24"}, Effect.CONDITIONAL),
    ("weather_observation", "0701", {"class_code": "", "max_height_m": 54.0}, Effect.CONDITIONAL),
    ("env_water", "1301", {"class_code": "一级保护区"}, Effect.SERVES),
    ("env_water", "1401", {"class_code": "一级保护区"}, Effect.CONFLICTS),
    ("env_water", "1001", {"class_code": "二级保护区"}, Effect.CONFLICTS),
    ("env_water", "1001", {"class_code": "准保护区"}, Effect.CONDITIONAL),
    ("env_soil", "0701", {"class_code": "名录"}, Effect.CONFLICTS),
    ("env_soil", "0804", {"class_code": "疑似"}, Effect.CONDITIONAL),
    ("env_soil", "1001", {"class_code": "名录"}, Effect.CONDITIONAL),
    ("education_plan", "080403", {"reserved_for": "0804"}, Effect.SERVES),
    ("education_plan", "0806", {"reserved_for": "0804"}, Effect.CONDITIONAL),
    ("education_plan", "0804", {}, Effect.SERVES),
    ("highway_control", "0901", {}, Effect.CONFLICTS),
    ("power_corridor", "0701", {}, Effect.CONFLICTS),
    ("gas_facilities", "1304", {}, Effect.SERVES),
    ("existing_right", "0701", {}, Effect.CONDITIONAL),
]


@pytest.mark.parametrize(("layer", "use", "traits", "expected"), EFFECTS, ids=lambda value: str(value))
def test_a_line_has_the_effect_that_its_table_says(catalogue, layer, use, traits, expected):
    assert effect(catalogue, layer, use, **traits) is expected


@pytest.mark.parametrize("layer", SIX)
@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("manner", Manner)
def test_housing_never_serves_and_an_unlisted_use_is_conditional(catalogue, layer, level, manner):
    assert effect(catalogue, layer, "0701", level=level, manner=manner) is not Effect.SERVES
    assert effect(catalogue, layer, "2301", level=level, manner=manner) is Effect.CONDITIONAL


@pytest.mark.parametrize("layer", RIGHTS)
@pytest.mark.parametrize("use", ["0701", "1001", "1207", "0101", "1401"])
def test_what_is_approved_or_owned_refuses_nothing(catalogue, layer, use):
    assert catalogue.entry(layer).fact == "existing_right"
    assert effect(catalogue, layer, use) is Effect.CONDITIONAL


@given(st.floats(allow_nan=True, allow_infinity=True), st.one_of(st.none(), st.floats()))
def test_a_height_conflicts_only_where_both_numbers_say_so(limit_m, height_m):
    found = effect(CATALOGUE, "weather_observation", "0701", class_code=str(limit_m), max_height_m=height_m)
    known = height_m is not None and math.isfinite(height_m) and math.isfinite(limit_m)
    assert (found is Effect.CONFLICTS) == (known and height_m > limit_m)
    assert found is not Effect.SERVES


@pytest.mark.parametrize("layer", FLOORS)
def test_a_floor_lists_only_what_it_serves_and_never_building_land(catalogue, layer):
    for row in catalogue.entry(layer).effects:
        assert row.effect is Effect.SERVES
        assert not any(matches(use, ("07", "08", "09", "10", "11", "12", "13", "14", "15")) for use in row.uses)


# --- crosswalks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("crosswalk", "code", "pivot"),
    [
        ("gb50137_2011", "R21", ("0701",)),
        ("gb50137_2011", "A35", ("0802",)),
        ("gb50137_2011", "S1", ("1207",)),
        ("gb50137_2011", "U32", ("1311",)),
        ("gb50137_2011", "E2", ("01", "02", "03", "04", "05", "06")),
        ("survey_dlbm", "0103", ("0103",)),
        ("survey_dlbm", "0301K", ("0301",)),
        ("survey_dlbm", "1104A", ("1704",)),
        ("survey_dlbm", "0810A", ("1403",)),
        ("survey_dlbm", "1106", ("0506",)),
        ("survey_dlbm", "012", ("0102",)),
        ("tdghdl", "2110", ("07", "08", "09", "10", "11", "12", "13", "14")),
        ("tdghdl", "1110", ("0101",)),
        ("jsydgzq", "040", ("prohibited",)),
        ("czkfbj", "城镇集中建设区", ("concentrated",)),
        ("mnr_2023", "0804", ("0804",)),
        ("mnr_2023", "080403", ("080403",)),
        ("euluc", "3", ("1001",)),
    ],
)
def test_a_code_stands_for_its_national_class(catalogue, crosswalk, code, pivot):
    assert catalogue.classes[crosswalk].find(code).pivot == pivot


@pytest.mark.parametrize(
    ("crosswalk", "code"),
    [("gb50137_2011", "X1"), ("gb50137_2011", "R9"), ("gb50137_2011", "B1/R2"), ("survey_dlbm", "9999"),
     ("tdghdl", "299"), ("euluc", "10"), ("euluc", "4"), ("mnr_2023", "99"), ("czkfbj", "01"), ("survey_dlbm", "")],
)  # fmt: skip
def test_a_code_without_a_row_is_unknown(catalogue, crosswalk, code):
    assert catalogue.classes[crosswalk].find(code) is None


def test_every_row_of_every_crosswalk_says_where_it_comes_from(catalogue):
    for classes in catalogue.classes.values():
        assert all(row.source and row.name and row.pivot for row in classes.rows.values())


def test_every_use_has_a_chinese_and_an_english_name_and_a_parent(catalogue):
    for code, use in catalogue.uses.items():
        assert use.name_zh and use.name_en.isascii()
        assert len(code) == 2 or code[:-2] in catalogue.uses


# --- files of one's own ----------------------------------------------------------------------------------------------


def test_a_fact_stands_on_control_lines_that_refuse_nothing(tmp_path):
    with pytest.raises(WrongValue) as caught:
        text = OWN.replace("KEY", "airport").replace("conditional", "conflicts")
        load_catalogue([own(tmp_path, text.replace("order = 410", 'order = 410\nfact = "existing_right"'))])
    assert caught.value.params["key"] == "airport.fact"


def test_a_catalogue_of_some_layers_alone_keeps_order_uses_and_crosswalks(catalogue):
    some = catalogue.only(["survey", "line_red"])
    assert list(some.entries) == ["line_red", "survey"]
    assert some.entry("survey") is catalogue.entry("survey") and some.classes is catalogue.classes
    with pytest.raises(UnknownLayer):
        catalogue.only(["nowhere"])


OWN = """\
schema = 1
holds = "layers"
family = "special"

[[layer]]
key = "KEY"
title = { zh = "机场净空", en = "Airport clearance" }
kind = "control"
order = 410
steward = "transport"
clause = "民用航空法第五十八条"
style = { stroke = "#123456" }
aliases = { id = ["BSM"] }
shown_fields = { analyst = ["id"] }
effects = [
  { effect = "conditional", uses = ["07"] },
]
"""


def own(tmp_path: Path, text: str, name: str = "own.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_a_file_of_ones_own_adds_a_layer_and_replaces_a_whole_key(tmp_path, catalogue):
    new = load_catalogue([own(tmp_path, OWN.replace("KEY", "airport"))])
    assert list(new.entries)[-1] == "airport"
    assert new.version != catalogue.version
    replaced = load_catalogue([own(tmp_path, OWN.replace("KEY", "line_red"))]).entry("line_red")
    assert (replaced.title_zh, replaced.required, replaced.effects[0].uses) == ("机场净空", False, ("07",))


def test_files_in_the_home_folder_are_read_without_being_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SPATIALHUB_HOME", str(tmp_path))
    (tmp_path / "catalog.d").mkdir()
    own(tmp_path / "catalog.d", OWN.replace("KEY", "airport"))
    assert load_catalogue().entry("airport").title_en == "Airport clearance"


@pytest.mark.parametrize(
    ("old", "new", "error", "line", "params"),
    [
        ("steward =", "stewart =", UnknownKey, 10, {"key": "layer[1].stewart", "nearest": "steward"}),
        ('clause = "民用航空法第五十八条"', "", MissingKey, 5, {"key": "layer[1].clause"}),
        ('["07"]', '["77"]', UnknownReference, 16, {"kind": "use", "name": "77", "nearest": "17"}),
        ('kind = "control"', 'kind = "contrl"', WrongValue, 8, {"found": "'contrl'"}),
        ('kind = "control"', 'kind = "floor"', WrongValue, 15, {"allowed": ("serves",)}),
        ("order = 410", 'order = 410\nclasses = "gb50137"', UnknownReference, 10, {"nearest": "gb50137_2011"}),
        ("order = 410", 'order = 410\nfact = "right"', WrongValue, 10, {"found": "'right'"}),
        ('{ effect = "conditional"', '{ height = "tall", effect = "conditional"', WrongValue, 16, {"found": "'tall'"}),
        ("order = 410", "order = 410\nbuffer_m = 5", WrongValue, 10, {"key": "buffer_basis"}),
        ('holds = "layers"', 'holds = "layer"', WrongValue, 1, {"key": "holds"}),
    ],
)
def test_a_mistake_is_refused_with_file_and_line(tmp_path, old, new, error, line, params):
    path = own(tmp_path, OWN.replace("KEY", "airport").replace(old, new))
    with pytest.raises(error) as caught:
        load_catalogue([path])
    assert caught.value.place == f"{path}:{line}"
    assert params.items() <= dict(caught.value.params).items()


CROSSWALK = """\
schema = 1
holds = "crosswalk"
key = "local"
title = "本地分类"
rows = [
  { code = "A", name = "甲", pivot = ["07"], source = "T" },
  { code = "B", name = "乙", pivot = ["0701"], source = "T" },
]
[sources]
T = "本地图例"
"""


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [('code = "B"', 'code = "A"', WrongValue), ('["0701"]', '["0790"]', UnknownReference),
     ('["0701"], source = "T"', '["0701"], source = "S"', UnknownReference)],
)  # fmt: skip
def test_a_mistaken_crosswalk_row_is_refused_with_its_line(tmp_path, old, new, error):
    assert load_catalogue([own(tmp_path, CROSSWALK)]).classes["local"].find("B").pivot == ("0701",)
    with pytest.raises(error) as caught:
        load_catalogue([own(tmp_path, CROSSWALK.replace(old, new))])
    assert caught.value.place.endswith("own.toml:7")


def test_a_catalogue_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(MissingDataFile, match=r"nowhere\.toml"):
        load_catalogue([tmp_path / "nowhere.toml"])


def test_the_catalogue_is_found_beside_its_module_not_in_the_folder_of_the_same_name():
    assert not (BUILT_IN / "__init__.py").exists()
    code = "import layers.catalog as c; print(c.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("catalog.py")
