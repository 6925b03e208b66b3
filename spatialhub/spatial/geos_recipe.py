"""One arrangement of all boundaries inside a site: disjoint faces, their covers, areas as integers (check.md §4).

This is the plain implementation on GEOS. Coordinates are put on the record grid as integers; an edge that the same
feature runs along in both directions (a seam between its parts) cancels; the edges that are left are sorted, noded by
snap rounding on the integer grid, and polygonised; a point of each face tells which polygons cover it. Sorting makes
the answer independent of the order of features, parts and vertices. It is the fallback and oracle of a faster one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from spatialhub.errors import TooComplex
from spatialhub.spatial._kernels import FaceTable
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.model import Areal
from spatialhub.spatial.planar import UNITS_PER_M2, Arrangement, Frame, grid_for

ENGINE = f"geos-arrangement/1 (GEOS {shapely.geos_version_string}, shapely {shapely.__version__})"


@dataclass(frozen=True)
class _Faces:
    """Faces as polygons in the plane (n,): they tile, so that their union is a union of a coverage."""

    polygons: np.ndarray

    def outlines(self, group: np.ndarray, count: int) -> np.ndarray:
        found = np.full(count, shapely.Polygon(), dtype=object)
        order = np.argsort(group, kind="stable")
        starts = np.searchsorted(group[order], np.arange(count + 1))
        for number, (begin, stop) in enumerate(pairwise(starts.tolist())):
            if stop - begin == 1:
                found[number] = self.polygons[order[begin]]
            elif stop > begin:
                found[number] = shapely.coverage_union_all(self.polygons[order[begin:stop]])
        return found


def arrange(
    site: Sequence[Areal], geometries: np.ndarray, labels: np.ndarray, *, epsg: int, grid_m: float | None = None
) -> Arrangement:
    """See `arrangement.arrange`.

    Raises
    ------
    TooComplex
        No face is left on the grid, or GEOS gives up.
    """
    parts = np.asarray([*site], dtype=object)
    everything = np.concatenate([parts, np.asarray(geometries, dtype=object)])
    label = np.concatenate([np.arange(len(parts)), np.asarray(labels, np.int64)])
    bounds = tuple(shapely.total_bounds(parts))
    frame = Frame.around(bounds, grid_m or grid_for(bounds))
    gridded = shapely.transform(everything, frame.to_units)
    faces = _polygonise(_edges(gridded, label, frame.window))
    if not len(faces):
        raise TooComplex("arrangement", reason="no face on the grid")
    cover_face, cover_label = _covers(faces, gridded, label)
    inside = np.zeros(len(faces), bool)
    inside[cover_face[cover_label < len(parts)]] = True
    return _finish(frame, faces, inside, cover_face, cover_label, epsg)


def _edges(gridded: np.ndarray, label: np.ndarray, window: tuple[float, float, float, float]) -> np.ndarray:
    """Undirected edges (n, 4) near the window, sorted and unique, without those that cancel within their label."""
    polygons, owner = shapely.get_parts(gridded, return_index=True)
    rings, polygon_of = shapely.get_rings(polygons, return_index=True)
    shell = np.concatenate([[True], polygon_of[1:] != polygon_of[:-1]])[: len(rings)]
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    start, end, ring = coords[:-1][joined], coords[1:][joined], ring[1:][joined]
    turn = np.where(shapely.is_ccw(rings) == shell, 1, -1)
    near = _near(start, end, window) & (start != end).any(axis=1)
    start, end, ring = start[near], end[near], ring[near]
    forward = (start[:, 0] < end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] < end[:, 1]))
    sign = np.where(forward, 1, -1) * turn[ring]
    low, high = _ordered(start, end)
    rows = np.column_stack([low, high, label[owner[polygon_of[ring]]]])
    unique, index = _unique_rows(rows)
    winding = np.bincount(index, weights=sign, minlength=len(unique))
    return _unique_rows(unique[winding != 0][:, :4])[0]


def _near(start: np.ndarray, end: np.ndarray, window: tuple[float, float, float, float]) -> np.ndarray:
    low, high = np.minimum(start, end), np.maximum(start, end)
    xmin, ymin, xmax, ymax = window
    return (low[:, 0] <= xmax + 1) & (high[:, 0] >= xmin - 1) & (low[:, 1] <= ymax + 1) & (high[:, 1] >= ymin - 1)


def _ordered(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    return np.where(swap[:, None], end, start), np.where(swap[:, None], start, end)


def _unique_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sorted unique rows and, for each input row, the number of its unique row."""
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    new = np.ones(len(rows), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    index = np.empty(len(rows), np.int64)
    index[order] = np.cumsum(new) - 1
    return ordered[new], index


def _polygonise(edges: np.ndarray) -> np.ndarray:
    """Faces (n,) bounded by edges (m, 4), in grid units, normalised and in canonical order."""
    lines = shapely.linestrings(edges.reshape(-1, 2, 2))
    try:
        merged = shapely.line_merge(shapely.multilinestrings(lines))
        noded = shapely.union_all(shapely.get_parts(merged), grid_size=1.0)
        faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    except shapely.errors.GEOSException as error:
        raise TooComplex("arrangement", reason=str(error)) from error
    faces = shapely.normalize(faces)
    first = shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(faces), 0))
    return faces[np.lexsort((shapely.area(faces), first[:, 1], first[:, 0]))] if len(faces) else faces


def _covers(faces: np.ndarray, gridded: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (face, label), sorted and unique: a point inside the face lies inside a polygon of the label."""
    points = shapely.get_coordinates(shapely.point_on_surface(faces))
    polygons, owner = shapely.get_parts(gridded, return_index=True)
    solid = shapely.area(polygons) > 0  # one that collapsed on the grid has lost its edges, but not its boundary
    polygons, owner = polygons[solid], owner[solid]
    point_of, polygon_of = shapely.STRtree(polygons).query(shapely.points(points))
    order = np.argsort(polygon_of, kind="stable")
    point_of, polygon_of = point_of[order], polygon_of[order]
    inside = np.zeros(len(point_of), bool)
    starts = np.flatnonzero(np.diff(polygon_of, prepend=-1))
    for begin, stop in pairwise([*starts.tolist(), len(polygon_of)]):
        polygon = polygons[polygon_of[begin]]
        shapely.prepare(polygon)
        # A point on the boundary lies on a seam of the label that cancelled: no other edge runs inside a face.
        inside[begin:stop] = shapely.intersects_xy(polygon, points[point_of[begin:stop]])
        shapely.destroy_prepared(polygon)
    pairs = np.column_stack([point_of[inside], label[owner[polygon_of[inside]]]])
    pairs = np.unique(pairs, axis=0) if len(pairs) else pairs.reshape(0, 2)
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)


def _finish(
    frame: Frame, faces: np.ndarray, inside: np.ndarray, cover_face: np.ndarray, cover_label: np.ndarray, epsg: int
) -> Arrangement:
    if not inside.any():
        raise TooComplex("arrangement", reason="no face on the grid")
    renumber = np.cumsum(inside) - 1
    kept = inside[cover_face]
    metres = shapely.transform(faces[inside], frame.to_metres)
    plane_m2 = shapely.area(faces[inside]) * frame.grid_m**2
    table = FaceTable(
        area_u=np.rint(areas_m2(metres, epsg) * UNITS_PER_M2).astype(np.int64),
        area_plane_u=np.rint(plane_m2 * UNITS_PER_M2).astype(np.int64),
        perimeter_m=shapely.length(faces[inside]) * frame.grid_m,
        cover_face=renumber[cover_face[kept]],
        cover_label=cover_label[kept],
        neighbours=_neighbours(metres),
    )
    return Arrangement(frame, table, _Faces(metres), ENGINE)


def _neighbours(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of faces that share an edge and the shared length in metres."""
    coords, face = shapely.get_coordinates(faces, return_index=True)
    ring = _ring_numbers(faces)
    joined = (face[1:] == face[:-1]) & (ring[1:] == ring[:-1])
    start, end, owner = coords[:-1][joined], coords[1:][joined], face[1:][joined]
    low, high = _ordered(start, end)
    order = np.lexsort((owner, high[:, 1], high[:, 0], low[:, 1], low[:, 0]))
    low, high, owner = low[order], high[order], owner[order]
    twin = (low[1:] == low[:-1]).all(axis=1) & (high[1:] == high[:-1]).all(axis=1) & (owner[1:] != owner[:-1])
    length = np.hypot(*(high - low)[1:][twin].T)
    pairs = np.stack([owner[:-1][twin], owner[1:][twin]], axis=1)
    unique, index = np.unique(pairs, axis=0, return_inverse=True)
    return unique[:, 0], unique[:, 1], np.bincount(index.reshape(-1), weights=length, minlength=len(unique))


def _ring_numbers(polygons: np.ndarray) -> np.ndarray:
    """For every coordinate of polygons, in the order of `get_coordinates`, the number of its ring."""
    rings = shapely.get_rings(polygons)
    return np.repeat(np.arange(len(rings)), shapely.get_num_coordinates(rings))
