"""The proposal: what was found weighed to a verdict, with its reasons and a suggestion (check.md §7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from spatialhub.catalogue import Catalogue
from spatialhub.crossings import crossings
from spatialhub.findings import Proposal, Reason, Unchecked
from spatialhub.listed import Rows
from spatialhub.looking import Looked, Question
from spatialhub.messages import say
from spatialhub.precedence.engine import clause_of
from spatialhub.precedence.model import Verdict
from spatialhub.precedence.verdict import Case, Ground, propose
from spatialhub.remembered import ByIdentity
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
    unchecked_u = looked.overlay.layers.unchecked_u.tolist()
    required = [row for row in _silent_of(question) if row.required and unchecked_u[row.layer]]
    return Case(
        fragments=trimming.weighed.rows,
        site_u=looked.overlay.area_u,
        kept_u=trimming.at_most_u,
        stated_minimum_m2=question.options.min_area_m2,
        required_unchecked=tuple([(row.title, unchecked_u[row.layer]) for row in required]),
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
    unchecked_u = looked.overlay.layers.unchecked_u.tolist()
    layers = [row.over(unchecked_u[row.layer]) for row in _silent_of(question) if unchecked_u[row.layer]]
    floors = question.policy.paper_floors
    return [*layers, *(Unchecked(row.key, row.title, "floor_without_layer", row.clause, False) for row in floors)]


class _Silent(NamedTuple):
    """What is said of a layer, by its number, where it cannot answer."""

    layer: int
    key: str
    title: str
    reason: str
    clause: str
    required: bool

    def over(self, area_u: int) -> Unchecked:
        return Unchecked(self.key, self.title, self.reason, self.clause, self.required, area_u)


_silent: ByIdentity[list[_Silent]] = ByIdentity(most=8)


def _silent_of(question: Question) -> list[_Silent]:
    """All layers, required ones first: the same on every site."""
    return _silent.of((question.standing, question.policy), lambda: _listed(question))


def _listed(question: Question) -> list[_Silent]:
    rows = []
    for layer, pinned in enumerate(question.standing.layers):
        entry, reason = pinned.entry, pinned.reason or "outside_coverage"
        clause = clause_of(entry, question.policy)
        rows.append(_Silent(layer, entry.key, entry.title_zh, reason, clause, entry.required))
    return sorted(rows, key=lambda row: not row.required)
