"""Builders with every default filled: a test names only what it is about.

Geometries are in EPSG:4547 (see `tests.shapes`). Layers are real snapshots, written by the builder that imports use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from shapely import Geometry

from spatialhub.catalogue import (
    Catalogue,
    Classes,
    ClassRow,
    Effect,
    EffectRow,
    Family,
    Kind,
    LayerEntry,
    SpeaksFor,
    Style,
    Use,
)
from spatialhub.check import PinnedLayer
from spatialhub.precedence.model import Basis, CheckPolicy, Duty, Outcome, Plan, Rule
from spatialhub.spatial.model import Areal, Site, SitePart
from spatialhub.spatial.snapshot import SnapshotBuilder
from tests import shapes

EVERYWHERE = shapes.square(120_000.0, -60_000.0, -60_000.0)
ROLES = ("id", "name", "class", "reserved_for")
Feature = Geometry | tuple[Geometry, Mapping[str, object]]

HOUSING, SCHOOL, HOSPITAL, INDUSTRY, ROAD, PARK = "070102", "0804", "0806", "100101", "1207", "1401"
PADDY, FOREST, RIVER = "0101", "0301", "1701"
USES = {
    HOUSING: ("二类城镇住宅用地", "urban housing, class 2"),
    SCHOOL: ("教育用地", "education"),
    HOSPITAL: ("医疗卫生用地", "health"),
    INDUSTRY: ("一类工业用地", "industry, class 1"),
    ROAD: ("城镇村道路用地", "urban road"),
    PARK: ("公园绿地", "park"),
    PADDY: ("水田", "paddy field"),
    FOREST: ("乔木林地", "forest"),
    RIVER: ("河流水面", "river"),
}
LEAD, COMMISSION, ECOLOGY, FORESTRY = "resources_planning", "development_reform", "ecology", "forestry"
DEPARTMENTS = {
    LEAD: "市自然资源和规划局",
    COMMISSION: "市发展改革委",
    ECOLOGY: "市生态环境局",
    FORESTRY: "市林业局",
}


def a_part(geometry: Areal = shapes.SQUARE, **fields) -> SitePart:
    """A parcel: housing on a square hectare unless said otherwise."""
    return SitePart(**{"number": 1, "use": HOUSING, "name": "地块一"} | fields, geometry=geometry)


def a_site(*shapes_or_parts: Areal | SitePart, name: str = "试验地块", use: str | None = HOUSING, **fields) -> Site:
    """A site of the given geometries or parts, numbered as they come; one square hectare without any."""
    given = shapes_or_parts or (shapes.SQUARE,)
    parts = [
        item if isinstance(item, SitePart) else a_part(item, number=number, use=use)
        for number, item in enumerate(given, 1)
    ]
    return Site(name, tuple(parts), **{"epsg": shapes.EPSG} | fields)


def an_entry(key: str = "line_green", **fields) -> LayerEntry:
    """A catalogue entry: a control line that any use conflicts with, unless said otherwise."""
    defaults = {
        "title_zh": f"{key} 图层",
        "title_en": f"layer {key}",
        "family": Family.CONTROL,
        "kind": Kind.CONTROL,
        "steward": LEAD,
        "clause": f"clause of {key}",
        "style": Style("#009900"),
        "effects": (EffectRow(Effect.CONFLICTS),),
    }
    return LayerEntry(key, **defaults | fields)


def a_floor(key: str = "eco_redline", **fields) -> LayerEntry:
    """A floor that bars every use."""
    return an_entry(key, **{"kind": Kind.FLOOR, "effects": (EffectRow(Effect.BARS),)} | fields)


def a_plan(key: str, speaks_for: SpeaksFor, **fields) -> LayerEntry:
    """A plan that designates by national codes (crosswalk `identity`)."""
    defaults = {"family": Family.PLANS, "kind": Kind.DESIGNATION, "classes": "identity", "effects": ()}
    return an_entry(key, speaks_for=speaks_for, **defaults | fields)


def a_layer(
    folder: Path,
    entry: LayerEntry | None = None,
    features: Iterable[Feature] = (),
    *,
    coverage: Areal = EVERYWHERE,
    version: int = 1,
    epsg: int = shapes.EPSG,
) -> PinnedLayer:
    """Write a snapshot below `folder` and pin it. A feature is a geometry, or (geometry, {role or column: value}).

    Features are named f1, f2 … in the order given unless `id` says otherwise; further columns take the type of their
    values. The coverage is 120 km square around the zoo unless given.
    """
    entry = entry or an_entry()
    rows = [_row(number, feature) for number, feature in enumerate(features, 1)]
    columns = _columns(rows)
    with SnapshotBuilder(
        folder / "snapshots",
        layer=entry.key,
        epsg=epsg,
        entry_sha256=entry.sha256,
        coverage=coverage,
        columns=columns,
    ) as builder:
        if rows:
            attributes = {name: [values.get(name) for _, values in rows] for name in columns}
            builder.add(_array([geometry for geometry, _ in rows]), attributes)
        sha256 = builder.publish()
    return PinnedLayer(
        entry,
        version=version,
        snapshot=folder / "snapshots" / sha256,
        sha256=sha256,
        in_force_from="2021-01-01",
    )


def not_loaded(entry: LayerEntry | None = None, reason: str = "layer_no_version") -> PinnedLayer:
    """A layer of the catalogue of which no version is in force."""
    return PinnedLayer(entry or an_entry(), reason=reason)


def a_catalogue(
    layers: Sequence[LayerEntry | PinnedLayer] = (), *, classes: Mapping[str, Classes] | None = None
) -> Catalogue:
    """A catalogue of the entries given (or pinned), the uses of `USES` and the crosswalk `identity`."""
    entries = [layer.entry if isinstance(layer, PinnedLayer) else layer for layer in layers]
    return Catalogue(
        entries={entry.key: entry for entry in entries},
        uses={code: Use(code, zh, en) for code, (zh, en) in USES.items()},
        classes={"identity": identity_classes()} | dict(classes or {}),
    )


def identity_classes() -> Classes:
    """A crosswalk in which every code of `USES` stands for itself."""
    rows = {code: ClassRow(code, zh, (code,), "national") for code, (zh, _) in USES.items()}
    return Classes("identity", "国家分类", rows)


def a_policy(**fields) -> CheckPolicy:
    """A city's policy without a precedence table; give `rules` for one that has a basis."""
    policy = CheckPolicy(
        city="testcity",
        name="试验市",
        epsg=shapes.EPSG,
        policy_version="policy-1",
        departments=DEPARTMENTS,
        duties=(Duty(COMMISSION, ("产业政策与布局",), "附件·二(二)", Basis.CLAUSE),),
    )
    return replace(policy, **fields)


def a_rule(name: str, outcome: Outcome, plan: Plan | None = None, **tokens: tuple[str, ...]) -> Rule:
    """A row of the precedence table; `all`, `any` and `none` are tokens."""
    return Rule(name, outcome, f"clause of {name}", Basis.CLAUSE, name, plan=plan, **tokens)


NEW_PLAN_SILENT = ("territorial.silent", "territorial.unknown", "blueprint.silent", "blueprint.unknown")
CANNOT_ANSWER = ("land_use.unchecked", "urban_rural.unchecked", "land_use.unknown", "urban_rural.unknown")
RULES = (
    a_rule("territorial", Outcome.GOVERNS, Plan.TERRITORIAL, all=("territorial.class",)),
    a_rule("blueprint", Outcome.GOVERNS, Plan.BLUEPRINT, all=("blueprint.class",)),
    a_rule("new plan silent", Outcome.COORDINATE, any=NEW_PLAN_SILENT),
    a_rule("cannot answer", Outcome.COORDINATE, any=CANNOT_ANSWER),
    a_rule("both silent", Outcome.COORDINATE, all=("land_use.silent", "urban_rural.silent")),
    a_rule("only land use", Outcome.SOLE, Plan.LAND_USE, all=("land_use.class", "urban_rural.silent")),
    a_rule("only urban", Outcome.SOLE, Plan.URBAN_RURAL, all=("land_use.silent", "urban_rural.class")),
    a_rule("agree", Outcome.AGREES, all=("same_answer",)),
    a_rule("undecided", Outcome.COORDINATE, all=("undecided",)),
    a_rule("several with ecology", Outcome.COORDINATE, all=("ecological",), any=("cultivated", "inside_boundary")),
    a_rule("several", Outcome.COORDINATE, all=("cultivated", "inside_boundary")),
    a_rule("(a)", Outcome.PREVAILS, Plan.LAND_USE, all=("cultivated",)),
    a_rule("(b)", Outcome.PREVAILS, Plan.URBAN_RURAL, all=("inside_boundary",)),
    a_rule("(c)", Outcome.COORDINATE, all=("ecological",), consult=(FORESTRY, ECOLOGY)),
    a_rule("none of them", Outcome.COORDINATE),
)


def a_policy_with_basis(**fields) -> CheckPolicy:
    """A policy with the whole table of check.md §6 in its order."""
    given = {"rules": RULES, "cultivated_classes": ("01",), "ecological_classes": ("03", "17")}
    return a_policy(**given | fields)


def _row(number: int, feature: Feature) -> tuple[Geometry, dict[str, object]]:
    geometry, values = feature if isinstance(feature, tuple) else (feature, {})
    return geometry, {"id": f"f{number}", "name": f"图斑{number}", "class": None, "reserved_for": None} | dict(values)


def _columns(rows: Sequence[tuple[Geometry, Mapping[str, object]]]) -> dict:
    names = dict.fromkeys([*ROLES, *(name for _, values in rows for name in values)])
    samples = {name: [values[name] for _, values in rows if values.get(name) is not None] for name in names}
    return {name: "number" if _numeric(found) else "text" for name, found in samples.items()}


def _numeric(values: Sequence[object]) -> bool:
    return bool(values) and all(isinstance(value, (int, float)) for value in values)


def _array(geometries: Sequence[Geometry]) -> np.ndarray:
    array = np.empty(len(geometries), object)
    array[:] = geometries
    return array
