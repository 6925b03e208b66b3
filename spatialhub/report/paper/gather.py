"""What a report's maps show around a site: from the very versions that the result was checked against, where they are
still kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import shapely
from shapely import Geometry

from layers import checks
from layers.versions import versions
from layers.workspace import Workspace
from spatialhub.catalogue import LayerEntry
from spatialhub.check import PinnedLayer
from spatialhub.db import reading
from spatialhub.errors import SnapshotError
from spatialhub.messages import say
from spatialhub.report.context import DrawnLayer, around, drawn_layers
from spatialhub.report.paper.maps import MapData, map_frame
from spatialhub.spatial.crs import mover

DISTRICT_TABLE = "XZQ"  # the national table of districts: the location map draws the layer that is imported from it

MAX_VERTICES = 300_000  # paper shows more than a screen, and is drawn once


@dataclass(frozen=True, slots=True)
class Kept:
    """A version that a result names: `snapshot` where it is still here under the hash that was checked against;
    `synthetic` where it was imported as such."""

    key: str
    number: int
    sha256: str
    snapshot: Path | None
    synthetic: bool = False


def kept_versions(workspace: Workspace, document: Mapping) -> list[Kept]:
    """Return every layer version that a result was made from, and whether its snapshot is still here."""
    with reading(workspace.engine) as session:
        known = {(row.layer, row.number): row for row in versions(session, workspace.city.key)}
    found = []
    for key, row in document["provenance"]["layer_versions"].items():
        path = workspace.snapshots / row["sha256"]
        version = known.get((key, row["version"]))
        here = version is not None and version.snapshot_sha256 == row["sha256"] and path.is_dir()
        synthetic = version is not None and bool(version.options.get("synthetic"))
        found.append(Kept(key, row["version"], row["sha256"], path if here else None, synthetic))
    return found


def marked(workspace: Workspace, document: Mapping) -> Mapping:
    """Return a result that says so where data were synthetic: notices stand outside the hash, the registry knows."""
    words = say("synthetic_layers", "zh")
    if words in document["notices"] or not any(row.synthetic for row in kept_versions(workspace, document)):
        return document
    return dict(document) | {"notices": [words, *document["notices"]]}


def map_data(workspace: Workspace, document: Mapping) -> MapData:
    """Return what the maps of a result draw; layers whose version is gone are named in `missing`.

    A result of another city than the workspace's is drawn without layers.
    """
    titles = {row["key"]: row["title"] for row in document["layers"]}
    if workspace.city.key != document["provenance"]["city"]:
        return MapData(missing=tuple(titles.values()))
    kept = kept_versions(workspace, document)
    pinned = _pinned_of(workspace, kept)
    outline = city_outline(workspace)
    districts = [layer for layer in pinned if DISTRICT_TABLE in layer.entry.tables]
    try:
        return MapData(
            layers=drawn_layers(pinned, map_frame(document).box, max_vertices=MAX_VERTICES),
            outline=outline,
            districts=drawn_layers(districts, outline.bounds, max_vertices=20_000),
            missing=tuple(titles.get(row.key, row.key) for row in kept if row.snapshot is None),
        )
    except SnapshotError:  # damaged or of an older format: the result stands, its pictures cannot be drawn again
        return MapData(outline=outline, missing=tuple(titles.values()))


def layers_around(workspace: Workspace, document: Mapping) -> list[DrawnLayer]:
    """Return the layers that a result was made from, around its site, as a screen shows them; none where their versions
    are gone."""
    if workspace.city.key != document["provenance"]["city"]:
        return []
    try:
        return drawn_layers(
            _pinned_of(workspace, kept_versions(workspace, document)), around(document["site"]["bounds"])
        )
    except SnapshotError:
        return []


def city_layers(workspace: Workspace, *, day: date) -> tuple[Geometry, list[DrawnLayer], list[str]]:
    """Return the city's outline in the plane, its layers in force on a day thinned to a screen, and what must be said
    with them."""
    pinned = checks.pinned(workspace, as_of=day)
    outline = city_outline(workspace)
    notices = [say("synthetic_layers", "zh")] if any(layer.synthetic for layer in pinned) else []
    return outline, drawn_layers(pinned, outline.bounds), notices


def city_outline(workspace: Workspace) -> Geometry:
    """Return the city's generalised outline in its plane."""
    return shapely.transform(shapely.Polygon(workspace.city.frame.outline_4490), mover(4490, workspace.city.epsg))


def _pinned_of(workspace: Workspace, kept: Iterable[Kept]) -> list[PinnedLayer]:
    return [layer for row in kept if (layer := _pinned(workspace, row)) is not None]


def _pinned(workspace: Workspace, row: Kept) -> PinnedLayer | None:
    entry: LayerEntry | None = workspace.catalogue.entries.get(row.key)
    if entry is None or row.snapshot is None:
        return None
    return PinnedLayer(entry, version=row.number, snapshot=row.snapshot, sha256=row.sha256)
