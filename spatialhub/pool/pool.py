"""Many workers on one stream of tasks: supplied ahead, listened to, replaced."""

from __future__ import annotations

import multiprocessing
import pickle
import selectors
import signal
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import forkserver
from typing import Any

from spatialhub.pool.worker import ENDINGS, READY, TICK_S, UNPREPARED, Ending, Outcome, Prepare, Start, Worker

_STUCK_S = 0.5  # after this long at one task a worker's waiting tasks go to others
_AHEAD_S = 0.02  # a worker is given so much work ahead that it never waits for the pool
_MOST_AHEAD = 64
_TRIES = 3  # a machine short of memory ends workers by chance: two in a row over one task prove nothing about it
_STILLBORN = 3  # so many workers in a row that die before they are ready are a fault of ours


class PoolBroken(RuntimeError):
    """Workers die before they can take a task."""


def expect(preload: Sequence[str]) -> None:
    """Start what the workers of a pool to come are forked from; it imports `preload` while others work."""
    _preload(preload)
    forkserver.ensure_running()


def _preload(modules: Sequence[str]) -> None:
    if modules:  # in the server that workers are forked from: a worker is then there in milliseconds
        multiprocessing.get_context("forkserver").set_forkserver_preload(["__main__", *modules])


class Pool:
    """Worker processes that answer tasks; a context manager. Used from one thread."""

    def __init__(
        self, prepare: Prepare, given: Any, *, workers: int, deadline_s: float, preload: Sequence[str] = ()
    ) -> None:
        self._start = Start(prepare, given, deadline_s)
        self._workers: list[Worker] = []
        self._size = workers
        self._stillborn = 0
        self._selector = selectors.DefaultSelector()
        _preload(preload)

    def __enter__(self) -> Pool:
        self._fill()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in list(self._workers):
            self._remove(worker)
        self._selector.close()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.process.pid for worker in self._workers if worker.process.pid is not None]

    def run(self, tasks: Iterable[bytes]) -> Iterator[tuple[int, Outcome]]:
        """Yield (place in `tasks`, outcome) as tasks end; `tasks` is drawn from as workers come free.

        Raises
        ------
        Exception
            What `prepare` raised in a worker.
        PoolBroken
            Workers die before they are ready.
        """
        self._fill()
        book = _Book(tasks)
        try:
            while True:
                for worker in self._workers:
                    self._supply(worker, book)
                if book.done:
                    return
                for key, events in self._selector.select(TICK_S):
                    if events & selectors.EVENT_WRITE:
                        key.data.flush()
                    if events & selectors.EVENT_READ:
                        yield from self._listen(key.data, book)
                yield from self._watch(book)
        finally:
            for worker in [one for one in self._workers if one.held]:  # nobody waits for its answers
                self._remove(worker)

    def _fill(self) -> None:
        while len(self._workers) < self._size:
            worker = Worker(self._start)
            self._workers.append(worker)
            self._selector.register(worker, selectors.EVENT_READ, worker)

    def _remove(self, worker: Worker) -> int | None:
        self._workers.remove(worker)
        self._selector.unregister(worker)
        return worker.kill()

    def _supply(self, worker: Worker, book: _Book) -> None:
        ahead = 2 + (min(_MOST_AHEAD, int(_AHEAD_S / worker.pace_s)) if worker.pace_s else 0)
        if worker.ready and len(worker.held) <= ahead // 2 and worker.stuck_s < _STUCK_S:
            while len(worker.held) < ahead and (found := book.next()) is not None:
                worker.give(*found)
            worker.flush()
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.unsent else 0)
        if self._selector.get_key(worker).events != wanted:
            self._selector.modify(worker, wanted, worker)

    def _listen(self, worker: Worker, book: _Book) -> Iterator[tuple[int, Outcome]]:
        frames, ended = worker.hear()
        for kind, value in frames:
            if kind == UNPREPARED:
                raise pickle.loads(value)
            if kind == READY:
                worker.ready, self._stillborn = True, 0
                continue
            number = worker.held.popleft()
            if book.settle(number):
                yield number, Outcome(ENDINGS[kind], value)
        if frames:
            _measure(worker, len(frames))
        if ended:
            yield from self._replace(worker, book)

    def _watch(self, book: _Book) -> Iterator[tuple[int, Outcome]]:
        """Look after workers that have been at one task for long."""
        for worker in list(self._workers):
            if worker.overdue:
                yield from self._listen(worker, book)  # it may be we who have not listened for long
                if worker in self._workers and worker.overdue:
                    yield from self._replace(worker, book, late=worker.ready)
            elif worker.stuck_s > _STUCK_S and len(worker.held) > 1:
                book.put_back(list(worker.held)[1:])

    def _replace(self, worker: Worker, book: _Book, *, late: bool = False) -> Iterator[tuple[int, Outcome]]:
        code = self._remove(worker)
        if not worker.ready:
            self._stillborn += 1
            if self._stillborn >= _STILLBORN:
                raise PoolBroken(f"{self._stillborn} workers ended before they were ready, the last with {code}")
        self._fill()
        under_way, waiting = list(worker.held)[:1], list(worker.held)[1:]
        book.put_back(waiting)
        for number in under_way:
            if late or code == -signal.SIGALRM:
                ending = Ending.LATE
            elif book.try_again(number):
                continue
            else:
                ending = Ending.DIED
            if book.settle(number):
                yield number, Outcome(ending)


class _Book:
    """Which tasks wait and which are under way. A task may be under way twice; the first to end settles it."""

    def __init__(self, tasks: Iterable[bytes]) -> None:
        self._fresh = enumerate(tasks)
        self._open: dict[int, bytes] = {}
        self._back: deque[int] = deque()
        self._deaths: Counter[int] = Counter()
        self._drained = False

    @property
    def done(self) -> bool:
        return self._drained and not self._open

    def next(self) -> tuple[int, bytes] | None:
        while self._back:
            number = self._back.popleft()
            if number in self._open:
                return number, self._open[number]
        if not self._drained:
            for number, task in self._fresh:
                self._open[number] = task
                return number, task
            self._drained = True
        return None

    def settle(self, number: int) -> bool:
        """Note that a task has ended; False where it had before."""
        return self._open.pop(number, None) is not None

    def put_back(self, numbers: Iterable[int]) -> None:
        """Let others have tasks that wait behind one that takes long, or whose worker is gone."""
        waiting = set(self._back)
        self._back.extend(number for number in numbers if number in self._open and number not in waiting)

    def try_again(self, number: int) -> bool:
        """Put back the task during which a worker died; False where that has happened `_TRIES` times."""
        self._deaths[number] += 1
        if self._deaths[number] == _TRIES:
            return False
        self.put_back([number])
        return True


def _measure(worker: Worker, answered: int) -> None:
    now = time.monotonic()
    took_s = (now - worker.since) / answered
    worker.pace_s = took_s if not worker.pace_s else 0.8 * worker.pace_s + 0.2 * took_s
    worker.since = now
