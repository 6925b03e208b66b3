"""Edge lines among the chunks of an import: gathered while the file streams by, closed when all have been seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import Geometry

from layers.columns import as_text
from layers.edges import EdgeRules, close_edges
from spatialhub.spatial.model import Issue
from spatialhub.spatial.table import Column, taken

_MOST_TOLD = 200


@dataclass(frozen=True)
class Part:
    """Some features of a chunk: geometries (k,), attribute columns of k values, k places."""

    geometries: np.ndarray
    attributes: Mapping[str, Column]
    places: Sequence[str]
    polygons: None = None


class EdgeChunks:
    """Takes the lines out of chunks. Lines of a layer are few, and all must be known before any can be closed: they are
    kept until the end."""

    def __init__(self, rules: EdgeRules, fields: Sequence[str]) -> None:
        self._rules, self._fields = rules, tuple(fields)
        self._by = rules.column(fields)
        self._lines: list[Geometry] = []
        self._attributes: dict[str, list] = {name: [] for name in fields}
        self._places: list[str] = []
        self.holes: tuple[Geometry, ...] = ()
        self.issues: tuple[Issue, ...] = ()

    def take(self, chunk: Any) -> Any:
        """Keep the lines of a chunk; returns the rest of it."""
        if getattr(chunk, "polygons", None) is not None:
            return chunk
        linear = shapely.get_dimensions(chunk.geometries) == 1
        if not linear.any():
            return chunk
        self._lines += list(chunk.geometries[linear])
        for name in self._fields:
            self._attributes[name] += list(taken(chunk.attributes[name], linear))
        self._places += [chunk.places[at] for at in np.flatnonzero(linear).tolist()]
        rest = np.flatnonzero(~linear)
        attributes = {name: taken(values, rest) for name, values in chunk.attributes.items()}
        return Part(chunk.geometries[rest], attributes, [chunk.places[at] for at in rest.tolist()])

    def closed(self, place: str) -> Part | None:
        """The areas, each with the attributes of its first line; None where there is none. `holes` and `issues` tell of
        the lines that stayed open."""
        if not self._lines:
            return None
        keys = [as_text(value) for value in self._attributes[self._by]] if self._by else [None] * len(self._lines)
        areas, unclosed = close_edges(self._lines, keys, self._rules)
        self.holes = tuple(one.hole for one in unclosed)
        used = sum(len(area.lines) for area in areas)
        issues = [Issue.of("edges_closed", place, count=len(areas), lines=used)] if areas else []
        for one in unclosed[:_MOST_TOLD]:
            middle = shapely.line_interpolate_point(one.geometry, 0.5, normalized=True)
            where = f"E {middle.x:.2f}, N {middle.y:.2f}"
            told = {"where": where, "length_m": f"{one.geometry.length:.1f}", "name": keys[one.lines[0]] or "—"}
            issues.append(Issue.of(f"edge_{one.reason}", self._places[one.lines[0]], **told))
        if unclosed:
            reasons = Counter(one.reason for one in unclosed)
            issues.append(Issue.of("edges_open", place, count=len(unclosed), width_m=f"{self._rules.max_width_m:g}",
                                   single=reasons["single"], ambiguous=reasons["ambiguous"],
                                   crossing=reasons["crossing"]))  # fmt: skip
        self.issues = tuple(issues)
        if not areas:
            return None
        first = [area.lines[0] for area in areas]
        geometries = np.empty(len(areas), object)
        geometries[:] = [area.geometry for area in areas]
        attributes = {name: [values[at] for at in first] for name, values in self._attributes.items()}
        return Part(geometries, attributes, [self._places[at] for at in first])
