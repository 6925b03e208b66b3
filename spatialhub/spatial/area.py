"""Areas. `area_m2` is ∬ k(E,N)⁻² dE dN over the plane polygon, edges straight in the plane: ellipsoidal and additive.

On the transverse Mercator with k0 = 1 the point scale is k = 1 + u/2 + u²/24 + …, u = y²/(MN), y = E - E0, M and N the
radii of curvature at the footpoint latitude; so k⁻² = 1 - u + 2u²/3 - …. By Green's theorem the area is the plane area
minus ∮ (y³/3R² - 2y⁵/15R⁴) dN, R² = MN: one line integral, by Gauss-Legendre on each edge (proof against Geod and
against the official formula 国土调查办发〔2008〕32号 in tests/spatial/test_area.py).
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import shapely

from spatialhub.spatial._kernels import AreaIntegral, ring_areas
from spatialhub.spatial.crs import plane_zone

A_M = 6378137.0
INVERSE_FLATTENING = 298.2572221010041  # CGCS2000
E2 = (2 - 1 / INVERSE_FLATTENING) / INVERSE_FLATTENING

# Four points integrate polynomials of degree 7 exactly; 1/R² is all but constant along an edge.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(4)
_LONGEST_EDGE_M = 20_000.0
# Equator to 59°N; of this degree the polynomial differs from the series by rounding alone.
_NORTHING_MOST_M, _DEGREE = 6_600_000.0, 13


def areas_m2(geometries: np.ndarray, epsg: int) -> np.ndarray:
    """Ellipsoidal areas in m² (float64, (n,)) of polygons and multipolygons in the plane `epsg`.

    Holes count negative whatever the orientation of the rings; empty geometries and None give 0.
    """
    geometries = np.asarray(geometries, dtype=object).reshape(-1)
    if len(geometries) == 1 and isinstance(geometries[0], shapely.Polygon) and not geometries[0].interiors:
        return _area_of_ring(shapely.get_coordinates(geometries[0]), epsg)
    polygons, owner = shapely.get_parts(geometries, return_index=True)
    rings, polygon_of = shapely.get_rings(polygons, return_index=True)
    if not len(rings):
        return np.zeros(len(geometries))
    ends = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings), dtype=np.int64)])
    signed = ring_areas_m2(shapely.get_coordinates(rings), ends, epsg)
    first = np.concatenate([[True], polygon_of[1:] != polygon_of[:-1]])
    areas = np.where(first, np.abs(signed), -np.abs(signed))
    return np.bincount(owner[polygon_of], weights=areas, minlength=len(geometries))


def _area_of_ring(coords: np.ndarray, epsg: int) -> np.ndarray:
    """What `areas_m2` says of one polygon without holes, (1,): most sites are one, and need no taking apart."""
    if not len(coords):
        return np.zeros(1)
    return np.abs(ring_areas_m2(coords, np.array([0, len(coords)]), epsg))


def ring_areas_m2(coords: np.ndarray, ends: np.ndarray, epsg: int) -> np.ndarray:
    """Signed ellipsoidal areas in m² (n,) of closed rings: coords float64 (m, 2), `ends` int64 (n + 1,) from 0.

    What the kernel leaves open (edges above 20 km, places the polynomial is not for) is integrated here, ring by ring.
    """
    areas: np.ndarray = ring_areas(coords, ends, _integral(epsg))
    for ring in np.flatnonzero(np.isnan(areas)):
        areas[ring] = _ring_area_m2(coords[ends[ring] : ends[ring + 1]], epsg)
    return areas


@cache
def _integral(epsg: int) -> AreaIntegral:
    return AreaIntegral(
        false_easting_m=plane_zone(epsg).false_easting_m,
        northing_most_m=_NORTHING_MOST_M,
        longest_edge_m=_LONGEST_EDGE_M,
        nodes=_NODES + 1,
        weights=_WEIGHTS,
        curvature=np.array(_curvature_polynomial()),
    )


def _ring_area_m2(coords: np.ndarray, epsg: int) -> float:
    """What the kernel computes of one ring, and of any."""
    p, q = coords[:-1] - coords[0], coords[1:] - coords[0]
    plane = (p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1]) / 2
    return float(sum((plane - _excess_m2(coords[:-1], coords[1:], epsg)).tolist()))  # one after the other


def _excess_m2(start: np.ndarray, end: np.ndarray, epsg: int) -> np.ndarray:
    """∫ (y³/3R² - 2y⁵/15R⁴) dN along edges: what the plane adds to the ellipsoid."""
    total = _excess_of_piece(start, end, epsg)
    reach = np.abs(end - start).max(axis=1, initial=0.0)
    for edge in np.flatnonzero(reach > _LONGEST_EDGE_M):  # each in pieces of its own: no edge depends on another
        pieces = int(np.ceil(reach[edge] / _LONGEST_EDGE_M))
        at = start[edge] + (end[edge] - start[edge]) * (np.arange(pieces + 1) / pieces)[:, None]
        total[edge] = _excess_of_piece(at[:-1], at[1:], epsg).sum()
    return total


def _excess_of_piece(start: np.ndarray, end: np.ndarray, epsg: int) -> np.ndarray:
    false_easting_m = plane_zone(epsg).false_easting_m
    half = (end - start) / 2
    x, y = np.ascontiguousarray(start[:, 0]) - false_easting_m, np.ascontiguousarray(start[:, 1])
    dx, dy = np.ascontiguousarray(half[:, 0]), np.ascontiguousarray(half[:, 1])
    total = np.zeros(len(start))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        at = x + dx * (node + 1)
        u = at * at * _gaussian_curvature(y + dy * (node + 1))
        total += weight * at * u * (1 / 3 - u * (2 / 15))
    return total * dy


def _gaussian_curvature(northing_m: np.ndarray) -> np.ndarray:
    """1/(MN) at the footpoint latitude of a northing: by a polynomial where it holds, point by point the same whatever
    else is asked for."""
    x = northing_m * (2 / _NORTHING_MOST_M) - 1
    if len(x) and not (x.min() >= -1 and x.max() <= 1):  # outside the polynomial's domain, or not a number
        held = (x >= -1) & (x <= 1)
        return np.where(held, _by_polynomial(np.where(held, x, 0.0)), _curvature_by_series(northing_m))
    return _by_polynomial(x)


def _by_polynomial(x: np.ndarray) -> np.ndarray:
    coefficients = _curvature_polynomial()
    total = np.full(len(x), coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total *= x
        total += coefficient
    return total


@cache
def _curvature_polynomial() -> tuple[float, ...]:
    """Coefficients in 2N/most - 1, the lowest first: within 1e-14 of the series, which costs four sines a point."""
    low_high = [0.0, _NORTHING_MOST_M]
    fitted = np.polynomial.Chebyshev.interpolate(_curvature_by_series, _DEGREE, domain=low_high)
    return tuple(np.polynomial.chebyshev.cheb2poly(fitted.coef).tolist())


def _curvature_by_series(northing_m: np.ndarray) -> np.ndarray:
    s = np.sin(_footpoint_latitude(northing_m)) ** 2
    return (1 - E2 * s) ** 2 / (A_M**2 * (1 - E2))


def curvature_series(low_m: float, high_m: float) -> tuple[float, list[float]]:
    """Return a northing in metres and the coefficients, constant first, of 1/(MN) as a polynomial in the distance from
    it, for northings from `low_m` to `high_m`: the same curvature to 1e-14 of it over 200 km, without a sine an edge.
    """
    # On steps of 10 km, so that sites near each other have the same polynomial.
    centre_m = round((low_m + high_m) / 20_000) * 10_000.0
    half_m = max(_SERIES_HALF_M, abs(high_m - centre_m), abs(low_m - centre_m))
    return centre_m, list(_series(centre_m, half_m))


_SERIES_HALF_M = 100_000.0
_SERIES_DEGREE = 5


@lru_cache(maxsize=64)
def _series(centre_m: float, half_m: float) -> tuple[float, ...]:
    nodes = np.cos(np.pi * (np.arange(_SERIES_DEGREE + 1) + 0.5) / (_SERIES_DEGREE + 1))
    scaled = np.polynomial.polynomial.polyfit(nodes, _gaussian_curvature(centre_m + half_m * nodes), _SERIES_DEGREE)
    return tuple(float(c) / half_m**k for k, c in enumerate(scaled))


def _footpoint_latitude(northing_m: np.ndarray) -> np.ndarray:
    """Latitude (rad) whose meridian arc from the equator is `northing_m`; series in the third flattening."""
    n = 1 / (2 * INVERSE_FLATTENING - 1)
    mu = northing_m / (A_M / (1 + n) * (1 + n * n / 4 + n**4 / 64))
    return (
        mu
        + (3 * n / 2 - 27 * n**3 / 32) * np.sin(2 * mu)
        + (21 * n**2 / 16 - 55 * n**4 / 32) * np.sin(4 * mu)
        + (151 * n**3 / 96) * np.sin(6 * mu)
    )
