"""The shift test: do boundaries coincide better once the offset of GCJ-02 or BD-09 is taken away? (check.md §1)

Both "map coordinates" carry an offset of some 570 m or 1,280 m that no number betrays. It is computed by the public
approximation, only to be recognised: geometry that carries it is flagged, never silently moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.spatial.crs import GEOGRAPHIC, mover
from spatialhub.spatial.model import Issue

Datum = Literal["gcj02", "bd09"]
_A_M, _E2 = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, as the approximation uses it
_SAMPLES = 300
_DIRECTIONS = 24
# What is left without the offset must be at most these shares: of the misfit as it is, of the misfit under the same
# distance in any direction 45° or more away, and of the offset itself. Measured on real district outlines against
# generalised ones (median error 100-200 m): shifted ones reach 0.63, 0.73 and 0.41; the first of unshifted is over 2.5.
_BETTER, _PEAKED, _NEAR = 0.7, 0.8, 0.45
_FITS_M = 2.0  # what fits to this is not suspected


@dataclass(frozen=True, slots=True)
class Shift:
    """Offset in metres (east, north) that a map datum adds at a place."""

    datum: Datum
    east_m: float
    north_m: float


def gcj02(lon_lat: np.ndarray) -> np.ndarray:
    """Coordinates (float64, (n, 2), degrees, longitude first) with the GCJ-02 offset added."""
    lon, lat = lon_lat[:, 0], lon_lat[:, 1]
    x, y = lon - 105.0, lat - 35.0
    waves = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + waves * 2 / 3
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + waves * 2 / 3
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    phi = np.radians(lat)
    w2 = 1 - _E2 * np.sin(phi) ** 2
    per_degree_north = np.pi / 180 * _A_M * (1 - _E2) / (w2 * np.sqrt(w2))
    per_degree_east = np.pi / 180 * _A_M / np.sqrt(w2) * np.cos(phi)
    return np.stack([lon + east / per_degree_east, lat + north / per_degree_north], axis=1)


def bd09(lon_lat: np.ndarray) -> np.ndarray:
    """Coordinates (float64, (n, 2), degrees, longitude first) with the BD-09 offset added."""
    x, y = gcj02(lon_lat).T
    step = np.pi * 3000 / 180
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * step)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * step)
    return np.stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006], axis=1)


def shift_at(point: tuple[float, float], epsg: int, datum: Datum) -> Shift:
    """Return the offset of a map datum at a point of the plane `epsg` (easting, northing in metres)."""
    lon_lat = mover(epsg, GEOGRAPHIC)(np.array([point], float))
    moved = mover(GEOGRAPHIC, epsg)((gcj02 if datum == "gcj02" else bd09)(lon_lat))
    east, north = moved[0] - np.asarray(point, float)
    return Shift(datum, float(east), float(north))


def unshifted(geometry: Geometry, epsg: int, datum: Datum) -> Geometry:
    """Return a geometry of the plane with the offset of a map datum taken away, as it is at its middle."""
    shift = _shift_under(geometry, epsg, datum)
    return shapely.transform(geometry, lambda coords: coords - (shift.east_m, shift.north_m))


def _shift_under(geometry: Geometry, epsg: int, datum: Datum) -> Shift:
    """The offset that a shifted geometry carries: taken at where its middle was before."""
    xmin, ymin, xmax, ymax = geometry.bounds
    middle = ((xmin + xmax) / 2, (ymin + ymax) / 2)
    first = shift_at(middle, epsg, datum)
    return shift_at((middle[0] - first.east_m, middle[1] - first.north_m), epsg, datum)


def suspect_shift(geometry: Geometry, reference: Geometry, *, epsg: int, place: str = "") -> Issue | None:
    """Return `suspected_gcj02` or `suspected_bd09` if `geometry` fits the boundaries of `reference` better without it.

    Both lie in the plane `epsg`. The fit with a datum's offset taken away must beat, clearly, the fit as it is and the
    fit under the same distance in every other direction: so a dense reference does not make a suspicion by chance.
    """
    if geometry.is_empty or reference.is_empty:
        return None
    points = _along(geometry)
    tree = _edges_near(points, reference)
    if tree is None:
        return None
    here = float(_misfit(points, tree, np.zeros((1, 2)))[0])
    if here <= _FITS_M:
        return None
    best: tuple[float, Shift] | None = None
    for datum in ("gcj02", "bd09"):
        shift = _shift_under(geometry, epsg, datum)
        left, others = _misfit_of(points, tree, shift)
        size = np.hypot(shift.east_m, shift.north_m)
        clear = left <= _NEAR * size and left <= _BETTER * here and left <= _PEAKED * others
        if clear and (best is None or left < best[0]):
            best = (left, shift)
    return _suspicion(best[1], here=here, left=best[0], place=place) if best else None


def _suspicion(shift: Shift, *, here: float, left: float, place: str) -> Issue:
    bearing = np.degrees(np.arctan2(shift.east_m, shift.north_m)) % 360
    return Issue.of(
        f"suspected_{shift.datum}",
        place,
        offset_m=f"{np.hypot(shift.east_m, shift.north_m):.0f}",
        bearing_deg=f"{bearing:.0f}",
        misfit_m=f"{here:.1f}",
        misfit_without_m=f"{left:.1f}",
    )


def _along(geometry: Geometry) -> np.ndarray:
    """Points (float64, (k, 2)) evenly along the boundary, k at most `_SAMPLES`."""
    lines = shapely.boundary(geometry) if shapely.area(geometry) > 0 else geometry
    parts = shapely.get_parts(lines)
    lengths = shapely.length(parts)
    along = (np.arange(_SAMPLES) + 0.5) / _SAMPLES * lengths.sum()
    ends = np.cumsum(lengths)
    which = np.minimum(np.searchsorted(ends, along), len(parts) - 1)
    return shapely.get_coordinates(shapely.line_interpolate_point(parts[which], along - (ends - lengths)[which]))


def _edges_near(points: np.ndarray, reference: Geometry) -> shapely.STRtree | None:
    """A tree of the reference's single edges within 3 km of the points."""
    parts = shapely.get_parts(reference)
    rings = shapely.get_rings(parts)
    lines = np.concatenate([rings, parts[shapely.get_dimensions(parts) == 1]])
    coords, of = shapely.get_coordinates(lines, return_index=True)
    joined = of[1:] == of[:-1]
    edges = shapely.linestrings(np.stack([coords[:-1][joined], coords[1:][joined]], axis=1))
    low, high = points.min(axis=0) - 3000, points.max(axis=0) + 3000
    boxes = shapely.bounds(edges)
    near = (boxes[:, :2] <= high).all(axis=1) & (boxes[:, 2:] >= low).all(axis=1)
    return shapely.STRtree(edges[near]) if near.any() else None


def _misfit_of(points: np.ndarray, tree: shapely.STRtree, shift: Shift) -> tuple[float, float]:
    """Misfit without the shift, and the best misfit under its distance in directions at least 45° away."""
    size, angle = np.hypot(shift.east_m, shift.north_m), np.arctan2(shift.north_m, shift.east_m)
    turns = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)
    turns = turns[np.minimum(turns, 2 * np.pi - turns) >= np.pi / 4 - 1e-9]
    away = np.stack([np.cos(angle + turns), np.sin(angle + turns)], axis=1) * size
    offsets = np.concatenate([[[shift.east_m, shift.north_m]], away])
    misfits = _misfit(points, tree, -offsets)
    return float(misfits[0]), float(misfits[1:].min())


def _misfit(points: np.ndarray, tree: shapely.STRtree, offsets: np.ndarray) -> np.ndarray:
    """Median distance in metres (float64, (k,)) from the points to the nearest edge, under each offset (k, 2)."""
    moved = (points[None] + offsets[:, None]).reshape(-1, 2)
    (which, _), distance = tree.query_nearest(shapely.points(moved), return_distance=True, all_matches=False)
    ordered = np.empty(len(moved))
    ordered[which] = distance
    return np.median(ordered.reshape(len(offsets), len(points)), axis=1)
