"""What the layers have near a site: pinned snapshots opened once, candidates as numbers, attributes read when asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import shapely

from spatialhub.catalogue import Catalogue, Kind, LayerEntry
from spatialhub.errors import CrsConflict
from spatialhub.precedence.engine import constrains
from spatialhub.precedence.rulebook import CoverKind
from spatialhub.remembered import ByIdentity
from spatialhub.spatial.candidates import Candidates, Terms
from spatialhub.spatial.model import Areal
from spatialhub.spatial.regions import Regions
from spatialhub.spatial.snapshot import Snapshot

KIND_ROLES = ("class", "reserved_for")


@dataclass(frozen=True, slots=True)
class PinnedLayer:
    """A catalogue entry with the version a check uses; `snapshot` None: none is in force (`reason`: why).
    `synthetic`: made-up data (a demo)."""

    entry: LayerEntry
    version: int | None = None
    snapshot: Path | None = None
    sha256: str = ""
    in_force_from: str = ""
    reason: str = ""
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """Attributes of a candidate feature: its roles, and what analysts may see."""

    id: str
    name: str
    class_code: str
    reserved_for: str
    shown: Mapping[str, object]


@dataclass(frozen=True)
class Standing:
    """What holds for every site checked against the same layers, these in a fixed order: their snapshots opened, the
    terms on which overlaps are judged, the regions the layers speak for."""

    layers: tuple[PinnedLayer, ...]
    stores: tuple[Snapshot | None, ...]
    terms: Terms
    regions: Regions

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Layer keys."""
        return tuple(row.entry.key for row in self.layers)


@dataclass(frozen=True)
class Evidence:
    """Candidates of all layers near a site. `kind` int64 (candidates,) numbers `kinds`: what a ruling may depend on."""

    standing: Standing
    candidates: Candidates
    kind: np.ndarray
    kinds: tuple[CoverKind, ...]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Feature ids of all candidates."""
        found: list[str] = []
        for layer, rows in self._by_layer(np.arange(len(self.candidates))):
            found += _ids(self._store(layer), rows)
        return tuple(found)

    def features(self, labels: np.ndarray) -> list[Feature]:
        """Read features of candidates given in ascending order."""
        found: list[Feature] = []
        for layer, rows in self._by_layer(labels):
            found += _features(self.standing.layers[layer].entry, self._store(layer), rows)
        return found

    def _by_layer(self, labels: np.ndarray) -> list[tuple[int, np.ndarray]]:
        layer, row = self.candidates.layer[labels], self.candidates.row[labels]
        return [(number, row[layer == number]) for number in np.unique(layer).tolist()]

    def _store(self, layer: int) -> Snapshot:
        store = self.standing.stores[layer]
        assert store is not None  # a candidate came from it
        return store


_standing = ByIdentity[Standing](most=8)


def standing_of(
    layers: Sequence[PinnedLayer], catalogue: Catalogue, *, epsg: int, jurisdiction: Areal | None
) -> Standing:
    """Open every pinned snapshot (plane `epsg`), or return what was opened for the same layers before.

    Entries of the catalogue that are not given stand there too: unchecked, never silent or clear.

    Raises
    ------
    CrsConflict
        A snapshot was made for another plane.
    SnapshotError
        A snapshot cannot be opened.
    """

    def made() -> Standing:
        by_key = {key: PinnedLayer(row, reason="layer_not_asked") for key, row in catalogue.entries.items()}
        by_key |= {row.entry.key: row for row in layers}
        return _opened(list(by_key.values()), epsg, jurisdiction)

    return _standing.of((*layers, catalogue, jurisdiction, epsg), made)


def _opened(layers: Sequence[PinnedLayer], epsg: int, jurisdiction: Areal | None) -> Standing:
    # In a fixed order, so that the answer does not depend on the order in which layers are given.
    ordered = tuple(sorted(layers, key=lambda row: (row.entry.order, row.entry.key)))
    stores = tuple(_open(row, epsg) for row in ordered)
    entries = [row.entry for row in ordered]
    terms = Terms.of(
        floor=[entry.kind is Kind.FLOOR for entry in entries],
        resolution_m=[entry.resolution_m for entry in entries],
        trace_below_m2=[entry.trace_below_m2 for entry in entries],
        trace_narrower_than_m=[entry.trace_narrower_than_m for entry in entries],
        tessellates=[entry.tessellates for entry in entries],
    )
    coverages = [store.coverage if store is not None else None for store in stores]
    return Standing(ordered, stores, terms, Regions.of(coverages, jurisdiction))


def _open(pinned: PinnedLayer, epsg: int) -> Snapshot | None:
    if pinned.snapshot is None:
        return None
    store = Snapshot.open(pinned.snapshot)
    if store.meta.epsg != epsg:
        raise CrsConflict(pinned.entry.key, named=f"EPSG:{store.meta.epsg}", found=f"EPSG:{epsg}")
    return store


def gather(site: Areal, standing: Standing) -> Evidence:
    """Take from every layer what may meet the site.

    Raises
    ------
    SnapshotError
        A snapshot cannot be read.
    """
    near = [(layer, *_near(site, store)) for layer, store in enumerate(standing.stores) if store is not None]
    near = [row for row in near if len(row[1])]
    kind, kinds, floor = _kinds(standing, [(layer, rows) for layer, rows, *_ in near])
    starts = np.cumsum([0, *(len(rows) for _, rows, *_ in near)])
    nothing = np.zeros(0, np.int64)
    candidates = Candidates(
        layer=np.repeat(np.array([layer for layer, *_ in near], np.int64), np.diff(starts)),
        row=np.concatenate([nothing, *(rows for _, rows, *_ in near)]),
        floor=floor[kind],
        shapes=np.concatenate([np.zeros(0, dtype=object), *(shapes for *_, shapes, _ in near)]),
        shape_label=np.concatenate([nothing, *(row[3] + start for row, start in zip(near, starts, strict=False))]),
    )
    return Evidence(standing, candidates, kind, kinds)


def _near(site: Areal, store: Snapshot) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Feature rows (k,) that touch the site, their geometries (n,) and the number of each geometry's row.

    Rows that carry one id are one feature in several pieces.
    """
    shapes, owners = store.parts(store.search(site))
    touching = shapely.intersects(shapes, site) if len(shapes) else np.zeros(0, bool)
    rows, label = np.unique(store.groups[owners[touching]], return_inverse=True)
    return rows.astype(np.int64), shapes[touching], label.reshape(-1)


def _kinds(
    standing: Standing, near: Sequence[tuple[int, np.ndarray]]
) -> tuple[np.ndarray, tuple[CoverKind, ...], np.ndarray]:
    """Kinds of features (layer, rows): the number of every feature's kind, the kinds, and whether each is a floor."""
    kinds: list[CoverKind] = []
    floor: list[bool] = []
    found = [np.zeros(0, np.int64)]
    for layer, rows in near:
        entry, store = standing.layers[layer].entry, standing.stores[layer]
        (classes, class_words), (reserved, reserved_words) = (_codes(store, role, rows) for role in KIND_ROLES)
        pairs, number = np.unique(classes * len(reserved_words) + reserved, return_inverse=True)
        found.append(number.reshape(-1) + len(kinds))
        for pair in pairs.tolist():
            code, reserved_for = class_words[pair // len(reserved_words)], reserved_words[pair % len(reserved_words)]
            kinds.append(CoverKind(entry.key, code or "", reserved_for or ""))
            floor.append(entry.kind is Kind.FLOOR and constrains(entry, code or ""))
    return np.concatenate(found), tuple(kinds), np.array(floor, bool)


def _codes(store: Snapshot | None, role: str, rows: np.ndarray) -> tuple[np.ndarray, tuple[str | None, ...]]:
    """Numbers int64 (k,) of what a role says of features, and what each number stands for."""
    kind = store.meta.columns.get(role) if store is not None else None
    if store is None or kind is None:
        return np.zeros(len(rows), np.int64), ("",)
    if kind == "text":
        codes, words = store.codes(role, rows)
        return codes.astype(np.int64), words
    texts, numbers = np.unique(_texts(store, role, rows), return_inverse=True)
    return numbers.reshape(-1), tuple(texts.tolist())


def _texts(store: Snapshot, role: str, rows: np.ndarray) -> list[str]:
    if role not in store.meta.columns:
        return [""] * len(rows)
    return ["" if value is None else str(value) for value in store.columns([role], rows)[role]]


def _ids(store: Snapshot, rows: np.ndarray) -> list[str]:
    return [id or str(row) for id, row in zip(_texts(store, "id", rows), rows.tolist(), strict=True)]


def _features(entry: LayerEntry, store: Snapshot, rows: np.ndarray) -> list[Feature]:
    shown = [name for name in entry.shown_fields.get("analyst", ()) if name in store.meta.columns]
    values = store.columns(shown, rows)
    roles = [_ids(store, rows), *(_texts(store, role, rows) for role in ("name", *KIND_ROLES))]
    found = []
    for number, (id, name, class_code, reserved_for) in enumerate(zip(*roles, strict=True)):
        said = {column: values[column][number] for column in shown if values[column][number] is not None}
        found.append(Feature(id, name, class_code, reserved_for, said))
    return found
