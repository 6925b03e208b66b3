"""Looking at a file before it is checked: what stands in it, spots on the map, remedies to take. Nothing is kept."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request

from spatialhub.errors import NothingGiven
from webmap import analyst, asking, services
from webmap.asking import Asking, Way

pages = Blueprint("inspecting", __name__)


@pages.post("/inspect")
def inspect() -> str:
    """Look at the file of the form; the answer stands beside the map."""
    found = _looked_at()
    shapes = json.dumps(found["shapes"], allow_nan=False)
    return render_template("analyst/_inspection.html", found=found["document"], shapes=shapes)


@pages.post("/api/v1/inspect")
def inspect_json() -> Response:
    """The same as JSON: multipart with `file` and the form's fields."""
    return jsonify(_looked_at()["document"])


def _asked() -> Asking:
    upload = request.files.get("file")
    asked = asking.from_form({**request.form.to_dict(), "way": "file"}, analyst.bytes_of(upload))
    if asked.way is not Way.FILE:
        raise NothingGiven("file")
    return asked


def _looked_at() -> dict[str, Any]:
    """Looked at by a worker: what the geometry of a stranger costs is not paid by the server."""
    asked = services.question(_asked(), analyst.space())
    return json.loads(current_app.extensions["inspections"].ask(asked))
