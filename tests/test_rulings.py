"""Rulings by Zhengzhou's own files, clause by clause (Z1-16, Z1-17; check.md §6): what a user would read."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatialhub.catalogue import Effect
from spatialhub.check import check_site
from spatialhub.errors import SnapshotDamaged
from spatialhub.findings import (
    Status,
)
from spatialhub.precedence.model import Approval, Conformity, Outcome, Plan, Verdict
from spatialhub.spatial.model import Form, Level, Manner
from tests import shapes
from tests.bench import (
    GREEN_PLAN,
    HOSPITAL,
    HOUSING,
    HOUSING_PLAN,
    INDUSTRY_PLAN,
    METRO,
    PARK,
    PLAN_DRY,
    PLAN_FOREST,
    ROAD,
    SCHOOL,
    SCHOOL_PLAN,
    SPECIAL_ZONE,
    SUBSTATION,
    SURVEY_FOREST,
    SURVEY_PADDY,
    SURVEY_TOWN,
    TOWN,
    Bench,
    catalogue,
    city,
    conformities,
    inside_boundary,
    layer,
    of_class,
    plans,
)
from tests.builders import a_part, a_site

CLAUSE = "郑政办〔2019〕50号 多规合一方案 三（四）"


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def only_ruling(result):
    rulings = {fragment.ruling for fragment in result.fragments}
    assert len(rulings) == 1
    return rulings.pop()


# --- precedence: every combination of (a) cultivated, (b) inside the boundary, (c) ecological ------------------------

COMBINATIONS = [
    # conditions that hold, inside the boundary, outcome, plan that prevails, words of the clause
    ("", False, Outcome.COORDINATE, None, "未列此情形"),
    ("a", False, Outcome.PREVAILS, Plan.LAND_USE, "涉及耕地、基本农田等问题的，以土地利用规划为准"),
    ("b", True, Outcome.PREVAILS, Plan.URBAN_RURAL, "涉及在城市开发边界范围内的问题，以城乡规划为准"),
    ("c", False, Outcome.COORDINATE, None, "涉及生态用地的，以生态保护红线为准"),
    ("ab", True, Outcome.COORDINATE, None, "多种问题交叉存在"),
    ("ac", False, Outcome.COORDINATE, None, "多种问题交叉存在"),
    ("bc", True, Outcome.COORDINATE, None, "多种问题交叉存在"),
    ("abc", True, Outcome.COORDINATE, None, "多种问题交叉存在"),
]


@pytest.mark.parametrize(("conditions", "inside", "outcome", "plan", "clause"), COMBINATIONS)
def test_where_plans_differ_the_conditions_decide(bench, conditions, inside, outcome, plan, clause):
    survey = SURVEY_FOREST if "c" in conditions else SURVEY_TOWN
    farmland = {"basic_farmland": [of_class("0101")]} if "a" in conditions else {}
    boundary = inside_boundary() if inside else {}
    result = bench.check(a_site(), plans("214", HOUSING_PLAN, survey), farmland, boundary)
    ruling = only_ruling(result)
    assert (ruling.outcome, ruling.plan) == (outcome, plan)
    assert any(clause in cited for cited in ruling.clauses)
    # Here the land-use plan (other construction land) forbids housing and the urban plan allows it.
    expected = {
        Plan.LAND_USE: Conformity.REFUSED,
        Plan.URBAN_RURAL: Conformity.CONFORMS,
        None: Conformity.NEEDS_DECISION,
    }
    assert ruling.conformity is expected[plan]
    assert {row.answer.value for row in ruling.candidates} == {"allows", "forbids"}


@pytest.mark.parametrize("source", ["survey", "land_use_plan", "urban_rural_plan", "basic_farmland"])
def test_cultivated_land_is_seen_by_survey_either_plan_and_the_basic_farmland_layer(bench, source):
    given = {
        "survey": plans("214", HOUSING_PLAN, SURVEY_PADDY),
        "land_use_plan": plans(PLAN_DRY, HOUSING_PLAN),
        "urban_rural_plan": plans("214", HOUSING_PLAN)
        | {"urban_rural_plan": [of_class("E2")], "survey": [of_class("0103")]},
        "basic_farmland": plans("214", HOUSING_PLAN) | {"basic_farmland": [of_class("0101")]},
    }[source]
    ruling = only_ruling(bench.check(a_site(), given))
    assert ("conditions", "cultivated") in ruling.facts


def test_ecological_land_is_coordinated_with_forestry_and_ecology(bench):
    ruling = only_ruling(bench.check(a_site(), plans("214", HOUSING_PLAN, SURVEY_FOREST)))
    assert set(ruling.consult) == {"forestry", "ecology"}


@pytest.mark.parametrize(("code", "held"), [("31", "ecological"), ("14", ""), ("1", ""), ("11", "cultivated")])
def test_a_class_meets_a_condition_where_all_that_it_stands_for_does(bench, code, held):
    ruling = only_ruling(bench.check(a_site(), plans(code, HOUSING_PLAN)))
    assert dict(ruling.facts)["conditions"] == held


def test_an_urban_park_is_no_ecological_land(bench):
    ruling = only_ruling(bench.check(a_site(), plans(TOWN, GREEN_PLAN, "0810")))
    assert "ecological" not in dict(ruling.facts)["conditions"]


def test_the_special_use_zone_is_not_inside_the_boundary_for_precedence(bench):
    zone = {"urban_boundary": [of_class(SPECIAL_ZONE)]}
    ruling = only_ruling(bench.check(a_site(), plans("214", HOUSING_PLAN), zone))
    assert ruling.outcome is Outcome.COORDINATE


def test_a_condition_that_cannot_be_decided_is_coordinated(bench):
    result = bench.check(a_site(), plans("214", HOUSING_PLAN), inside_boundary(), without=["basic_farmland"])
    ruling = only_ruling(result)
    assert ruling.outcome is Outcome.COORDINATE
    assert dict(ruling.facts)["undecided"] == "basic_farmland"


# --- one plan, both, none --------------------------------------------------------------------------------------------


def test_both_plans_allowing_agree_and_the_site_conforms(bench):
    result = bench.check(a_site(), plans(), inside_boundary())
    assert only_ruling(result).outcome is Outcome.AGREES
    assert conformities(result) == {"conforms"}
    assert result.proposal.verdict is Verdict.CONFORMS


def test_an_agreed_refusal_is_refused(bench):
    result = bench.check(a_site(), plans(PLAN_FOREST, GREEN_PLAN))
    assert only_ruling(result).outcome is Outcome.AGREES
    assert conformities(result) == {"refused"}
    assert result.proposal.verdict is Verdict.DOES_NOT_CONFORM


@pytest.mark.parametrize(
    ("silent", "speaking"), [("land_use_plan", Plan.URBAN_RURAL), ("urban_rural_plan", Plan.LAND_USE)]
)
def test_where_one_plan_is_silent_the_other_governs_alone(bench, silent, speaking):
    given = plans()
    del given[silent]
    ruling = only_ruling(bench.check(a_site(), given))
    assert (ruling.outcome, ruling.plan, ruling.conformity) == (Outcome.SOLE, speaking, Conformity.CONFORMS)


def test_both_silent_is_coordinated_without_candidates(bench):
    ruling = only_ruling(bench.check(a_site()))
    assert ruling.outcome is Outcome.COORDINATE
    assert [row for row in ruling.candidates if row.answer] == []
    assert ruling.conformity is Conformity.NEEDS_DECISION


def test_a_code_without_a_row_is_never_treated_as_allowed(bench):
    ruling = only_ruling(bench.check(a_site(), plans(TOWN, "ZZ9")))
    assert (ruling.outcome, ruling.conformity) == (Outcome.COORDINATE, Conformity.NEEDS_DECISION)
    assert {row.says.value for row in ruling.candidates} == {"class", "unknown"}


def test_a_plan_out_of_coverage_is_coordinated_and_the_site_undetermined(bench):
    far = shapes.square(10, 5_000, 5_000)
    result = bench.check(a_site(), plans(urban=None), coverage={"urban_rural_plan": far})
    assert only_ruling(result).outcome is Outcome.COORDINATE
    assert layer(result, "urban_rural_plan").status is Status.UNCHECKED
    assert result.proposal.verdict is Verdict.UNDETERMINED


def test_a_feature_beyond_the_coverage_of_its_plan_speaks_for_nobody(bench):
    west = {"detailed_plan": shapes.rectangle(50, 200, 0, -50), "urban_boundary": shapes.rectangle(50, 200, 0, -50)}
    given = plans("214", GREEN_PLAN) | {"detailed_plan": [of_class(HOUSING_PLAN)]}
    result = bench.check(a_site(), given, inside_boundary(), coverage=west)
    answers = {row.conformity: row.ruling.outcome for row in result.fragments}
    assert answers == {Conformity.CONFORMS: Outcome.PREVAILS, Conformity.REFUSED: Outcome.AGREES}


def test_the_territorial_plan_in_force_governs(bench):
    result = bench.check(a_site(), plans(PLAN_FOREST, GREEN_PLAN), {"territorial_plan": [of_class("0701")]})
    ruling = only_ruling(result)
    assert (ruling.outcome, ruling.plan, ruling.conformity) == (Outcome.GOVERNS, Plan.TERRITORIAL, Conformity.CONFORMS)
    assert CLAUSE in ruling.clauses[0]


def test_a_silent_territorial_plan_is_coordinated(bench):
    elsewhere = {"territorial_plan": [of_class("0701", shapes.square(10, 900, 900))]}
    assert only_ruling(bench.check(a_site(), plans(), elsewhere)).outcome is Outcome.COORDINATE


def test_the_detailed_plan_speaks_before_the_master_plan_and_the_difference_is_recorded(bench):
    result = bench.check(a_site(), plans(TOWN, GREEN_PLAN), {"detailed_plan": [of_class(HOUSING_PLAN)]})
    ruling = only_ruling(result)
    assert ruling.conformity is Conformity.CONFORMS
    assert [row.kind for row in result.discrepancies] == ["detailed_against_master"]


def test_all_candidates_forbidding_is_refused_even_where_the_plans_must_be_coordinated(bench):
    result = bench.check(
        a_site(), plans(PLAN_FOREST, INDUSTRY_PLAN), {"territorial_plan": [of_class("05", shapes.square(9, 900))]}
    )
    ruling = only_ruling(result)
    assert ruling.outcome is Outcome.COORDINATE
    assert ruling.conformity is Conformity.REFUSED


def test_housing_on_town_land_that_the_urban_plan_keeps_green_inside_the_boundary_is_refused(bench):
    result = bench.check(a_site(), plans(TOWN, GREEN_PLAN), inside_boundary())
    ruling = only_ruling(result)
    assert (ruling.outcome, ruling.plan, ruling.conformity) == (Outcome.PREVAILS, Plan.URBAN_RURAL, Conformity.REFUSED)
    assert result.proposal.verdict is Verdict.DOES_NOT_CONFORM


def test_a_class_of_two_features_that_say_different_things_is_no_answer(bench):
    both = {"urban_rural_plan": [of_class(HOUSING_PLAN), of_class(GREEN_PLAN)]}
    ruling = only_ruling(bench.check(a_site(), plans(urban=None), both))
    assert ruling.conformity is Conformity.NEEDS_DECISION


# --- constraints: the six lines --------------------------------------------------------------------------------------


def ask(bench, key, use, *, reserved_for="", urban=HOUSING_PLAN, **part):
    """Conformity and effect of one feature of a line that covers the site, both plans agreeing with the use."""
    site = a_site(a_part(use=use, **part))
    line = {key: [of_class("", name="演示线", reserved_for=reserved_for)]}
    result = bench.check(site, plans(TOWN, urban), inside_boundary(), line)
    (constraint,) = only_ruling(result).constraints
    assert constraint.clause
    return constraint.effect, only_ruling(result).conformity, result


def test_a_road_on_its_own_red_line_serves_and_is_no_conflict(bench):
    effect, conformity, result = ask(bench, "line_red", ROAD, urban="S1", form=Form.LINEAR)
    assert (effect, conformity) == (Effect.SERVES, Conformity.CONFORMS)
    assert result.proposal.verdict is Verdict.CONFORMS


def test_housing_on_road_red_is_refused(bench):
    effect, conformity, result = ask(bench, "line_red", HOUSING)
    assert (effect, conformity) == (Effect.CONFLICTS, Conformity.REFUSED)
    assert result.proposal.verdict is Verdict.DOES_NOT_CONFORM


def test_a_substation_on_anothers_yellow_is_refused_and_on_its_own_serves(bench):
    assert ask(bench, "line_yellow", SUBSTATION, reserved_for="水厂", urban="U12")[:2] == (
        Effect.CONFLICTS,
        Conformity.REFUSED,
    )
    own = ask(bench, "line_yellow", SUBSTATION, reserved_for="110kV变电站", urban="U12", facility="110kV变电站")
    assert own[:2] == (Effect.SERVES, Conformity.CONFORMS)
    assert ask(bench, "line_yellow", SUBSTATION, reserved_for="1303", urban="U12")[0] is Effect.SERVES


def test_a_school_on_orange_reserved_for_a_hospital_is_refused(bench):
    assert ask(bench, "line_orange", SCHOOL, reserved_for=HOSPITAL, urban=SCHOOL_PLAN)[:2] == (
        Effect.CONFLICTS,
        Conformity.REFUSED,
    )


def test_a_park_on_green_serves(bench):
    assert ask(bench, "line_green", PARK, urban=GREEN_PLAN)[:2] == (Effect.SERVES, Conformity.CONFORMS)


def test_a_road_across_green_a_bridge_across_blue_and_a_metro_below_purple_are_conditional(bench):
    road = ask(bench, "line_green", ROAD, urban="S1", form=Form.LINEAR, manner=Manner.CROSSING)
    bridge = ask(bench, "line_blue", ROAD, urban="S1", form=Form.LINEAR, manner=Manner.CROSSING, level=Level.ELEVATED)
    metro = ask(bench, "line_purple", METRO, urban="S2", form=Form.LINEAR, level=Level.UNDERGROUND)
    for effect, conformity, result in (road, bridge, metro):
        assert (effect, conformity) == (Effect.CONDITIONAL, Conformity.CONDITIONAL)
        assert result.proposal.verdict is Verdict.BASICALLY_CONFORMS


def test_serving_one_line_lifts_no_other(bench):
    lines = {"line_red": [of_class("")], "line_purple": [of_class("")]}
    site = a_site(a_part(use=ROAD, form=Form.LINEAR))
    ruling = only_ruling(bench.check(site, plans(TOWN, "S1"), inside_boundary(), lines))
    assert {row.effect for row in ruling.constraints} == {Effect.SERVES, Effect.CONDITIONAL}
    assert ruling.conformity is Conformity.CONDITIONAL


# --- floors ----------------------------------------------------------------------------------------------------------


def test_two_floors_on_one_fragment_are_both_printed_and_raise_a_discrepancy(bench):
    floors = {"farmland_pbf": [of_class("0101")], "eco_redline": [of_class("")]}
    result = bench.check(a_site(), plans(), inside_boundary(), floors)
    ruling = only_ruling(result)
    assert {row.layer for row in ruling.floors} == {"farmland_pbf", "eco_redline"}
    assert {row.effect for row in ruling.floors} == {Effect.BARS}
    (found,) = result.discrepancies
    assert (found.kind, found.layers) == ("two_floors", ("eco_redline", "farmland_pbf"))
    assert found.area_u == result.area_u


def an_approval(**fields) -> Approval:
    return Approval(
        **{
            "layer": "farmland_pbf",
            "kind": "state_council_conversion",
            "issuer": "国务院",
            "number": "国函〔2020〕1号",
            "date": "2020-03-01",
            "area_m2": 10_000.0,
        }
        | fields
    )


def road_on_farmland(bench, *approvals):
    site = a_site(a_part(use=ROAD, form=Form.LINEAR))
    farmland = {"farmland_pbf": [of_class("0101")]}
    return bench.check(site, plans(TOWN, "S1"), inside_boundary(), farmland, approvals=approvals)


def test_a_floor_without_proof_is_barred(bench):
    result = road_on_farmland(bench)
    assert conformities(result) == {"barred"}
    assert result.proposal.verdict is Verdict.DOES_NOT_CONFORM


def test_a_floor_with_proof_is_approved_and_printed(bench):
    result = road_on_farmland(bench, an_approval())
    (floor,) = only_ruling(result).floors
    assert floor.effect is Effect.APPROVED
    assert conformities(result) == {"conditional"}
    assert [row.accepted for row in result.approvals] == [True]
    assert any(reason.code == "reason_approved" for reason in result.proposal.reasons)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"area_m2": 9_000.0}, "approval_too_small"),
        ({"area_m2": float("nan")}, "approval_too_small"),
        ({"area_m2": float("inf")}, "approval_too_small"),
        ({"kind": "letter_of_the_mayor"}, "approval_kind_unknown"),
        ({"number": " "}, "approval_incomplete"),
    ],
)
def test_a_proof_that_does_not_suffice_leaves_the_floor_barred_and_says_why(bench, fields, reason):
    result = road_on_farmland(bench, an_approval(**fields))
    assert conformities(result) == {"barred"}
    assert [row.reason for row in result.approvals] == [reason]


def test_a_parcel_off_the_floor_does_not_void_the_proof_of_the_road_across_it(bench):
    road = a_part(shapes.rectangle(300, 20), number=1, use=ROAD, form=Form.LINEAR)
    site = a_site(road, a_part(shapes.square(100, 400), number=2))
    farmland = {"farmland_pbf": [of_class("0101", shapes.rectangle(50, 50, 100, -10))]}
    result = bench.check(site, plans(), inside_boundary(), farmland, approvals=(an_approval(),))
    assert [(row.accepted, row.needed_u) for row in result.approvals] == [(True, layer(result, "farmland_pbf").area_u)]


def test_no_proof_opens_permanent_farmland_for_housing(bench):
    farmland = {"farmland_pbf": [of_class("0101")]}
    result = bench.check(a_site(), plans(), inside_boundary(), farmland, approvals=(an_approval(),))
    assert conformities(result) == {"barred"}
    assert [row.reason for row in result.approvals] == ["approval_use"]


def test_the_prohibited_zone_is_a_floor_and_the_other_zones_are_not(bench):
    prohibited = bench.check(a_site(), plans(), inside_boundary(), {"control_zone": [of_class("040")]})
    assert conformities(prohibited) == {"barred"}
    allowed = bench.check(a_site(), plans(), inside_boundary(), {"control_zone": [of_class("010")]})
    assert conformities(allowed) == {"conforms"}
    assert layer(allowed, "control_zone").floor_u == 0


def test_a_control_zone_whose_code_is_unknown_needs_a_decision(bench):
    result = bench.check(a_site(), plans(), inside_boundary(), {"control_zone": [of_class("099")]})
    assert conformities(result) == {"needs_decision"}
    assert dict(only_ruling(result).facts)["unknown_floor"] == "control_zone"


def test_the_rounded_edge_of_a_prohibited_zone_next_door_bars_nothing(bench):
    zones = [
        of_class("010", shapes.rectangle(100, 300, 0, -100)),
        of_class("040", shapes.rectangle(99, 300, 99.999, -100)),
    ]
    assert conformities(bench.check(a_site(), plans(), inside_boundary(), {"control_zone": zones})) == {"conforms"}


def test_a_floor_hit_below_one_square_metre_is_marked_and_leads_to_basically_conforms(bench):
    speck = {"eco_redline": [of_class("", shapes.square(0.5, 50, 0))]}
    for form in (Form.AREA, Form.LINEAR):
        result = bench.check(a_site(a_part(form=form)), plans(), inside_boundary(), speck)
        assert layer(result, "eco_redline").suspected_digitising_error
        assert result.proposal.verdict is Verdict.BASICALLY_CONFORMS


def test_a_speck_of_a_floor_fails_no_site_that_is_too_narrow_to_be_opened(bench):
    speck = {"eco_redline": [of_class("", shapes.square(0.5, 50, 0))]}
    result = bench.check(a_site(shapes.rectangle(300, 9)), plans(), inside_boundary(), speck)
    assert result.proposal.verdict is Verdict.BASICALLY_CONFORMS


def halves(gap_m: float) -> dict:
    """An urban plan of two features with a gap between them."""
    west, east = shapes.rectangle(100, 300, -50, -50), shapes.rectangle(100, 300, 50 + gap_m, -50)
    return {"urban_rural_plan": [of_class(HOUSING_PLAN, west), of_class(HOUSING_PLAN, east)]}


@pytest.mark.parametrize("form", [Form.AREA, Form.FIXED])
def test_a_gap_of_one_centimetre_in_a_plan_refuses_nothing(bench, form):
    result = bench.check(a_site(a_part(form=form)), plans("214", None), halves(0.01), inside_boundary())
    assert Conformity.REFUSED in {row.conformity for row in result.fragments if row.mismatch}
    assert result.proposal.verdict is Verdict.CONFORMS


def test_floors_that_no_layer_carries_are_listed_for_a_person_to_decide(bench):
    result = bench.check(a_site(), plans(), inside_boundary())
    papers = [row for row in result.proposal.unchecked if row.reason == "floor_without_layer"]
    assert any("约束性指标" in row.title for row in papers)
    assert not any(row.required for row in papers)
    assert result.proposal.verdict is Verdict.CONFORMS


# --- whole sites -----------------------------------------------------------------------------------------------------


def test_a_site_half_outside_the_city_is_undetermined_with_the_area(bench):
    result = bench.check(a_site(), plans(), inside_boundary(), jurisdiction=shapes.rectangle(50, 200, 0, -50))
    assert result.proposal.verdict is Verdict.UNDETERMINED
    assert result.outside_jurisdiction_u == pytest.approx(5_000 * 1e4, rel=1e-4)
    (ground,) = [row for row in result.proposal.reasons if row.code == "verdict_outside_jurisdiction"]
    assert ground.area_u == result.outside_jurisdiction_u


def test_no_use_is_undetermined(bench):
    result = bench.check(a_site(use=None), plans(), inside_boundary())
    assert conformities(result) == {"not_asked"}
    assert result.proposal.verdict is Verdict.UNDETERMINED
    assert result.proposal.reasons[0].code == "verdict_no_use"


def test_several_parts_with_several_uses_are_each_ruled_by_their_own(bench):
    site = a_site(
        a_part(shapes.square(100), number=1, use=HOUSING), a_part(shapes.square(100, 100), number=2, use=SCHOOL)
    )
    urban = {"urban_rural_plan": [of_class("R2", shapes.square(100)), of_class("A33", shapes.square(100, 100))]}
    result = bench.check(site, plans(urban=None), urban, inside_boundary())
    assert {(row.part, row.conformity.value) for row in result.fragments} == {(1, "conforms"), (2, "conforms")}
    swapped = {"urban_rural_plan": [of_class("A33", shapes.square(100)), of_class("G1", shapes.square(100, 100))]}
    result = bench.check(site, plans(urban=None), swapped, inside_boundary())
    assert {(row.part, row.conformity.value) for row in result.fragments} == {(1, "refused"), (2, "refused")}


def test_overlapping_parts_with_different_uses_need_a_decision(bench):
    site = a_site(a_part(number=1, use=HOUSING), a_part(shapes.square(100, 50), number=2, use="0702"))
    result = bench.check(site, plans(), inside_boundary())
    both = [row for row in result.fragments if row.parts == (1, 2)]
    assert [row.conformity for row in both] == [Conformity.NEEDS_DECISION]
    assert result.area_plane_u == 15_000 * 10_000


def test_a_road_across_300_m_of_basic_farmland_does_not_conform_and_has_a_crossing_table(bench):
    road = a_part(shapes.rectangle(2_000, 20, 0, 40), use=ROAD, form=Form.LINEAR)
    farmland = {"farmland_pbf": [of_class("0101", shapes.rectangle(300, 600, 700, -200), id="PBF-7")]}
    result = bench.check(a_site(road), plans(TOWN, "S1"), inside_boundary(), farmland)
    assert result.proposal.verdict is Verdict.DOES_NOT_CONFORM
    assert result.proposal.suggestion is None  # never trimmed through
    (crossing,) = result.proposal.crossings
    assert (crossing.layer, crossing.feature, crossing.conformity) == ("farmland_pbf", "PBF-7", Conformity.BARRED)
    assert crossing.from_m == pytest.approx(700, abs=12)
    assert crossing.to_m == pytest.approx(1_000, abs=12)
    assert crossing.area_u == pytest.approx(6_000 * 1e4, rel=1e-4)


def redline_corner(bench, **options):
    site = a_site(a_part(shapes.rectangle(200, 100)))
    corner = {"eco_redline": [of_class("", shapes.rectangle(15, 10, 185, 90))]}
    return bench.check(site, plans(), inside_boundary(), corner, min_area_m2=18_000.0, **options)


def test_two_hectares_with_150_m2_in_the_redline_basically_conform_with_a_suggestion_of_at_least_the_minimum(bench):
    result = redline_corner(bench)
    assert layer(result, "eco_redline").area_plane_u == 150 * 10_000
    assert result.proposal.verdict is Verdict.BASICALLY_CONFORMS
    suggestion = result.proposal.suggestion
    assert suggestion.area_u >= 18_000 * 10_000
    assert suggestion.area_u + suggestion.lost_u == result.area_u
    assert suggestion.recheck is Conformity.CONFORMS
    assert suggestion.floors_hit == ()


@pytest.mark.parametrize("angle", [17.0, 41.3, 78.9])
def test_a_suggestion_never_gains_land_by_rounding(bench, angle):
    site = shapely.affinity.rotate(shapes.square(300.00037), angle)
    corner = shapes.moved(shapes.square(8.0), *(np.array(site.exterior.coords[0]) - shapes.ORIGIN - 4.0))
    result = bench.check(a_site(site), plans(), inside_boundary(), {"eco_redline": [of_class("", corner)]})
    suggestion, floor = result.proposal.suggestion, layer(result, "eco_redline")
    assert floor.area_u - 5 <= suggestion.lost_u <= floor.area_u * 1.02  # opening may cut a tip beside it
    assert shapely.difference(suggestion.geometry, site).area < 1e-5 * site.length  # the grid along the boundary


def test_the_same_with_a_required_layer_unloaded_is_undetermined_with_the_suggestion(bench):
    result = redline_corner(bench, without=["line_purple"])
    assert result.proposal.verdict is Verdict.UNDETERMINED
    assert result.proposal.suggestion.area_u >= 18_000 * 10_000
    assert result.proposal.unchecked[0].key == "line_purple"


def test_a_layer_that_was_not_loaded_is_never_reported_clear(bench):
    result = bench.check(a_site(), plans(), inside_boundary(), without=["line_blue", "survey"])
    for key in ("line_blue", "survey"):
        assert layer(result, key).status is Status.UNCHECKED
        assert layer(result, key).unchecked_u == result.area_u
    assert result.proposal.verdict is Verdict.UNDETERMINED


def test_a_layer_that_was_not_given_is_unchecked_not_silent(bench):
    given = [row for row in bench.layers(plans() | inside_boundary()) if row.entry.key != "eco_redline"]
    rules = {"policy": city().policy, "catalogue": catalogue()}
    assert check_site(a_site(), given, **rules).proposal.verdict is Verdict.UNDETERMINED
    nothing = check_site(a_site(), [], **rules)
    assert {row.status for row in nothing.layers} == {Status.UNCHECKED}
    assert only_ruling(nothing).outcome is Outcome.COORDINATE


# --- whom to ask -----------------------------------------------------------------------------------------------------


def test_every_unit_with_a_duty_is_asked_on_every_project_and_a_hit_removes_none(bench):
    clean = bench.check(a_site(), plans(), inside_boundary())
    asked = {row.department for row in clean.referrals}
    assert {"development_reform", "ecology", "urban_management", "water", "forestry", "heritage", "parks"} <= asked
    hit = bench.check(a_site(), plans(), inside_boundary(), {"line_purple": [of_class("", name="商城遗址")]})
    assert asked <= {row.department for row in hit.referrals}
    heritage = next(row for row in hit.referrals if row.department == "heritage")
    assert any(reason.features == ("商城遗址",) for reason in heritage.reasons)


def test_security_secrecy_and_garrison_are_asked_by_letter_and_told_nothing(bench):
    result = bench.check(a_site(), plans(), inside_boundary(), {"line_purple": [of_class("", name="商城遗址")]})
    letters = [row for row in result.referrals if row.by.value == "letter"]
    assert {row.department for row in letters} == {"security", "secrecy", "garrison"}
    assert all(reason.features == () for row in letters for reason in row.reasons)


def test_an_unchecked_layer_refers_to_its_steward(bench):
    result = bench.check(a_site(), plans(), inside_boundary(), without=["line_purple"])
    steward = next(row for row in result.referrals if row.department == "heritage")
    assert any(reason.about == "line_purple" for reason in steward.reasons)


def test_a_school_also_asks_the_education_bureau(bench):
    result = bench.check(a_site(use=SCHOOL), plans(TOWN, SCHOOL_PLAN), inside_boundary())
    assert any(row.department == "education" and row.by.value == "subject" for row in result.referrals)


# --- a city without a basis ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["jiaozuo", "foshan"])
def test_a_city_without_a_basis_gets_overlaps_and_no_ruling(tmp_path, name):
    result = Bench(tmp_path, name).check(a_site(), plans(), {"eco_redline": [of_class("")]})
    assert only_ruling(result).outcome is Outcome.NO_LOCAL_BASIS
    assert result.proposal.verdict is Verdict.UNDETERMINED
    assert layer(result, "eco_redline").status is Status.HIT
    assert [row.effect for row in only_ruling(result).floors] == [Effect.BARS]
    assert not any("郑政办" in clause for fragment in result.fragments for clause in fragment.ruling.clauses)


def test_the_only_candidate_forbidding_is_refused_where_every_plan_could_be_read(bench):
    silent_new_plan = {"territorial_plan": [of_class("05", shapes.square(9, 900))]}
    ruling = only_ruling(bench.check(a_site(), plans(PLAN_FOREST, None), silent_new_plan))
    assert (ruling.outcome, ruling.conformity) == (Outcome.COORDINATE, Conformity.REFUSED)


def test_a_plan_that_cannot_be_read_is_never_taken_to_forbid(bench):
    ruling = only_ruling(bench.check(a_site(), plans(PLAN_FOREST, "ZZ9")))
    assert (ruling.outcome, ruling.conformity) == (Outcome.COORDINATE, Conformity.NEEDS_DECISION)


def test_an_approval_for_a_floor_that_is_not_occupied_is_not_needed(bench):
    result = bench.check(a_site(), plans(), inside_boundary(), approvals=(an_approval(),))
    assert [(row.accepted, row.reason) for row in result.approvals] == [(False, "approval_not_needed")]


def test_a_suspected_digitising_error_is_verified_and_nothing_trimmed_for_it(bench):
    speck = {"eco_redline": [of_class("", shapes.square(0.5, 50, 0))]}
    assert bench.check(a_site(), plans(), inside_boundary(), speck).proposal.suggestion is None


def test_one_id_for_two_features_that_differ_is_refused_not_chosen_between(bench):
    zones = [of_class("040", shapes.square(50), id="Z1"), of_class("010", shapes.square(50, 50), id="Z1")]
    with pytest.raises(SnapshotDamaged):
        bench.check(a_site(), plans(), {"control_zone": zones})


def test_a_zone_that_binds_nothing_is_no_crossing(bench):
    road = a_part(shapes.rectangle(2_000, 20, 0, 40), use=ROAD, form=Form.LINEAR)
    result = bench.check(a_site(road), plans(TOWN, "S1"), inside_boundary(), {"control_zone": [of_class("010")]})
    assert result.proposal.crossings == ()
