"""Looking at a site: overlay, approvals, rulings. What a check, and then its suggestion, is built on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from spatialhub.catalogue import Catalogue, Effect, matches
from spatialhub.errors import TooComplex
from spatialhub.evidence import Evidence, PinnedLayer, Standing, gather, standing_of
from spatialhub.findings import ApprovalUse, Fragment
from spatialhub.judging import Judged, judge
from spatialhub.listed import Rows
from spatialhub.messages import Words
from spatialhub.precedence.model import Approval, CheckPolicy, PartTraits
from spatialhub.precedence.rulebook import Rulebook, rulebook_of
from spatialhub.spatial.model import Areal, Site
from spatialhub.spatial.overlay import Overlay, overlay
from spatialhub.spatial.site_lines import SiteLines


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the asker adds. `min_area_m2` is the project's stated minimum; times are ISO text, given, not read."""

    min_area_m2: float | None = None
    approvals: tuple[Approval, ...] = ()
    as_of: str = ""
    known_at: str = ""
    checked_at: str = ""


@dataclass(frozen=True)
class Question:
    """What stays the same while a site, and then its suggestion, are checked."""

    standing: Standing
    book: Rulebook
    options: CheckOptions

    @classmethod
    def of(
        cls,
        layers: Sequence[PinnedLayer],
        policy: CheckPolicy,
        catalogue: Catalogue,
        jurisdiction: Areal | None,
        options: CheckOptions,
    ) -> Question:
        """Open the layers and the rulebook, or take those opened before. Raises as `evidence.standing_of`."""
        book = rulebook_of(catalogue, policy)
        return cls(standing_of(layers, book, jurisdiction), book, options)

    @property
    def policy(self) -> CheckPolicy:
        """The city's policy."""
        return self.book.policy

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of layers, uses and classes."""
        return self.book.catalogue


@dataclass(frozen=True)
class Looked:
    """A site after overlay and rulings."""

    site: Site
    evidence: Evidence
    overlay: Overlay
    judged: Judged
    approvals: tuple[ApprovalUse, ...]

    @property
    def fragments(self) -> Rows[Fragment]:
        """Fragments with their rulings, listed when first read."""
        return self.judged.fragments


# 200 km² of the densest town we know come to 50,000; a comb across a comb to more than anybody reads.
MOST_FRAGMENTS = 100_000


def look(site: Site, question: Question) -> Looked:
    """Lay the layers over a site and rule on every fragment.

    Raises
    ------
    TooComplex
        See `overlay`; or there are more than `MOST_FRAGMENTS` fragments.
    """
    policy = question.policy
    lines = SiteLines.of_site(site)
    frame = lines.frame()
    evidence = gather(lines, question.standing, frame)
    found = overlay(
        lines,
        evidence.candidates,
        question.standing.terms,
        question.standing.regions,
        frame=frame,
        epsg=policy.epsg,
    )
    if len(found.fragment_u) > MOST_FRAGMENTS:
        raise TooComplex(site.name, reason=Words.of("limit_fragments", count=MOST_FRAGMENTS))
    judged = judge(site, found, evidence, question.book)
    approvals = tuple(_use(approval, judged, policy) for approval in question.options.approvals)
    accepted = [row.approval for row in approvals if row.accepted]
    if accepted:
        keys = frozenset((row.layer, feature) for row in accepted for feature in (row.features or ("",)))
        judged = judge(site, found, evidence, question.book, keys)
    return Looked(site, evidence, found, judged, approvals)


def outline_of(site: Site) -> Areal:
    """The site's parts as one area."""
    return site.parts[0].geometry if len(site.parts) == 1 else shapely.union_all([part.geometry for part in site.parts])


def _use(approval: Approval, judged: Judged, policy: CheckPolicy) -> ApprovalUse:
    """Whether an approval presented suffices: of a kind the city accepts, for at least the area it must cover."""
    barred = _barred(approval, judged)
    needed_u = int(judged.overlay.fragment_u[barred].sum()) if barred else 0
    parts = {part for number in barred for part in judged.groups[judged.alike[number]].ruling.setting.parts}
    reason = _refused_because(approval, needed_u, parts, policy)
    return ApprovalUse(approval, not reason, needed_u, reason)


def _barred(approval: Approval, judged: Judged) -> list[int]:
    """Fragments that the floor bars and the approval must reach."""
    found = []
    for number, group in enumerate(judged.alike.tolist()):
        if approval.layer not in judged.groups[group].ruling.bars:
            continue
        floors = judged.ruling(number).floors if approval.features else ()
        bars = {row.feature for row in floors if row.layer == approval.layer and row.effect is Effect.BARS}
        if not approval.features or bars & set(approval.features):
            found.append(number)
    return found


def _refused_because(approval: Approval, needed_u: int, parts: set[PartTraits], policy: CheckPolicy) -> str:
    """Message code of why an approval does not open the floor; empty where it does. Only uses on the floor matter."""
    kinds = [row for row in policy.proofs if (row.layer, row.kind) == (approval.layer, approval.kind)]
    if not kinds:
        return "approval_kind_unknown"
    if not parts:
        return "approval_not_needed"
    uses = {part.use or "" for part in parts}
    if not any(not row.uses or all(matches(use, row.uses) for use in uses) for row in kinds):
        return "approval_use"
    if not (approval.issuer.strip() and approval.number.strip() and approval.date.strip()):
        return "approval_incomplete"
    enough = math.isfinite(approval.area_m2) and approval.area_m2 * 10_000 >= needed_u
    return "" if enough else "approval_too_small"
