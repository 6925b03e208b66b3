"""Frozen values of the journey: a site, its parts, what was noticed about them. All in the city's plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from shapely import MultiPolygon, Polygon, to_wkb

Areal: TypeAlias = Polygon | MultiPolygon


class Level(StrEnum):
    """Where a part is built."""

    SURFACE = "surface"
    ELEVATED = "elevated"
    UNDERGROUND = "underground"


class Form(StrEnum):
    """What may be done to a part's outline: an area can be trimmed, a linear or fixed part cannot."""

    AREA = "area"
    LINEAR = "linear"
    FIXED = "fixed"


class Manner(StrEnum):
    """How a part stands to what is there."""

    NEW = "new"
    CROSSING = "crossing"
    TEMPORARY = "temporary"
    EXISTING = "existing"


class Land(StrEnum):
    """Whether the land of a part stays with the project (净用地) or is ceded to the city (代征)."""

    NET = "net"
    CEDED = "ceded"


@dataclass(frozen=True, slots=True)
class Issue:
    """Something noticed that does not stop the work. `code` is a key of `messages/`."""

    code: str
    place: str = ""
    params: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, issue_code: str, issue_place: str = "", /, **params: object) -> Issue:
        """Build an issue whose values are kept as text."""
        return cls(issue_code, issue_place, tuple((name, str(value)) for name, value in params.items()))


@dataclass(frozen=True, slots=True)
class Source:
    """The file a site came from."""

    name: str
    sha256: str
    format: str = ""
    crs: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class SitePart:
    """A parcel of a site. `geometry` is in the city's plane, easting first, metres; `use` a code of the national
    classification or None where the file and the user said nothing."""

    number: int
    geometry: Areal
    name: str = ""
    use: str | None = None
    declared_area_m2: float | None = None
    level: Level = Level.SURFACE
    land: Land = Land.NET
    form: Form = Form.AREA
    manner: Manner = Manner.NEW
    facility: str | None = None
    max_height_m: float | None = None
    _wkb: bytes = field(default=b"", init=False, repr=False, compare=False)

    @property
    def wkb(self) -> bytes:
        """The geometry as WKB, little-endian, in two dimensions; written once."""
        if not self._wkb:  # what `replace` makes of a part begins without
            object.__setattr__(self, "_wkb", to_wkb(self.geometry, byte_order=1, output_dimension=2))
        return self._wkb


@dataclass(frozen=True, slots=True)
class Site:
    """A proposed site (意向用地红线): one file, its parcels as parts, in the plane `epsg`."""

    name: str
    parts: tuple[SitePart, ...]
    epsg: int
    source: Source | None = None
    issues: tuple[Issue, ...] = field(default=())
