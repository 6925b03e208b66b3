"""An inspection in words and as JSON: what the command line prints and the page shows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.errors import ChoiceNeeded, CrsError, OutsideFrame, SpatialHubError
from spatialhub.intake.inspected import Inspection, LayerSurvey
from spatialhub.messages import explain, say
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.crs import GEOGRAPHIC, WGS84, plane_zone
from spatialhub.spatial.model import Issue

# Findings by what they are about; all others are notes.
REPAIRS = ("repaired", "unrepairable", "rings_closed", "txt_ring_closed", "parts_overlap")
SHIFTS = ("suspected_gcj02", "suspected_bd09", "ovkml_offset")
_LEFT_OUT = ("null_geometry", "empty_geometry", "not_area", "dxf_open", "dxf_filled", "dxf_blocks", "dxf_tilted",
             "kml_passed_over", "z_dropped", "m_dropped")  # fmt: skip


def crs_name(epsg: int | None, language: str = "zh") -> str:
    """A system in words; empty for none."""
    if epsg is None:
        return ""
    if epsg == GEOGRAPHIC:
        return say("crs_name_geographic", language)
    if epsg == WGS84:
        return say("crs_name_wgs84", language)
    if 32643 <= epsg <= 32653:
        return say("crs_name_utm", language, zone=epsg - 32600, epsg=epsg)
    try:
        zone = plane_zone(epsg)
    except ValueError:
        return f"EPSG:{epsg}"
    code = "crs_name_prefixed" if zone.prefixed else "crs_name_plane"
    values = {"width": zone.width_deg, "zone": zone.number, "meridian": zone.central_meridian_deg, "epsg": epsg}
    return say(code, language, **values)


def document(found: Inspection, language: str = "zh") -> dict[str, Any]:
    """The inspection as JSON; texts in one language, areas in m², places in the city's plane where they say so."""
    return {
        "name": found.name,
        "sha256": found.sha256,
        "size_bytes": found.size,
        "readable": found.refusal is None,
        "plane": f"EPSG:{found.epsg}",
        "layers": [_layer(one, language) for one in found.layers],
        "frame": _frame(found),
        "parts": _parts(found),
        "features_read": found.read_count,
        "refusal": None if found.refusal is None else explain(found.refusal, language),
        "repairs": _issues((one for one in found.issues if one.code in REPAIRS), language),
        "shift": _issues((one for one in found.issues if one.code in SHIFTS), language),
        "left_out": _issues((one for one in found.issues if one.code in _LEFT_OUT), language),
        "notes": _issues((one for one in found.issues if one.code not in REPAIRS + SHIFTS + _LEFT_OUT), language),
        "remedies": [
            {
                "words": say(one.words.code, language, **dict(one.words.params)),
                "options": [list(row) for row in one.options],
                "command": one.command,
                "shift": None if one.shift is None else _words(one.shift, language),
            }
            for one in found.remedies
        ],
        "spots": [
            {"number": number, "words": _words(one.issue, language), "east_m": one.east_m, "north_m": one.north_m}
            for number, one in enumerate(found.spots, start=1)
        ],
        "containment_missing": list(found.missing),
    }  # fmt: skip


def drawn(found: Inspection) -> dict[str, Any]:
    """What a map draws of an inspection, GeoJSON in the city's plane: parts, spots, what each remedy would give."""
    features: list[dict[str, Any]] = []
    if found.site is not None:
        features += [_feature("part", part.number, part.geometry) for part in found.site.parts]
    for number, spot in enumerate(found.spots, start=1):
        features.append(_feature("spot", number, shapely.Point(spot.east_m, spot.north_m)))
    for number, remedy in enumerate(found.remedies, start=1):
        if remedy.shape is not None:
            features.append(_feature("remedy", number, remedy.shape))
    return {"type": "FeatureCollection", "features": features}


def _feature(role: str, number: int, geometry: Geometry) -> dict[str, Any]:
    rounded = shapely.transform(geometry, lambda coords: np.round(coords, 2))
    return {
        "type": "Feature",
        "properties": {"role": role, "number": number},
        "geometry": json.loads(shapely.to_geojson(rounded)),
    }


def _layer(layer: LayerSurvey, language: str) -> dict[str, Any]:
    looks = layer.looks
    shapes = {kind: count for kind, count in sorted(layer.kinds.items()) if kind not in ("null", "empty")}
    return {
        "name": layer.name,
        "format": layer.format,
        "crs_said": layer.said,
        "crs": None if layer.crs is None else f"EPSG:{layer.crs}",
        "crs_name": crs_name(layer.crs, language),
        "crs_by_standard": layer.by_standard,
        "crs_refusal": None if layer.refusal is None else explain(layer.refusal, language),
        "looks_like": None if looks is None else say(looks.code, language, **dict(looks.params)),
        "encoding": layer.encoding,
        "fields": list(layer.fields),
        "features": layer.features,
        "kinds": shapes,
        "null": layer.kinds.get("null", 0),
        "empty": layer.kinds.get("empty", 0),
        "vertices": layer.vertices,
        "most_vertices": layer.most_vertices,
        "with_height": layer.heights,
        "invalid": layer.invalid,
        "box": list(layer.box),
        "defects": [
            {"place": row[0], "words": _defect(str(row[1]), language), "at": [float(value) for value in row[2:4]]}
            for row in layer.spots
        ],
        "error": None if layer.error is None else explain(layer.error, language),
    }


def _defect(name: str, language: str) -> str:
    """A defect in words: said as a finding says it, without the place around it."""
    whole = say("geometry_invalid", language, place="", defect=name, where="\0")
    start, _, _ = whole.partition("\0")
    for mark in ("（", "("):
        start = start.rpartition(mark)[2]
    return start.split("，")[0].split(",")[0].strip()


def _frame(found: Inspection) -> dict[str, Any]:
    """Where it lies: inside, partly or outside the city; unknown before its coordinates are understood."""
    if isinstance(found.refusal, OutsideFrame):
        return {"position": "outside", "outside_share": 1.0}
    if found.outside is None:
        return {"position": "unknown", "outside_share": None}
    return {"position": "partly" if found.outside > 0 else "inside", "outside_share": round(found.outside, 6)}


def _parts(found: Inspection) -> list[dict[str, Any]]:
    if found.site is None:
        return []
    shapes = np.array([part.geometry for part in found.site.parts], object)
    areas = areas_m2(shapes, found.site.epsg)
    return [
        {
            "number": part.number, "name": part.name, "use": part.use, "area_m2": round(float(area), 2),
            "declared_area_m2": part.declared_area_m2, "polygons": int(shapely.get_num_geometries(part.geometry)),
            "vertices": int(shapely.get_num_coordinates(part.geometry)),
        }
        for part, area in zip(found.site.parts, areas, strict=True)
    ]  # fmt: skip


def _issues(issues: Iterable[Issue], language: str) -> list[dict[str, str]]:
    return [{"code": one.code, "place": one.place, "words": _words(one, language)} for one in issues]


def _words(issue: Issue, language: str) -> str:
    return say(issue.code, language, place=issue.place, **dict(issue.params))


def asks(refusal: SpatialHubError | None) -> bool:
    """Whether a refusal is a question that its sender can answer."""
    return isinstance(refusal, (ChoiceNeeded, CrsError))
