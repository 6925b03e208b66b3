"""What is hashed is the canonical JSON of `hashed_value`, though its long lists are written straight."""

from __future__ import annotations

from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.catalogue import Effect, SpeaksFor
from spatialhub.check import check_site
from spatialhub.findings import FeatureHit, Status
from spatialhub.listed import Records
from spatialhub.precedence.model import AskedBy, Conformity, Constraint, PartTraits, Referral, ReferralReason
from spatialhub.precedence.rulebook import Filled, Setting, Template
from spatialhub.result import CheckResult, hashed_text, hashed_value
from tests import shapes
from tests.builders import (
    HOUSING,
    a_catalogue,
    a_floor,
    a_layer,
    a_plan,
    a_policy_with_basis,
    a_site,
    an_entry,
    not_loaded,
)
from tests.results import WHOLE_U, a_result, a_ruling

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
UNITS = st.integers(0, 2 * WHOLE_U)
IDS = st.text('ab"\\\n一\U00020000', max_size=3)
LAYERS = st.sampled_from(["eco_redline", "farmland_pbf", "line_green"])
VALUES = st.none() | st.booleans() | TEXT | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False)
ATTRIBUTES = st.dictionaries(TEXT, VALUES, max_size=4)
HITS = st.builds(FeatureHit, TEXT, TEXT, ATTRIBUTES, UNITS, UNITS, TEXT, TEXT)
EFFECTS = st.sampled_from(Effect)


def canonical(result: CheckResult) -> bytes:
    """What the standard's own program writes."""
    return rfc8785.dumps(hashed_value(result))


@given(st.lists(HITS, max_size=3), UNITS, UNITS, st.sampled_from(Status), TEXT, st.booleans())
def test_layers_are_written_as_the_standard_says(hits, area_u, unchecked_u, status, said, flag):
    layer = replace(
        a_result().layers[0],
        features=tuple(hits),
        area_u=area_u,
        unchecked_u=unchecked_u,
        status=status,
        title=said,
        reason=said,
        departments=(said, said),
        required=flag,
        suspected_digitising_error=flag,
    )
    result = a_result(layers=(layer, *a_result().layers))
    assert hashed_text(result) == canonical(result)


@given(st.lists(HITS, max_size=3))
def test_features_not_yet_made_are_written_as_those_that_are(hits):
    values = [
        (hit.id, hit.name, hit.attributes, hit.area_u, hit.area_plane_u, hit.class_code, hit.class_name, 0)
        for hit in hits
    ]
    first, *others = a_result().layers
    rows = Records(lambda: values, lambda row: FeatureHit(*row[:7]))
    made, kept = (a_result(layers=(replace(first, features=one), *others)) for one in (tuple(hits), rows))
    assert hashed_text(kept) == hashed_text(made) == canonical(made)


@st.composite
def filled(draw) -> Filled:
    """A ruling with slots, and ids to fill them."""
    ids = draw(st.lists(IDS, max_size=5))
    slots = [str(number) for number in range(len(ids))]
    rows = [Constraint(draw(LAYERS), slot, draw(EFFECTS), draw(TEXT), draw(TEXT)) for slot in slots]
    cut = draw(st.integers(0, len(rows)))
    ruling = a_ruling(
        conformity=draw(st.sampled_from(Conformity)),
        floors=tuple(rows[:cut]),
        constraints=tuple(rows[cut:]),
        candidates=tuple(replace(row, feature="/".join(slots)) for row in a_ruling().candidates),
        consult=tuple(draw(st.lists(TEXT, max_size=2))),
        facts=tuple(
            (word, word) for word in draw(st.lists(st.sampled_from(["floor", "依据", "a"]), max_size=2, unique=True))
        ),
    )
    return Filled(Template(Setting((PartTraits(1, None),)), ruling), ids)


@given(filled(), st.lists(st.tuples(LAYERS, IDS), max_size=4), UNITS, st.booleans(), st.lists(LAYERS, max_size=2))
def test_rulings_whose_features_are_not_yet_put_in_are_written_as_those_with_them(given_, covers, area_u, flag, layers):
    fragment = replace(
        a_result().fragments[0],
        ruling=given_,
        covers=tuple(covers),
        area_u=area_u,
        mismatch=flag,
        outside_jurisdiction=not flag,
        unchecked=tuple(layers),
        parts=(1, 2),
    )
    kept = a_result(fragments=(fragment, *a_result().fragments))
    text = hashed_text(kept)
    assert fragment.given_ruling is given_
    made = a_result(fragments=(replace(fragment, ruling=given_()), *a_result().fragments))
    assert text == hashed_text(made) == canonical(made)


REASONS = st.builds(ReferralReason, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=2).map(tuple))


@given(st.lists(st.builds(Referral, TEXT, TEXT, st.sampled_from(AskedBy), st.lists(REASONS, max_size=3).map(tuple))))
def test_referrals_are_written_as_the_standard_says(referrals):
    result = a_result(referrals=tuple(referrals))
    assert hashed_text(result) == canonical(result)


@pytest.mark.parametrize("change", [{"fragments": ()}, {"layers": ()}, {"name": "\U00020000"}, {"area_u": 0}])
def test_results_without_a_list_and_with_odd_values(change):
    assert hashed_text(a_result(**change)) == canonical(a_result(**change))


@pytest.mark.parametrize("change", [{"name": "\ud800"}, {"area_u": 2**53}, {"bounds": (float("nan"),) * 4}])
def test_what_json_cannot_hold_is_refused(change):
    with pytest.raises(rfc8785.CanonicalizationError):
        hashed_text(a_result(**change))


def test_half_a_surrogate_pair_in_a_list_is_refused():
    hit = FeatureHit("\ud800", "", {}, 1, 1)
    first, *others = a_result().layers
    with pytest.raises(rfc8785.CanonicalizationError):
        hashed_text(a_result(layers=(replace(first, features=(hit,)), *others)))


@pytest.mark.parametrize("shape", ["multipart", "with hole", "island in its hole", "corridor", "comb"])
def test_a_real_check_is_written_as_the_standard_says(tmp_path, shape):
    plans = [a_plan("master", SpeaksFor.URBAN_RURAL_PLAN), a_plan("land", SpeaksFor.LAND_USE_PLAN)]
    cell = {"class": HOUSING, "reserved_for": "学校"}
    parcels = [(parcel, cell) for parcel in shapes.parcels(4, 4, 55.0, -10.0, -10.0)]
    floors = [(shapes.disc(60.0), {"level": 1.5}), (shapes.disc(50.0), {"level": None})]
    layers = [
        a_layer(tmp_path, a_floor(), floors),
        a_layer(tmp_path, an_entry("line_green"), [shapes.star()], coverage=shapes.square(150.0)),
        *[a_layer(tmp_path, plan, parcels) for plan in plans],
        not_loaded(an_entry("survey", required=True)),
    ]
    site, catalogue = a_site(shapes.ZOO[shape]), a_catalogue(layers)
    checked = [check_site(site, layers, policy=a_policy_with_basis(), catalogue=catalogue) for _ in range(2)]
    text = hashed_text(checked[0])
    assert text == canonical(checked[1])  # which made every row
    assert text == hashed_text(checked[1])
