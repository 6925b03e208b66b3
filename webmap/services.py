"""The one place where the web front touches the platform's services. No request, no page in here."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import shapely
from shapely import Geometry
from shapely.geometry import box

from layers import checks
from layers.model import LayerVersion, Status
from layers.versions import versions
from layers.workspace import Workspace, open_workspace
from spatialhub import intake, settings, worktime
from spatialhub.catalogue import LayerEntry
from spatialhub.check import CheckOptions, PinnedLayer
from spatialhub.db import reading
from spatialhub.intake.inspected import Inspection
from spatialhub.intake.inspection import inspect_bytes
from spatialhub.report.context import DrawnLayer, drawn_layer
from spatialhub.report.geojson import feature, result_geojson, suggestion_geojson, to_degrees
from spatialhub.report.inspected import document, drawn
from spatialhub.result import CheckResult, to_json
from spatialhub.spatial.crs import mover
from spatialhub.spatial.model import Site
from webmap import drawing, samples, store
from webmap.asking import Asking, Way

ORIGIN = "web"
PANEL, MAP = "panel", "map"  # among the forms of papers
_BEYOND_DEG = 1.5  # how far beyond the city features are handed out


@dataclass(frozen=True, slots=True)
class Question:
    """What a worker process needs: the asking, the home it is asked in, and the settings the server runs with."""

    asking: Asking
    home: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A catalogue entry with the version in force today, the newest one, and why there is none in force."""

    entry: LayerEntry
    steward: str
    pinned: PinnedLayer
    newest: LayerVersion | None
    in_force: LayerVersion | None

    @property
    def drafts(self) -> bool:
        """Whether a version waits for its steward's release."""
        return self.newest is not None and self.newest.status is Status.DRAFT


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """What a worker needs to make a paper of a stored result, or its panel: its key and the form."""

    key: str
    form: str
    home: Path
    environment: Mapping[str, str]


def question(asking: Asking, space: Workspace) -> Question:
    """Pack what a worker needs; the worker does not share this process's environment."""
    return Question(asking, space.home, _environment())


def paper_question(key: str, form: str, space: Workspace) -> PaperQuestion:
    """Pack what a worker needs to make a paper."""
    return PaperQuestion(key, form, space.home, _environment())


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name, _, _ in settings.SETTINGS if name in os.environ}


def make_paper(asked: PaperQuestion) -> str:
    """Make a paper of a stored result and keep it beside it; return its file name. Runs in a worker process.

    Raises
    ------
    SpatialHubError
        The result is gone, there is no font to set it in, a template is wrong.
    """
    from spatialhub.report.map import render_map
    from spatialhub.report.paper.gather import layers_around
    from spatialhub.report.paper.making import Papers

    os.environ.update(asked.environment)
    space = open_workspace(asked.home)
    kept = store.ResultStore(space.home / "results")
    value = kept.document(asked.key)
    if asked.form == PANEL:
        name, content = store.PANEL, drawing.panel(value, asked.key).encode()
    elif asked.form == MAP:
        name, content = store.MAP, render_map(value, layers=layers_around(space, value)).encode()
    else:
        name, content = store.PAPERS[asked.form], Papers(value, space).make(asked.form)
    kept.add(asked.key, name, content)
    return name


def answer(asked: Question) -> str:
    """Read, check, render and keep one site; return the key of the stored result. Runs in a worker process.

    Raises
    ------
    SpatialHubError
        The input is refused.
    """
    os.environ.update(asked.environment)
    space = open_workspace(asked.home)
    pinned = pinned_layers(space)
    site = checks.read(space, partial(read, asked.asking, space), layers=pinned)
    now = worktime.now()
    options = CheckOptions(
        min_area_m2=asked.asking.min_area_m2,
        as_of=now.date().isoformat(),
        checked_at=now.isoformat(timespec="seconds"),
    )
    result = checks.check(space, site, pinned, options)
    return store.ResultStore(space.home / "results").put(documents(result))


def look(asked: Question) -> str:
    """Look at an uploaded file without keeping anything of it; return {document, shapes}, what is said and what the map
    draws, as JSON. Runs in a worker process.

    Raises
    ------
    SpatialHubError
        Nothing of it can be opened.
    """
    os.environ.update(asked.environment)
    found = inspect(asked.asking, open_workspace(asked.home))
    return json.dumps({"document": document(found), "shapes": drawn(found)}, ensure_ascii=False, allow_nan=False)


def read(asking: Asking, space: Workspace, **known: Any) -> Site:
    """Return the site that somebody handed in; `known` is what the city knows (`layers.checks.read`)."""
    common: dict[str, Any] = known | {
        "crs": asking.crs,
        "use": asking.use,
        "form": asking.form,
        "level": asking.level,
        "manner": asking.manner,
        "facility": asking.facility,
    }
    if asking.way is Way.TYPED:
        return intake.site_from_wkt(asking.typed, name=asking.name or "录入的地块", **common)
    if asking.way is Way.DRAWN:
        assert asking.drawn is not None
        # The map draws in the city's plane, to the millimetre: no detour over degrees.
        drawn = common | {"crs": space.city.epsg}
        return intake.site_from_drawing(dict(asking.drawn), name=asking.name or "绘制的地块", **drawn)
    if asking.way is Way.SAMPLE:
        sample = samples.find(space.home, asking.name)
        common |= {"origin": ORIGIN, "accept": tuple(sample.options.get("accept", "").split())}
        return intake.read_site_bytes(sample.path.name, sample.path.read_bytes(), **common)
    return intake.read_site_bytes(asking.name, asking.data, **common | _of_file(asking))


def inspect(asking: Asking, space: Workspace) -> Inspection:
    """Look at an uploaded file without keeping anything of it.

    Raises
    ------
    SpatialHubError
        Nothing of it can be opened.
    """
    said = {"crs": asking.crs, "use": asking.use} | _of_file(asking)
    look = partial(inspect_bytes, asking.name, asking.data, **said)
    return checks.inspect(space, look, layers=pinned_layers(space))


def _of_file(asking: Asking) -> dict[str, Any]:
    """What may be said of an upload alone."""
    return {
        "origin": ORIGIN, "axes": asking.axes, "sublayer": asking.sublayer, "encoding": asking.encoding,
        "degrees": asking.degrees, "accept": asking.accept,
    }  # fmt: skip


def pinned_layers(space: Workspace) -> tuple[PinnedLayer, ...]:
    """Return the version of every layer that is in force today."""
    return checks.pinned(space, as_of=worktime.now().date())


def documents(result: CheckResult) -> dict[str, str]:
    """Return what is kept of a result from the first: file name → text."""
    suggestion = suggestion_geojson(result)
    value = to_json(result)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    texts = {
        store.JSON: text,
        store.PANEL: drawing.panel(value, store.key_of(text)),
        store.GEOJSON: json.dumps(result_geojson(result, value), ensure_ascii=False, allow_nan=False),
    }
    if suggestion is not None:
        texts[store.SUGGESTION] = json.dumps(suggestion, ensure_ascii=False, allow_nan=False)
    return texts


def layer_rows(space: Workspace) -> list[LayerRow]:
    """Return every catalogue entry with what is loaded for it."""
    with reading(space.engine) as session:
        known = versions(session, space.city.key)
    rows = []
    for pinned in pinned_layers(space):
        own = [version for version in known if version.layer == pinned.entry.key]
        in_force = next((version for version in own if version.number == pinned.version), None)
        steward = space.city.policy.department(pinned.entry.steward)
        rows.append(LayerRow(pinned.entry, steward, pinned, own[-1] if own else None, in_force))
    return rows


def layer_features(space: Workspace, key: str, bounds: tuple[float, float, float, float]) -> dict:
    """Return a layer's features within a box in degrees (west, south, east, north) as GeoJSON in EPSG:4490.

    `thinned_m` and `left_out` say what was simplified for drawing; nothing is computed from these shapes.

    Raises
    ------
    UnknownLayer
        No catalogue entry has this key.
    """
    space.catalogue.entry(key)
    pinned = next(row for row in pinned_layers(space) if row.entry.key == key)
    if pinned.snapshot is None:
        return _features(DrawnLayer(pinned.entry, ()), space.city.epsg) | {"reason": pinned.reason}
    seen = box(*bounds).intersection(box(*outline(space).buffer(_BEYOND_DEG).bounds))  # further off the plane ends
    if seen.is_empty:
        return _features(DrawnLayer(pinned.entry, ()), space.city.epsg)
    plane = shapely.transform(seen.segmentize(0.05), mover(4490, space.city.epsg))
    return _features(drawn_layer(pinned.entry, pinned.snapshot, plane.bounds, max_vertices=20_000), space.city.epsg)


def _features(layer: DrawnLayer, epsg: int) -> dict:
    rows = [
        feature(
            to_degrees(item.geometry, epsg, digits=7),
            {"layer": layer.entry.key, "name": item.name, "class": item.class_code},
            id=item.id,
        )
        for item in layer.features
    ]
    return {
        "type": "FeatureCollection",
        "thinned_m": layer.thinned_m,
        "left_out": layer.left_out,
        "features": rows,
    }


def outline(space: Workspace) -> Geometry:
    """Return the city's generalised outline in EPSG:4490."""
    return shapely.Polygon(space.city.frame.outline_4490)


def opening_extent(space: Workspace) -> tuple[float, float, float, float]:
    """Return the box (plane, metres) a map opens with: the smallest coverage of a required layer, else the city.

    The smallest, because that is where there is something to look at; people zoom out more easily than in.
    """
    rows = [row for row in layer_rows(space) if row.entry.required and row.in_force is not None]
    covered = [row.in_force.coverage for row in rows if row.in_force is not None]
    covered = [geometry for geometry in covered if not geometry.is_empty]
    shown = min(covered, key=lambda geometry: geometry.area) if covered else outline(space)
    return shapely.transform(shown, mover(4490, space.city.epsg)).bounds


def open_space() -> Workspace:
    """Open the workspace the server answers from, by the settings."""
    return open_workspace()
