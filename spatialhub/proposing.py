"""The proposal and its suggestion: what must go, what is left, and a second look at it (check.md §7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from spatialhub.catalogue import Catalogue, Effect
from spatialhub.crossings import crossings
from spatialhub.findings import Fragment, LayerResult, Proposal, Reason, Suggestion, Unchecked
from spatialhub.looking import Looked, Question, look
from spatialhub.messages import say
from spatialhub.precedence.engine import worst
from spatialhub.precedence.model import CheckPolicy, Conformity, Verdict
from spatialhub.precedence.verdict import Case, Ground, Weighed, propose
from spatialhub.spatial.arrangement import common
from spatialhub.spatial.model import Areal, Form, Site
from spatialhub.spatial.overlay import SITE_RESOLUTION_M, vanishes
from spatialhub.spatial.suggest import suggested


def proposal_for(looked: Looked, layers: tuple[LayerResult, ...], question: Question) -> Proposal:
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
        crossings=crossings(looked, question.catalogue),
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


def _weigh(fragment: Fragment, looked: Looked) -> Weighed:
    return Weighed(
        conformity=fragment.conformity,
        area_u=fragment.area_u,
        trimmable=_trimmable(fragment, looked.site),
        digitising_error=_only_digitising(fragment, looked),
        mismatch=_decides_nothing(fragment),
    )


def _only_digitising(fragment: Fragment, looked: Looked) -> bool:
    """Whether nothing but floor hits below 1 m² bars the fragment."""
    suspected = {row.layer for row in looked.overlay.layers if row.suspected_digitising_error}
    bars = {row.layer for row in fragment.ruling.floors if row.effect is Effect.BARS}
    return fragment.conformity is Conformity.BARRED and bool(bars) and bars <= suspected


def _suggest(looked: Looked, question: Question):
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
            trimmed = trimmed or not _only_digitising(fragment, looked)  # a suspected error is verified, not trimmed
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
    again = look(_within(looked.site, outline, looked.overlay.arrangement.frame.grid_m), question)
    checked = _wider_than_rounding(again)
    conformity = worst(row.conformity for row in checked if not row.mismatch)
    floors = sorted(row.layer for row in again.overlay.layers if _bars(row.layer, checked))
    kept_u = min(again.overlay.area_u, looked.overlay.area_u)  # faces are rounded one by one
    return outline, kept_u, (conformity, tuple(floors))


def _wider_than_rounding(looked: Looked) -> list[Fragment]:
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
        left = common(part.geometry, outline, grid_m=grid_m) if len(site.parts) > 1 else outline
        polygons = [row for row in shapely.get_parts(shapely.get_parts(left)) if row.geom_type == "Polygon"]
        if polygons:
            parts.append(replace(part, geometry=shapely.MultiPolygon(polygons)))
    return replace(site, parts=tuple(parts))


def _constraint_reasons(looked: Looked, catalogue: Catalogue) -> tuple[Reason, ...]:
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
