"""From a foreign file to a published snapshot: read in chunks, name features, apply the buffer, note what is odd."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Geometry, MultiPolygon

from layers.columns import Columns, plan_columns
from layers.edge_chunks import EdgeChunks
from layers.edges import EdgeRules
from layers.identity import fingerprints
from layers.tally import Tally
from spatialhub import intake
from spatialhub.catalogue import Classes, LayerEntry
from spatialhub.errors import NoArea, OutsideFrame
from spatialhub.messages import Words
from spatialhub.spatial.frame import likely_cause
from spatialhub.spatial.model import Issue, Source
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.snapshot import SnapshotBuilder
from spatialhub.spatial.table import Texts, taken

# Circle segments per quarter turn of a buffer: 16 keeps its area within 0.2 % of the round one.
QUAD_SEGS = 16
SAMPLE = 500
Progress = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Origin:
    """A file and how to read it: CRS (EPSG code), encoding and sublayer, each None where the file says it itself;
    its hash where that is known."""

    path: Path
    crs: int | None = None
    encoding: str | None = None
    sublayer: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What to build: entry, buffer in force, plane, frame of the city, coverage before holes; for a rebuild
    the roles that were decided and the hash that the entry had. `hashed`: make hashes for ids at once, without trying
    those of the source first; `edges`: lines are edges, to be closed to areas; `chunk_features`: how many are in memory
    at once, no result depends on it."""

    entry: LayerEntry
    epsg: int
    frame: Geometry
    coverage: Geometry
    classes: Classes | None
    roles: Mapping[str, str | None] | None = None
    entry_sha256: str = ""
    hashed: bool = False
    edges: EdgeRules | None = None
    chunk_features: int = 10_000


@dataclass(frozen=True, slots=True)
class Built:
    """A published snapshot and what was noticed on the way. `coverage` is in the plane, holes cut out; `sample` are up
    to 500 features for the shift test; `table` is the name of the table inside the file, as the reader says it."""

    sha256: str
    coverage: Geometry
    holes: tuple[Geometry, ...]
    columns: Columns
    tally: Tally
    source: Source
    brought_in: str
    issues: tuple[Issue, ...]
    sample: MultiPolygon
    table: str = ""


def build(store: Path, task: Task, origin: Origin, *, progress: Progress | None = None) -> Built:
    """Read a file into a snapshot of `store`; nothing stays there when anything fails.

    Raises
    ------
    IntakeError, CrsError
        The file cannot be taken, or lies wholly outside the city's frame.
    NoArea
        The file holds no feature with an area.
    """
    if not task.hashed:
        try:
            return _build(store, task, origin, progress)
        except _IdsDoNotServe:
            pass  # a null or a repeated id: all features are named anew, by hashes, from the beginning
    return _build(store, replace(task, hashed=True), origin, progress)


class _IdsDoNotServe(Exception):
    """The ids of the source do not name every feature differently, and no hashes were made."""


def _build(store: Path, task: Task, origin: Origin, progress: Progress | None) -> Built:
    tally = Tally(frame=task.frame, coverage=task.coverage)
    with opened(origin, task, progress=progress) as reading:
        columns = plan_columns(task.entry, reading.fields, roles=task.roles)
        task = replace(task, hashed=task.hashed or columns.roles["id"] is None)
        with _builder(store, task, columns) as builder:
            sample: list[Geometry] = []
            table = ""
            edges = EdgeChunks(task.edges, reading.fields) if task.edges else None
            for chunk in _chunks(reading, edges):
                table = table or _table(chunk.places)
                features = _take(chunk, task, columns, tally, builder)
                if len(sample) < SAMPLE:
                    sample += list(features.take(np.arange(min(SAMPLE - len(sample), len(features)))).geometries())
            _demand_sense(tally, task, reading)
            holes = (*reading.holes, *(edges.holes if edges else ()))
            coverage = without(task.coverage, holes)
            named = _named(tally, task)
            # either the source's ids serve, or those by hashes do
            sha256 = builder.publish(coverage=coverage, columns=named, kinds=tally.kinds, distinct_ids=True)
        noticed = tally.issues(reading.source.name, columns, task.classes, task.entry.buffer_m)
        issues = (*reading.issues, *(edges.issues if edges else ()), *noticed, *_hole_issue(reading, holes))
        return Built(
            sha256=sha256,
            coverage=coverage,
            holes=holes,
            columns=columns,
            tally=tally,
            source=reading.source,
            brought_in=reading.bringing.how,
            issues=issues,
            sample=shapely.multipolygons(shapely.get_parts(sample)),
            table=table,
        )


def _table(places: Sequence[str]) -> str:
    """The table in which features stand: `DLTB.shp #1` is in DLTB.shp."""
    return str(places[0]).rpartition("#")[0].strip() if len(places) else ""


def _chunks(reading: Any, edges: EdgeChunks | None) -> Iterator[Any]:
    """The chunks of a file; edge lines come last, as the areas they close."""
    for chunk in reading:
        rest = edges.take(chunk) if edges else chunk
        if len(rest.places):
            yield rest
    closed = edges.closed(reading.source.name) if edges else None
    if closed is not None:
        yield closed


def _named(tally: Tally, task: Task) -> dict[str, Texts]:
    """The id column where it is not that of the source."""
    if tally.ids_serve:
        return {}
    if not task.hashed:
        raise _IdsDoNotServe
    return {"id": tally.hash_ids()}


@contextmanager
def opened(origin: Origin, task: Task, *, progress: Progress | None = None) -> Iterator[Any]:
    """Open a layer's file through intake, which alone opens foreign files, in a contained child."""
    options = {
        "lines": task.entry.buffer_m > 0 or task.edges is not None,
        "chunk_features": task.chunk_features,
        "progress": progress,
    }
    with reading_of(origin, task.epsg, **options) as reading:
        yield reading


def reading_of(origin: Origin, epsg: int, **options: Any) -> Any:
    """A file of the steward as intake reads it."""
    said = {"crs": origin.crs, "encoding": origin.encoding, "sublayer": origin.sublayer, "sha256": origin.sha256}
    return intake.read_layer(origin.path, epsg=epsg, origin="cli", **said, **options)


def without(coverage: Geometry, holes: tuple[Geometry, ...]) -> Geometry:
    """The coverage with holes cut out."""
    return shapely.difference(coverage, shapely.union_all(holes)) if holes else coverage


def _builder(store: Path, task: Task, columns: Columns) -> SnapshotBuilder:
    return SnapshotBuilder(
        store,
        layer=task.entry.key,
        epsg=task.epsg,
        entry_sha256=task.entry_sha256 or task.entry.sha256,
        coverage=task.coverage,
        columns=dict.fromkeys(columns.names, "text"),
    )


def _take(chunk: Any, task: Task, columns: Columns, tally: Tally, builder: SnapshotBuilder) -> Ragged:
    """Add one chunk; returns the features as they stand in the snapshot."""
    features, attributes = _features(chunk, task, tally), chunk.attributes
    if len(features) < len(chunk.places):
        there = _there(chunk.geometries)
        attributes = {name: taken(values, there) for name, values in attributes.items()}
    if not len(features):
        return features
    values = columns.values(attributes, len(features))
    kept = {name: list(attributes[name]) for name in columns.kept} if task.hashed else {}
    hashes = fingerprints(features.geometries(), kept) if task.hashed else None
    tally.take(features, values, hashes)
    if not tally.ids.serve and not task.hashed:
        raise _IdsDoNotServe
    builder.add(features, values)
    return features


def _features(chunk: Any, task: Task, tally: Tally) -> Ragged:
    """The features of a chunk that have a geometry, buffered where the entry says so."""
    whole = getattr(chunk, "polygons", None)
    if whole is not None and not task.entry.buffer_m:
        return whole
    geometries = np.asarray(chunk.geometries, dtype=object)
    there = _there(geometries)
    tally.without_geometry += int((~there).sum())
    geometries = geometries[there]
    if task.entry.buffer_m > 0 and len(geometries):
        tally.areas_buffered += int((shapely.get_dimensions(geometries) == 2).sum())
        geometries = shapely.buffer(geometries, task.entry.buffer_m, quad_segs=QUAD_SEGS)
    return Ragged.of(geometries)


def _there(geometries: np.ndarray) -> np.ndarray:
    return ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))


def _demand_sense(tally: Tally, task: Task, reading: Any) -> None:
    if not tally.count:
        raise NoArea(reading.source.name, found=Words.of("found_nothing_usable"))
    if not tally.inside_frame:
        box = shapely.box(*tally.bounds)
        cause = likely_cause(box, task.frame, reading.bringing)
        distance_km = f"{shapely.distance(box, task.frame) / 1000:.0f}"
        raise OutsideFrame(reading.source.name, cause=cause, distance_km=distance_km)


def _hole_issue(reading: Any, holes: tuple[Geometry, ...]) -> tuple[Issue, ...]:
    return (Issue.of("layer_holes", reading.source.name, count=len(holes)),) if holes else ()
