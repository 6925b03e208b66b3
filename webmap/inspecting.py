"""Looking at a file before it is checked: what stands in it, spots on the map, remedies to take. Nothing is kept."""

from __future__ import annotations

import json
import threading
from typing import Any

import numpy as np
import shapely
from flask import Blueprint, Response, jsonify, render_template, request
from shapely import Geometry

from spatialhub.errors import Busy, NothingGiven
from spatialhub.intake.inspected import Inspection
from spatialhub.report.inspected import document
from webmap import analyst, asking, services
from webmap.asking import Asking, Way

pages = Blueprint("inspecting", __name__)
AT_ONCE, WAIT_S = 2, 20.0
_room = threading.BoundedSemaphore(AT_ONCE)


@pages.post("/inspect")
def inspect() -> str:
    """Look at the file of the form; the answer stands beside the map."""
    found = _inspected(_asked())
    return render_template("analyst/_inspection.html", found=document(found), shapes=_shapes(found))


@pages.post("/api/v1/inspect")
def inspect_json() -> Response:
    """The same as JSON: multipart with `file` and the form's fields."""
    return jsonify(document(_inspected(_asked())))


def _asked() -> Asking:
    upload = request.files.get("file")
    asked = asking.from_form({**request.form.to_dict(), "way": "file"}, analyst.bytes_of(upload))
    if asked.way is not Way.FILE:
        raise NothingGiven("file")
    return asked


def _inspected(asked: Asking) -> Inspection:
    """Few at once: each takes a process of its own, and checks shall not wait for them."""
    if not _room.acquire(timeout=WAIT_S):
        raise Busy("inspect")
    try:
        return services.inspect(asked, analyst.space())
    finally:
        _room.release()


def _shapes(found: Inspection) -> str:
    """What the map draws, in the city's plane: parts, spots, what each remedy would give."""
    features: list[dict[str, Any]] = []
    if found.site is not None:
        features += [_feature("part", part.number, part.geometry) for part in found.site.parts]
    for number, spot in enumerate(found.spots, start=1):
        features.append(_feature("spot", number, shapely.Point(spot.east_m, spot.north_m)))
    for number, remedy in enumerate(found.remedies, start=1):
        if remedy.shape is not None:
            features.append(_feature("remedy", number, remedy.shape))
    return json.dumps({"type": "FeatureCollection", "features": features}, allow_nan=False)


def _feature(role: str, number: int, geometry: Geometry) -> dict[str, Any]:
    rounded = shapely.transform(geometry, lambda coords: np.round(coords, 2))
    return {
        "type": "Feature",
        "properties": {"role": role, "number": number},
        "geometry": json.loads(shapely.to_geojson(rounded)),
    }
