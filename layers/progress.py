"""How far a file is read, told where somebody watches: a bar on a terminal, now and then a line in a log."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from layers.words import word

_FIRST_LINE_S, _EVERY_S = 5.0, 10.0  # quick imports say nothing in a log


class Told:
    """A context manager; its value is called with (features done, features in all or 0) and says it.

    On a terminal a bar with count, share and rate, gone at the end; elsewhere plain lines, none with `quiet`.
    `doing`: what is being done to `title`, where it is not read.
    """

    def __init__(
        self,
        title: str,
        language: str,
        *,
        quiet: bool = False,
        doing: str | None = None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._doing = doing or word("reading", language)
        self._title, self._language, self._quiet, self._clock = title, language, quiet, clock
        self._console = Console(stderr=stream is None, file=stream)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
        self._bar = Progress(
            *columns,
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(f"{self._doing} {title}", total=None, told="")
        self._began = self._next_line = 0.0

    def __enter__(self) -> Callable[..., None]:
        self._began = self._clock()
        self._next_line = self._began + _FIRST_LINE_S
        self._bar.start()
        return self._advance

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _advance(self, done: int, total: int | None = None) -> None:
        now = self._clock()
        told = described(done, total or 0, now - self._began, self._language)
        self._bar.update(self._task, completed=done, total=total or None, told=told)
        if not self._console.is_terminal and not self._quiet and now >= self._next_line:
            self._next_line = now + _EVERY_S
            print(f"{self._doing} {self._title} {told}", file=self._console.file, flush=True)


def described(done: int, total: int, seconds: float, language: str) -> str:
    """Count, share and rate in words: `250,000 features, 25 %, 110,000/s`; the share only where the file knows it."""
    parts = [f"{done:,} {word('features_read', language)}"]
    if total:
        parts.append(f"{min(done, total) / total:.0%}")
    if seconds > 0:
        parts.append(f"{done / seconds:,.0f}/s")
    return "　".join(parts) if language == "zh" else ", ".join(parts)
