"""What trimming leaves of a site (check.md §7): at most so much, at once; the outline itself when it is asked for."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.findings import Suggestion
from spatialhub.judging import Alike
from spatialhub.looking import Looked, Question, look
from spatialhub.precedence.engine import worst
from spatialhub.precedence.model import Conformity
from spatialhub.precedence.verdict import Weighed
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.arrangement import UNITS_PER_M2, common
from spatialhub.spatial.candidates import SITE_RESOLUTION_M
from spatialhub.spatial.model import Areal, Site
from spatialhub.spatial.suggest import suggested
from spatialhub.spatial.thin import vanishing

_BENT_UNITS = 10  # grid units by which no edge moves where what is left is noded anew; it is one, twice at most


# Conformity and the flags of `Weighed`, in its order.
_Kind: TypeAlias = tuple[Conformity, bool, bool, bool]


class Weighing:
    """What the verdict makes of a site's fragments, counted together: `rows`."""

    def __init__(self, looked: Looked) -> None:
        keys, suspected = looked.evidence.standing.keys, looked.overlay.layers.suspected.tolist()
        errors = frozenset(keys[layer] for layer, error in enumerate(suspected) if error)
        self._kinds = [_kind(group, errors) for group in looked.judged.groups]
        area_u: dict[_Kind, int] = {}
        for kind, group in zip(self._kinds, looked.judged.groups, strict=True):
            area_u[kind] = area_u.get(kind, 0) + group.area_u
        self.rows = tuple(Weighed(kind[0], units, *kind[1:]) for kind, units in area_u.items())

    @cached_property
    def of_group(self) -> np.ndarray:
        """The row of every group of fragments on which one ruling stands, int64 (groups,)."""
        place = {kind: number for number, kind in enumerate(dict.fromkeys(self._kinds))}
        return np.array([place[kind] for kind in self._kinds], np.int64)


def _kind(group: Alike, errors: frozenset[str]) -> _Kind:
    template = group.ruling
    conformity = template.ruling.conformity
    only_errors = bool(errors) and conformity is Conformity.BARRED and _bars_only(template.bars, errors)
    # A gap or double cover thinner than 2 cm in a plan; a control line on it still counts.
    nothing = group.mismatch and not template.conflicts
    return conformity, template.setting.trimmable, only_errors, nothing


def _bars_only(bars: frozenset[str], errors: frozenset[str]) -> bool:
    """Whether nothing but floor hits below 1 m² bars."""
    return bool(bars) and bars <= errors


class Trimming:
    """A site without what must go."""

    def __init__(self, looked: Looked, question: Question) -> None:
        self._looked, self._question = looked, question
        self.weighed = Weighing(looked)
        # A suspected error is verified, not trimmed.
        self.needed = any(row.must_go and row.trimmable and not row.digitising_error for row in self.weighed.rows)

    @cached_property
    def at_most_u(self) -> int:
        """No less than `kept_u`, in units of 1e-4 m²: all that may stay, whatever opening it takes away."""
        site_u, arrangement = self._looked.overlay.area_u, self._looked.overlay.arrangement
        if not self.needed:
            return site_u
        stays_u = sum(row.area_u for row in self.weighed.rows if not (row.must_go and row.trimmable))
        if stays_u >= site_u:
            return site_u
        bent_m2 = float(arrangement.perimeter_m.sum()) * _BENT_UNITS * arrangement.frame.grid_m
        return min(site_u, stays_u + len(arrangement) + math.ceil(bent_m2 * UNITS_PER_M2))  # faces were rounded, too

    @property
    def kept_u(self) -> int:
        """Area of the outline, in units of 1e-4 m²; all of the site where nothing is trimmed."""
        return self._drawn[1]

    def suggestion(self) -> Suggestion | None:
        """The outline with a second look at it; None where nothing is trimmed, or nothing left."""
        outline, kept_u = self._drawn
        if outline is None:
            return None
        again = _SecondLook(self._looked, outline, self._question)
        return Suggestion(outline, kept_u, self._looked.overlay.area_u - kept_u, again.conformity, again.floors_hit)

    @cached_property
    def _drawn(self) -> tuple[Areal | None, int]:
        found, policy = self._looked.overlay, self._question.policy
        if not self.needed:
            return None, found.area_u
        if all(row.must_go and row.trimmable for row in self.weighed.rows):
            return None, 0
        whole = np.array([not row.trimmable for row in self.weighed.rows])[self.weighed.of_group]
        goes = np.array([row.must_go for row in self.weighed.rows])[self.weighed.of_group]
        keep = ~(goes | whole)[self._looked.judged.alike][found.joined.fragment]
        outline = suggested(
            found.arrangement.outline(np.flatnonzero(keep)),
            _fragments(self._looked, whole),
            min_width_m=float(policy.min_width_m.value),  # type: ignore[arg-type]
            min_part_m2=float(policy.min_part_m2.value),  # type: ignore[arg-type]
            grid_m=found.arrangement.frame.grid_m,
        )
        if outline.is_empty:
            return None, 0
        kept_u = round(float(areas_m2(np.array([outline]), policy.epsg)[0]) * UNITS_PER_M2)
        return outline, min(kept_u, found.area_u)  # faces were rounded one by one


def _fragments(looked: Looked, groups: np.ndarray) -> list[Geometry]:
    """Outlines of all fragments of some groups, bool (groups,)."""
    if not groups.any():
        return []
    own = groups[looked.judged.alike]
    number = np.where(own, np.cumsum(own) - 1, -1)
    return list(looked.overlay.arrangement.outlines(number[looked.overlay.joined.fragment], int(own.sum())))


class _SecondLook:
    """The suggestion checked like any site, when its answer is first asked."""

    def __init__(self, looked: Looked, outline: Areal, question: Question) -> None:
        self._site, self._outline, self._question = looked.site, outline, question
        self._grid_m = looked.overlay.arrangement.frame.grid_m

    def conformity(self) -> Conformity:
        """The worst conformity found."""
        return worst(row.ruling.conformity for row in self._checked if not row.mismatch)

    def floors_hit(self) -> tuple[str, ...]:
        """Floors that still bar something."""
        return tuple(sorted({layer for row in self._checked for layer in row.ruling.bars}))

    @cached_property
    def _checked(self) -> list[Alike]:
        again = look(_within(self._site, self._outline, self._grid_m), self._question)
        return [row for row, wide in zip(again.judged.groups, _wider_than_rounding(again), strict=True) if wide]


def _within(site: Site, outline: Areal, grid_m: float) -> Site:
    """The site cut down to an outline, part by part."""
    parts = []
    for part in site.parts:
        left = common(part.geometry, outline, grid_m=grid_m) if len(site.parts) > 1 else outline
        polygons = [row for row in shapely.get_parts(shapely.get_parts(left)) if row.geom_type == "Polygon"]
        if polygons:
            parts.append(replace(part, geometry=shapely.MultiPolygon(polygons)))
    return replace(site, parts=tuple(parts))


def _wider_than_rounding(looked: Looked) -> list[bool]:
    """Which fragments of a suggestion, by group, are more than slivers of what was trimmed, which rounding its outline
    to the grid leaves."""
    found = looked.overlay
    fragments = len(found.joined)
    half_m = np.full(fragments, SITE_RESOLUTION_M / 2)
    faces = np.arange(len(found.arrangement))
    gone = vanishing(found.arrangement, faces, found.joined.fragment, half_m)
    return (np.bincount(looked.judged.alike[~gone], minlength=len(looked.judged.groups)) > 0).tolist()
