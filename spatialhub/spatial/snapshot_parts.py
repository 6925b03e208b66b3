"""Parts of features for checking: spooled while features stream by, written along Hilbert's curve under a tree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spatialhub.spatial._kernels import Store, hilbert_keys, pack_tree, split_features, take_runs
from spatialhub.spatial.area import ring_areas_m2
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.snapshot_arrays import Arrays, ArraysWriter, Spool, ends
from spatialhub.spatial.snapshot_format import U5_PER_METRE

_PARTS_AT_ONCE = 131_072
_SPOOLED = {
    "xy": np.int32, "ring_points": np.int64, "part_rings": np.int64, "part_points": np.int64, "origins": np.int64,
    "boxes": np.int64, "owners": np.int32, "areas": np.float64,
}  # fmt: skip


class PartSpools:
    """Parts of a snapshot in the making, in the order of their features."""

    def __init__(self, folder: Path, name: str, epsg: int) -> None:
        self._spools = {what: Spool(folder / f"{name}.{what}", dtype) for what, dtype in _SPOOLED.items()}
        self._epsg = epsg

    def add(self, features: Ragged, areas: np.ndarray, first: int) -> None:
        """Split features, the first of which is number `first`; `areas` (k, 2) are theirs in m²."""
        found = split_features(features.coords, features.rings, features.polygons, features.features)
        found["areas"] = self._areas(found, areas)
        found["owners"] = found["owners"] + np.int32(first)
        for name, spool in self._spools.items():
            spool.append(found[name])

    def write(self, writer: ArraysWriter, stem: str, groups: np.ndarray) -> dict[str, int]:
        """Write all parts as the arrays `stem`.…, `groups` (n,) being those of the features; returns tree's origin."""
        spooled = {name: spool.read() for name, spool in self._spools.items()}
        boxes = spooled["boxes"].reshape(-1, 4)
        order = np.argsort(hilbert_keys(boxes), kind="stable")
        ring_ends, point_ends = ends(spooled["part_rings"]), ends(spooled["part_points"])
        xy, ring_points = spooled["xy"].view(np.uint8), spooled["ring_points"].view(np.uint8)
        writer.stream(f"{stem}.xy", np.int32, (2,), _reordered(xy, point_ends, order, np.int32, 2))
        rings = _ends_of(_reordered(ring_points, ring_ends, order, np.int64, 1))
        writer.stream(f"{stem}.ring_starts", np.int64, (), rings)
        writer.put(f"{stem}.rings", ends(spooled["part_rings"][order]))
        writer.put(f"{stem}.origins", spooled["origins"].reshape(-1, 2)[order])
        owners = spooled["owners"][order]
        writer.put(f"{stem}.features", owners)
        writer.put(f"{stem}.groups", groups[owners].astype(np.int32))
        writer.put(f"{stem}.areas", spooled["areas"].reshape(-1, 2)[order])
        x, y = boxes[:, :2].min(axis=0).tolist() if len(boxes) else (0, 0)
        tree, _ = pack_tree(boxes[order], x, y)
        writer.put(f"{stem}.tree", tree.reshape(-1, 4))
        return {"x": x, "y": y}

    def close(self) -> None:
        """Close the spools."""
        for spool in self._spools.values():
            spool.close()

    def _areas(self, found: dict[str, np.ndarray], whole: np.ndarray) -> np.ndarray:
        """Both areas of each part (p, 2): of a feature in one part its own, else from the part's rings."""
        owners = found["owners"]
        areas = whole[owners]
        split = np.flatnonzero(np.bincount(owners, minlength=len(whole))[owners] > 1)
        if len(split):
            areas[split, 0] = self._ellipsoidal(found, split)
            areas[split, 1] = found["plane_areas"][split]
        return areas

    def _ellipsoidal(self, found: dict[str, np.ndarray], parts: np.ndarray) -> np.ndarray:
        point_ends, ring_ends = ends(found["part_points"]), ends(found["part_rings"])
        xy = take_runs(found["xy"].view(np.uint8), point_ends, parts, 8).view(np.int32).reshape(-1, 2)
        points = take_runs(found["ring_points"].view(np.uint8), ring_ends, parts, 8).view(np.int64)
        origins = np.repeat(found["origins"].reshape(-1, 2)[parts], found["part_points"][parts], axis=0)
        coords = (xy + origins) / U5_PER_METRE
        signed = ring_areas_m2(coords, ends(points), self._epsg)
        return np.bincount(np.repeat(np.arange(len(parts)), found["part_rings"][parts]), weights=signed)


def open_store(arrays: Arrays, stem: str, tree_origin: dict[str, int]) -> Store:
    """Open the parts `stem`.… for searching and gathering."""
    return Store(
        arrays[f"{stem}.xy"],
        arrays[f"{stem}.ring_starts"],
        arrays[f"{stem}.rings"],
        arrays[f"{stem}.origins"],
        arrays[f"{stem}.groups"],
        arrays[f"{stem}.tree"],
        tree_origin["x"],
        tree_origin["y"],
    )


def _reordered(
    values: np.ndarray, run_ends: np.ndarray, order: np.ndarray, dtype: type, width: int
) -> Iterator[np.ndarray]:
    """Runs of items in another order, some 100,000 runs at once."""
    item_bytes = width * np.dtype(dtype).itemsize
    for start in range(0, len(order), _PARTS_AT_ONCE):
        taken: np.ndarray = take_runs(values, run_ends, order[start : start + _PARTS_AT_ONCE], item_bytes).view(dtype)
        yield taken.reshape(-1, width) if width > 1 else taken


def _ends_of(pieces: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Where runs begin and the last one ends, from their lengths."""
    last = 0
    yield np.zeros(1, np.int64)
    for piece in pieces:
        found = last + np.cumsum(piece)
        last = int(found[-1]) if len(found) else last
        yield found
