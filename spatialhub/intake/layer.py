"""Streaming a planning layer: chunks of polygons (or lines) in the plane, with attributes and places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely
from shapely import Geometry, Polygon

from spatialhub import settings
from spatialhub.intake import child, wire
from spatialhub.intake.raw import Job
from spatialhub.intake.reading import weak_allowed
from spatialhub.intake.site import brought_in
from spatialhub.intake.upload import inspect
from spatialhub.spatial.crs import Bringing
from spatialhub.spatial.model import Issue, Source
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.shift import suspect_shift
from spatialhub.spatial.table import Column

Progress = Callable[[int, int], None]
_CPU_S, _CPU_S_PER_MIB = 60, 2
_UNPACKED_MIB = 8192
_SHIFT_FEATURES = 500


@dataclass(frozen=True, slots=True)
class LayerOptions:
    """What may be said about a layer beside its file; as `reading.SiteOptions`. `progress(done, total)` is called per
    chunk; total is 0 where the file does not know. With `lines` what is linear is handed on as lines. The first
    features are held against `reference` (trusted boundaries in the plane) for the shift test. `chunk_features`: the
    most that are in memory at once; no result depends on it. `sha256`: the file's hash if just made."""

    crs: int | None = None
    encoding: str | None = None
    sublayer: str | None = None
    origin: Literal["web", "cli"] = "cli"
    progress: Progress | None = None
    lines: bool = False
    reference: Geometry | None = None
    chunk_features: int = 10_000
    sha256: str | None = None


@dataclass(frozen=True)
class Chunk:
    """Features in the plane, valid; attribute columns of n values each; n places.

    `polygons` are the features as flat arrays, None where some are lines; `geometries` the same in shapely (n,).
    """

    body: wire.Body

    @property
    def polygons(self) -> Ragged | None:
        """The features as flat arrays."""
        return self.body.polygons

    @property
    def geometries(self) -> np.ndarray:
        """The features in shapely, made when first asked for."""
        return self.body.geometries

    @property
    def attributes(self) -> Mapping[str, Column]:
        """Columns by name."""
        return self.body.columns

    @property
    def places(self) -> Sequence[str]:
        """Where each feature stands in the file."""
        return self.body.places


def within_layer(job: Job, size: int) -> Job:
    """A job within the limits of a layer of `size` bytes."""
    return replace(
        job,
        profile="layer",
        cpu_s=_CPU_S + _CPU_S_PER_MIB * (size >> 20),
        memory_mib=settings.number("SPATIALHUB_LAYER_MEMORY_MIB"),
        unpacked_mib=_UNPACKED_MIB,
        max_vertices=None,
    )


class LayerReading:
    """A layer being read; a context manager, iterated once.

    `fields`, `count` and `source` stand once it is entered; `issues` and `holes` (boxes in the plane, around what could
    not be repaired) are complete after the iteration.

    >>> with LayerReading(path, 4547, LayerOptions(crs=4490)) as reading:          # doctest: +SKIP
    ...     for chunk in reading:
    ...         builder.add(chunk.geometries, chunk.attributes)
    """

    def __init__(self, path: Path, epsg: int, options: LayerOptions) -> None:
        self._upload = inspect(path, sha256=options.sha256)
        self._epsg, self._options = epsg, options
        self._stack = ExitStack()
        self._frames: Iterator[child.Frame] = iter(())
        self._issues: list[Issue] = []
        self.holes: list[Polygon] = []
        self._reference = options.reference
        self.fields: tuple[str, ...] = ()
        self.count = 0
        self.source = Source(self._upload.name, self._upload.sha256)
        self.bringing: Bringing | None = None

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What was noticed so far."""
        return tuple(self._issues)

    def __enter__(self) -> LayerReading:
        """Start the reader and wait until it has opened the file.

        Raises
        ------
        SpatialHubError
            What the reader refused.
        """
        try:
            scratch, link = self._stack.enter_context(child.scratch_for(self._upload))
            frames = child.run(self._job(scratch, link), stall_s=settings.number("SPATIALHUB_LAYER_STALL_S"))
            self._stack.callback(frames.close)  # type: ignore[attr-defined]
            self._frames = frames
            self._begin()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __iter__(self) -> Iterator[Chunk]:
        """Yield chunks as they arrive.

        Raises
        ------
        SpatialHubError
            The reader met something that it refuses; nothing of the layer may be used then.
        """
        for head, body in self._frames:
            self._report(head)
            if head["kind"] == "chunk" and body.count:
                if self._reference is not None:
                    self._test_shift(body.geometries)
                yield Chunk(body)
            elif head["kind"] == "end":
                self._issues += [wire.issue_from_json(one) for one in head["issues"]]
                self.holes = list(body.geometries)

    def _begin(self) -> None:
        """Read up to the `start` frame: the file is open and its coordinates are understood."""
        for head, _ in self._frames:
            if head["kind"] == "start":
                self._take_start(head)
                return

    def _take_start(self, head: dict[str, Any]) -> None:
        self.fields = tuple(map(str, head["fields"]))
        self.count = int(head["count"] or 0)
        name, sha256 = self._upload.name, self._upload.sha256
        self.source = Source(name, sha256, str(head["format"]), f"EPSG:{head['source']}", str(head["encoding"]))
        self.bringing = Bringing(int(head["source"]), self._epsg, str(head["by"]))
        if head["missing"]:
            self._issues.append(Issue.of("containment_weak", name, missing="、".join(head["missing"])))
        self._issues.append(brought_in(self.bringing, name))

    def _report(self, head: dict[str, Any]) -> None:
        if self._options.progress is not None and "done" in head:
            self._options.progress(int(head["done"]), self.count)

    def _test_shift(self, geometries: np.ndarray) -> None:
        """Hold the first features against the reference, once; lines say nothing before they are buffered."""
        reference, self._reference = self._reference, None
        first = geometries[:_SHIFT_FEATURES]
        areal = first[shapely.get_dimensions(first) == 2]
        if reference is None or not len(areal):
            return
        shape = shapely.multipolygons(shapely.get_parts(areal))
        suspicion = suspect_shift(shape, reference, epsg=self._epsg, place=self._upload.name)
        self._issues += [suspicion] if suspicion else []

    def _job(self, scratch: Path, link: Path) -> Job:
        options, upload = self._options, self._upload
        return Job(
            name=upload.name,
            format=upload.format,
            path=str(link),
            readable=tuple(str(one.resolve()) for one in upload.files),
            scratch=str(scratch),
            epsg=self._epsg,
            profile="layer",
            cpu_s=_CPU_S + _CPU_S_PER_MIB * (upload.size >> 20),
            memory_mib=settings.number("SPATIALHUB_LAYER_MEMORY_MIB"),
            unpacked_mib=_UNPACKED_MIB,
            crs=options.crs,
            encoding=options.encoding,
            sublayer=options.sublayer,
            lines=options.lines,
            chunk_features=options.chunk_features,
            allow_weak=weak_allowed(options.origin),
        )
