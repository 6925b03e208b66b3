"""What was found in a version and what of it was accepted: in the audit log, the one place that cannot be rewritten.

A pass records its digest and the counts of its rules; an acceptance names that digest, so it holds for what was found
then and not for what another pass finds. A version with blocking findings that nobody accepted is not released.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from layers.model import LayerVersion
from spatialhub import audit
from spatialhub.errors import QualityBlocks

EXAMINED, ACCEPTED = "layer.quality", "layer.quality.accept"
ALL = "all"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Findings of a rule that a steward accepts: their ids, or all of them; who, when, why."""

    rule: str
    findings: tuple[str, ...] | None
    reason: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest pass over a version: its digest, per rule {count, blocks}; what was accepted of it."""

    digest: str
    counts: Mapping[str, Mapping[str, Any]]
    acceptances: tuple[Acceptance, ...]

    def open(self) -> dict[str, int]:
        """How many blocking findings are not accepted, by rule; rules without any are left out."""
        left = {}
        for rule, facts in self.counts.items():
            if facts["blocks"] and (count := int(facts["count"]) - self._accepted(rule, int(facts["count"]))) > 0:
                left[rule] = count
        return left

    def accepted_ids(self, listed: Mapping[str, Sequence[str]]) -> frozenset[str]:
        """Which of the listed findings (rule → ids) are accepted."""
        found: set[str] = set()
        for one in self.acceptances:
            found.update(listed.get(one.rule, ()) if one.findings is None else one.findings)
        return frozenset(found)

    def _accepted(self, rule: str, count: int) -> int:
        mine = [one for one in self.acceptances if one.rule == rule]
        if any(one.findings is None for one in mine):
            return count
        return len({id_ for one in mine for id_ in one.findings or ()})


def about(version: LayerVersion) -> str:
    """What the audit rows of a version are about."""
    return f"{version.city}/{version.name}"


def record_pass(
    session: Session, version: LayerVersion, *, digest: str, rules_version: str,
    counts: Mapping[str, Mapping[str, Any]], who: str, at: datetime,
) -> None:  # fmt: skip
    """Record that a version was examined; `counts` rule → {count, blocks, severity}."""
    detail = {
        "digest": digest, "rules": rules_version, "snapshot_sha256": version.snapshot_sha256,
        "counts": {rule: dict(facts) for rule, facts in counts.items()},
    }  # fmt: skip
    audit.record(session, at=at, who=who, what=EXAMINED, about=about(version), detail=detail)


def record_acceptance(
    session: Session, version: LayerVersion, acceptance: Acceptance, *, digest: str, steward: str
) -> None:
    """Record that findings of a rule are accepted, on behalf of whom, by whom and why."""
    told = ALL if acceptance.findings is None else sorted(set(acceptance.findings))
    detail = {
        "digest": digest, "rule": acceptance.rule, "findings": told, "reason": acceptance.reason, "steward": steward,
    }  # fmt: skip
    audit.record(session, at=acceptance.at, who=acceptance.who, what=ACCEPTED, about=about(version), detail=detail)


def standing_of(session: Session, version: LayerVersion) -> Standing | None:
    """How the newest pass over a version stands; None where there was none."""
    query = select(audit.AuditRow).where(audit.AuditRow.about == about(version)).order_by(audit.AuditRow.number)
    rows = [(row, json.loads(row.detail)) for row in session.scalars(query) if row.what in (EXAMINED, ACCEPTED)]
    newest = next((detail for row, detail in reversed(rows) if row.what == EXAMINED), None)
    if newest is None:
        return None
    acceptances = tuple(
        Acceptance(
            detail["rule"], None if detail["findings"] == ALL else tuple(detail["findings"]), detail["reason"],
            row.who, row.at,
        )
        for row, detail in rows
        if row.what == ACCEPTED and detail["digest"] == newest["digest"]
    )  # fmt: skip
    return Standing(newest["digest"], newest["counts"], acceptances)


def demand_releasable(session: Session, version: LayerVersion) -> None:
    """Pass a version that was not examined, or whose blocking findings are all accepted.

    Raises
    ------
    QualityBlocks
        Some are not.
    """
    standing = standing_of(session, version)
    left = standing.open() if standing else {}
    if left:
        rules = tuple(f"{rule} {count:,}" for rule, count in left.items())
        raise QualityBlocks(version.name, open=f"{sum(left.values()):,}", rules=rules)
