"""Results as they stand beside the map, kept as text: a stored result never changes, and drawing a long one takes the
server a tenth of a second that other people's pages would wait for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from flask import render_template
from markupsafe import Markup

from spatialhub.report.view import View
from webmap.store import JSON, ResultStore

MOST_CHARACTERS = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Panel:
    """A result beside the map, and the name of its site."""

    name: str
    html: Markup


class Panels:
    """The panels last asked for, as many as `most_characters` hold."""

    def __init__(self, results: ResultStore, *, most_characters: int = MOST_CHARACTERS) -> None:
        self._results, self._most = results, most_characters
        self._drawn: OrderedDict[str, Panel] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def of(self, key: str) -> Panel:
        """Return the panel of a result.

        Raises
        ------
        UnknownResult
            There is none of this key (any more).
        """
        self._results.path(key, JSON)
        with self._lock:
            if key in self._drawn:
                self._drawn.move_to_end(key)
                return self._drawn[key]
        view = View(self._results.document(key))
        panel = Panel(view.site["name"], Markup(render_template("analyst/_result.html", view=view, key=key)))
        self._keep(key, panel)
        return panel

    def _keep(self, key: str, panel: Panel) -> None:
        with self._lock:
            if key in self._drawn:  # drawn by two at once
                return
            self._drawn[key] = panel
            self._held += len(panel.html)
            while self._held > self._most and len(self._drawn) > 1:
                self._held -= len(self._drawn.popitem(last=False)[1].html)
