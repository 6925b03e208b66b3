"""The API: the same answers as the pages, as JSON; refusals are problem details (RFC 9457)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, send_file

from spatialhub.errors import OptionError
from webmap import asking, services
from webmap.analyst import kept, runner, space
from webmap.store import JSON

pages = Blueprint("api", __name__)


@pages.post("/check")
def check() -> Response:
    """Check a site: multipart with `file` and the form's fields, or JSON with `wkt` or `geojson`."""
    if request.mimetype == "multipart/form-data":
        upload = request.files.get("file")
        asked = asking.from_form(request.form, (upload.filename or "site", upload.read()) if upload else None)
    else:
        if not request.is_json:
            raise OptionError("body", found=request.mimetype or "—", allowed="application/json, multipart/form-data")
        asked = asking.from_json(asking.json_body(request.get_data()))
    key = runner().ask(services.question(asked, space()))
    response = send_file(kept().path(key, JSON), mimetype="application/json")
    response.headers["Content-Location"] = f"/results/{key}/{JSON}"
    return response


@pages.get("/layers")
def layers() -> Response:
    """Every layer of the catalogue with what is loaded for it."""
    rows = []
    for row in services.layer_rows(space()):
        version = row.in_force
        rows.append(
            {
                "key": row.entry.key,
                "title": row.entry.title_zh,
                "family": row.entry.family.value,
                "kind": row.entry.kind.value,
                "required": row.entry.required,
                "steward": row.steward,
                "clause": row.entry.clause,
                "version": version.number if version else None,
                "in_force_from": row.pinned.in_force_from or None,
                "feature_count": version.feature_count if version else None,
                "area_m2": version.area_m2 if version else None,
                "reason": row.pinned.reason or None,
            }
        )
    return jsonify({"city": space().city.key, "layers": rows})


@pages.get("/layers/<key>/features")
def layer_features(key: str) -> Response:
    """Features of a layer within `bbox=west,south,east,north` (degrees, EPSG:4490), thinned for drawing."""
    return jsonify(services.layer_features(space(), key, _box(request.args.get("bbox", ""))))


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise OptionError("bbox", found=text[:80], allowed="west,south,east,north")
    return west, south, east, north
