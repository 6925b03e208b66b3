"""What every format writes of a site's parts: the columns, by the names that our readers know, and the rings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.crs import to_plane
from spatialhub.spatial.model import Site

# Short enough for a Shapefile (10 bytes); the meaning of each stands in spatialhub/intake/attributes.py.
NUMBERS = ("SBMJ_M2", "MJ_M2", "JZXG")


def columns(site: Site, uses: Mapping[str, str]) -> dict[str, list]:
    """Values of the parts by column; None where nothing is known. `MJ_M2` is the ellipsoidal area."""
    areas = areas_m2(np.array([part.geometry for part in site.parts], object), site.epsg)
    return {
        "DKBH": [str(part.number) for part in site.parts],
        "DKMC": [part.name or None for part in site.parts],
        "YDYHFLDM": [part.use for part in site.parts],
        "YDYHFLMC": [uses.get(part.use or "") for part in site.parts],
        "SBMJ_M2": [part.declared_area_m2 for part in site.parts],
        "MJ_M2": [round(float(area), 2) for area in areas],
        "level": [part.level.value for part in site.parts],
        "form": [part.form.value for part in site.parts],
        "manner": [part.manner.value for part in site.parts],
        "land": [part.land.value for part in site.parts],
        "SSLX": [part.facility for part in site.parts],
        "JZXG": [part.max_height_m for part in site.parts],
    }


def geometries(site: Site, epsg: int) -> np.ndarray:
    """Shapes of the parts (n,) in another CGCS2000 system, easting or longitude first."""
    return to_plane(np.array([part.geometry for part in site.parts], object), site.epsg, epsg)


def polygons(geometry: shapely.Geometry) -> list[tuple[np.ndarray, list[np.ndarray]]]:
    """Closed rings of each polygon: the outer one clockwise from its north-west corner, its holes anticlockwise."""
    return [
        (
            _from_north_west(_turned(one.exterior, clockwise=True)),
            [_turned(hole, clockwise=False) for hole in one.interiors],
        )
        for one in shapely.get_parts(geometry)
    ]


def _turned(ring: shapely.LinearRing, *, clockwise: bool) -> np.ndarray:
    coords = shapely.get_coordinates(ring)
    return coords[::-1] if shapely.is_ccw(ring) == clockwise else coords


def _from_north_west(ring: np.ndarray) -> np.ndarray:
    """The ring begun at the vertex nearest to the north-west corner of its box."""
    corner = np.array([ring[:, 0].min(), ring[:, 1].max()])
    start = int(np.argmin(np.hypot(*(ring[:-1] - corner).T)))
    opened = np.roll(ring[:-1], -start, axis=0)
    return np.concatenate([opened, opened[:1]])
