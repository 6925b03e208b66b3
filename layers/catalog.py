"""Load the catalogue: built-in files, then SPATIALHUB_HOME/catalog.d/*.toml, then files named by the caller.

Later entries replace whole keys. `for_city` applies what a city's folder says about layers and classes, and holds its
references against the catalogue.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from layers.catalog_schema import FILES
from spatialhub.catalogue import (
    Catalogue,
    Classes,
    ClassRow,
    Consulted,
    Effect,
    EffectRow,
    Family,
    Kind,
    LayerEntry,
    Only,
    SpeaksFor,
    Style,
    Use,
)
from spatialhub.cities.model import City, LayerRule
from spatialhub.datafile import DataFile, load, nearest
from spatialhub.errors import MissingDataFile, NotToml, UnknownReference, WrongValue
from spatialhub.settings import home
from spatialhub.spatial.model import Level, Manner

# The folder of the same name holds data, no Python: a module wins over a folder without __init__.py.
BUILT_IN = Path(__file__).with_name("catalog")


@dataclass
class _Gathered:
    """What has been read so far, with the place of each value for errors."""

    layers: dict[str, tuple[LayerEntry, DataFile, int]] = field(default_factory=dict)
    uses: dict[str, Use] = field(default_factory=dict)
    crosswalks: dict[str, DataFile] = field(default_factory=dict)


def load_catalogue(extra: Iterable[Path] = (), *, city: City | None = None) -> Catalogue:
    """Return the catalogue, adapted to a city where one is given.

    Raises
    ------
    DataFileError
        A file breaks its schema or refers to something that is not there; file and line are named.
    """
    gathered = _Gathered()
    for path in [*_built_in(), *sorted((home() / "catalog.d").glob("*.toml")), *map(Path, extra)]:
        _take(load(path, FILES[_holds(path)]), gathered)
    classes = {key: _classes(file, gathered.uses) for key, file in gathered.crosswalks.items()}
    for entry, file, index in gathered.layers.values():
        _hold_references(entry, file, index, gathered.uses, classes)
    ordered = sorted((entry for entry, _, _ in gathered.layers.values()), key=lambda entry: (entry.order, entry.key))
    catalogue = Catalogue({entry.key: entry for entry in ordered}, gathered.uses, classes)
    return catalogue if city is None else for_city(catalogue, city)


def for_city(catalogue: Catalogue, city: City) -> Catalogue:
    """Apply a city's layer rules and class rows; hold every layer, use and crosswalk that its files name.

    Raises
    ------
    UnknownReference
        A file of the city names something that the catalogue does not have; file and line are named.
    """
    classes = {**catalogue.classes, **_with_rows(catalogue.classes, city)}
    known = {"layer": catalogue.entries, "use": _prefixes(catalogue.uses), "crosswalk": classes}
    for reference in city.references:
        names = known[reference.kind]
        if reference.name not in names:
            near = nearest(reference.name, names)
            raise UnknownReference(reference.place, kind=reference.kind, name=reference.name, nearest=near)
    for entry in catalogue.entries.values():
        _hold_departments(entry, city)
    entries = {
        key: _moved(_in_city(entry, city.layers.get(key)), city.successors) for key, entry in catalogue.entries.items()
    }
    return Catalogue(entries, catalogue.uses, classes)


def _built_in() -> list[Path]:
    return sorted(BUILT_IN.glob("*.toml")) + sorted(BUILT_IN.glob("crosswalks/*.toml"))


def _holds(path: Path) -> str:
    """What a file says it holds; it chooses the schema."""
    if not path.is_file():
        raise MissingDataFile(str(path))
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotToml(str(path), reason=str(error)) from None
    found = table.get("holds")
    if found not in FILES:
        raise WrongValue(f"{path}:1", key="holds", found=repr(found), allowed=tuple(FILES))
    return found


def _take(file: DataFile, gathered: _Gathered) -> None:
    table = file.table
    if table["holds"] == "layers":
        for index, row in enumerate(table["layer"]):
            gathered.layers[row["key"]] = (_entry(row, Family(table["family"]), file, index), file, index)
    elif table["holds"] == "uses":
        gathered.uses.update({code: Use(code, row["zh"], row["en"]) for code, row in table["use"].items()})
    else:
        gathered.crosswalks[table["key"]] = file


# --- layers ----------------------------------------------------------------------------------------------------------


def _entry(row: Mapping, family: Family, file: DataFile, index: int) -> LayerEntry:
    effects = tuple(_effect(effect) for effect in row.get("effects", ()))
    if row["kind"] == Kind.FLOOR and any(effect.effect is not Effect.SERVES for effect in effects):
        place = file.place("layer", index, "effects")
        raise WrongValue(place, key=f"{row['key']}.effects", found="conditional | conflicts", allowed=("serves",))
    if row.get("fact") and (
        row["kind"] != Kind.CONTROL or any(effect.effect is Effect.CONFLICTS for effect in effects)
    ):
        found, allowed = row["kind"], "a control line without `conflicts`"
        raise WrongValue(file.place("layer", index, "fact"), key=f"{row['key']}.fact", found=found, allowed=allowed)
    if row.get("buffer_m") and not row.get("buffer_basis"):
        raise WrongValue(file.place("layer", index, "buffer_m"), key="buffer_basis", found="—", allowed="text")
    numbers = ("buffer_m", "resolution_m", "trace_below_m2", "trace_narrower_than_m")
    return LayerEntry(
        key=row["key"],
        title_zh=row["title"]["zh"],
        title_en=row["title"]["en"],
        family=family,
        kind=Kind(row["kind"]),
        steward=row["steward"],
        clause=row["clause"],
        style=Style(**row["style"]),
        order=row["order"],
        consulted=tuple(Consulted(who["department"], who["why"]) for who in row.get("consulted", ())),
        required=row.get("required", False),
        speaks_for=SpeaksFor(row["speaks_for"]) if "speaks_for" in row else None,
        rank=row.get("rank", ""),
        effects=effects,
        only=Only(tuple(row["only"])) if "only" in row else None,
        classes=row.get("classes", ""),
        aliases=_tuples(row["aliases"]),
        tables=tuple(row.get("tables", ())),
        buffer_basis=row.get("buffer_basis", ""),
        tessellates=row.get("tessellates", False),
        fact=row.get("fact", ""),
        source=row.get("source", ""),
        shown_fields=_tuples(row["shown_fields"]),
        **{name: float(row[name]) for name in numbers if name in row},
    )


def _effect(row: Mapping) -> EffectRow:
    return EffectRow(
        effect=Effect(row["effect"]),
        uses=tuple(row.get("uses", ())),
        levels=tuple(Level(level) for level in row.get("levels", ())),
        manners=tuple(Manner(manner) for manner in row.get("manners", ())),
        reserved=row.get("reserved", ""),
        note=row.get("note", ""),
        classes=tuple(row.get("classes", ())),
        height=row.get("height", ""),
    )


def _tuples(table: Mapping) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for key, values in table.items()}


def _hold_references(
    entry: LayerEntry, file: DataFile, index: int, uses: Mapping[str, Use], classes: Mapping[str, Classes]
) -> None:
    if entry.classes:
        file.refer(entry.classes, classes, "layer", index, "classes", what="crosswalk")
    prefixes = _prefixes(uses)
    for number, row in enumerate(entry.effects):
        for use in row.uses:
            file.refer(use, prefixes, "layer", index, "effects", number, what="use")


def _prefixes(uses: Iterable[str]) -> frozenset[str]:
    """Codes that rules may name: every use and its level-1 class."""
    return frozenset(uses) | {use[:2] for use in uses}


# --- crosswalks ------------------------------------------------------------------------------------------------------


def _classes(file: DataFile, uses: Mapping[str, Use]) -> Classes:
    table = file.table
    known = table.get("zones") or _prefixes(uses)
    rows: dict[str, ClassRow] = {}
    if table.get("identity"):
        source = table["sources"]["identity"]
        rows.update({code: ClassRow(code, use.name_zh, (code,), source) for code, use in uses.items()})
    for index, row in enumerate(table.get("rows", ())):
        if row["code"] in rows:
            place = file.place("rows", index)
            raise WrongValue(place, key="code", found=repr(row["code"]), allowed="a code that has no row yet")
        for pivot in row["pivot"]:
            file.refer(pivot, known, "rows", index, "pivot", what="use")
        source = file.refer(row["source"], table["sources"], "rows", index, "source", what="source")
        rows[row["code"]] = ClassRow(row["code"], row["name"], tuple(row["pivot"]), table["sources"][source])
    return Classes(table["key"], table["title"], rows, table.get("strip", ""), table.get("prefix_match", False))


def _with_rows(classes: Mapping[str, Classes], city: City) -> dict[str, Classes]:
    changed: dict[str, Classes] = {}
    for key, row in city.class_rows:
        if key in classes:  # else the reference is refused with its place
            old = changed.get(key, classes[key])
            changed[key] = replace(old, rows={**old.rows, row.code: row})
    return changed


# --- cities ----------------------------------------------------------------------------------------------------------


def _hold_departments(entry: LayerEntry, city: City) -> None:
    for department in (entry.steward, *(row.department for row in entry.consulted)):
        if department not in city.policy.departments:
            near = nearest(department, city.policy.departments)
            raise UnknownReference(f"catalogue: {entry.key}", kind="department", name=department, nearest=near)


def _moved(entry: LayerEntry, successors: Mapping[str, str]) -> LayerEntry:
    """The entry with the departments that have the duties on the city's date (Z1-23)."""
    if not {entry.steward, *(row.department for row in entry.consulted)} & set(successors):
        return entry
    consulted = (replace(row, department=successors.get(row.department, row.department)) for row in entry.consulted)
    return replace(entry, steward=successors.get(entry.steward, entry.steward), consulted=tuple(consulted))


def _in_city(entry: LayerEntry, rule: LayerRule | None) -> LayerEntry:
    if rule is None:
        return entry
    aliases = {role: (*names, *entry.aliases.get(role, ())) for role, names in rule.aliases.items()}
    return replace(
        entry,
        classes=rule.classes or entry.classes,
        tables=(*rule.tables, *entry.tables),
        aliases={**entry.aliases, **aliases},
        buffer_m=entry.buffer_m if rule.buffer_m is None else rule.buffer_m,
        buffer_basis=rule.buffer_basis or entry.buffer_basis,
    )
