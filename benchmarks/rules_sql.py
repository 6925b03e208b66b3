"""The city's rules and catalogue as SQL tables: everything a look-up can answer is looked up, not computed per site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import shapely

from benchmarks.city import City
from spatialhub.catalogue import Catalogue, Kind, LayerEntry, SpeaksFor, matches
from spatialhub.precedence.engine import answer_of, constrains, effect_of
from spatialhub.precedence.model import CheckPolicy, Cover, PartTraits

if TYPE_CHECKING:
    import psycopg

_TABLES = """
CREATE TABLE layer_rule (
    layer int2 PRIMARY KEY, key text, coverage int4, floor bool, tessellates bool, required bool, speaks_for text,
    rank int4, farmland bool, steward text, adjacency_m float8, trace_below_m2 float8, trace_half_width_m float8);
CREATE TABLE coverage (coverage int4 PRIMARY KEY, geom geometry);
CREATE TABLE class_rule (
    layer int2, class_code text, constrains bool, undecided bool, pivot int4, cultivated bool, ecological bool,
    zone bool, PRIMARY KEY (layer, class_code));
CREATE TABLE effect (layer int2, reserved_for text, use text, effect text, PRIMARY KEY (layer, reserved_for, use));
CREATE TABLE answer (pivot int4, use text, answer text, PRIMARY KEY (pivot, use));
CREATE TABLE rule (
    number int4 PRIMARY KEY, id text, outcome text, plan text, needs text[], any_of text[], none_of text[]);
CREATE TABLE verdict_rule (min_kept_share float8, min_part_m2 float8, min_width_m float8);
CREATE TABLE duty (department text);
CREATE TABLE consulted (layer int2, department text);
CREATE TABLE subject (use text, department text)
"""
_JURISDICTION = 0
# check.md §5: adjacency vanishes under 0.36 x the sum of both resolutions, the site's being a millimetre.
_ADJACENCY, _SITE_RESOLUTION_M = 0.36, 0.001


def load_rules(connection: psycopg.Connection, city: City) -> None:
    """Write the tables that `whole_check.sql` reads; the features must be loaded (`cluster.load`)."""
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    policy, catalogue = city.workspace.city.policy, city.workspace.catalogue
    codes = _distinct(connection, "class_code")
    pivots: dict[tuple[str, ...], int] = {}
    _copy(connection, "coverage", _coverages(city)[0])
    _copy(connection, "layer_rule", _layers(city, policy))
    _copy(connection, "class_rule", [_class(layer, code, city, pivots) for layer, code in codes])
    _copy(connection, "effect", _effects(connection, city))
    _copy(
        connection,
        "answer",
        [(pivots[given], use, answer_of(given, use, policy).value) for given, use in product(pivots, catalogue.uses)],
    )
    _copy(connection, "rule", _rules(policy))
    _copy(connection, "verdict_rule", [_verdict(policy)])
    letters = {row.department for row in policy.duties if row.by_letter}
    _copy(connection, "duty", [(name,) for name in sorted({row.department for row in policy.duties})])
    _copy(connection, "consulted", _consulted(city, letters))
    _copy(connection, "subject", [(use, row.department) for row in policy.subjects for use in row.uses])
    connection.execute("ANALYZE")


def _copy(connection: psycopg.Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _distinct(connection: psycopg.Connection, column: str) -> list[tuple[int, str]]:
    return connection.execute(f"SELECT DISTINCT layer, {column} FROM feature").fetchall()


def _coverages(city: City) -> tuple[list[tuple[int, str]], dict[str, int]]:
    """Distinct coverages as (number, WKB) with the jurisdiction as 0, and the number of each loaded layer's."""
    known = {shapely.to_wkb(city.workspace.city.frame.boundary, hex=True): _JURISDICTION}
    of_layer = {}
    for layer, snapshot in zip(city.loaded, city.snapshots, strict=True):
        blob = shapely.to_wkb(snapshot.coverage, hex=True)
        of_layer[layer.entry.key] = known.setdefault(blob, len(known))
    return [(number, blob) for blob, number in known.items()], of_layer


def _numbered(city: City) -> list[LayerEntry]:
    """All entries of the catalogue, the loaded ones first, numbered as `City.loaded` is."""
    loaded = [row.entry for row in city.loaded]
    return loaded + [row.entry for row in city.layers if row.entry.key not in {entry.key for entry in loaded}]


def _layers(city: City, policy: CheckPolicy) -> list[tuple]:
    coverage = _coverages(city)[1]
    return [
        (
            number, entry.key, coverage.get(entry.key), entry.kind is Kind.FLOOR, entry.tessellates, entry.required,
            entry.speaks_for and entry.speaks_for.value, 1000 * (entry.rank != "detailed") + number,
            entry.key in policy.cultivated_layers, entry.steward,
            _ADJACENCY * (_SITE_RESOLUTION_M + entry.resolution_m),
            entry.trace_below_m2, entry.trace_narrower_than_m / 2,
        )
        for number, entry in enumerate(_numbered(city))
    ]  # fmt: skip


def _class(layer: int, code: str, city: City, pivots: dict[tuple[str, ...], int]) -> tuple:
    """What one class of a layer means: constraint, pivot, conditions (a) and (c), zone of the boundary (b)."""
    entry, policy, catalogue = city.loaded[layer].entry, city.workspace.city.policy, city.workspace.catalogue
    classes = catalogue.classes.get(entry.classes)
    row = classes.find(code) if classes else None
    pivot = tuple(row.pivot) if row else ()
    held = constrains(entry, code)
    zone = entry.speaks_for is SpeaksFor.URBAN_BOUNDARY and bool(
        {row.code, row.name} & set(policy.boundary_zones) if row else code in policy.boundary_zones
    )
    return (
        layer, code, held, bool(entry.only and classes and row is None and not held),
        pivots.setdefault(pivot, len(pivots)) if row else None,
        bool(pivot) and all(matches(one, policy.cultivated_classes) for one in pivot),
        bool(pivot) and all(matches(one, policy.ecological_classes) for one in pivot),
        zone,
    )  # fmt: skip


def _effects(connection: psycopg.Connection, city: City) -> list[tuple[int, str, str, str]]:
    catalogue: Catalogue = city.workspace.catalogue
    rows = []
    for layer, reserved_for in _distinct(connection, "reserved_for"):
        entry = city.loaded[layer].entry
        if entry.kind in (Kind.FLOOR, Kind.CONTROL):
            cover = Cover(entry.key, "", "", reserved_for)
            rows += [
                (layer, reserved_for, use, effect_of(entry, cover, PartTraits(1, use))[0].value)
                for use in catalogue.uses
            ]
    return rows


def _rules(policy: CheckPolicy) -> list[tuple]:
    return [
        (number, row.id, row.outcome.value, row.plan and row.plan.value, list(row.all), list(row.any), list(row.none))
        for number, row in enumerate(policy.rules)
    ]


def _verdict(policy: CheckPolicy) -> tuple[Any, ...]:
    return policy.min_kept_share.value, policy.min_part_m2.value, policy.min_width_m.value


def _consulted(city: City, letters: set[str]) -> list[tuple[int, str]]:
    return [
        (number, row.department)
        for number, entry in enumerate(_numbered(city))
        for row in entry.consulted
        if row.department not in letters
    ]
