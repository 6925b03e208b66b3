"""Zhengzhou's folder says what 郑政办〔2019〕50号 says, and marks what it does not say."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from layers.catalog import load_catalogue
from spatialhub.cities.loader import load_city
from spatialhub.precedence.engine import answer_of, rule_on
from spatialhub.precedence.model import Answer, Basis, Conformity, Cover, Outcome, PartTraits, Plan, Situation

ON = date(2026, 11, 20)
LETTERS = {"security", "secrecy", "garrison"}
UTILITIES = {"power", "water_supply", "gas", "heating"}


@pytest.fixture(scope="module")
def city():
    return load_city("zhengzhou", today=ON)


@pytest.fixture(scope="module")
def catalogue(city):
    return load_catalogue(city=city)


def test_all_27_standing_members_are_there(city):
    members = [row for row in city.departments if row.standing_member]
    assert len(members) == 27
    assert [row.name for row in members if row.lead] == ["郑州市自然资源和规划局"]


def test_every_unit_of_the_appendix_has_its_duty_on_every_project(city):
    """Z1-07, Z1-21: 附件·二（二）."""
    asked = {duty.department for duty in city.policy.duties}
    assert asked == LETTERS | UTILITIES | {
        "planning", "development_reform", "ecology", "urban_management", "water", "forestry", "heritage", "parks",
        "weather",
    }  # fmt: skip
    ecology = next(duty for duty in city.policy.duties if duty.department == "ecology")
    assert len(ecology.checks) == 3 and "场地环境调查" in ecology.checks[1]
    assert ecology.clause == "郑政办〔2019〕50号 多规合一方案 附件·二（二）"


def test_security_secrecy_and_garrison_are_asked_by_letter(city):
    """X-07; only national security stands in 附件·二（二）, the other two are the bureau's own."""
    letters = {duty.department: duty.basis for duty in city.policy.duties if duty.by_letter}
    assert letters == {"security": Basis.CLAUSE, "secrecy": Basis.BUREAU, "garrison": Basis.BUREAU}


def test_a_school_concerns_education_and_a_hospital_health(city):
    def concerned(use: str) -> set[str]:
        return {row.department for row in city.policy.subjects if any(use.startswith(code) for code in row.uses)}

    assert "education" in concerned("0804") and "health" not in concerned("0804")
    assert "health" in concerned("0806")
    assert "railway" in concerned("1201")
    assert "sports" in concerned("0805") and "civil_affairs" in concerned("0807")


def test_what_the_ordinance_does_not_give_is_the_bureaus_own(city):
    policy = city.policy
    for value in (policy.min_kept_share, policy.min_part_m2, policy.min_width_m):
        assert value.basis is Basis.BUREAU
    assert (policy.min_kept_share.value, policy.min_part_m2.value, policy.min_width_m.value) == (0.7, 200, 10)
    assert all(row.basis is Basis.BUREAU for row in policy.compatibility)
    bureau = {rule.id for rule in policy.rules if rule.basis is Basis.BUREAU}
    assert {"no_condition", "only_land_use_plan", "only_urban_rural_plan", "both_silent"} <= bureau
    assert {"cultivated_land", "inside_urban_boundary", "ecological_land", "several"}.isdisjoint(bureau)


def test_the_floors_of_the_ordinance_have_its_clause_or_stand_on_paper(city):
    """Z1-16: 三（四）."""
    clauses = city.policy.layer_clauses
    for layer in ("farmland_pbf", "eco_redline", "control_zone"):
        assert clauses[layer].startswith("郑政办〔2019〕50号 多规合一方案 三（四）")
    assert {row.key for row in city.policy.paper_floors} == {
        "binding_indicators", "mandatory_content", "urban_no_build", "territorial_requirements",
    }  # fmt: skip


def test_no_paper_opens_a_prohibited_zone_and_farmland_only_for_major_works(city):
    opened = {row.layer: row.uses for row in city.policy.proofs}
    assert set(opened) == {"farmland_pbf", "eco_redline"}
    assert not any(use.startswith("07") for use in opened["farmland_pbf"])
    assert all(row.title and row.clause for row in city.policy.proofs)


# --- the rules, on fragments ------------------------------------------------------------------------------------------

TOWN, ARABLE = "2110", "1110"  # classes of the land-use plan
HOUSING_PLAN, GREEN_PLAN = "R21", "G1"  # classes of the urban-rural plan


def ruling(city, catalogue, use: str | None, *covers: tuple[str, str], unchecked=("territorial_plan", "blueprint")):
    """Rule on a fragment covered by (layer, class) features."""
    found = tuple(Cover(layer, f"{layer}-1", class_code=code) for layer, code in covers)
    situation = Situation((PartTraits(1, use),), found, frozenset(unchecked))
    return rule_on(situation, catalogue=catalogue, policy=city.policy)


LAND, URBAN, SURVEY = "land_use_plan", "urban_rural_plan", "survey"
ZONE, PRIME = ("urban_boundary", "城镇集中建设区"), ("basic_farmland", "0101")
DIFFERENT = ((LAND, ARABLE), (URBAN, HOUSING_PLAN))  # cultivated by itself
NEUTRAL = ((LAND, "2130"), (URBAN, HOUSING_PLAN))  # mining against housing, no condition holds

CASES = [
    ("several", (*DIFFERENT, ZONE), Outcome.COORDINATE, None),
    ("cultivated_land", DIFFERENT, Outcome.PREVAILS, Plan.LAND_USE),
    ("cultivated_land", (*NEUTRAL, PRIME), Outcome.PREVAILS, Plan.LAND_USE),
    ("inside_urban_boundary", (*NEUTRAL, ZONE), Outcome.PREVAILS, Plan.URBAN_RURAL),
    ("no_condition", (*NEUTRAL, ("urban_boundary", "特别用途区")), Outcome.COORDINATE, None),
    ("ecological_land", (*NEUTRAL, (SURVEY, "0301")), Outcome.COORDINATE, None),
    ("several_with_ecology", (*NEUTRAL, ZONE, (SURVEY, "0301")), Outcome.COORDINATE, None),
    ("several_with_ecology", (*DIFFERENT, (SURVEY, "1101")), Outcome.COORDINATE, None),
    ("no_condition", NEUTRAL, Outcome.COORDINATE, None),
    ("only_land_use_plan", ((LAND, TOWN),), Outcome.SOLE, Plan.LAND_USE),
    ("only_urban_rural_plan", ((URBAN, HOUSING_PLAN),), Outcome.SOLE, Plan.URBAN_RURAL),
    ("both_silent", (), Outcome.COORDINATE, None),
    ("plan_cannot_answer", ((LAND, "999"), (URBAN, HOUSING_PLAN)), Outcome.COORDINATE, None),
    ("plans_agree", ((LAND, TOWN), (URBAN, HOUSING_PLAN)), Outcome.AGREES, None),
]


@pytest.mark.parametrize(("rule", "covers", "outcome", "plan"), CASES)
def test_the_ordinance_decides_a_fragment(city, catalogue, rule, covers, outcome, plan):
    """Z1-17: 三（四）, and check.md §6 where it is silent."""
    found = ruling(city, catalogue, "0701", *covers)
    assert (found.rules_met, found.outcome, found.plan) == ((rule,), outcome, plan)


def test_a_layer_that_a_condition_needs_must_have_been_checked(city, catalogue):
    found = ruling(city, catalogue, "0701", *NEUTRAL, unchecked=("territorial_plan", "blueprint", "survey"))
    assert found.rules_met == ("condition_unknown",)
    assert found.conformity is Conformity.NEEDS_DECISION


def test_a_territorial_plan_in_force_governs_and_where_it_is_silent_nothing_else_does(city, catalogue):
    governed = ruling(city, catalogue, "0701", *DIFFERENT, ("territorial_plan", "0701"), unchecked=())
    assert (governed.outcome, governed.plan) == (Outcome.GOVERNS, Plan.TERRITORIAL)
    assert governed.conformity is Conformity.CONFORMS
    assert ruling(city, catalogue, "0701", *DIFFERENT, unchecked=()).rules_met == ("new_plan_says_nothing",)


def test_housing_on_town_land_that_the_urban_plan_keeps_green_is_refused_inside_the_boundary(city, catalogue):
    found = ruling(city, catalogue, "0701", (LAND, TOWN), (URBAN, GREEN_PLAN), ZONE)
    assert (found.plan, found.conformity) == (Plan.URBAN_RURAL, Conformity.REFUSED)


def test_what_both_plans_forbid_is_refused(city, catalogue):
    found = ruling(city, catalogue, "0701", (LAND, ARABLE), (URBAN, "E2"))
    assert (found.outcome, found.conformity) == (Outcome.AGREES, Conformity.REFUSED)


@pytest.mark.parametrize(
    ("pivot", "use", "answer"),
    [
        (("0701",), "070102", Answer.ALLOWS),
        (("0701",), "0702", Answer.ALLOWS),
        (("0701",), "0804", Answer.CONDITIONAL),
        (("0701",), "1001", Answer.FORBIDS),
        (("0804",), "0806", Answer.CONDITIONAL),
        (("1401",), "0701", Answer.FORBIDS),
        (("1401",), "1207", Answer.CONDITIONAL),
        (("0101",), "0701", Answer.FORBIDS),
        (("0101",), "1202", Answer.CONDITIONAL),
        (("0901",), "1401", Answer.ALLOWS),
    ],
)
def test_a_class_answers_a_use(city, pivot, use, answer):
    assert answer_of(pivot, use, city.policy) is answer


@pytest.mark.parametrize(
    ("pivot", "use"),
    [(("1207",), "1207"), (("0804",), "080403"), (("0901",), "0901"), (("1001",), "100101"),
     (("07", "08", "09", "10", "11", "12", "13", "14"), "0804"), (("1303",), "1303")],
)  # fmt: skip
def test_a_use_that_the_class_stands_for_is_allowed_whatever_the_rows_say(city, pivot, use):
    assert answer_of(pivot, use, city.policy) is Answer.ALLOWS


# --- who keeps which data (附件·二（一）), districts and zones -----------------------------------------------------


def plain(text: str) -> str:
    """Text without the spaces of the scan, its kinds of punctuation made one."""
    marks = str.maketrans({"，": ",", "；": ";", "：": ":", "（": "(", "）": ")", "“": "", "”": "", '"': ""})
    return re.sub(r"\s", "", text).translate(marks)


def test_every_unit_of_the_appendix_keeps_what_it_says(city):
    """Z1-20: 24 standing units in 附件·二（一）, three utilities in 附件·二（二）, and the others."""
    by_clause = {row.department for row in city.stewardships if row.basis is Basis.CLAUSE}
    members = {row.key for row in city.departments if row.standing_member}
    assert by_clause == members | {"other_departments"} and len(members) == 27
    assert members >= UTILITIES
    assert all(row.tasks and row.clause for row in city.stewardships)


def test_every_layer_has_one_steward_and_it_is_the_catalogues(city, catalogue):
    keepers = [(layer, row.department) for row in city.stewardships for layer in row.layers]
    assert len(keepers) == len({layer for layer, _ in keepers})
    assert dict(keepers) == {key: entry.steward for key, entry in catalogue.entries.items()}


def test_units_asked_by_letter_keep_no_layer(city):
    """X-07."""
    assert not [row for row in city.stewardships if row.department in LETTERS and row.layers]


@pytest.mark.shared
def test_tasks_are_the_ordinances_own_words(city, shared_data):
    text = plain((shared_data.parent / "sources" / "zhengzhou-2019-50.txt").read_text("utf-8"))
    for row in city.stewardships:
        for task in row.tasks if row.basis is Basis.CLAUSE else ():
            assert plain(task) in text, task


def test_districts_and_zones_have_their_part(city):
    kinds = Counter(region.kind for region in city.regions)
    assert kinds == {"district": 6, "county": 1, "city": 5, "zone": 4}
    codes = [region.code for region in city.regions if region.kind != "zone"]
    assert all(re.fullmatch(r"4101\d\d", code) for code in codes) and len(set(codes)) == 12
    assert all(region.source for region in city.regions)
    assert any("录入本区规划数据基础资料" in task for row in city.region_tasks for task in row.tasks)
    assert {row.clause for row in city.region_tasks} == {
        "郑政办〔2019〕50号 多规合一方案 附件·二（一）", "郑政办〔2019〕50号 多规合一方案 附件·二（二）",
    }  # fmt: skip
