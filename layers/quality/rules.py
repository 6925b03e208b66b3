"""The rules of a layer: built-in, then SPATIALHUB_HOME/quality.d/*.toml; later rows replace earlier ones by key."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import rfc8785

from layers.quality.model import Rule, Severity
from layers.quality.rules_schema import FILE, NEEDS, TITLES
from spatialhub.catalogue import LayerEntry
from spatialhub.datafile import DataFile, load
from spatialhub.errors import MissingKey

BUILT_IN = Path(__file__).with_name("rules.toml")
ALL, TESSELLATING = "all", "tessellating"


def rules_for(entry: LayerEntry, *, city: str, known: Collection[str], files: Iterable[Path] = ()) -> tuple[Rule, ...]:
    """Return what is looked for in a layer of a city, in the order in which the rules first appear, none that is off.

    `known` are the keys of all layers; `files` are read after the built-in one, in this order.

    Raises
    ------
    DataFileError
        A file breaks its schema, names an unknown layer, or a rule lacks a value; file and line are named.
    """
    found: dict[str, Rule] = {}
    for path in (BUILT_IN, *files):
        file = load(path, FILE)
        for index, row in enumerate(file.table["rule"]):
            _hold(file, index, row, known)
            if file.table.get("city", city) == city and _is_for(row["layers"], entry):
                found[row["key"]] = _rule(row)
    return tuple(rule for rule in found.values() if rule.severity is not Severity.OFF)


def version_of(rules: Iterable[Rule]) -> str:
    """SHA-256 of rules as they stand: two passes with the same one looked for the same."""
    plain = [
        {"key": rule.key, "check": rule.check, "severity": rule.severity.value, "blocks": rule.blocks,
         "source": rule.source, "values": _plain(rule.values)}
        for rule in rules
    ]  # fmt: skip
    return hashlib.sha256(rfc8785.dumps(plain)).hexdigest()  # type: ignore[arg-type]


def _hold(file: DataFile, index: int, row: Mapping, known: Collection[str]) -> None:
    names = (*known, ALL, TESSELLATING)
    for number, layer in enumerate(row["layers"]):
        file.refer(layer, names, "rule", index, "layers", number, what="layer")
    if row["severity"] == Severity.OFF:
        return
    for name in NEEDS.get(row["check"], ()):
        if name not in row:
            raise MissingKey(file.place("rule", index), key=f"{row['key']}.{name}")


def _is_for(layers: Collection[str], entry: LayerEntry) -> bool:
    return entry.key in layers or ALL in layers or (entry.tessellates and TESSELLATING in layers)


def _rule(row: Mapping) -> Rule:
    severity = Severity(row["severity"])
    return Rule(
        key=row["key"],
        check=row["check"],
        severity=severity,
        blocks=row.get("blocks", severity is Severity.ERROR),
        source=row["source"],
        title=row.get("title", {}),
        remedy=row.get("remedy", {}),
        values={name: value for name, value in row.items() if name not in TITLES},
    )


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
