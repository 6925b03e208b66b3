"""Inside the child: what stands in a file, layer by layer, in its own numbers; nothing is moved or repaired."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
import shapely

from spatialhub.errors import ChoiceNeeded, SpatialHubError
from spatialhub.intake import readers, wire
from spatialhub.intake.raw import FlatChunk, Job, Opening, RawChunk
from spatialhub.spatial.model import Issue

MOST_LAYERS, MOST_SPOTS, MOST_DRAWN, MOST_ISSUES = 60, 200, 20_000, 200
_SAMPLE = 2_000


def send(job: Job, out: BinaryIO, *, missing: tuple[str, ...]) -> None:
    """Send one `layer` frame for each layer, each followed by a `chunk` of shapes to draw, and an `end`.

    Raises
    ------
    SpatialHubError
        The file as a whole cannot be opened.
    """
    wire.write(out, {"kind": "start", "missing": list(missing)})
    for name, opening in _openings(job):
        _send_layer(name, opening, job, out)
    wire.write(out, {"kind": "end", "issues": [], "done": 0, "holes": 0, "groups": []})


def _openings(job: Job) -> Iterator[tuple[str, Opening | SpatialHubError]]:
    """The layers of a file one after the other, each opened when the one before is done with."""
    try:
        yield "", readers.open_file(job)
    except ChoiceNeeded as question:
        choices = question.params.get("choices")
        if question.params.get("option") != "--sublayer" or job.sublayer or not isinstance(choices, (tuple, list)):
            raise
        for name in map(str, choices[:MOST_LAYERS]):
            try:
                yield name, readers.open_file(replace(job, sublayer=name))
            except SpatialHubError as error:
                yield name, error


def _send_layer(name: str, opening: Opening | SpatialHubError, job: Job, out: BinaryIO) -> None:
    found = _Survey()
    try:
        if isinstance(opening, SpatialHubError):
            raise opening
        for chunk in opening.chunks:
            found.take(chunk)
            wire.write(out, {"kind": "progress", "done": found.features})
    except SpatialHubError as error:
        head = {"kind": "layer", "name": name, "error": wire.error_to_json(error)}
        wire.write(out, head | ({} if isinstance(opening, SpatialHubError) else _said(opening)) | found.told())
    else:
        wire.write(out, {"kind": "layer", "name": name} | _said(opening) | found.told(opening.issues))
    shapes = found.drawn
    groups, blob = wire.pack(np.array(shapes, object)) if shapes else ([], b"")
    after: dict[str, Any] = {
        "kind": "chunk",
        "count": len(shapes),
        "groups": groups,
        "attributes": {},
        "done": found.features,
    }
    wire.write(out, after | {"places": found.places}, blob)


def _said(opening: Opening) -> dict[str, Any]:
    refusal = None if opening.refusal is None else wire.error_to_json(opening.refusal)
    return {
        "format": opening.format, "crs": opening.crs, "said": opening.said[:200],
        "by_standard": opening.crs_by_standard, "encoding": opening.encoding,
        "fields": list(opening.fields)[:200], "refusal": refusal,
    }  # fmt: skip


class _Survey:
    """Counts over the chunks of a layer."""

    def __init__(self) -> None:
        self.features = self.vertices = self.most_vertices = self.heights = self.invalid = 0
        self.kinds: Counter[str] = Counter()
        self.low, self.high = np.full(2, np.inf), np.full(2, -np.inf)
        self.sample = np.zeros((0, 2))
        self.spots: list[list[object]] = []
        self.issues: list[Issue] = []
        self.drawn: list[shapely.Geometry] = []
        self.places: list[str] = []
        self._room = MOST_DRAWN

    def take(self, chunk: RawChunk | FlatChunk) -> None:
        """Count one chunk."""
        shapes = np.asarray(chunk.geometries)
        self.features += len(shapes)
        self.issues += chunk.issues[: MOST_ISSUES - len(self.issues)]
        kinds, empty = shapely.get_type_id(shapes), shapely.is_empty(shapes)
        names = ["null" if kind < 0 else "empty" if gone else shapely.GeometryType(kind).name
                 for kind, gone in zip(kinds.tolist(), empty.tolist(), strict=True)]  # fmt: skip
        self.kinds.update(names)
        counts = shapely.get_num_coordinates(shapes)
        self.vertices += int(counts.sum())
        self.most_vertices = max(self.most_vertices, int(counts.max(initial=0)))
        self.heights += int(shapely.has_z(shapes).sum())
        self._measure(shapely.get_coordinates(shapes))
        self._judge(shapes, kinds, chunk)
        self._draw(shapes, kinds, counts, chunk)

    def _measure(self, coords: np.ndarray) -> None:
        coords = coords[np.isfinite(coords).all(axis=1)]
        if len(coords):
            self.low = np.minimum(self.low, coords.min(axis=0))
            self.high = np.maximum(self.high, coords.max(axis=0))
            room = _SAMPLE - len(self.sample)
            step = max(1, len(coords) // room) if room else 0
            if room:
                self.sample = np.concatenate([self.sample, coords[::step][:room]])

    def _judge(self, shapes: np.ndarray, kinds: np.ndarray, chunk: RawChunk | FlatChunk) -> None:
        bad = np.flatnonzero((kinds >= 0) & ~shapely.is_valid(shapes))
        self.invalid += len(bad)
        for number in bad[: MOST_SPOTS - len(self.spots)].tolist():
            reason = shapely.is_valid_reason(shapes[number])
            found = re.fullmatch(r"(.*?)\s*\[(\S+) (\S+)\]", reason)
            where = [float(found[2]), float(found[3])] if found else []
            if found and not np.isfinite(where).all():
                where = []
            name = re.sub(r"\W+", "_", (found[1] if found else reason).lower())[:60]
            self.spots.append([chunk.places[number], name, *where])

    def _draw(self, shapes: np.ndarray, kinds: np.ndarray, counts: np.ndarray, chunk: RawChunk | FlatChunk) -> None:
        for number in np.flatnonzero(np.isin(kinds, (1, 3, 5, 6)) & (counts > 0)).tolist():
            shape = shapely.force_2d(shapes[number])
            if counts[number] > self._room or not np.isfinite(shapely.get_coordinates(shape)).all():
                continue
            self._room -= int(counts[number])
            self.drawn.append(shape)
            self.places.append(chunk.places[number])

    def told(self, before: tuple[Issue, ...] = ()) -> dict[str, Any]:
        """The counts as JSON."""
        box = [*self.low.tolist(), *self.high.tolist()] if np.isfinite(self.low).all() else []
        return {
            "features": self.features, "kinds": dict(self.kinds), "vertices": self.vertices,
            "most_vertices": self.most_vertices, "heights": self.heights, "invalid": self.invalid, "box": box,
            "sample": self.sample.tolist(), "spots": self.spots,
            "issues": [wire.issue_to_json(one) for one in [*before, *self.issues]],
        }  # fmt: skip
