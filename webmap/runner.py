"""Checks run in worker processes with a deadline (spatialhub.pool): GEOS cannot be interrupted, so a worker past it
is killed.

Workers, and the readers of foreign files that they start, run below the server's priority: pages are answered first.
Nobody else waits for it. At most `slots` run at once, the rest wait their turn; a newer question from the same page
takes the place of an older one. Workers live on from check to check: what they have opened stays open.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from spatialhub import settings
from spatialhub.errors import Busy, ProgramFault, SpatialHubError, Superseded, TooComplex, UnknownResult
from spatialhub.intake import limits
from spatialhub.memory import limit_memory, private_mib
from spatialhub.pool import Ending, Outcome, Start, Worker

KEPT_JOBS = 200
MOST_WAITING = 8  # each holds its file in memory
MOST_IDLE_MIB = 512  # a worker that has grown beyond is not kept: its memory is fragmented for good
NICENESS = 10  # pages come first: they are short, and ten people wait for them
_log = logging.getLogger(__name__)
_GRACE_S = 5.0
# Threads of the server that may wait for a worker, over all runners: half of them stay free for pages.
MOST_ASKERS = 4
_askers = threading.BoundedSemaphore(MOST_ASKERS)


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
    worker: Worker | None = None
    cancelled: bool = False

    @property
    def seconds(self) -> float:
        """Seconds since it was asked."""
        return time.monotonic() - self.started


class Runner:
    """Runs `work(question) → key` for many askers; `work` is importable and raises SpatialHubError for refusals."""

    def __init__(self, work: Callable[[Any], str], *, deadline_s: float, slots: int = 2, preload: str = "") -> None:
        self._begin = Start(_prepare, (work, settings.number("SPATIALHUB_CHECK_MEMORY_MIB")), deadline_s)
        self._deadline_s = deadline_s
        self._free = threading.Semaphore(slots)
        self._most = slots + MOST_WAITING
        self._idle: list[Worker] = []
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        if preload:  # in the server that workers are forked from, which holds no thread
            multiprocessing.get_context("forkserver").set_forkserver_preload([preload])

    @property
    def deadline_s(self) -> float:
        """Seconds after which a check is given up."""
        return self._deadline_s

    def warm(self) -> None:
        """Start a worker, so that the first check need not wait for its imports."""
        worker = Worker(self._begin)
        with self._lock:
            self._idle.append(worker)

    def start(self, question: object, *, page: str = "") -> Job:
        """Ask; returns at once.

        Raises
        ------
        Busy
            As many wait already as may wait.
        """
        job = Job(secrets.token_hex(16), page, time.monotonic())
        with self._lock:
            for other in self._jobs.values():
                if page and other.page == page and not other.finished.is_set():
                    _cancel(other)
            if sum(not row.finished.is_set() and not row.cancelled for row in self._jobs.values()) >= self._most:
                raise Busy("")
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
            The refusal of the check; TooComplex past the deadline; Busy where no worker came free in that time, or as
            many of the server's threads wait for answers as may.
        """
        if not _askers.acquire(blocking=False):
            raise Busy("")
        try:
            job = self.start(question)
            if not job.finished.wait(self._deadline_s * 2 + _GRACE_S):
                with self._lock:
                    _cancel(job)
                raise Busy("")
        finally:
            _askers.release()
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
        outcome = self._ask(job, pickle.dumps(question))
        if outcome.ending is Ending.DIED and not job.cancelled:  # perhaps long idle and killed for its memory
            outcome = self._ask(job, pickle.dumps(question))
        if job.cancelled:
            raise Superseded("")
        if outcome.ending is Ending.LATE:
            raise TooComplex("check", reason=f"> {self._deadline_s:g} s")
        if outcome.ending is Ending.LARGE:
            raise TooComplex("check", reason=limits.memory_of_check())
        if outcome.ending is not Ending.ANSWERED:
            _log.error("check %s: %s %s", job.id, outcome.ending.value, outcome.value.decode("utf-8", "replace"))
            raise ProgramFault(job.id[:8])
        said = pickle.loads(outcome.value)
        if isinstance(said, SpatialHubError):
            raise said
        return said

    def _ask(self, job: Job, question: bytes) -> Outcome:
        """Ask a worker that is idle or new; keep it for others where it lives on."""
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        worker = worker or Worker(self._begin)
        with self._lock:
            if job.cancelled:
                self._idle.append(worker)
                raise Superseded("")
            job.worker, job.state = worker, "running"
        outcome = worker.ask(question)
        with self._lock:
            job.worker = None
            lives = outcome.ending in (Ending.ANSWERED, Ending.FAULT) and not job.cancelled
            lives = lives and private_mib(worker.process.pid or 0) < MOST_IDLE_MIB
            if lives:
                self._idle.append(worker)
        if not lives:
            worker.kill()
        return outcome


def _prepare(given: tuple[Callable[[Any], str], int]) -> Callable[[bytes], bytes]:
    work, memory_mib = given
    os.nice(NICENESS)  # what a worker starts inherits it
    limit_memory(memory_mib)
    return partial(_answer, work)


def _answer(work: Callable[[Any], str], question: bytes) -> bytes:
    """The key of the stored result, or the refusal, pickled. Runs in a worker."""
    try:
        return pickle.dumps(work(pickle.loads(question)))
    except SpatialHubError as error:
        return pickle.dumps(error)


def _cancel(job: Job) -> None:
    """Give a job up; under the runner's lock, so that its worker is not meanwhile somebody else's."""
    job.cancelled = True
    if job.worker is not None:
        job.worker.end()
