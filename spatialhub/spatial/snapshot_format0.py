"""Reads format 0, in which snapshots were written until parts came: only to write them anew (`layers rebuild`).

wkb.bin, wkb_offsets.npy   whole features: WKB; int64 (n + 1,)
col_<i>.npy                a column of numbers, NaN where null
col_<i>.utf8, .offsets.npy, .null.npy   a column of texts, a bit for each null
coverage.wkb               the polygon the version speaks for
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.errors import SnapshotDamaged, SnapshotFormat
from spatialhub.spatial.snapshot_format import MANIFEST, ColumnKind, parse_manifest
from spatialhub.spatial.snapshot_writer import SnapshotBuilder
from spatialhub.spatial.table import Numbers, Texts

_ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Format0:
    """A sound snapshot of format 0 in the folder `path`."""

    path: Path
    manifest: dict[str, Any]

    @classmethod
    def open(cls, path: Path, sha256: str) -> Format0:
        """Open the snapshot named `sha256` in a folder of whatever name, and hash all of it.

        Raises
        ------
        SnapshotFormat
            It has another format.
        SnapshotDamaged
            A file is missing, or not what was written.
        """
        manifest, text = parse_manifest(path)
        if manifest.get("format_version") != 0:
            found = manifest.get("format_version")
            raise SnapshotFormat(str(path), found=found, known=0, layer=manifest.get("layer", "KEY"))
        if hashlib.sha256(text).hexdigest() != sha256:
            raise SnapshotDamaged(str(path), reason=MANIFEST)
        for name, facts in manifest["files"].items():
            if _sha256(path / name) != facts["sha256"]:
                raise SnapshotDamaged(str(path), reason=name)
        return cls(path, manifest)

    @property
    def coverage(self) -> Geometry:
        """The polygon this version speaks for, in the plane."""
        return shapely.from_wkb((self.path / "coverage.wkb").read_bytes())  # noqa: TID251 - written by us

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """Columns: name → kind."""
        return dict(self.manifest["columns"])

    def chunks(self) -> Iterator[tuple[np.ndarray, dict[str, Texts | Numbers]]]:
        """Geometries (k,) and columns of the features, in their order."""
        count = self.manifest["feature_count"]
        for start in range(0, count, _ROWS_AT_ONCE):
            rows = np.arange(start, min(start + _ROWS_AT_ONCE, count))
            columns = {name: self._column(i, kind, rows) for i, (name, kind) in enumerate(self.kinds.items())}
            yield self._geometries(rows), columns

    def _geometries(self, rows: np.ndarray) -> np.ndarray:
        starts = self._load("wkb_offsets")[rows[0] : rows[-1] + 2]
        with (self.path / "wkb.bin").open("rb") as file:
            file.seek(int(starts[0]))
            blob = file.read(int(starts[-1] - starts[0]))
        at = (starts - starts[0]).tolist()
        return shapely.from_wkb([blob[a:b] for a, b in pairwise(at)])  # noqa: TID251 - written by us

    def _column(self, number: int, kind: ColumnKind, rows: np.ndarray) -> Texts | Numbers:
        stem = f"col_{number}"
        if kind == "number":
            values = np.asarray(self._load(stem)[rows])
            return Numbers(values, np.isnan(values))
        starts = self._load(f"{stem}.offsets")[rows[0] : rows[-1] + 2]
        null = (self._load(f"{stem}.null")[rows >> 3] & (0x80 >> (rows & 7))).astype(bool)
        with (self.path / f"{stem}.utf8").open("rb") as file:
            file.seek(int(starts[0]))
            data = np.frombuffer(file.read(int(starts[-1] - starts[0])), np.uint8)
        return Texts(starts - starts[0], data, null)

    def _load(self, stem: str) -> np.ndarray:
        return np.load(self.path / f"{stem}.npy", mmap_mode="r")


def write_anew(old: Format0, store: Path, *, progress: Callable[..., None] | None = None) -> str:
    """Publish the same features, columns and coverage in `store` in the format of today; returns the new name.

    `progress` is called with (features done, features in all).
    """
    head = {name: old.manifest[name] for name in ("layer", "epsg", "entry_sha256")}
    done = 0
    with SnapshotBuilder(store, **head, coverage=old.coverage, columns=old.kinds) as builder:
        for geometries, columns in old.chunks():
            builder.add(geometries, columns)
            done += len(geometries)
            if progress is not None:
                progress(done, old.manifest["feature_count"])
        return builder.publish()


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
