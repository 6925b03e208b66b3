"""Candidates drawn by a test instead of gathered from snapshots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spatialhub.spatial import _kernels, integer_recipe
from spatialhub.spatial.planar import Frame


@dataclass(frozen=True)
class Drawn:
    """Polygons of the plane (n,) and the candidate each belongs to, int64 (n,): see `near.Source`."""

    shapes: np.ndarray
    candidate: np.ndarray

    def rings(self, frame: Frame) -> _kernels.Rings:
        """Their rings on the grid."""
        rings = _kernels.Rings()
        integer_recipe.append(rings, self.shapes, self.candidate, frame)
        return rings

    def geometries(self) -> tuple[np.ndarray, np.ndarray]:
        """The polygons as they were given."""
        return self.shapes, self.candidate
