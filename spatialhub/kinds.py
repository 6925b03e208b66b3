"""Of which kind features are: what a ruling may depend on, by the class and the reserved use that their columns say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from spatialhub.catalogue import Kind, LayerEntry
from spatialhub.precedence.engine import constrains
from spatialhub.precedence.rulebook import CoverKind, Rulebook
from spatialhub.spatial._kernels import CodedLayers
from spatialhub.spatial.snapshot import Snapshot

KIND_ROLES = ("class", "reserved_for")
Words: TypeAlias = tuple[str | None, ...]
_NO_WORDS: Words = ("",)
_UNKNOWN = -2


class Kinds:
    """Kinds of the features of layers by their number, None where a layer has no snapshot open. Where both columns are
    dictionaries, each pair of their codes is looked up once, for all sites; others are read for the site's features."""

    def __init__(self, layers: Sequence[tuple[LayerEntry, Snapshot | None]], book: Rulebook) -> None:
        opened = [(number, entry, store) for number, (entry, store) in enumerate(layers) if store is not None]
        self._layers = tuple((entry, store) for _, entry, store in opened)
        self._book = book
        self._words: list[tuple[Words, Words] | None] = []
        self._starts = [0]
        described: list[tuple[np.ndarray | None, np.ndarray | None, int, int, int]] = []
        for _, store in self._layers:
            first, second = (_dictionary(store, role) for role in KIND_ROLES)
            if first is None or second is None:
                described.append((None, None, store.meta.feature_count, 1, -1))
                self._words.append(None)
                self._starts.append(self._starts[-1])
                continue
            (first_codes, first_words), (second_codes, second_words) = first, second
            described.append((first_codes, second_codes, store.meta.feature_count, len(second_words), self._starts[-1]))
            self._words.append((first_words, second_words))
            self._starts.append(self._starts[-1] + len(first_words) * len(second_words))
        self._kind = np.full(self._starts[-1], _UNKNOWN, np.int64)  # the kernel sees what is filled in later
        self._floor = np.zeros(self._starts[-1], bool)
        self._kernel = CodedLayers(described, [number for number, *_ in opened], self._kind, self._floor)
        self._all_coded = None not in self._words

    def of(self, snapshot: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of features `row` int64 (k,) of the open snapshots `snapshot` int32 (k,), ascending: their layer and the
        rulebook's number of their kind, int64, -1 where no ruling depends on it; whether they are floors, bool (k,)."""
        layer, kind, floor, unknown = self._kernel.of(snapshot, row)
        if unknown:
            self._look_up(unknown)
            layer, kind, floor, _ = self._kernel.of(snapshot, row)
        if not self._all_coded:
            self._read(snapshot, row, kind, floor)
        return layer, kind, floor

    def _look_up(self, pairs: Sequence[int]) -> None:
        for number in pairs:
            layer = int(np.searchsorted(self._starts, number, "right")) - 1
            classes, reserved = self._words[layer]  # type: ignore[misc]  # a pair has words
            code, reserved_for = divmod(number - self._starts[layer], len(reserved))
            answer = self._answer(layer, classes[code] or "", reserved[reserved_for] or "")
            self._kind[number], self._floor[number] = answer

    def _read(self, snapshot: np.ndarray, row: np.ndarray, kind: np.ndarray, floor: np.ndarray) -> None:
        """Fill in what has no codes."""
        starts = np.searchsorted(snapshot, np.arange(len(self._layers) + 1)).tolist()
        for number, (begin, stop) in enumerate(pairwise(starts)):
            if stop > begin and self._words[number] is None:
                store = self._layers[number][1]
                said = zip(*(_texts(store, role, row[begin:stop]) for role in KIND_ROLES), strict=True)
                answers = [self._answer(number, *words) for words in said]
                kind[begin:stop], floor[begin:stop] = zip(*answers, strict=True)

    def _answer(self, layer: int, code: str, reserved_for: str) -> tuple[int, bool]:
        entry = self._layers[layer][0]
        floor = entry.kind is Kind.FLOOR and constrains(entry, code)
        return self._book.kind(CoverKind(entry.key, code, reserved_for)), floor


def _dictionary(store: Snapshot, role: str) -> tuple[np.ndarray | None, Words] | None:
    """Codes of all features and their words; None where the column is no dictionary."""
    return store.dictionary(role) if role in store.meta.columns else (None, _NO_WORDS)


def _texts(store: Snapshot, role: str, rows: np.ndarray) -> list[str]:
    if role not in store.meta.columns:
        return [""] * len(rows)
    return ["" if value is None else str(value) for value in store.columns([role], rows)[role]]
