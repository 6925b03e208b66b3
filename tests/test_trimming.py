"""What trimming leaves: bounded at once, drawn when asked, and the same verdict either way (check.md §7)."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub import trimming as module
from spatialhub.catalogue import SpeaksFor
from spatialhub.looking import CheckOptions, Question, look
from spatialhub.precedence.model import Basis, Cited, Conformity, Outcome, Plan, Rule, Verdict
from spatialhub.precedence.verdict import Case, Weighed, propose
from spatialhub.proposing import proposal_for
from spatialhub.spatial.model import Form
from spatialhub.trimming import Trimming
from tests import shapes
from tests.builders import FOREST, HOUSING, PARK, a_catalogue, a_floor, a_layer, a_part, a_plan, a_policy, a_site
from tests.worlds import AREAS_M2, world

FLOOR, PLAN = a_floor("eco_redline"), a_plan("urban_rural_plan", SpeaksFor.URBAN_RURAL_PLAN, tessellates=True)
POLICY = a_policy(
    rules=(
        Rule("B", Outcome.PREVAILS, "clause B", Basis.CLAUSE, "", plan=Plan.URBAN_RURAL, all=("urban_rural.class",)),
        Rule("Z", Outcome.COORDINATE, "", Basis.BUREAU, ""),
    )
)


def asked(layers, policy=POLICY, **options) -> Question:
    return Question.of(layers, policy, a_catalogue([FLOOR, PLAN]), None, CheckOptions(**options))


def a_question_in_a_world(folder, seed, area_m2, *, floors, forms, share):
    """A site, in two overlapping parts where two forms are given, with some floors and a tessellating plan over it."""
    found = world(seed, area_m2)
    cells = enumerate(found.layers["tessellation"])
    layers = [
        a_layer(folder, FLOOR, [*found.layers["blobs"], *found.layers["strips"]][:floors]),
        a_layer(folder, PLAN, [(cell, {"class": (HOUSING, HOUSING, PARK, FOREST)[i % 4]}) for i, cell in cells]),
    ]
    moved = shapes.moved(found.site, area_m2**0.5 / 3, 0.0)
    outlines = [found.site, shapes.to_millimetre(moved)][: len(forms)]
    parts = [a_part(outlines[i], number=i + 1, form=form) for i, form in enumerate(forms)]
    return a_site(*parts), asked(layers, replace(POLICY, min_kept_share=Cited(share, "", Basis.BUREAU)))


WORLDS = {
    "seed": st.integers(0, 2**32 - 1),
    "area_m2": st.sampled_from(AREAS_M2),
    "floors": st.integers(0, 3),
    "forms": st.sampled_from([(Form.AREA,), (Form.AREA,), (Form.AREA, Form.FIXED), (Form.AREA, Form.AREA)]),
    "share": st.sampled_from([0.0, 0.3, 0.7, 0.99]),
}


@given(**WORLDS)
def test_no_more_is_left_than_may_be(tmp_path_factory, **given_world):
    site, question = a_question_in_a_world(tmp_path_factory.mktemp("world"), **given_world)
    trimming = Trimming(look(site, question), question)
    assert trimming.kept_u <= trimming.at_most_u
    if not trimming.needed:
        assert trimming.kept_u == trimming.at_most_u


@given(**WORLDS)
def test_verdict_and_reasons_are_those_of_every_fragment_weighed_and_the_outline_drawn_first(
    tmp_path_factory, **given_world
):
    site, question = a_question_in_a_world(tmp_path_factory.mktemp("world"), **given_world)
    looked = look(site, question)
    drawn = Trimming(looked, question)
    case = Case(one_by_one(looked), looked.overlay.area_u, drawn.kept_u, outside_u=looked.overlay.outside_u)
    verdict, grounds = propose(case, question.policy)
    proposal = proposal_for(looked, question)
    assert proposal.verdict is verdict
    told = [(row.code, row.clause, row.area_u) for row in proposal.reasons]
    assert told[: len(grounds)] == [(row.code, row.clause, row.area_u) for row in grounds]
    suggestion = None if verdict is Verdict.DOES_NOT_CONFORM else drawn.suggestion()
    assert (proposal.suggestion is None) is (suggestion is None)
    if suggestion is not None and proposal.suggestion is not None:
        assert proposal.suggestion.geometry.wkb == suggestion.geometry.wkb
        assert (proposal.suggestion.area_u, proposal.suggestion.lost_u) == (suggestion.area_u, suggestion.lost_u)


def one_by_one(looked) -> tuple[Weighed, ...]:
    """Fragments weighed as check.md says, nothing counted together."""
    keys = looked.evidence.standing.keys
    errors = {key for key, error in zip(keys, looked.overlay.layers.suspected.tolist(), strict=True) if error}
    groups = [looked.judged.groups[number] for number in looked.judged.alike.tolist()]
    return tuple(
        Weighed(
            row.ruling.conformity,
            units,
            all(part.form is Form.AREA for part in row.ruling.setting.parts),
            row.ruling.conformity is Conformity.BARRED and bool(row.ruling.bars) and row.ruling.bars <= errors,
            row.mismatch and not row.ruling.conflicts,
        )
        for row, units in zip(groups, looked.overlay.fragment_u.tolist(), strict=True)
    )


@pytest.fixture
def counted(monkeypatch):
    """How often an outline was drawn."""
    drawn = []
    plain = module.suggested
    monkeypatch.setattr(module, "suggested", lambda *args, **kwargs: drawn.append(1) or plain(*args, **kwargs))
    return drawn


def half_barred(folder, **options):
    site = a_site(shapes.square(100.0))
    question = asked([a_layer(folder, FLOOR, [shapes.rectangle(50.0, 100.0)]), a_layer(folder, PLAN, [])], **options)
    return look(site, question), question


def test_what_cannot_conform_with_all_that_may_stay_is_not_drawn_until_its_reasons_are_read(tmp_path, counted):
    proposal = proposal_for(*half_barred(tmp_path))
    assert proposal.verdict is Verdict.DOES_NOT_CONFORM
    assert proposal.suggestion is None
    assert not counted
    below = proposal.reasons[0]
    assert (below.code, below.area_u) == ("verdict_below_minimum", pytest.approx(5_000 * 10_000, rel=1e-3))
    assert len(counted) == 1


def test_where_what_is_left_decides_it_is_drawn_at_once_and_once(tmp_path, counted):
    proposal = proposal_for(*half_barred(tmp_path, min_area_m2=4_000.0))
    assert len(counted) == 1
    assert proposal.verdict is Verdict.BASICALLY_CONFORMS
    assert proposal.suggestion is not None
    assert proposal.suggestion.geometry.equals(shapely.box(*shapes.rectangle(50.0, 100.0, 50.0).bounds))
    assert proposal.reasons[0].code == "verdict_trimmed"
    assert len(counted) == 1


def test_an_outline_that_opening_leaves_too_small_does_not_conform(tmp_path):
    """All that may stay is enough, but it is too narrow to be built on."""
    strips = [shapes.rectangle(6.0, 100.0, x) for x in range(0, 20, 10)]
    site = a_site(shapes.square(100.0))
    question = asked([a_layer(tmp_path, FLOOR, strips), a_layer(tmp_path, PLAN, [])], min_area_m2=8_500.0)
    trimming = Trimming(look(site, question), question)
    assert trimming.at_most_u > 8_500 * 10_000 > trimming.kept_u
    assert proposal_for(look(site, question), question).verdict is Verdict.DOES_NOT_CONFORM
