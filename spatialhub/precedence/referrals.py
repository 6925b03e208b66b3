"""Whom to ask and why (Z1-07, Z1-21, X-07). Pure.

Every unit with a duty is asked on every project; a hit adds departments and pre-fills, and never removes one; an
unchecked layer refers to its steward; security, secrecy and garrison are asked by letter, always, without a word on
what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from spatialhub.catalogue import LayerEntry, matches
from spatialhub.precedence.model import AskedBy, CheckPolicy, Referral, ReferralReason
from spatialhub.remembered import ByIdentity

_Ask: TypeAlias = tuple[AskedBy, ReferralReason]
_ORDER = (AskedBy.DUTY, AskedBy.HIT, AskedBy.SUBJECT, AskedBy.STEWARD, AskedBy.LETTER)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a layer found, as far as departments are concerned. `features` are names or ids that hit."""

    entry: LayerEntry
    hit: bool
    unchecked: bool
    features: Sequence[str] = ()


@dataclass(frozen=True)
class _Duties:
    """What is asked on every project: reasons by department, its referral where nothing else is asked of it."""

    asked: Mapping[str, list[_Ask]]
    alone: Mapping[str, Referral]
    letters: frozenset[str]


_duties = ByIdentity[_Duties](most=8)


def refer(findings: Sequence[Finding], uses: Iterable[str], policy: CheckPolicy) -> tuple[Referral, ...]:
    """Return one referral per department, in the order duty, hit, subject, steward, letter."""
    duties = _duties.of((policy,), lambda: _duties_of(policy))
    further: dict[str, list[_Ask]] = {}
    for finding in findings:
        _ask_about(finding, policy, duties.letters, further)
    uses = tuple(uses)
    for subject in policy.subjects:
        if subject.department not in duties.letters and any(matches(use, subject.uses) for use in uses):
            reason = ReferralReason("use", subject.why, subject.clause)
            further.setdefault(subject.department, []).append((AskedBy.SUBJECT, reason))
    rows = dict(duties.alone)
    for department, asked in further.items():
        rows[department] = _referral(department, duties.asked.get(department, []) + asked, policy)
    return tuple(sorted(rows.values(), key=lambda row: _ORDER.index(row.by)))


def _duties_of(policy: CheckPolicy) -> _Duties:
    asked: dict[str, list[_Ask]] = {}
    for duty in policy.duties:
        by = AskedBy.LETTER if duty.by_letter else AskedBy.DUTY
        for text in duty.checks:
            asked.setdefault(duty.department, []).append((by, ReferralReason("duty", text, duty.clause)))
    alone = {department: _referral(department, rows, policy) for department, rows in asked.items()}
    return _Duties(asked, alone, frozenset(duty.department for duty in policy.duties if duty.by_letter))


def _ask_about(finding: Finding, policy: CheckPolicy, letters: frozenset[str], further: dict[str, list[_Ask]]) -> None:
    entry = finding.entry
    clause = policy.layer_clauses.get(entry.key, "") or entry.clause
    if finding.hit:
        for consulted in entry.consulted:
            if consulted.department not in letters:
                reason = ReferralReason(entry.key, consulted.why, clause, finding.features)
                further.setdefault(consulted.department, []).append((AskedBy.HIT, reason))
    if finding.unchecked and entry.steward not in letters:
        text = f"{entry.title_zh}未核查，请核实并提供数据"
        reason = ReferralReason(entry.key, text, clause)
        further.setdefault(entry.steward, []).append((AskedBy.STEWARD, reason))


def _referral(department: str, asked: list[_Ask], policy: CheckPolicy) -> Referral:
    by = min((by for by, _ in asked), key=_ORDER.index)
    # A layer's features are one list: to compare what is in it would be to read it.
    unique: dict[tuple, ReferralReason] = {}
    for _, row in asked:
        unique.setdefault((row.about, row.text, row.clause, id(row.features)), row)
    return Referral(department, policy.department(department), by, tuple(unique.values()))
