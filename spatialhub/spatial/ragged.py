"""Many polygons as flat arrays: coordinates and where rings, polygons and features end in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from spatialhub.spatial._kernels import measure_features

_POLYGON, _MULTIPOLYGON = shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON


@dataclass(frozen=True, eq=False)
class Ragged:
    """Features of one or more polygons each, none empty: shell first, then holes; rings closed.

    `coords` float64 (m, 2); feature i has polygons `features[i]:features[i + 1]`, polygon j rings
    `polygons[j]:polygons[j + 1]`, ring k points `rings[k]:rings[k + 1]`; all int64, from 0.
    """

    coords: np.ndarray
    rings: np.ndarray
    polygons: np.ndarray
    features: np.ndarray

    @classmethod
    def of(cls, geometries: np.ndarray) -> Ragged:
        """Arrays of polygons and multipolygons (n,), none empty or None; heights are dropped."""
        if not len(geometries):
            start = np.zeros(1, np.int64)
            return cls(np.zeros((0, 2)), start, start, start)
        if (shapely.get_type_id(geometries) == _POLYGON).all():
            if not shapely.get_num_interior_rings(geometries).any():
                every = np.arange(len(geometries) + 1, dtype=np.int64)
                ends = _ends(shapely.get_num_coordinates(geometries))
                return cls(shapely.get_coordinates(geometries), ends, every, every)
            _, coords, (rings, polygons) = shapely.to_ragged_array(geometries, include_z=False)
            features = np.arange(len(geometries) + 1)
        else:
            _, coords, (rings, polygons, features) = shapely.to_ragged_array(geometries, include_z=False)
        coords = np.ascontiguousarray(coords, np.float64)
        return cls(coords, *(np.asarray(ends, np.int64) for ends in (rings, polygons, features)))

    def __len__(self) -> int:
        return len(self.features) - 1

    @property
    def points(self) -> np.ndarray:
        """Where features end among the points, int64 (n + 1,) from 0."""
        return self.rings[self.polygons[self.features]]

    def bounds(self) -> np.ndarray:
        """Boxes of the features, float64 (n, 4)."""
        return self.measures[0]

    @cached_property
    def measures(self) -> tuple[np.ndarray, np.ndarray]:
        """Boxes (n, 4) and plane areas in m² (n,), made when first asked for."""
        boxes, areas_m2 = measure_features(self.coords, self.rings, self.polygons, self.features)
        return boxes.reshape(-1, 4), areas_m2

    def geometries(self) -> np.ndarray:
        """Shapely polygons and, where a feature has several, multipolygons (n,)."""
        polygons = shapely.from_ragged_array(_POLYGON, self.coords, (self.rings, self.polygons))
        several = np.flatnonzero(np.diff(self.features) > 1)
        if not len(several):
            return polygons
        found = polygons[self.features[:-1]]
        counts = np.diff(self.features)[several]
        members = np.repeat(self.features[several] - _ends(counts)[:-1], counts) + np.arange(counts.sum())
        shapely.multipolygons(polygons[members], indices=np.repeat(several, counts), out=found)
        return found

    def take(self, at: np.ndarray) -> Ragged:
        """The features at ascending positions (int64) or where a mask (bool) is true."""
        at = np.flatnonzero(at) if at.dtype == bool else at
        if len(at) == len(self):
            return self
        polygons, features = _spread(self.features, at)
        rings, ring_ends = _spread(self.polygons, polygons)
        points, ends = _spread(self.rings, rings)
        return Ragged(self.coords[points], ends, ring_ends, features)


def _ends(counts: np.ndarray) -> np.ndarray:
    ends = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=ends[1:])
    return ends


def _spread(ends: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the items `at` hold, and where each ends among it."""
    counts = ends[at + 1] - ends[at]
    new = _ends(counts)
    return np.repeat(ends[at] - new[:-1], counts) + np.arange(new[-1]), new
