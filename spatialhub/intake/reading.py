"""Reading a site: from a path, from bytes, from typed or drawn geometry (check.md §1-2)."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import shapely
from shapely import Geometry, Polygon

from spatialhub import settings
from spatialhub.errors import BrokenFile, TooLarge
from spatialhub.intake import child, geojson, limits, remedies, wire, wkt
from spatialhub.intake.raw import Job, Opening
from spatialhub.intake.site import SiteBuilder, Surroundings, Wishes
from spatialhub.intake.upload import Upload, format_of, inspect
from spatialhub.messages import Words
from spatialhub.spatial.crs import GEOGRAPHIC
from spatialhub.spatial.model import Site

Origin = Literal["web", "cli"]


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """What may be said about a site beside its file.

    `crs` is the EPSG code of the file's coordinates where the file is silent; `axes` the order of a TXT's columns
    (`north_first` | `east_first`) and `degrees` (`decimal`) where it is asked for; `accept` names of remedies taken
    (`remedies`); `frame` the city's outline with margin and `reference`
    trusted boundaries for the shift test, both in the plane; `uses` national use codes and their names; the rest holds
    for every part and wins over the file. `origin="web"` refuses where the machine cannot contain the reader.
    """

    frame: Polygon | None = None
    crs: int | None = None
    use: str | None = None
    form: str | None = None
    level: str | None = None
    manner: str | None = None
    facility: str | None = None
    name: str | None = None
    sublayer: str | None = None
    encoding: str | None = None
    axes: Literal["north_first", "east_first"] | None = None
    degrees: Literal["decimal"] | None = None
    accept: tuple[str, ...] = ()
    origin: Origin = "cli"
    reference: Geometry | None = None
    uses: Mapping[str, str] = field(default_factory=dict)
    survey: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def wishes(self) -> Wishes:
        """What is said of every part."""
        taken = remedies.parse(self.accept).use
        said = (self.name, self.use, self.form, self.level, self.manner, self.facility)
        return Wishes(*said, self.uses, self.survey, taken)


def weak_allowed(origin: Origin) -> bool:
    """Whether a reader may run where not every wall could be built."""
    return origin == "cli" or settings.get("SPATIALHUB_ALLOW_WEAK_CONTAINMENT") == "1"


def site_from_path(path: Path, epsg: int, options: SiteOptions) -> Site:
    """Read a file in a contained child."""
    upload = inspect(path, max_mib=settings.number("SPATIALHUB_SITE_MAX_MIB"))
    return read_upload(upload, epsg, options)


def site_from_bytes(name: str, data: bytes, epsg: int, options: SiteOptions) -> Site:
    """Write an upload to a private file and read it; only the last part of `name` is used, and never as a path."""
    with tempfile.TemporaryDirectory(prefix="spatialhub-upload-") as folder:
        return read_upload(upload_of(name, data, Path(folder)), epsg, options)


def upload_of(name: str, data: bytes, folder: Path) -> Upload:
    """Write an upload to a private folder under a plain name and look at it from outside."""
    name = os.path.basename(name.replace("\\", "/"))[-120:] or "upload"  # the end: it has the extension
    format_of(name, data[:1024])
    if os.path.splitext(name)[1].lower() == ".shp":
        raise BrokenFile(name, reason=Words.of("broken_no_companion", missing=".shx, .dbf, .prj → .zip"))
    path = folder / f"upload{os.path.splitext(name)[1].lower()}"
    path.write_bytes(data)
    return inspect(path, name=name, max_mib=settings.number("SPATIALHUB_SITE_MAX_MIB"))


def site_from_wkt(text: str, epsg: int, options: SiteOptions) -> Site:
    """Read typed WKT: in this process where it is valid, repaired in a child where it is not."""
    opening = wkt.opening_of(text, "WKT")
    return _typed(opening, f"{options.name or 'typed'}.wkt", text.encode(), epsg, options)


def site_from_drawing(drawing: Mapping[str, Any], epsg: int, options: SiteOptions) -> Site:
    """Read a drawn GeoJSON object; what is drawn is in EPSG:4490 unless `crs` or its `crs` member says the plane."""
    value = dict(drawing)
    if options.crs is None and "crs" not in value:
        value["crs"] = {"type": "name", "properties": {"name": f"EPSG:{GEOGRAPHIC}"}}
    try:
        data = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise BrokenFile("drawing", reason=Words.of("broken_json", detail=str(error)[:80])) from None
    return _typed(geojson.opening_of(value, "drawing"), "drawing.geojson", data, epsg, options)


def _typed(opening: Opening, name: str, data: bytes, epsg: int, options: SiteOptions) -> Site:
    """Geometry that our own parser has built needs no walls, only its repair does (GEOS may take minutes on it)."""
    chunks = list(opening.chunks)
    most = settings.number("SPATIALHUB_SITE_MAX_VERTICES")
    count = sum(int(shapely.get_num_coordinates(chunk.geometries).sum()) for chunk in chunks)
    if count > most:
        raise TooLarge(name, limit=limits.vertices(most), found=count)
    if all(shapely.is_valid(chunk.geometries).all() for chunk in chunks):
        return _here(opening, chunks, name, data, epsg, options)
    with tempfile.TemporaryDirectory(prefix="spatialhub-upload-") as folder:
        path = Path(folder) / f"typed{os.path.splitext(name)[1]}"
        path.write_bytes(data)
        return read_upload(inspect(path, name=name), epsg, options)


def _here(opening: Opening, chunks: list, name: str, data: bytes, epsg: int, options: SiteOptions) -> Site:
    import io
    from dataclasses import replace

    from spatialhub.intake.pipeline import send

    out = io.BytesIO()
    upload = Upload(name, opening.format, (), hashlib.sha256(data).hexdigest(), len(data))
    send(replace(opening, chunks=iter(chunks)), job_of(upload, Path(), Path(), epsg, options), out, missing=())
    builder = SiteBuilder(name, options.wishes, Surroundings(epsg, options.frame, options.reference))
    for head, blob in wire.Frames().feed(out.getvalue()):
        builder.take(head, wire.geometries_of(head, blob))
    return builder.build(upload.sha256)


def read_upload(upload: Upload, epsg: int, options: SiteOptions) -> Site:
    """Read a file that was looked at, in a contained child."""
    builder = SiteBuilder(upload.name, options.wishes, Surroundings(epsg, options.frame, options.reference))
    with child.scratch_for(upload) as (scratch, link):
        job = job_of(upload, scratch, link, epsg, options)
        for head, body in child.run(job, stall_s=job.cpu_s * 2 + 10, wall_s=job.cpu_s * 2 + 10):
            builder.take(head, body.geometries)
    return builder.build(upload.sha256)


def job_of(upload: Upload, scratch: Path, link: Path, epsg: int, options: SiteOptions) -> Job:
    """What a contained reader is asked for, within the limits of a site."""
    return Job(
        name=upload.name,
        format=upload.format,
        path=str(link),
        readable=tuple(str(one.resolve()) for one in upload.files),
        scratch=str(scratch),
        epsg=epsg,
        profile="site",
        cpu_s=settings.number("SPATIALHUB_SITE_CPU_S"),
        memory_mib=settings.number("SPATIALHUB_SITE_MEMORY_MIB"),
        unpacked_mib=4 * settings.number("SPATIALHUB_SITE_MAX_MIB"),
        crs=options.crs,
        encoding=options.encoding,
        sublayer=options.sublayer,
        axes=options.axes,
        degrees=options.degrees,
        accept=options.accept,
        max_vertices=settings.number("SPATIALHUB_SITE_MAX_VERTICES"),
        allow_weak=weak_allowed(options.origin),
    )
