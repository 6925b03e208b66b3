"""What was made of frozen values, remembered by the very values: a batch of checks asks with the same each time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class ByIdentity(Generic[T]):
    """Remembers the `most` last made. The values are kept beside what was made of them: while they are, no other value
    can take their identity."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._made: dict[tuple[int, ...], tuple[tuple, T]] = {}
        self._lock = threading.Lock()

    def of(self, values: tuple, make: Callable[[], T], *, stale: Callable[[T], bool] | None = None) -> T:
        """Return what `make` gives for these values; made anew where it is not remembered or `stale`."""
        key = tuple(map(id, values))
        found = self._made.get(key)
        if found is not None and not (stale and stale(found[1])):
            return found[1]
        made = make()
        with self._lock:
            self._made.pop(key, None)
            while len(self._made) >= self._most:
                self._made.pop(next(iter(self._made)))
            self._made[key] = (values, made)
        return made
