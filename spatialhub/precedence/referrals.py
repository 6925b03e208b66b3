"""Whom to ask and why (Z1-07, Z1-21, X-07). Pure.

Every unit with a duty is asked on every project; a hit adds departments and pre-fills, and never removes one; an
unchecked layer refers to its steward; security, secrecy and garrison are asked by letter, always, without a word on
what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spatialhub.catalogue import LayerEntry, matches
from spatialhub.precedence.model import AskedBy, CheckPolicy, Referral, ReferralReason

_ORDER = (AskedBy.DUTY, AskedBy.HIT, AskedBy.SUBJECT, AskedBy.STEWARD, AskedBy.LETTER)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a layer found, as far as departments are concerned. `features` are names or ids that hit."""

    entry: LayerEntry
    hit: bool
    unchecked: bool
    features: tuple[str, ...] = ()


def refer(findings: Sequence[Finding], uses: Iterable[str], policy: CheckPolicy) -> tuple[Referral, ...]:
    """Return one referral per department, in the order duty, hit, subject, steward, letter."""
    asked: dict[str, list[tuple[AskedBy, ReferralReason]]] = {}

    def ask(department: str, by: AskedBy, reason: ReferralReason) -> None:
        asked.setdefault(department, []).append((by, reason))

    for duty in policy.duties:
        by = AskedBy.LETTER if duty.by_letter else AskedBy.DUTY
        for text in duty.checks:
            ask(duty.department, by, ReferralReason("duty", text, duty.clause))
    letters = {duty.department for duty in policy.duties if duty.by_letter}
    for finding in findings:
        _ask_about(finding, policy, letters, ask)
    for subject in policy.subjects:
        if subject.department not in letters and any(matches(use, subject.uses) for use in uses):
            ask(subject.department, AskedBy.SUBJECT, ReferralReason("use", subject.why, subject.clause))
    rows = [_referral(department, reasons, policy) for department, reasons in asked.items()]
    return tuple(sorted(rows, key=lambda row: _ORDER.index(row.by)))


def _ask_about(finding: Finding, policy: CheckPolicy, letters: set[str], ask) -> None:
    entry = finding.entry
    clause = policy.layer_clauses.get(entry.key, "") or entry.clause
    if finding.hit:
        for consulted in entry.consulted:
            if consulted.department not in letters:
                reason = ReferralReason(entry.key, consulted.why, clause, finding.features)
                ask(consulted.department, AskedBy.HIT, reason)
    if finding.unchecked and entry.steward not in letters:
        text = f"{entry.title_zh}未核查，请核实并提供数据"
        ask(entry.steward, AskedBy.STEWARD, ReferralReason(entry.key, text, clause))


def _referral(department: str, reasons: list[tuple[AskedBy, ReferralReason]], policy: CheckPolicy) -> Referral:
    by = min((by for by, _ in reasons), key=_ORDER.index)
    unique = tuple(dict.fromkeys(reason for _, reason in reasons))
    return Referral(department, policy.department(department), by, unique)
