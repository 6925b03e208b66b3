"""Which columns a version has: roles that the catalogue knows by alias, and every column of the source."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spatialhub.catalogue import LayerEntry
from spatialhub.spatial.table import Column, Numbers, Texts

_DBF_NAME_BYTES = 10
ALWAYS = ("id", "name", "class", "reserved_for")


@dataclass(frozen=True, slots=True)
class Columns:
    """`roles`: role → source column (None: absent). `kept`: source column → its name in the version."""

    roles: Mapping[str, str | None]
    kept: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """All columns of the version: roles first."""
        return (*self.roles, *self.kept.values())

    @property
    def renamed(self) -> dict[str, str]:
        """Source columns that had to take another name, because a role has theirs."""
        return {source: name for source, name in self.kept.items() if source != name}

    def values(self, attributes: Mapping[str, Column], count: int) -> dict[str, Column]:
        """Columns of the version for `count` features with the source's attributes; roles are always texts."""
        known: dict[str | None, Texts] = {None: Texts.nulls(count)}
        for source in self.roles.values():
            if source is not None and source not in known:
                known[source] = as_texts(attributes[source])
        columns: dict[str, Column] = {role: known[source] for role, source in self.roles.items()}
        for source, name in self.kept.items():
            column = attributes[source]
            flat = isinstance(column, (Texts, Numbers))
            columns[name] = column if flat else [None if is_null(value) else value for value in column]
        return columns


def plan_columns(entry: LayerEntry, fields: Sequence[str], *, roles: Mapping[str, str | None] | None = None) -> Columns:
    """Decide roles and names for the source columns `fields`.

    A role takes the first of the entry's aliases that the source has, whatever its case; `roles` repeats an earlier
    decision. A source column named like a role, whatever its case, is kept as `src_<name>`.
    """
    wanted = dict.fromkeys([*ALWAYS, *entry.aliases])
    if roles is None:
        roles = {role: _first(entry.aliases.get(role, (role,)), fields) for role in wanted}
    taken = {role.casefold() for role in roles}
    kept = {}
    for source in fields:
        kept[source] = _free(source, taken)
        taken.add(kept[source].casefold())
    return Columns(dict(roles), kept)


def as_texts(column: Column | Sequence) -> Texts:
    """Texts of a column's attributes, each as `as_text` gives it."""
    if isinstance(column, Texts):
        return column.stripped()
    return Texts.of([as_text(value) for value in column])


def as_text(value: object) -> str | None:
    """Text of an attribute: whole numbers without a point, blanks and nulls as None."""
    if is_null(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def is_null(value: object) -> bool:
    """Whether an attribute is null: readers give None, or NaN in columns of numbers."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def is_number(value: object) -> bool:
    """Whether a value can be kept as a float64 without losing a digit; longer whole numbers are codes, kept as text."""
    if isinstance(value, bool):
        return False
    return isinstance(value, float) or (isinstance(value, int) and abs(value) <= 2**53)


def _first(aliases: Sequence[str], fields: Sequence[str]) -> str | None:
    by_name = {field.casefold(): field for field in reversed(fields)}
    spelled = [spelling for alias in aliases for spelling in (alias, _cut_off(alias))]
    return next((by_name[name.casefold()] for name in spelled if name.casefold() in by_name), None)


def _cut_off(name: str) -> str:
    """The name as a Shapefile keeps it: ten bytes, two for a Chinese character."""
    return name.encode("gb18030")[:_DBF_NAME_BYTES].decode("gb18030", "ignore")


def _free(source: str, taken: set[str]) -> str:
    name = source
    while name.casefold() in taken:
        name = f"src_{name}"
    return name
