"""Checks run in worker processes with a deadline: GEOS cannot be interrupted, so a worker past it is killed.

Nobody else waits for it. At most `slots` run at once, the rest wait their turn; a newer question from the same page
takes the place of an older one.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import secrets
import signal
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from spatialhub.errors import Busy, ProgramFault, SpatialHubError, Superseded, TooComplex, UnknownResult

KEPT_JOBS = 200
_log = logging.getLogger(__name__)
_GRACE_S = 5.0


@dataclass
class Job:
    """A check under way. `key` names the stored result once it is there, `error` the refusal."""

    id: str
    page: str
    started: float
    state: str = "waiting"
    key: str = ""
    error: SpatialHubError | None = None
    finished: threading.Event = field(default_factory=threading.Event)
    process: multiprocessing.process.BaseProcess | None = None
    cancelled: bool = False

    @property
    def seconds(self) -> float:
        """Seconds since it was asked."""
        return time.monotonic() - self.started


class Runner:
    """Runs `work(question) → key` for many askers; `work` is importable and raises SpatialHubError for refusals."""

    def __init__(self, work: Callable[[Any], str], *, deadline_s: float, slots: int = 2, preload: str = "") -> None:
        self._work = work
        self._deadline_s = deadline_s
        self._free = threading.Semaphore(slots)
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        # A clean process per check, forked from a server that has imported everything and holds no thread.
        self._processes = multiprocessing.get_context("forkserver")
        if preload:
            self._processes.set_forkserver_preload([preload])

    @property
    def deadline_s(self) -> float:
        """Seconds after which a check is given up."""
        return self._deadline_s

    def warm(self) -> None:
        """Start the server that workers are forked from, so that the first check need not wait for its imports."""
        process = self._processes.Process(target=_nothing)
        process.start()
        process.join()

    def start(self, question: object, *, page: str = "") -> Job:
        """Ask; returns at once."""
        job = Job(secrets.token_hex(16), page, time.monotonic())
        with self._lock:
            for other in self._jobs.values():
                if page and other.page == page and not other.finished.is_set():
                    _cancel(other)
            self._jobs[job.id] = job
            for old in [key for key, row in self._jobs.items() if row.finished.is_set()][:-KEPT_JOBS]:
                del self._jobs[old]
        threading.Thread(target=self._run, args=(job, question), daemon=True).start()
        return job

    def find(self, id: str) -> Job:
        """Return a job; raises UnknownResult where there is none of this id (any more)."""
        with self._lock:
            if id not in self._jobs:
                raise UnknownResult(id[:40])
            return self._jobs[id]

    def ask(self, question: object) -> str:
        """Ask and wait; return the result's key.

        Raises
        ------
        SpatialHubError
            The refusal of the check; TooComplex past the deadline; Busy where no worker came free in that time.
        """
        job = self.start(question)
        if not job.finished.wait(self._deadline_s * 2 + _GRACE_S):
            _cancel(job)
            raise Busy("")
        if job.error is not None:
            raise job.error
        return job.key

    def _run(self, job: Job, question: object) -> None:
        try:
            if not self._free.acquire(timeout=self._deadline_s):
                raise Busy("")
            try:
                job.key = self._in_process(job, question)
                job.state = "done"
            finally:
                self._free.release()
        except SpatialHubError as error:
            job.error, job.state = error, "refused"
        except Exception:
            _log.exception("check %s failed", job.id)
            job.error, job.state = ProgramFault(job.id[:8]), "failed"
        finally:
            job.finished.set()

    def _in_process(self, job: Job, question: object) -> str:
        if job.cancelled:
            raise Superseded("")
        ours, theirs = self._processes.Pipe(duplex=False)
        process = self._processes.Process(target=_child, args=(self._work, question, theirs), daemon=True)
        job.process, job.state = process, "running"
        process.start()
        theirs.close()
        try:
            answered = ours.poll(self._deadline_s)
            said = ours.recv() if answered else None
        except EOFError:
            said = ("failed", "the worker died")
        finally:
            _kill(process)
            ours.close()
        return self._answer(job, said)

    def _answer(self, job: Job, said: tuple | None) -> str:
        if job.cancelled:
            raise Superseded("")
        if said is None:
            raise TooComplex("check", reason=f"> {self._deadline_s:g} s")
        kind, value = said
        if kind == "key":
            return value
        if kind == "refused":
            raise value
        _log.error("check %s failed: %s", job.id, value)
        raise ProgramFault(job.id[:8])


def _nothing() -> None:
    """What a worker does that only warms up."""


def _child(work: Callable[[object], str], question: object, pipe: Connection) -> None:
    os.setsid()  # a group of its own, so that whatever it starts dies with it
    try:
        pipe.send(("key", work(question)))
    except SpatialHubError as error:
        pipe.send(("refused", error))
    except Exception:
        pipe.send(("failed", traceback.format_exc()))


def _cancel(job: Job) -> None:
    job.cancelled = True
    if job.process is not None:
        _kill(job.process)


def _kill(process: multiprocessing.process.BaseProcess) -> None:
    if process.pid is None:
        return
    process.join(0.2)
    if process.is_alive():
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:  # before it had a group of its own
            process.kill()
        process.join(_GRACE_S)
