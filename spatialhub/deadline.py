"""Limits for work in this very process: GEOS and the kernels cannot be interrupted, not even by Ctrl-C, but they leave
other threads running."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from spatialhub import settings
from spatialhub.errors import TooComplex
from spatialhub.intake import limits
from spatialhub.memory import limited_memory, out_of_memory
from spatialhub.telling import REFUSED, tell_refusal


@contextmanager
def within_limits(deadline_s: float, place: str, *, as_json: bool) -> Iterator[None]:
    """Refuse where the block takes more memory than a check may, or longer than `deadline_s`: then the program ends,
    and nothing else of it is told.

    Raises
    ------
    TooComplex
        It takes more memory than SPATIALHUB_CHECK_MEMORY_MIB.
    """
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
        with limited_memory(settings.number("SPATIALHUB_CHECK_MEMORY_MIB")):
            yield
    except Exception as error:
        if out_of_memory(error):
            raise TooComplex(place, reason=limits.memory_of_check()) from None
        raise
    finally:
        ended.acquire()  # where the refusal is being told, wait for the end
        timer.cancel()
