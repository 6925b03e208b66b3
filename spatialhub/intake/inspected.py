"""Values of an inspection: layers as they stand in a file, remedies, spots, the whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from shapely import Geometry

from spatialhub.errors import SpatialHubError
from spatialhub.messages import Words
from spatialhub.spatial.crs import looks_like
from spatialhub.spatial.model import Issue, Site


@dataclass(frozen=True, slots=True)
class LayerSurvey:
    """A layer as it stands in the file: `crs` (EPSG) as recognised from `said`, counts, defects, shapes to draw.

    `kinds` counts geometry types, `null` and `empty` among them; `spots` are (place, defect, x, y) in the file's own
    numbers, x and y absent where GEOS names no place; `error` why reading it ended, `refusal` why its system is not
    taken as said.
    """

    name: str
    format: str = ""
    said: str = ""
    crs: int | None = None
    by_standard: bool = False
    encoding: str = ""
    fields: tuple[str, ...] = ()
    features: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    vertices: int = 0
    most_vertices: int = 0
    heights: int = 0
    invalid: int = 0
    box: tuple[float, ...] = ()
    sample: tuple[tuple[float, float], ...] = ()
    spots: tuple[tuple, ...] = ()
    issues: tuple[Issue, ...] = ()
    refusal: SpatialHubError | None = None
    error: SpatialHubError | None = None
    shapes: tuple[Geometry, ...] = ()

    @property
    def looks(self) -> Words | None:
        """What its numbers look like."""
        return looks_like(np.array(self.sample)).words if self.sample else None


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something a person may say or take: `option` (crs, axes, sublayer, degrees, accept …) and its values, the words
    for it, where the shapes would then lie (the plane; None where that is not known), and the `shift` of a map datum
    that they would seem to carry there."""

    words: Words
    options: tuple[tuple[str, str], ...]
    shape: Geometry | None = None
    shift: Issue | None = None

    @property
    def command(self) -> str:
        """The same for the command line."""
        return " ".join(f"--{name} {value!r}" if re.search(r"[^\w:.,=-]", value) else f"--{name} {value}"
                        for name, value in self.options)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the plane (easting, northing) that the map shows, with its finding."""

    issue: Issue
    east_m: float
    north_m: float


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found: layers, and either `site` (how it would be taken) or `refusal`; `read_count` features of a
    planning layer where it was looked at as one. `outside` is the share of the area outside the frame."""

    name: str
    sha256: str
    size: int
    epsg: int
    layers: tuple[LayerSurvey, ...]
    site: Site | None = None
    refusal: SpatialHubError | None = None
    issues: tuple[Issue, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    spots: tuple[Spot, ...] = ()
    outside: float | None = None
    read_count: int | None = None
    missing: tuple[str, ...] = ()

    def noticed(self, issue: Issue) -> Inspection:
        """The same with one finding more."""
        return replace(self, issues=(*self.issues, issue))
