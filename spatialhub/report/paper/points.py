"""Boundary points (界址点) of a site as a table: X north, Y east, rings clockwise from their north-west corner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import shapely
from shapely import LinearRing
from shapely.geometry import shape

Row = dict[str, object]


def point_rows(geometry: Mapping) -> list[Row]:
    """Points of a GeoJSON polygon or multipolygon of the plane: number, ring, X (north), Y (east), length of the side
    to the next point; metres to the millimetre, sides as between the points before they are rounded.

    Outer rings run clockwise from the point nearest their north-west corner, holes the other way; numbers run through.
    """
    rows: list[Row] = []
    for number, ring in enumerate(_rings(geometry), 1):
        points = shapely.get_coordinates(ring)[:-1]
        sides = np.hypot(*(np.roll(points, -1, axis=0) - points).T)
        for (east, north), side in zip(points.tolist(), sides.tolist(), strict=True):
            rows.append(
                {
                    "number": f"J{len(rows) + 1}",
                    "ring": number,
                    "x": f"{north:.3f}",
                    "y": f"{east:.3f}",
                    "side": f"{side:.3f}",
                }
            )
    return rows


def _rings(geometry: Mapping) -> Iterator[LinearRing]:
    for part in shapely.get_parts(shape(geometry)):
        yield _from_north_west(part.exterior, clockwise=True)
        for hole in part.interiors:
            yield _from_north_west(hole, clockwise=False)


def _from_north_west(ring: LinearRing, *, clockwise: bool) -> LinearRing:
    points = shapely.get_coordinates(ring)[:-1]
    if shapely.is_ccw(ring) == clockwise:
        points = points[::-1]
    west, _, _, north = ring.bounds
    start = int(np.argmin(np.hypot(points[:, 0] - west, points[:, 1] - north)))
    return LinearRing(np.roll(points, -start, axis=0))
