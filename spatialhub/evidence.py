"""What the layers have near a site: pinned snapshots opened once, candidates as numbers, attributes read when asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from spatialhub.catalogue import Kind, LayerEntry
from spatialhub.errors import CrsConflict
from spatialhub.kinds import Kinds
from spatialhub.precedence.rulebook import Rulebook
from spatialhub.remembered import ByIdentity
from spatialhub.spatial.candidates import Candidates, Terms
from spatialhub.spatial.model import Areal
from spatialhub.spatial.near import Opened, near
from spatialhub.spatial.planar import Frame
from spatialhub.spatial.regions import Regions
from spatialhub.spatial.site_lines import SiteLines
from spatialhub.spatial.snapshot import Snapshot


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
class Attributes:
    """What features of one layer say, lists (k,): their roles, and what analysts may see."""

    ids: list[str]
    names: list[str]
    classes: list[str]
    shown: list[dict[str, object]]


@dataclass(frozen=True)
class Standing:
    """What holds for every site checked against the same layers, these in a fixed order: their snapshots opened, the
    terms on which overlaps are judged, the regions the layers speak for."""

    layers: tuple[PinnedLayer, ...]
    stores: tuple[Snapshot | None, ...]
    terms: Terms
    regions: Regions
    kinds: Kinds

    @cached_property
    def opened(self) -> Opened:
        """Snapshots of the layers that have one."""
        return Opened(tuple(store for store in self.stores if store is not None))

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
        """Feature ids of all candidates; one without is known by its row."""
        said = zip(self._said_ids, self._rows, strict=True)
        return tuple([str(row if id is None or id == "" else id) for id, row in said])

    @cached_property
    def _rows(self) -> list[int]:
        return self.candidates.row.tolist()

    @cached_property
    def _said_ids(self) -> list:
        """What all candidates have as id."""
        layer, rows = self.candidates.layer, self._rows
        starts = [0, *(np.flatnonzero(layer[1:] != layer[:-1]) + 1).tolist(), len(layer)]
        found: list = []
        for begin, stop in pairwise(starts if len(layer) else ()):
            store = self._store(int(layer[begin]))
            has = "id" in store.meta.columns
            found += store.column("id").read(rows[begin:stop]) if has else [None] * (stop - begin)
        return found

    @cached_property
    def named(self) -> list[tuple[str, str]]:
        """(layer, feature id) of all candidates."""
        keys = self.standing.keys
        return list(zip(map(keys.__getitem__, self.candidates.layer.tolist()), self.ids, strict=True))

    def names(self, labels: np.ndarray) -> list[tuple[str, str]]:
        """(layer, feature id) of candidates."""
        return [self.named[label] for label in labels.tolist()]

    def attributes(self, layer: int, labels: Sequence[int]) -> Attributes:
        """Read candidates of one layer."""
        rows = [self._rows[label] for label in labels]
        names, classes, shown = self._readers[layer].read(rows, [self._said_ids[label] for label in labels])
        return Attributes([self.ids[label] for label in labels], names, classes, shown)

    @cached_property
    def _readers(self) -> list[_Reader]:
        standing = self.standing
        return _readers.of((standing,), lambda: list(map(_Reader, standing.layers, standing.stores)))

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
    kinds = Kinds(list(zip(entries, stores, strict=True)), book)
    return Standing(ordered, stores, terms, Regions.of(coverages, jurisdiction), kinds)


def _open(pinned: PinnedLayer, epsg: int) -> Snapshot | None:
    if pinned.snapshot is None:
        return None
    store = Snapshot.open(pinned.snapshot)
    if store.meta.epsg != epsg:
        raise CrsConflict(pinned.entry.key, named=f"EPSG:{store.meta.epsg}", found=f"EPSG:{epsg}")
    return store


def gather(site: SiteLines, standing: Standing, frame: Frame) -> Evidence:
    """Take from every layer what may meet the site, on the site's record grid.

    Raises
    ------
    SnapshotError
        A snapshot cannot be read.
    """
    found = near(standing.opened, site, frame)
    layer, kind, floor = standing.kinds.of(found.snapshot, found.row)
    return Evidence(standing, Candidates(layer, found.row, floor, found), kind)


def shown_of(pinned: PinnedLayer, store: Snapshot | None) -> tuple[str, ...]:
    """Columns that analysts may see, of those that the snapshot has."""
    known = store.meta.columns if store is not None else ()
    return tuple(name for name in pinned.entry.shown_fields.get("analyst", ()) if name in known)


class _Reader:
    """What is read of a layer's features beside their ids: the roles, and what analysts may see."""

    def __init__(self, pinned: PinnedLayer, store: Snapshot | None) -> None:
        known = store.meta.columns if store is not None else ()
        self._shown = shown_of(pinned, store)
        names = dict.fromkeys((*(role for role in ("name", "class") if role in known), *self._shown))
        self._columns = {name: store.column(name) for name in names if store is not None and name != "id"}

    def read(self, rows: Sequence[int], ids: list) -> tuple[list[str], list[str], list[dict[str, object]]]:
        """Names, classes and what is shown of features; `ids` as they say them."""
        values = {name: column.read(rows) for name, column in self._columns.items()}
        none = [None] * len(rows)
        names, classes = _texts(values.get("name", none)), _texts(values.get("class", none))
        values["id"] = ids
        said = zip(*[values[name] for name in self._shown], strict=True) if self._shown else ((),) * len(rows)
        return names, classes, [self._said(row) for row in said]

    def _said(self, row: tuple) -> dict[str, object]:
        found = dict(zip(self._shown, row, strict=True))
        return {name: value for name, value in found.items() if value is not None} if None in row else found


_readers = ByIdentity[list[_Reader]](most=8)


def _texts(values: list) -> list[str]:
    return ["" if value is None else str(value) for value in values]
