"""What makes a feature the same feature: hashes of its normal form, rounded to a millimetre."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import shapely

DIGITS = 16


def normal_wkb(geometries: np.ndarray) -> np.ndarray:
    """WKB (n,) of the geometries rounded to 1 mm and normalised; a multipolygon of one part counts as that polygon."""
    rounded = shapely.transform(np.asarray(geometries, dtype=object), lambda coords: np.round(coords, 3))
    single = (shapely.get_type_id(rounded) == 6) & (shapely.get_num_geometries(rounded) == 1)
    rounded[single] = shapely.get_geometry(rounded[single], 0)
    return shapely.to_wkb(shapely.normalize(rounded))


def fingerprints(geometries: np.ndarray, attributes: Mapping[str, Sequence]) -> list[str]:
    """A hash of geometry and attributes for each feature, 16 hexadecimal digits."""
    names = sorted(attributes)
    rows = zip(*(attributes[name] for name in names), strict=True) if names else [()] * len(geometries)
    found = []
    for wkb, row in zip(normal_wkb(geometries), rows, strict=True):
        digest = hashlib.sha256(wkb)
        digest.update(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str).encode())
        found.append(digest.hexdigest()[:DIGITS])
    return found


def distinct(ids: Sequence[str]) -> list[str]:
    """The ids, a repeated one with -2, -3 … appended in the order they come."""
    seen: Counter[str] = Counter()
    named = []
    for one in ids:
        seen[one] += 1
        named.append(one if seen[one] == 1 else f"{one}-{seen[one]}")
    return named
