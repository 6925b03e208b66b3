"""A result as it stands beside the map, drawn where it was computed: a long one takes a tenth of a second or, handed in
to do harm, many; the server's own threads would make everybody wait for it."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Flask, render_template

from spatialhub.report.view import View
from webmap import words


def panel(document: dict[str, Any], key: str) -> str:
    """Draw the panel of a result: {stamp, name, html} as JSON. `key` is that of the stored result."""
    view = View(document)
    with _pages().test_request_context():
        html = render_template("analyst/_result.html", view=view, key=key)
    return json.dumps({"stamp": stamp(), "name": view.site["name"], "html": html}, ensure_ascii=False)


@cache
def stamp() -> str:
    """Names what a panel is drawn by: one that bears another is drawn anew."""
    digest = hashlib.sha256(version("spatialhub-city").encode())
    report, said = (Path(str(files(name))) for name in ("spatialhub.report", "spatialhub.messages"))
    templates = Path(__file__).parent / "templates"
    for path in sorted([*templates.rglob("*.html"), *report.glob("*.py"), *said.glob("*.toml")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _pages() -> Flask:
    """As much of the application as the template needs."""
    from webmap import results

    app = Flask("webmap")
    words.install(app)
    app.register_blueprint(results.pages)
    return app
