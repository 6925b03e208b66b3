"""What the layers have near a site: pinned snapshots opened once, candidates as numbers, attributes read when asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np

from spatialhub.catalogue import Kind, LayerEntry
from spatialhub.errors import CrsConflict
from spatialhub.precedence.engine import constrains
from spatialhub.precedence.rulebook import CoverKind, Rulebook
from spatialhub.remembered import ByIdentity
from spatialhub.spatial.candidates import Candidates, Terms
from spatialhub.spatial.model import Areal
from spatialhub.spatial.near import near
from spatialhub.spatial.planar import Frame
from spatialhub.spatial.regions import Regions
from spatialhub.spatial.snapshot import Snapshot

KIND_ROLES = ("class", "reserved_for")
Words: TypeAlias = tuple[str | None, ...]
_NO_WORDS: Words = ("",)
_UNKNOWN = -2


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


class _LayerKinds:
    """Kinds of a layer's features by the codes of its columns: each pair of codes is looked up once."""

    def __init__(self, entry: LayerEntry, store: Snapshot | None, book: Rulebook) -> None:
        self._entry, self._store, self._book = entry, store, book
        self._known: tuple[Words, Words, np.ndarray, np.ndarray] | None = None

    def of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rulebook's number of the kind of feature rows (k,), -1 where no ruling depends on it, and whether they
        are floors."""
        (classes, class_words), (reserved, reserved_words) = (_codes(self._store, role, rows) for role in KIND_ROLES)
        kind, floor = self._table(class_words, reserved_words)
        pair = classes * len(reserved_words) + reserved
        for number in set(pair[kind[pair] == _UNKNOWN].tolist()):
            code, reserved_for = divmod(number, len(reserved_words))
            self._look_up(class_words[code] or "", reserved_words[reserved_for] or "", number, kind, floor)
        return kind[pair], floor[pair]

    def _table(self, classes: Words, reserved: Words) -> tuple[np.ndarray, np.ndarray]:
        """What was looked up for these words; a column with many different ones has others each time."""
        known = self._known  # one name: another thread may put its own there
        if known is None or known[0] is not classes or known[1] is not reserved:
            count = len(classes) * len(reserved)
            known = self._known = classes, reserved, np.full(count, _UNKNOWN, np.int64), np.zeros(count, bool)
        return known[2:]

    def _look_up(self, code: str, reserved_for: str, number: int, kind: np.ndarray, floor: np.ndarray) -> None:
        floor[number] = self._entry.kind is Kind.FLOOR and constrains(self._entry, code)
        kind[number] = self._book.kind(CoverKind(self._entry.key, code, reserved_for))


@dataclass(frozen=True)
class Standing:
    """What holds for every site checked against the same layers, these in a fixed order: their snapshots opened, the
    terms on which overlaps are judged, the regions the layers speak for."""

    layers: tuple[PinnedLayer, ...]
    stores: tuple[Snapshot | None, ...]
    terms: Terms
    regions: Regions
    kinds: tuple[_LayerKinds, ...]

    @cached_property
    def opened(self) -> tuple[Snapshot, ...]:
        """Snapshots of the layers that have one."""
        return tuple(store for store in self.stores if store is not None)

    @cached_property
    def opened_layer(self) -> np.ndarray:
        """The layer of each, int64."""
        return np.array([number for number, store in enumerate(self.stores) if store is not None], np.int64)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Layer keys."""
        return tuple(row.entry.key for row in self.layers)


@dataclass(frozen=True)
class Evidence:
    """Candidates of all layers near a site. `kind` int64 (candidates,) is the rulebook's number of what a ruling may
    depend on, -1 where none does."""

    standing: Standing
    candidates: Candidates
    kind: np.ndarray

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Feature ids of all candidates."""
        found: list[str] = []
        for layer, rows in self._by_layer(np.arange(len(self.candidates))):
            found += _ids(self._store(layer), rows)
        return tuple(found)

    def names(self, labels: np.ndarray) -> list[tuple[str, str]]:
        """(layer, feature id) of candidates given in ascending order."""
        keys = self.standing.keys
        return [(keys[layer], id) for layer, rows in self._by_layer(labels) for id in _ids(self._store(layer), rows)]

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


def standing_of(layers: Sequence[PinnedLayer], book: Rulebook, jurisdiction: Areal | None) -> Standing:
    """Open every pinned snapshot, in the plane of the policy, or return what was opened for the same layers before.

    Entries of the catalogue that are not given stand there too: unchecked, never silent or clear.

    Raises
    ------
    CrsConflict
        A snapshot was made for another plane.
    SnapshotError
        A snapshot cannot be opened.
    """

    def made() -> Standing:
        by_key = {key: PinnedLayer(row, reason="layer_not_asked") for key, row in book.catalogue.entries.items()}
        by_key |= {row.entry.key: row for row in layers}
        return _opened(list(by_key.values()), book, jurisdiction)

    return _standing.of((*layers, book, jurisdiction), made)


def _opened(layers: Sequence[PinnedLayer], book: Rulebook, jurisdiction: Areal | None) -> Standing:
    # In a fixed order, so that the answer does not depend on the order in which layers are given.
    ordered = tuple(sorted(layers, key=lambda row: (row.entry.order, row.entry.key)))
    stores = tuple(_open(row, book.policy.epsg) for row in ordered)
    entries = [row.entry for row in ordered]
    terms = Terms.of(
        floor=[entry.kind is Kind.FLOOR for entry in entries],
        resolution_m=[entry.resolution_m for entry in entries],
        trace_below_m2=[entry.trace_below_m2 for entry in entries],
        trace_narrower_than_m=[entry.trace_narrower_than_m for entry in entries],
        tessellates=[entry.tessellates for entry in entries],
    )
    coverages = [store.coverage if store is not None else None for store in stores]
    kinds = tuple(_LayerKinds(entry, store, book) for entry, store in zip(entries, stores, strict=True))
    return Standing(ordered, stores, terms, Regions.of(coverages, jurisdiction), kinds)


def _open(pinned: PinnedLayer, epsg: int) -> Snapshot | None:
    if pinned.snapshot is None:
        return None
    store = Snapshot.open(pinned.snapshot)
    if store.meta.epsg != epsg:
        raise CrsConflict(pinned.entry.key, named=f"EPSG:{store.meta.epsg}", found=f"EPSG:{epsg}")
    return store


def gather(site: Areal, standing: Standing, frame: Frame) -> Evidence:
    """Take from every layer what may meet the site, on the site's record grid.

    Raises
    ------
    SnapshotError
        A snapshot cannot be read.
    """
    found = near(standing.opened, site, frame)
    layer = standing.opened_layer[found.snapshot]
    kind, floor = np.empty(len(layer), np.int64), np.empty(len(layer), bool)
    starts = np.searchsorted(layer, np.arange(len(standing.layers) + 1)).tolist()
    for number, (begin, stop) in enumerate(pairwise(starts)):
        if stop > begin:
            kind[begin:stop], floor[begin:stop] = standing.kinds[number].of(found.row[begin:stop])
    return Evidence(standing, Candidates(layer, found.row, floor, found), kind)


def _codes(store: Snapshot | None, role: str, rows: np.ndarray) -> tuple[np.ndarray, Words]:
    """Numbers int64 (k,) of what a role says of features, and what each number stands for."""
    kind = store.meta.columns.get(role) if store is not None else None
    if store is None or kind is None:
        return np.zeros(len(rows), np.int64), _NO_WORDS
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
