"""Many sites from one file: each feature a site of its own (a batch), read in one contained child.

`read_features` brings all features into the plane; `site_of` makes one of them a `Site`, by the same builder that
reads a single one. The two are apart so that building and checking can be spread over many processes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from spatialhub import settings
from spatialhub.errors import InvalidGeometry, NoArea, SpatialHubError, TooLarge
from spatialhub.intake import limits, wire
from spatialhub.intake.attributes import by_role
from spatialhub.intake.layer import LayerOptions, LayerReading
from spatialhub.intake.site import SiteBuilder, Surroundings, Wishes
from spatialhub.messages import Words
from spatialhub.spatial.model import Issue, Site, Source


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A feature of a file: its polygon in the plane (WKB) and attributes, or the `refusal` why it is none.

    `place` names it in the file, `title` is the name it has there (empty where none), `issues` what reading noticed.
    """

    place: str
    title: str = ""
    wkb: bytes = b""
    attributes: Mapping[str, Any] | None = None
    issues: tuple[Issue, ...] = ()
    refusal: SpatialHubError | None = None

    @property
    def geometry(self) -> shapely.Geometry:
        """The polygon in the plane."""
        return shapely.from_wkb(self.wkb)


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """A file of sites: where it came from, how it was brought in, its columns and features, and findings about the
    file as a whole."""

    source: Source
    epsg: int
    brought_from: int
    brought_by: str
    fields: tuple[str, ...]
    rows: tuple[FeatureRow, ...]
    issues: tuple[Issue, ...]


def read_features(path: Path, *, epsg: int, **options: Any) -> FeatureFile:
    """Read every feature of a file into the plane `epsg`; options: `spatialhub.intake.layer.LayerOptions`.

    Features that cannot be sites are rows with their refusal, in their place as far as the file tells it.

    Raises
    ------
    SpatialHubError
        The file as a whole is refused.
    """
    done = 0

    def note(count: int, _: int) -> None:
        nonlocal done
        done = count

    with LayerReading(Path(path), epsg, LayerOptions(**options, progress=note)) as reading:
        rows: list[FeatureRow] = []
        for chunk in reading:
            rows += _rows(chunk.geometries, chunk.attributes, chunk.places)
        bringing = reading.bringing
        if bringing is None or (not rows and not reading.holes):
            raise NoArea(reading.source.name, found=Words.of("found_no_area", nulls=0, empties=0, others=done))
        own, issues = _by_place(reading.issues, {row.place for row in rows})
        refused = _unrepaired(issues) + _without_area(issues, done, rows, reading.source.name)
        kept = [replace(row, issues=own.get(row.place, ())) for row in rows]
        return FeatureFile(
            reading.source,
            epsg,
            bringing.source,
            bringing.by,
            reading.fields,
            tuple(sorted((*kept, *refused), key=lambda row: _order(row.place))),
            tuple(issue for issue in issues if issue.code not in _AREALESS and issue.code != "unrepairable"),
        )


def site_of(row: FeatureRow, file: FeatureFile, wishes: Wishes, frame: shapely.Polygon | None = None) -> Site:
    """Make a feature a site; what holds for a single site holds for it (`spatialhub.intake.site.SiteBuilder`).

    `file.rows` are not needed for it.

    Raises
    ------
    SpatialHubError
        Its own refusal, or what the builder refuses.
    """
    if row.refusal is not None:
        raise row.refusal
    geometry = row.geometry
    count, most = int(shapely.get_num_coordinates(geometry)), settings.number("SPATIALHUB_SITE_MAX_VERTICES")
    if count > most:
        raise TooLarge(row.place, limit=limits.vertices(most), found=count)
    source = file.source
    builder = SiteBuilder(row.place, wishes, Surroundings(file.epsg, frame))
    head = {"format": source.format, "encoding": source.encoding, "source": file.brought_from, "by": file.brought_by}
    builder.take({"kind": "start", "missing": (), **head}, np.zeros(0, object))
    columns = {name: [value] for name, value in (row.attributes or {}).items()}
    builder.take({"kind": "chunk", "attributes": columns, "places": [row.place]}, np.array([geometry], object))
    builder.take({"kind": "end", "issues": [wire.issue_to_json(one) for one in row.issues]}, np.zeros(0, object))
    return replace(builder.build(source.sha256), source=source)


def _rows(geometries: np.ndarray, attributes: Mapping[str, Sequence], places: Sequence[str]) -> list[FeatureRow]:
    blobs = shapely.to_wkb(geometries, output_dimension=2)
    titles = [str(by_role(attributes, i).get("name", "")) for i in range(len(places))]
    columns = list(attributes.items())
    return [
        FeatureRow(place, titles[i], bytes(blobs[i]), {name: values[i] for name, values in columns})
        for i, place in enumerate(places)
    ]


def _by_place(issues: tuple[Issue, ...], places: set[str]) -> tuple[dict[str, tuple[Issue, ...]], list[Issue]]:
    """Findings about single features by place, and the rest; what counts several features is about the file."""
    own: dict[str, tuple[Issue, ...]] = {}
    rest = []
    for issue in issues:
        if issue.place in places and "count" not in dict(issue.params):
            own[issue.place] = (*own.get(issue.place, ()), issue)
        else:
            rest.append(issue)
    return own, rest


def _unrepaired(issues: list[Issue]) -> list[FeatureRow]:
    lost = [issue for issue in issues if issue.code == "unrepairable"]
    return [
        FeatureRow(one.place, refusal=InvalidGeometry(one.place, defect=values["defect"], where=values["where"]))
        for one in lost
        for values in [dict(one.params)]
    ]


_AREALESS = {"null_geometry": "nulls", "empty_geometry": "empties", "not_area": "others"}


def _without_area(issues: list[Issue], done: int, rows: list[FeatureRow], name: str) -> list[FeatureRow]:
    """Rows for features without area. Readers count them and name the first of a kind; where features are numbered
    from 1 the gaps tell which ones, else one row stands for all of a kind."""
    counts = {one.code: (one.place, int(dict(one.params)["count"])) for one in issues if one.code in _AREALESS}
    first = {place for place, _ in counts.values()}
    seen = {row.place for row in rows} | {one.place for one in issues if one.code == "unrepairable"}
    stem = next(iter(sorted(seen | first)), name).rpartition("#")[0]
    gaps = [place for number in range(1, done + 1) if (place := f"{stem}#{number}") not in seen]
    known = len(gaps) == sum(count for _, count in counts.values()) and first <= set(gaps)
    found = {kind: counts.get(code, ("", 0))[1] for code, kind in _AREALESS.items()}
    refusal = {"found": Words.of("found_no_area", **found)}
    return [FeatureRow(place, refusal=NoArea(place, **refusal)) for place in (gaps if known else sorted(first))]


def _order(place: str) -> tuple[str, int, str]:
    found = re.fullmatch(r"(.*?)[#:](\d+)", place)
    return (found[1], int(found[2]), place) if found else (place, 0, place)
