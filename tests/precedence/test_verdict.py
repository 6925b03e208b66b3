"""The proposal, each line of check.md §7 in order: the first that matches wins."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from spatialhub.precedence.model import Basis, Cited, Conformity, Outcome, Rule, Verdict
from spatialhub.precedence.verdict import Case, Weighed, propose
from tests.builders import a_policy

HECTARE = 10_000 * 10_000
POLICY = a_policy(rules=(Rule("Z", Outcome.COORDINATE, "", Basis.BUREAU, ""),))
CLEAN = Case(fragments=(Weighed(Conformity.CONFORMS, HECTARE),), site_u=HECTARE, kept_u=HECTARE)


def weighed(conformity: Conformity, area_u: int = 100 * 10_000, **fields) -> Weighed:
    return Weighed(conformity, area_u, **fields)


def with_fragment(*rows: Weighed, kept_u: int = HECTARE, **fields) -> Case:
    return replace(CLEAN, fragments=(*CLEAN.fragments, *rows), kept_u=kept_u, **fields)


def verdict(case: Case, policy=POLICY) -> tuple[Verdict, list[str]]:
    found, grounds = propose(case, policy)
    return found, [ground.code for ground in grounds]


def test_a_clean_site_conforms():
    assert verdict(CLEAN) == (Verdict.CONFORMS, ["verdict_all_conform"])


def test_line_1_too_little_is_kept_by_the_bureaus_share():
    case = with_fragment(weighed(Conformity.BARRED), kept_u=int(0.69 * HECTARE))
    found, codes = verdict(case)
    assert found is Verdict.DOES_NOT_CONFORM
    assert codes[0] == "verdict_below_minimum"
    assert propose(case, POLICY)[1][0].clause == "本局自定（非条文规定）"


def test_line_1_the_projects_own_minimum_counts_where_it_is_given():
    enough = with_fragment(weighed(Conformity.REFUSED), kept_u=int(0.6 * HECTARE), stated_minimum_m2=5_000)
    assert verdict(enough)[0] is Verdict.BASICALLY_CONFORMS
    assert verdict(replace(enough, stated_minimum_m2=6_001))[0] is Verdict.DOES_NOT_CONFORM


def test_line_1_a_linear_or_fixed_part_cannot_be_trimmed():
    for conformity in (Conformity.BARRED, Conformity.REFUSED):
        found, codes = verdict(with_fragment(weighed(conformity, trimmable=False)))
        assert (found, codes) == (Verdict.DOES_NOT_CONFORM, ["verdict_not_trimmable"])


def test_line_1_stands_even_where_other_layers_are_unchecked_and_lists_them():
    case = with_fragment(weighed(Conformity.BARRED, trimmable=False), required_unchecked=(("三调地类图斑", HECTARE),))
    found, codes = verdict(case)
    assert found is Verdict.DOES_NOT_CONFORM
    assert "verdict_required_unchecked" in codes


def test_line_2_a_required_layer_unchecked_anywhere_leaves_it_undetermined():
    assert verdict(replace(CLEAN, required_unchecked=(("生态保护红线", 1),)))[0] is Verdict.UNDETERMINED


def test_line_2_a_part_outside_the_jurisdiction_leaves_it_undetermined_with_the_area():
    found, grounds = propose(replace(CLEAN, outside_u=123), POLICY)
    assert found is Verdict.UNDETERMINED
    assert grounds[0].area_u == 123


def test_line_2_no_use_leaves_it_undetermined():
    assert verdict(replace(CLEAN, use_missing=True)) == (Verdict.UNDETERMINED, ["verdict_no_use"])


def test_line_2_a_city_without_a_basis_leaves_it_undetermined():
    assert verdict(CLEAN, a_policy()) == (Verdict.UNDETERMINED, ["verdict_no_basis"])


def test_line_2_comes_before_line_3():
    case = with_fragment(weighed(Conformity.BARRED), kept_u=HECTARE - 10_000, outside_u=5)
    assert verdict(case)[0] is Verdict.UNDETERMINED


def test_line_3_anything_trimmed_conditional_or_to_decide_basically_conforms():
    for conformity in (Conformity.BARRED, Conformity.REFUSED, Conformity.CONDITIONAL, Conformity.NEEDS_DECISION):
        assert verdict(with_fragment(weighed(conformity)))[0] is Verdict.BASICALLY_CONFORMS


def test_line_3_a_floor_hit_that_is_only_a_suspected_digitising_error_leads_here_even_for_a_road():
    error = weighed(Conformity.BARRED, 5_000, trimmable=False, digitising_error=True)
    assert verdict(with_fragment(error)) == (Verdict.BASICALLY_CONFORMS, ["verdict_digitising_error"])


def test_line_3_a_site_too_narrow_to_be_opened_does_not_fail_for_a_suspected_digitising_error():
    error = weighed(Conformity.BARRED, 5_000, digitising_error=True)
    assert verdict(with_fragment(error, kept_u=0)) == (Verdict.BASICALLY_CONFORMS, ["verdict_digitising_error"])
    both = with_fragment(error, weighed(Conformity.REFUSED), kept_u=0)
    assert verdict(both)[0] is Verdict.DOES_NOT_CONFORM


def test_a_mismatch_thinner_than_two_centimetres_decides_nothing():
    assert verdict(with_fragment(weighed(Conformity.NEEDS_DECISION, 50, mismatch=True)))[0] is Verdict.CONFORMS
    assert (
        verdict(with_fragment(weighed(Conformity.REFUSED, 50, mismatch=True, trimmable=False)))[0] is Verdict.CONFORMS
    )


def test_a_floor_counts_on_a_mismatch_too():
    barred = weighed(Conformity.BARRED, 50, mismatch=True, trimmable=False)
    assert verdict(with_fragment(barred))[0] is Verdict.DOES_NOT_CONFORM


def test_thresholds_are_policy_not_code():
    strict = replace(POLICY, min_kept_share=Cited(0.99, "", Basis.BUREAU))
    case = with_fragment(weighed(Conformity.REFUSED), kept_u=int(0.98 * HECTARE))
    assert verdict(case, strict)[0] is Verdict.DOES_NOT_CONFORM
    assert verdict(case)[0] is Verdict.BASICALLY_CONFORMS


FRAGMENTS = st.lists(
    st.builds(
        Weighed, st.sampled_from(Conformity), st.integers(0, HECTARE), st.booleans(), st.booleans(), st.booleans()
    ),
    max_size=6,
)
MINIMUM = st.sampled_from([None, 0.0, 3_000.0, 9_999.0])


@given(FRAGMENTS, st.integers(0, HECTARE), st.integers(0, HECTARE), MINIMUM, st.sampled_from([0, 7]))
def test_less_kept_is_never_better(rows, kept_u, less_u, minimum_m2, outside_u):
    case = Case(tuple(rows), HECTARE, kept_u, stated_minimum_m2=minimum_m2, outside_u=outside_u)
    for policy in (POLICY, a_policy()):
        if verdict(case, policy)[0] is Verdict.DOES_NOT_CONFORM:
            assert verdict(replace(case, kept_u=min(kept_u, less_u)), policy)[0] is Verdict.DOES_NOT_CONFORM


@given(FRAGMENTS, st.integers(0, HECTARE))
def test_fragments_that_weigh_alike_may_be_counted_together(rows, kept_u):
    together: dict[Weighed, int] = {}
    for row in rows:
        kind = replace(row, area_u=0)
        together[kind] = together.get(kind, 0) + row.area_u
    counted = tuple(replace(kind, area_u=units) for kind, units in together.items())
    assert propose(Case(counted, HECTARE, kept_u), POLICY) == propose(Case(tuple(rows), HECTARE, kept_u), POLICY)
