"""What an arrangement is: disjoint faces inside a site as arrays, whatever engine made them (check.md §4).

Geometry is made only when it is asked for: a check needs areas, covers and neighbours, a picture needs outlines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np

from spatialhub.spatial._kernels import FaceTable

FINE_GRID_M = 1e-5
COARSE_GRID_M = 1e-4
FINE_EXTENT_M = 5_000.0
FINE_PER_METRE = 100_000
UNITS_PER_M2 = 10_000


def grid_for(bounds: tuple[float, float, float, float]) -> float:
    """Return the record grid in metres for a site's bounds: 1e-5 up to 5 km of extent, 1e-4 above."""
    extent_m = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    return FINE_GRID_M if extent_m <= FINE_EXTENT_M else COARSE_GRID_M


@dataclass(frozen=True, slots=True)
class Frame:
    """The record grid around a site, in whole grid units: `left`, `bottom` of the site's box from the plane's zero,
    which is the frame's origin, `width` and `height` of the box."""

    grid_m: float
    left: int
    bottom: int
    width: int
    height: int

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float], grid_m: float) -> Frame:
        """Frame with its origin at the lower left corner of `bounds` (metres in the plane)."""
        per_metre = round(1 / grid_m)
        left, bottom = math.floor(bounds[0] * per_metre), math.floor(bounds[1] * per_metre)
        right, top = math.ceil(bounds[2] * per_metre), math.ceil(bounds[3] * per_metre)
        return cls(grid_m, left, bottom, right - left, top - bottom)

    @property
    def origin(self) -> np.ndarray:
        """`left`, `bottom` as float64 (2,)."""
        return np.array([self.left, self.bottom], np.float64)

    @property
    def window(self) -> tuple[int, int, int, int]:
        """The site's box in units from the origin."""
        return 0, 0, self.width, self.height

    @property
    def per_metre(self) -> int:
        """Grid units in a metre."""
        return round(1 / self.grid_m)

    def to_units(self, coords: np.ndarray) -> np.ndarray:
        """Metres in the plane (n, 2) → whole grid units from the origin, as float64.

        By way of 1e-5 m, as snapshots keep coordinates: what is equal there is equal here.
        """
        fine = np.rint(coords * FINE_PER_METRE)
        step = FINE_PER_METRE // self.per_metre
        return (fine if step == 1 else np.floor((fine + step // 2) / step)) - self.origin

    def to_metres(self, units: np.ndarray) -> np.ndarray:
        """Grid units from the origin (n, 2) → metres in the plane: the same floats for the same units."""
        return (units + self.origin) / self.per_metre


class Outliner(Protocol):
    """Makes geometry of faces."""

    def outlines(self, group: np.ndarray, count: int) -> np.ndarray:
        """Polygons or multipolygons (count,) in the plane: the union of the faces of each group, shared edges gone.

        `group` int64 (n,) gives every face's group, -1 for none; a group without faces is an empty polygon.
        """
        ...


@dataclass(frozen=True)
class Arrangement:
    """Disjoint faces inside a site, in canonical order: by the least vertex, whatever the order of what was given.
    `table` holds their columns, which are read here by name.

    `area_u`, `area_plane_u` int64 (n,) in units of 1e-4 m², each face rounded once; `perimeter_m` float64 (n,);
    `cover_face`, `cover_label` int64 (k,): pairs of a face and a label that covers it, sorted, unique;
    `neighbours`: pairs of faces that share an edge, first < second int64 (m,), sorted, and the shared length in
    metres (m,). `engine` names what made it, `fallback` says why another engine than the usual one did.
    """

    frame: Frame
    table: FaceTable
    outliner: Outliner
    engine: str
    fallback: str = ""

    @cached_property
    def area_u(self) -> np.ndarray:
        """Ellipsoidal areas."""
        return self.table.area_u

    @cached_property
    def area_plane_u(self) -> np.ndarray:
        """Areas in the plane."""
        return self.table.area_plane_u

    @cached_property
    def perimeter_m(self) -> np.ndarray:
        """Perimeters."""
        return self.table.perimeter_m

    @cached_property
    def cover_face(self) -> np.ndarray:
        """The face of each pair."""
        return self.table.cover_face

    @cached_property
    def cover_label(self) -> np.ndarray:
        """The label of each pair."""
        return self.table.cover_label

    @cached_property
    def neighbours(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """First and second face of each pair, and the shared length."""
        return self.table.neighbours

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def cover_start(self) -> np.ndarray:
        """Where each face's labels begin in `cover_label`; int64 (n + 1,)."""
        return np.searchsorted(self.cover_face, np.arange(len(self) + 1))

    def covers(self) -> list[frozenset[int]]:
        """Labels covering each face."""
        labels = self.cover_label.tolist()
        return [frozenset(labels[a:b]) for a, b in pairwise(self.cover_start.tolist())]

    @cached_property
    def faces(self) -> np.ndarray:
        """Every face as a polygon in the plane (n,)."""
        return self.outlines(np.arange(len(self)))

    def outlines(self, group: np.ndarray, count: int | None = None) -> np.ndarray:
        """Return the union of the faces of each group: see `Outliner.outlines`."""
        group = np.asarray(group, np.int64)
        return self.outliner.outlines(group, int(group.max(initial=-1)) + 1 if count is None else count)

    def outline(self, faces: np.ndarray | Sequence[int]) -> object:
        """Return the union of some faces (numbers)."""
        group = np.full(len(self), -1, np.int64)
        group[np.asarray(faces, np.int64)] = 0
        return self.outlines(group, 1)[0]
