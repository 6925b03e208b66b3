"""Write the tables of docs/data-files.md from the schemas: `python -m tests.data_files`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from layers.catalog_schema import CROSSWALK_FILE, LAYERS_FILE, USES_FILE
from spatialhub.cities.schema import FILES, NAMES_FILE
from spatialhub.datafile import Key, Schema
from tests.places import ROOT

DOC = ROOT / "docs" / "data-files.md"
_KINDS = {
    str: "text", int: "whole number", float: "number", bool: "true/false", list: "list", dict: "table", date: "date",
}  # fmt: skip
_TABLES = {
    "`layers/catalog/<family>.toml` (`holds = \"layers\"`)": LAYERS_FILE,
    "`layers/catalog/uses.toml` (`holds = \"uses\"`)": USES_FILE,
    "`layers/catalog/crosswalks/<key>.toml` (`holds = \"crosswalk\"`)": CROSSWALK_FILE,
    **{f"`spatialhub/cities/<city>/{name}`": schema for name, schema in FILES.items()},
    "`spatialhub/cities/departments.toml`": NAMES_FILE,
}  # fmt: skip


def rows(schema: Schema, within: str = "") -> Iterator[str]:
    """Table rows of a schema, nested keys after their table."""
    for name, key in schema.items():
        yield f"| `{within}{name}` | {_kind(key)} | {'yes' if key.required else ''} | {_help(key)} |"
        if key.each is not None:
            inner = f"{within}{name}[]." if key.kind is list else f"{within}{name}."
            yield from rows(key.each, f"{inner}KEY." if key.named else inner)


def _kind(key: Key) -> str:
    kinds = key.kind if isinstance(key.kind, tuple) else (key.kind,)
    return " or ".join(_KINDS[kind] for kind in kinds)


def _help(key: Key) -> str:
    allowed = ", ".join(f"`{value}`" for value in key.one_of)
    return f"{key.help} Allowed: {allowed}." if allowed else key.help


def tables() -> str:
    """All tables, as they stand in the document."""
    parts = []
    for title, schema in _TABLES.items():
        parts += [f"## {title}", "", "| key | value | required | meaning |", "|---|---|---|---|", *rows(schema), ""]
    return "\n".join(parts).rstrip() + "\n"


START = "<!-- tables: written by `python -m tests.data_files` -->\n"

if __name__ == "__main__":
    text = DOC.read_text("utf-8")
    DOC.write_text(text[: text.index(START) + len(START)] + "\n" + tables(), "utf-8")
