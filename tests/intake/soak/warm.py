"""Contained readers that share their start-up: a process imports what a format needs, and every reader is a fork of it.

A reader of the product takes some 0.4 s to start, of which 0.02 s are its walls and its work. Here all of that is the
product's own but for the start: the parent's side (`child.run`: frames, deadlines, post-mortem), the walls (namespaces,
Landlock, limits; taken after the fork, as in the product), the readers.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spatialhub.intake import child, contain
from spatialhub.intake.raw import Job
from tests.places import ROOT

_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from tests.intake.soak.warm import serve; serve(int(sys.argv[2]))"
)


class Fork:
    """A forked reader, as much of `subprocess.Popen` as `child.run` asks for."""

    def __init__(self, nursery: socket.socket, job: Job) -> None:
        asked, answers = os.pipe(), os.pipe()
        socket.send_fds(nursery, [job.scratch.encode()], [asked[0], answers[1]])
        os.close(asked[0])
        os.close(answers[1])
        self.pid, self.returncode = int(nursery.recv(64)), None
        self.stdin, self.stdout = os.fdopen(asked[1], "wb"), os.fdopen(answers[0], "rb", buffering=0)
        self._nursery = nursery
        try:
            self.stdin.write(json.dumps(job.to_json()).encode())
            self.stdin.close()
        except BrokenPipeError:
            pass

    def wait(self) -> int:
        """Wait for the end; the exit code, or the signal's number below zero."""
        if self.returncode is None:
            self.returncode = int(self._nursery.recv(64))
        return self.returncode


@contextmanager
def readers() -> Iterator[None]:
    """Within it every contained reader of this process is a fork of a warm one."""
    nurseries: dict[tuple[str, ...], tuple[subprocess.Popen, socket.socket]] = {}
    before = child._start

    def start(job: Job) -> Fork:
        drivers = contain.DRIVERS.get(job.format, ())
        if drivers not in nurseries:
            nurseries[drivers] = _nursery(job)
        return Fork(nurseries[drivers][1], job)

    child._start = start
    try:
        yield
    finally:
        child._start = before
        for process, end in nurseries.values():
            end.close()
            process.wait()


def _nursery(job: Job) -> tuple[subprocess.Popen, socket.socket]:
    """A process that has imported what the format needs, and the socket on which it takes jobs."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, str(ROOT), str(theirs.fileno())],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
            env=contain.environment(job.format), pass_fds=[theirs.fileno()],
        )  # fmt: skip
    ours.send(json.dumps(job.to_json()).encode())
    return process, ours


def serve(handle: int) -> None:
    """The warm process: import, then fork a reader for each message, tell its number and how it ended."""
    from spatialhub.intake import entry

    end = socket.socket(fileno=handle)
    job = Job.from_json(json.loads(end.recv(2**16)))
    entry._import_all(job)
    while True:
        message, handles, _, _ = socket.recv_fds(end, 2**12, 2)
        if not handles:
            return
        pid = os.fork()
        if pid == 0:
            _become(message.decode(), handles, end)
        for one in handles:
            os.close(one)
        end.send(str(pid).encode())
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        end.send(str(status).encode())


def _become(scratch: str, handles: list[int], end: socket.socket) -> None:
    """Be the reader that `child._start` would have started."""
    from spatialhub.intake import entry

    os.setsid()
    end.close()
    for target, one in enumerate(handles):
        os.dup2(one, target)
        os.close(one)
    os.environ |= {"TMPDIR": scratch, "SQLITE_TMPDIR": scratch}
    os.chdir(Path(scratch))
    sys.stdin = os.fdopen(0, "r")
    try:
        entry.main()
    finally:
        os._exit(1)
