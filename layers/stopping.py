"""A request to stop is heard: SIGTERM and a closed terminal end an import as Ctrl-C does, and nothing is left."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_REQUESTS = (signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """The process was asked to stop, not by Ctrl-C."""


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Raise `Stopped` in the block when the process is asked to stop. Where others listen already (a server), or in a
    thread that hears no signals, nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = [one for one in _REQUESTS if signal.getsignal(one) is signal.SIG_DFL]
    for one in heard:
        signal.signal(one, _stop)
    try:
        yield
    finally:
        for one in heard:
            signal.signal(one, signal.SIG_DFL)


def _stop(number: int, _: object) -> None:
    raise Stopped(signal.Signals(number).name)
