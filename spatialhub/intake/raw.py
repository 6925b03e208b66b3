"""Values between a reader and the pipeline, inside the contained child: geometry as the file gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np

from spatialhub.errors import SpatialHubError
from spatialhub.spatial.model import Issue
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.table import Column


@dataclass(frozen=True, slots=True)
class Job:
    """What a contained reader is asked for; plain values only, it travels as JSON.

    `path` is the upload (a link inside `scratch` where GDAL reads it), `crs` and `encoding` what the user said, `axes`
    the order of a file's columns where the user said it: `north_first` or `east_first`, `degrees` that they are
    `decimal`, `accept` the remedies that the user took (`remedies`). `task` names a module of ours whose
    `send(job, out)` answers instead of a reader of sites and layers; the child imports it before the walls stand.
    """

    name: str
    format: str
    path: str
    readable: tuple[str, ...]
    scratch: str
    epsg: int
    profile: Literal["site", "layer"]
    cpu_s: int
    memory_mib: int
    unpacked_mib: int
    crs: int | None = None
    encoding: str | None = None
    sublayer: str | None = None
    axes: str | None = None
    degrees: str | None = None
    accept: tuple[str, ...] = ()
    lines: bool = False
    max_vertices: int | None = None
    repair_s: int = 5
    chunk_features: int = 10_000
    allow_weak: bool = False
    survey: bool = False
    task: str = ""

    def to_json(self) -> dict[str, Any]:
        """The job as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Job:
        """The job back."""
        known = {one.name for one in fields(cls)}
        given = {name: one for name, one in value.items() if name in known}
        return cls(**{**given, "readable": tuple(given["readable"]), "accept": tuple(given.get("accept", ()))})


@dataclass(frozen=True, eq=False)
class Places(Sequence):
    """Where features stand, `label#number` each; `numbers` int64 (n,)."""

    label: str
    numbers: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, at):
        if isinstance(at, slice):
            return [f"{self.label}#{number}" for number in self.numbers[at].tolist()]
        return f"{self.label}#{self.numbers[at]}"

    def take(self, at: np.ndarray) -> Places:
        """The places at positions."""
        return Places(self.label, self.numbers[at])


@dataclass(frozen=True, slots=True)
class RawChunk:
    """Features as the file has them: shapely geometries (n,) easting or longitude first, None where null."""

    geometries: np.ndarray
    attributes: Mapping[str, Column]
    places: Sequence[str]
    issues: tuple[Issue, ...] = ()
    polygons: None = None


@dataclass(frozen=True, eq=False)
class FlatChunk:
    """As `RawChunk`, of features each of which is a polygon or several, of finite coordinates, without heights."""

    polygons: Ragged
    attributes: Mapping[str, Column]
    places: Sequence[str]
    issues: tuple[Issue, ...] = ()

    @cached_property
    def geometries(self) -> np.ndarray:
        """The features in shapely, made when first asked for."""
        return self.polygons.geometries()


@dataclass(frozen=True, slots=True)
class Opening:
    """A file opened: what it says of itself, and its chunks.

    `crs` is None where the file says nothing; `said` is how it says it, `refusal` why that cannot be taken: then the
    chunks can be looked at, and nothing more.
    """

    format: str
    chunks: Iterator[RawChunk | FlatChunk]
    crs: int | None = None
    crs_by_standard: bool = False
    encoding: str = ""
    fields: tuple[str, ...] = ()
    count: int | None = None
    issues: tuple[Issue, ...] = field(default=())
    said: str = ""
    refusal: SpatialHubError | None = None
