"""The city frame: a site wholly outside is refused; the likely mistake is found by undoing each (check.md §1)."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import Geometry, Polygon

from spatialhub.errors import OutsideFrame
from spatialhub.messages import Words
from spatialhub.spatial.crs import Bringing, mover, plane_zone
from spatialhub.spatial.shift import unshifted


def demand_inside(geometry: Geometry, frame: Geometry, bringing: Bringing, place: str) -> None:
    """Refuse a geometry of the plane that lies wholly outside the city's frame.

    Raises
    ------
    OutsideFrame
        `cause` names the mistake that, undone, brings the geometry into the frame.
    """
    if shapely.intersects(geometry, frame):
        return
    raise OutsideFrame(place, cause=likely_cause(geometry, frame, bringing))


def likely_cause(geometry: Geometry, frame: Geometry, bringing: Bringing) -> Words:
    """Name the mistake behind a geometry outside the frame, by taking back each known one."""
    coords = shapely.get_coordinates(geometry)
    given = _as_given(coords, bringing)
    for cause, source, numbers in _readings(given, bringing.source):
        moved = mover(source, bringing.target)(numbers)
        if np.isfinite(moved).all() and _box_meets(moved, frame):
            return cause
    for datum in ("gcj02", "bd09"):
        if shapely.intersects(unshifted(geometry, bringing.target, datum), frame):
            return Words.of(f"cause_{datum}")
    return Words.of("cause_unknown", distance_km=f"{shapely.distance(geometry, frame) / 1000:.0f}")


def _as_given(coords: np.ndarray, bringing: Bringing) -> np.ndarray:
    """The numbers as they stood in the file, easting or longitude first."""
    if bringing.how == "datum_identity" and bringing.source != 4326:
        return coords
    source = 4490 if bringing.source == 4326 else bringing.source
    return mover(bringing.target, source)(coords)


def _readings(given: np.ndarray, source: int):
    """Other readings of the same numbers: (cause, EPSG, coordinates), the likeliest first."""
    swapped = given[:, ::-1]
    if source in (4490, 4326):
        yield Words.of("cause_swapped"), 4490, swapped
        return
    if not 4491 <= source <= 4554:
        return
    zone = plane_zone(source)
    yield Words.of("cause_swapped"), source, swapped
    for step in (-1, 1, -2, 2):
        other = _neighbour(source, step)
        if other is not None:
            shift = plane_zone(other).false_easting_m - zone.false_easting_m
            yield Words.of("cause_zone", epsg=f"EPSG:{other}"), other, given + np.array([shift, 0.0])
    for width_deg in (3, 6):
        yield from _other_widths(given, source, width_deg)


def _neighbour(source: int, step: int) -> int | None:
    zone = plane_zone(source)
    first = {(6, True): 4491, (6, False): 4502, (3, True): 4513, (3, False): 4534}[zone.width_deg, zone.prefixed]
    last = first + (10 if zone.width_deg == 6 else 20)
    return source + step if first <= source + step <= last else None


def _other_widths(given: np.ndarray, source: int, width_deg: int):
    """The same offsets from a meridian, read as a plane of the other width around it."""
    zone = plane_zone(source)
    if width_deg == zone.width_deg:
        return
    for meridian in range(zone.central_meridian_deg - 6, zone.central_meridian_deg + 7, 3):
        epsg = 4509 + meridian // 3
        if 4534 <= epsg <= 4554:
            numbers = given + np.array([500_000.0 - zone.false_easting_m, 0.0])
            yield Words.of("cause_zone", epsg=f"EPSG:{epsg}"), epsg, numbers


def _box_meets(coords: np.ndarray, frame: Geometry) -> bool:
    box: Polygon = shapely.box(*coords.min(axis=0), *coords.max(axis=0))
    return bool(shapely.intersects(box, frame))
