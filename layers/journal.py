"""An import is all or nothing: its report is written first and last, and what a killed one left is swept away.

Every import holds a shared lock on the home folder for as long as it runs. Whoever gets the lock alone knows that no
import runs: reports that still say `running` are then of interrupted ones, and what they left behind goes.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from layers.stopping import stopped_by_sigterm
from layers.versions import uses_file, uses_snapshot, versions
from layers.workspace import Workspace
from spatialhub import audit
from spatialhub.db import reading, writing
from spatialhub.errors import SpatialHubError
from spatialhub.files import WRITING
from spatialhub.messages import explain, say

RUNNING, DONE, FAILED, INTERRUPTED = "running", "done", "failed", "interrupted"


@dataclass(frozen=True, slots=True)
class Journal:
    """The report file of one import, under `imports/` of the home folder. Beside it stands a marker for as long as the
    import runs, or has left something: a sweep looks at nothing else, however many reports there are."""

    path: Path

    @property
    def marker(self) -> Path:
        """The empty file that says: not finished."""
        return self.path.with_suffix(".open")

    @property
    def name(self) -> str:
        """File name without its ending: also kept with the version, which ties the two together."""
        return self.path.stem

    def read(self) -> dict:
        """What the report says."""
        return json.loads(self.path.read_text("utf-8"))

    def write(self, **facts: object) -> None:
        """Add facts; the file is replaced whole, so a reader never sees half of it."""
        known = self.read() if self.path.exists() else {}
        temporary = self.path.with_suffix(".writing")
        text = json.dumps(known | facts, ensure_ascii=False, indent=1, default=str)
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.path)


@contextmanager
def importing(
    workspace: Workspace, *, layer: str, facts: Mapping[str, object], who: str, now: datetime
) -> Iterator[Journal]:
    """Keep the journal of one import. When the block fails, its report says why, an audit row is written, and whatever
    it left is taken away; the exception goes on."""
    sweep(workspace, who=who, now=now)
    failed = True
    try:
        with _lock(workspace, fcntl.LOCK_SH), stopped_by_sigterm():
            journal = Journal(workspace.imports / f"{now:%Y%m%dT%H%M%S.%f}-{layer}-{secrets.token_hex(3)}.json")
            start = {"city": workspace.city.key, "layer": layer, "who": who, "started_at": now.isoformat()}
            journal.marker.touch()
            journal.write(status=RUNNING, began=time.time(), **start, **facts)
            try:
                yield journal
            except BaseException as error:
                journal.write(status=FAILED, error=_words(error))
                _audit_failure(workspace, journal, error, who=who, now=now)
                raise
            journal.write(status=DONE)
            journal.marker.unlink()
            failed = False
    finally:
        if failed:
            sweep(workspace, who=who, now=now)


def sweep(workspace: Workspace, *, who: str, now: datetime) -> tuple[str, ...]:
    """Take away what failed and interrupted imports left; return the names of those found interrupted.

    Does nothing while an import runs: the next one will see to it.
    """
    workspace.imports.mkdir(parents=True, exist_ok=True)
    with _lock(workspace, fcntl.LOCK_EX | fcntl.LOCK_NB) as alone:
        if not alone:
            return ()
        _clear_scratch(workspace)
        left = _unfinished(workspace)
        return tuple(journal.name for journal in left if _finish(workspace, journal, who=who, now=now))


def _finish(workspace: Workspace, journal: Journal, *, who: str, now: datetime) -> bool:
    """Take away what one import left; whether it had been interrupted."""
    facts = journal.read()
    running = facts["status"] == RUNNING
    if running and _was_registered(workspace, journal, facts):
        journal.write(status=DONE)
        journal.marker.unlink()
        return False
    if facts["status"] != DONE:
        _clear_away(workspace, facts)
    if running:
        _audit_interruption(workspace, journal, facts, who=who, now=now)
        journal.write(status=INTERRUPTED, error={"code": "import_interrupted", "what": _interrupted(facts)})
    journal.marker.unlink()
    return running


@contextmanager
def no_sweep(workspace: Workspace) -> Iterator[None]:
    """Keep sweeps out while something is written beside an import."""
    with _lock(workspace, fcntl.LOCK_SH):
        yield


def _was_registered(workspace: Workspace, journal: Journal, facts: Mapping) -> bool:
    """The version may have been written just before the process was killed: then nothing was lost."""
    with reading(workspace.engine) as session:
        known = versions(session, facts["city"], facts["layer"])
    return any(version.report.get("journal") == journal.name for version in known)


def _clear_away(workspace: Workspace, facts: Mapping) -> None:
    """Remove half-built snapshots, and snapshots and files of this import that no version refers to."""
    began = facts["began"] - 2  # clocks of file systems are coarser
    with reading(workspace.engine) as session:
        for folder in _folders(workspace.snapshots):
            unfinished = folder.name.startswith(".building-")
            if unfinished or (folder.stat().st_ctime >= began and not uses_snapshot(session, folder.name)):
                shutil.rmtree(folder)
        for sha256 in facts.get("files", ()):
            if not uses_file(session, sha256):
                workspace.files.remove(sha256)


def _clear_scratch(workspace: Workspace) -> None:
    """Remove what a killed import or rebuild was just writing."""
    for pattern in (".packing-*", ".rebuild-*"):
        for folder in workspace.imports.glob(pattern):
            shutil.rmtree(folder)
    for pattern in ("*.coverage.wkb", "*.writing"):
        for file in workspace.imports.glob(pattern):
            file.unlink()
    for file in workspace.files.folder.glob(f"{WRITING}*"):
        file.unlink()


def _folders(store: Path) -> list[Path]:
    return [path for path in store.iterdir() if path.is_dir()] if store.is_dir() else []


def _unfinished(workspace: Workspace) -> list[Journal]:
    found = [Journal(path.with_suffix(".json")) for path in sorted(workspace.imports.glob("*.open"))]
    for journal in found:
        if not journal.path.exists():  # killed before its first line was written: it had done nothing yet
            journal.marker.unlink()
    return [journal for journal in found if journal.path.exists()]


def _interrupted(facts: Mapping) -> str:
    return say("import_interrupted", place=f"{facts['layer']}（{facts['source_name']}）")


def _words(error: BaseException) -> Mapping[str, str]:
    if isinstance(error, SpatialHubError):
        return explain(error)
    return {"code": "fault", "place": "", "what": f"{type(error).__name__}: {error}", "remedy": ""}


def _audit_failure(workspace: Workspace, journal: Journal, error: BaseException, *, who: str, now: datetime) -> None:
    facts = journal.read()
    detail = {"report": journal.name, "error": str(_words(error)["code"]), "source_sha256": facts["source_sha256"]}
    about = f"{facts['city']}/{facts['layer']}"
    try:
        with writing(workspace.engine) as session:
            audit.record(session, at=now, who=who, what="layer.import_failed", about=about, detail=detail)
    except SQLAlchemyError as unwritten:  # the database is what failed: the first error is the one to tell
        error.add_note(f"no audit row could be written: {unwritten}")


def _audit_interruption(workspace: Workspace, journal: Journal, facts: Mapping, *, who: str, now: datetime) -> None:
    detail = {"report": journal.name, "source_sha256": facts["source_sha256"], "began_by": facts["who"]}
    about = f"{facts['city']}/{facts['layer']}"
    with writing(workspace.engine) as session:
        audit.record(session, at=now, who=who, what="layer.import_interrupted", about=about, detail=detail)


@contextmanager
def _lock(workspace: Workspace, how: int) -> Iterator[bool]:
    """Hold the lock of imports; the value says whether it was got (always, unless LOCK_NB is in `how`)."""
    workspace.imports.mkdir(parents=True, exist_ok=True)
    with (workspace.imports / ".lock").open("w") as file:
        try:
            fcntl.flock(file, how)
        except BlockingIOError:
            yield False
            return
        yield True
