"""Which of many features a polygon covers: by their boxes where a grid says it for sure, by geometry for the rest."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.spatial._kernels import clear_boxes
from spatialhub.spatial.ragged import Ragged

_CELLS = 64
_SAFE = 1e-9  # of a cell: more than the rounding of a coordinate's cell number


class Region:
    """A polygon of the plane that is asked about a million features: the answers are those of shapely."""

    def __init__(self, geometry: Geometry) -> None:
        # Its own copy: two imports at a time that prepare one shared polygon end the process.
        geometry = shapely.force_2d(geometry)
        self._geometry = geometry
        shapely.prepare(geometry)
        low, high = np.array(geometry.bounds[:2]), np.array(geometry.bounds[2:])
        self._low, self._step = low, (high - low) / _CELLS
        edges = low + np.arange(_CELLS + 1)[:, None] * self._step
        x, y = np.meshgrid(edges[:, 0], edges[:, 1], indexing="ij")
        cells = shapely.box(x[:-1, :-1], y[:-1, :-1], x[1:, 1:], y[1:, 1:])
        self._open = np.zeros((_CELLS + 1, _CELLS + 1), np.int64)  # sums of cells not wholly inside
        self._open[1:, 1:] = (~shapely.covers(geometry, cells)).cumsum(axis=0).cumsum(axis=1)

    def covers(self, features: Ragged, boxes: np.ndarray) -> np.ndarray:
        """Mask (n,) of features wholly inside; `boxes` float64 (n, 4) are theirs."""
        return self._ask(shapely.covers, features, self._surely(boxes))

    def meets(self, features: Ragged, boxes: np.ndarray) -> np.ndarray:
        """Mask (n,) of features that touch the polygon."""
        return self._ask(shapely.intersects, features, self._surely(boxes))

    def _ask(self, predicate, features: Ragged, sure: np.ndarray) -> np.ndarray:
        if not sure.all():
            sure[~sure] = predicate(self._geometry, features.take(~sure).geometries())
        return sure

    def _surely(self, boxes: np.ndarray) -> np.ndarray:
        """Mask of boxes all of whose cells lie inside."""
        return clear_boxes(boxes, self._low, self._step, self._open, _SAFE).astype(bool)
