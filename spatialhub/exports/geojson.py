"""GeoJSON with a `crs` member: CGCS2000, in degrees or in a plane (RFC 7946 knows WGS 84 alone)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from spatialhub.exports import Export
from spatialhub.exports.parts import columns, geometries
from spatialhub.spatial.crs import GEOGRAPHIC
from spatialhub.spatial.model import Site

_DIGITS_DEGREES, _DIGITS_METRES = 10, 5  # a hundredth of a millimetre either way


def write(site: Site, target: Path, epsg: int, export: Export, _: str) -> None:
    """Write a site's parts as features."""
    digits = _DIGITS_DEGREES if epsg == GEOGRAPHIC else _DIGITS_METRES
    found = columns(site, export.uses)
    features = [
        {
            "type": "Feature",
            "properties": {name: values[i] for name, values in found.items()},
            "geometry": _geometry(geometry, digits),
        }
        for i, geometry in enumerate(geometries(site, epsg))
    ]
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
    value = {"type": "FeatureCollection", "name": site.name, "crs": crs, "features": features}
    target.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False), "utf-8")


def _geometry(geometry: shapely.Geometry, digits: int) -> dict[str, Any]:
    rounded = shapely.transform(geometry, lambda coords: np.round(coords, digits))
    return json.loads(shapely.to_geojson(rounded))
