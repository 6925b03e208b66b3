"""What a worker does with one site of a batch: build it, check it, say it in one row. The same on every machine.

A job and its answer travel as bytes. Everything that all sites share is a `Brief`, given to a worker once: city,
catalogue and the pinned layers travel as values, so that no file edited meanwhile changes the middle of a batch.
"""

from __future__ import annotations

import json
import os
import pickle
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from layers import checks
from spatialhub import intake, settings
from spatialhub.catalogue import Catalogue, Kind
from spatialhub.check import CheckOptions, PinnedLayer
from spatialhub.cities.model import City
from spatialhub.errors import CheckFault, SpatialHubError, TooComplex, WorkerDied
from spatialhub.findings import Status
from spatialhub.intake import limits
from spatialhub.intake.site import Wishes
from spatialhub.intake.sites import FeatureFile, FeatureRow, site_of
from spatialhub.intake.wire import error_to_json, issue_to_json
from spatialhub.memory import limit_memory
from spatialhub.pool import Ending, Outcome
from spatialhub.result import CheckResult, m2, to_json
from spatialhub.spatial.model import Site

PRELOAD = ("spatialhub.batch.work",)
CHECKED, REFUSED, TOO_COMPLEX, FAULT = "checked", "refused", "too_complex", "fault"


@dataclass(frozen=True)
class Brief:
    """What all sites of a batch share. `files` are the files of features without their rows, by number; `reading` what
    is said of files that are one site each; `use_of_file`: the use that a file's words mean is taken; `documents`: the
    whole result is wanted, not only its row."""

    city: City
    catalogue: Catalogue
    layers: tuple[PinnedLayer, ...]
    options: CheckOptions
    files: tuple[FeatureFile, ...] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)
    use_of_file: bool = False
    documents: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """One site of a batch: a feature of a file of the brief, or a file of its own at `path`. `use` is what the options
    say of it (None: the file itself decides)."""

    number: int
    place: str
    name: str
    use: str | None = None
    file: int = 0
    row: FeatureRow | None = None
    path: str = ""


def prepare(brief: Brief) -> Callable[[bytes], bytes]:
    """Return the function that answers the jobs of a brief: packed job → bytes for `answered`. Runs in a worker."""
    os.environ.update(brief.environment)
    limit_memory(_memory_mib())
    return partial(_answer, brief)


def undone(row: Mapping[str, Any] | None, *, deadline_s: float) -> bool:
    """Whether there is something to do about a job: faults are no answer, and more time or memory may bring one."""
    if row is None or row["state"] == FAULT:
        return True
    return row.get("deadline_s", deadline_s) < deadline_s or row.get("memory_mib", _memory_mib()) < _memory_mib()


def _memory_mib() -> int:
    return settings.number("SPATIALHUB_CHECK_MEMORY_MIB")


def pack(job: Job) -> bytes:
    """The job as bytes, for `prepare`'s function."""
    return pickle.dumps(job, pickle.HIGHEST_PROTOCOL)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a job: its row, the same as JSON, and the zlib-compressed document (empty where none was wanted
    or there is none)."""

    row: dict[str, Any]
    text: bytes
    document: bytes = b""


def answered(job: Job, outcome: Outcome, *, deadline_s: float) -> Answered:
    """What became of a job, whatever became of it."""
    if outcome.ending is Ending.ANSWERED:
        text, _, document = outcome.value.partition(b"\n")
        return Answered(json.loads(text), text, document)
    if outcome.ending is Ending.LATE:
        row = _refused(job, TooComplex(job.place, reason=f"> {deadline_s:g} s")) | {"deadline_s": deadline_s}
    elif outcome.ending is Ending.LARGE:
        row = _refused(job, TooComplex(job.place, reason=limits.memory_of_check())) | {"memory_mib": _memory_mib()}
    elif outcome.ending is Ending.DIED:
        row = _refused(job, WorkerDied(job.place)) | {"state": FAULT}
    else:
        trace = outcome.value.decode("utf-8", "replace")[-4000:]
        row = _refused(job, CheckFault(job.place)) | {"state": FAULT, "trace": trace}
    return Answered(row, row_bytes(row))


def row_bytes(row: Mapping[str, Any]) -> bytes:
    """A row as one line of JSON; half a surrogate pair is replaced."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def _answer(brief: Brief, data: bytes) -> bytes:
    job: Job = pickle.loads(data)
    try:
        # The features of a file have been tested together for a map datum's offset (batch/shift.py).
        tested = brief.layers if job.row is None else ()
        site = checks.read(brief, partial(_site, brief, job), layers=tested)
        result = checks.check(brief, site, brief.layers, brief.options)
    except SpatialHubError as error:
        return row_bytes(_refused(job, error))
    document = json.dumps(to_json(result), ensure_ascii=False, allow_nan=False) if brief.documents else ""
    return row_bytes(_checked(job, result)) + b"\n" + (zlib.compress(document.encode(), 1) if document else b"")


def _site(brief: Brief, job: Job, **known: Any) -> Site:
    if job.row is None:
        accept = ("use",) if brief.use_of_file else ()
        return intake.read_site(Path(job.path), name=job.name, use=job.use, accept=accept, **brief.reading, **known)
    wishes = Wishes(job.name, job.use, uses=known["uses"], survey=known["survey"], use_of_file=brief.use_of_file)
    return site_of(job.row, brief.files[job.file], wishes, known["frame"])


def _head(job: Job, state: str) -> dict[str, Any]:
    return {"number": job.number, "place": job.place, "name": job.name, "state": state}


def _refused(job: Job, error: SpatialHubError) -> dict[str, Any]:
    state = TOO_COMPLEX if isinstance(error, TooComplex) else REFUSED
    return _head(job, state) | {"error": error_to_json(error)}


def _checked(job: Job, result: CheckResult) -> dict[str, Any]:
    """The result in a row: what decides and what to look up, everything else is in the document."""
    proposal = result.proposal
    suggestion = proposal.suggestion
    return _head(job, CHECKED) | {
        "verdict": proposal.verdict.value,
        "uses": sorted({part.part.use for part in result.parts if part.part.use}),
        "area_m2": m2(result.area_u),
        "outside_jurisdiction_m2": m2(result.outside_jurisdiction_u),
        "layers": [
            {
                "key": layer.key,
                "title": layer.title,
                "kind": layer.kind,
                "status": layer.status.value,
                "area_m2": m2(layer.area_u),
                "unchecked_area_m2": m2(layer.unchecked_u),
            }
            for layer in result.layers
            if layer.status not in (Status.CLEAR, Status.UNCHECKED) or layer.kind == Kind.FLOOR.value
        ],
        "unchecked": [{"key": one.key, "title": one.title, "required": one.required} for one in proposal.unchecked],
        "reasons": [{"code": one.code, "text": one.text, "area_m2": m2(one.area_u)} for one in proposal.reasons],
        "suggestion": suggestion and {"area_m2": m2(suggestion.area_u), "lost_m2": m2(suggestion.lost_u)},
        "departments": [one.name for one in result.referrals],
        "notices": list(result.notices),
        "issues": [issue_to_json(one) for one in result.issues],
        "site_sha256": result.site_sha256,
        "result_hash": result.hash,
    }
