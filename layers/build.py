"""From a foreign file to a published snapshot: read in chunks, name features, apply the buffer, note what is odd."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Geometry, MultiPolygon

from layers.columns import Columns, plan_columns
from layers.identity import fingerprints
from layers.tally import Tally
from spatialhub import intake
from spatialhub.catalogue import Classes, LayerEntry
from spatialhub.errors import NoArea, OutsideFrame
from spatialhub.spatial.frame import likely_cause
from spatialhub.spatial.model import Issue, Source
from spatialhub.spatial.snapshot import SnapshotBuilder

# Circle segments per quarter turn of a buffer: 16 keeps its area within 0.2 % of the round one.
QUAD_SEGS = 16
SAMPLE = 500
Progress = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Origin:
    """A file and how to read it: CRS (EPSG code), encoding and sublayer, each None where the file says it itself."""

    path: Path
    crs: int | None = None
    encoding: str | None = None
    sublayer: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What to build: entry, buffer in force, plane, frame of the city, coverage before holes; for a rebuild
    the roles that were decided and the hash that the entry had."""

    entry: LayerEntry
    epsg: int
    frame: Geometry
    coverage: Geometry
    classes: Classes | None
    roles: Mapping[str, str | None] | None = None
    entry_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """A published snapshot and what was noticed on the way. `coverage` is in the plane, holes cut out; `sample` are up
    to 500 features for the shift test."""

    sha256: str
    coverage: Geometry
    holes: tuple[Geometry, ...]
    columns: Columns
    tally: Tally
    source: Source
    brought_in: str
    issues: tuple[Issue, ...]
    sample: MultiPolygon


def build(store: Path, task: Task, origin: Origin, *, progress: Progress | None = None) -> Built:
    """Read a file into a snapshot of `store`; nothing stays there when anything fails.

    Raises
    ------
    IntakeError, CrsError
        The file cannot be taken, or lies wholly outside the city's frame.
    NoArea
        The file holds no feature with an area.
    """
    tally = Tally(frame=task.frame, coverage=task.coverage)
    lines = task.entry.buffer_m > 0
    with opened(origin, task.epsg, lines=lines, progress=progress) as reading:
        columns = plan_columns(task.entry, reading.fields, roles=task.roles)
        with _builder(store, task, columns) as builder:
            sample: list[Geometry] = []
            for chunk in reading:
                geometries = _take(chunk, task, columns, tally, builder)
                sample += list(geometries[: max(0, SAMPLE - len(sample))])
            _demand_sense(tally, task, reading)
            holes = tuple(reading.holes)
            coverage = without(task.coverage, holes)
            sha256 = builder.publish(coverage=coverage, columns={"id": tally.feature_ids()}, kinds=tally.kinds)
        noticed = tally.issues(reading.source.name, columns, task.classes, task.entry.buffer_m)
        issues = (*reading.issues, *noticed, *_hole_issue(reading, holes))
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
        )


@contextmanager
def opened(origin: Origin, epsg: int, *, lines: bool = False, progress: Progress | None = None) -> Iterator[Any]:
    """Open a file through intake, which alone opens foreign files, in a contained child."""
    with intake.read_layer(
        origin.path,
        epsg=epsg,
        crs=origin.crs,
        encoding=origin.encoding,
        sublayer=origin.sublayer,
        lines=lines,
        origin="cli",
        progress=progress,
    ) as reading:
        yield reading


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


def _take(chunk: Any, task: Task, columns: Columns, tally: Tally, builder: SnapshotBuilder) -> np.ndarray:
    """Add one chunk; returns the geometries as they stand in the snapshot."""
    geometries = np.asarray(chunk.geometries, dtype=object)
    there = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    tally.without_geometry += int((~there).sum())
    geometries = geometries[there]
    if not len(geometries):
        return geometries
    attributes = {name: list(compress(chunk.attributes[name], there)) for name in columns.kept}
    if task.entry.buffer_m > 0:
        tally.areas_buffered += int((shapely.get_dimensions(geometries) == 2).sum())
        geometries = shapely.buffer(geometries, task.entry.buffer_m, quad_segs=QUAD_SEGS)
    values = columns.values(attributes, len(geometries))
    tally.take(geometries, values, fingerprints(geometries, attributes))
    builder.add(geometries, values)
    return geometries


def _demand_sense(tally: Tally, task: Task, reading: Any) -> None:
    if not tally.count:
        raise NoArea(reading.source.name)
    if not tally.inside_frame:
        box = shapely.box(*tally.bounds)
        cause = likely_cause(box, task.frame, reading.bringing)
        distance_km = f"{shapely.distance(box, task.frame) / 1000:.0f}"
        raise OutsideFrame(reading.source.name, cause=cause, distance_km=distance_km)


def _hole_issue(reading: Any, holes: tuple[Geometry, ...]) -> tuple[Issue, ...]:
    return (Issue.of("layer_holes", reading.source.name, count=len(holes)),) if holes else ()
