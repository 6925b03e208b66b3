"""Opening a report that somebody hands in: in a contained child, as every foreign file (`unpacking` is its side)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from spatialhub.errors import NotAResult, TooLarge
from spatialhub.intake import child
from spatialhub.intake.raw import Job
from spatialhub.intake.upload import Upload
from spatialhub.messages import Words
from spatialhub.messages.system import told
from spatialhub.report.paper.seal import Carried, unsealed

FORMS = ("docx", "pdf", "xlsx", "gpkg", "json")
MOST_MIB = 200  # of the file itself
_CPU_S, _WALL_S, _MEMORY_MIB, _SCRATCH_MIB = 60, 180, 2_048, 256
_TASK = "spatialhub.report.paper.unpacking"


@dataclass(frozen=True, slots=True)
class Opened:
    """A report: what it carries, and what it shows — lines of text, of a GeoPackage rows of its fragments, of a JSON
    file nothing."""

    carried: Carried
    shown: Sequence[Any]


def open_report(path: Path) -> Opened:
    """Return what a report carries and shows, read in a contained child.

    Raises
    ------
    NotAResult
        The file neither is nor carries a result.
    TooLarge
        Reading it takes more time, memory or room than any report of ours.
    """
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise NotAResult(path.name, reason=Words.of("verify_no_report", allowed=FORMS))
    try:
        size = path.stat().st_size
    except OSError as error:
        raise NotAResult(path.name, reason=told(error)) from None
    if size > MOST_MIB * 2**20:
        raise TooLarge(path.name, limit=f"{MOST_MIB} MiB", found=f"{ceil(size / 2**20)} MiB")
    text, shown = _blobs(Upload(path.name, form, (path,), "", size))
    try:
        return Opened(unsealed(json.loads(text)), json.loads(shown))
    except NotAResult as refusal:
        raise NotAResult(path.name, **refusal.params) from None


def _blobs(upload: Upload) -> tuple[bytes, bytes]:
    with child.scratch_for(upload) as (scratch, link):
        job = Job(
            name=upload.name, format=upload.format, path=str(link), readable=(str(upload.files[0].resolve()),),
            scratch=str(scratch), epsg=0, profile="site", cpu_s=_CPU_S, memory_mib=_MEMORY_MIB,
            unpacked_mib=_SCRATCH_MIB, allow_weak=True, task=_TASK,
        )  # fmt: skip
        text, shown = (
            body.plain for head, body in child.run(job, stall_s=_WALL_S, wall_s=_WALL_S) if head["kind"] == "bytes"
        )
    return text, shown
