"""Run a batch: gather the sites, pin the plans once, answer what is not yet answered, keep every row.

gather ─▶ jobs ─ journal ─▶ what is left ─ pool or cluster ─▶ rows ─ journal ─▶ Done
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from layers import checks
from layers.workspace import Workspace
from spatialhub import settings
from spatialhub.batch import source, work
from spatialhub.batch.cluster import Cluster
from spatialhub.batch.journal import Journal, terms_of
from spatialhub.batch.shift import with_suspicions
from spatialhub.check import CheckOptions, PinnedLayer
from spatialhub.errors import OutputError
from spatialhub.messages.system import told
from spatialhub.pool import Outcome, Pool, expect
from spatialhub.spatial.model import Issue

DOCUMENTS = "sites"


class Watcher(Protocol):
    """Who is told how a batch goes on."""

    def gathered(self, total: int, done: int) -> None:
        """So many sites there are, so many were done before."""

    def advanced(self, row: Mapping[str, Any]) -> None:
        """Another site is done."""


@dataclass(frozen=True, slots=True)
class Order:
    """A batch as asked. `as_of` None: the day of a batch that is resumed, else today. `documents`: keep every whole
    result under `out/sites`. `dask`: the address of a scheduler; else `workers` processes of this machine."""

    source: source.Asked
    out: Path
    as_of: date | None = None
    known_at: datetime | None = None
    layers: tuple[str, ...] = ()
    documents: bool = False
    fresh: bool = False
    workers: int = 1
    deadline_s: float = 60.0
    dask: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A finished batch: a row for every site in order, what it was begun with, findings about whole files."""

    rows: Sequence[Mapping[str, Any]]
    terms: Mapping[str, Any]
    issues: Sequence[Issue] = field(default=())


class _Executor(Protocol):
    def run(self, tasks: Iterable[bytes]) -> Iterator[tuple[int, Outcome]]: ...


def run_batch(order: Order, workspace: Workspace, watcher: Watcher, *, now: datetime) -> Done:
    """Check every site of a file or folder; what an earlier run has done is not done again.

    Raises
    ------
    SpatialHubError
        The file, the options or the folder of results are refused; a refused site is a row.
    """
    if not order.dask:
        expect(work.PRELOAD)
    gathered = source.gather(order.source, epsg=workspace.city.epsg)
    before = None if order.fresh else terms_of(order.out)
    as_of = order.as_of or (date.fromisoformat(before["as_of"]) if before else now.date())
    layers = checks.pinned(workspace, as_of=as_of, known_at=order.known_at, only=order.layers)
    gathered = with_suspicions(gathered, workspace.city, layers)
    terms = _terms(order, workspace, gathered, layers, as_of)
    brief = _brief(order, workspace, gathered, layers, terms, now)
    with Journal.open(order.out, terms, fresh=order.fresh) as journal:
        left = [job for job in gathered.jobs if work.undone(journal.rows.get(job.number), deadline_s=order.deadline_s)]
        watcher.gathered(len(gathered.jobs), len(gathered.jobs) - len(left))
        if left:
            _answer(left, brief, order, journal, watcher)
        rows = [journal.rows[job.number] for job in gathered.jobs]
    return Done(rows, terms, gathered.issues)


def _answer(left: Sequence[work.Job], brief: work.Brief, order: Order, journal: Journal, watcher: Watcher) -> None:
    with _executor(brief, order, len(left)) as executor:
        for place, outcome in executor.run(work.pack(job) for job in left):
            done = work.answered(left[place], outcome, deadline_s=order.deadline_s)
            if order.documents:
                _keep(order.out / DOCUMENTS / f"{done.row['number']:06d}.json", done.document)
            journal.add(done.row, done.text)
            watcher.advanced(done.row)


def _executor(brief: work.Brief, order: Order, most: int) -> Any:
    if order.dask:
        return Cluster(order.dask, brief, deadline_s=order.deadline_s)
    workers = min(order.workers, most)
    return Pool(work.prepare, brief, workers=workers, deadline_s=order.deadline_s, preload=work.PRELOAD)


def _keep(path: Path, document: bytes) -> None:
    """Write a whole result beside the journal; one of an earlier run does not outlive a refusal."""
    try:
        path.parent.mkdir(exist_ok=True)
        if not document:
            path.unlink(missing_ok=True)
            return
        path.with_suffix(".part").write_bytes(zlib.decompress(document))
        path.with_suffix(".part").rename(path)
    except OSError as error:
        raise OutputError(str(path), reason=told(error)) from None


def _terms(
    order: Order, workspace: Workspace, gathered: source.Gathered, layers: Sequence[PinnedLayer], as_of: date
) -> dict[str, Any]:
    """What must hold for a batch to be resumed: every value that can change an answer."""
    asked = order.source
    return {
        "input": {"name": asked.path.name, "sha256": gathered.sha256, "sites": len(gathered.jobs)},
        "reading": [asked.by_feature, asked.crs, asked.encoding, asked.sublayer, asked.axes, asked.name_field],
        "use": [asked.use, asked.use_field, asked.use_of_file],
        "city": workspace.city.key,
        "policy": workspace.city.policy.policy_version,
        "catalogue": workspace.catalogue.version,
        "layers": {row.entry.key: row.sha256 or row.reason for row in layers},
        "as_of": as_of.isoformat(),
        "known_at": order.known_at.isoformat() if order.known_at else None,
        "documents": order.documents,
        "program": version("spatialhub-city"),
    }


def _brief(
    order: Order,
    workspace: Workspace,
    gathered: source.Gathered,
    layers: tuple[PinnedLayer, ...],
    terms: Mapping[str, Any],
    now: datetime,
) -> work.Brief:
    options = CheckOptions(
        as_of=terms["as_of"], known_at=terms["known_at"] or "", checked_at=now.isoformat(timespec="seconds")
    )
    return work.Brief(
        workspace.city,
        workspace.catalogue,
        layers,
        options,
        files=gathered.files,
        reading={**order.source.reading, "axes": order.source.axes},
        use_of_file=order.source.use_of_file,
        documents=order.documents,
        environment={name: os.environ[name] for name, _, _ in settings.SETTINGS if name in os.environ},
    )
