"""A city's folder is read strictly, held against the catalogue, and stands as it does on a date."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from shapely.geometry import Point

from layers.catalog import for_city, load_catalogue
from spatialhub.cities.loader import FOLDER, cities, load_city
from spatialhub.cities.model import Department, Document, Notice, notices_on, standing
from spatialhub.errors import MissingDataFile, UnknownCity, UnknownKey, UnknownReference, WrongValue
from spatialhub.messages import explain
from spatialhub.precedence.model import Basis

ON = date(2026, 11, 20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of Zhengzhou's folder that a test may spoil."""
    return Path(shutil.copytree(FOLDER / "zhengzhou", tmp_path / "newtown"))


def spoil(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first `old` in a file; return the line it stands on."""
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("name", cities())
def test_every_city_loads_and_its_references_hold(name):
    city = load_city(name, today=ON)
    assert load_catalogue(city=city).entry("line_red").key == "line_red"
    assert city.policy.city == city.key == name
    assert city.name.endswith("市")


def test_a_city_folder_anywhere_is_a_city(folder):
    city = load_city(folder, today=ON)
    assert (city.key, city.name) == ("newtown", "郑州市")
    assert load_city(folder / "frame.toml", today=ON).key == "newtown"


def test_an_unknown_city_is_refused_with_those_there_are():
    with pytest.raises(UnknownCity) as caught:
        load_city("zhengzou")
    assert caught.value.params["known"] == ("foshan", "jiaozuo", "wuxi", "zhengzhou")
    assert "zhengzhou" in explain(caught.value)["remedy"]


def test_a_folder_without_its_files_is_refused_by_the_file(folder):
    (folder / "departments.toml").unlink()
    with pytest.raises(MissingDataFile, match=r"departments\.toml"):
        load_city(folder)


def test_layers_and_classes_may_be_left_out(folder):
    (folder / "layers.toml").unlink()
    assert load_city(folder).policy.layer_clauses == {}


SPOILED = [
    ("frame.toml", "epsg = 4547", "epsg = 2383", WrongValue, "epsg"),
    ("frame.toml", "[112.70, 34.33]", "[34.33, 112.70]", WrongValue, "outline"),
    ("frame.toml", "[112.70, 34.33]", "[112.70, '34']", WrongValue, "outline"),
    ("frame.toml", "margin_m", "margin_km", UnknownKey, "frame.margin_km"),
    ("check.toml", '"territorial.class"', '"territorial.clas"', UnknownReference, "territorial.class"),
    ("check.toml", 'document = "z50"', 'document = "z51"', UnknownReference, "z50"),
    ("check.toml", 'consult = ["forestry", "ecology"]', 'consult = ["forestri"]', UnknownReference, "forestry"),
    ("check.toml", "value = 0.7", 'value = "70%"', WrongValue, "verdict.min_kept_share.value"),
    ("departments.toml", 'department = "ecology"', 'department = "ecolgy"', UnknownReference, "ecology"),
    ("departments.toml", 'key = "education"', 'key = "planning"', WrongValue, "key"),
]


@pytest.mark.parametrize(("name", "old", "new", "error", "said"), SPOILED, ids=lambda value: str(value)[:24])
def test_a_mistake_is_refused_with_file_and_line(folder, name, old, new, error, said):
    line = spoil(folder, name, old, new)
    with pytest.raises(error) as caught:
        load_city(folder)
    assert caught.value.place == f"{folder / name}:{line}"
    assert said in {caught.value.params.get("key"), caught.value.params.get("nearest")}


@pytest.mark.parametrize(
    ("name", "old", "new", "nearest"),
    [
        ("check.toml", '"basic_farmland"', '"basic_farmlnd"', "basic_farmland"),
        ("check.toml", 'layer = "eco_redline"', 'layer = "eco_red"', "eco_redline"),
        ("check.toml", 'uses = ["12", "13", "1501"]', 'uses = ["12", "13", "15x1"]', "1501"),
        ("departments.toml", 'uses = ["0804"]', 'uses = ["08x4"]', "0804"),
        ("layers.toml", "[layer.survey]", "[layer.servey]", "survey"),
    ],
)
def test_a_layer_or_use_that_is_not_there_is_refused_with_file_and_line(folder, name, old, new, nearest):
    line = spoil(folder, name, old, new)
    city = load_city(folder)
    with pytest.raises(UnknownReference) as caught:
        load_catalogue(city=city)
    assert caught.value.place == f"{folder / name}:{line}"
    assert caught.value.params["nearest"] == nearest


def test_a_plan_that_a_rule_needs_or_must_not_have_is_demanded(folder):
    spoil(folder, "check.toml", 'plan = "territorial_plan"\n', "")
    with pytest.raises(WrongValue) as caught:
        load_city(folder)
    assert caught.value.params["key"] == "territorial_governs.plan"


def test_rules_end_with_one_that_always_holds(folder):
    line = spoil(folder, "check.toml", 'id = "no_condition"', 'id = "no_condition"\nall = ["undecided"]')
    with pytest.raises(WrongValue) as caught:
        load_city(folder)
    assert caught.value.place == f"{folder / 'check.toml'}:{line - 1}"


def test_a_city_that_says_it_has_no_basis_may_list_no_rule(folder):
    spoil(folder, "check.toml", 'basis = "clause"', 'basis = "none"')
    with pytest.raises(WrongValue) as caught:
        load_city(folder)
    assert (caught.value.params["key"], caught.value.params["found"]) == ("rule", "basis = none")


def test_a_city_chooses_crosswalks_adds_rows_and_buffers(folder):
    (folder / "classes.toml").write_text(
        'schema = 1\n[crosswalk]\ndetailed_plan = "mnr_2023"\n[[row]]\ncrosswalk = "gb50137_2011"\n'
        'code = "Z1"\nname = "综合用地"\npivot = ["0701", "0901"]\nsource = "片区控规图例"\n',
        "utf-8",
    )
    (folder / "layers.toml").write_text(
        'schema = 1\n[layer.line_red]\ntables = ["DL"]\naliases = { name = ["LM"] }\n'
        'buffer_m = 5\nbuffer_basis = "试验"\n',
        "utf-8",
    )
    plain, adapted = load_catalogue(), load_catalogue(city=load_city(folder))
    assert adapted.entry("detailed_plan").classes == "mnr_2023"
    assert adapted.classes["gb50137_2011"].find("Z1").pivot == ("0701", "0901")
    assert plain.classes["gb50137_2011"].find("Z1") is None
    red = adapted.entry("line_red")
    assert (red.buffer_m, red.buffer_basis, red.tables[0], red.aliases["name"][0]) == (5.0, "试验", "DL", "LM")
    assert red.aliases["name"][1:] == plain.entry("line_red").aliases["name"]
    assert red.sha256 != plain.entry("line_red").sha256


def test_a_catalogue_steward_that_nobody_names_is_refused():
    catalogue = load_catalogue()
    odd = replace(catalogue.entry("line_red"), steward="harbour_master")
    odd_catalogue = replace(catalogue, entries={**catalogue.entries, "line_red": odd})
    with pytest.raises(UnknownReference, match="harbour_master"):
        for_city(odd_catalogue, load_city("zhengzhou"))


# --- the frame -------------------------------------------------------------------------------------------------------


def test_the_frame_lies_in_the_plane_with_its_margin():
    frame = load_city("zhengzhou").frame
    assert frame.boundary.is_valid
    assert frame.boundary.covers(Point(467952.197, 3846914.124))  # the city centre in EPSG:4547
    assert not frame.boundary.covers(Point(467952.197 + 275_000, 3846914.124))  # read in the wrong zone
    assert 2000 <= frame.boundary.exterior.distance(Point(frame.boundary.centroid)) < 60_000
    assert len(frame.outline_4490) >= 20


@pytest.mark.parametrize("name", cities())
def test_an_outline_is_generalised_to_a_hundredth_of_a_degree(name):
    outline = load_city(name).frame.outline_4490
    assert 20 <= len(outline) <= 50
    assert all(round(value, 2) == value for point in outline for value in point)


# --- dates -----------------------------------------------------------------------------------------------------------

NEW_YEAR = date(2020, 1, 1)
TRIAL = Document("d", "测办〔2020〕1号", "办法（试行）", NEW_YEAR, NEW_YEAR, date(2020, 12, 31), trial=True)


@pytest.mark.parametrize(
    ("document", "on", "expired"),
    [
        (TRIAL, date(2020, 12, 31), False),
        (TRIAL, date(2021, 1, 1), True),
        (replace(TRIAL, prolonged_until=date(2021, 6, 30)), date(2021, 6, 30), False),
        (replace(TRIAL, prolonged_until=date(2021, 6, 30)), date(2021, 7, 1), True),
        (replace(TRIAL, in_force_until=None), date(2099, 1, 1), False),
    ],
)
def test_an_expired_trial_is_said_until_its_prolongation_is_recorded(document, on, expired):
    said = notices_on(on, [document], [])
    assert bool(said) is expired
    assert not expired or ("试行期已于" in said[0] and "测办〔2020〕1号" in said[0])


def test_a_notice_is_shown_between_its_dates():
    notice = Notice("通知", date(2021, 1, 1), date(2021, 1, 2))
    shown = [notices_on(date(2020, 12, 31) + timedelta(days), [], [notice]) for days in range(4)]
    assert shown == [(), ("通知",), ("通知",), ()]


def test_duties_move_to_the_successor_the_day_after(folder):
    old = 'name = "郑州市园林局"'
    spoil(folder, "departments.toml", old, f'{old}\nuntil = 2026-06-30\nsuccessor = "forestry"')
    before, after = load_city(folder, today=date(2026, 6, 30)).policy, load_city(folder, today=date(2026, 7, 1)).policy
    text = "项目用地是否占用绿地"
    assert [duty.department for duty in before.duties if text in duty.checks] == ["parks"]
    assert [duty.department for duty in after.duties if text in duty.checks] == ["forestry"]
    assert (before.department("parks"), after.department("parks")) == ("郑州市园林局", "郑州市林业局")
    assert before.policy_version != after.policy_version


def test_layers_and_data_move_to_the_successor_with_the_duties(folder):
    """Z1-23: one unit is asked, not the old one beside the new one."""
    old = 'name = "郑州市园林局"'
    spoil(folder, "departments.toml", old, f'{old}\nuntil = 2026-06-30\nsuccessor = "forestry"')
    for on, keeper in ((date(2026, 6, 30), "parks"), (date(2026, 7, 1), "forestry")):
        city = load_city(folder, today=on)
        (kept,) = [row for row in city.stewardships if "line_green" in row.layers]
        entry = load_catalogue(city=city).entry("line_green")
        assert (kept.department, entry.steward, entry.consulted[0].department) == (keeper, keeper, keeper)


def test_a_duty_counts_only_on_the_days_it_holds(folder):
    text = "项目是否符合探测环境保护规划"
    spoil(folder, "departments.toml", f'checks = ["{text}"]\n', f'checks = ["{text}"]\nuntil = 2026-06-30\n')
    for on, asked in ((date(2019, 8, 16), 0), (date(2019, 8, 17), 1), (date(2026, 6, 30), 1), (date(2026, 7, 1), 0)):
        assert len([duty for duty in load_city(folder, today=on).policy.duties if text in duty.checks]) == asked


def test_a_region_gives_way_to_its_successor(folder):
    old = 'name = "上街区"'
    spoil(folder, "stewards.toml", old, f'{old}\nuntil = 2026-06-30\nsuccessor = "xingyang"')
    assert "shangjie" in {row.key for row in load_city(folder, today=date(2026, 6, 30)).regions}
    assert "shangjie" not in {row.key for row in load_city(folder, today=date(2026, 7, 1)).regions}
    line = spoil(folder, "stewards.toml", 'successor = "xingyang"', 'successor = "xingyan"')
    with pytest.raises(UnknownReference) as caught:
        load_city(folder, today=ON)
    assert caught.value.place.endswith(f"stewards.toml:{line}") and caught.value.params["nearest"] == "xingyang"


def test_a_steward_of_a_layer_that_does_not_exist_is_refused(folder):
    spoil(folder, "stewards.toml", '"education_plan"', '"education_plans"')
    with pytest.raises(UnknownReference) as caught:
        load_catalogue(city=load_city(folder, today=ON))
    assert caught.value.params["nearest"] == "education_plan"


def test_a_chain_of_successors_is_followed_and_a_circle_ends():
    one = Department("a", "甲", until=date(2020, 1, 1), successor="b")
    two = Department("b", "乙", until=date(2021, 1, 1), successor="c")
    three = Department("c", "丙", until=date(2022, 1, 1), successor="a")
    departments = {row.key: row for row in (one, two, three)}
    assert [standing("a", departments, date(year, 6, 1)) for year in (2019, 2020, 2021)] == ["a", "b", "c"]
    assert standing("a", departments, date(2023, 1, 1)) in departments


def test_a_value_counts_only_on_the_days_it_is_in_force(folder):
    old = "value = 0.7\n"
    spoil(folder, "check.toml", old, f"{old}in_force_from = 2026-01-01\nin_force_until = 2026-12-31\n")
    inside = load_city(folder, today=ON).policy.min_kept_share
    assert (inside.value, inside.in_force_until) == (0.7, "2026-12-31")
    assert load_city(folder, today=date(2027, 1, 1)).policy.min_kept_share.basis is Basis.NONE


def test_the_policy_version_is_the_hash_of_what_is_in_force(folder):
    version = load_city(folder, today=ON).policy.policy_version
    assert version == load_city(folder, today=ON + timedelta(days=1)).policy.policy_version
    spoil(folder, "check.toml", "value = 200", "value = 250")
    assert version != load_city(folder, today=ON).policy.policy_version
