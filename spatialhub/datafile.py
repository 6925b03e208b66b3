"""Reading the project's own TOML files strictly: unknown keys are errors with line and nearest name.

A schema is a mapping from key to `Key`; nested tables have a mapping of their own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from spatialhub.errors import MissingKey, NotToml, UnknownKey, UnknownSchema, WrongValue

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a schema.

    `kind` is a type or a tuple of types; `one_of` the allowed values; `each` the schema of a table, of every table
    of an array, or (with `named`) of every value of a table whose keys are free names.
    """

    kind: type | tuple[type, ...] = str
    required: bool = False
    one_of: tuple[object, ...] = ()
    each: Mapping[str, Key] | None = None
    named: bool = False


Schema = Mapping[str, Key]


def read(path: Path, schema: Schema) -> dict:
    """Read a TOML file that begins with `schema = 1` and hold it against `schema`.

    Raises
    ------
    NotToml, UnknownSchema, UnknownKey, MissingKey, WrongValue
        Each names file and line.
    """
    text = path.read_text("utf-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotToml(str(path), reason=str(error)) from None
    if table.get("schema") != SCHEMA:
        raise UnknownSchema(f"{path}:1", found=table.get("schema"), known=SCHEMA)
    check(table, {"schema": Key(int), **schema}, path=path, text=text)
    table.pop("schema")
    return table


def check(table: Mapping, schema: Schema, *, path: Path, text: str, within: str = "") -> None:
    """Hold a parsed table against a schema; `text` is searched for the line of what is wrong."""
    for name, value in table.items():
        if name not in schema:
            near = get_close_matches(name, schema, n=1, cutoff=0.0)
            raise UnknownKey(_place(path, text, name), key=within + name, nearest=near[0] if near else "—")
        _check_value(name, value, schema[name], path=path, text=text, within=within)
    for name, key in schema.items():
        if key.required and name not in table:
            raise MissingKey(_place(path, text, within.rstrip(".").split(".")[-1]), key=within + name)


def _check_value(name: str, value: object, key: Key, *, path: Path, text: str, within: str) -> None:
    kinds = key.kind if isinstance(key.kind, tuple) else (key.kind,)
    if float in kinds:
        kinds = (*kinds, int)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        allowed = " | ".join(kind.__name__ for kind in kinds)
        raise WrongValue(_place(path, text, name), key=within + name, found=repr(value), allowed=allowed)
    if key.one_of:
        for item in value if isinstance(value, list) else [value]:
            if item not in key.one_of:
                raise WrongValue(_place(path, text, name), key=within + name, found=repr(item), allowed=key.one_of)
    if key.each is not None:
        _check_tables(name, value, key, path=path, text=text, within=f"{within}{name}.")


def _check_tables(name: str, value: object, key: Key, *, path: Path, text: str, within: str) -> None:
    assert key.each is not None
    if isinstance(value, list):
        tables = value
    elif key.named and isinstance(value, Mapping):
        tables = list(value.values())
    else:
        tables = [value]
    for table in tables:
        if not isinstance(table, Mapping):
            raise WrongValue(_place(path, text, name), key=within, found=repr(table), allowed="table")
        check(table, key.each, path=path, text=text, within=within)


def _place(path: Path, text: str, name: str) -> str:
    pattern = re.compile(rf'^\s*(\[+[^\]]*)?"?{re.escape(name)}"?\s*(=|\]|\.)', re.MULTILINE)
    found = pattern.search(text) if name else None
    line = text.count("\n", 0, found.start(0) + len(found.group(0)) - len(found.group(0).lstrip("\n"))) + 1 if found else 1
    return f"{path}:{line}"
