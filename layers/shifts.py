"""The test for coordinates that carry the offset of a map datum, against the reference layer the city file names."""

from __future__ import annotations

from pathlib import Path

import shapely
from shapely import Geometry

from spatialhub.cities.model import City
from spatialhub.spatial.model import Issue
from spatialhub.spatial.shift import suspect_shift
from spatialhub.spatial.snapshot import Snapshot

# The offsets looked for are 0.6 and 1.3 km: boundaries within this room are enough.
ROOM_M = 5_000.0
MOST_FEATURES = 20_000


def shift_issue(city: City, geometry: Geometry, reference: Path | None, *, place: str) -> Issue | None:
    """Return the warning that a geometry of the city's plane lies shifted; None without one or without a reference.

    `reference` is the snapshot of the layer that `city.frame.shift_reference` names.
    """
    if reference is None or geometry.is_empty:
        return None
    snapshot = Snapshot.open(reference)
    xmin, ymin, xmax, ymax = geometry.bounds
    near = snapshot.scan((xmin - ROOM_M, ymin - ROOM_M, xmax + ROOM_M, ymax + ROOM_M))[:MOST_FEATURES]
    if not len(near):
        return None
    boundaries = shapely.multipolygons(shapely.get_parts(snapshot.features(near)))
    return suspect_shift(geometry, boundaries, epsg=city.epsg, place=place)
