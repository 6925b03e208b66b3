"""The arrangement in integers: exact predicates, snap rounding, covers from the dual graph (kernels/README.md).

Every edge lies on the record grid, every decision is a sign of a whole number; nothing depends on the order of what is
given, on GEOS, or on how a compiler adds floats. The kernels check their own work (both identities, planarity): `Fault`
says what did not hold, and the caller takes the plain recipe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from spatialhub.spatial import _kernels
from spatialhub.spatial.area import curvature_series
from spatialhub.spatial.crs import plane_zone
from spatialhub.spatial.model import Areal
from spatialhub.spatial.planar import UNITS_PER_M2, Arrangement, Frame

ENGINE = "integer-arrangement/1"
# Beyond this an edge of 128-bit products could overflow: 2^36 units are 687 km on the finest grid.
_LARGEST_UNIT = 2**36
_LARGEST_AREA = 2**62  # in half squared units, of a face, in 64 bits: 23,000 km² on the coarse grid
_EMPTY = shapely.Polygon()


class Fault(Exception):
    """The arrangement did not pass its own checks; `reason` names which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def arrange(
    frame: Frame, site: Sequence[Areal], geometries: np.ndarray, labels: np.ndarray, *, epsg: int
) -> Arrangement:
    """See `arrangement.arrange`.

    Raises
    ------
    Fault
        An assertion failed, or coordinates lie too far away for the grid.
    """
    rings = _kernels.Rings()
    append(rings, np.asarray([*site], dtype=object), np.arange(len(site)), frame)
    append(rings, np.asarray(geometries, dtype=object), labels, frame)
    return arrange_sets([(rings, 0)], len(site), frame, epsg=epsg)


def arrange_sets(sets: Sequence[tuple[_kernels.Rings, int]], parts: int, frame: Frame, *, epsg: int) -> Arrangement:
    """Arrange rings in grid units of `frame`, each set with the number that its labels count from: labels 0…parts-1
    are the site's parts.

    Raises
    ------
    Fault
        See `arrange`.
    """
    if 2 * frame.width * frame.height > _LARGEST_AREA:
        raise Fault("too_large")
    planar = _kernels.arrange_sets(sets, parts, frame.window, _surface(frame, epsg))
    if planar.fault:
        raise Fault(planar.fault)
    return Arrangement(frame, planar.faces(_half_units(frame.grid_m)), _Outliner(planar, frame), ENGINE)


def append(rings: _kernels.Rings, geometries: np.ndarray, labels: np.ndarray, frame: Frame) -> None:
    """Add polygons and multipolygons (n,) in the plane with their labels to `rings`.

    Raises
    ------
    Fault
        Coordinates too far away for the grid.
    """
    if not len(geometries):
        return
    polygons, owner = shapely.get_parts(geometries, return_index=True)
    lines, polygon_of = shapely.get_rings(polygons, return_index=True)
    units = frame.to_units(shapely.get_coordinates(lines))
    if not np.abs(units).max(initial=0.0) <= _LARGEST_UNIT:  # NaN is not on the grid either
        raise Fault("too_far")
    starts = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(lines))]).astype(np.int64)
    shell = np.concatenate([[True], polygon_of[1:] != polygon_of[:-1]])[: len(lines)]
    turn = np.where(shapely.is_ccw(lines) == shell, 1, -1).astype(np.int8)
    rings.append(units.astype(np.int64), starts, np.asarray(labels)[owner[polygon_of]].astype(np.int32), turn)


@dataclass(frozen=True)
class _Outliner:
    planar: _kernels.Planar
    frame: Frame

    def outlines(self, group: np.ndarray, count: int) -> np.ndarray:
        units, rings, polygons, groups = self.planar.outlines(group.astype(np.int32), count)
        found = np.full(count, _EMPTY, dtype=object)
        if not len(units):
            return found
        coords = self.frame.to_metres(units)
        made = shapely.from_ragged_array(shapely.GeometryType.POLYGON, coords, (rings, polygons))
        each = np.diff(groups)
        found[each == 1] = made[groups[:-1][each == 1]]
        for number in np.flatnonzero(each > 1):
            found[number] = shapely.multipolygons(made[groups[number] : groups[number + 1]])
        return found


def _half_units(grid_m: float) -> int:
    """Half squared grid units in 1e-4 m²."""
    return 2 * round(1 / grid_m) ** 2 // UNITS_PER_M2


def _surface(frame: Frame, epsg: int) -> _kernels.Surface:
    zone = plane_zone(epsg)
    low, high = frame.bottom * frame.grid_m, (frame.bottom + frame.height) * frame.grid_m
    centre_m, coefficients = curvature_series(low, high)
    return _kernels.Surface(frame.grid_m, frame.left, frame.bottom, zone.false_easting_m, centre_m, coefficients)
