"""The trimmed red line (融合建议): what is left of a site without what must go, without slivers nobody can build on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.spatial.arrangement import FINE_GRID_M, common

# Sharp but real corners keep their point; below about 6 degrees a corner is cut.
_MITRE_LIMIT = 20.0


def opened(kept: Geometry, min_width_m: float, *, grid_m: float = FINE_GRID_M) -> Geometry:
    """Open an area by a width in metres with mitred joins: necks narrower than it go, straight corners stay.

    The result never leaves `kept` by more than the grid.
    """
    if kept.is_empty or min_width_m <= 0:
        return kept
    x, y = kept.bounds[:2]
    # In normal form: GEOS thins a line before it moves it, and what it leaves depends on where the ring begins.
    local = shapely.normalize(shapely.transform(kept, lambda coords: np.subtract(coords, (x, y))))
    half = min_width_m / 2
    core = shapely.buffer(local, -half, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    if core.is_empty:
        return shapely.MultiPolygon()
    wide = shapely.buffer(core, half, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    wide = shapely.transform(wide, lambda coords: np.add(coords, (x, y)))
    return common(_areal(wide), kept, grid_m=grid_m)


def without_small_parts(geometry: Geometry, min_part_m2: float) -> Geometry:
    """Drop polygons below an area in square metres (plane)."""
    parts = shapely.get_parts(geometry)
    return _collect(parts[shapely.area(parts) >= min_part_m2]) if len(parts) else geometry


def suggested(
    kept: Geometry,
    whole: Sequence[Geometry],
    *,
    min_width_m: float,
    min_part_m2: float,
    grid_m: float,
) -> Geometry:
    """Return the suggested outline as a polygon or multipolygon; empty where nothing is left.

    `kept` is what may stay of trimmable parts, `whole` areas of parts that are never trimmed. The outline is on the
    record grid `grid_m`, as the faces are: a coarser one would leave the site or enter what was trimmed.
    """
    trimmed = without_small_parts(opened(_areal(kept), min_width_m, grid_m=grid_m), min_part_m2)
    return _areal(shapely.union_all([trimmed, *whole], grid_size=grid_m)) if whole else _areal(trimmed)


def _areal(geometry: Geometry) -> Geometry:
    """Only the polygons of a geometry."""
    if geometry.geom_type == "Polygon" and not geometry.is_empty:
        return geometry
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return _collect(parts[shapely.get_dimensions(parts) == 2])


def _collect(polygons: np.ndarray) -> Geometry:
    found = polygons[~shapely.is_empty(polygons)]
    return found[0] if len(found) == 1 else shapely.multipolygons(found)
