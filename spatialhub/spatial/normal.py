"""A site's normal form on the record grid: the same site, however its vertices and rings were ordered, has one hash."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import shapely

from spatialhub.spatial.model import Areal, Site


def site_sha256(site: Site, grid_m: float) -> str:
    """Hash of parts (number, use, traits and geometry in whole grid units); no name of file or site enters."""
    parts = [
        {
            "number": part.number,
            "use": part.use,
            "level": part.level.value,
            "form": part.form.value,
            "manner": part.manner.value,
            "facility": part.facility,
            "rings": grid_rings(part.geometry, grid_m),
        }
        # Named only where it is given: a part without a height keeps the hash it had before heights decided anything.
        | ({} if part.max_height_m is None else {"max_height_m": part.max_height_m})
        for part in sorted(site.parts, key=lambda part: part.number)
    ]
    text = json.dumps({"epsg": site.epsg, "grid_m": grid_m, "parts": parts}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def grid_rings(geometry: Areal, grid_m: float) -> list:
    """Coordinates of the normalised geometry in whole grid units from the plane's zero, ring by ring, none repeated."""
    per_metre = round(1 / grid_m)
    if geometry.geom_type == "Polygon" and not geometry.interiors:
        ring = _one_ring(np.rint(shapely.get_coordinates(geometry) * per_metre).astype(np.int64))
        if ring is not None:
            return [ring]
    return _rings(geometry, per_metre)


def _one_ring(coords: np.ndarray) -> list | None:
    """The normal form of a single ring, clockwise from its least vertex, without asking GEOS; None where GEOS must be
    asked: the least vertex is met twice, or nothing is left."""
    points = _once(coords)[:-1].tolist()
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    if len(points) < 3:
        return None
    least = min(points)
    if points.count(least) > 1:
        return None
    start = points.index(least)
    points = [*points[start:], *points[:start], least]
    return points[::-1] if shapely.is_ccw(shapely.linearrings(np.array(points, np.float64))) else points


def _rings(geometry: Areal, per_metre: int) -> list:
    gridded = shapely.normalize(shapely.transform(geometry, lambda coords: np.rint(coords * per_metre)))
    rings = shapely.get_rings(shapely.get_parts(gridded))
    return [_once(shapely.get_coordinates(ring)).astype(np.int64).tolist() for ring in rings]


def _once(coords: np.ndarray) -> np.ndarray:
    """Coordinates without those that repeat the one before."""
    return coords[np.concatenate([[True], (coords[1:] != coords[:-1]).any(axis=1)])]
