"""A result as GeoJSON in EPSG:4490, longitude first: the site, its fragments, the suggestion."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pyproj
import shapely
from shapely import Geometry
from shapely.geometry import mapping

from spatialhub.report.view import View
from spatialhub.report.words import label
from spatialhub.result import CheckResult, m2, to_json

DIGITS = 9  # of a degree: 0.1 mm


@cache
def _to_degrees(epsg: int) -> pyproj.Transformer:
    # Plane and degrees share the datum CGCS2000: the projection alone, exact; a ballpark would be a fault.
    return pyproj.Transformer.from_crs(epsg, 4490, always_xy=True, allow_ballpark=False)


def to_degrees(geometry: Geometry, epsg: int, *, digits: int = DIGITS) -> Geometry:
    """Return a geometry of the plane `epsg` in EPSG:4490, longitude first, rounded to `digits`."""
    transformer = _to_degrees(epsg)

    def move(coords: np.ndarray) -> np.ndarray:
        return np.round(np.column_stack(transformer.transform(coords[:, 0], coords[:, 1])), digits)

    return shapely.transform(geometry, move)


def feature(geometry: Geometry, properties: Mapping[str, object], *, id: str | None = None) -> dict:
    """Return a GeoJSON feature of a geometry that is already in degrees."""
    row = {"type": "Feature", "properties": dict(properties), "geometry": mapping(geometry)}
    return row | ({"id": id} if id else {})


def result_geojson(result: CheckResult, document: Mapping | None = None) -> dict:
    """Return the whole result as a FeatureCollection; `properties.role` is site, fragment or suggestion.

    `document` is the result's JSON, where that is at hand. Fragments thinner than digitising can tell are included
    (`number` null): the areas add up to the site's.
    """
    features = [_site(result), *_fragments(result, View(document or to_json(result)))]
    if result.proposal.suggestion is not None:
        features.append(_suggestion(result))
    return _collection(result, features)


def suggestion_geojson(result: CheckResult) -> dict | None:
    """Return the suggested red line alone as a FeatureCollection that can be handed in again, or None."""
    return _collection(result, [_suggestion(result)]) if result.proposal.suggestion is not None else None


def _collection(result: CheckResult, features: list[dict]) -> dict:
    return {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}},
        "name": result.name,
        "notices": list(result.notices),
        "result_hash": result.hash,
        "features": features,
    }


def _site(result: CheckResult) -> dict:
    proposal = result.proposal
    said = {
        "role": "site",
        "name": result.name,
        "area_m2": m2(result.area_u),
        "verdict": proposal.verdict.value,
        "verdict_zh": label("verdict", proposal.verdict.value),
        "unchecked": [row.title for row in proposal.unchecked],
    }
    return feature(to_degrees(result.geometry, result.epsg), said)


def _fragments(result: CheckResult, view: View) -> list[dict]:
    listed = {row.id: row for row in view.fragments()}
    features = []
    for fragment in result.fragments:
        row = listed.get(fragment.id)
        said = {
            "role": "fragment",
            "id": fragment.id,
            "number": row.number if row else None,
            "part": fragment.part,
            "area_m2": m2(fragment.area_u),
            "conformity": fragment.conformity.value,
            "conformity_zh": label("conformity", fragment.conformity.value),
            "outcome": fragment.ruling.outcome.value,
            "layers": sorted({key for key, _ in fragment.covers}),
            "layers_zh": list(row.layers) if row else [],
            "why": list(row.why) if row else [],
            "clauses": list(fragment.ruling.clauses),
            "unchecked": list(fragment.unchecked),
            "outside_jurisdiction": fragment.outside_jurisdiction,
            "mismatch": fragment.mismatch,
        }
        features.append(feature(to_degrees(fragment.geometry, result.epsg), said, id=fragment.id))
    return features


def _suggestion(result: CheckResult) -> dict:
    suggestion = result.proposal.suggestion
    assert suggestion is not None
    said = {
        "role": "suggestion",
        "name": f"{result.name}（融合建议）",
        "area_m2": m2(suggestion.area_u),
        "lost_m2": m2(suggestion.lost_u),
        "recheck": suggestion.recheck.value,
    }
    return feature(to_degrees(suggestion.geometry, result.epsg), said)
