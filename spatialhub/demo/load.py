"""Bringing the demo city into a workspace: every layer imported and released, each with the coverage it speaks for."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

from layers.imports import import_layer
from layers.model import LayerVersion
from layers.versions import versions
from layers.workspace import Workspace
from spatialhub.db import reading
from spatialhub.demo.city import DemoCity, DemoLayer
from spatialhub.errors import OptionError
from spatialhub.files import sha256_of

WHO = "demo"
_AT_ONCE = min(3, (os.cpu_count() or 1) + 1)
IN_FORCE_FROM = date(2019, 8, 17)  # the day of 郑政办〔2019〕50号
CITY = "zhengzhou"

Report = Callable[[DemoLayer, LayerVersion, bool], None]


def load_city_layers(
    workspace: Workspace, demo: DemoCity, *, now: datetime, report: Report = lambda layer, version, fresh: None
) -> tuple[LayerVersion, ...]:
    """Import and release all layers of the demo; those that stand there unchanged are left alone.

    `report` is told each layer with its version and whether it was imported just now.

    Raises
    ------
    OptionError
        The workspace is of another city than the demo was drawn for.
    IntakeError, LayerError
        A layer cannot be imported.
    """
    if workspace.city.key != CITY:
        raise OptionError("--city", found=workspace.city.key, allowed=(CITY,))

    def load(layer: DemoLayer) -> tuple[LayerVersion, bool]:
        standing = _standing(workspace, layer)
        return standing or _import(workspace, layer, now), standing is None

    loaded = []
    # Each import waits for a reader of its own: one more than there are processors keeps readers and this process busy.
    # No lock is waited for in a circle: those of files are shared or taken without waiting, and who writes to the
    # database waits for none. What once stood still here was a process that had been stopped (intake/child.py).
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for layer, (version, fresh) in zip(demo.layers, pool.map(load, demo.layers), strict=True):
            report(layer, version, fresh)
            loaded.append(version)
    return tuple(loaded)


def _import(workspace: Workspace, layer: DemoLayer, now: datetime) -> LayerVersion:
    return import_layer(
        workspace,
        workspace.catalogue.entry(layer.key),
        layer.path,
        who=WHO,
        now=now,
        coverage=layer.coverage,
        in_force_from=IN_FORCE_FROM,
        release=True,
        synthetic=True,
    )


def _standing(workspace: Workspace, layer: DemoLayer) -> LayerVersion | None:
    """The newest version where it is this very layer, released: same source, same coverage, same catalogue entry."""
    with reading(workspace.engine) as session:
        known = versions(session, workspace.city.key, layer.key)
    if not known:
        return None
    newest, entry = known[-1], workspace.catalogue.entry(layer.key)
    same = (
        newest.in_force_from is not None
        and newest.retired is None
        and newest.source_sha256 == sha256_of(layer.path)
        and newest.coverage_basis == layer.coverage.name
        and newest.entry_sha256 == entry.sha256
        and (workspace.snapshots / newest.snapshot_sha256).is_dir()
    )
    return newest if same else None
