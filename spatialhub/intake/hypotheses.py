"""Other readings of a file's numbers that bring it into the city: each a remedy that a person may take, none is taken.

Tried are: the two numbers swapped, every system that the numbers can be in, a neighbouring zone, whole hundreds of
kilometres taken away. A reading that does not land in the city's frame is no remedy and is not offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.intake.remedies import Remedies
from spatialhub.spatial.crs import GEOGRAPHIC, WGS84, looks_like, mover, plane_zone, plausible

MOST = 6
_STEP_M, _LEAST_M = 100_000, 1_000
_PLANES = range(4534, 4555)
_UTM = range(32643, 32654)


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of the numbers: remedies and the system (EPSG), under which they land in the frame."""

    taken: Remedies
    epsg: int


def readings(sample: np.ndarray, frame: Geometry, target: int) -> list[Reading]:
    """Readings of numbers (float64, (n, 2), easting or longitude first as the file was understood), simplest first."""
    if not len(sample):
        return []
    found: list[Reading] = []
    for one in _tried(sample, target):
        if len(found) < MOST and one not in found and _lands(sample, one, frame, target):
            found.append(one)
    return found


def _tried(sample: np.ndarray, target: int) -> Iterator[Reading]:
    for swap in (False, True):
        taken = Remedies(swap=swap)
        for epsg in _systems(taken.moved(sample), target):
            yield Reading(taken, epsg)
    yield from _neighbours(sample)
    # Next to zero lies a drawing in numbers of its own; what a surveyor cut short keeps kilometres.
    cut_short = looks_like(sample).words.code in ("looks_truncated", "looks_unknown")
    if cut_short and (np.abs(np.median(sample, axis=0)) >= _LEAST_M).all():
        yield from _grown(target)


def _systems(coords: np.ndarray, target: int) -> Iterator[int]:
    """Systems that the numbers can be in, the city's own first."""
    look = looks_like(coords)
    if look.swapped:
        return
    code = look.words.code
    if code == "looks_degrees":
        yield from (GEOGRAPHIC, WGS84)
    elif code in ("looks_prefixed", "looks_prefixed6"):
        yield int(look.candidates[0].removeprefix("EPSG:"))
    elif code == "looks_plain":
        own = plane_zone(target)
        plain = 4509 + own.central_meridian_deg // 3
        yield from sorted((*_PLANES, *_UTM), key=lambda epsg: (epsg != plain, epsg > 32000, abs(epsg - plain)))


def _neighbours(sample: np.ndarray) -> Iterator[Reading]:
    """The zone before the eastings is another one's."""
    look = looks_like(sample)
    if look.words.code == "looks_prefixed":
        epsg = int(look.candidates[0].removeprefix("EPSG:"))
        for step in (-1, 1, -2, 2):
            if 4513 <= epsg + step <= 4533:
                yield Reading(Remedies(add=(step * 1e6, 0.0)), epsg + step)


def _grown(target: int) -> Iterator[Reading]:
    """Whole hundreds of kilometres given back, in the city's plane without prefix."""
    plain = 4509 + plane_zone(target).central_meridian_deg // 3
    if not 4534 <= plain <= 4554:
        return
    for north in range(0, 6_200_000, _STEP_M):
        for east in range(0, 900_000, _STEP_M):
            if north or east:
                yield Reading(Remedies(add=(float(east), float(north))), plain)


def _lands(sample: np.ndarray, reading: Reading, frame: Geometry, target: int) -> bool:
    coords = reading.taken.moved(sample)
    if not plausible(reading.epsg, coords):
        return False
    moved = mover(reading.epsg, target)(coords)
    middle = np.median(moved, axis=0)
    return bool(np.isfinite(middle).all() and shapely.intersects_xy(frame, *middle))
