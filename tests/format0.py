"""Writes snapshots as they were before format 1: what homes of the first version hold."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import shapely

from spatialhub.spatial.snapshot import Snapshot


def write_format0(snapshot: Snapshot, store: Path) -> Path:
    """The same layer as a folder of format 0 below `store`; returns its path."""
    folder = store / "format0"
    folder.mkdir()
    ids = np.arange(snapshot.meta.feature_count)
    blobs = [] if not len(ids) else shapely.to_wkb(snapshot.features(ids)).tolist()
    (folder / "wkb.bin").write_bytes(b"".join(blobs))
    _save_ends(folder / "wkb_offsets.npy", blobs)
    np.save(folder / "boxes.npy", snapshot.boxes)
    np.save(folder / "areas.npy", snapshot.areas)
    (folder / "coverage.wkb").write_bytes(shapely.to_wkb(snapshot.coverage))
    for number, (name, kind) in enumerate(snapshot.meta.columns.items()):
        _write_column(folder / f"col_{number}", kind, snapshot.columns([name], ids)[name])
    meta = snapshot.meta
    manifest = {
        "format_version": 0,
        "layer": meta.layer,
        "epsg": meta.epsg,
        "entry_sha256": meta.entry_sha256,
        "feature_count": meta.feature_count,
        "area_m2": meta.area_m2,
        "area_plane_m2": meta.area_plane_m2,
        "columns": list(meta.columns.items()),
        "files": {path.name: _facts(path) for path in sorted(folder.iterdir())},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    (folder / "manifest.json").write_bytes(text)
    return folder.rename(store / hashlib.sha256(text).hexdigest())


def _write_column(stem: Path, kind: str, values: list) -> None:
    if kind == "number":
        np.save(stem.with_suffix(".npy"), np.array([np.nan if v is None else v for v in values], np.float64))
        return
    blobs = [b"" if value is None else value.encode() for value in values]
    _save_ends(stem.with_suffix(".offsets.npy"), blobs)
    np.save(stem.with_suffix(".null.npy"), np.packbits(np.array([value is None for value in values], bool)))
    stem.with_suffix(".utf8").write_bytes(b"".join(blobs))


def _save_ends(path: Path, blobs: list[bytes]) -> None:
    np.save(path, np.concatenate([[0], np.cumsum([len(blob) for blob in blobs])]).astype(np.int64))


def _facts(path: Path) -> dict:
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
