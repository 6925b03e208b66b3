"""The sample sites together show every kind of finding that a check can make."""

from __future__ import annotations

from spatialhub.catalogue import Effect
from spatialhub.demo.sites import site
from spatialhub.findings import Status
from spatialhub.precedence.model import AskedBy, Conformity, Outcome, Plan, Verdict
from tests.demo.test_sites import results  # noqa: F401 - the fixture


def fragments(results):  # noqa: F811
    return [fragment for result in results.values() for fragment in result.fragments]


def test_every_status_conformity_outcome_effect_and_verdict_is_shown(results):  # noqa: F811
    rulings = [fragment.ruling for fragment in fragments(results)]
    assert {layer.status for result in results.values() for layer in result.layers} == set(Status)
    assert {ruling.conformity for ruling in rulings} == set(Conformity)
    assert {ruling.outcome for ruling in rulings} == set(Outcome) - {Outcome.NO_LOCAL_BASIS}
    assert {row.effect for ruling in rulings for row in (*ruling.floors, *ruling.constraints)} == set(Effect)
    assert {result.proposal.verdict for result in results.values()} == set(Verdict)
    assert {row.by for result in results.values() for row in result.referrals} == set(AskedBy)
    plans = {ruling.plan for ruling in rulings}
    assert {Plan.BLUEPRINT, Plan.TERRITORIAL, Plan.URBAN_RURAL} <= plans


def test_suggestions_crossings_approvals_discrepancies_and_trifles_are_shown(results):  # noqa: F811
    found = results.values()
    assert any(result.proposal.suggestion for result in found)
    assert any(result.proposal.crossings for result in found)
    assert [row.accepted for row in results["approved_road"].approvals] == [True]
    kinds = {row.kind for result in found for row in result.discrepancies}
    assert "two_floors" in kinds
    assert any(layer.suspected_digitising_error for layer in results["hairline"].layers)
    assert any(result.outside_jurisdiction_u for result in found)


def test_the_hairline_site_has_a_trace_a_neighbour_and_a_suspected_error(results):  # noqa: F811
    status = {layer.key: layer.status for layer in results["hairline"].layers}
    assert (status["eco_redline"], status["heritage_control"], status["power_corridor"]) == ("hit", "trace", "adjacent")


def test_an_existing_right_is_coordinated_and_never_refused(results):  # noqa: F811
    conformity = {
        dict(fragment.ruling.facts).get("existing_right", ""): fragment.conformity
        for fragment in results["granted_land"].fragments
    }
    assert conformity == {"": Conformity.CONFORMS, "existing_right": Conformity.NEEDS_DECISION}


def test_a_site_by_the_lake_asks_everyone_it_concerns(results):  # noqa: F811
    asked = {row.department for row in results["lakeside_park"].referrals if any(r.features for r in row.reasons)}
    assert asked >= {"forestry", "ecology", "water", "power", "heating", "parks"}


def test_two_uses_on_one_place_are_for_people_to_decide(results):  # noqa: F811
    both = [row for row in results["two_uses"].fragments if len(row.parts) == 2]
    assert sum(row.area_plane_u for row in both) == 800 * 10_000
    assert {row.conformity for row in both} == {Conformity.NEEDS_DECISION}


def test_the_blueprint_governs_where_it_is_in_force(results):  # noqa: F811
    assert {row.ruling.plan for row in results["blueprint_square"].fragments} == {Plan.BLUEPRINT}


def test_the_building_heights_of_a_sample_reach_the_site(results):  # noqa: F811
    assert site("station_garden").parts[0].max_height_m == 12.0
    assert results["station_garden"].parts[0].part.max_height_m == 12.0
