"""What makes a feature the same: the id of its source, or a hash of its normal form, rounded to a millimetre."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from spatialhub.spatial.table import Texts

DIGITS = 16
_LONGEST_BYTES = 56  # of an id kept as it is; a longer one is kept as its hash
_WEIGHTS = np.random.default_rng(20190817).integers(0, 2**63, _LONGEST_BYTES // 8 + 1, np.uint64) * np.uint64(
    2
) + np.uint64(1)


def normal_wkb(geometries: np.ndarray) -> np.ndarray:
    """WKB (n,) of the geometries rounded to 1 mm and normalised; a multipolygon of one part counts as that polygon."""
    rounded = shapely.transform(np.asarray(geometries, dtype=object), lambda coords: np.round(coords, 3))
    single = (shapely.get_type_id(rounded) == 6) & (shapely.get_num_geometries(rounded) == 1)
    rounded[single] = shapely.get_geometry(rounded[single], 0)
    return shapely.to_wkb(shapely.normalize(rounded))


def fingerprints(geometries: np.ndarray, attributes: Mapping[str, Sequence]) -> np.ndarray:
    """A hash of geometry and attributes for each feature: its first eight bytes as uint64 (n,)."""
    names = sorted(attributes)
    rows = zip(*(attributes[name] for name in names), strict=True) if names else [()] * len(geometries)
    found = []
    for wkb, row in zip(normal_wkb(geometries), rows, strict=True):
        digest = hashlib.sha256(wkb)
        digest.update(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str).encode())
        found.append(digest.digest()[: DIGITS // 2])
    return np.frombuffer(b"".join(found), ">u8").astype(np.uint64)


def distinct(hashes: np.ndarray) -> Texts:
    """The hashes (n,) as 16 hexadecimal digits each, a repeated one with -2, -3 … appended in the order they come."""
    digits = np.frombuffer(hashes.astype(">u8").tobytes().hex().encode(), np.uint8)
    named = Texts(np.arange(len(hashes) + 1, dtype=np.int64) * DIGITS, digits, np.zeros(len(hashes), bool))
    order = np.argsort(hashes, kind="stable")
    again = np.flatnonzero(hashes[order][1:] == hashes[order][:-1]) + 1
    if not len(again):
        return named
    texts = named.to_list()
    run = np.ones(len(hashes), np.int64)
    for at in again.tolist():
        run[at] = run[at - 1] + 1
        texts[order[at]] = f"{texts[order[at]]}-{run[at]}"
    return Texts.of(texts)


class Ids:
    """Whether ids name every feature, and every one differently: some 32 bytes a feature, whatever the chunks."""

    def __init__(self) -> None:
        self.count = 0
        self.nulls = 0
        self._words: list[np.ndarray] = []
        self._mixed: list[np.ndarray] = []
        self._broken = False

    def take(self, ids: Texts) -> None:
        """Note the ids of a chunk, None where a feature has none."""
        given = ids.take(~ids.null) if ids.null.any() else ids
        words = _words(given)
        mixed = (words * _WEIGHTS[: words.shape[1]]).sum(axis=1, dtype=np.uint64)
        self.count += len(ids)
        self.nulls += len(ids) - len(given)
        self._words.append(words)
        self._mixed.append(mixed)
        self._broken |= len(given) < len(ids) or _repeated(mixed, words) > 0

    @property
    def broken(self) -> bool:
        """Whether it is already known that they do not serve: a null, or one twice in a chunk."""
        return self._broken

    @property
    def repeated(self) -> int:
        """How many ids more there are than different ones."""
        if not self._words:
            return 0
        widest = max(words.shape[1] for words in self._words)
        words = [np.pad(one, ((0, 0), (0, widest - one.shape[1]))) for one in self._words]
        return _repeated(np.concatenate(self._mixed), np.concatenate(words))

    @property
    def serve(self) -> bool:
        """Whether every feature has an id of its own."""
        return not self._broken and self.repeated == 0


def _words(texts: Texts) -> np.ndarray:
    """Texts as rows of uint64: the length, then the bytes with zeros after them; a long text as its hash."""
    lengths = texts.lengths
    if len(lengths) and lengths.max() > _LONGEST_BYTES:
        blobs = [
            texts.data[texts.offsets[i] : texts.offsets[i + 1]].tobytes()
            for i in np.flatnonzero(lengths > _LONGEST_BYTES)
        ]
        rows = _words(texts.take(lengths <= _LONGEST_BYTES))
        found = np.zeros((len(texts), max(rows.shape[1], 5)), np.uint64)
        found[np.flatnonzero(lengths <= _LONGEST_BYTES), : rows.shape[1]] = rows
        for i, blob in zip(np.flatnonzero(lengths > _LONGEST_BYTES).tolist(), blobs, strict=True):
            found[i, 0] = len(blob)
            found[i, 1:5] = np.frombuffer(hashlib.sha256(blob).digest(), np.uint64)
        return found
    width = -(-int(lengths.max(initial=0)) // 8) * 8
    padded = np.zeros((len(texts), width), np.uint8)
    rows_of = np.repeat(np.arange(len(texts)), lengths)
    padded[rows_of, np.arange(len(texts.data)) - np.repeat(texts.offsets[:-1], lengths)] = texts.data
    return np.concatenate([lengths.astype(np.uint64)[:, None], padded.view(np.uint64)], axis=1)


def _repeated(mixed: np.ndarray, words: np.ndarray) -> int:
    """How many rows equal an earlier one; rows of different `mixed` differ."""
    order = np.argsort(mixed, kind="stable")
    same = mixed[order][1:] == mixed[order][:-1]
    if not same.any():
        return 0
    alike = order[np.concatenate([[False], same]) | np.concatenate([same, [False]])]
    return len(alike) - len({row.tobytes() for row in words[alike]})
