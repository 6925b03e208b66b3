"""Running a reader in a process of its own, and nothing else: every foreign file is read through here.

The child says nothing but frames (`wire`). It is killed when it exceeds its time, when it stops making progress, and
when its caller stops listening; the scratch folder goes with it.
"""

from __future__ import annotations

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
from spatialhub.intake import contain, wire
from spatialhub.intake.raw import Job
from spatialhub.intake.upload import Upload
from spatialhub.messages import Words

_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from spatialhub.intake.entry import main; main()"

_MOST_SITE_BYTES = 2**28
Frame = tuple[dict[str, Any], wire.Body]


class ReaderFault(RuntimeError):
    """A reader failed in a way that is our fault; the text is its traceback."""


@contextmanager
def scratch_for(upload: Upload) -> Iterator[tuple[Path, Path]]:
    """Make a scratch folder with a link to the upload under a plain name; yield (folder, the link)."""
    folder = Path(tempfile.mkdtemp(prefix="spatialhub-read-"))
    try:
        for one in upload.files:
            (folder / f"upload{one.suffix.lower()}").symlink_to(one.resolve())
        (folder / "unpacked").mkdir()  # the child may write files, not make folders
        first = folder / f"upload{upload.files[0].suffix.lower()}"
        yield folder, first
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
    environment = {**contain.environment(), "TMPDIR": job.scratch, "SQLITE_TMPDIR": job.scratch}
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _START, str(_ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=job.scratch,
        env=environment,
        close_fds=True,
        start_new_session=True,
    )
    assert process.stdin is not None
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
            wait_s = stall_s if deadline is None else min(stall_s, max(0.0, deadline - time.monotonic()))
            if not selector.select(wait_s):
                limit = Words.of("limit_time", seconds=f"{stall_s:.0f}")
                raise TooLarge(job.name, limit=limit, found=Words.of("found_more"))
            data = os.read(handle, 2**20)
            if not data:
                return
            yield data


def _post_mortem(process: subprocess.Popen[bytes], job: Job) -> Exception:
    """The child ended without an end: say what killed it."""
    code = process.wait()
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return TooLarge(job.name, limit=Words.of("limit_cpu", seconds=job.cpu_s), found=Words.of("found_more"))
    if code == -signal.SIGXFSZ:
        return TooLarge(job.name, limit=f"{job.unpacked_mib} MiB", found=Words.of("found_more"))
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
