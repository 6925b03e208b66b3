"""Looking at a file before anything is kept: what stands in it, how it would be taken, what could be put right."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Geometry

from spatialhub import settings
from spatialhub.errors import ChoiceNeeded, CrsConflict, CrsMissing, OutsideFrame, SpatialHubError
from spatialhub.intake import child, reading, wire
from spatialhub.intake.hypotheses import Reading, readings
from spatialhub.intake.layer import LayerOptions, LayerReading, within_layer
from spatialhub.intake.reading import SiteOptions
from spatialhub.intake.upload import Upload, inspect
from spatialhub.messages import Words
from spatialhub.spatial.crs import looks_like, mover
from spatialhub.spatial.model import Issue, Site

_WHERE = re.compile(r"E (-?[\d.]+), N (-?[\d.]+)")


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


def inspect_path(path: Path, *, epsg: int, as_layer: bool = False, **options: Any) -> Inspection:
    """Look at a file as a site, or as a planning layer; options: `reading.SiteOptions`.

    Raises
    ------
    SpatialHubError
        Nothing of it can be opened.
    """
    most = None if as_layer else settings.number("SPATIALHUB_SITE_MAX_MIB")
    return _inspect(inspect(Path(path), max_mib=most), epsg, SiteOptions(**options), path if as_layer else None)


def inspect_bytes(name: str, data: bytes, *, epsg: int, **options: Any) -> Inspection:
    """Look at an upload as a site; nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="spatialhub-upload-") as folder:
        return _inspect(reading.upload_of(name, data, Path(folder)), epsg, SiteOptions(**options), None)


def _inspect(upload: Upload, epsg: int, options: SiteOptions, layer: Path | None) -> Inspection:
    layers, missing = _survey(upload, epsg, options, as_layer=layer is not None)
    found = Inspection(upload.name, upload.sha256, upload.size, epsg, layers, missing=missing)
    try:
        found = _as_layer(found, layer, epsg, options) if layer else _as_site(found, upload, epsg, options)
    except SpatialHubError as error:
        found = replace(found, refusal=error, issues=tuple(one for row in layers for one in row.issues))
    return replace(found, remedies=_remedies(found, options), spots=_spots(found, options))


def _survey(
    upload: Upload, epsg: int, options: SiteOptions, *, as_layer: bool
) -> tuple[tuple[LayerSurvey, ...], tuple[str, ...]]:
    layers: list[LayerSurvey] = []
    missing: tuple[str, ...] = ()
    with child.scratch_for(upload) as (scratch, link):
        job = reading.job_of(upload, scratch, link, epsg, options)
        job = replace(job, survey=True, accept=())
        if as_layer:
            job = within_layer(job, upload.size)
        for head, body in child.run(job, stall_s=job.cpu_s * 2 + 10):
            if head["kind"] == "start":
                missing = tuple(map(str, head["missing"]))
            elif head["kind"] == "layer":
                layers.append(_layer_of(head))
            elif head["kind"] == "chunk" and layers:
                layers[-1] = replace(layers[-1], shapes=tuple(body.geometries))
    return tuple(layers), missing


def _layer_of(head: Mapping[str, Any]) -> LayerSurvey:
    plain = {name: head[name] for name in ("format", "said", "crs", "by_standard", "encoding", "features", "vertices",
             "most_vertices", "heights", "invalid") if name in head}  # fmt: skip
    return LayerSurvey(
        str(head["name"]),
        **plain,
        kinds={str(kind): int(count) for kind, count in head["kinds"].items()},
        fields=tuple(map(str, head.get("fields", ()))),
        box=tuple(map(float, head["box"])),
        sample=tuple((float(x), float(y)) for x, y in head["sample"]),
        spots=tuple(tuple(one) for one in head["spots"]),
        issues=tuple(wire.issue_from_json(one) for one in head["issues"]),
        refusal=wire.error_from_json(head["refusal"]) if head.get("refusal") else None,
        error=wire.error_from_json(head["error"]) if head.get("error") else None,
    )


def _as_site(found: Inspection, upload: Upload, epsg: int, options: SiteOptions) -> Inspection:
    site = reading.read_upload(upload, epsg, options)
    outside = None
    if options.frame is not None:
        whole = shapely.union_all([part.geometry for part in site.parts])
        outside = float(shapely.area(shapely.difference(whole, options.frame)) / whole.area)
    return replace(found, site=site, issues=site.issues, outside=outside)


def _as_layer(found: Inspection, path: Path, epsg: int, options: SiteOptions) -> Inspection:
    said = LayerOptions(
        crs=options.crs, encoding=options.encoding, sublayer=options.sublayer, origin=options.origin,
        reference=options.reference, lines=True,
    )  # fmt: skip
    count = 0
    with LayerReading(path, epsg, said) as layer:
        for chunk in layer:
            count += len(chunk.places)
        return replace(found, issues=layer.issues, read_count=count)


def _remedies(found: Inspection, options: SiteOptions) -> tuple[Remedy, ...]:
    offered = [one for one in found.issues if one.code == "use_offered"]
    remedies = []
    if offered:
        uses = "、".join(
            sorted({" ".join((values["use"], values["name"])) for one in offered for values in [dict(one.params)]})
        )
        remedies.append(Remedy(Words.of("remedy_use", uses=uses), (("accept", "use"),)))
    if isinstance(found.refusal, ChoiceNeeded):
        remedies += _choices(found.refusal)
    layer = found.layers[0] if len(found.layers) == 1 else None
    numbers = (CrsMissing, CrsConflict, OutsideFrame, ChoiceNeeded)
    refusal = found.refusal or (layer.refusal if layer else None)
    truncated = refusal is not None and "truncated" in str(refusal.params.get("reason", ""))
    if layer is None or options.frame is None or not (isinstance(refusal, numbers) or truncated):
        return tuple(remedies)
    if isinstance(refusal, ChoiceNeeded) and refusal.params.get("option") != "--axes":
        return tuple(remedies)
    sample = np.array(layer.sample).reshape(-1, 2)
    for one in readings(sample, options.frame, found.epsg):
        remedy = _remedy_of(one, layer, options, found)
        if remedy.options and remedy.options not in [row.options for row in remedies]:
            remedies.append(remedy)
    return tuple(remedies)


def _choices(question: ChoiceNeeded) -> list[Remedy]:
    option = str(question.params["option"]).removeprefix("--")
    choices = question.params["choices"]
    listed = choices if isinstance(choices, (tuple, list)) else ()
    return [Remedy(Words.of(f"remedy_{option}", choice=str(one)), ((option, str(one)),)) for one in listed
            if option != "axes"]  # fmt: skip


def _remedy_of(one: Reading, layer: LayerSurvey, options: SiteOptions, found: Inspection) -> Remedy:
    """A reading as options, none where it is the reading that was refused."""
    taken, said = one.taken, _options_of(one, layer, options, found.refusal or layer.refusal)
    if said is None:
        return Remedy(Words.of("remedy_read", epsg=""), ())

    def moved(coords: np.ndarray) -> np.ndarray:
        return mover(one.epsg, found.epsg)(taken.moved(coords))

    shapes = [shapely.transform(shape, moved) for shape in layer.shapes]
    whole = shapely.multipolygons(shapely.get_parts(shapes)) if shapes and _areal(shapes) else None
    if said[0][0] == "axes":
        return Remedy(Words.of(f"remedy_{said[0][1]}"), said, whole)
    values = {"epsg": f"EPSG:{one.epsg}"}
    if taken.add is not None:
        values |= {"east_m": f"{taken.add[0]:.0f}", "north_m": f"{taken.add[1]:.0f}"}
    code = {(False, False): "remedy_read", (True, False): "remedy_swap", (False, True): "remedy_add",
            (True, True): "remedy_swap_add"}[taken.swap, taken.add is not None]  # fmt: skip
    return Remedy(Words.of(code, **values), said, whole)


def _areal(shapes: list[Geometry]) -> bool:
    finite = np.isfinite(shapely.get_coordinates(shapes)).all()
    return bool(finite) and all(shapely.get_dimensions(one) == 2 for one in shapes)


def _options_of(
    one: Reading, layer: LayerSurvey, options: SiteOptions, refusal: SpatialHubError | None
) -> tuple[tuple[str, str], ...] | None:
    """Options under which a file is read so; what it says itself is overridden only by name."""
    taken = one.taken
    if isinstance(refusal, ChoiceNeeded):  # of its choices the first is how the shapes were drawn
        choices = refusal.params["choices"]
        return None if taken.add or not isinstance(choices, tuple) else (("axes", str(choices[taken.swap])),)
    said = [("accept", "swap")] if taken.swap else []
    if taken.add is not None:
        said.append(("accept", f"add={taken.add[0]:.0f},{taken.add[1]:.0f}"))
    if layer.by_standard:
        if layer.crs != one.epsg:
            return None
    elif layer.crs is None and layer.refusal is None:
        if options.crs != one.epsg:
            said.append(("crs", f"EPSG:{one.epsg}"))
    elif layer.crs != one.epsg:
        said.append(("accept", f"read-as=EPSG:{one.epsg}"))
    return tuple(said) or None


def _spots(found: Inspection, options: SiteOptions) -> tuple[Spot, ...]:
    """Findings that have a place in the plane."""
    spots = []
    for issue in found.issues:
        values = dict(issue.params)
        at = _WHERE.fullmatch(values.get("where", ""))
        if at:
            spots.append(Spot(issue, float(at[1]), float(at[2])))
        elif issue.code == "parts_overlap" and found.site is not None:
            pair = [found.site.parts[int(values[name]) - 1].geometry for name in ("first", "second")]
            shared = shapely.point_on_surface(shapely.intersection(*pair))
            spots.append(Spot(issue, shared.x, shared.y))
    refused = _WHERE.fullmatch(str(found.refusal.params.get("where", ""))) if found.refusal else None
    if refused and found.refusal is not None:
        values = {"defect": str(found.refusal.params.get("defect", "")), "where": refused[0]}
        issue = Issue.of("unrepairable", found.refusal.place, **values)
        spots.append(Spot(issue, float(refused[1]), float(refused[2])))
    if found.site is not None and found.outside and options.frame is not None:
        whole = shapely.union_all([part.geometry for part in found.site.parts])
        out = shapely.difference(whole, options.frame)
        at = shapely.point_on_surface(out)
        issue = Issue.of("part_outside_frame", found.name, area_m2=f"{out.area:.2f}", share=f"{found.outside:.1%}")
        spots.append(Spot(issue, at.x, at.y))
    return tuple(spots)
