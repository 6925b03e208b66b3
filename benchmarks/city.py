"""The city under measurement: its pinned layers as our check sees them, and its features streamed for the peers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import shapely
from shapely import Geometry

from layers.checks import pinned
from layers.workspace import Workspace, open_workspace
from spatialhub.evidence import PinnedLayer
from spatialhub.spatial.snapshot import Snapshot

REFERENCE = "survey"  # the layer that every parcel of the city has a row in


@dataclass(frozen=True)
class Rows:
    """Some features of one layer: its number in `City.loaded`, row numbers (k,), ids, classes, geometries (k,)."""

    layer: int
    numbers: np.ndarray
    ids: list[str]
    class_codes: list[str]
    reserved_for: list[str]
    geometries: np.ndarray


@dataclass(frozen=True)
class City:
    """A home folder with layers released: what `spatialhub check` would use today."""

    workspace: Workspace
    layers: tuple[PinnedLayer, ...]

    @classmethod
    def open(cls, home: Path) -> City:
        """Open a home folder.

        Raises
        ------
        SystemExit
            No layer is in force there: `spatialhub demo build` makes a city.
        """
        workspace = open_workspace(home)
        layers = pinned(workspace, as_of=date.today())
        if not any(row.entry.key == REFERENCE and row.snapshot for row in layers):
            raise SystemExit(f"{home}: no layer {REFERENCE} in force; build one: spatialhub demo build --parcels N")
        return cls(workspace, layers)

    @property
    def epsg(self) -> int:
        """The plane of all geometry."""
        return self.workspace.city.epsg

    @cached_property
    def loaded(self) -> tuple[PinnedLayer, ...]:
        """Layers with a version in force; a peer knows a layer by its number here."""
        return tuple(row for row in self.layers if row.snapshot is not None)

    @cached_property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """Opened snapshots of `loaded`."""
        return tuple(Snapshot.open(row.snapshot) for row in self.loaded if row.snapshot is not None)

    @cached_property
    def coverage(self) -> Geometry:
        """Where the reference layer speaks: sites are laid there."""
        return next(s.coverage for s in self.snapshots if s.meta.layer == REFERENCE)

    @property
    def parcels(self) -> int:
        """Features of the reference layer."""
        return next(s.meta.feature_count for s in self.snapshots if s.meta.layer == REFERENCE)

    @property
    def features(self) -> int:
        """Features of all layers."""
        return sum(s.meta.feature_count for s in self.snapshots)

    def stream(self, chunk: int = 4_096) -> Iterator[Rows]:
        """All features of all layers, some thousand at a time: a city need not fit into memory."""
        for number, snapshot in enumerate(self.snapshots):
            for start in range(0, snapshot.meta.feature_count, chunk):
                yield _rows(number, snapshot, np.arange(start, min(start + chunk, snapshot.meta.feature_count)))


def _rows(layer: int, snapshot: Snapshot, numbers: np.ndarray) -> Rows:
    known = [name for name in ("id", "class", "reserved_for") if name in snapshot.meta.columns]
    columns = snapshot.columns(known, numbers)

    def texts(name: str) -> list[str]:
        return ["" if value is None else str(value) for value in columns.get(name, [None] * len(numbers))]

    # A feature without an id is known by its row, as in `spatialhub.evidence`.
    ids = [id or str(number) for id, number in zip(texts("id"), numbers.tolist(), strict=True)]
    geometries = shapely.force_2d(snapshot.features(numbers))
    return Rows(layer, numbers, ids, texts("class"), texts("reserved_for"), geometries)


def describe(cities: Sequence[City]) -> str:
    """One line a city."""
    rows = (
        f"{city.parcels:,} parcels, {len(city.loaded)} layers, {city.features:,} features,"
        f" {city.coverage.area / 1e6:,.0f} km²"
        for city in cities
    )
    return "; ".join(rows)
