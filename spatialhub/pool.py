"""A pool of worker processes in which every task has a deadline. It knows nothing of what the tasks are.

with Pool(prepare, given, workers=2, deadline_s=60) as pool:
    for number, outcome in pool.run(tasks): ...

`prepare(given)` runs once in every worker and returns the function that answers a task: bytes → bytes. Workers live on
between tasks and between runs. A worker is ended by its own alarm clock at the deadline (the kernel does it, so it
holds inside GEOS too), and another takes its place; of what it had been given, only the task under way is lost.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import selectors
import signal
import socket
import struct
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Work = Callable[[bytes], bytes]
Prepare = Callable[[Any], Work]

_HEAD = struct.Struct("<cI")
_READY, _ANSWER, _FAULT, _UNPREPARED = b"r", b"a", b"f", b"u"
_TICK_S = 0.2  # how often the pool looks for workers that are stuck
_STUCK_S = 0.5  # after this long at one task a worker's waiting tasks go to others
_GRACE_S = 2.0  # beyond the deadline, for a worker whose own alarm did not end it
_UNREADY_S = 300.0
_AHEAD_S = 0.02  # a worker is given so much work ahead that it never waits for the pool
_MOST_AHEAD = 64
_STILLBORN = 3  # so many workers in a row that die before they are ready are a fault of ours


class Ending(StrEnum):
    """How a task ended: answered; past its deadline; its worker died twice over it; it raised."""

    ANSWERED = "answered"
    LATE = "late"
    DIED = "died"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: the answer, or for a fault the traceback (UTF-8)."""

    ending: Ending
    value: bytes = b""


class PoolBroken(RuntimeError):
    """Workers die before they can take a task."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a worker process begins with; `prepare` and `given` are importable and picklable."""

    prepare: Prepare
    given: Any
    deadline_s: float


class Worker:
    """One worker process as its parent sees it. Tasks are answered in the order in which they were given."""

    def __init__(self, start: Start) -> None:
        self._link, theirs = socket.socketpair()
        self._link.setblocking(False)
        context = multiprocessing.get_context("forkserver")
        self.process = context.Process(target=_serve, args=(start, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.held: deque[int] = deque()
        self.ready = False
        self.since = time.monotonic()
        self.pace_s = 0.0
        self._unsent = bytearray()
        self._unread = bytearray()

    def fileno(self) -> int:
        """Handle to wait on."""
        return self._link.fileno()

    @property
    def unsent(self) -> bool:
        """Whether there is something to write that the link had no room for."""
        return bool(self._unsent)

    @property
    def stuck_s(self) -> float:
        """Seconds since the task under way began, or since the process was started while it is not ready."""
        return time.monotonic() - self.since if self.held or not self.ready else 0.0

    def give(self, number: int, task: bytes) -> None:
        """Hand a task over; never waits for the worker."""
        if not self.held:
            self.since = time.monotonic()
        self.held.append(number)
        self._unsent += _HEAD.pack(_ANSWER, len(task)) + task

    def flush(self) -> None:
        """Write what the link has room for."""
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):  # its end is seen when reading
            while self._unsent:
                del self._unsent[: self._link.send(self._unsent)]

    def hear(self) -> tuple[list[tuple[bytes, bytes]], bool]:
        """Return what the worker has said, (kind, value) each, and whether it has ended."""
        ended = False
        try:
            while data := self._link.recv(2**18):
                self._unread += data
            ended = True
        except BlockingIOError:
            pass
        except ConnectionResetError:
            ended = True
        return list(_cut(self._unread)), ended

    def kill(self) -> int | None:
        """End the process, with whatever it has started; return its exit code (negative: the signal)."""
        with suppress(ProcessLookupError, PermissionError):
            if self.process.pid is not None:
                os.killpg(self.process.pid, signal.SIGKILL)
        if self.process.is_alive():
            self.process.kill()  # it had no group of its own yet
        self.process.join()
        self._link.close()
        return self.process.exitcode


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
        if preload:  # in the server that workers are forked from: a worker is then there in milliseconds
            multiprocessing.get_context("forkserver").set_forkserver_preload(["__main__", *preload])

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
                for key, events in self._selector.select(_TICK_S):
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
            if kind == _UNPREPARED:
                raise pickle.loads(value)
            if kind == _READY:
                worker.ready, self._stillborn = True, 0
                continue
            number = worker.held.popleft()
            if book.settle(number):
                yield number, Outcome(Ending.ANSWERED if kind == _ANSWER else Ending.FAULT, value)
        if frames:
            _measure(worker, len(frames))
        if ended:
            yield from self._replace(worker, book)

    def _watch(self, book: _Book) -> Iterator[tuple[int, Outcome]]:
        """Look after workers that have been at one task for long."""
        for worker in list(self._workers):
            limit_s = self._start.deadline_s if worker.ready else _UNREADY_S
            if worker.stuck_s > limit_s + _GRACE_S:
                yield from self._listen(worker, book)  # it may be we who have not listened for long
                if worker in self._workers and worker.stuck_s > limit_s + _GRACE_S:
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
        self._tried: set[int] = set()
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
        """Put back the task during which a worker died; False where that happens the second time."""
        if number in self._tried:
            return False
        self._tried.add(number)
        self.put_back([number])
        return True


def _measure(worker: Worker, answered: int) -> None:
    now = time.monotonic()
    took_s = (now - worker.since) / answered
    worker.pace_s = took_s if not worker.pace_s else 0.8 * worker.pace_s + 0.2 * took_s
    worker.since = now


def _cut(unread: bytearray) -> Iterator[tuple[bytes, bytes]]:
    """Take the complete frames off a buffer."""
    start = 0
    while len(unread) - start >= _HEAD.size:
        kind, size = _HEAD.unpack_from(unread, start)
        end = start + _HEAD.size + size
        if len(unread) < end:
            break
        yield kind, bytes(unread[start + _HEAD.size : end])
        start = end
    del unread[:start]


def _serve(start: Start, link: socket.socket) -> None:
    """The worker's side: prepare once, then answer until the parent hangs up."""
    os.setsid()  # a group of its own, so that whatever it starts dies with it
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    stream = link.makefile("rb")
    try:
        work = start.prepare(start.given)
    except Exception as error:
        _say(link, _UNPREPARED, _pickled(error))
        return
    _say(link, _READY)
    with suppress(BrokenPipeError, ConnectionResetError):  # the parent is gone
        while head := stream.read(_HEAD.size):
            task = stream.read(_HEAD.unpack(head)[1])
            _say(link, *_answer(work, task, start.deadline_s))


def _answer(work: Work, task: bytes, deadline_s: float) -> tuple[bytes, bytes]:
    signal.setitimer(signal.ITIMER_REAL, deadline_s)
    try:
        return _ANSWER, work(task)
    except Exception:
        return _FAULT, traceback.format_exc().encode("utf-8", "replace")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _say(link: socket.socket, kind: bytes, value: bytes = b"") -> None:
    link.sendall(_HEAD.pack(kind, len(value)) + value)


def _pickled(error: Exception) -> bytes:
    try:
        data = pickle.dumps(error)
        pickle.loads(data)
    except Exception:  # some exceptions cannot be built again from their arguments
        return pickle.dumps(RuntimeError("".join(traceback.format_exception(error))))
    return data
