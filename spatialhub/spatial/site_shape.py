"""A geometry as the kernels see it: closed rings on whole units of 1e-5 m ("u5"), shells counterclockwise."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.spatial._kernels import SiteShape
from spatialhub.spatial.snapshot_format import U5_PER_METRE


def u5_rings(geometry: Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Points int64 (m, 2) in u5 from the plane's zero, and where rings begin and the last ends, int64 (r + 1,).

    `geometry` is a polygon, a multipolygon or a collection of them; shells come out counterclockwise, holes clockwise.
    """
    rings = shapely.get_rings(shapely.orient_polygons(_polygons(geometry)))
    starts = np.zeros(len(rings) + 1, np.int64)
    np.cumsum(shapely.get_num_coordinates(rings), out=starts[1:])
    return np.rint(shapely.get_coordinates(rings) * U5_PER_METRE).astype(np.int64), starts


def shape_of(geometry: Geometry, *, fewest_cells: int = 64) -> SiteShape:
    """Build the shape that boxes are tested against, on a raster of so many cells or more."""
    return SiteShape(*u5_rings(geometry), fewest_cells)


def is_areal(geometry: Geometry) -> bool:
    """Whether a geometry is made of polygons alone."""
    return bool((shapely.get_type_id(shapely.get_parts(shapely.get_parts(geometry))) == 3).all())


def _polygons(geometry: Geometry) -> np.ndarray:
    return shapely.get_parts(shapely.get_parts(geometry))
