"""Write a version's snapshot anew: from the one in an older format, or, when it was damaged, from the kept source."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import shapely

from layers.build import Origin, Progress, Task, build
from layers.edges import EdgeRules
from layers.imports import task_of
from layers.journal import no_sweep
from layers.model import LayerVersion
from layers.packing import archive_name
from layers.versions import replace_snapshot, uses_snapshot
from layers.workspace import Workspace
from spatialhub.db import reading, writing
from spatialhub.errors import CannotRebuild, SnapshotError
from spatialhub.messages import Words
from spatialhub.spatial.snapshot import Snapshot
from spatialhub.spatial.snapshot_format0 import Format0, write_anew

# A newer GEOS may repair a ring differently in the last digits; a larger difference is another version.
_AREA_AGREES = 1e-9


def rebuild(
    workspace: Workspace, version: LayerVersion, *, who: str, now: datetime, progress: Progress | None = None
) -> LayerVersion:
    """Publish the snapshot of a version in today's format, from its older one if that is sound; else read the kept
    source again, with the options and the buffer of the import.

    The registry follows only when count and area agree with what is registered; the audit row keeps both names.

    Raises
    ------
    CannotRebuild
        A kept file is gone, or the result differs from the registry.
    """
    with no_sweep(workspace), _set_aside(workspace, version) as aside:
        sha256 = _converted(workspace, version, aside, progress) or _from_source(workspace, version, progress)
        try:
            _demand_same(version, Snapshot.open(workspace.snapshots / sha256))
        except CannotRebuild:
            _discard(workspace, sha256)
            raise
    if sha256 == version.snapshot_sha256:
        return version
    with writing(workspace.engine) as session:
        version = replace_snapshot(session, version, sha256, who=who, now=now)
    workspace.anchor()
    return version


def is_sound(workspace: Workspace, version: LayerVersion) -> bool:
    """Whether the snapshot of a version is in today's format and all of it as published; reads every byte."""
    return _is_sound(workspace.snapshots / version.snapshot_sha256)


def _converted(workspace: Workspace, version: LayerVersion, aside: Path, progress: Progress | None) -> str | None:
    """Write an older format anew: whole features are in both. None where it is not one, or not sound."""
    try:
        old = Format0.open(aside, version.snapshot_sha256)
    except SnapshotError:
        return None
    return write_anew(old, workspace.snapshots, progress=progress)


def _from_source(workspace: Workspace, version: LayerVersion, progress: Progress | None) -> str:
    with _source(workspace, version) as origin:
        return build(workspace.snapshots, _task(workspace, version), origin, progress=progress).sha256


def _task(workspace: Workspace, version: LayerVersion) -> Task:
    entry = replace(workspace.catalogue.entry(version.layer), buffer_m=version.buffer_m)
    kept = _kept(workspace, version, version.coverage_sha256, version.coverage_basis)
    coverage = shapely.from_wkb(kept.read_bytes())  # noqa: TID251 - written by an import
    task = task_of(workspace, entry, coverage)
    said = version.options.get("edges")
    edges = EdgeRules.of(said) if isinstance(said, dict) else None
    roles = version.report["roles"]
    return replace(task, roles=roles, entry_sha256=version.entry_sha256, edges=edges)  # type: ignore[arg-type]


def _kept(workspace: Workspace, version: LayerVersion, sha256: str, name: str) -> Path:
    if sha256 not in workspace.files:
        raise CannotRebuild(version.name, reason=Words.of("layer_rebuild_source_gone", file=name))
    return workspace.files.path(sha256)


@contextmanager
def _source(workspace: Workspace, version: LayerVersion) -> Iterator[Origin]:
    """The kept source under the name it came with: readers go by the ending."""
    kept = _kept(workspace, version, version.source_sha256, version.source_name)
    with tempfile.TemporaryDirectory(prefix=".rebuild-", dir=workspace.imports) as folder:
        named = Path(folder) / archive_name(version.source_name)
        os.link(kept, named)
        options = version.options
        yield Origin(named, options["crs"], options["encoding"], options["sublayer"])  # type: ignore[arg-type]


@contextmanager
def _set_aside(workspace: Workspace, version: LayerVersion) -> Iterator[Path]:
    """Move a snapshot that cannot be opened out of the way of the new one; back again if nothing takes its place."""
    path = workspace.snapshots / version.snapshot_sha256
    aside = workspace.snapshots / f".building-damaged-{version.snapshot_sha256}"
    if not _is_sound(path) and path.exists():
        os.rename(path, aside)
    try:
        yield aside
    except BaseException:
        if aside.exists() and not path.exists():
            os.rename(aside, path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _is_sound(path: Path) -> bool:
    try:
        Snapshot.open(path).verify()
    except (SnapshotError, OSError):
        return False
    return True


def _discard(workspace: Workspace, sha256: str) -> None:
    """Take away a snapshot that was just made and that no version is to use."""
    with reading(workspace.engine) as session:
        if not uses_snapshot(session, sha256):
            shutil.rmtree(workspace.snapshots / sha256)


def _demand_same(version: LayerVersion, snapshot: Snapshot) -> None:
    meta = snapshot.meta
    same_area = abs(meta.area_m2 - version.area_m2) <= _AREA_AGREES * max(version.area_m2, 1.0)
    if meta.feature_count != version.feature_count or not same_area:
        registered = f"{version.feature_count}: {version.area_m2:.4f} m²"
        found = f"{meta.feature_count}: {meta.area_m2:.4f} m²"
        reason = Words.of("layer_rebuild_differs", registered=registered, found=found)
        raise CannotRebuild(version.name, reason=reason)
