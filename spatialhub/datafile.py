"""Reading the project's own TOML files strictly: what is wrong is told with file, line and nearest name.

A schema is a mapping from key to `Key`; nested tables have a mapping of their own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from spatialhub.errors import (
    MissingDataFile,
    MissingKey,
    NotToml,
    UnknownKey,
    UnknownReference,
    UnknownSchema,
    WrongValue,
)
from spatialhub.tomllines import lines_of

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a schema.

    `kind` is a type or a tuple of types, `items` the same for the items of a list; `one_of` the allowed values (of
    the items, where the value is a list); `each` the schema of a table, of every table of an array, or (with `named`)
    of every value of a table whose keys are free names. `help` is the sentence printed in docs/data-files.md.
    """

    kind: type | tuple[type, ...] = str
    required: bool = False
    one_of: tuple[object, ...] = ()
    each: Mapping[str, Key] | None = None
    named: bool = False
    items: type | tuple[type, ...] = ()
    help: str = ""


Schema = Mapping[str, Key]


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that was held against its schema; `place` names where a key of it stands."""

    path: Path
    table: Mapping
    lines: Mapping[tuple[str | int, ...], int]

    def place(self, *keys: str | int) -> str:
        """Return `file:line` of a key, or of the nearest table around it that is there."""
        path = keys
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.path}:{self.lines.get(path, 1)}"

    def refer(self, name: str, known: Iterable[str], *keys: str | int, what: str) -> str:
        """Return `name`, which the value at `keys` refers to.

        Raises
        ------
        UnknownReference
            `name` is none of `known`.
        """
        known = tuple(known)
        if name not in known:
            raise UnknownReference(self.place(*keys), kind=what, name=name, nearest=nearest(name, known))
        return name


def load(path: Path, schema: Schema) -> DataFile:
    """Read a TOML file that begins with `schema = 1` and hold it against `schema`.

    Raises
    ------
    MissingDataFile, NotToml, UnknownSchema, UnknownKey, MissingKey, WrongValue
        Each names file and line.
    """
    if not path.is_file():
        raise MissingDataFile(str(path))
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotToml(str(path), reason=str(error)) from None
    file = DataFile(path, table, lines_of(text))
    found = table.get("schema")
    if type(found) is not int or found != SCHEMA:
        raise UnknownSchema(file.place("schema"), found=found, known=SCHEMA)
    _hold(file, table, {"schema": Key(int), **schema}, ())
    del table["schema"]
    return file


def read(path: Path, schema: Schema) -> dict:
    """Return the table of a file (see `load`)."""
    return dict(load(path, schema).table)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the most similar known name, a dash where there is none."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.0)
    return near[0] if near else "—"


def _hold(file: DataFile, table: Mapping, schema: Schema, at: tuple[str | int, ...]) -> None:
    for name, value in table.items():
        if name not in schema:
            raise UnknownKey(file.place(*at, name), key=_dotted(*at, name), nearest=nearest(name, schema))
        _hold_value(file, value, schema[name], (*at, name))
    for name, key in schema.items():
        if key.required and name not in table:
            raise MissingKey(file.place(*at), key=_dotted(*at, name))


def _hold_value(file: DataFile, value: object, key: Key, at: tuple[str | int, ...]) -> None:
    _hold_kind(file, value, key.kind, at)
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if key.items:
            _hold_kind(file, item, key.items, (*at, index))
    if key.one_of:
        _hold_choice(file, value, key.one_of, at)
    if key.each is not None:
        _hold_tables(file, value, key, at)


def _hold_kind(file: DataFile, value: object, kind: type | tuple[type, ...], at: tuple[str | int, ...]) -> None:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    taken = (*kinds, int) if float in kinds else kinds
    if not isinstance(value, taken) or (isinstance(value, bool) and bool not in kinds):
        allowed = " | ".join(each.__name__ for each in kinds)
        raise WrongValue(file.place(*at), key=_dotted(*at), found=repr(value), allowed=allowed)


def _hold_choice(file: DataFile, value: object, one_of: tuple[object, ...], at: tuple[str | int, ...]) -> None:
    for index, item in enumerate(value if isinstance(value, list) else [value]):
        if item not in one_of:
            raise WrongValue(file.place(*at, index), key=_dotted(*at), found=repr(item), allowed=one_of)


def _hold_tables(file: DataFile, value: object, key: Key, at: tuple[str | int, ...]) -> None:
    assert key.each is not None
    tables: Iterable[tuple[tuple[str | int, ...], object]]
    if isinstance(value, list):
        tables = (((*at, index), item) for index, item in enumerate(value))
    elif key.named and isinstance(value, Mapping):
        tables = (((*at, name), item) for name, item in value.items())
    else:
        tables = ((at, value),)
    for path, table in tables:
        if not isinstance(table, Mapping):
            raise WrongValue(file.place(*path), key=_dotted(*path), found=repr(table), allowed="table")
        _hold(file, table, key.each, path)


def _dotted(*at: str | int) -> str:
    text = ""
    for part in at:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
