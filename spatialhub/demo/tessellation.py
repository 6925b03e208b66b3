"""Cutting polygons into parcels, and welding parcels into an exact tessellation. Pure numpy and shapely, O(n log n).

`split` cuts many polygons at once, generation by generation. `weld` puts all vertices on the millimetre and inserts
every vertex that lies on a neighbour's edge into that edge: afterwards neighbours share their vertices exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree

_MM = 1_000
_SAME_POINT_MM = 4.0  # not below the next: a vertex beside an end of an edge is that end
_ON_EDGE_MM = 4.0
_SHORT_EDGE_MM = 12.0


def split(geometries: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Cut polygon i into about `counts[i]` pieces across its longer side, again and again.

    Returns the pieces (m,) and for each the index of the polygon it came from, ordered by that index.
    """
    owner = np.arange(len(geometries))
    done: list[tuple[np.ndarray, np.ndarray]] = []
    while len(geometries):
        whole = counts <= 1
        done.append((geometries[whole], owner[whole]))
        geometries, counts, owner = _halve(geometries[~whole], counts[~whole], owner[~whole], rng)
    pieces, owners = (np.concatenate(column) for column in zip(*done, strict=True))
    order = np.argsort(owners, kind="stable")
    return pieces[order], owners[order]


def _halve(geometries, counts, owner, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut each polygon in two halves that take their share of its count; halves in several parts are taken apart."""
    if not len(geometries):
        return geometries, counts, owner
    left = counts // 2
    first, second = _half_planes(geometries, left / counts + rng.uniform(-0.06, 0.06, len(counts)))
    halves = shapely.intersection(np.concatenate([geometries, geometries]), np.concatenate([first, second]))
    parts, half_of = shapely.get_parts(halves, return_index=True)
    areal = shapely.get_dimensions(parts) == 2
    parts, half_of = parts[areal], half_of[areal]
    share = shapely.area(parts) / shapely.area(halves)[half_of]
    wanted = np.concatenate([left, counts - left])[half_of]
    return parts, np.maximum(1, np.round(wanted * share)).astype(int), np.concatenate([owner, owner])[half_of]


def _half_planes(geometries: np.ndarray, fraction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rectangles (k,) on either side of a cut across the longer side of each polygon's oriented box."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(geometries)).reshape(-1, 5, 2)
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    along = np.where((np.hypot(*one.T) >= np.hypot(*other.T))[:, None], one, other)
    length = np.hypot(*along.T)[:, None]
    along /= length
    across = np.column_stack([-along[:, 1], along[:, 0]])
    reach = 2 * (np.hypot(*one.T) + np.hypot(*other.T))[:, None]
    middle = corners[:, :4].mean(axis=1) + along * length * (np.clip(fraction, 0.2, 0.8)[:, None] - 0.5)
    start, end = middle - across * reach, middle + across * reach
    behind = np.stack([start, end, end - along * reach, start - along * reach, start], axis=1)
    ahead = np.stack([start, end, end + along * reach, start + along * reach, start], axis=1)
    return shapely.polygons(behind), shapely.polygons(ahead)


@dataclass(frozen=True, slots=True)
class _Rings:
    """Rings as vertex numbers: `vertex` (v,) without closing repetition, `ring` (v,) ascending, `polygon` (r,)."""

    points_mm: np.ndarray
    vertex: np.ndarray
    ring: np.ndarray
    polygon: np.ndarray


def weld(polygons: np.ndarray) -> np.ndarray:
    """Return the polygons (n,) on the millimetre with shared vertices identical; each keeps its place in the array.

    They must tile: neighbours may differ by rounding (below 2 mm), not more. A polygon that vanishes becomes empty.
    """
    rings = _read_rings(polygons)
    start, end = rings.vertex, rings.vertex[_next_in_ring(rings.ring)]
    vertex, ring = _contract(rings.points_mm, *_insert_on_edges(rings, start, end))
    return _build(rings.points_mm, vertex, ring, rings.polygon, len(polygons))


def _read_rings(polygons: np.ndarray) -> _Rings:
    lines, polygon = shapely.get_rings(polygons, return_index=True)
    coords, ring = shapely.get_coordinates(lines, return_index=True)
    mm = np.round(coords * _MM).astype(np.int64)
    points, vertex = np.unique(mm, axis=0, return_inverse=True)
    vertex = _join_close(points)[vertex.reshape(-1)]
    closing = np.append(ring[1:] != ring[:-1], True)
    vertex, ring = vertex[~closing], ring[~closing]
    return _Rings(points, *_without_repeats(vertex, ring), polygon)


def _without_repeats(vertex: np.ndarray, ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    repeated = vertex == vertex[_next_in_ring(ring)]
    return vertex[~repeated], ring[~repeated]


def _contract(points_mm: np.ndarray, vertex: np.ndarray, ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shrink very short edges to a point; neighbours share their vertices by now, so all of them follow."""
    following = vertex[_next_in_ring(ring)]
    short = np.hypot(*(points_mm[vertex] - points_mm[following]).T) < _SHORT_EDGE_MM
    leader = _leaders(zip(vertex[short], following[short], strict=True), len(points_mm))
    return _without_repeats(leader[vertex], ring)


def _join_close(points_mm: np.ndarray) -> np.ndarray:
    """For each point the number of the point it is one with: rounding may have parted a shared vertex."""
    tree = STRtree(shapely.points(points_mm))
    one, other = tree.query(shapely.points(points_mm), predicate="dwithin", distance=_SAME_POINT_MM)
    return _leaders(zip(one, other, strict=True), len(points_mm))


def _leaders(pairs: Iterable[tuple[int, int]], count: int) -> np.ndarray:
    """For each of `count` points the one that stands for it, where `pairs` (few) are to become one."""
    leader = np.arange(count)
    for low, high in sorted({(min(a, b), max(a, b)) for a, b in pairs if a != b}):
        leader[high] = leader[low]
    return leader


def _next_in_ring(ring: np.ndarray) -> np.ndarray:
    """Index of the next vertex in each vertex's ring."""
    following = np.arange(1, len(ring) + 1)
    first = np.flatnonzero(np.append(True, ring[1:] != ring[:-1]))
    last = np.append(first[1:], len(ring)) - 1
    following[last] = first
    return following


def _insert_on_edges(rings: _Rings, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Insert into every directed edge the vertices that lie on it; returns vertices and rings of the longer rings."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    pairs, edge = np.unique(np.column_stack([low, high]), axis=0, return_inverse=True)
    on_edge, inserted, place = _vertices_on(pairs, rings)
    per_edge = np.bincount(on_edge, minlength=len(pairs))
    offset = np.concatenate([[0], np.cumsum(per_edge)])
    edge = edge.reshape(-1)
    extra = per_edge[edge]
    occurrence = np.repeat(np.arange(len(start)), extra)
    rank = np.arange(extra.sum()) - np.repeat(np.cumsum(extra) - extra, extra)
    backward = (start > end)[occurrence]
    rank = np.where(backward, extra[occurrence] - 1 - rank, rank)
    source = offset[edge[occurrence]] + rank
    where = np.concatenate([np.arange(len(start)), occurrence]).astype(float)
    within = np.where(backward, 1 - place[source], place[source])
    where[len(start) :] += within
    order = np.argsort(where, kind="stable")
    vertex = np.concatenate([start, inserted[source]])[order]
    return vertex, np.concatenate([rings.ring, rings.ring[occurrence]])[order]


def _vertices_on(pairs: np.ndarray, rings: _Rings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices on edges that are not their ends: edge, vertex and place (0-1) along it, ordered by edge and place."""
    points = rings.points_mm.astype(float)
    used = np.unique(rings.vertex)
    tree = STRtree(shapely.linestrings(points[pairs]))
    which, edge = tree.query(shapely.points(points[used]), predicate="dwithin", distance=_ON_EDGE_MM)
    vertex = used[which]
    inner = (vertex != pairs[edge, 0]) & (vertex != pairs[edge, 1])
    edge, vertex = edge[inner], vertex[inner]
    a, b = points[pairs[edge, 0]], points[pairs[edge, 1]]
    place = ((points[vertex] - a) * (b - a)).sum(axis=1) / ((b - a) ** 2).sum(axis=1)
    order = np.lexsort([place, edge])
    return edge[order], vertex[order], np.clip(place[order], 1e-9, 1 - 1e-9)


def _build(points_mm: np.ndarray, vertex: np.ndarray, ring: np.ndarray, polygon: np.ndarray, count: int) -> np.ndarray:
    """Polygons (count,) from vertex numbers; rings of fewer than three vertices vanish."""
    size = np.bincount(ring, minlength=len(polygon))
    keep = size >= 3
    vertex, size = vertex[keep[ring]], size[keep]
    ends = np.cumsum(size)
    closed = np.insert(vertex, ends, vertex[ends - size])
    ring_offsets = np.concatenate([[0], np.cumsum(size + 1)])
    rings_of = np.bincount(polygon[keep], minlength=count)
    offsets = (ring_offsets, np.concatenate([[0], np.cumsum(rings_of)]))
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, points_mm[closed] / _MM, offsets)
