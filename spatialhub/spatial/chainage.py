"""Chainage along a corridor: its axis from the medial axis of its outline, ranges of areas along it.

For per-crossing tables of linear parts, which are never trimmed through. Chainage is good to about half the width. A
long ribbon is folded along its middle instead: a skeleton of it would take seconds.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

import numpy as np
import shapely
from shapely import Geometry, LineString

_MOST_POINTS = 8_000
_RIBBON_POINTS = 2_000
_FOLDS, _FOLD_POINTS = 2_000, 64
_STEPS_A_WIDTH = 2
_EVEN = 0.5  # how much wider or narrower than on average a ribbon may be


def axis(corridor: Geometry) -> LineString:
    """Return the axis of a corridor (its longest polygon), from its western (then southern) end, in the plane.

    The longest path through the Voronoi skeleton of the densified outline, straightened by a quarter of the width.
    """
    polygons = shapely.get_parts(corridor)
    polygon = polygons[int(np.argmax(shapely.length(polygons)))]
    x, y = polygon.bounds[:2]
    local = shapely.transform(polygon, lambda coords: np.subtract(coords, (x, y)))
    width_m = 2 * local.area / local.length
    points = local.length / (width_m / 2)
    folded = _folded(local, width_m, even=points <= _MOST_POINTS) if points > _RIBBON_POINTS else None
    if folded is not None:
        return _from_west(_moved(folded, x, y))
    step = width_m / 2
    outline = shapely.segmentize(shapely.boundary(local), step)
    points = shapely.MultiPoint(shapely.get_coordinates(outline))
    edges = shapely.get_parts(shapely.voronoi_polygons(points, only_edges=True))
    lines = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(list(edges)))) if len(edges) else edges
    segments = _segments(lines)
    shapely.prepare(local)
    segments = segments[shapely.contains(local, shapely.linestrings(segments))]
    path = _longest_path(segments)
    if len(path) < 2:
        return _long_side(polygon)
    line = shapely.simplify(LineString(path), width_m / 4)
    return _from_west(_moved(line, x, y))


def _moved(line: LineString, x: float, y: float) -> LineString:
    return shapely.transform(line, lambda coords: np.add(coords, (x, y)))


def _from_west(line: LineString) -> LineString:
    return line if tuple(line.coords[0]) <= tuple(line.coords[-1]) else shapely.reverse(line)


class _Ring:
    """A polygon's outline by distance along it."""

    def __init__(self, polygon: Geometry) -> None:
        self.coords = shapely.get_coordinates(shapely.get_exterior_ring(polygon))
        self.edges_m = np.hypot(*np.diff(self.coords, axis=0).T)
        self.at_m = np.concatenate([[0.0], np.cumsum(self.edges_m)])

    @property
    def length_m(self) -> float:
        """All around."""
        return float(self.at_m[-1])

    def points(self, along_m: np.ndarray) -> np.ndarray:
        """Points (n, 2) at distances (n,) along the ring, again and again around."""
        along_m = np.mod(along_m, self.length_m)
        return np.stack([np.interp(along_m, self.at_m, self.coords[:, axis]) for axis in (0, 1)], axis=-1)


def _folded(corridor: Geometry, width_m: float, *, even: bool) -> LineString | None:
    """Axis of a ribbon: its outline folded at one end, so that both sides meet best; then, from step to step along one
    side, the middle between it and the nearest point of the other.

    With `even`, None where it is no ribbon: with holes, or its width far from what it is on average.
    """
    if even and shapely.get_num_interior_rings(corridor):
        return None
    ring = _Ring(corridor)
    half_m = ring.length_m / 2
    ends = _possible_ends(ring, width_m)
    along = np.linspace(0, half_m, _FOLD_POINTS)
    apart = ring.points(ends[:, None] + along) - ring.points(ends[:, None] - along)
    end_m = ends[int(np.argmin(np.hypot(apart[..., 0], apart[..., 1]).mean(axis=1)))]
    steps = int(np.clip(_STEPS_A_WIDTH * half_m / width_m, 200, 20_000))
    along = np.linspace(0, half_m, steps)
    left, right = ring.points(end_m + along), ring.points(end_m - np.linspace(0, half_m, 4 * steps))
    nearest = right[shapely.STRtree(shapely.points(right)).nearest(shapely.points(left))]
    across_m = np.hypot(*(left - nearest).T)
    if even and np.quantile(np.abs(across_m / width_m - 1), 0.9) > _EVEN:
        return None
    return shapely.simplify(LineString((left + nearest) / 2), width_m / 4)


def _possible_ends(ring: _Ring, width_m: float) -> np.ndarray:
    """Distances along the ring at which it may turn back: middles of edges about as long as the corridor is wide."""
    middles = ring.at_m[1:] - ring.edges_m / 2
    short = middles[ring.edges_m <= 2 * width_m]
    found = short if len(short) else np.linspace(0, ring.length_m, _FOLDS, endpoint=False)
    return found[:: -(-len(found) // _FOLDS)]


def ranges_m(line: LineString, areas: Geometry) -> list[tuple[float, float]]:
    """Chainage from-to in metres of each polygon of `areas`, ascending."""
    return sorted(ranges_of_each_m(line, shapely.get_parts(areas)))


def ranges_of_each_m(line: LineString, polygons: np.ndarray) -> list[tuple[float, float]]:
    """Chainage from-to in metres of every polygon (n,), none of them empty, in their order."""
    coords, polygon = shapely.get_coordinates(polygons, return_index=True)
    along = shapely.line_locate_point(line, shapely.points(coords))
    first = np.searchsorted(polygon, np.arange(len(polygons)))
    low, high = np.minimum.reduceat(along, first), np.maximum.reduceat(along, first)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _segments(lines: np.ndarray) -> np.ndarray:
    coords, line = shapely.get_coordinates(lines, return_index=True)
    coords = np.round(coords, 4)
    joined = line[1:] == line[:-1]
    return np.stack([coords[:-1][joined], coords[1:][joined]], axis=1)


def _longest_path(segments: np.ndarray) -> list[tuple[float, float]]:
    """The longest shortest path of the skeleton: twice to the farthest node."""
    graph: dict[tuple[float, float], list[tuple[tuple[float, float], float]]] = defaultdict(list)
    for (ax, ay), (bx, by) in segments.tolist():
        length = float(np.hypot(bx - ax, by - ay))
        graph[(ax, ay)].append(((bx, by), length))
        graph[(bx, by)].append(((ax, ay), length))
    if not graph:
        return []
    start, _ = _farthest(graph, min(graph))
    end, before = _farthest(graph, start)
    path = [end]
    while path[-1] in before:
        path.append(before[path[-1]])
    return path


def _farthest(graph, start):
    distance, before = {start: 0.0}, {}
    queue = [(0.0, start)]
    while queue:
        reached, node = heapq.heappop(queue)
        if reached > distance[node]:
            continue
        for other, length in graph[node]:
            if reached + length < distance.get(other, np.inf):
                distance[other], before[other] = reached + length, node
                heapq.heappush(queue, (reached + length, other))
    return max(distance, key=lambda node: (distance[node], node)), before


def _long_side(polygon: Geometry) -> LineString:
    """Middle line of the smallest rectangle around a polygon without a usable skeleton."""
    corners = np.array(shapely.oriented_envelope(polygon).exterior.coords)[:4]
    if np.hypot(*(corners[1] - corners[0])) > np.hypot(*(corners[2] - corners[1])):
        corners = np.roll(corners, -1, axis=0)
    ends = [tuple((corners[0] + corners[1]) / 2), tuple((corners[2] + corners[3]) / 2)]
    return LineString(sorted(ends))
