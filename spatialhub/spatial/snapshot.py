"""A layer version made for checking: written once by streaming, read by memory map, never changed.

A snapshot is a folder named by the SHA-256 of its manifest. This format (0) keeps features whole: one part a feature;
search is a vectorised scan over boxes, right for any size and quick up to some 100,000 features.

    manifest.json   format_version, layer, epsg, entry_sha256, counts, areas, columns; dtype, shape, sha256 of files
    wkb.bin, wkb_offsets.npy   feature geometries in the plane, WKB; offsets int64 (n+1)
    boxes.npy       float64 (n, 4): xmin, ymin, xmax, ymax
    areas.npy       float64 (n, 2): ellipsoidal and plane area in m²
    col_<i>.*       attribute columns: numbers as float64 (NaN: null), text as UTF-8 blob + offsets + null bitmap
    coverage.wkb    the polygon the steward says this version speaks for
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.errors import SnapshotDamaged, SnapshotFormat
from spatialhub.spatial.area import areas_m2

FORMAT_VERSION = 0
ColumnKind = Literal["text", "number"]


@dataclass(frozen=True, slots=True)
class SnapshotMeta:
    """What a snapshot says of itself; areas in m², `columns` name → kind."""

    layer: str
    epsg: int
    entry_sha256: str
    feature_count: int
    area_m2: float
    area_plane_m2: float
    columns: Mapping[str, ColumnKind]
    format_version: int = FORMAT_VERSION


class SnapshotBuilder:
    """Writes a snapshot chunk by chunk into a temporary folder of `store`; nothing stays behind unless `publish`ed.

    Use as a context manager:

    >>> with SnapshotBuilder(store, layer="line_red", epsg=4547, entry_sha256="…", coverage=polygon,
    ...                      columns={"id": "text", "name": "text"}) as builder:          # doctest: +SKIP
    ...     builder.add(geometries, {"id": ids, "name": names})
    ...     sha256 = builder.publish()
    """

    def __init__(
        self,
        store: Path,
        *,
        layer: str,
        epsg: int,
        entry_sha256: str,
        coverage: Geometry,
        columns: Mapping[str, ColumnKind],
    ) -> None:
        store.mkdir(parents=True, exist_ok=True)
        self._store = store
        self._folder = Path(tempfile.mkdtemp(prefix=".building-", dir=store))
        self._wkb = (self._folder / "wkb.bin").open("wb")
        self._coverage = coverage
        self._head = {"layer": layer, "epsg": epsg, "entry_sha256": entry_sha256}
        self._kinds = dict(columns)
        self._lengths: list[np.ndarray] = []
        self._boxes: list[np.ndarray] = []
        self._areas: list[np.ndarray] = []
        self._columns: dict[str, list] = {name: [] for name in columns}
        self._epsg = epsg

    def __enter__(self) -> SnapshotBuilder:
        return self

    def __exit__(self, *_: object) -> None:
        self._wkb.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, geometries: np.ndarray, attributes: Mapping[str, Sequence]) -> None:
        """Append features: shapely polygons or multipolygons (k,), and every declared column with k values."""
        geometries = np.asarray(geometries, dtype=object)
        blobs = shapely.to_wkb(geometries)
        self._wkb.write(b"".join(blobs))
        self._lengths.append(np.fromiter(map(len, blobs), np.int64, len(blobs)))
        self._boxes.append(shapely.bounds(geometries))
        self._areas.append(np.stack([areas_m2(geometries, self._epsg), shapely.area(geometries)], axis=1))
        for name, values in self._columns.items():
            given = attributes[name]
            if len(given) != len(geometries):
                raise ValueError(f"column {name}: {len(given)} values for {len(geometries)} features")
            values.extend(given)

    def publish(
        self,
        *,
        coverage: Geometry | None = None,
        columns: Mapping[str, Sequence] | None = None,
        kinds: Mapping[str, ColumnKind] | None = None,
    ) -> str:
        """Write everything down, flush to disk, rename to the final name; return the name (SHA-256 of the manifest).

        `coverage`, values of `columns` and their `kinds` replace what was given before, where it is known only once
        all features were read.
        """
        self._coverage = self._coverage if coverage is None else coverage
        self._kinds |= kinds or {}
        for name, values in (columns or {}).items():
            if len(values) != len(self._columns[name]):
                raise ValueError(f"column {name}: {len(values)} values for {len(self._columns[name])} features")
            self._columns[name] = list(values)
        self._wkb.flush()
        os.fsync(self._wkb.fileno())
        self._wkb.close()
        areas = _stack(self._areas, 2)
        lengths = np.concatenate(self._lengths) if self._lengths else np.zeros(0, np.int64)
        np.save(self._folder / "wkb_offsets.npy", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
        np.save(self._folder / "boxes.npy", _stack(self._boxes, 4))
        np.save(self._folder / "areas.npy", areas)
        (self._folder / "coverage.wkb").write_bytes(shapely.to_wkb(self._coverage))
        for number, (name, kind) in enumerate(self._kinds.items()):
            _write_column(self._folder / f"col_{number}", kind, self._columns[name])
        manifest = {
            "format_version": FORMAT_VERSION,
            **self._head,
            "feature_count": len(lengths),
            "area_m2": float(areas[:, 0].sum()),
            "area_plane_m2": float(areas[:, 1].sum()),
            "columns": [[name, kind] for name, kind in self._kinds.items()],
            "files": {path.name: _describe(path) for path in sorted(self._folder.iterdir())},
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
        _write_synced(self._folder / "manifest.json", text)
        name = hashlib.sha256(text).hexdigest()
        return self._rename(name)

    def _rename(self, name: str) -> str:
        target = self._store / name
        if target.exists():  # the same content was published before
            return name
        for path in self._folder.iterdir():
            path.chmod(0o444)
        os.rename(self._folder, target)
        _sync_folder(self._store)
        return name


class Snapshot:
    """A snapshot opened for reading. Cheap to open: arrays are memory maps."""

    def __init__(self, path: Path, manifest: Mapping) -> None:
        self._path = path
        self._manifest = manifest
        self.meta = SnapshotMeta(
            layer=manifest["layer"],
            epsg=manifest["epsg"],
            entry_sha256=manifest["entry_sha256"],
            feature_count=manifest["feature_count"],
            area_m2=manifest["area_m2"],
            area_plane_m2=manifest["area_plane_m2"],
            columns=dict(manifest["columns"]),
        )

    @classmethod
    def open(cls, path: Path | str) -> Snapshot:
        """Open a published snapshot.

        Raises
        ------
        SnapshotFormat
            Its format is not the one this program reads: `spatialhub layers rebuild`.
        SnapshotDamaged
            The manifest is missing or does not have the name of the folder, or a file has another size than it says.
        """
        path = Path(path)
        try:
            text = (path / "manifest.json").read_bytes()
            manifest = json.loads(text)
        except (OSError, ValueError) as error:
            raise SnapshotDamaged(str(path), reason=str(error)) from None
        if manifest.get("format_version") != FORMAT_VERSION:
            found = manifest.get("format_version")
            raise SnapshotFormat(str(path), found=found, known=FORMAT_VERSION, layer=manifest.get("layer", "KEY"))
        if hashlib.sha256(text).hexdigest() != path.name:
            raise SnapshotDamaged(str(path), reason="manifest.json")
        for name, facts in manifest["files"].items():
            if not (path / name).is_file() or (path / name).stat().st_size != facts["bytes"]:
                raise SnapshotDamaged(str(path), reason=name)
        return cls(path, manifest)

    def verify(self) -> None:
        """Hash every file against the manifest; raises SnapshotDamaged at the first that differs."""
        for name, facts in self._manifest["files"].items():
            if _describe(self._path / name)["sha256"] != facts["sha256"]:
                raise SnapshotDamaged(str(self._path), reason=name)

    @property
    def sha256(self) -> str:
        """The snapshot's name."""
        return self._path.name

    @cached_property
    def coverage(self) -> Geometry:
        """The polygon this version speaks for, in the plane."""
        return shapely.from_wkb((self._path / "coverage.wkb").read_bytes())

    @cached_property
    def boxes(self) -> np.ndarray:
        """Boxes of the parts, float64 (n, 4)."""
        return np.load(self._path / "boxes.npy", mmap_mode="r")

    @cached_property
    def areas(self) -> np.ndarray:
        """Ellipsoidal and plane area of every part in m², float64 (n, 2)."""
        return np.load(self._path / "areas.npy", mmap_mode="r")

    def scan(self, box: tuple[float, float, float, float]) -> np.ndarray:
        """Ids (int64, ascending) of parts whose box meets `box` (closed)."""
        boxes = self.boxes
        xmin, ymin, xmax, ymax = box
        meets = (boxes[:, 0] <= xmax) & (boxes[:, 2] >= xmin) & (boxes[:, 1] <= ymax) & (boxes[:, 3] >= ymin)
        return np.flatnonzero(meets)

    def search(self, geometry: Geometry) -> np.ndarray:
        """Ids (int64, ascending) of parts whose box meets `geometry`: candidates, never fewer than what intersects."""
        if geometry.is_empty or not self.meta.feature_count:
            return np.zeros(0, np.int64)
        found = self.scan(geometry.bounds)
        if found.size < 32:
            return found
        own = shapely.force_2d(geometry)  # a copy: the caller's geometry may be in use on another thread
        shapely.prepare(own)
        return found[shapely.intersects(own, shapely.box(*self.boxes[found].T))]

    def parts(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Geometries (k,) of parts and the feature id (int64, (k,)) each belongs to."""
        ids = np.asarray(ids, np.int64)
        return self.features(ids), ids

    def features(self, ids: np.ndarray) -> np.ndarray:
        """Whole geometries (k,) of features."""
        if not len(ids):
            return np.zeros(0, object)
        offsets = np.load(self._path / "wkb_offsets.npy", mmap_mode="r")
        blob = np.memmap(self._path / "wkb.bin", mode="r")
        return shapely.from_wkb([bytes(blob[offsets[i] : offsets[i + 1]]) for i in ids])

    def columns(self, names: Sequence[str], ids: np.ndarray) -> dict[str, list]:
        """Values of attribute columns for features; None where null. Unknown names raise KeyError."""
        order = list(self.meta.columns)
        return {
            name: _read_column(self._path / f"col_{order.index(name)}", self.meta.columns[name], ids)
            if name in self.meta.columns
            else _no_column(name)
            for name in names
        }


def _no_column(name: str) -> list:
    raise KeyError(name)


def _stack(chunks: list[np.ndarray], width: int) -> np.ndarray:
    return np.concatenate(chunks) if chunks else np.zeros((0, width))


def _write_column(stem: Path, kind: ColumnKind, values: list) -> None:
    if kind == "number":
        numbers = [np.nan if value is None else float(value) for value in values]
        np.save(stem.with_suffix(".npy"), np.asarray(numbers, np.float64))
        return
    blobs = [b"" if value is None else str(value).encode() for value in values]
    lengths = np.fromiter(map(len, blobs), np.int64, len(blobs))
    np.save(stem.with_suffix(".offsets.npy"), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
    np.save(stem.with_suffix(".null.npy"), np.packbits(np.asarray([value is None for value in values], bool)))
    _write_synced(stem.with_suffix(".utf8"), b"".join(blobs))


def _read_column(stem: Path, kind: ColumnKind, ids: np.ndarray) -> list:
    if kind == "number":
        numbers = np.load(stem.with_suffix(".npy"), mmap_mode="r")[ids]
        return [None if np.isnan(value) else float(value) for value in numbers]
    offsets = np.load(stem.with_suffix(".offsets.npy"), mmap_mode="r")
    null = np.load(stem.with_suffix(".null.npy"), mmap_mode="r")
    values: list[str | None] = []
    with stem.with_suffix(".utf8").open("rb") as blob:
        for i in map(int, ids):
            if null[i >> 3] & (0x80 >> (i & 7)):
                values.append(None)
                continue
            blob.seek(int(offsets[i]))
            values.append(blob.read(int(offsets[i + 1] - offsets[i])).decode())
    return values


def _describe(path: Path) -> dict:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    facts: dict = {"bytes": path.stat().st_size, "sha256": digest}
    if path.suffix == ".npy":
        array = np.load(path, mmap_mode="r")
        facts |= {"dtype": str(array.dtype), "shape": list(array.shape)}
    return facts


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
