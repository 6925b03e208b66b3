"""Rulings by situation: two fragments in the same situation get the same ruling, whichever features put them there.

A situation is told by numbers of *kinds* of covers (layer, class, what it is reserved for) and of *settings* (parts and
what cannot answer). It is ruled on once, with a slot where each feature's id belongs; ids are put in when a fragment
is looked at. The rulebook of one catalogue and policy keeps what it ruled, so that the next site begins with it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from spatialhub.catalogue import Catalogue, Effect, Kind, LayerEntry
from spatialhub.precedence.engine import rule_on
from spatialhub.precedence.model import (
    CheckPolicy,
    Conformity,
    Constraint,
    Cover,
    Designation,
    PartTraits,
    Ruling,
    Situation,
)
from spatialhub.remembered import ByIdentity
from spatialhub.spatial.model import Form

_MOST_RULED, _MOST_SETTINGS = 50_000, 10_000  # some 50 MB; a rulebook that grows beyond is put away
_TOLD = (Effect.BARS, Effect.CONFLICTS, Effect.APPROVED)
_ADDING = threading.Lock()


@dataclass(frozen=True)
class Setting:
    """What a situation holds besides covers: the parts there, layers that cannot answer, the jurisdiction."""

    parts: tuple[PartTraits, ...]
    unchecked: frozenset[str] = frozenset()
    outside: bool = False

    @cached_property
    def trimmable(self) -> bool:
        """Whether the parts there may be trimmed: every one an area."""
        return all(part.form is Form.AREA for part in self.parts)


@dataclass(frozen=True, slots=True, order=True)
class CoverKind:
    """Features of a layer that no rule tells apart; `approved`: an approval of the very feature suffices."""

    layer: str
    class_code: str = ""
    reserved_for: str = ""
    approved: bool = False


@dataclass(frozen=True)
class Template:
    """A ruling on a situation, its features as slots: slot i stands for the i-th of the situation's kinds."""

    setting: Setting
    ruling: Ruling

    @cached_property
    def told(self) -> tuple[tuple[str, str, str], ...]:
        """What bars, refuses or is approved, as (message code, layer, clause)."""
        rows = (row for row in (*self.ruling.floors, *self.ruling.constraints) if row.effect in _TOLD)
        return tuple(sorted({(f"reason_{row.effect.value}", row.layer, row.clause) for row in rows}))

    @cached_property
    def bars(self) -> frozenset[str]:
        """Floor layers that bar."""
        return frozenset(row.layer for row in self.ruling.floors if row.effect is Effect.BARS)

    @cached_property
    def conflicts(self) -> bool:
        """Whether a control line is against it."""
        return any(row.effect is Effect.CONFLICTS for row in self.ruling.constraints)

    @cached_property
    def floors(self) -> tuple[str, ...]:
        """Floor layers there, whatever they do."""
        return tuple(sorted({row.layer for row in self.ruling.floors}))

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What others have made of it and want to find again."""
        return {}

    @property
    def conformity(self) -> Conformity:
        """Conformity of the ruling."""
        return self.ruling.conformity

    def filled(self, ids: Sequence[str]) -> Ruling:
        """The ruling with features: `ids` in the order of the situation's kinds."""
        if not ids:
            return self.ruling
        return replace(
            self.ruling,
            floors=_named(self.ruling.floors, ids),
            constraints=_named(self.ruling.constraints, ids),
            candidates=tuple(_spoken(row, ids) for row in self.ruling.candidates),
        )


class Filled(NamedTuple):
    """A ruling whose features are put in when it is called: `ids` in the order of the situation's kinds."""

    template: Template
    ids: Sequence[str] = ()

    @property
    def conformity(self) -> Conformity:
        """Conformity of the ruling."""
        return self.template.ruling.conformity

    def __call__(self) -> Ruling:
        return self.template.filled(self.ids)


def _named(rows: Sequence[Constraint], ids: Sequence[str]) -> tuple[Constraint, ...]:
    named = (replace(row, feature=ids[int(row.feature)]) for row in rows)
    return tuple(sorted(named, key=lambda row: (row.layer, row.feature)))


def _spoken(said: Designation, ids: Sequence[str]) -> Designation:
    if not said.feature:
        return said
    return replace(said, feature="/".join(sorted(ids[int(slot)] for slot in said.feature.split("/"))))


class Rulebook:
    """Rules for one catalogue and policy, and remembers."""

    def __init__(self, catalogue: Catalogue, policy: CheckPolicy) -> None:
        self.catalogue, self.policy = catalogue, policy
        self._kinds: dict[CoverKind, int] = {}
        self._settings: dict[tuple[Setting, frozenset[str]], int] = {}
        self._ruled: dict[tuple[int, tuple[int, ...]], Template] = {}
        # Lists that only grow: a number once given stays, also for a thread that reads while another adds.
        self._kinds_met: list[CoverKind] = []
        self._setting_of: list[tuple[Setting, frozenset[str]]] = []

    @property
    def full(self) -> bool:
        """Whether it has grown so large that the next site should begin a new one."""
        return len(self._ruled) > _MOST_RULED or len(self._setting_of) > _MOST_SETTINGS

    def kind(self, kind: CoverKind) -> int:
        """Number of a kind of cover; -1 where no ruling depends on the layer."""
        if not self._matters(self.catalogue.entry(kind.layer)):
            return -1
        return _numbered(kind, self._kinds, self._kinds_met)

    def kind_of(self, number: int) -> CoverKind:
        """The kind of cover that a number ≥ 0 stands for."""
        return self._kinds_met[number]

    def setting(self, setting: Setting, approved: frozenset[str] = frozenset()) -> int:
        """Number of a setting, with floor layers whose approval suffices for all of their features."""
        return _numbered((setting, approved), self._settings, self._setting_of)

    def rule(self, setting: int, kinds: tuple[int, ...]) -> Template:
        """Rule on a situation: `kinds` ascending, one for each cover that matters."""
        found = self._ruled.get((setting, kinds))
        if found is None:
            found = self._ruled[setting, kinds] = self._rule(setting, kinds)
        return found

    def _rule(self, setting: int, kinds: tuple[int, ...]) -> Template:
        there, whole_layers = self._setting_of[setting]
        slots = [(self._kinds_met[kind], str(slot)) for slot, kind in enumerate(kinds)]
        single = {(kind.layer, slot) for kind, slot in slots if kind.approved}
        situation = Situation(
            parts=there.parts,
            covers=tuple(sorted(Cover(kind.layer, slot, kind.class_code, kind.reserved_for) for kind, slot in slots)),
            unchecked=there.unchecked,
            approved=frozenset(single | {(layer, "") for layer in whole_layers}),
            outside_jurisdiction=there.outside,
        )
        return Template(there, rule_on(situation, catalogue=self.catalogue, policy=self.policy))

    def _matters(self, entry: LayerEntry) -> bool:
        may_constrain = entry.kind in (Kind.FLOOR, Kind.CONTROL) or entry.only is not None
        return may_constrain or entry.speaks_for is not None or entry.key in self.policy.cultivated_layers


def _numbered(value, numbers: dict, values: list) -> int:
    number = numbers.get(value)
    if number is None:
        with _ADDING:
            number = numbers.get(value)
            if number is None:
                values.append(value)
                number = numbers[value] = len(values) - 1
    return number


_books = ByIdentity[Rulebook](most=4)


def rulebook_of(catalogue: Catalogue, policy: CheckPolicy) -> Rulebook:
    """The rulebook of this process for a catalogue and policy."""
    return _books.of((catalogue, policy), lambda: Rulebook(catalogue, policy), stale=lambda book: book.full)
