"""Features that may meet a site, as numbers, and on which terms each layer's overlap is judged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spatialhub.spatial._kernels import LayerTerms
from spatialhub.spatial.near import Source
from spatialhub.spatial.planar import UNITS_PER_M2

# Half the widest gap that rounding both boundaries to their resolution can open, per metre of resolution: sqrt(2)/4.
ADJACENCY_PER_RESOLUTION = 0.36
SITE_RESOLUTION_M = 0.001
TRACE_TOTAL_FACTOR = 10  # a narrow overlap is a trace up to so many times the area of a small one
DIGITISING_ERROR_M2 = 1.0
MISMATCH_WIDTH_M = 0.02
SLIVER_M2, SLIVER_SHARE = 0.01, 1e-7  # a sliver is below both, the share of the site


@dataclass(frozen=True, slots=True)
class Candidates:
    """Features by layer: candidate l is feature `row[l]` of layer `layer[l]`; int64 (n,), `layer` ascending.

    `floor` bool (n,) marks floors; `source` has their boundaries.
    """

    layer: np.ndarray
    row: np.ndarray
    floor: np.ndarray
    source: Source

    def __len__(self) -> int:
        return len(self.layer)


@dataclass(frozen=True)
class Terms:
    """How each layer's overlap is judged (check.md §5), arrays (layers,).

    `floor` bool: no trace band; `adjacent_m`, `trace_half_m` float64: an overlap that disappears when its boundary
    moves inward by this is adjacency or, where it is small, a trace; `trace_below_u` float64 in units of 1e-4 m²;
    `tessellates` bool: neighbours share their edges, gaps and double covers thinner than 2 cm are mismatch.
    """

    floor: np.ndarray
    adjacent_m: np.ndarray
    trace_below_u: np.ndarray
    trace_half_m: np.ndarray
    tessellates: np.ndarray

    @classmethod
    def of(cls, *, floor, resolution_m, trace_below_m2, trace_narrower_than_m, tessellates) -> Terms:
        """Terms from what a catalogue says, one value a layer."""
        return cls(
            floor=np.array(floor, bool),
            adjacent_m=ADJACENCY_PER_RESOLUTION * (SITE_RESOLUTION_M + np.array(resolution_m, np.float64)),
            trace_below_u=np.array(trace_below_m2, np.float64) * UNITS_PER_M2,
            trace_half_m=np.array(trace_narrower_than_m, np.float64) / 2,
            tessellates=np.array(tessellates, bool),
        )

    def __len__(self) -> int:
        return len(self.floor)

    @cached_property
    def kernel(self) -> LayerTerms:
        """The same for the kernel, with what holds for all layers."""
        return LayerTerms(
            floor=self.floor,
            tessellates=self.tessellates,
            adjacent_m=self.adjacent_m,
            trace_below_u=self.trace_below_u,
            trace_half_m=self.trace_half_m,
            trace_total_factor=TRACE_TOTAL_FACTOR,
            digitising_error_u=DIGITISING_ERROR_M2 * UNITS_PER_M2,
            mismatch_half_m=MISMATCH_WIDTH_M / 2,
            sliver_u=SLIVER_M2 * UNITS_PER_M2,
            sliver_share=SLIVER_SHARE,
        )
