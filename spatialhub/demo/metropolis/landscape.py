"""What lies where beyond the study area: towns, wild land, good soil, rivers. One world for each seed."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.demo.design import CENTRE
from spatialhub.demo.giants import Surface, smooth_surface
from spatialhub.demo.outline import city_outline
from spatialhub.demo.table import MM

_TOWNS_TRIED = 400
_TOWNS_APART_M = 6_500.0
_FROM_CENTRE_M = 11_500.0
_RIVER_STEP_M = 25.0
_BLOCK = 100_000  # points a time: fourteen waves of so many stay in some ten megabytes


class Landscape:
    """Surfaces of the world of one seed; each takes easting and northing (n,) in EPSG:4547."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 1])
        self._wild, self._quality = (smooth_surface(rng, wavelength_m=length) for length in (15_000, 9_000))
        self._ripple, self._industry = (smooth_surface(rng, wavelength_m=length) for length in (1_100, 4_000))
        self._towns = _towns(rng)
        self._seed = seed

    def town_km(self, east: np.ndarray, north: np.ndarray) -> np.ndarray:
        """How far inside the edge of a town a point lies, in kilometres; negative outside."""
        inside = np.full(len(east), -np.inf)
        for x, y, radius in self._towns:
            inside = np.maximum(inside, radius - np.hypot(east - x, north - y))
        return inside / 1_000 + 0.35 * _in_blocks(self._ripple, east, north)

    def wildness(self, east: np.ndarray, north: np.ndarray) -> np.ndarray:
        """Above 0: hills and wetlands, more of them in the west; towns push them back."""
        west = np.clip((430_000 - east) / 60_000, -0.5, 0.7)
        return _in_blocks(self._wild, east, north) + west - 0.55

    def soil(self, east: np.ndarray, north: np.ndarray) -> np.ndarray:
        """Above 0: where farmland is one great piece; below, it lies in patches."""
        return _in_blocks(self._quality, east, north)

    def industrial(self, east: np.ndarray, north: np.ndarray) -> np.ndarray:
        """Whether a place in a town is one of industry (bool)."""
        return _in_blocks(self._industry, east, north) > 0.9

    @cache  # noqa: B019 - a landscape lives as long as its process
    def rivers(self) -> Geometry:
        """The beds of all rivers, one network across the whole city."""
        west, south, east, north = city_outline().bounds
        rng = np.random.default_rng([self._seed, 2])
        down = [_river(rng, south, north, x, upright=True) for x in np.arange(west, east, 12_000)]
        across = [_river(rng, west, east, y, upright=False) for y in np.arange(south + 6_000, north, 15_000)]
        return shapely.set_precision(shapely.union_all([*down, *across]), MM)


def _towns(rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Centre and radius of towns, none too near to another or to the study area."""
    west, south, east, north = city_outline().bounds
    found = [(float(CENTRE[0]), float(CENTRE[1]), 0.0)]
    for x, y, radius in rng.uniform([west, south, 1_500], [east, north, 4_200], (_TOWNS_TRIED, 3)):
        apart = [np.hypot(x - other[0], y - other[1]) for other in found]
        if apart[0] > _FROM_CENTRE_M and min(apart) > _TOWNS_APART_M:
            found.append((x, y, radius))
    return found[1:]


def _river(rng: np.random.Generator, start: float, end: float, at: float, *, upright: bool) -> Geometry:
    t = np.arange(start - 2_000, end + 2_000, _RIVER_STEP_M)
    at, width, *phase = rng.uniform([at, 16, 0, 0, 0], [at + 4_000, 90, 6, 6, 6])
    waves = ((2_600, 9_000), (520, 1_700), (90, 420))
    off = at + sum(size * np.sin(t / length + turn) for (size, length), turn in zip(waves, phase, strict=True))
    return shapely.LineString(np.column_stack([off, t] if upright else [t, off])).buffer(width / 2, quad_segs=2)


def _in_blocks(surface: Surface, east: np.ndarray, north: np.ndarray) -> np.ndarray:
    starts = range(0, len(east), _BLOCK)
    values = [surface(east[at : at + _BLOCK], north[at : at + _BLOCK]) for at in starts]
    return np.concatenate(values) if values else np.empty(0)
