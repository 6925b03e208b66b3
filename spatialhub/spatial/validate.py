"""Findings about geometry: what is invalid and where, and the repaired polygon with both areas (check.md §2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry, Point, Polygon

from spatialhub.spatial._kernels import surely_valid
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.model import Areal
from spatialhub.spatial.ragged import Ragged


@dataclass(frozen=True, slots=True)
class Repair:
    """What became of an invalid polygon in the plane.

    `geometry` is None where no polygon came out; areas are ellipsoidal m²; `where` lies in the plane (easting first)
    and None where GEOS named no place; `reason` is GEOS's own name of the defect.
    """

    geometry: Areal | None
    reason: str
    where: tuple[float, float] | None
    area_before_m2: float
    area_after_m2: float


def invalid(geometries: np.ndarray) -> np.ndarray:
    """Mask (bool, (n,)) of geometries that are not valid or have a coordinate that is not finite."""
    finite = np.ones(len(geometries), bool)
    coords, owner = shapely.get_coordinates(geometries, return_index=True)
    finite[owner[~np.isfinite(coords).all(axis=1)]] = False
    valid = np.zeros(len(geometries), bool)
    valid[finite] = shapely.is_valid(geometries[finite])
    return ~valid


def invalid_polygons(features: Ragged) -> np.ndarray:
    """Mask (bool, (n,)) of features that GEOS calls invalid; it is asked only where a kernel is not sure."""
    sure = surely_valid(features.coords, features.rings, features.polygons, features.features).astype(bool)
    bad = ~sure
    if bad.any():
        bad[bad] = ~shapely.is_valid(features.take(bad).geometries())
    return bad


def defect(geometry: Geometry) -> tuple[str, tuple[float, float] | None]:
    """Return GEOS's name of what is wrong and where, in the plane."""
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return "Coordinate not finite", None
    text = shapely.is_valid_reason(geometry)
    found = re.fullmatch(r"(.*?)\s*\[(\S+) (\S+)\]", text)
    if not found:
        return text, None
    return found[1], (float(found[2]), float(found[3]))


def repair(geometry: Areal, epsg: int) -> Repair:
    """Repair a polygon of the plane `epsg`: rings are resolved by their structure, what has no area falls away.

    GEOS cannot be interrupted: on foreign geometry call this where a deadline can end the process (`intake.repairs`).
    """
    reason, where = defect(geometry)
    if reason == "Coordinate not finite":
        return Repair(None, reason, where, 0.0, 0.0)
    before = float(areas_m2(np.array([geometry], object), epsg)[0])
    try:
        made = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    except shapely.errors.GEOSException:
        return Repair(None, reason, where, before, 0.0)
    kept = polygons_of(made)
    if kept is None or not kept.is_valid:
        return Repair(None, reason, where, before, 0.0)
    return Repair(kept, reason, where, before, float(areas_m2(np.array([kept], object), epsg)[0]))


def polygons_of(geometry: Geometry) -> Areal | None:
    """Return the areal part of any geometry; None where there is none."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return None if geometry.is_empty else geometry
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in ("Polygon", "MultiPolygon")]
    parts = [single for part in parts for single in shapely.get_parts(part) if not single.is_empty]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def hole_of(geometry: Geometry, margin_m: float = 1.0) -> Polygon | None:
    """Return the box around a geometry that could not be repaired: what nothing can be said about; None without one."""
    coords = shapely.get_coordinates(geometry)
    coords = coords[np.isfinite(coords).all(axis=1)]
    if not len(coords):
        return None
    low, high = coords.min(axis=0) - margin_m, coords.max(axis=0) + margin_m
    return shapely.box(*low, *high)


def overlapping_pairs(geometries: np.ndarray, least_m2: float = 0.01) -> list[tuple[int, int, float, Point]]:
    """Pairs (i < j) of valid polygons that overlap by at least `least_m2`; each with the plane area shared, and a place
    in it."""
    left, right = shapely.STRtree(geometries).query(geometries, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    shared = shapely.intersection(geometries[left], geometries[right])
    areas, places = shapely.area(shared), shapely.point_on_surface(shared)
    order = np.lexsort((right, left))
    return [(int(left[i]), int(right[i]), float(areas[i]), places[i]) for i in order if areas[i] >= least_m2]


def place_of(point: Point | tuple[float, float] | None) -> str:
    """A place in the plane as text, easting first, to the centimetre."""
    if point is None:
        return "—"
    x, y = (point.x, point.y) if isinstance(point, Point) else point
    return f"E {x:.2f}, N {y:.2f}"
