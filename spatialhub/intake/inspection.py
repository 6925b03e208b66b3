"""Looking at a file before anything is kept: what stands in it, how it would be taken, what could be put right."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Geometry, Polygon

from spatialhub import settings
from spatialhub.errors import SpatialHubError
from spatialhub.intake import child, offers, reading, remedies, wire
from spatialhub.intake.inspected import Inspection, LayerSurvey, Spot
from spatialhub.intake.layer import LayerOptions, LayerReading, within_layer
from spatialhub.intake.reading import SiteOptions
from spatialhub.intake.upload import Upload, inspect
from spatialhub.spatial.model import Issue, Site

_WHERE = re.compile(r"E (-?[\d.]+), N (-?[\d.]+)")


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
    remedies.parse(options.accept)
    layers, missing = _survey(upload, epsg, options, as_layer=layer is not None)
    found = Inspection(upload.name, upload.sha256, upload.size, epsg, layers, missing=missing)
    try:
        found = _as_layer(found, layer, epsg, options) if layer else _as_site(found, upload, epsg, options)
    except SpatialHubError as error:
        found = replace(found, refusal=error, issues=tuple(one for row in layers for one in row.issues))
    return replace(found, remedies=offers.remedies_of(found, options), spots=_spots(found, options))


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
        beyond = _beyond(site, options.frame)
        outside = beyond.area / shapely.union_all(_geometries(site)).area if beyond else 0.0
    return replace(found, site=site, issues=site.issues, outside=outside)


def _beyond(site: Site, frame: Polygon) -> Geometry | None:
    """What of a site lies outside; None where nothing does, as nearly always, found without uniting its parts."""
    parts = _geometries(site)
    shapely.prepare(frame)
    out = shapely.difference(parts[~shapely.covers(frame, parts)], frame)
    out = out[~shapely.is_empty(out)]
    return shapely.union_all(out) if len(out) else None


def _geometries(site: Site) -> np.ndarray:
    return np.array([part.geometry for part in site.parts], object)


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


def _spots(found: Inspection, options: SiteOptions) -> tuple[Spot, ...]:
    """Findings that have a place in the plane."""
    spots = []
    for issue in found.issues:
        values = dict(issue.params)
        at = _WHERE.fullmatch(values.get("where", ""))
        if at:
            spots.append(Spot(issue, float(at[1]), float(at[2])))
    refused = _WHERE.fullmatch(str(found.refusal.params.get("where", ""))) if found.refusal else None
    if refused and found.refusal is not None:
        values = {"defect": str(found.refusal.params.get("defect", "")), "where": refused[0]}
        issue = Issue.of("unrepairable", found.refusal.place, **values)
        spots.append(Spot(issue, float(refused[1]), float(refused[2])))
    if found.site is not None and found.outside and options.frame is not None:
        out = _beyond(found.site, options.frame)
        assert out is not None
        at = shapely.point_on_surface(out)
        issue = Issue.of("part_outside_frame", found.name, area_m2=f"{out.area:.2f}", share=f"{found.outside:.1%}")
        spots.append(Spot(issue, at.x, at.y))
    return tuple(spots)
