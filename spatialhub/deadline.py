"""A deadline for work in this very process: GEOS and the kernels cannot be interrupted, not even by Ctrl-C, but they
leave other threads running."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from spatialhub.errors import TooComplex
from spatialhub.telling import REFUSED, tell_refusal


@contextmanager
def given_up_after(deadline_s: float, place: str, *, as_json: bool) -> Iterator[None]:
    """Refuse and end the program where the block takes longer; nothing else of it is told then."""
    ended = threading.Lock()

    def give_up() -> None:
        if not ended.acquire(blocking=False):  # done at the last moment
            return
        tell_refusal(TooComplex(place, reason=f"> {deadline_s:g} s"), as_json=as_json)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(REFUSED)

    timer = threading.Timer(deadline_s, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        ended.acquire()  # where the refusal is being told, wait for the end
        timer.cancel()
