"""Looking at a site: overlay, approvals, rulings. What a check, and then its suggestion, is built on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import shapely

from spatialhub.catalogue import Catalogue, Effect, matches
from spatialhub.evidence import Evidence, PinnedLayer, gather
from spatialhub.findings import ApprovalUse, Fragment
from spatialhub.precedence.engine import rule_on
from spatialhub.precedence.model import Approval, CheckPolicy, PartTraits, Situation
from spatialhub.spatial.arrangement import union_of
from spatialhub.spatial.model import Areal, Site, SitePart
from spatialhub.spatial.overlay import Overlay, Piece, overlay


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the asker adds. `min_area_m2` is the project's stated minimum; times are ISO text, given, not read."""

    min_area_m2: float | None = None
    approvals: tuple[Approval, ...] = ()
    as_of: str = ""
    known_at: str = ""
    checked_at: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What stays the same while a site, and then its suggestion, are checked."""

    layers: tuple[PinnedLayer, ...]
    policy: CheckPolicy
    catalogue: Catalogue
    jurisdiction: Areal | None
    options: CheckOptions


@dataclass(frozen=True)
class Looked:
    """A site after overlay and rulings."""

    site: Site
    evidence: dict[str, Evidence]
    overlay: Overlay
    fragments: tuple[Fragment, ...]
    approvals: tuple[ApprovalUse, ...]


def look(site: Site, question: Question) -> Looked:
    # In a fixed order, so that the answer does not depend on the order in which layers are given.
    pinned = sorted(question.layers, key=lambda row: (row.entry.order, row.entry.key))
    evidence = {row.entry.key: row for row in gather(outline_of(site), pinned, epsg=question.policy.epsg)}
    found = overlay(
        [part.geometry for part in site.parts],
        [row.input for row in evidence.values()],
        epsg=question.policy.epsg,
        jurisdiction=question.jurisdiction,
    )
    situations = [_situation(piece, site, evidence) for piece in found.pieces]
    approvals, approved = _approve(found.pieces, situations, question)
    fragments = _rule(found, [replace(row, approved=approved) for row in situations], question)
    return Looked(site, evidence, found, fragments, approvals)


def outline_of(site: Site) -> Areal:
    return site.parts[0].geometry if len(site.parts) == 1 else shapely.union_all([part.geometry for part in site.parts])


def _situation(piece: Piece, site: Site, evidence: dict[str, Evidence]) -> Situation:
    return Situation(
        parts=tuple(_traits(site.parts[number]) for number in piece.parts),
        covers=tuple(evidence[layer].cover(feature) for layer, feature in piece.covers),
        unchecked=frozenset(piece.unchecked),
        outside_jurisdiction=piece.outside,
    )


def _traits(part: SitePart) -> PartTraits:
    return PartTraits(part.number, part.use, part.level, part.form, part.manner, part.facility)


def _rule(found: Overlay, situations: list[Situation], question: Question) -> tuple[Fragment, ...]:
    rulings = {
        situation: rule_on(situation, catalogue=question.catalogue, policy=question.policy)
        for situation in dict.fromkeys(situations)
    }
    faces = found.arrangement.faces
    return tuple(
        Fragment(
            id=f"F{number:03d}",
            area_u=piece.area_u,
            area_plane_u=piece.area_plane_u,
            part=situation.parts[0].number,
            parts=tuple(part.number for part in situation.parts),
            covers=piece.covers,
            unchecked=piece.unchecked,
            outside_jurisdiction=piece.outside,
            mismatch=piece.mismatch,
            ruling=rulings[situation],
            geometry=union_of(faces[piece.faces]),
        )
        for number, (piece, situation) in enumerate(zip(found.pieces, situations, strict=True), 1)
    )


def _approve(
    pieces: Sequence[Piece], situations: list[Situation], question: Question
) -> tuple[tuple[ApprovalUse, ...], frozenset[tuple[str, str]]]:
    """Which approvals presented suffice: of a kind the city accepts, for at least the area they must cover."""
    uses = []
    for approval in question.options.approvals:
        barred = _barred(approval, pieces, situations, question)
        needed_u = sum(piece.area_u for piece, _ in barred)
        reason = _refused_because(approval, needed_u, [row for _, row in barred], question.policy)
        uses.append(ApprovalUse(approval, not reason, needed_u, reason))
    accepted = [row.approval for row in uses if row.accepted]
    keys = {(row.layer, feature) for row in accepted for feature in (row.features or ("",))}
    return tuple(uses), frozenset(keys)


def _barred(
    approval: Approval, pieces: Sequence[Piece], situations: list[Situation], question: Question
) -> list[tuple[Piece, Situation]]:
    """What the floor bars and the approval must reach."""
    found = []
    for piece, situation in zip(pieces, situations, strict=True):
        if not any(cover.layer == approval.layer for cover in situation.covers):
            continue
        floors = rule_on(situation, catalogue=question.catalogue, policy=question.policy).floors
        bars = {row.feature for row in floors if row.layer == approval.layer and row.effect is Effect.BARS}
        if bars & set(approval.features or bars):
            found.append((piece, situation))
    return found


def _refused_because(approval: Approval, needed_u: int, barred: list[Situation], policy: CheckPolicy) -> str:
    """Message code of why an approval does not open the floor; empty where it does. Only uses on the floor matter."""
    kinds = [row for row in policy.proofs if (row.layer, row.kind) == (approval.layer, approval.kind)]
    if not kinds:
        return "approval_kind_unknown"
    if not barred:
        return "approval_not_needed"
    uses = {part.use or "" for situation in barred for part in situation.parts}
    if not any(not row.uses or all(matches(use, row.uses) for use in uses) for row in kinds):
        return "approval_use"
    if not (approval.issuer.strip() and approval.number.strip() and approval.date.strip()):
        return "approval_incomplete"
    enough = math.isfinite(approval.area_m2) and approval.area_m2 * 10_000 >= needed_u
    return "" if enough else "approval_too_small"
