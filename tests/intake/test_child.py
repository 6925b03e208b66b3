"""Waiting for a reader: one that stalls is given up, one whose caller was stopped meanwhile is not."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from spatialhub.errors import TooLarge
from spatialhub.intake import child

STALL_S = 60.0


class Clock:
    """A clock and a selector on it: each wait finds nothing after so many seconds, or (None) something at once."""

    def __init__(self, *waits):
        self.now, self.waits = 1_000.0, list(waits)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def register(self, *_):
        pass

    def select(self, wait_s):
        late = self.waits.pop(0)
        if late is None:
            return [True]
        self.now += wait_s + late
        return []


def read(monkeypatch, clock, deadline=None):
    monkeypatch.setattr(child, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(child.selectors, "DefaultSelector", lambda: clock)
    source, sink = os.pipe()
    os.write(sink, b"frames")
    os.close(sink)
    with os.fdopen(source, "rb") as stdout:
        return b"".join(
            child._data(SimpleNamespace(stdout=stdout), SimpleNamespace(name="a", profile="site"), STALL_S, deadline)
        )


def test_a_reader_that_stalls_is_given_up(monkeypatch):
    with pytest.raises(TooLarge):
        read(monkeypatch, Clock(0.01))


@pytest.mark.parametrize("deadline", [None, 1_030.0], ids=["no deadline", "with a deadline"])
def test_a_caller_that_was_stopped_does_not_blame_the_reader(monkeypatch, deadline):
    """Two minutes in which this process did not run are no minutes of the reader's."""
    assert read(monkeypatch, Clock(120.0, None, None), deadline) == b"frames"


def test_a_deadline_is_put_off_by_the_time_stopped_and_no_more(monkeypatch):
    clock = Clock(120.0, 0.01)
    with pytest.raises(TooLarge):
        read(monkeypatch, clock, deadline=1_030.0)
    assert clock.now == pytest.approx(1_150, abs=0.1)
