"""Colours and patterns of verdicts, conformities and statuses, from the one table that the reports use too."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from spatialhub.report.patterns import TILES
from spatialhub.report.words import COLOURS, CONFORMITIES, label

pages = Blueprint("status_colours", __name__)


@pages.get("/palette.css")
def stylesheet() -> Response:
    """Classes `ink-<value>` (text and border) of every status."""
    rules = "".join(f".ink-{name}{{color:{shade};border-color:{shade}}}" for name, shade in COLOURS.items())
    return _kept(Response(rules, content_type="text/css; charset=utf-8"))


@pages.get("/palette.json")
def table() -> Response:
    """What the map draws fragments with."""
    rows = {name: {"colour": COLOURS[name], "tile": TILES[name]} for name in CONFORMITIES}
    return _kept(jsonify({name: row | {"label": label("conformity", name)} for name, row in rows.items()}))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, max-age=300"
    return response
