"""From faces to answers: what each layer says (check.md §5), and the fragments on which rules run (check.md §4).

All numbers are sums of faces of one arrangement. Order: areas of layers and features; status of each layer; covers that
are only adjacency or trace drop out; neighbouring faces with equal covers become fragments; slivers join a neighbour
under the same floors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.spatial.arrangement import UNITS_PER_M2, Arrangement, arrange, union_of
from spatialhub.spatial.fragments import Key, components, fragments, moved
from spatialhub.spatial.model import Areal

# Half the widest gap that rounding both boundaries to their resolution can open, per metre of resolution: sqrt(2)/4.
ADJACENCY_PER_RESOLUTION = 0.36
SITE_RESOLUTION_M = 0.001
MISMATCH_WIDTH_M = 0.02
TRACE_TOTAL_FACTOR = 10
DIGITISING_ERROR_M2 = 1.0


@dataclass(frozen=True, slots=True)
class LayerInput:
    """What of a layer lies near the site.

    `geometries` (n,) with their feature ids `features`; `floor` (n,) bool marks features that are floors. `coverage`
    is None where no version is in force: the layer is then unchecked everywhere.
    """

    layer: str
    geometries: np.ndarray
    features: tuple[str, ...]
    floor: tuple[bool, ...]
    coverage: Geometry | None
    floor_layer: bool = False
    resolution_m: float = 0.001
    trace_below_m2: float = 1.0
    trace_narrower_than_m: float = 0.1
    tessellates: bool = False


@dataclass(frozen=True, slots=True)
class LayerOverlap:
    """A layer's answer. `found` is hit, trace, adjacent or nothing; `floor_u` the union of its floor features alone;
    `features` id → (area_u, area_plane_u, faces)."""

    layer: str
    found: str
    area_u: int
    area_plane_u: int
    unchecked_u: int
    floor_u: int
    suspected_digitising_error: bool
    features: Mapping[str, tuple[int, int, np.ndarray]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A fragment before rules: connected, the same covers throughout."""

    covers: tuple[tuple[str, str], ...]
    parts: tuple[int, ...]
    unchecked: tuple[str, ...]
    outside: bool
    mismatch: bool
    area_u: int
    area_plane_u: int
    faces: np.ndarray


@dataclass(frozen=True)
class Overlay:
    """Everything counted in one site. Part areas are (area_u, area_plane_u); parts that overlap both count."""

    arrangement: Arrangement
    area_u: int
    area_plane_u: int
    parts: tuple[tuple[int, int], ...]
    outside_u: int
    layers: tuple[LayerOverlap, ...]
    pieces: tuple[Piece, ...]
    merged_faces: int
    moved_u: Mapping[str, int]
    mismatch_u: int


@dataclass(frozen=True, slots=True)
class _Table:
    """What the labels of the arrangement mean: numbers of labels, and per label its layer (features only)."""

    parts: int
    jurisdiction: int | None
    coverage: tuple[int | bool, ...]
    layer_of: np.ndarray
    names: tuple[tuple[str, str], ...]
    floor: np.ndarray


def overlay(
    parts: Sequence[Areal],
    layers: Sequence[LayerInput],
    *,
    epsg: int,
    jurisdiction: Areal | None = None,
    grid_m: float | None = None,
) -> Overlay:
    """Cut the site by everything and count.

    `parts` in the plane `epsg`; `jurisdiction` the city's area there (None: everywhere).

    Raises
    ------
    TooComplex
        See `arrangement.arrange`.
    """
    geometries, labels, table = _label(parts, layers, jurisdiction)
    arrangement = arrange(parts, geometries, labels, epsg=epsg, grid_m=grid_m)
    in_label = _memberships(arrangement, len(table.names))
    unchecked = _unchecked(arrangement, table, in_label)
    thin = _thin_features(arrangement, layers, table, in_label)
    overlaps = tuple(
        _layer_overlap(arrangement, layer, number, table, in_label, unchecked[number], thin)
        for number, layer in enumerate(layers)
    )
    dropped = {i for i, row in enumerate(overlaps) if row.found != "hit"}
    keep = np.array([n >= 0 and n not in dropped for n in table.layer_of], bool) & ~thin
    mismatch = _mismatch(arrangement, layers, table, keep, unchecked, overlaps)
    keys = _keys(arrangement, table, keep, unchecked, mismatch, layers)
    groups, merged = fragments(arrangement, keys)
    pieces = tuple(sorted((_piece(arrangement, faces, key, table, layers) for faces, key in groups), key=_piece_order))
    outside = _outside(arrangement, table, in_label)
    return Overlay(
        arrangement=arrangement,
        area_u=int(arrangement.area_u.sum()),
        area_plane_u=int(arrangement.area_plane_u.sum()),
        parts=tuple(_sums(arrangement, in_label[number]) for number in range(len(parts))),
        outside_u=int(arrangement.area_u[outside].sum()),
        layers=overlaps,
        pieces=pieces,
        merged_faces=merged,
        moved_u=moved(arrangement, keys, groups, table.names),
        mismatch_u=int(arrangement.area_u[mismatch].sum()),
    )


def _label(parts: Sequence[Areal], layers: Sequence[LayerInput], jurisdiction: Areal | None):
    """Number everything: parts, then the jurisdiction, then coverages that cut the site, then features."""
    site = shapely.union_all(list(parts))
    shapely.prepare(site)
    geometries: list[Geometry] = []
    numbers: list[int] = []
    names: list[tuple[str, str]] = [("", "part")] * len(parts)
    layer_of, floor = [-1] * len(parts), [False] * len(parts)

    def boundary(geometry: Geometry | None, name: str) -> int | bool:
        """Label of an area that cuts the site; True or False where it holds all or nothing of it."""
        if geometry is None or geometry.is_empty or not site.intersects(geometry):
            return False
        if geometry.contains_properly(site):
            return True
        geometries.append(geometry)
        numbers.append(len(names))
        names.append(("", name))
        layer_of.append(-1)
        floor.append(False)
        return len(names) - 1

    inside = True if jurisdiction is None else boundary(jurisdiction, "jurisdiction")
    coverage = tuple(boundary(layer.coverage, "coverage") for layer in layers)
    for number, layer in enumerate(layers):
        label_of: dict[str, int] = {}
        for geometry, feature, is_floor in zip(layer.geometries, layer.features, layer.floor, strict=True):
            if feature not in label_of:
                label_of[feature] = len(names)
                names.append((layer.layer, feature))
                layer_of.append(number)
                floor.append(is_floor)
            geometries.append(geometry)
            numbers.append(label_of[feature])
    table = _Table(
        parts=len(parts),
        jurisdiction=None if inside is True else (-1 if inside is False else int(inside)),
        coverage=coverage,
        layer_of=np.array(layer_of),
        names=tuple(names),
        floor=np.array(floor, bool),
    )
    return np.array(geometries, dtype=object), np.array(numbers, np.int64), table


def _memberships(arrangement: Arrangement, labels: int) -> list[np.ndarray]:
    """Faces of each label."""
    order = np.argsort(arrangement.cover_label, kind="stable")
    starts = np.searchsorted(arrangement.cover_label[order], np.arange(labels + 1))
    faces = arrangement.cover_face[order]
    return [faces[a:b] for a, b in pairwise(starts.tolist())]


def _sums(arrangement: Arrangement, faces: np.ndarray) -> tuple[int, int]:
    return int(arrangement.area_u[faces].sum()), int(arrangement.area_plane_u[faces].sum())


def _unchecked(arrangement: Arrangement, table: _Table, in_label: list[np.ndarray]) -> list[np.ndarray]:
    """Per layer a mask of faces where it cannot answer."""
    masks = []
    for coverage in table.coverage:
        mask = np.zeros(len(arrangement.faces), bool) if coverage is True else np.ones(len(arrangement.faces), bool)
        if coverage is not True and coverage is not False:
            mask[in_label[coverage]] = False
        masks.append(mask)
    return masks


def _outside(arrangement: Arrangement, table: _Table, in_label: list[np.ndarray]) -> np.ndarray:
    mask = np.zeros(len(arrangement.faces), bool)
    if table.jurisdiction is not None:
        mask[:] = True
        if table.jurisdiction >= 0:
            mask[in_label[table.jurisdiction]] = False
    return mask


def vanishes(faces: np.ndarray, half_width_m: float) -> bool:
    """Whether the union of faces disappears when its boundary moves inward by `half_width_m`.

    The radius of the largest inscribed circle is at least area / perimeter, so one fat face decides at once.
    """
    if not len(faces):
        return True
    if (shapely.area(faces) > half_width_m * shapely.length(faces)).any():
        return False
    union = union_of(faces)
    x, y = union.bounds[:2]
    local = shapely.transform(union, lambda coords: np.subtract(coords, (x, y)))
    return bool(shapely.buffer(local, -half_width_m, quad_segs=2).is_empty)


def _adjacency_m(layer: LayerInput) -> float:
    return ADJACENCY_PER_RESOLUTION * (SITE_RESOLUTION_M + layer.resolution_m)


def _thin_features(
    arrangement: Arrangement, layers: Sequence[LayerInput], table: _Table, in_label: list[np.ndarray]
) -> np.ndarray:
    """Labels of features of a tessellating layer that only touch: a neighbour's rounded edge designates nothing.

    Its floors are judged together, as a floor layer is: pieces that add up are no adjacency.
    """
    thin = np.zeros(len(table.names), bool)
    for number, layer in enumerate(layers):
        if not layer.tessellates:
            continue
        found = [label for label in np.flatnonzero(table.layer_of == number).tolist() if len(in_label[label])]
        floors = [label for label in found if table.floor[label]]
        for group in ([floors] if floors else []) + [[label] for label in found if not table.floor[label]]:
            faces = _united(arrangement, in_label, group)
            thin[group] = vanishes(arrangement.faces[faces], _adjacency_m(layer))
    return thin


def _united(arrangement: Arrangement, in_label: list[np.ndarray], labels: Sequence[int]) -> np.ndarray:
    """Faces that any of the labels covers."""
    covered = np.zeros(len(arrangement.faces), bool)
    for label in labels:
        covered[in_label[label]] = True
    return np.flatnonzero(covered)


def _layer_overlap(
    arrangement: Arrangement,
    layer: LayerInput,
    number: int,
    table: _Table,
    in_label: list[np.ndarray],
    unchecked: np.ndarray,
    thin: np.ndarray,
) -> LayerOverlap:
    labels = [label for label in np.flatnonzero(table.layer_of == number).tolist() if len(in_label[label])]
    covered = _united(arrangement, in_label, labels)
    area_u, area_plane_u = _sums(arrangement, covered)
    floors = [label for label in labels if table.floor[label] and not thin[label]]
    floor_u, _ = _sums(arrangement, _united(arrangement, in_label, floors))
    all_thin = layer.tessellates and all(thin[label] for label in labels)
    found = _found(arrangement, layer, covered, area_u, all_thin)
    return LayerOverlap(
        layer=layer.layer,
        found=found,
        area_u=area_u,
        area_plane_u=area_plane_u,
        unchecked_u=int(arrangement.area_u[unchecked].sum()),
        floor_u=floor_u if found == "hit" else 0,
        suspected_digitising_error=found == "hit" and 0 < floor_u < DIGITISING_ERROR_M2 * UNITS_PER_M2,
        features={table.names[label][1]: (*_sums(arrangement, in_label[label]), in_label[label]) for label in labels},
    )


def _found(arrangement: Arrangement, layer: LayerInput, faces: np.ndarray, area_u: int, all_thin: bool) -> str:
    """Hit, trace, adjacent or nothing, judged on the layer's total (check.md §5)."""
    if not len(faces):
        return "nothing"
    polygons = arrangement.faces[faces]
    if all_thin or vanishes(polygons, _adjacency_m(layer)):
        return "adjacent"
    if layer.floor_layer:
        return "hit"
    below_u = layer.trace_below_m2 * UNITS_PER_M2
    if area_u < below_u:
        return "trace"
    if area_u < TRACE_TOTAL_FACTOR * below_u and vanishes(polygons, layer.trace_narrower_than_m / 2):
        return "trace"
    return "hit"


def _mismatch(
    arrangement: Arrangement,
    layers: Sequence[LayerInput],
    table: _Table,
    keep: np.ndarray,
    unchecked: list[np.ndarray],
    overlaps: Sequence[LayerOverlap],
) -> np.ndarray:
    """Faces that are thin gaps or thin double covers of a tessellating layer that answers there."""
    flagged = np.zeros(len(arrangement.faces), bool)
    for number, layer in enumerate(layers):
        if not layer.tessellates or overlaps[number].found != "hit":
            continue
        own = keep[arrangement.cover_label] & (table.layer_of[arrangement.cover_label] == number)
        depth = np.bincount(arrangement.cover_face[own], minlength=len(arrangement.faces))
        for odd in ((depth == 0) & ~unchecked[number], depth > 1):
            for faces in components(arrangement, odd):
                if vanishes(arrangement.faces[faces], MISMATCH_WIDTH_M / 2):
                    flagged[faces] = True
    return flagged


def _keys(
    arrangement: Arrangement,
    table: _Table,
    keep: np.ndarray,
    unchecked: list[np.ndarray],
    mismatch: np.ndarray,
    layers: Sequence[LayerInput],
) -> list[Key]:
    outside_label = table.jurisdiction
    unchecked_rows = np.array(unchecked, bool).reshape(len(layers), len(arrangement.faces)).T
    keys: dict[tuple, Key] = {}
    result = []
    for face, labels in enumerate(arrangement.covers()):
        covers = tuple(sorted(label for label in labels if keep[label]))
        parts = tuple(sorted(label for label in labels if label < table.parts))
        blind = tuple(np.flatnonzero(unchecked_rows[face]).tolist())
        outside = outside_label is not None and outside_label not in labels
        key = (covers, parts, blind, outside, bool(mismatch[face]))
        if key not in keys:
            keys[key] = Key(*key, floors=tuple(label for label in covers if table.floor[label]))
        result.append(keys[key])
    return result


def _piece(arrangement: Arrangement, faces: np.ndarray, key: Key, table: _Table, layers: Sequence[LayerInput]) -> Piece:
    area_u, area_plane_u = _sums(arrangement, faces)
    return Piece(
        covers=tuple(sorted(table.names[label] for label in key.covers)),
        parts=key.parts,
        unchecked=tuple(sorted(layers[number].layer for number in key.unchecked)),
        outside=key.outside,
        mismatch=key.mismatch,
        area_u=area_u,
        area_plane_u=area_plane_u,
        faces=np.sort(faces),
    )


def _piece_order(piece: Piece) -> tuple:
    """Covers, area, then the least vertex: faces are in canonical order, so their least number stands for it."""
    return piece.covers, piece.area_u, int(piece.faces[0])
