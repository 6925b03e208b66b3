"""One worker process: its own side, which prepares once and then answers task after task, and its parent's.

Frames travel both ways over a socket: a kind, a length, bytes. Before every task the worker sets its own alarm clock;
nothing in the process catches it, so the kernel ends the process at the deadline whatever it is doing.
"""

from __future__ import annotations

import gc
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
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from spatialhub.memory import give_back, out_of_memory

Work = Callable[[bytes], bytes]
Prepare = Callable[[Any], Work]

_HEAD = struct.Struct("<cI")
READY, ANSWER, FAULT, LARGE, UNPREPARED = b"r", b"a", b"f", b"m", b"u"
TICK_S = 0.2  # how often somebody looks whether a worker is overdue
_GRACE_S = 2.0  # beyond the deadline, for a worker whose own alarm did not end it
_UNREADY_S = 300.0
_SETTLED = 50  # tasks
_LONG_S = 1.0


class Ending(StrEnum):
    """How a task ended: answered; past its deadline; beyond its memory; worker after worker died over it; it raised."""

    ANSWERED = "answered"
    LATE = "late"
    LARGE = "large"
    DIED = "died"
    FAULT = "fault"


ENDINGS = {ANSWER: Ending.ANSWERED, FAULT: Ending.FAULT, LARGE: Ending.LARGE}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: the answer, or for a fault the traceback (UTF-8)."""

    ending: Ending
    value: bytes = b""


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
        self._start = start
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

    @property
    def overdue(self) -> bool:
        """Whether its own alarm should long have ended it."""
        return self.stuck_s > (self._start.deadline_s if self.ready else _UNREADY_S) + _GRACE_S

    def give(self, number: int, task: bytes) -> None:
        """Hand a task over; never waits for the worker."""
        if not self.held:
            self.since = time.monotonic()
        self.held.append(number)
        self._unsent += _HEAD.pack(ANSWER, len(task)) + task

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

    def ask(self, task: bytes) -> Outcome:
        """Hand over one task and wait for its outcome; the worker lives on where it answered or raised.

        For a worker that no pool listens to. It may be ended from another thread meanwhile (`end`): then it has died.
        """
        self.give(0, task)
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            while True:
                self.flush()
                selector.modify(self, selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0))
                selector.select(TICK_S)
                frames, ended = self.hear()
                for kind, value in frames:
                    if kind == READY:
                        self.ready, self.since = True, time.monotonic()
                    elif kind == UNPREPARED:
                        raise pickle.loads(value)
                    else:
                        self.held.clear()
                        return Outcome(ENDINGS[kind], value)
                if ended or self.overdue:
                    late = self.overdue
                    return Outcome(Ending.LATE if self.kill() == -signal.SIGALRM or late else Ending.DIED)

    def end(self) -> None:
        """End the process, with whatever it has started; at once, from any thread."""
        with suppress(ProcessLookupError, PermissionError):
            if self.process.pid is not None:
                os.killpg(self.process.pid, signal.SIGKILL)
                return
        self.process.kill()  # it had no group of its own yet

    def kill(self) -> int | None:
        """End the process and wait for it; return its exit code (negative: the signal)."""
        self.end()
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self._link.close()
        return self.process.exitcode


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
        _say(link, UNPREPARED, _pickled(error))
        return
    gc.freeze()  # what stays is not looked through again and again for what may go
    _say(link, READY)
    answered = 0
    with suppress(BrokenPipeError, ConnectionResetError):  # the parent is gone
        while head := stream.read(_HEAD.size):
            task = stream.read(_HEAD.unpack(head)[1])
            began = time.monotonic()
            _say(link, *_answer(work, task, start.deadline_s))
            answered += 1
            if time.monotonic() - began > _LONG_S:  # what was large took long
                give_back()
            if answered == _SETTLED:  # by now it holds what it will hold for long
                gc.collect()
                gc.freeze()


def _answer(work: Work, task: bytes, deadline_s: float) -> tuple[bytes, bytes]:
    signal.setitimer(signal.ITIMER_REAL, deadline_s)
    try:
        return ANSWER, work(task)
    except Exception as error:
        if out_of_memory(error):
            return LARGE, b""
        return FAULT, traceback.format_exc().encode("utf-8", "replace")
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
