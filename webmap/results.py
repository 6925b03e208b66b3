"""Stored results: shown again on the workbench, and handed out as files."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, send_file

from spatialhub.report.map import POLICY
from webmap import store
from webmap.analyst import render_workbench

pages = Blueprint("results", __name__)

# File kept → (media type, name it is handed out under).
OFFERED = {
    store.JSON: ("application/json", "检查结果.json"),
    store.GEOJSON: ("application/geo+json", "检查结果.geojson"),
    store.SUGGESTION: ("application/geo+json", "融合建议.geojson"),
    store.MAP: ("text/html", "合规检查图.html"),
}


@pages.get("/results/<key>")
def show(key: str) -> str:
    """The workbench with a result."""
    return render_workbench(key)


@pages.get("/results/<key>/<name>")
def download(key: str, name: str) -> Response:
    """A file of a result."""
    path = current_app.extensions["results"].path(key, name)
    media, offered = OFFERED[name]
    response = send_file(path, mimetype=media, as_attachment=True, download_name=offered)
    if name == store.MAP:
        # folium's script is inline: the page lives in a sandbox of its own, away from this origin.
        response.headers["Content-Security-Policy"] = f"{POLICY}; sandbox allow-scripts"
    return response
