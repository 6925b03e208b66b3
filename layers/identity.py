"""What makes a feature the same: the id of its source, or a hash of its normal form, rounded to a millimetre."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from spatialhub.spatial._kernels import DistinctTexts
from spatialhub.spatial.table import Texts

DIGITS = 16


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
    """Whether ids name every feature, and every one differently: some 60 bytes a feature, whatever the chunks."""

    def __init__(self) -> None:
        self.count = 0
        self.nulls = 0
        self.repeated = 0
        self._seen = DistinctTexts()

    def take(self, ids: Texts) -> None:
        """Note the ids of a chunk, None where a feature has none."""
        self.count += len(ids)
        self.nulls += int(ids.null.sum())
        self.repeated += self._seen.add(ids.offsets, ids.data, ids.null)

    @property
    def serve(self) -> bool:
        """Whether every feature so far has an id of its own."""
        return self.nulls == 0 and self.repeated == 0
