"""Rulings on all fragments of a site: one for each distinct situation; fragments are listed when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from spatialhub.evidence import Evidence
from spatialhub.findings import Fragment
from spatialhub.listed import Outlines, Rows
from spatialhub.precedence.model import PartTraits, Ruling
from spatialhub.precedence.rulebook import Rulebook, Setting, Template
from spatialhub.spatial.fragments import distinct_covers
from spatialhub.spatial.model import Site, SitePart
from spatialhub.spatial.overlay import Overlay
from spatialhub.spatial.regions import EVERYWHERE
from spatialhub.spatial.statuses import sums

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
        return tuple(sorted(range(len(area_u)), key=lambda number: (self.covers(number), area_u[number], number)))

    @cached_property
    def ids(self) -> dict[int, str]:
        """Id of every fragment."""
        return {number: f"F{place:03d}" for place, number in enumerate(self.order, 1)}

    def ids_of(self, groups: Sequence[int]) -> list[str]:
        """Ids of the fragments of some groups, in the order of the list."""
        wanted = np.isin(self.alike, groups)
        return [self.ids[number] for number in self.order if wanted[number]]

    @cached_property
    def fragments(self) -> Rows[Fragment]:
        """Every fragment, listed when first read."""
        return Rows(self._list)

    def _list(self) -> Iterator[Fragment]:
        found = self.overlay
        faces = np.arange(len(found.arrangement))
        outlines = Outlines(found.arrangement, faces, found.joined.fragment, len(found.joined))
        area_u, plane_u, mismatch = found.fragment_u.tolist(), found.fragment_plane_u.tolist(), found.mismatch.tolist()
        for number in self.order:
            setting = self.groups[self.alike[number]].ruling.setting
            yield Fragment(
                id=self.ids[number],
                area_u=area_u[number],
                area_plane_u=plane_u[number],
                part=setting.parts[0].number,
                parts=tuple(part.number for part in setting.parts),
                covers=self.covers(number),
                unchecked=tuple(sorted(setting.unchecked)),
                outside_jurisdiction=setting.outside,
                mismatch=mismatch[number],
                ruling=self.ruling(number),
                geometry=partial(outlines.__getitem__, number),
            )

    def covers(self, number: int) -> tuple[tuple[str, str], ...]:
        """(layer, feature id) of what covers a fragment, sorted."""
        return self._named(number)[0]

    def ruling(self, number: int) -> Ruling:
        """The ruling on a fragment, with its features."""
        return self._named(number)[1]

    def _named(self, number: int) -> tuple[tuple[tuple[str, str], ...], Ruling]:
        """Covers and ruling with names: the same for all fragments with the same covers."""
        key = int(self.overlay.joined.key[number])
        if key not in self._of_key:
            labels = self._candidates(number)
            keys, layer = self.evidence.standing.keys, self.evidence.candidates.layer
            covers = tuple(sorted((keys[layer[label]], self.evidence.ids[label]) for label in labels))
            slots = sorted((int(self.kind[label]), label) for label in labels if self.kind[label] >= 0)
            ruling = self.groups[self.alike[number]].ruling.filled([self.evidence.ids[label] for _, label in slots])
            self._of_key[key] = covers, ruling
        return self._of_key[key]

    @cached_property
    def _of_key(self) -> dict[int, tuple[tuple[tuple[str, str], ...], Ruling]]:
        return {}

    def _candidates(self, number: int) -> list[int]:
        first = self.overlay.labels.first
        labels = self.overlay.covers(int(self.overlay.key_face[number]))
        return [label - first for label in labels if label >= first]


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
    settings = _Settings(site, found, evidence, book, frozenset(layer for layer, feature in approved if not feature))
    numbers, alike = np.unique(situation * 2 + found.mismatch, return_inverse=True)
    area_u = sums(alike, found.fragment_u, len(numbers)).tolist()
    rulings: dict[int, Template] = {}
    groups = []
    for number, units in zip(numbers.tolist(), area_u, strict=True):
        if number // 2 not in rulings:
            rulings[number // 2] = settings.rule(int(first[number // 2]), kind)
        groups.append(Alike(rulings[number // 2], bool(number % 2), units))
    return Judged(site, evidence, found, kind, tuple(groups), alike.reshape(-1))


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
        self, site: Site, found: Overlay, evidence: Evidence, book: Rulebook, approved: frozenset[str]
    ) -> None:
        self._traits = [_traits(part) for part in site.parts]
        self._found, self._evidence, self._book, self._approved = found, evidence, book, approved
        self._known: dict[tuple[int, ...], int] = {}

    def rule(self, face: int, kind: np.ndarray) -> Template:
        """Ruling on what a face stands for."""
        first = self._found.labels.first
        labels = self._found.covers(face)
        there = tuple(label for label in labels if label < first)
        if there not in self._known:
            self._known[there] = self._book.setting(self._setting(there), self._approved)
        kinds = sorted(number for number in (int(kind[label - first]) for label in labels[len(there) :]) if number >= 0)
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
