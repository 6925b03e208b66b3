"""CGCS2000 planes: zones, what is accepted, how coordinates come into the city's plane (check.md §1).

PROJ answers every question between Chinese datums with a silent no-op that is wrong by 50-120 m ("ballpark"); so the
accepted frames are listed here, transformations are asked for with `allow_ballpark=False`, and the one identity that
is taken on trust (WGS 84 = CGCS2000) is recorded as an issue.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import shapely

from spatialhub.errors import CrsConflict, CrsMissing, CrsRefused, OptionError
from spatialhub.messages import Words
from spatialhub.spatial.model import Issue

GEOGRAPHIC = 4490
WGS84 = 4326
_UTM = range(32643, 32654)
_PLANES_WITHOUT_PREFIX = ("EPSG:4534-4554", "EPSG:4502-4512", "EPSG:32643-32653")
_NORTHING_M = (300_000.0, 6_200_000.0)  # 3°N - 56°N
_ZONE_REACH_M = 400_000.0  # how far from its central meridian a file may still be in a zone


@dataclass(frozen=True, slots=True)
class PlaneZone:
    """A CGCS2000 Gauss-Krüger zone: `width_deg` 3 or 6, `prefixed` where eastings carry the zone number."""

    epsg: int
    number: int
    width_deg: int
    central_meridian_deg: int
    prefixed: bool

    @property
    def false_easting_m(self) -> float:
        """Easting of the central meridian."""
        return 500_000.0 + (self.number * 1e6 if self.prefixed else 0.0)


@cache
def plane_zone(epsg: int) -> PlaneZone:
    """Return the zone of an EPSG code 4491-4554.

    Raises
    ------
    ValueError
        The code is no CGCS2000 plane.
    """
    if 4491 <= epsg <= 4501:
        return PlaneZone(epsg, epsg - 4478, 6, (epsg - 4478) * 6 - 3, True)
    if 4502 <= epsg <= 4512:
        return PlaneZone(epsg, epsg - 4489, 6, (epsg - 4489) * 6 - 3, False)
    if 4513 <= epsg <= 4533:
        return PlaneZone(epsg, epsg - 4488, 3, (epsg - 4488) * 3, True)
    if 4534 <= epsg <= 4554:
        return PlaneZone(epsg, epsg - 4509, 3, (epsg - 4509) * 3, False)
    raise ValueError(f"EPSG:{epsg} is no CGCS2000 plane")


@dataclass(frozen=True, slots=True)
class Bringing:
    """How coordinates come into the plane: from `source` to `target` (EPSG), said `by` file, option or standard."""

    source: int
    target: int
    by: str
    issues: tuple[Issue, ...] = ()

    @property
    def how(self) -> str:
        """`as_is`, `same_meridian` (eastings shifted), `zone`, `projected` or `datum_identity`."""
        if self.source == self.target:
            return "as_is"
        if self.source == WGS84 or self.source in _UTM:
            return "datum_identity"
        if self.source == GEOGRAPHIC:
            return "projected"
        same = plane_zone(self.source).central_meridian_deg == plane_zone(self.target).central_meridian_deg
        return "same_meridian" if same else "zone"


@dataclass(frozen=True, slots=True)
class LooksLike:
    """What bare numbers look like, in words, and the --crs values that would fit; a suggestion, never a choice."""

    words: Words
    candidates: tuple[str, ...] = ()
    swapped: bool = False


def parse_crs(text: str | int | None) -> int | None:
    """Return the EPSG number of `4547`, `EPSG:4547` or an OGC URN; None stays None.

    Raises
    ------
    OptionError
        The text names no EPSG code.
    """
    if text is None or isinstance(text, int):
        return text
    name = text.strip()
    if re.fullmatch(r"(urn:ogc:def:crs:)?(OGC:1\.3:|OGC::)?CRS84", name, re.IGNORECASE):
        return WGS84
    found = re.fullmatch(r"(?:(?:urn:ogc:def:crs:)?EPSG:[\d.]*:?)?(\d{4,6})", name, re.IGNORECASE)
    if not found:
        raise OptionError("--crs", found=name[:60], allowed="EPSG:4490, EPSG:4526, EPSG:4547 …")
    return int(found[1])


def accept(epsg: int, place: str = "") -> int:
    """Return `epsg` if coordinates in it can be brought to CGCS2000.

    Raises
    ------
    CrsRefused
        Another datum, a local grid, Web Mercator, anything unknown.
    """
    if epsg in (GEOGRAPHIC, WGS84) or epsg in _UTM or 4491 <= epsg <= 4554:
        return epsg
    raise CrsRefused(place, name=f"EPSG:{epsg}", why=_why_refused(epsg))


def _why_refused(epsg: int) -> Words:
    if epsg == 4610 or 2327 <= epsg <= 2390:
        return Words.of("crs_is_xian80")
    if epsg in (4214, 4555) or 2401 <= epsg <= 2442 or 21413 <= epsg <= 21463 or 4568 <= epsg <= 4589:
        return Words.of("crs_is_beijing54")
    if epsg in (3857, 3785, 900913, 102100, 102113):
        return Words.of("crs_is_web_mercator")
    return Words.of("crs_is_unknown")


def looks_like(coords: np.ndarray) -> LooksLike:
    """Say what coordinates (float64, (n, 2), in the order of the file) look like, judged by their middle."""
    coords = np.asarray(coords, float).reshape(-1, 2)
    coords = coords[np.isfinite(coords).all(axis=1)]
    if not len(coords):
        return LooksLike(Words.of("looks_unknown", sample="—"))
    first, second = map(float, np.median(coords, axis=0))
    sample = f"{coords[0][0]:.12g}, {coords[0][1]:.12g}"
    straight = _looks(first, second, sample)
    if straight:
        return straight
    turned = _looks(second, first, f"{coords[0][1]:.12g}, {coords[0][0]:.12g}")
    if turned:
        return LooksLike(Words.of("looks_swapped", sample=sample, inner=turned.words), turned.candidates, True)
    return _looks_odd(first, second, sample)


def _looks(east: float, north: float, sample: str) -> LooksLike | None:
    if 73 <= east <= 136 and 3 <= north <= 54:
        return LooksLike(Words.of("looks_degrees", sample=sample), ("EPSG:4490", "EPSG:4326"))
    if not _NORTHING_M[0] <= north <= _NORTHING_M[1]:
        return None
    zone, offset = divmod(east, 1e6)
    if 150e3 <= offset <= 850e3 and 25 <= zone <= 45:
        epsg = 4488 + int(zone)
        return LooksLike(Words.of("looks_prefixed", sample=sample, zone=int(zone), epsg=epsg), (f"EPSG:{epsg}",))
    if 150e3 <= offset <= 850e3 and 13 <= zone <= 23:
        epsg = 4478 + int(zone)
        return LooksLike(Words.of("looks_prefixed6", sample=sample, zone=int(zone), epsg=epsg), (f"EPSG:{epsg}",))
    if 150e3 <= east <= 850e3:
        return LooksLike(Words.of("looks_plain", sample=sample), _PLANES_WITHOUT_PREFIX)
    if 8.1e6 <= east <= 15.2e6:
        return LooksLike(Words.of("looks_mercator", sample=sample))
    return None


def _looks_odd(first: float, second: float, sample: str) -> LooksLike:
    if abs(first) <= 180 and abs(second) <= 180:
        return LooksLike(Words.of("looks_elsewhere", sample=sample))
    if max(abs(first), abs(second)) < 1e6:
        return LooksLike(Words.of("looks_truncated", sample=sample))
    return LooksLike(Words.of("looks_unknown", sample=sample))


def plausible(epsg: int, coords: np.ndarray) -> bool:
    """Whether coordinates (float64, (n, 2), easting or longitude first) can be in `epsg`, judged by their middle."""
    coords = coords[np.isfinite(coords).all(axis=1)]
    if not len(coords):
        return True
    east, north = np.median(coords, axis=0)
    if epsg in (GEOGRAPHIC, WGS84):
        return 73 <= east <= 136 and 3 <= north <= 54
    if epsg in _UTM:
        return 100e3 <= east <= 900e3 and _NORTHING_M[0] <= north <= _NORTHING_M[1]
    reach = abs(east - plane_zone(epsg).false_easting_m)
    return bool(reach <= _ZONE_REACH_M and _NORTHING_M[0] <= north <= _NORTHING_M[1])


def decide(declared: int | None, asked: int | None, coords: np.ndarray, *, target: int, place: str) -> Bringing:
    """Decide how coordinates come into the plane `target`; what the file declares and what was asked must agree.

    Raises
    ------
    CrsMissing
        Neither the file nor the option says a system; the error says what the numbers look like.
    CrsRefused
        The system is none that is accepted.
    CrsConflict
        File and option differ, or the numbers cannot be in the system named.
    """
    plane_zone(target)
    if declared is None and asked is None:
        look = looks_like(coords)
        raise CrsMissing(place, looks_like=look.words, candidates=look.candidates or Words.of("crs_no_candidate"))
    if declared is not None and asked is not None and not same_frame(declared, asked):
        raise CrsConflict(place, named=f"EPSG:{asked}", found=Words.of("crs_file_says", crs=f"EPSG:{declared}"))
    source = accept(asked if declared is None else declared, place)  # type: ignore[arg-type]
    if not plausible(source, coords):
        found = Words.of("crs_numbers_look", looks=looks_like(coords).words)
        raise CrsConflict(place, named=f"EPSG:{source}", found=found)
    by = "option" if declared is None else "file"
    return Bringing(source, target, by, _identity_issue(source, place))


def same_frame(a: int, b: int) -> bool:
    """Whether two codes mean the same numbers: a 3° and a 6° plane without prefix on one meridian do."""
    if a == b or not (4491 <= a <= 4554 and 4491 <= b <= 4554):
        return a == b
    one, other = plane_zone(a), plane_zone(b)
    return (one.central_meridian_deg, one.false_easting_m) == (other.central_meridian_deg, other.false_easting_m)


def _identity_issue(source: int, place: str) -> tuple[Issue, ...]:
    if source == WGS84 or source in _UTM:
        return (Issue.of("datum_identity", place, crs=f"EPSG:{source}"),)
    return ()


def to_plane(geometries: np.ndarray, source: int, target: int) -> np.ndarray:
    """Bring shapely geometries (n,) from an accepted system into a CGCS2000 plane, vertex by vertex.

    Coordinates that cannot be brought come out as infinite; the caller looks for them.
    """
    if source == target:
        return np.asarray(geometries, dtype=object)
    return shapely.transform(np.asarray(geometries, dtype=object), mover(source, target))


@lru_cache(maxsize=64)
def mover(source: int, target: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function that takes coordinates (float64, (n, 2), east first) between accepted systems.

    Either side may be EPSG:4490 or a plane; WGS 84 (geographic or UTM) is taken as CGCS2000, and only on the left.
    Planes of one meridian differ by a shift of the easting, which keeps the digits of the source.
    """
    accept(source)
    if source == target:
        return lambda coords: coords
    if target in _UTM or target == WGS84:
        raise CrsRefused("", name=f"EPSG:{target}", why=Words.of("crs_is_unknown"))
    if source in _UTM:
        steps = [_projection(source, WGS84), mover(GEOGRAPHIC, target)]
        return lambda coords: steps[1](steps[0](coords))
    if source == WGS84:
        return mover(GEOGRAPHIC, target) if target != GEOGRAPHIC else lambda coords: coords
    if GEOGRAPHIC not in (source, target):
        a, b = plane_zone(source), plane_zone(target)
        if a.central_meridian_deg == b.central_meridian_deg:
            shift = np.array([b.false_easting_m - a.false_easting_m, 0.0])
            return lambda coords: coords + shift
    return _projection(source, target)


def _projection(source: int, target: int) -> Callable[[np.ndarray], np.ndarray]:
    from pyproj import Transformer

    transformer = Transformer.from_crs(source, target, always_xy=True, allow_ballpark=False)

    def move(coords: np.ndarray) -> np.ndarray:
        return np.stack(transformer.transform(coords[:, 0], coords[:, 1]), axis=1)

    return move
