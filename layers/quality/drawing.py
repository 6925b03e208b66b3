"""Outlines for the page's map: each spot with the features concerned and those around it, from an origin of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from shapely import Geometry

from layers.quality.report import Listed, shapes_of
from spatialhub.spatial.snapshot import Snapshot

_AT_ONCE = 100
_LEAST_REACH_M, _MOST_AROUND, _MOST_VERTICES = 25.0, 40, 4_000


def coverage_path(coverage: Geometry) -> str:
    """The coverage as an SVG path from its lower left corner, to a two-thousandth of its extent."""
    if coverage.is_empty:
        return ""
    west, south, east, north = coverage.bounds
    thinned = coverage.simplify(max(east - west, north - south) / 2000)
    return _path(thinned, west, south, digits=1)


def drawn(snapshot: Snapshot, shown: Sequence[Listed]) -> Iterator[dict[str, object]]:
    """For each finding its place, half its extent and how far its drawing reaches (metres), and SVG paths."""
    for start in range(0, len(shown), _AT_ONCE):
        some = shown[start : start + _AT_ONCE]
        for one, shape in zip(some, shapes_of(snapshot, [one.finding for one in some]), strict=True):
            yield _spot(snapshot, one, shape)


def _spot(snapshot: Snapshot, one: Listed, shape: Geometry) -> dict[str, object]:
    west, south, east, north = shape.bounds
    x, y = round(one.easting_m, 2), round(one.northing_m, 2)
    half = max(x - west, east - x, y - south, north - y)
    # enough around it to be recognised, not the whole feature of a giant
    reach = max(_LEAST_REACH_M, 2 * half)
    window = (x - reach, y - reach, x + reach, y + reach)
    near = snapshot.scan(window)
    mine = [row for row in one.finding.rows if row in set(near.tolist())][:12]
    others = np.setdiff1d(near, mine)[:_MOST_AROUND]
    return {
        "x": x,
        "y": y,
        "half": round(max(half, 3.0) if one.unit != "m" else max(half, 20.0), 3),
        "reach": round(reach, 1),
        "point": shape.geom_type == "Point",
        "shape": _path(_thin(shape), x, y) if shape.geom_type != "Point" else "",
        "involved": _clipped(snapshot, np.array(mine, np.int64), window, x, y),
        "around": _clipped(snapshot, others, window, x, y),
    }


def _clipped(
    snapshot: Snapshot, rows: np.ndarray, window: tuple[float, float, float, float], x: float, y: float
) -> str:
    if not len(rows):
        return ""
    boundaries = shapely.clip_by_rect(shapely.boundary(snapshot.features(rows)), *window)
    return "".join(_path(_thin(one), x, y) for one in boundaries if not one.is_empty)


def _thin(geometry: Geometry) -> Geometry:
    """The geometry, simplified where it has more vertices than a picture can show."""
    if shapely.get_num_coordinates(geometry) <= _MOST_VERTICES:
        return geometry
    west, south, east, north = geometry.bounds
    return geometry.simplify(max(east - west, north - south) / 2000)


def _path(geometry: Geometry, x: float, y: float, digits: int = 4) -> str:
    """Lines and rings of a geometry as an SVG path, metres from (x, y)."""
    areal = shapely.get_dimensions(geometry) == 2
    lines = shapely.get_rings(shapely.get_parts(geometry)) if areal else shapely.get_parts(geometry)
    found = []
    for line in lines:
        coords = np.round(shapely.get_coordinates(line) - (x, y), digits).tolist()
        if len(coords) > 1:
            found.append("M" + "L".join(f"{a} {b}" for a, b in coords))
            found.append("Z" if areal else "")
    return "".join(found)
