"""Own time of each step of a whole check: the named functions are wrapped where their callers look them up."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

Seams = Mapping[str, Sequence[tuple[str, str]]]


class Clock:
    """Seconds by step. A step's time is without the steps inside it, unless it is closed."""

    def __init__(self, closed: Collection[str] = ()) -> None:
        self.seconds: dict[str, float] = {}
        self._closed = frozenset(closed)
        self._inside: list[str] = []
        self._since = 0.0

    def _charge(self) -> None:
        now = time.perf_counter()
        if self._inside:
            step = self._inside[-1]
            self.seconds[step] = self.seconds.get(step, 0.0) + now - self._since
        self._since = now

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Charge the block to a step."""
        self._charge()
        closed = next((row for row in self._inside if row in self._closed), name)
        self._inside.append(closed)
        try:
            yield
        finally:
            self._charge()
            self._inside.pop()

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The function, charged to a step."""

        def timed(*args: Any, **options: Any) -> Any:
            with self.step(name):
                return call(*args, **options)

        return timed


@contextmanager
def watched(clock: Clock, seams: Seams) -> Iterator[None]:
    """Wrap every function of `seams` for as long as the block runs.

    Raises
    ------
    AttributeError
        A function is no longer there: the table of seams in `ours.py` has to follow the engine.
    """
    with ExitStack() as stack:
        for step, places in seams.items():
            for module_name, function in places:
                module = importlib.import_module(module_name)
                original = getattr(module, function)
                setattr(module, function, clock.wrap(step, original))
                stack.callback(setattr, module, function, original)
        yield


def shares(calls: Sequence[Callable[[], Any]], seams: Seams, *, closed: Collection[str], rest: str) -> dict[str, float]:
    """Share (0-1) of each step, and of what no step claims (`rest`), in the time of all calls together."""
    clock = Clock(closed)
    with watched(clock, seams):
        for call in calls:
            with clock.step(rest):
                call()
    total = sum(clock.seconds.values())
    return {name: clock.seconds.get(name, 0.0) / total for name in (*seams, rest)}
