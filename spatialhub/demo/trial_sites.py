"""Sites for trials and benchmarks: of given sizes, anywhere in a demo city, the same for the same seed.

>>> within = city_area(5_000)
>>> hectare, another = sites_of(10_000, 2, within=within, seed=1)
>>> round(hectare.area)
10000
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.ops import substring

from spatialhub.demo.metropolis.extent import city_area

__all__ = ["BATCH_M2", "CORRIDOR", "SIZES_M2", "batch", "city_area", "corridor", "sites_of", "trial_sites"]

SIZES_M2 = {"0.1 ha": 1e3, "1 ha": 1e4, "10 ha": 1e5, "1 km²": 1e6, "20 km²": 20e6}
CORRIDOR = "50 km corridor"
BATCH_M2 = (2_000.0, 200_000.0)  # 0.2 to 20 ha
_TRIES = 5_000
_STEP_M = 50.0
_LEGS_APART_M = 1_500.0


def trial_sites(within: Polygon, seed: int, *, each: int = 1) -> dict[str, tuple[Polygon, ...]]:
    """`each` sites of every size, and as many corridors: polygons in EPSG:4547 by the names of `SIZES_M2` and
    `CORRIDOR`. `within` is a demo city's `city_area`.

    Raises
    ------
    ValueError
        The city has no room for one.
    """
    sites = {name: sites_of(area_m2, each, within=within, seed=seed) for name, area_m2 in SIZES_M2.items()}
    return sites | {CORRIDOR: tuple(corridor(within=within, seed=seed + number) for number in range(each))}


def batch(count: int, *, within: Polygon, seed: int) -> tuple[Polygon, ...]:
    """`count` sites of 0.2 to 20 ha, small ones as many as large ones on a logarithmic scale."""
    low, high = np.log(BATCH_M2)
    sizes = np.exp(np.random.default_rng([seed, 8]).uniform(low, high, count))
    room = _prepared(within)
    return tuple(_site(size, room, [seed, 9, number]) for number, size in enumerate(sizes))


def sites_of(area_m2: float, count: int, *, within: Polygon, seed: int) -> tuple[Polygon, ...]:
    """`count` sites of a plane area (m², to 1e-4 of it), of 5 to 24 corners, on the millimetre, inside `within`.

    The first ones are the same however many are asked for.
    """
    room = _prepared(within)
    return tuple(_site(area_m2, room, [seed, 7, round(area_m2), number]) for number in range(count))


def corridor(
    *, within: Polygon, seed: int, length_m: float = 50_000, width_m: float = 40, legs: int | None = None
) -> Polygon:
    """A gently winding strip inside `within`; where the city is too narrow for its length it turns back.

    `legs` fixes in how many reaches it runs to and fro, so that cities of several sizes can have the same one; without,
    as few as fit.

    Raises
    ------
    ValueError
        It fits nowhere.
    """
    room = _prepared(within)
    for count in (legs,) if legs else (1, 2, 3, 4, 6, 8):
        rng = np.random.default_rng([seed, 10, count])
        local = _winding(length_m, count, rng)
        for _ in range(60):
            axis = LineString(_placed(local, room, rng))
            band = axis.buffer(width_m / 2, cap_style="flat", quad_segs=2)
            site = shapely.transform(band, lambda points: np.round(points, 3))
            if room.covers(site):
                return site
    raise ValueError(f"no room for a corridor of {length_m:.0f} m")


def _prepared(within: Polygon) -> Polygon:
    shapely.prepare(within)
    return within


def _site(area_m2: float, room: Polygon, seed: list[int]) -> Polygon:
    rng = np.random.default_rng(seed)
    for _ in range(_TRIES):
        site = _shape(area_m2, rng, room)
        if room.covers(site):
            return site
    raise ValueError(f"no room for a site of {area_m2:.0f} m²")


def _shape(area_m2: float, rng: np.random.Generator, room: Polygon) -> Polygon:
    """A star-shaped polygon of the area somewhere in the room's box."""
    corners = int(rng.integers(5, 25))
    angle = (np.arange(corners) + rng.uniform(-0.3, 0.3, corners)) * (2 * np.pi / corners) + rng.uniform(0, 2 * np.pi)
    local = np.column_stack([np.cos(angle), np.sin(angle)]) * rng.uniform(0.75, 1.25, corners)[:, None]
    local *= np.sqrt(area_m2 / Polygon(local).area)
    west, south, east, north = room.bounds
    return Polygon(np.round(local + rng.uniform([west, south], [east, north]), 3))


def _winding(length_m: float, legs: int, rng: np.random.Generator) -> np.ndarray:
    """Points (n, 2) of a line of `length_m` in so many reaches, bent a little, around the origin."""
    reach, radius = 1.02 * length_m / legs, _LEGS_APART_M / 2
    turn = np.linspace(-np.pi / 2, np.pi / 2, 40)
    points = []
    for leg in range(legs):
        x = np.arange(0, reach, _STEP_M)
        side, base = (1, reach) if leg % 2 == 0 else (-1, 0)
        points.append(np.column_stack([x if side > 0 else reach - x, np.full_like(x, leg * _LEGS_APART_M)]))
        if leg < legs - 1:
            middle = (leg + 0.5) * _LEGS_APART_M
            points.append(np.column_stack([base + side * radius * np.cos(turn), middle + radius * np.sin(turn)]))
    x, y = np.concatenate(points).T
    along, across = rng.uniform(0, 6, 2)
    bent = np.column_stack([x + 70 * np.sin(y / 800 + across), y + 260 * np.sin(x / 2_100 + along)])
    line = substring(LineString(bent), 0, length_m)
    return shapely.get_coordinates(line) - shapely.get_coordinates(line.envelope.centroid)


def _placed(local: np.ndarray, room: Polygon, rng: np.random.Generator) -> np.ndarray:
    turn = rng.uniform(0, np.pi)
    turned = local @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    low, high = turned.min(axis=0), turned.max(axis=0)
    west, south, east, north = room.bounds
    start, end = np.array([west, south]) - low, np.array([east, north]) - high
    return turned + rng.uniform(np.minimum(start, end), np.maximum(start, end))
