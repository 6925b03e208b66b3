"""The proposal and its suggestion: what must go, what is left, and a second look at it (check.md §7)."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.catalogue import Catalogue
from spatialhub.crossings import crossings
from spatialhub.findings import Proposal, Reason, Suggestion, Unchecked
from spatialhub.judging import Alike
from spatialhub.listed import Rows
from spatialhub.looking import Looked, Question, look
from spatialhub.messages import say
from spatialhub.precedence.engine import clause_of, worst
from spatialhub.precedence.model import Conformity, Verdict
from spatialhub.precedence.verdict import Case, Ground, Weighed, propose
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.arrangement import UNITS_PER_M2, common
from spatialhub.spatial.candidates import SITE_RESOLUTION_M
from spatialhub.spatial.model import Areal, Form, Site
from spatialhub.spatial.suggest import suggested
from spatialhub.spatial.thin import inscribed_m, vanishing


def proposal_for(looked: Looked, question: Question) -> Proposal:
    """Weigh what was found: verdict, reasons, and a suggestion where something must be trimmed."""
    policy = question.policy
    outline, kept_u = _suggest(looked, question)
    unchecked = _unchecked_layers(looked, question)
    case = Case(
        fragments=tuple(_weigh(row, looked) for row in looked.judged.groups),
        site_u=looked.overlay.area_u,
        kept_u=kept_u,
        stated_minimum_m2=question.options.min_area_m2,
        required_unchecked=tuple((row.title, row.area_u) for row in unchecked if row.required),
        outside_u=looked.overlay.outside_u,
        use_missing=any(part.use is None for part in looked.site.parts),
    )
    verdict, grounds = propose(case, policy)
    reasons = tuple(_reason(row) for row in grounds)
    suggestion = None
    if outline is not None and verdict is not Verdict.DOES_NOT_CONFORM:
        again = _SecondLook(looked, outline, question)
        suggestion = Suggestion(outline, kept_u, case.site_u - kept_u, again.conformity, again.floors_hit)
    papers = [Unchecked(row.key, row.title, "floor_without_layer", row.clause, False) for row in policy.paper_floors]
    return Proposal(
        verdict=verdict,
        reasons=(*reasons, *_constraint_reasons(looked, question.catalogue)),
        suggestion=suggestion,
        unchecked=(*sorted(unchecked, key=lambda row: not row.required), *papers),
        crossings=Rows(partial(crossings, looked, question.catalogue)),
    )


def _reason(ground: Ground) -> Reason:
    return Reason(ground.code, say(ground.code, "zh", **dict(ground.params)), ground.clause, ground.area_u)


def _must_go(row: Alike) -> bool:
    refused = row.ruling.conformity is Conformity.REFUSED and not _decides_nothing(row)
    return refused or row.ruling.conformity is Conformity.BARRED


def _decides_nothing(row: Alike) -> bool:
    """A gap or double cover thinner than 2 cm in a plan; a control line on it still counts."""
    return row.mismatch and not row.ruling.conflicts


def _trimmable(row: Alike) -> bool:
    return all(part.form is Form.AREA for part in row.ruling.setting.parts)


def _weigh(row: Alike, looked: Looked) -> Weighed:
    return Weighed(
        conformity=row.ruling.conformity,
        area_u=row.area_u,
        trimmable=_trimmable(row),
        digitising_error=_only_digitising(row, looked),
        mismatch=_decides_nothing(row),
    )


def _only_digitising(row: Alike, looked: Looked) -> bool:
    """Whether nothing but floor hits below 1 m² bars the fragments."""
    if row.ruling.conformity is not Conformity.BARRED or not row.ruling.bars:
        return False
    keys, suspected = looked.evidence.standing.keys, looked.overlay.layers.suspected
    return row.ruling.bars <= {keys[layer] for layer in np.flatnonzero(suspected).tolist()}


def _suggest(looked: Looked, question: Question):
    """The trimmed outline (None: nothing trimmed, or nothing left) and its area."""
    policy, judged, found = question.policy, looked.judged, looked.overlay
    goes = np.array([_must_go(row) for row in judged.groups])
    whole = np.array([not _trimmable(row) for row in judged.groups])
    # A suspected error is verified, not trimmed.
    errors = np.array([_only_digitising(row, looked) for row in judged.groups])
    if not (goes & ~whole & ~errors).any():
        return None, found.area_u
    keep = ~(goes | whole)[judged.alike][found.joined.fragment]
    outline = suggested(
        found.arrangement.outline(np.flatnonzero(keep)),
        _drawn(looked, whole),
        min_width_m=float(policy.min_width_m.value),  # type: ignore[arg-type]
        min_part_m2=float(policy.min_part_m2.value),  # type: ignore[arg-type]
        grid_m=found.arrangement.frame.grid_m,
    )
    if outline.is_empty:
        return None, 0
    kept_u = round(float(areas_m2(np.array([outline]), policy.epsg)[0]) * UNITS_PER_M2)
    return outline, min(kept_u, found.area_u)  # faces were rounded one by one


class _SecondLook:
    """The suggestion checked like any site, when its answer is first asked."""

    def __init__(self, looked: Looked, outline: Areal, question: Question) -> None:
        self._site = _within(looked.site, outline, looked.overlay.arrangement.frame.grid_m)
        self._question = question

    def conformity(self) -> Conformity:
        """The worst conformity found."""
        return worst(row.ruling.conformity for row in self._checked if not row.mismatch)

    def floors_hit(self) -> tuple[str, ...]:
        """Floors that still bar something."""
        return tuple(sorted({layer for row in self._checked for layer in row.ruling.bars}))

    @cached_property
    def _checked(self) -> list[Alike]:
        again = look(self._site, self._question)
        return [row for row, wide in zip(again.judged.groups, _wider_than_rounding(again), strict=True) if wide]


def _drawn(looked: Looked, whole: np.ndarray) -> list[Geometry]:
    """Fragments of parts that are never trimmed."""
    if not whole.any():
        return []
    own = whole[looked.judged.alike]
    number = np.where(own, np.cumsum(own) - 1, -1)
    return list(looked.overlay.arrangement.outlines(number[looked.overlay.joined.fragment], int(own.sum())))


def _wider_than_rounding(looked: Looked) -> list[bool]:
    """Which fragments of a suggestion, by group, are more than slivers of what was trimmed, which rounding its outline
    to the grid leaves."""
    found = looked.overlay
    fragments = len(found.joined)
    half_m = np.full(fragments, SITE_RESOLUTION_M / 2)
    faces = np.arange(len(found.arrangement))
    gone = vanishing(found.arrangement, inscribed_m(found.arrangement), faces, found.joined.fragment, half_m)
    return (np.bincount(looked.judged.alike[~gone], minlength=len(looked.judged.groups)) > 0).tolist()


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
    for row in looked.judged.groups:
        for key in row.ruling.told:
            area[key] = area.get(key, 0) + row.area_u
    order = ("reason_bars", "reason_approved", "reason_conflicts")
    return tuple(
        Reason(code, say(code, "zh", layer=catalogue.entry(layer).title_zh), clause, units)
        for (code, layer, clause), units in sorted(area.items(), key=lambda row: (order.index(row[0][0]), row[0]))
    )


def _unchecked_layers(looked: Looked, question: Question) -> list[Unchecked]:
    standing, unchecked_u = question.standing, looked.overlay.layers.unchecked_u
    rows = []
    for layer in np.flatnonzero(unchecked_u).tolist():
        entry, pinned = standing.layers[layer].entry, standing.layers[layer]
        clause, reason = clause_of(entry, question.policy), pinned.reason or "outside_coverage"
        rows.append(Unchecked(entry.key, entry.title_zh, reason, clause, entry.required, int(unchecked_u[layer])))
    return rows
