"""Features of planning layers around a place, cut to a box and thinned for drawing: never computed with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.catalogue import LayerEntry
from spatialhub.check import PinnedLayer
from spatialhub.spatial.snapshot import Snapshot

Box = tuple[float, float, float, float]
MAX_VERTICES = 60_000
MAX_FEATURES = 5_000
_COLUMNS = ("id", "name", "class")


@dataclass(frozen=True, slots=True)
class DrawnFeature:
    """A feature cut to the box, in the plane."""

    id: str
    name: str
    class_code: str
    geometry: Geometry


@dataclass(frozen=True, slots=True)
class DrawnLayer:
    """A layer as drawn. `thinned_m`: vertices closer to the line than this were left out; `left_out`: features that
    found no room (the smallest), or of which thinning left nothing."""

    entry: LayerEntry
    features: tuple[DrawnFeature, ...]
    thinned_m: float = 0.0
    left_out: int = 0


def around(bounds: Box, *, margin_m: float = 300.0) -> Box:
    """Return a box with room around a site: its own size on every side, at least `margin_m`."""
    xmin, ymin, xmax, ymax = bounds
    room = max(margin_m, (xmax - xmin) / 2, (ymax - ymin) / 2)
    return xmin - room, ymin - room, xmax + room, ymax + room


def drawn_layers(layers: Iterable[PinnedLayer], box: Box, *, max_vertices: int = MAX_VERTICES) -> list[DrawnLayer]:
    """Return the pinned layers with something to draw inside `box` (in the plane), together within the cap."""
    found = [_cut(layer.entry, layer.snapshot, box) for layer in layers if layer.snapshot is not None]
    shares = _shares([cut.vertices for cut in found], max_vertices)
    drawn = [_draw(cut, box, share) for cut, share in zip(found, shares, strict=True)]
    return [layer for layer in drawn if layer.features]


def drawn_layer(entry: LayerEntry, snapshot: Path, box: Box, *, max_vertices: int = MAX_VERTICES) -> DrawnLayer:
    """Return one layer's features inside `box`, thinned until they have at most `max_vertices` vertices."""
    return _draw(_cut(entry, snapshot, box), box, max_vertices)


@dataclass(frozen=True, slots=True)
class _Cut:
    """What lies in the box, as it is."""

    entry: LayerEntry
    snapshot: Snapshot
    ids: np.ndarray
    geometries: np.ndarray
    left_out: int

    @property
    def vertices(self) -> int:
        return int(shapely.get_num_coordinates(self.geometries).sum())


def _shares(counts: list[int], total: int) -> list[int]:
    """Vertices each layer may have: small ones what they need, the large ones the rest in equal parts."""
    shares = [0] * len(counts)
    for waiting, i in zip(range(len(counts), 0, -1), sorted(range(len(counts)), key=counts.__getitem__), strict=True):
        shares[i] = min(counts[i], max(2_000, total // waiting))
        total = max(0, total - shares[i])
    return shares


def _cut(entry: LayerEntry, snapshot: Path, box: Box) -> _Cut:
    opened = Snapshot.open(snapshot)
    ids = opened.scan(box)
    left_out = 0
    if len(ids) > MAX_FEATURES:
        largest = np.argsort(opened.areas[ids, 0])[::-1][:MAX_FEATURES]
        left_out = len(ids) - MAX_FEATURES
        ids = np.sort(ids[largest])
    cut = shapely.clip_by_rect(opened.features(ids), *box)
    keep = ~shapely.is_empty(cut)
    return _Cut(entry, opened, ids[keep], cut[keep], left_out)


def _draw(cut: _Cut, box: Box, max_vertices: int) -> DrawnLayer:
    thin, thinned_m = _thin(cut.geometries, box, max_vertices)
    names = [name for name in _COLUMNS if name in cut.snapshot.meta.columns]
    columns = cut.snapshot.columns(names, cut.ids)
    features = tuple(_feature(columns, row, geometry) for row, geometry in enumerate(thin) if not geometry.is_empty)
    # Thinning may leave nothing of a small feature: it is not drawn, and that is said.
    return DrawnLayer(cut.entry, features, thinned_m, cut.left_out + len(thin) - len(features))


def _feature(columns: dict[str, list], row: int, geometry: Geometry) -> DrawnFeature:
    said = [str(columns[name][row]) if name in columns and columns[name][row] is not None else "" for name in _COLUMNS]
    return DrawnFeature(said[0], said[1], said[2], geometry)


def _thin(geometries: np.ndarray, box: Box, max_vertices: int) -> tuple[np.ndarray, float]:
    tolerance_m = (box[2] - box[0]) / 4_000
    thinned_m = 0.0
    while shapely.get_num_coordinates(geometries).sum() > max_vertices and tolerance_m < box[2] - box[0]:
        geometries = shapely.simplify(geometries, tolerance_m, preserve_topology=False)
        thinned_m = tolerance_m
        tolerance_m *= 2
    return geometries, thinned_m
