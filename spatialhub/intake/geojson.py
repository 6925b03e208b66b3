"""GeoJSON: an own strict reader, so that no library follows what a file names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from spatialhub.errors import BrokenFile, CrsRefused, OptionError, UnsafeFile
from spatialhub.intake.json_text import parse_json
from spatialhub.intake.plain_geometry import as_array, geometry_of
from spatialhub.intake.raw import Job, Opening, RawChunk
from spatialhub.intake.text import decode
from spatialhub.messages import Words
from spatialhub.spatial.crs import WGS84, parse_crs
from spatialhub.spatial.model import Issue

_CHUNK = 2000


def open_geojson(job: Job) -> Opening:
    """Open a GeoJSON file: without a `crs` member and with degrees it is WGS 84 by RFC 7946 §4.

    Raises
    ------
    BrokenFile, UnsafeFile, CrsRefused
        Each names the feature, ring or member.
    """
    text, encoding = decode(Path(job.path).read_bytes(), job.name, job.encoding)
    value = parse_json(text, job.name)
    return opening_of(value, job.name, encoding=encoding)


def opening_of(value: Any, name: str, *, encoding: str = "utf-8") -> Opening:
    """The same for an object already parsed (a drawing)."""
    features = _features(value, name)
    crs, refusal = None, None
    try:
        crs = _declared(value, name)
    except CrsRefused as error:
        refusal = error
    by_standard = crs is None and refusal is None and _in_degrees(features, name)
    fields = _fields(features)
    return Opening(
        "GeoJSON",
        _chunks(features, fields, name),
        WGS84 if by_standard else crs,
        crs_by_standard=by_standard,
        encoding=encoding,
        fields=fields,
        count=len(features),
        said=_said(value, by_standard),
        refusal=refusal,
    )


def _said(value: dict[str, Any], by_standard: bool) -> str:
    """What the file says of its system."""
    if by_standard:
        return "RFC 7946: WGS 84"
    member = value.get("crs") if isinstance(value, dict) else None
    properties = member.get("properties") if isinstance(member, dict) else None
    return str(properties.get("name", properties.get("code", "")))[:120] if isinstance(properties, dict) else ""


def _features(value: Any, name: str) -> list[dict[str, Any]]:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "FeatureCollection":
        features = value.get("features")
        if not isinstance(features, list):
            raise BrokenFile(name, reason=Words.of("broken_geometry", found="features"))
    elif kind == "Feature":
        features = [value]
    elif isinstance(value, dict) and (other := _other(value)):
        raise BrokenFile(name, reason=Words.of("broken_other_json", found=other))
    else:
        features = [{"type": "Feature", "properties": None, "geometry": value}]
    for index, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature" or "geometry" not in feature:
            raise BrokenFile(f"{name}#{index}", reason=Words.of("broken_geometry", found="Feature"))
    return features


def _other(value: dict[str, Any]) -> str:
    """The name of what is JSON and no GeoJSON; empty where it is none of the known."""
    if value.get("type") == "Topology":
        return "TopoJSON"
    if value.get("type") == "gdal_streamed_alg" or "command_line" in value:
        return "GDALG"
    if {"spatialReference", "geometryType", "rings"} & value.keys():
        return "ESRI JSON"
    return ""


def _declared(value: dict[str, Any], name: str) -> int | None:
    """EPSG of the `crs` member; a link or address is never followed."""
    member = value.get("crs")
    if member is None:
        return None
    place = f"{name} crs"
    if not isinstance(member, dict) or member.get("type") not in ("name", "EPSG"):
        raise UnsafeFile(place, reason=Words.of("unsafe_crs_link", found=str(member)[:60]))
    properties = member.get("properties")
    text = str(properties.get("name", properties.get("code", ""))) if isinstance(properties, dict) else ""
    try:
        return parse_crs(text)
    except OptionError:
        raise CrsRefused(place, name=text[:60] or "—", why=Words.of("crs_is_unreadable")) from None


def _in_degrees(features: list[dict[str, Any]], name: str) -> bool:
    """Whether the first geometry that has coordinates can be longitude and latitude."""
    for index, feature in enumerate(features, start=1):
        geometry = geometry_of(feature["geometry"], f"{name}#{index}")
        if geometry is not None and not geometry.is_empty:
            coords = shapely.get_coordinates(geometry)
            return bool((np.abs(coords[:, 0]) <= 180).all() and (np.abs(coords[:, 1]) <= 90).all())
    return False


def _fields(features: list[dict[str, Any]]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for feature in features:
        properties = feature.get("properties")
        if isinstance(properties, dict):
            names.update(dict.fromkeys(map(str, properties)))
    return tuple(names)


def _chunks(features: list[dict[str, Any]], fields: tuple[str, ...], name: str) -> Iterator[RawChunk]:
    for start in range(0, len(features), _CHUNK):
        some = features[start : start + _CHUNK]
        places = [f"{name}#{start + i}" for i in range(1, len(some) + 1)]
        geometries = [geometry_of(one["geometry"], place) for one, place in zip(some, places, strict=True)]
        own = [place for one, place in zip(some, places, strict=True) if "crs" in one and len(features) > 1]
        issues = [Issue.of("own_crs_ignored", place) for place in own]
        rows = [one["properties"] if isinstance(one.get("properties"), dict) else {} for one in some]
        attributes = {field: [_scalar(row.get(field)) for row in rows] for field in fields}
        yield RawChunk(as_array(geometries), attributes, places, tuple(issues))


def _scalar(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
