"""Writes a snapshot: features stream through a folder of spools; nothing of a feature is kept in memory."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.errors import SnapshotDamaged
from spatialhub.spatial import snapshot_format
from spatialhub.spatial._kernels import features_to_wkb, first_rows
from spatialhub.spatial.area import ring_areas_m2
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.snapshot_arrays import Arrays, ArraysWriter, Spool, ends, sync_and_close
from spatialhub.spatial.snapshot_columns import ColumnSpool, read_column
from spatialhub.spatial.snapshot_format import ARRAYS, MANIFEST, WHOLE, ColumnKind
from spatialhub.spatial.snapshot_parts import PartSpools

_SPOOLS = "spools"
_ROWS_AT_ONCE = 100_000


class SnapshotBuilder:
    """Writes a snapshot chunk by chunk into a temporary folder of `store`; nothing stays behind unless `publish`ed.

    The result does not depend on the size of the chunks. Use as a context manager:

    >>> with SnapshotBuilder(store, layer="line_red", epsg=4547, entry_sha256="…", coverage=polygon,
    ...                      columns={"id": "text", "name": "text"}) as builder:          # doctest: +SKIP
    ...     builder.add(geometries, {"id": ids, "name": names})
    ...     sha256 = builder.publish()
    """

    takes_ragged = True

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
        self._spooled = self._folder / _SPOOLS
        self._spooled.mkdir()
        self._coverage = coverage
        self._head = {"layer": layer, "epsg": epsg, "entry_sha256": entry_sha256}
        self._epsg = epsg
        self._kinds = dict(columns)
        self._columns = {name: self._column(number) for number, name in enumerate(columns)}
        self._count = 0
        self._wkb = (self._folder / WHOLE).open("wb", buffering=1 << 20)
        self._wkb_digest = hashlib.sha256()
        self._beside = ThreadPoolExecutor(1)  # writes and hashes WKB: neither needs the interpreter
        self._writing: Future[None] | None = None
        self._distinct_ids = False
        self._wkb_lengths = Spool(self._spooled / "wkb", np.int64)
        self._boxes = Spool(self._spooled / "boxes", np.float64)
        self._areas = Spool(self._spooled / "areas", np.float64)
        self._parts = PartSpools(self._spooled, "part", epsg)

    def __enter__(self) -> SnapshotBuilder:
        return self

    def __exit__(self, *_: object) -> None:
        self._beside.shutdown()
        for column in self._columns.values():
            column.close()
        for spool in (self._wkb_lengths, self._boxes, self._areas):
            spool.close()
        self._parts.close()
        self._wkb.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, geometries: np.ndarray | Ragged, attributes: Mapping[str, Sequence]) -> None:
        """Append features: polygons or multipolygons (k,), and every declared column with k values.

        Columns are `Texts`, `Numbers`, arrays of numbers, or any sequence of values and None.
        """
        for name in self._columns:
            _demand_as_many(name, attributes[name], len(geometries))
        if isinstance(geometries, Ragged):
            features, multi = geometries, np.zeros(len(geometries), np.uint8)
        else:
            geometries = np.asarray(geometries, dtype=object)
            multi = (shapely.get_type_id(geometries) == shapely.GeometryType.MULTIPOLYGON).astype(np.uint8)
            features = Ragged.of(geometries)
        self._add_geometry(features, multi)
        for name, column in self._columns.items():
            column.add(attributes[name])
        self._count += len(features)

    def publish(
        self,
        *,
        coverage: Geometry | None = None,
        columns: Mapping[str, Sequence] | None = None,
        kinds: Mapping[str, ColumnKind] | None = None,
        distinct_ids: bool = False,
    ) -> str:
        """Write everything down, flush to disk, rename to the final name; return the name (SHA-256 of the manifest).

        `coverage`, values of `columns` and their `kinds` replace what was given before, where it is known only once
        all features were read. `distinct_ids`: the caller has seen that every feature has an id of its own, so that
        they are not compared once more.

        Raises
        ------
        SnapshotDamaged
            Features of one id differ in their attributes: which of them counts would depend on their order.
        ValueError
            A column has another length, or says text where it was to be a number.
        """
        self._coverage = self._coverage if coverage is None else coverage
        self._kinds |= kinds or {}
        self._distinct_ids = distinct_ids
        for name, values in (columns or {}).items():
            self._replace(name, values)
        manifest = self._write()
        shutil.rmtree(self._spooled)
        text, name = snapshot_format.manifest_bytes(manifest)
        with (self._folder / MANIFEST).open("wb") as file:
            file.write(text)
            sync_and_close(file)
        return self._rename(name)

    def _add_geometry(self, features: Ragged, multi: np.ndarray) -> None:
        flat = features.coords, features.rings, features.polygons, features.features
        blob, lengths = features_to_wkb(*flat, multi)
        self._behind()
        self._writing = self._beside.submit(self._write_wkb, blob)
        self._wkb_lengths.append(lengths)
        boxes, plane_m2 = features.measures
        areas = np.stack([_ellipsoidal_m2(features, self._epsg), plane_m2], axis=1)
        self._boxes.append(boxes)
        self._areas.append(areas)
        self._parts.add(features, areas, self._count)

    def _write_wkb(self, blob: np.ndarray) -> None:
        self._wkb.write(blob.data)
        self._wkb_digest.update(blob.data)

    def _behind(self) -> None:
        """Wait for what was given to the thread: one chunk at most is in its hands, and its errors come out here."""
        if self._writing is not None:
            self._writing.result()

    def _sync_wkb(self) -> int:
        """Flush the WKB to disk; returns its size in bytes."""
        size = self._wkb.tell()
        sync_and_close(self._wkb)
        return size

    def _column(self, number: int) -> ColumnSpool:
        return ColumnSpool(self._spooled, f"column{number}")

    def _replace(self, name: str, values: Sequence) -> None:
        _demand_as_many(name, values, self._count)
        self._columns[name].close()
        self._columns[name] = self._column(len(self._columns) + list(self._columns).index(name))
        self._columns[name].add(values)

    def _write(self) -> dict[str, Any]:
        self._behind()
        syncing = self._beside.submit(self._sync_wkb)
        writer = ArraysWriter(self._folder / ARRAYS)
        try:
            groups = self._groups()
            areas = self._areas.read().reshape(-1, 2)
            writer.put("feature.boxes", self._boxes.read().reshape(-1, 4))
            writer.put("feature.areas", areas)
            writer.put("feature.groups", groups)
            writer.put("feature.wkb_starts", ends(self._wkb_lengths.read()))
            tree = {"part": self._parts.write(writer, "part", groups), "coverage": self._write_coverage(writer)}
            for number, (name, kind) in enumerate(self._kinds.items()):
                self._columns[name].write(writer, f"column.{number}", kind)
        except BaseException:
            writer.abandon()
            raise
        size = writer.close()
        wkb_size = syncing.result()
        self._demand_one_meaning(Arrays(self._folder / ARRAYS, writer.described), groups)
        return {
            "format_version": snapshot_format.FORMAT_VERSION,
            **self._head,
            "feature_count": self._count,
            "part_count": writer.described["part.features"]["shape"][0],
            "area_m2": float(areas[:, 0].sum()),
            "area_plane_m2": float(areas[:, 1].sum()),
            "coverage_sha256": writer.described["coverage.wkb"]["sha256"],
            "columns": list(self._kinds.items()),
            "tree": tree,
            "arrays": writer.described,
            "files": {ARRAYS: {"bytes": size}, WHOLE: {"bytes": wkb_size, "sha256": self._wkb_digest.hexdigest()}},
        }

    def _groups(self) -> np.ndarray:
        """The first feature of each one's id; features without an id are named by their number."""
        if self._distinct_ids or "id" not in self._columns:
            return np.arange(self._count, dtype=np.int32)
        ids = self._columns["id"].texts()
        return first_rows(ids.offsets, ids.data, ids.null)

    def _write_coverage(self, writer: ArraysWriter) -> dict[str, int]:
        writer.put("coverage.wkb", np.frombuffer(shapely.to_wkb(self._coverage), np.uint8))
        parts = PartSpools(self._spooled, "coverage", self._epsg)
        polygons = shapely.get_parts(shapely.get_parts(self._coverage))
        polygons = polygons[(shapely.get_dimensions(polygons) == 2) & ~shapely.is_empty(polygons)]
        whole = Ragged.of(np.array([shapely.multipolygons(polygons)], object) if len(polygons) else polygons)
        areas = np.stack([_ellipsoidal_m2(whole, self._epsg), whole.measures[1]], axis=1)
        parts.add(whole, areas, 0)
        return parts.write(writer, "coverage", np.zeros(len(whole), np.int32))

    def _demand_one_meaning(self, arrays: Arrays, groups: np.ndarray) -> None:
        """Features of one id say the same in every column, so that any of them speaks for all."""
        repeated = np.flatnonzero(groups != np.arange(len(groups)))
        stems = {name: f"column.{number}" for number, name in enumerate(self._kinds)}
        for start in range(0, len(repeated), _ROWS_AT_ONCE):
            rows = repeated[start : start + _ROWS_AT_ONCE]
            for name in [name for name in stems if name != "id"]:
                said, first_said = (read_column(arrays, stems[name], at) for at in (rows, groups[rows]))
                if said != first_said:
                    differing = rows[[one != other for one, other in zip(said, first_said, strict=True)]]
                    (found,) = read_column(arrays, stems["id"], differing[:1])
                    raise SnapshotDamaged(str(self._head["layer"]), reason=f"id {found}: {name}")

    def _rename(self, name: str) -> str:
        target = self._store / name
        if target.exists():  # the same content was published before
            return name
        for path in self._folder.iterdir():
            path.chmod(0o444)
        os.rename(self._folder, target)
        _sync_folder(self._store)
        return name


def _ellipsoidal_m2(features: Ragged, epsg: int) -> np.ndarray:
    """Ellipsoidal areas (k,): shells less holes, whatever their orientation."""
    count = len(features.rings) - 1
    sizes = np.abs(ring_areas_m2(features.coords, features.rings, epsg))
    signs = np.full(count, -1.0)
    signs[features.polygons[:-1]] = 1.0
    owner = np.repeat(np.arange(len(features)), np.diff(features.polygons[features.features]))
    return np.bincount(owner, weights=signs * sizes, minlength=len(features))


def _demand_as_many(name: str, values: Sequence, count: int) -> None:
    if len(values) != count:
        raise ValueError(f"column {name}: {len(values)} values for {count} features")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
