"""Frozen catalogue values: what a planning layer is, what uses and classes are. Pure; `layers/catalog.py` loads it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import rfc8785

from spatialhub.errors import UnknownLayer
from spatialhub.spatial.model import Level, Manner


class Family(StrEnum):
    """Groups in which layers are shown."""

    SIX_LINES = "six_lines"
    CONTROL = "control"
    PLANS = "plans"
    SURVEY = "survey"
    SPECIAL = "special"


class Kind(StrEnum):
    """What a layer does to a fragment that it covers."""

    FLOOR = "floor"
    CONTROL = "control"
    DESIGNATION = "designation"
    INFORMATION = "information"


class SpeaksFor(StrEnum):
    """The question of check.md §6 that a layer answers."""

    LAND_USE_PLAN = "land_use_plan"
    URBAN_RURAL_PLAN = "urban_rural_plan"
    TERRITORIAL_PLAN = "territorial_plan"
    BLUEPRINT = "blueprint"
    ECOLOGICAL_REDLINE = "ecological_redline"
    BASIC_FARMLAND = "basic_farmland"
    URBAN_BOUNDARY = "urban_boundary"
    SURVEY = "survey"


class Effect(StrEnum):
    """Effect of a floor or control line on a use, and (the last three) what a floor does in the end."""

    SERVES = "serves"
    CONDITIONAL = "conditional"
    CONFLICTS = "conflicts"
    BARS = "bars"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class EffectRow:
    """A row of a layer's effect table; the first row that matches a part decides.

    `uses` are prefixes of use codes, `classes` of the feature's class as it stands in the source; an empty tuple of any
    column matches everything. `reserved` restricts the row: `own` — the feature is reserved for this part's facility or
    use; `other` — for another one. `height` holds the part's greatest height against the feature's class, which is then
    a limit in metres: `within`, `above`, or `unknown` where either is not given.
    """

    effect: Effect
    uses: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    manners: tuple[Manner, ...] = ()
    reserved: str = ""
    note: str = ""
    classes: tuple[str, ...] = ()
    height: str = ""


@dataclass(frozen=True, slots=True)
class Only:
    """Restricts a layer's constraint to features whose class code begins with one of `codes`."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consulted:
    """A department asked when the layer hits, and why."""

    department: str
    why: str


@dataclass(frozen=True, slots=True)
class Style:
    """How a layer is drawn: colours as #RRGGBB, width in pixels, opacity of the fill 0-1, `dash` as in SVG."""

    stroke: str
    fill: str = ""
    width_px: float = 2.0
    fill_opacity: float = 0.15
    dash: str = ""
    hatch: bool = False


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """A planning layer of the catalogue (check.md §3).

    `clause` is the national rule behind the layer; the city's own clause stands in its folder. `steward` and
    `consulted` are department keys that the city's file names. `class_field`, `id_field`, `name_field` and
    `reserved_field` are *roles* of columns in a version (`class`, `id`, `name`, `reserved_for` after import);
    `aliases` lists for each role the source columns recognised, in order. `fact` names a fact that a feature puts on a
    fragment: with `existing_right` somebody has to decide there, and nothing is refused because of it. `source` says
    what of the entry was read where, and what was recalled.
    """

    key: str
    title_zh: str
    title_en: str
    family: Family
    kind: Kind
    steward: str
    clause: str
    style: Style
    order: int = 0
    consulted: tuple[Consulted, ...] = ()
    required: bool = False
    speaks_for: SpeaksFor | None = None
    rank: str = ""
    effects: tuple[EffectRow, ...] = ()
    only: Only | None = None
    classes: str = ""
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    buffer_m: float = 0.0
    buffer_basis: str = ""
    resolution_m: float = 0.001
    trace_below_m2: float = 1.0
    trace_narrower_than_m: float = 0.1
    tessellates: bool = False
    shown_fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fact: str = ""
    source: str = ""

    @property
    def sha256(self) -> str:
        """Hash of the whole entry, part of a snapshot's name."""
        return hashlib.sha256(rfc8785.dumps(asdict(self))).hexdigest()

    def title(self, language: str = "zh") -> str:
        """Title in a language."""
        return self.title_en if language == "en" else self.title_zh


@dataclass(frozen=True, slots=True)
class Use:
    """A code of the national classification 用地用海分类 (自然资发〔2023〕234号)."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A row of a crosswalk: a plan's or survey's own `code` → the pivot classes it stands for.

    `pivot` are prefixes of national use codes. A class may stand for many of them ("town land").
    """

    code: str
    name: str
    pivot: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Classes:
    """A crosswalk, keyed by code. `strip` are suffix letters ignored when matching (K and A of the land survey);
    `prefix_match` says that a code without a row takes the row of its longest prefix."""

    key: str
    title: str
    rows: Mapping[str, ClassRow]
    strip: str = ""
    prefix_match: bool = False

    def find(self, code: str | None) -> ClassRow | None:
        """Return the row of a code; None where there is none: the class is then `unknown`, never allowed."""
        if not code:
            return None
        code = code.strip()
        if code in self.rows:
            return self.rows[code]
        code = code.rstrip(self.strip) if self.strip else code
        while code:
            if code in self.rows:
                return self.rows[code]
            if not self.prefix_match:
                return None
            code = code[:-1]
        return None


@dataclass(frozen=True)
class Catalogue:
    """All entries, uses and crosswalks that a check works with."""

    entries: Mapping[str, LayerEntry]
    uses: Mapping[str, Use]
    classes: Mapping[str, Classes]

    def entry(self, key: str) -> LayerEntry:
        """Return an entry.

        Raises
        ------
        UnknownLayer
            No entry has this key.
        """
        if key not in self.entries:
            raise UnknownLayer(key, known=tuple(self.entries))
        return self.entries[key]

    def speaking(self, what: SpeaksFor) -> tuple[LayerEntry, ...]:
        """Entries that answer one question, in catalogue order."""
        return self._speaking.get(what, ())

    @cached_property
    def _speaking(self) -> Mapping[SpeaksFor, tuple[LayerEntry, ...]]:
        given = list(self.entries.values())
        return {what: tuple(entry for entry in given if entry.speaks_for is what) for what in SpeaksFor}

    def only(self, keys: Iterable[str]) -> Catalogue:
        """The same catalogue with some of its layers alone, in catalogue order.

        Raises
        ------
        UnknownLayer
            A key is of no entry.
        """
        wanted = {self.entry(key).key for key in keys}
        return Catalogue({key: row for key, row in self.entries.items() if key in wanted}, self.uses, self.classes)

    @cached_property
    def version(self) -> str:
        """Hash over entries, uses and crosswalks: the `catalogue_version` of a result."""
        value: dict[str, Any] = {
            "entries": {key: entry.sha256 for key, entry in self.entries.items()},
            "uses": {code: use.name_zh for code, use in self.uses.items()},
            "classes": {
                key: {
                    "matching": [classes.strip, classes.prefix_match],
                    "rows": {code: [row.name, list(row.pivot)] for code, row in classes.rows.items()},
                }
                for key, classes in self.classes.items()
            },
        }
        return hashlib.sha256(rfc8785.dumps(value)).hexdigest()[:16]


def matches(code: str, prefixes: Iterable[str]) -> bool:
    """Whether a class or use code falls under one of the prefixes."""
    return code.startswith(tuple(prefixes))
