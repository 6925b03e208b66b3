"""Chainage along a corridor: its axis from the medial axis of its outline, ranges of areas along it.

For per-crossing tables of linear parts, which are never trimmed through. Chainage is good to about half the width; a
corridor too thin for a skeleton (over 2,000 times as long as wide) is folded along its middle instead.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

import numpy as np
import shapely
from shapely import Geometry, LineString

_MOST_POINTS = 8_000
_FOLDS, _FOLD_POINTS = 2_000, 64


def axis(corridor: Geometry) -> LineString:
    """Return the axis of a corridor (its longest polygon), from its western (then southern) end, in the plane.

    The longest path through the Voronoi skeleton of the densified outline, straightened by a quarter of the width.
    """
    polygons = shapely.get_parts(corridor)
    polygon = polygons[int(np.argmax(shapely.length(polygons)))]
    x, y = polygon.bounds[:2]
    local = shapely.transform(polygon, lambda coords: np.subtract(coords, (x, y)))
    width_m = 2 * local.area / local.length
    if local.length / (width_m / 2) > _MOST_POINTS:
        return _from_west(_moved(_folded(local, width_m), x, y))
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


def _folded(corridor: Geometry, width_m: float) -> LineString:
    """Axis of a corridor too thin for a skeleton: its outline folded at one end, so that both sides meet best."""
    ring = shapely.get_exterior_ring(corridor)
    half = ring.length / 2
    along = np.linspace(0, half, _FOLD_POINTS)
    ends = _possible_ends(ring, width_m)
    apart = [np.hypot(*(_on(ring, end + along) - _on(ring, end - along)).T).mean() for end in ends]
    end = ends[int(np.argmin(apart))]
    along = np.linspace(0, half, int(np.clip(half / (5 * width_m), 200, 20_000)))
    middle = (_on(ring, end + along) + _on(ring, end - along)) / 2
    return shapely.simplify(LineString(middle), width_m / 4)


def _possible_ends(ring: Geometry, width_m: float) -> np.ndarray:
    """Distances along the ring at which it may turn back: middles of edges about as long as the corridor is wide."""
    coords = shapely.get_coordinates(ring)
    length = np.hypot(*np.diff(coords, axis=0).T)
    middles = np.cumsum(length) - length / 2
    short = middles[length <= 2 * width_m]
    found = short if len(short) else np.linspace(0, ring.length, _FOLDS, endpoint=False)
    return found[:: -(-len(found) // _FOLDS)]


def _on(ring: Geometry, along_m: np.ndarray) -> np.ndarray:
    return shapely.get_coordinates(shapely.line_interpolate_point(ring, np.mod(along_m, ring.length)))


def ranges_m(line: LineString, areas: Geometry) -> list[tuple[float, float]]:
    """Chainage from-to in metres of each polygon of `areas`, ascending."""
    found = []
    for polygon in shapely.get_parts(areas):
        vertices = shapely.points(shapely.get_coordinates(polygon))
        along = shapely.line_locate_point(line, vertices)
        found.append((float(along.min()), float(along.max())))
    return sorted(found)


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
