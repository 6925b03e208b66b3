"""Results as they stand beside the map: drawn by workers (webmap.drawing), kept beside the result and, the last ones
asked for, in memory."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from webmap import drawing
from webmap.store import JSON, PANEL, ResultStore

MOST_CHARACTERS = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Panel:
    """A result beside the map, and the name of its site."""

    name: str
    html: Markup


class Panels:
    """The panels of stored results; `draw(key)` has a worker keep one beside its result."""

    def __init__(
        self, results: ResultStore, draw: Callable[[str], object], *, most_characters: int = MOST_CHARACTERS
    ) -> None:
        self._results, self._draw, self._most = results, draw, most_characters
        self._known: OrderedDict[str, Panel] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def of(self, key: str) -> Panel:
        """Return the panel of a result.

        Raises
        ------
        UnknownResult
            There is none of this key (any more).
        SpatialHubError
            It had to be drawn anew, and no worker came free or it was too much for one.
        """
        self._results.path(key, JSON)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        if self._kept(key).get("stamp") != drawing.stamp():
            self._draw(key)
        kept = self._kept(key)  # as the worker drew it, also where the program was changed under this server
        panel = Panel(kept["name"], Markup(kept["html"]))
        self._remember(key, panel)
        return panel

    def _kept(self, key: str) -> dict[str, str]:
        """What lies beside the result; nothing where it was never drawn."""
        if not self._results.has(key, PANEL):
            return {}
        return json.loads(self._results.path(key, PANEL).read_text("utf-8"))

    def _remember(self, key: str, panel: Panel) -> None:
        with self._lock:
            if key in self._known:  # asked for by two at once
                return
            self._known[key] = panel
            self._held += len(panel.html)
            while self._held > self._most and len(self._known) > 1:
                self._held -= len(self._known.popitem(last=False)[1].html)
