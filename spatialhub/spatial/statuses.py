"""What each layer answers: hit, trace, adjacent or nothing, judged on the layer's total (check.md §5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NOTHING, ADJACENT, TRACE, HIT = range(4)  # as the kernel numbers them (kernels/count.hpp)
FOUND = ("nothing", "adjacent", "trace", "hit")


@dataclass(frozen=True, slots=True)
class LayerSums:
    """Answers of all layers, arrays (layers,): `code` one of NOTHING … HIT; areas int64 in units of 1e-4 m², each the
    union of the layer's features; `floor_u` that of its floors alone; `suspected` bool a floor hit below 1 m²."""

    code: np.ndarray
    area_u: np.ndarray
    area_plane_u: np.ndarray
    unchecked_u: np.ndarray
    floor_u: np.ndarray
    suspected: np.ndarray


def sums(group: np.ndarray, units: np.ndarray, count: int) -> np.ndarray:
    """Sum whole units by group, int64 (count,): exact, a city is below 2^53 units."""
    return np.bincount(group, weights=units, minlength=count).astype(np.int64)
