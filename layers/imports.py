"""Import a layer: all or nothing. A failed import leaves its report and an audit row, nothing else."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import shapely
from shapely import Geometry, MultiPolygon

from layers.build import Built, Origin, Progress, Task, build, reading_of
from layers.edges import EdgeRules
from layers.journal import Journal, importing
from layers.model import LayerVersion, pick
from layers.packing import one_file
from layers.recognition import chosen_table, table_issue
from layers.shifts import shift_issue
from layers.tally import KEPT_CODES, as_json, summary
from layers.versions import add, release_version, versions
from layers.workspace import Workspace
from spatialhub.catalogue import Classes, LayerEntry
from spatialhub.db import reading, writing
from spatialhub.errors import BrokenFile, ChoiceNeeded, DatesBackwards, NoArea
from spatialhub.files import sha256_of
from spatialhub.messages import Words
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.crs import GEOGRAPHIC, parse_crs, to_plane
from spatialhub.spatial.model import Issue
from spatialhub.spatial.snapshot import Snapshot
from spatialhub.worktime import CHINA

CITY = "city"


def import_layer(
    workspace: Workspace,
    entry: LayerEntry,
    path: Path,
    *,
    who: str,
    now: datetime,
    coverage: str | Path | None,
    crs: str | int | None = None,
    encoding: str | None = None,
    sublayer: str | None = None,
    in_force_from: date | None = None,
    in_force_until: date | None = None,
    release: bool = False,
    shareable: bool = True,
    synthetic: bool = False,
    edges: EdgeRules | None = None,
    progress: Progress | None = None,
) -> LayerVersion:
    """Import a file as the next version of a layer, a draft unless `release`, and return it.

    `coverage` says how far the layer speaks: a file, or `"city"` for the whole frame of the city; never the box of its
    features. `synthetic`: made-up data; every result it enters says so. `edges`: its lines are edges of roads or
    rivers, closed to areas by these rules (layers/edges.py). `now` is an instant with its offset; dates are whole days
    in China time, `in_force_until` the last one.

    Raises
    ------
    ChoiceNeeded
        No coverage was given, or the file leaves something open.
    IntakeError, CrsError
        The file, or that of the coverage, cannot be taken or lies wholly outside the city's frame.
    DatesOverlap
        The dates run backwards, or (with `release`) into those of another version.
    """
    path = Path(path)
    if not path.is_file():
        raise BrokenFile(path.name, reason=Words.of("broken_no_file"))
    if in_force_from and in_force_until and in_force_until < in_force_from:
        raise DatesBackwards(entry.key, first_day=in_force_from, last_day=in_force_until)
    origin = Origin(path, parse_crs(crs), encoding, sublayer)
    said = _options(origin, coverage) | ({"synthetic": True} if synthetic else {})
    said |= {"edges": edges.plain()} if edges else {}
    facts = {"source_name": path.name, "source_sha256": sha256_of(path), "options": said}
    with importing(workspace, layer=entry.key, facts=facts, who=who, now=now) as journal:
        row, origin = _read(
            workspace, entry, origin, coverage=coverage, edges=edges, journal=journal, now=now, progress=progress
        )
        said |= {"sublayer": origin.sublayer}  # a rebuild reads the same table
        with writing(workspace.engine) as session:
            dates = (in_force_from, in_force_until)
            row |= {"options": _json(said), "shareable": shareable}
            version = add(session, row, who=who, now=now, dates=dates)
            if release:
                version = release_version(session, version, who=who, steward=entry.steward, now=now)[0]
        journal.write(version=version.name)
    workspace.anchor()
    return version


def _read(
    workspace: Workspace,
    entry: LayerEntry,
    origin: Origin,
    *,
    coverage: str | Path | None,
    edges: EdgeRules | None,
    journal: Journal,
    now: datetime,
    progress: Progress | None,
) -> tuple[dict[str, object], Origin]:
    """Read the file into a snapshot, keep what a rebuild needs; return the row to register and how it was read."""
    area = coverage_of(workspace, entry, coverage)
    with one_file(origin.path, workspace.imports) as file, ThreadPoolExecutor(1) as beside:
        same = file == origin.path
        source = replace(origin, path=file, sha256=str(journal.read()["source_sha256"]) if same else sha256_of(file))
        coverage_sha256 = _keep_coverage(workspace, journal, area, str(source.sha256))
        keeping = beside.submit(workspace.files.put, file)  # while the file is read: copying waits for the disk
        task = replace(task_of(workspace, entry, area), edges=edges)
        built, source = _built(workspace, task, source, progress)
        built = _with_shift_test(workspace, _with_table_test(workspace, entry, built), now)
        report = _report(built, entry, workspace.catalogue.classes.get(entry.classes))
        journal.write(report=report, issues=[as_json(issue) for issue in built.issues])
        kept = keeping.result()
        if kept != source.sha256:
            journal.write(files=[*journal.read()["files"], kept])
            raise BrokenFile(origin.path.name, reason=Words.of("broken_changed"))
    row = _row(workspace, entry, built) | {
        "source_name": origin.path.name,
        "source_sha256": kept,
        "coverage_basis": CITY if coverage == CITY else Path(str(coverage)).name,
        "coverage_sha256": coverage_sha256,
        "report": _json(report | summary(built.issues) | {"journal": journal.name}),
    }
    return row, source


def _built(workspace: Workspace, task: Task, source: Origin, progress: Progress | None) -> tuple[Built, Origin]:
    """Build; where the file holds several tables and one alone is this layer's by name, take that one and say so."""
    try:
        return build(workspace.snapshots, task, source, progress=progress), source
    except ChoiceNeeded as refusal:
        choices = refusal.params.get("choices", ()) if refusal.params.get("option") == "--sublayer" else ()
        table = chosen_table(map(str, choices), task.entry.key, workspace.catalogue)  # type: ignore[call-overload]
        if table is None or source.sublayer is not None:
            raise
    source = replace(source, sublayer=table)
    built = build(workspace.snapshots, task, source, progress=progress)
    issue = Issue.of("table_recognised", built.source.name, table=table, layer=task.entry.title_zh)
    return replace(built, issues=(*built.issues, issue)), source


def _with_table_test(workspace: Workspace, entry: LayerEntry, built: Built) -> Built:
    """Add the warning that the table, or else the file, carries the name of another layer."""
    issue = table_issue(built.table or built.source.name, entry.key, workspace.catalogue)
    return replace(built, issues=(*built.issues, issue)) if issue else built


def coverage_of(workspace: Workspace, entry: LayerEntry, coverage: str | Path | None) -> Geometry:
    """Return the coverage polygon in the city's plane, from a file or the city's frame.

    Raises
    ------
    ChoiceNeeded
        None was given: where a layer has no feature, only its steward knows whether there is nothing or no data.
    """
    if coverage is None:
        choices = ("--coverage city", "--coverage FILE")
        raise ChoiceNeeded(entry.key, what=Words.of("layer_coverage_needed"), option="--coverage", choices=choices)
    if coverage == CITY:
        return workspace.city.frame.boundary
    with reading_of(Origin(Path(coverage)), workspace.city.epsg) as found:
        geometries = [geometry for chunk in found for geometry in chunk.geometries if geometry is not None]
    area = shapely.union_all(geometries)
    if area.is_empty:
        raise NoArea(Path(coverage).name, found=Words.of("found_nothing_usable"))
    return area


def task_of(workspace: Workspace, entry: LayerEntry, coverage: Geometry) -> Task:
    """What to build for an entry in this workspace."""
    classes = workspace.catalogue.classes.get(entry.classes)
    return Task(entry, workspace.city.epsg, workspace.city.frame.boundary, coverage, classes)


def _options(origin: Origin, coverage: str | Path | None) -> dict[str, object]:
    return {
        "crs": origin.crs,
        "encoding": origin.encoding,
        "sublayer": origin.sublayer,
        "coverage": None if coverage is None else str(coverage) if coverage == CITY else Path(coverage).name,
    }


def _keep_coverage(workspace: Workspace, journal: Journal, coverage: Geometry, source_sha256: str) -> str:
    """Keep the coverage before holes are cut: a rebuild reads it and the source. Both are named in the journal first,
    so that a sweep finds them. Returns its hash."""
    beside = workspace.imports / f"{journal.name}.coverage.wkb"
    beside.write_bytes(shapely.to_wkb(coverage))
    try:
        journal.write(files=[source_sha256, sha256_of(beside)])
        return workspace.files.put(beside)
    finally:
        beside.unlink()


def _row(workspace: Workspace, entry: LayerEntry, built: Built) -> dict[str, object]:
    meta = Snapshot.open(workspace.snapshots / built.sha256).meta
    return {
        "city": workspace.city.key,
        "layer": entry.key,
        "title": entry.title_zh,
        "source_format": built.source.format,
        "source_crs": built.source.crs,
        "brought_in": built.brought_in,
        "encoding": built.source.encoding,
        "feature_count": meta.feature_count,
        "area_m2": meta.area_m2,
        "area_plane_m2": meta.area_plane_m2,
        "buffer_m": entry.buffer_m,
        "coverage": _in_degrees(built.coverage, workspace.city.epsg),
        "coverage_area_m2": float(areas_m2(np.array([built.coverage], object), workspace.city.epsg)[0]),
        "snapshot_sha256": built.sha256,
        "entry_sha256": entry.sha256,
    }


def _report(built: Built, entry: LayerEntry, classes: Classes | None) -> dict[str, object]:
    """What the steward reads before releasing."""
    unknown = built.tally.unknown_classes(classes)
    return {
        "features": built.tally.count,
        "roles": dict(built.columns.roles),
        "renamed": built.columns.renamed,
        "id_basis": "field" if built.tally.ids_serve else "hash",
        "nulls": {name: count for name, count in built.tally.nulls.items() if count},
        "classes": entry.classes,
        "class_counts": {code: count for code, count in built.tally.classes.most_common(200) if code is not None},
        "unknown_classes": dict(list(unknown.items())[:KEPT_CODES]),
        "unknown_class_codes": len(unknown),
        "unknown_class_features": sum(unknown.values()),
        "without_class": built.tally.classes[None] if entry.classes else 0,
        "without_geometry": built.tally.without_geometry,
        "outside_frame": built.tally.count - built.tally.inside_frame,
        "beyond_coverage": built.tally.beyond_coverage,
        "holes": len(built.holes),
        "holes_area_m2": round(float(shapely.area(shapely.union_all(built.holes))), 4) if built.holes else 0,
        "buffer_m": entry.buffer_m,
        "buffer_basis": entry.buffer_basis,
    }  # fmt: skip


def _with_shift_test(workspace: Workspace, built: Built, now: datetime) -> Built:
    """Add the warning that the layer carries the offset of a map datum, by the reference layer the city file names."""
    issue = _suspected_shift(workspace, built, now)
    return replace(built, issues=(*built.issues, issue)) if issue else built


def _suspected_shift(workspace: Workspace, built: Built, now: datetime) -> Issue | None:
    key = workspace.city.frame.shift_reference
    if not key or built.sample.is_empty:
        return None
    with reading(workspace.engine) as session:
        known = versions(session, workspace.city.key, key)
    found = pick(known, as_of=now.astimezone(CHINA).date()).version
    reference = workspace.snapshots / found.snapshot_sha256 if found else None
    return shift_issue(workspace.city, built.sample, reference, place=built.source.name)


def _in_degrees(coverage: Geometry, epsg: int) -> MultiPolygon:
    return shapely.multipolygons(shapely.get_parts(to_plane(np.array([coverage], object), epsg, GEOGRAPHIC)))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
