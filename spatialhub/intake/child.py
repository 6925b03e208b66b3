"""Running a reader in a process of its own, and nothing else: every foreign file is read through here.

The child says nothing but frames (`wire`). It is killed when it exceeds its time, when it stops making progress, and
when its caller stops listening; the scratch folder goes with it.
"""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spatialhub.errors import BrokenFile, TooLarge
from spatialhub.intake import contain, limits, wire
from spatialhub.intake.raw import Job
from spatialhub.intake.upload import Upload
from spatialhub.messages import Words

ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from spatialhub.intake.entry import main; main()"

_PREFIX, _LOCK = "spatialhub-read-", ".lock"
_YOUNG_S = 2.0
_OVERSLEPT_S = 2.0  # beyond the wait: nobody schedules so late a process that is not stopped
_PIPE_BYTES = 2**20
_MOST_SITE_BYTES = 2**28
Frame = tuple[dict[str, Any], wire.Body]


class ReaderFault(RuntimeError):
    """A reader failed in a way that is our fault; the text is its traceback."""


@contextmanager
def scratch_for(upload: Upload) -> Iterator[tuple[Path, Path]]:
    """Make a scratch folder with a link to the upload under a plain name; yield (folder, the link)."""
    with _folder() as folder:
        for one in upload.files:
            (folder / f"upload{one.suffix.lower()}").symlink_to(one.resolve())
        for name in ("unpacked", "unpacked.gdb"):  # the child may write files, not make folders
            (folder / name).mkdir()
        yield folder, folder / f"upload{upload.files[0].suffix.lower()}"


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a temporary folder; a lock beside it says that its maker lives. Those of killed makers are swept away."""
    _sweep()
    handle, lock = _locked()
    folder = lock.with_suffix("")
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.unlink(missing_ok=True)
        os.close(handle)


def _locked() -> tuple[int, Path]:
    """A new lock, held. One that was swept away before it could be locked, because this process stood still between the
    two, is no lock: then another."""
    while True:
        handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_LOCK)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(name):
            return handle, Path(name)
        os.close(handle)


def _sweep() -> None:
    """Take away folders whose maker was killed."""
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*{_LOCK}"):
        try:
            with lock.open("r") as file:
                if time.time() - lock.stat().st_mtime < _YOUNG_S:
                    continue  # its maker may be just about to lock it
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                lock.unlink(missing_ok=True)
        except OSError:  # held by a living maker, another user's, or gone by now
            continue


def run(job: Job, *, stall_s: float, wall_s: float | None = None) -> Iterator[Frame]:
    """Read in a contained child and yield its frames, each with its body; `end` is the last.

    Raises
    ------
    SpatialHubError
        What the child refused.
    TooLarge
        It was killed: time, memory, or no progress for `stall_s`.
    BrokenFile
        The libraries crashed on the file.
    ReaderFault
        The reader itself is wrong.
    """
    process = _start(job)
    try:
        yield from _listen(process, job, stall_s, time.monotonic() + wall_s if wall_s else None)
    finally:
        _end(process)


def _start(job: Job) -> subprocess.Popen[bytes]:
    environment = {**contain.environment(job.format), "TMPDIR": job.scratch, "SQLITE_TMPDIR": job.scratch}
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _START, str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=job.scratch,
        env=environment,
        close_fds=True,
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)  # the child reads on while we work
    except OSError:
        pass  # the user's pipes are used up: only slower
    try:
        process.stdin.write(json.dumps(job.to_json()).encode())
        process.stdin.close()
    except BrokenPipeError:
        pass  # it died at once: reading its frames will say so
    return process


def _listen(process: subprocess.Popen[bytes], job: Job, stall_s: float, deadline: float | None) -> Iterator[Frame]:
    frames = wire.Frames(_MOST_SITE_BYTES if job.profile == "site" else wire.MOST_BYTES)
    try:
        for data in _data(process, job, stall_s, deadline):
            for head, blob in frames.feed(data):
                yield from _heed(head, blob)
                if head.get("kind") == "end":
                    return
    except wire.BrokenFrame as error:
        raise BrokenFile(job.name, reason=Words.of("broken_reader", detail=str(error)[:200])) from None
    raise _post_mortem(process, job)


def _heed(head: dict[str, Any], blob: bytes) -> Iterator[Frame]:
    kind = head.get("kind")
    if kind == "error":
        raise wire.error_from_json(head["error"])
    if kind == "fault":
        raise ReaderFault(str(head.get("trace")))
    yield head, wire.body_of(head, blob)


def _data(process: subprocess.Popen[bytes], job: Job, stall_s: float, deadline: float | None) -> Iterator[bytes]:
    assert process.stdout is not None
    handle = process.stdout.fileno()
    with selectors.DefaultSelector() as selector:
        selector.register(handle, selectors.EVENT_READ)
        while True:
            began = time.monotonic()
            wait_s = stall_s if deadline is None else min(stall_s, max(0.0, deadline - began))
            if not selector.select(wait_s):
                late = time.monotonic() - began - wait_s
                if late > _OVERSLEPT_S:  # this process was stopped, perhaps with the machine: the reader did not stall
                    deadline = None if deadline is None else deadline + late
                    continue
                limit = limits.stillness(job, stall_s)
                raise TooLarge(job.name, limit=limit, found=Words.of("found_more"))
            data = os.read(handle, 2**20)
            if not data:
                return
            yield data


def _post_mortem(process: subprocess.Popen[bytes], job: Job) -> Exception:
    """The child ended without an end: say what killed it."""
    code = process.wait()
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return TooLarge(job.name, limit=limits.processor(job), found=Words.of("found_more"))
    if code == -signal.SIGXFSZ:
        return TooLarge(job.name, limit=limits.unpacked(job), found=Words.of("found_more"))
    if code < 0:
        return BrokenFile(job.name, reason=Words.of("broken_crash", signal=signal.Signals(-code).name))
    return ReaderFault(f"reader ended with {code} and no last frame")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the child and of what it forked."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            stream.close()
