"""Whom to ask and why (Z1-07, Z1-21, X-07). Pure.

Every unit with a duty is asked on every project; a hit adds departments and pre-fills, and never removes one; an
unchecked layer refers to its steward; security, secrecy and garrison are asked by letter, always, without a word on
what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from spatialhub.catalogue import Catalogue, matches
from spatialhub.listed import Rows
from spatialhub.precedence.model import AskedBy, CheckPolicy, Referral, ReferralReason
from spatialhub.remembered import ByIdentity

_ORDER = (AskedBy.DUTY, AskedBy.HIT, AskedBy.SUBJECT, AskedBy.STEWARD, AskedBy.LETTER)
_MOST_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """What layers found, as far as departments are concerned: keys of all `layers` in their order, of those that `hit`
    with names or ids of their features, of those `unchecked` anywhere."""

    layers: tuple[str, ...]
    hit: Mapping[str, Sequence[str]]
    unchecked: frozenset[str] = frozenset()


# Whom to ask depends on which layers hit and which uses are asked for; only the features differ from site to site.
_Question: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], frozenset[str], tuple[str, ...]]
_asked: ByIdentity[dict[_Question, tuple[Referral, ...]]] = ByIdentity(most=8)


def refer(found: Found, uses: Iterable[str], catalogue: Catalogue, policy: CheckPolicy) -> Rows[Referral]:
    """Return one referral per department, in the order duty, hit, subject, steward, letter; whom to ask and why is
    known at once, the features of each layer are put in when they are read.

    Raises
    ------
    UnknownLayer
        A layer is not in the catalogue.
    """
    known = _asked.of((catalogue, policy), dict, stale=lambda kept: len(kept) > _MOST_KEPT)
    question = (found.layers, tuple(found.hit), found.unchecked, tuple(uses))
    referrals = known.get(question)
    if referrals is None:
        referrals = known[question] = _refer(question, catalogue, policy)
    return Rows(partial(_with_all_features, referrals, found.hit))


def _with_all_features(referrals: Iterable[Referral], hit: Mapping[str, Sequence[str]]) -> Iterator[Referral]:
    return (_with_features(row, hit) if row.by is not AskedBy.LETTER else row for row in referrals)


def _with_features(referral: Referral, hit: Mapping[str, Sequence[str]]) -> Referral:
    if not any(row.features for row in referral.reasons):
        return referral
    reasons = [
        ReferralReason(row.about, row.text, row.clause, hit[row.about]) if row.features else row
        for row in referral.reasons
    ]
    return Referral(referral.department, referral.name, referral.by, tuple(reasons))


def _refer(question: _Question, catalogue: Catalogue, policy: CheckPolicy) -> tuple[Referral, ...]:
    """Referrals in which a layer's key stands for its features."""
    layers, hit, unchecked, uses = question
    asked: dict[str, list[tuple[AskedBy, ReferralReason]]] = {}
    letters = {duty.department for duty in policy.duties if duty.by_letter}

    def ask(department: str, by: AskedBy, *reason) -> None:
        asked.setdefault(department, []).append((by, ReferralReason(*reason)))

    for duty in policy.duties:
        by = AskedBy.LETTER if duty.by_letter else AskedBy.DUTY
        for text in duty.checks:
            ask(duty.department, by, "duty", text, duty.clause)
    for entry in map(catalogue.entry, layers):
        clause = policy.layer_clauses.get(entry.key, "") or entry.clause
        for consulted in entry.consulted if entry.key in hit else ():
            if consulted.department not in letters:
                ask(consulted.department, AskedBy.HIT, entry.key, consulted.why, clause, (entry.key,))
        if entry.key in unchecked and entry.steward not in letters:
            text = f"{entry.title_zh}未核查，请核实并提供数据"
            ask(entry.steward, AskedBy.STEWARD, entry.key, text, clause)
    for subject in policy.subjects:
        if subject.department not in letters and any(matches(use, subject.uses) for use in uses):
            ask(subject.department, AskedBy.SUBJECT, "use", subject.why, subject.clause)
    rows = [_referral(department, reasons, policy) for department, reasons in asked.items()]
    return tuple(sorted(rows, key=lambda row: _ORDER.index(row.by)))


def _referral(department: str, reasons: list[tuple[AskedBy, ReferralReason]], policy: CheckPolicy) -> Referral:
    by = min((by for by, _ in reasons), key=_ORDER.index)
    unique = tuple(dict.fromkeys(reason for _, reason in reasons))
    return Referral(department, policy.department(department), by, unique)
