"""The proposal (check.md §7): ordered, first match wins. Pure: what was weighed → verdict and reasons by code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spatialhub.precedence.model import Basis, CheckPolicy, Cited, Conformity, Verdict

BUREAU_CLAUSE = "本局自定（非条文规定）"


@dataclass(frozen=True, slots=True)
class Weighed:
    """A fragment as far as the verdict is concerned.

    `trimmable`: its part may be trimmed; `digitising_error`: what bars it is only a floor hit of less than 1 m²;
    `mismatch`: a gap or double cover thinner than 2 cm, which decides nothing by itself.
    """

    conformity: Conformity
    area_u: int
    trimmable: bool = True
    digitising_error: bool = False
    mismatch: bool = False

    @property
    def must_go(self) -> bool:
        """Whether nothing can be built there as proposed."""
        refused = self.conformity is Conformity.REFUSED and not self.mismatch
        return refused or self.conformity is Conformity.BARRED


@dataclass(frozen=True, slots=True)
class Case:
    """All that the verdict depends on. `kept_u` is what is left after trimming and opening, in 1e-4 m²;
    `required_unchecked` (title, area_u) of required layers that could not answer somewhere."""

    fragments: tuple[Weighed, ...]
    site_u: int
    kept_u: int
    stated_minimum_m2: float | None = None
    required_unchecked: tuple[tuple[str, int], ...] = ()
    outside_u: int = 0
    use_missing: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """A reason: message code with its values, clause and area."""

    code: str
    clause: str
    area_u: int = 0
    params: tuple[tuple[str, str], ...] = ()


def propose(case: Case, policy: CheckPolicy) -> tuple[Verdict, tuple[Ground, ...]]:
    """Return the proposed verdict and its grounds; the deciding ones first.

    Less kept never makes it better: what does not conform, does not with any smaller `kept_u`.
    """
    against = _does_not_conform(case, policy)
    open_questions = _undetermined(case, policy)
    adjust = _basically(case)
    if against:
        return Verdict.DOES_NOT_CONFORM, (*against, *open_questions, *adjust)
    if open_questions:
        return Verdict.UNDETERMINED, (*open_questions, *adjust)
    if adjust:
        return Verdict.BASICALLY_CONFORMS, adjust
    return Verdict.CONFORMS, (Ground("verdict_all_conform", "", case.site_u),)


def minimum_m2(case: Case, policy: CheckPolicy) -> tuple[float, str]:
    """The area below which what is kept is too little, and where that number comes from."""
    if case.stated_minimum_m2 is not None:
        return case.stated_minimum_m2, "项目单位申报的最小用地面积"
    share = policy.min_kept_share
    return float(share.value) * case.site_u / 10_000, cited(share)  # type: ignore[arg-type]


def cited(value: Cited) -> str:
    """Where a policy value comes from, as printed."""
    return value.clause if value.basis is Basis.CLAUSE else BUREAU_CLAUSE


def _does_not_conform(case: Case, policy: CheckPolicy) -> tuple[Ground, ...]:
    grounds = []
    minimum, clause = minimum_m2(case, policy)
    kept_u = case.site_u if _only_errors_go(case) else case.kept_u
    if kept_u < minimum * 10_000 and policy.has_basis:
        params = (("kept_m2", f"{kept_u / 10_000:,.2f}"), ("minimum_m2", f"{minimum:,.2f}"))
        grounds.append(Ground("verdict_below_minimum", clause, case.site_u - kept_u, params))
    stuck = [row for row in case.fragments if not row.trimmable and row.must_go and not row.digitising_error]
    if stuck:
        grounds.append(Ground("verdict_not_trimmable", "", _area(stuck)))
    return tuple(grounds)


def _undetermined(case: Case, policy: CheckPolicy) -> tuple[Ground, ...]:
    grounds = []
    if not policy.has_basis:
        grounds.append(Ground("verdict_no_basis", "", case.site_u))
    if case.use_missing:
        grounds.append(Ground("verdict_no_use", "", case.site_u))
    for title, area_u in case.required_unchecked:
        grounds.append(Ground("verdict_required_unchecked", "", area_u, (("layer", title),)))
    if case.outside_u:
        grounds.append(Ground("verdict_outside_jurisdiction", "", case.outside_u))
    return tuple(grounds)


def _basically(case: Case) -> tuple[Ground, ...]:
    trimmed = [row for row in case.fragments if row.must_go]
    errors = [row for row in trimmed if row.digitising_error]
    conditional = [row for row in case.fragments if row.conformity is Conformity.CONDITIONAL and not row.mismatch]
    decide = [row for row in case.fragments if row.conformity is Conformity.NEEDS_DECISION and not row.mismatch]
    rows = (
        ("verdict_trimmed", [row for row in trimmed if row.trimmable and not row.digitising_error]),
        ("verdict_digitising_error", errors),
        ("verdict_needs_decision", decide),
        ("verdict_conditional", conditional),
    )
    return tuple(Ground(code, "", _area(found)) for code, found in rows if found)


def _only_errors_go(case: Case) -> bool:
    """Whether nothing but suspected digitising errors is trimmed: opening what they leave decides nothing."""
    trimmed = [row for row in case.fragments if row.trimmable and row.must_go]
    return bool(trimmed) and all(row.digitising_error for row in trimmed)


def _area(rows: Sequence[Weighed]) -> int:
    return sum(row.area_u for row in rows)
