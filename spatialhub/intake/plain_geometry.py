"""Geometry written as nested lists (GeoJSON, WKT, drawings) → shapely; checked before any library sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.errors import BrokenFile, UnsafeFile
from spatialhub.messages import Words

_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def geometry_of(value: Any, place: str, *, inside: bool = False) -> Geometry | None:
    """Return the shapely geometry of a GeoJSON geometry object; None for null.

    Raises
    ------
    BrokenFile
        A type, ring or position is not what RFC 7946 says; the place names geometry and ring.
    UnsafeFile
        Collections within collections.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise BrokenFile(place, reason=Words.of("broken_geometry", found=type(value).__name__))
    kind = value.get("type")
    if kind == "GeometryCollection":
        if inside:
            raise UnsafeFile(place, reason=Words.of("unsafe_deep"))
        members = value.get("geometries")
        if not isinstance(members, list):
            raise BrokenFile(place, reason=Words.of("broken_geometry", found="geometries"))
        parts = [geometry_of(one, f"{place}/{i}", inside=True) for i, one in enumerate(members, start=1)]
        return shapely.GeometryCollection([part for part in parts if part is not None])
    if not isinstance(kind, str) or kind not in _DEPTH:
        raise BrokenFile(place, reason=Words.of("broken_geometry", found=str(kind)[:40]))
    return build(kind, value.get("coordinates"), place)


def build(kind: str, coordinates: Any, place: str) -> Geometry:
    """Build a geometry from nested positions; rings that are not closed are refused, naming the ring."""
    if kind == "Point":
        return shapely.Point(_positions([coordinates], place)[0]) if coordinates else shapely.Point()
    if kind == "MultiPoint":
        return shapely.MultiPoint(_positions(coordinates, place)) if coordinates else shapely.MultiPoint()
    if kind == "LineString":
        return _line(coordinates, place)
    if kind == "MultiLineString":
        return shapely.MultiLineString(_some([_line(one, f"{place}/{i}") for i, one in _numbered(coordinates, place)]))
    if kind == "Polygon":
        return _polygon(coordinates, place)
    return shapely.MultiPolygon(_some([_polygon(one, f"{place}/{i}") for i, one in _numbered(coordinates, place)]))


def _some(parts: list) -> list:
    """Parts but the empty ones, which no collection may hold."""
    return [one for one in parts if not one.is_empty]


def _numbered(items: Any, place: str) -> list[tuple[int, Any]]:
    if not isinstance(items, (list, tuple)):
        raise BrokenFile(place, reason=Words.of("broken_geometry", found="coordinates"))
    return list(enumerate(items, start=1))


def _polygon(rings: Any, place: str) -> shapely.Polygon:
    if rings == [[]]:  # how some writers spell an empty polygon
        return shapely.Polygon()
    made = [_ring(one, f"{place} ring {i}") for i, one in _numbered(rings, place)]
    return shapely.Polygon(made[0], made[1:]) if made else shapely.Polygon()


def _ring(positions: Any, place: str) -> np.ndarray:
    coords = _positions(positions, place)
    if len(coords) < 4:
        raise BrokenFile(place, reason=Words.of("broken_ring_short", count=len(coords)))
    if not (coords[0] == coords[-1]).all():
        raise BrokenFile(place, reason=Words.of("broken_ring_open"))
    return coords


def _line(positions: Any, place: str) -> shapely.LineString:
    coords = _positions(positions, place)
    if len(coords) == 1:
        raise BrokenFile(place, reason=Words.of("broken_ring_short", count=1))
    return shapely.LineString(coords) if len(coords) else shapely.LineString()


def _positions(positions: Any, place: str) -> np.ndarray:
    """Positions as float64 (n, 2 or 3): numbers only, all of one length, finite."""
    if not isinstance(positions, (list, tuple)):
        raise BrokenFile(place, reason=Words.of("broken_geometry", found="coordinates"))
    if not positions:
        return np.zeros((0, 2))
    for index, one in enumerate(positions, start=1):
        if not _is_position(one):
            raise BrokenFile(f"{place} point {index}", reason=Words.of("broken_position", text=repr(one)[:60]))
    width = min(3, min(len(one) for one in positions))
    try:
        coords = np.array([one[:width] for one in positions], float)
    except OverflowError:
        raise BrokenFile(place, reason=Words.of("broken_position", text="…")) from None
    if not np.isfinite(coords).all():
        raise UnsafeFile(place, reason=Words.of("unsafe_not_finite", text="1e999"))
    return coords


def _is_position(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and 2 <= len(value) <= 4
        and all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in value)
    )


def as_array(geometries: Sequence[Geometry | None]) -> np.ndarray:
    """Geometries as an object array (n,), None kept."""
    array = np.empty(len(geometries), object)
    array[:] = geometries
    return array
