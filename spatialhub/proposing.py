"""The proposal: what was found weighed to a verdict, with its reasons and a suggestion (check.md §7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from spatialhub.catalogue import Catalogue
from spatialhub.crossings import crossings
from spatialhub.findings import Proposal, Reason, Unchecked
from spatialhub.listed import Rows
from spatialhub.looking import Looked, Question
from spatialhub.messages import say
from spatialhub.precedence.engine import clause_of
from spatialhub.precedence.model import Verdict
from spatialhub.precedence.verdict import Case, Ground, propose
from spatialhub.trimming import Trimming


def proposal_for(looked: Looked, question: Question) -> Proposal:
    """Weigh what was found: the verdict, and a suggestion where something must be trimmed; reasons are listed when they
    are read."""
    trimming = Trimming(looked, question)
    case = _case(looked, question, trimming)
    verdict, _ = propose(case, question.policy)
    # What does not conform with the most that may be left, does not with what is: then nobody need draw it.
    if trimming.needed and verdict is not Verdict.DOES_NOT_CONFORM:
        verdict, _ = propose(replace(case, kept_u=trimming.kept_u), question.policy)
    return Proposal(
        verdict=verdict,
        reasons=Rows(partial(_reasons, looked, question, case, trimming)),
        suggestion=None if verdict is Verdict.DOES_NOT_CONFORM else trimming.suggestion(),
        unchecked=Rows(partial(_unchecked, looked, question)),
        crossings=Rows(partial(crossings, looked, question.catalogue)),
    )


def _case(looked: Looked, question: Question, trimming: Trimming) -> Case:
    """What the verdict depends on, with the most that may be left."""
    unchecked = _unchecked_layers(looked, question, required=True)
    return Case(
        fragments=trimming.weighed.rows,
        site_u=looked.overlay.area_u,
        kept_u=trimming.at_most_u,
        stated_minimum_m2=question.options.min_area_m2,
        required_unchecked=tuple((row.title, row.area_u) for row in unchecked),
        outside_u=looked.overlay.outside_u,
        use_missing=any(part.use is None for part in looked.site.parts),
    )


def _reasons(looked: Looked, question: Question, case: Case, trimming: Trimming) -> Iterator[Reason]:
    """What decided, with what is left after trimming; then what bars or refuses, layer by layer."""
    _, grounds = propose(replace(case, kept_u=trimming.kept_u), question.policy)
    yield from (_reason(row) for row in grounds)
    yield from _constraint_reasons(looked, question.catalogue)


def _reason(ground: Ground) -> Reason:
    return Reason(ground.code, say(ground.code, "zh", **dict(ground.params)), ground.clause, ground.area_u)


def _constraint_reasons(looked: Looked, catalogue: Catalogue) -> list[Reason]:
    """The plain list an official reads first."""
    area: dict[tuple[str, str, str], int] = {}
    for row in looked.judged.groups:
        for key in row.ruling.told:
            area[key] = area.get(key, 0) + row.area_u
    order = ("reason_bars", "reason_approved", "reason_conflicts")
    return [
        Reason(code, say(code, "zh", layer=catalogue.entry(layer).title_zh), clause, units)
        for (code, layer, clause), units in sorted(area.items(), key=lambda row: (order.index(row[0][0]), row[0]))
    ]


def _unchecked(looked: Looked, question: Question) -> list[Unchecked]:
    """Layers that could not answer somewhere, required ones first, and floors that no layer carries."""
    layers = (row for required in (True, False) for row in _unchecked_layers(looked, question, required=required))
    floors = question.policy.paper_floors
    return [*layers, *(Unchecked(row.key, row.title, "floor_without_layer", row.clause, False) for row in floors)]


def _unchecked_layers(looked: Looked, question: Question, *, required: bool) -> list[Unchecked]:
    rows = []
    for layer, units in enumerate(looked.overlay.layers.unchecked_u.tolist()):
        pinned = question.standing.layers[layer]
        if units and pinned.entry.required is required:
            clause, reason = clause_of(pinned.entry, question.policy), pinned.reason or "outside_coverage"
            rows.append(Unchecked(pinned.entry.key, pinned.entry.title_zh, reason, clause, required, units))
    return rows
