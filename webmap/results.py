"""Stored results: shown again on the workbench, and handed out as files."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, send_file

from spatialhub.errors import UnknownResult
from spatialhub.report.map import POLICY
from webmap import services, store
from webmap.analyst import render_workbench

pages = Blueprint("results", __name__)

# File kept → (media type, name it is handed out under).
OFFERED = {
    store.JSON: ("application/json", "检查结果.json"),
    store.GEOJSON: ("application/geo+json", "检查结果.geojson"),
    store.SUGGESTION: ("application/geo+json", "融合建议.geojson"),
    store.MAP: ("text/html", "合规检查图.html"),
    store.PAPERS["docx"]: (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "合规性审查报告.docx",
    ),
    store.PAPERS["pdf"]: ("application/pdf", "合规性审查报告.pdf"),
    store.PAPERS["xlsx"]: ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "合规性审查附表.xlsx"),
    store.PAPERS["gpkg"]: ("application/geopackage+sqlite3", "合规性审查图形.gpkg"),
}
_FORMS = {name: form for form, name in store.PAPERS.items()} | {store.MAP: services.MAP}


@pages.get("/results/<key>")
def show(key: str) -> str:
    """The workbench with a result."""
    return render_workbench(key)


@pages.get("/results/<key>/<name>")
def download(key: str, name: str) -> Response:
    """A file of a result; a paper or map is made when it is first asked for, by a worker with a deadline."""
    kept = current_app.extensions["results"]
    if name not in OFFERED:
        raise UnknownResult(name[:40])
    if name in _FORMS and not kept.has(key, name):
        kept.path(key, store.JSON)
        current_app.extensions["papers"].ask(
            services.paper_question(key, _FORMS[name], current_app.extensions["space"])
        )
    path = kept.path(key, name)
    media, offered = OFFERED[name]
    response = send_file(path, mimetype=media, as_attachment=True, download_name=offered)
    if name == store.MAP:
        # folium's script is inline: the page lives in a sandbox of its own, away from this origin.
        response.headers["Content-Security-Policy"] = f"{POLICY}; sandbox allow-scripts"
    return response
