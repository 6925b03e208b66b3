"""CGCS2000 planes: zones, what is accepted, how coordinates come into the city's plane (check.md §1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

GEOGRAPHIC = 4490
WGS84 = 4326


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
