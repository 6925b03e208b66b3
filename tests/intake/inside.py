"""Reading in this process, without walls: fast, for what a reader makes of a file. The walls have their own tests."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from spatialhub.intake import pipeline, readers, reading, wire
from spatialhub.intake.site import SiteBuilder, Surroundings
from spatialhub.intake.upload import inspect
from spatialhub.messages import explain, say
from spatialhub.spatial.model import Site


def read(path: Path, *, epsg: int = 4547, **options) -> Site:
    """Read a file as `read_site` does, in this process."""
    wanted = reading.SiteOptions(**options)
    upload = inspect(path)
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("unpacked", "unpacked.gdb"):
            (Path(scratch) / name).mkdir()
        job = reading.job_of(upload, Path(scratch), path, epsg, wanted)
        pipeline.send(readers.open_file(job), job, out, missing=())
    builder = SiteBuilder(upload.name, wanted.wishes, Surroundings(epsg, wanted.frame, wanted.reference))
    for head, blob in wire.Frames().feed(out.getvalue()):
        builder.take(head, wire.geometries_of(head, blob))
    return builder.build(upload.sha256)


def codes(site: Site) -> list[str]:
    """Codes of a site's issues but for the one that every site has."""
    return [issue.code for issue in site.issues if not issue.code.startswith("brought_in_by_")]


def values(site: Site, code: str) -> dict[str, str]:
    """Place and values of the first issue with a code."""
    issue = next(issue for issue in site.issues if issue.code == code)
    return {"place": issue.place, **dict(issue.params)}


def words(error, language: str = "en") -> str:
    """What a user reads of a refusal."""
    said = explain(error, language)
    return f"{said['what']} {said['remedy']}"


def spoken(site: Site, language: str = "zh") -> list[str]:
    """Every issue of a site in words: a missing value would show as a dash."""
    return [say(issue.code, language, place=issue.place, **dict(issue.params)) for issue in site.issues]
