"""The use case: a site, pinned layers, a policy → what holds there, what follows, whom to ask (check.md).

site ─ gather ─▶ evidence ─ overlay ─▶ pieces ─ rule ─▶ fragments ─ propose ─▶ proposal ─ refer ─▶ CheckResult
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from spatialhub.catalogue import Catalogue, Effect, Kind, SpeaksFor, matches
from spatialhub.errors import UnknownUse
from spatialhub.evidence import Evidence, PinnedLayer, gather
from spatialhub.findings import (
    ApprovalUse,
    Crossing,
    Discrepancy,
    FeatureHit,
    Fragment,
    LayerResult,
    PartResult,
    Proposal,
    Reason,
    Status,
    Suggestion,
    Unchecked,
)
from spatialhub.messages import say
from spatialhub.precedence.engine import rule_on, worst
from spatialhub.precedence.model import Approval, CheckPolicy, Conformity, PartTraits, Situation, Verdict
from spatialhub.precedence.referrals import Finding, refer
from spatialhub.precedence.verdict import Case, Ground, Weighed, propose
from spatialhub.result import CheckResult
from spatialhub.spatial import chainage
from spatialhub.spatial.arrangement import ENGINE, union_of
from spatialhub.spatial.model import Areal, Form, Site, SitePart
from spatialhub.spatial.normal import site_sha256
from spatialhub.spatial.overlay import SITE_RESOLUTION_M, LayerOverlap, Overlay, Piece, overlay, vanishes
from spatialhub.spatial.suggest import suggested

__all__ = ["CheckOptions", "PinnedLayer", "check_site"]


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the asker adds. `min_area_m2` is the project's stated minimum; times are ISO text, given, not read."""

    min_area_m2: float | None = None
    approvals: tuple[Approval, ...] = ()
    as_of: str = ""
    known_at: str = ""
    checked_at: str = ""


@dataclass(frozen=True, slots=True)
class _Question:
    """What stays the same while a site, and then its suggestion, are checked."""

    layers: tuple[PinnedLayer, ...]
    policy: CheckPolicy
    catalogue: Catalogue
    jurisdiction: Areal | None
    options: CheckOptions


@dataclass(frozen=True)
class _Looked:
    """A site after overlay and rulings."""

    site: Site
    evidence: dict[str, Evidence]
    overlay: Overlay
    fragments: tuple[Fragment, ...]
    approvals: tuple[ApprovalUse, ...]


def check_site(
    site: Site,
    layers: Sequence[PinnedLayer],
    *,
    policy: CheckPolicy,
    catalogue: Catalogue,
    jurisdiction: Areal | None = None,
    options: CheckOptions = CheckOptions(),
) -> CheckResult:
    """Check one site against pinned layers; pure in its arguments and the snapshots they name.

    `site` and `jurisdiction` are in the city's plane `policy.epsg`. Layers of the catalogue that are not given are
    unchecked.

    Raises
    ------
    UnknownUse
        A part's use is no code of the national classification.
    TooComplex, SnapshotError, CrsConflict
        From the overlay and the snapshots.
    """
    for part in site.parts:
        if part.use is not None and part.use not in catalogue.uses:
            raise UnknownUse(f"{site.name} #{part.number}", use=part.use)
    question = _Question((*layers, *_not_given(layers, catalogue)), policy, catalogue, jurisdiction, options)
    looked = _look(site, question)
    layer_results = tuple(_layer_result(row, looked, question) for row in looked.overlay.layers)
    proposal = _propose(looked, layer_results, question)
    return CheckResult(
        name=site.name,
        epsg=policy.epsg,
        parts=_part_results(looked),
        area_u=looked.overlay.area_u,
        area_plane_u=looked.overlay.area_plane_u,
        outside_jurisdiction_u=looked.overlay.outside_u,
        geometry=_outline(site),
        bounds=tuple(round(float(v), 4) for v in shapely.total_bounds(looked.overlay.arrangement.faces)),  # type: ignore[arg-type]
        site_sha256=site_sha256(site, looked.overlay.arrangement.frame.grid_m),
        source=site.source,
        issues=site.issues,
        layers=layer_results,
        fragments=looked.fragments,
        proposal=proposal,
        referrals=refer(_findings(layer_results, catalogue), _uses(site), policy),
        discrepancies=_discrepancies(looked.fragments),
        approvals=looked.approvals,
        grid_m=looked.overlay.arrangement.frame.grid_m,
        merged_faces=looked.overlay.merged_faces,
        moved_u=looked.overlay.moved_u,
        mismatch_u=looked.overlay.mismatch_u,
        city=policy.city,
        city_name=policy.name,
        policy_version=policy.policy_version,
        catalogue_version=catalogue.version,
        engine_version=ENGINE,
        notices=policy.notices,
        checked_at=options.checked_at,
        as_of=options.as_of,
        known_at=options.known_at,
    )


def _not_given(layers: Sequence[PinnedLayer], catalogue: Catalogue) -> list[PinnedLayer]:
    """Entries of the catalogue that the caller left out: unchecked, never silent or clear."""
    given = {row.entry.key for row in layers}
    return [PinnedLayer(row, reason="layer_not_asked") for key, row in catalogue.entries.items() if key not in given]


# --- look: overlay and rulings ---------------------------------------------------------------------------------------


def _look(site: Site, question: _Question) -> _Looked:
    # In a fixed order, so that the answer does not depend on the order in which layers are given.
    pinned = sorted(question.layers, key=lambda row: (row.entry.order, row.entry.key))
    evidence = {row.entry.key: row for row in gather(_outline(site), pinned, epsg=question.policy.epsg)}
    found = overlay(
        [part.geometry for part in site.parts],
        [row.input for row in evidence.values()],
        epsg=question.policy.epsg,
        jurisdiction=question.jurisdiction,
    )
    situations = [_situation(piece, site, evidence) for piece in found.pieces]
    approvals, approved = _approve(found.pieces, situations, question)
    fragments = _rule(found, [replace(row, approved=approved) for row in situations], question)
    return _Looked(site, evidence, found, fragments, approvals)


def _outline(site: Site) -> Areal:
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


def _rule(found: Overlay, situations: list[Situation], question: _Question) -> tuple[Fragment, ...]:
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
    pieces: Sequence[Piece], situations: list[Situation], question: _Question
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
    approval: Approval, pieces: Sequence[Piece], situations: list[Situation], question: _Question
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
    uses = {part.use or "" for situation in barred for part in situation.parts}
    if not any(not row.uses or all(matches(use, row.uses) for use in uses) for row in kinds):
        return "approval_use"
    if not (approval.issuer.strip() and approval.number.strip() and approval.date.strip()):
        return "approval_incomplete"
    enough = math.isfinite(approval.area_m2) and approval.area_m2 * 10_000 >= needed_u
    return "" if enough else "approval_too_small"


# --- layers ----------------------------------------------------------------------------------------------------------


def _layer_result(row: LayerOverlap, looked: _Looked, question: _Question) -> LayerResult:
    policy = question.policy
    evidence = looked.evidence[row.layer]
    entry, pinned = evidence.entry, evidence.pinned
    status = _status(row)
    reason = pinned.reason or ("outside_coverage" if row.unchecked_u else "")
    return LayerResult(
        key=entry.key,
        title=entry.title_zh,
        family=entry.family.value,
        kind=entry.kind.value,
        status=status,
        clause="；".join(filter(None, (policy.layer_clauses.get(entry.key, ""), entry.clause))),
        steward=policy.department(entry.steward),
        departments=tuple(policy.department(row.department) for row in entry.consulted),
        required=entry.required,
        version=pinned.version,
        version_sha256=pinned.sha256,
        in_force_from=pinned.in_force_from,
        reason=reason,
        area_u=row.area_u,
        area_plane_u=row.area_plane_u,
        unchecked_u=row.unchecked_u,
        floor_u=row.floor_u,
        suspected_digitising_error=row.suspected_digitising_error,
        features=tuple(_feature_hit(id, row, looked, question.catalogue) for id in sorted(row.features)),
    )


def _status(row: LayerOverlap) -> Status:
    if row.found in ("nothing", "adjacent") and row.unchecked_u:
        return Status.UNCHECKED
    return Status.CLEAR if row.found == "nothing" else Status(row.found)


def _feature_hit(id: str, row: LayerOverlap, looked: _Looked, catalogue: Catalogue) -> FeatureHit:
    evidence = looked.evidence[row.layer]
    feature = evidence.features[id]
    area_u, area_plane_u, faces = row.features[id]
    classes = catalogue.classes.get(evidence.entry.classes)
    known = classes.find(feature.class_code) if classes else None
    return FeatureHit(
        id=id,
        name=feature.name,
        attributes=feature.shown,
        area_u=area_u,
        area_plane_u=area_plane_u,
        class_code=feature.class_code,
        class_name=known.name if known else "",
        geometry=union_of(looked.overlay.arrangement.faces[faces]),
    )


def _part_results(looked: _Looked) -> tuple[PartResult, ...]:
    return tuple(
        PartResult(part, area_u, area_plane_u)
        for part, (area_u, area_plane_u) in zip(looked.site.parts, looked.overlay.parts, strict=True)
    )


# --- propose ---------------------------------------------------------------------------------------------------------


def _propose(looked: _Looked, layers: tuple[LayerResult, ...], question: _Question) -> Proposal:
    policy = question.policy
    outline, kept_u, recheck = _suggest(looked, question)
    case = Case(
        fragments=tuple(_weigh(row, looked) for row in looked.fragments),
        site_u=looked.overlay.area_u,
        kept_u=kept_u,
        stated_minimum_m2=question.options.min_area_m2,
        required_unchecked=tuple((row.title, row.unchecked_u) for row in layers if row.required and row.unchecked_u),
        outside_u=looked.overlay.outside_u,
        use_missing=any(part.use is None for part in looked.site.parts),
    )
    verdict, grounds = propose(case, policy)
    reasons = tuple(_reason(row) for row in grounds)
    suggestion = None
    if outline is not None and recheck is not None and verdict is not Verdict.DOES_NOT_CONFORM:
        suggestion = Suggestion(outline, kept_u, case.site_u - kept_u, *recheck)
    return Proposal(
        verdict=verdict,
        reasons=(*reasons, *_constraint_reasons(looked, question.catalogue)),
        suggestion=suggestion,
        unchecked=_unchecked(layers, policy),
        crossings=_crossings(looked, question.catalogue),
    )


def _reason(ground: Ground) -> Reason:
    return Reason(ground.code, say(ground.code, "zh", **dict(ground.params)), ground.clause, ground.area_u)


def _must_go(fragment: Fragment) -> bool:
    refused = fragment.conformity is Conformity.REFUSED and not _decides_nothing(fragment)
    return refused or fragment.conformity is Conformity.BARRED


def _decides_nothing(fragment: Fragment) -> bool:
    """A gap or double cover thinner than 2 cm in a plan; a control line on it still counts."""
    return fragment.mismatch and not any(row.effect is Effect.CONFLICTS for row in fragment.ruling.constraints)


def _trimmable(fragment: Fragment, site: Site) -> bool:
    forms = {part.number: part.form for part in site.parts}
    return all(forms[number] is Form.AREA for number in fragment.parts)


def _weigh(fragment: Fragment, looked: _Looked) -> Weighed:
    return Weighed(
        conformity=fragment.conformity,
        area_u=fragment.area_u,
        trimmable=_trimmable(fragment, looked.site),
        digitising_error=_only_digitising(fragment, looked),
        mismatch=_decides_nothing(fragment),
    )


def _only_digitising(fragment: Fragment, looked: _Looked) -> bool:
    """Whether nothing but floor hits below 1 m² bars the fragment."""
    suspected = {row.layer for row in looked.overlay.layers if row.suspected_digitising_error}
    bars = {row.layer for row in fragment.ruling.floors if row.effect is Effect.BARS}
    return fragment.conformity is Conformity.BARRED and bool(bars) and bars <= suspected


def _suggest(looked: _Looked, question: _Question):
    """The trimmed outline (None: nothing trimmed, or nothing left), its area, what a second check says."""
    policy, faces = question.policy, looked.overlay.arrangement.faces
    keep, trimmed = np.ones(len(faces), bool), False
    whole = []
    for piece, fragment in zip(looked.overlay.pieces, looked.fragments, strict=True):
        if not _trimmable(fragment, looked.site):
            keep[piece.faces] = False
            whole.append(fragment.geometry)
        elif _must_go(fragment):
            keep[piece.faces] = False
            trimmed = True
    if not trimmed:
        return None, looked.overlay.area_u, None
    outline = suggested(
        faces[keep],
        whole,
        min_width_m=float(policy.min_width_m.value),  # type: ignore[arg-type]
        min_part_m2=float(policy.min_part_m2.value),  # type: ignore[arg-type]
        grid_m=looked.overlay.arrangement.frame.grid_m,
    )
    if outline.is_empty:
        return None, 0, None
    again = _look(_within(looked.site, outline, looked.overlay.arrangement.frame.grid_m), question)
    checked = _wider_than_rounding(again)
    conformity = worst(row.conformity for row in checked if not row.mismatch)
    floors = sorted(row.layer for row in again.overlay.layers if _bars(row.layer, checked))
    kept_u = min(again.overlay.area_u, looked.overlay.area_u)  # faces are rounded one by one
    return outline, kept_u, (conformity, tuple(floors))


def _wider_than_rounding(looked: _Looked) -> list[Fragment]:
    """Fragments of a suggestion without slivers of what was trimmed, which rounding its outline to the grid leaves."""
    faces = looked.overlay.arrangement.faces
    rows = zip(looked.fragments, looked.overlay.pieces, strict=True)
    return [row for row, piece in rows if not vanishes(faces[piece.faces], SITE_RESOLUTION_M / 2)]


def _bars(layer: str, fragments: Sequence[Fragment]) -> bool:
    return any(row.layer == layer and row.effect is Effect.BARS for each in fragments for row in each.ruling.floors)


def _within(site: Site, outline: Areal, grid_m: float) -> Site:
    """The site cut down to an outline, part by part."""
    parts = []
    for part in site.parts:
        left = shapely.intersection(part.geometry, outline, grid_size=grid_m) if len(site.parts) > 1 else outline
        polygons = [row for row in shapely.get_parts(shapely.get_parts(left)) if row.geom_type == "Polygon"]
        if polygons:
            parts.append(replace(part, geometry=shapely.MultiPolygon(polygons)))
    return replace(site, parts=tuple(parts))


def _constraint_reasons(looked: _Looked, catalogue: Catalogue) -> tuple[Reason, ...]:
    """What bars or refuses, layer by layer: the plain list an official reads first."""
    area: dict[tuple[str, str, str], int] = {}
    for fragment in looked.fragments:
        rows = [*fragment.ruling.floors, *fragment.ruling.constraints]
        told = {
            (f"reason_{row.effect.value}", row.layer, row.clause)
            for row in rows
            if row.effect in (Effect.BARS, Effect.CONFLICTS, Effect.APPROVED)
        }
        for key in told:
            area[key] = area.get(key, 0) + fragment.area_u
    order = ("reason_bars", "reason_approved", "reason_conflicts")
    return tuple(
        Reason(code, say(code, "zh", layer=catalogue.entry(layer).title_zh), clause, units)
        for (code, layer, clause), units in sorted(area.items(), key=lambda row: (order.index(row[0][0]), row[0]))
    )


def _unchecked(layers: tuple[LayerResult, ...], policy: CheckPolicy) -> tuple[Unchecked, ...]:
    rows = [
        Unchecked(row.key, row.title, row.reason, row.clause, row.required, row.unchecked_u)
        for row in layers
        if row.unchecked_u
    ]
    papers = [Unchecked(row.key, row.title, "floor_without_layer", row.clause, False) for row in policy.paper_floors]
    return (*sorted(rows, key=lambda row: not row.required), *papers)


# --- linear parts, discrepancies, whom to ask ------------------------------------------------------------------------


def _crossings(looked: _Looked, catalogue: Catalogue) -> tuple[Crossing, ...]:
    rows: list[Crossing] = []
    for part in looked.site.parts:
        if part.form is Form.LINEAR:
            rows += _crossings_of(part, looked, catalogue)
    return tuple(sorted(rows, key=lambda row: (row.part, row.from_m, row.layer, row.feature)))


def _crossings_of(part: SitePart, looked: _Looked, catalogue: Catalogue) -> list[Crossing]:
    by_layer: dict[str, list[Fragment]] = {}
    for fragment in looked.fragments:
        for layer in sorted({layer for layer, _ in fragment.covers}):
            if part.number in fragment.parts and _is_crossed(layer, catalogue):
                by_layer.setdefault(layer, []).append(fragment)
    if not by_layer:
        return []
    line = chainage.axis(part.geometry)
    return [row for layer, found in by_layer.items() for row in _crossings_of_layer(part, layer, found, line)]


def _is_crossed(layer: str, catalogue: Catalogue) -> bool:
    entry = catalogue.entry(layer)
    return entry.kind in (Kind.FLOOR, Kind.CONTROL) or entry.speaks_for is SpeaksFor.BASIC_FARMLAND


def _crossings_of_layer(part: SitePart, layer: str, found: list[Fragment], line) -> list[Crossing]:
    areas = shapely.get_parts(shapely.coverage_union_all([row.geometry for row in found]))
    points = shapely.point_on_surface([row.geometry for row in found])
    fragment_of, area_of = shapely.STRtree(areas).query(points, predicate="intersects")
    rows = []
    for number, area in enumerate(areas):
        inside = [found[i] for i in fragment_of[area_of == number].tolist()]
        features = {feature for row in inside for key, feature in row.covers if key == layer}
        (from_m, to_m), *_ = chainage.ranges_m(line, area)
        units = sum(row.area_u for row in inside)
        conformity = worst(row.conformity for row in inside)
        rows.append(Crossing(part.number, layer, "、".join(sorted(features)), from_m, to_m, units, conformity))
    return rows


def _discrepancies(fragments: Sequence[Fragment]) -> tuple[Discrepancy, ...]:
    found: dict[tuple[str, tuple[str, ...], str], list[Fragment]] = {}
    for fragment in fragments:
        floors = tuple(sorted({row.layer for row in fragment.ruling.floors}))
        if len(floors) > 1:
            found.setdefault(("two_floors", floors, ""), []).append(fragment)
        for text in fragment.ruling.differences:
            found.setdefault(("detailed_against_master", (), text), []).append(fragment)
    return tuple(
        Discrepancy(kind, layers, tuple(row.id for row in rows), sum(row.area_u for row in rows), text)
        for (kind, layers, text), rows in sorted(found.items(), key=lambda row: row[0])
    )


def _findings(layers: tuple[LayerResult, ...], catalogue: Catalogue) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            entry=catalogue.entry(row.key),
            hit=row.status is Status.HIT,
            unchecked=bool(row.unchecked_u),
            features=tuple(hit.name or hit.id for hit in row.features) if row.status is Status.HIT else (),
        )
        for row in layers
    )


def _uses(site: Site) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.use for part in site.parts if part.use is not None))
