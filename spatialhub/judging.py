"""Rulings on all fragments of a site: one for each distinct situation; fragments are listed when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from spatialhub.evidence import Evidence
from spatialhub.findings import Fragment
from spatialhub.listed import Outlines, Records
from spatialhub.precedence.model import PartTraits, Ruling
from spatialhub.precedence.rulebook import Filled, Rulebook, Setting, Template
from spatialhub.spatial.fragments import distinct_covers
from spatialhub.spatial.model import Site, SitePart
from spatialhub.spatial.overlay import Overlay
from spatialhub.spatial.regions import EVERYWHERE

_REGION = 1 << 40  # numbers from here on are labels of parts and regions, below are kinds of covers


@dataclass(frozen=True, slots=True)
class Alike:
    """Fragments on which one ruling stands, counted together; `mismatch`: thin gaps or double covers of a plan."""

    ruling: Template
    mismatch: bool
    area_u: int


@dataclass(frozen=True)
class Judged:
    """Rulings on the fragments of an overlay.

    `alike` int64 (fragments,) numbers `groups`; `kind` int64 (candidates,) is the rulebook's number of what a ruling
    depends on, -1 where none does.
    """

    site: Site
    evidence: Evidence
    overlay: Overlay
    kind: np.ndarray
    groups: tuple[Alike, ...]
    alike: np.ndarray

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Fragments in the order in which they are listed: by covers, area, then the least vertex."""
        area_u = self.overlay.fragment_u.tolist()
        rows = sorted((covers, area_u[number], number) for number, covers in enumerate(self._covers))
        return tuple(number for _, _, number in rows)

    @cached_property
    def ids(self) -> dict[int, str]:
        """Id of every fragment."""
        return {number: f"F{place:03d}" for place, number in enumerate(self.order, 1)}

    def ids_of(self, groups: Sequence[int]) -> list[str]:
        """Ids of the fragments of some groups, in the order of the list."""
        wanted = np.isin(self.alike, groups)
        return [self.ids[number] for number in self.order if wanted[number]]

    @cached_property
    def fragments(self) -> Records[Fragment]:
        """Every fragment, listed when first read."""
        return Records(self._list, self._fragment)

    def _list(self) -> list[tuple]:
        """What stands for the fragments: fields of `Fragment` but for the geometry, and its number."""
        found, covers, ids = self.overlay, self._covers, self.ids
        area_u, plane_u, mismatch = found.fragment_u.tolist(), found.fragment_plane_u.tolist(), found.mismatch.tolist()
        places = [_place(group.ruling.setting) for group in self.groups]
        alike = self.alike.tolist()
        return [
            (
                ids[number],
                area_u[number],
                plane_u[number],
                *places[alike[number]],
                covers[number],
                mismatch[number],
                self.filled(number),
                number,
            )
            for number in self.order
        ]

    def _fragment(self, values: tuple) -> Fragment:
        id, area_u, plane_u, part, parts, unchecked, outside, covers, mismatch, ruling, number = values
        draw = partial(self._outlines.__getitem__, number)
        return Fragment(id, area_u, plane_u, part, parts, covers, unchecked, outside, mismatch, ruling, draw)

    @cached_property
    def _outlines(self) -> Outlines:
        found = self.overlay
        faces = np.arange(len(found.arrangement))
        return Outlines(found.arrangement, faces, found.joined.fragment, len(found.joined))

    def covers(self, number: int) -> tuple[tuple[str, str], ...]:
        """(layer, feature id) of what covers a fragment, sorted."""
        return self._covers[number]

    def ruling(self, number: int) -> Ruling:
        """The ruling on a fragment, with its features."""
        return self.filled(number)()

    def filled(self, number: int) -> Filled:
        """The ruling on a fragment, its features not yet put in."""
        kind, ids = self._kinds, self.evidence.ids
        slots = sorted([(kind[label], label) for label in self._labels[number] if kind[label] >= 0])
        return Filled(self._rulings[number], [ids[label] for _, label in slots])

    @cached_property
    def _rulings(self) -> list[Template]:
        rulings = [group.ruling for group in self.groups]
        return [rulings[group] for group in self.alike.tolist()]

    @cached_property
    def _covers(self) -> list[tuple[tuple[str, str], ...]]:
        named = self.evidence.named
        return [tuple(sorted([named[label] for label in labels])) for labels in self._labels]

    @cached_property
    def _labels(self) -> list[list[int]]:
        """Candidates that cover each fragment and count, ascending."""
        found, first = self.overlay, self.overlay.labels.first
        label, counts = found.arrangement.cover_label.tolist(), found.counts[first:].tolist()
        starts, stops = (found.arrangement.cover_start[found.key_face + i].tolist() for i in (0, 1))
        spans = zip(starts, stops, strict=True)
        return [[at - first for at in label[a:b] if at >= first and counts[at - first]] for a, b in spans]

    @cached_property
    def _kinds(self) -> list[int]:
        return self.kind.tolist()


def _place(setting: Setting) -> tuple[int, tuple[int, ...], tuple[str, ...], bool]:
    """What a row says of its setting: the first part, all parts, unchecked layers, whether outside."""
    parts = tuple(part.number for part in setting.parts)
    return parts[0], parts, tuple(sorted(setting.unchecked)), setting.outside


def judge(
    site: Site, found: Overlay, evidence: Evidence, book: Rulebook, approved: frozenset[tuple[str, str]] = frozenset()
) -> Judged:
    """Rule on every fragment. `approved` are floor layers (layer, "") or features (layer, id) with an approval."""
    kind = _kinds(evidence, book, approved)
    labels = np.concatenate([_REGION + np.arange(found.labels.first), kind])
    situation, first = distinct_covers(
        found.arrangement, np.where(found.counts, labels, -1), np.zeros(len(found.arrangement), bool)
    )
    situation = situation[found.key_face]
    whole_layers = frozenset(layer for layer, feature in approved if not feature)
    settings = _Settings(site, found, evidence, book, whole_layers, kind.tolist())
    numbers, alike = _numbered(situation * 2 + found.mismatch)
    # Exact: a city is below 2^53 units.
    area_u = np.bincount(alike, weights=found.fragment_u, minlength=len(numbers)).astype(np.int64).tolist()
    rulings: dict[int, Template] = {}
    groups = []
    for number, units in zip(numbers, area_u, strict=True):
        if number // 2 not in rulings:
            rulings[number // 2] = settings.rule(int(first[number // 2]))
        groups.append(Alike(rulings[number // 2], bool(number % 2), units))
    return Judged(site, evidence, found, kind, tuple(groups), alike)


def _numbered(value: np.ndarray) -> tuple[list[int], np.ndarray]:
    """The different ones among small numbers ≥ 0, ascending, and which of them each is."""
    present = np.bincount(value) > 0
    return np.flatnonzero(present).tolist(), (np.cumsum(present) - 1)[value]


def _kinds(evidence: Evidence, book: Rulebook, approved: frozenset[tuple[str, str]]) -> np.ndarray:
    """The rulebook's number of every candidate's kind; features that an approval names are of a kind of their own."""
    single = {row for row in approved if row[1]}
    if not single:
        return evidence.kind
    kind = evidence.kind.copy()
    keys, layer = evidence.standing.keys, evidence.candidates.layer
    for label, feature in enumerate(evidence.ids):
        if (keys[layer[label]], feature) in single and kind[label] >= 0:
            kind[label] = book.kind(replace(book.kind_of(int(kind[label])), approved=True))
    return kind


class _Settings:
    """Settings of one site by the labels of parts and regions: few, however many fragments."""

    def __init__(
        self,
        site: Site,
        found: Overlay,
        evidence: Evidence,
        book: Rulebook,
        approved: frozenset[str],
        kind: list[int],
    ) -> None:
        self._traits = [_traits(part) for part in site.parts]
        self._found, self._evidence, self._book, self._approved = found, evidence, book, approved
        self._kind = kind
        self._known: dict[tuple[int, ...], int] = {}

    def rule(self, face: int) -> Template:
        """Ruling on what a face stands for."""
        first, kind = self._found.labels.first, self._kind
        labels = self._found.covers(face)
        there = tuple([label for label in labels if label < first])
        if there not in self._known:
            self._known[there] = self._book.setting(self._setting(there), self._approved)
        kinds = sorted([number for label in labels[len(there) :] if (number := kind[label - first]) >= 0])
        return self._book.rule(self._known[there], tuple(kinds))

    def _setting(self, there: tuple[int, ...]) -> Setting:
        parts, around = self._found.labels.parts, self._found.labels.around
        inside = {EVERYWHERE, *(label - parts for label in there if label >= parts)}
        places = zip(self._evidence.standing.keys, around.of_layer.tolist(), strict=True)
        return Setting(
            parts=tuple(self._traits[label] for label in there if label < parts),
            unchecked=frozenset(layer for layer, place in places if place not in inside),
            outside=around.jurisdiction not in inside,
        )


def _traits(part: SitePart) -> PartTraits:
    return PartTraits(part.number, part.use, part.level, part.form, part.manner, part.facility)
