"""Rings on whole units of 1e-5 m, and the slow obvious ways to ask about them."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.polygon import orient

from spatialhub.spatial.ragged import Ragged

U5_PER_METRE = 100_000


def ragged(geometries: list) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The arguments that kernels take for features."""
    flat = Ragged.of(np.array(geometries, object))
    return flat.coords, flat.rings, flat.polygons, flat.features


def units(geometry) -> list[np.ndarray]:
    """Closed rings int64 (m, 2), shells counterclockwise, holes clockwise."""
    polygons = [orient(polygon) for polygon in shapely.get_parts(geometry)]
    rings = shapely.get_rings(polygons)
    return [np.rint(shapely.get_coordinates(ring) * U5_PER_METRE).astype(np.int64) for ring in rings]


def winding(rings: list[np.ndarray], points: np.ndarray) -> np.ndarray:
    """Sum of winding numbers (n,) around points (n, 2) on no edge; exact for extents below 10 km."""
    starts = np.concatenate([ring[:-1] for ring in rings])[:, None]
    ends = np.concatenate([ring[1:] for ring in rings])[:, None]
    run, offset = ends - starts, points - starts
    side = np.sign(run[..., 0] * offset[..., 1] - run[..., 1] * offset[..., 0])
    up = (offset[..., 1] >= 0) & (points[:, 1] < ends[..., 1]) & (side > 0)
    down = (points[:, 1] >= ends[..., 1]) & (offset[..., 1] < 0) & (side < 0)
    return (up.astype(int) - down).sum(axis=0)


def twice_area(rings: list[np.ndarray]) -> int:
    """Twice the signed area, exact."""
    return sum(
        ax * by - bx * ay
        for ring in rings
        for (ax, ay), (bx, by) in zip(ring.tolist(), ring.tolist()[1:], strict=False)
    )


def parts_of(found: dict) -> list[list[np.ndarray]]:
    """Absolute rings of each part that `split_features` gave."""
    xy = found["xy"].reshape(-1, 2).astype(np.int64)
    points = np.split(xy, np.cumsum(found["ring_points"])[:-1]) if len(xy) else []
    ends = np.concatenate([[0], np.cumsum(found["part_rings"])])
    origins = found["origins"].reshape(-1, 2)
    return [[ring + origins[i] for ring in points[ends[i] : ends[i + 1]]] for i in range(len(origins))]
