"""A layer version made for checking: written once by streaming, read by memory map, never changed.

A snapshot is a folder named by the SHA-256 of its manifest (snapshot_format.py tells what lies in it). Giants are split
into parts, which lie along Hilbert's curve under a packed tree: a check reads what its site touches and no more.
"""

from __future__ import annotations

import hashlib
import math
import mmap
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.errors import SnapshotDamaged
from spatialhub.spatial._kernels import Store
from spatialhub.spatial.site_shape import is_areal, shape_of
from spatialhub.spatial.snapshot_arrays import Arrays
from spatialhub.spatial.snapshot_columns import CodedColumn, Column, open_column
from spatialhub.spatial.snapshot_format import (
    ARRAYS,
    FORMAT_VERSION,
    MANIFEST,
    U5_PER_METRE,
    WHOLE,
    ColumnKind,
    SnapshotMeta,
    read_manifest,
)
from spatialhub.spatial.snapshot_parts import open_store
from spatialhub.spatial.snapshot_writer import SnapshotBuilder

__all__ = ["FORMAT_VERSION", "ColumnKind", "Snapshot", "SnapshotBuilder", "SnapshotMeta"]

# What rounding geometry to 1e-5 m can move a site and a feature towards each other, in these units.
_MARGIN_U5 = 1
_MOST_OPEN = 64


class Snapshot:
    """A snapshot opened for reading. Cheap to open: one memory map, kept open for whoever opens it next."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self._path = path
        self._manifest = manifest
        self._arrays = Arrays(path / ARRAYS, manifest["arrays"])
        self._stems = {name: f"column.{number}" for number, (name, _) in enumerate(manifest["columns"])}
        self.meta = SnapshotMeta.of(manifest)

    @classmethod
    def open(cls, path: Path | str) -> Snapshot:
        """Open a published snapshot, or find it open.

        Raises
        ------
        SnapshotFormat
            Its format is not the one this program reads: `spatialhub layers rebuild`.
        SnapshotDamaged
            The manifest is missing or does not have the name of the folder, or a file has another size than it says.
        """
        return _open(Path(path))

    def verify(self) -> None:
        """Hash everything against the manifest; raises SnapshotDamaged at the first that differs."""
        read_manifest(self._path)
        name = self._arrays.damaged()
        if name is not None:
            raise SnapshotDamaged(str(self._path), reason=f"{ARRAYS}: {name}")
        with (self._path / WHOLE).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != self._manifest["files"][WHOLE]["sha256"]:
                raise SnapshotDamaged(str(self._path), reason=WHOLE)

    @property
    def sha256(self) -> str:
        """The snapshot's name."""
        return self._path.name

    @cached_property
    def coverage(self) -> Geometry:
        """The polygon this version speaks for, in the plane."""
        return shapely.from_wkb(self._arrays["coverage.wkb"].tobytes())

    @cached_property
    def store(self) -> Store:
        """The features' parts, for the gather kernel."""
        return open_store(self._arrays, "part", self._manifest["tree"]["part"])

    @cached_property
    def coverage_store(self) -> Store:
        """The coverage as parts, all of one group, for the gather kernel."""
        return open_store(self._arrays, "coverage", self._manifest["tree"]["coverage"])

    @property
    def boxes(self) -> np.ndarray:
        """Boxes of the features, float64 (n, 4) in metres."""
        return self._arrays["feature.boxes"]

    @property
    def areas(self) -> np.ndarray:
        """Ellipsoidal and plane area of every feature in m², float64 (n, 2)."""
        return self._arrays["feature.areas"]

    @property
    def groups(self) -> np.ndarray:
        """The first feature that has the same id as each, int32 (n,): features of one group say the same."""
        return self._arrays["feature.groups"]

    @property
    def part_features(self) -> np.ndarray:
        """The feature of every part, int32 (p,)."""
        return self._arrays["part.features"]

    @property
    def part_areas(self) -> np.ndarray:
        """Ellipsoidal and plane area of every part in m², float64 (p, 2)."""
        return self._arrays["part.areas"]

    def scan(self, box: tuple[float, float, float, float]) -> np.ndarray:
        """Ids (int64, ascending) of features of which a part's box meets `box` (closed, metres in the plane)."""
        low = [math.floor(value * U5_PER_METRE) - _MARGIN_U5 for value in box[:2]]
        high = [math.ceil(value * U5_PER_METRE) + _MARGIN_U5 for value in box[2:]]
        return np.unique(self.part_features[self.store.scan(*low, *high)]).astype(np.int64)

    def search(self, geometry: Geometry) -> np.ndarray:
        """Ids (int64, ascending) of parts whose box meets `geometry`: candidates, never fewer than what intersects."""
        if geometry.is_empty or not self.meta.part_count:
            return np.zeros(0, np.int64)
        areal = geometry if is_areal(geometry) else shapely.box(*geometry.buffer(1.0).bounds)
        return self.store.search(shape_of(areal), _MARGIN_U5)

    def parts(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whole geometries (k,) of the features that parts belong to, and their ids (int64, (k,)), ascending."""
        owners = np.unique(self.part_features[np.asarray(ids, np.int64)]).astype(np.int64)
        return self.features(owners), owners

    def features(self, ids: np.ndarray) -> np.ndarray:
        """Whole geometries (k,) of features."""
        ids = np.asarray(ids, np.int64)
        if not len(ids):
            return np.zeros(0, object)
        starts = self._arrays["feature.wkb_starts"]
        spans = zip(starts[ids].tolist(), starts[ids + 1].tolist(), strict=True)
        return shapely.from_wkb([self._whole[a:b] for a, b in spans])

    def columns(self, names: Sequence[str], ids: np.ndarray) -> dict[str, list]:
        """Values of attribute columns for features; None where null. Unknown names raise KeyError."""
        rows = np.asarray(ids, np.int64).tolist()
        return {name: self.column(name).read(rows) for name in names}

    def codes(self, name: str, ids: np.ndarray) -> tuple[np.ndarray, tuple[str | None, ...]]:
        """Codes int32 (k,) of features in a text column, and what each code stands for (code 0: None).

        Where the column has few different values this reads no text, and the dictionary is always the same object.
        Unknown names and columns of numbers raise KeyError.
        """
        if self.meta.columns[name] != "text":
            raise KeyError(name)
        ids = np.asarray(ids, np.int64)
        column = self.column(name)
        if isinstance(column, CodedColumn):
            return column.codes[ids], column.words
        values = column.read(ids.tolist())
        words = (None, *sorted({value for value in values if value is not None}))
        at = {word: code for code, word in enumerate(words)}
        return np.array([at[value] for value in values], np.int32), words

    def dictionary(self, name: str) -> tuple[np.ndarray, tuple[str | None, ...]] | None:
        """Codes int32 (n,) of all features in a text column of few different values, and what each stands for; None for
        any other column."""
        column = self.column(name)
        return (column.codes, column.words) if isinstance(column, CodedColumn) else None

    def column(self, name: str) -> Column:
        """An attribute column, for who reads a few features of it. Unknown names raise KeyError."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = open_column(self._arrays, self._stems[name])
        return found

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {}

    @cached_property
    def _whole(self) -> mmap.mmap:
        with (self._path / WHOLE).open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


# Snapshots by path, the one used last at the end, each with the state of its files: a folder that was damaged or set
# aside is another one, though it has the same name.
_opened: OrderedDict[str, tuple[tuple, Snapshot]] = OrderedDict()
_lock = threading.Lock()


def _open(path: Path) -> Snapshot:
    key = str(path)
    state = _state(key)
    with _lock:
        known = _opened.get(key)
        if known is not None and known[0] == state:
            _opened.move_to_end(key)
            return known[1]
    manifest = read_manifest(path)
    for name, facts in manifest["files"].items():
        if _size(f"{key}/{name}") != facts["bytes"]:
            raise SnapshotDamaged(key, reason=name)
    snapshot = Snapshot(path, manifest)
    with _lock:
        _opened[key] = state, snapshot
        _opened.move_to_end(key)
        while len(_opened) > _MOST_OPEN:
            _opened.popitem(last=False)
    return snapshot


def _state(path: str) -> tuple:
    """What tells files apart from others of the same name: inode, size and time of the last change."""
    found: list[tuple[int, int, int] | None] = []
    for name in (MANIFEST, ARRAYS, WHOLE):
        try:
            stat = os.stat(f"{path}/{name}")
        except OSError:
            found.append(None)
        else:
            found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except OSError:
        return None
