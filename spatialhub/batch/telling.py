"""What a batch says on the terminal: how it goes on (a bar, or plain lines where nobody watches) and the summary."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from spatialhub.batch import tables
from spatialhub.batch.run import Done
from spatialhub.batch.work import CHECKED
from spatialhub.intake.wire import error_from_json
from spatialhub.messages import explain, say
from spatialhub.report.words import colour, label
from spatialhub.spatial.model import Issue

MOST_REFUSED = MOST_ISSUES = 10
_LINE_S = 5.0  # between two plain lines
_BLIND_S = 1.0  # a rate over less is noise


class Telling:
    """Tells how a batch goes on; a context manager. Plain lines go through `write`."""

    def __init__(self, console: Console, language: str, write: Callable[[str], None]) -> None:
        self._console, self._language, self._write = console, language, write
        self._total = self._before = self._done = 0
        self._began = self._told = time.monotonic()
        self._others = 0
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def __enter__(self) -> Telling:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def seconds(self) -> float:
        """Seconds since checking began."""
        return time.monotonic() - self._began

    @property
    def done_now(self) -> int:
        """Sites done in this run."""
        return self._done

    def gathered(self, total: int, done: int) -> None:
        """Say how much there is."""
        self._total, self._before = total, done
        self._began = self._told = time.monotonic()
        self._write(self._say("batch_gathered", total=f"{total:,}"))
        if done:
            self._write(self._say("batch_resumed", done=f"{done:,}", left=f"{total - done:,}"))
        if self._console.is_terminal and done < total:
            self._bar = _bar(self._console)
            self._task = self._bar.add_task(
                self._say("batch_checking"), total=total, completed=done, rate="", others=""
            )
            self._bar.start()

    def advanced(self, row: Mapping[str, Any]) -> None:
        """Count a site."""
        self._done += 1
        self._others += row["state"] != CHECKED
        rate = self._done / max(self.seconds, 1e-9)
        known = self.seconds > _BLIND_S
        if self._bar is not None:
            others = self._say("batch_others", count=self._others) if self._others else ""
            said = self._say("batch_rate", rate=f"{rate:,.0f}") if known else ""
            self._bar.update(self._task, completed=self._before + self._done, rate=said, others=others)
        elif known and time.monotonic() - self._told >= _LINE_S:
            self._told = time.monotonic()
            self._write(self._line(rate))

    def _line(self, rate: float) -> str:
        done = self._before + self._done
        left_s = (self._total - done) / rate
        return self._say(
            "batch_progress",
            done=f"{done:,}",
            total=f"{self._total:,}",
            percent=f"{100 * done // self._total}",
            rate=f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}",
            left=f"{int(left_s) // 60}:{int(left_s) % 60:02d}",
        )

    def _say(self, code: str, **params: object) -> str:
        return say(code, self._language, **params)


def _bar(console: Console) -> Progress:
    columns = ("[progress.description]{task.description}", "{task.percentage:>3.0f}%", "{task.fields[rate]}")
    described, percent, rate = (TextColumn(one) for one in columns)
    others = TextColumn("[yellow]{task.fields[others]}")
    return Progress(
        described, BarColumn(), MofNCompleteColumn(), percent, rate, TimeRemainingColumn(), others, console=console
    )


def summary(done: Done, language: str, *, seconds: float, done_now: int, written: Sequence[Path]) -> Group:
    """Counts, what was refused and why, the files: what stands at the end."""
    parts: list[Any] = [_counts(done, language)]
    parts += _unchecked(done, language) + _refused(done, language)
    notices = dict.fromkeys(text for row in done.rows for text in row.get("notices", ()))
    parts += [Text(text, "bold magenta") for text in notices]
    parts += [
        Text(_printable(tables.issue_words(issue, language)), _style(issue)) for issue in done.issues[:MOST_ISSUES]
    ]
    files = [Text(f"  {path}", overflow="fold") for path in written]
    if done_now:
        rate = done_now / max(seconds, 1e-9)
        said = say("batch_took", language, done=f"{done_now:,}", seconds=f"{seconds:.1f}", rate=f"{rate:,.1f}")
        parts.append(Text(said, "dim"))
    else:
        parts.append(Text(say("batch_nothing_left", language), "dim"))
    return Group(*parts, Text(say("batch_written", language)), *files)


def _style(issue: Issue) -> str:
    return "bold red" if issue.code.startswith("suspected_") else "dim"


def _counts(done: Done, language: str) -> Table:
    found = tables.counts(done)
    table = Table(
        box=box.SIMPLE_HEAD,
        title=say("batch_title", language, count=f"{found['sites']:,}"),
        title_style="bold",
        title_justify="left",
    )
    table.add_column(say("batch_column_verdict", language))
    table.add_column(say("batch_sites", language), justify="right")
    for verdict, count in found["verdicts"].items():
        table.add_row(Text(label("verdict", verdict, language), colour(verdict)), f"{count:,}")
    for state in tables.STATES[1:]:
        count = found["states"][state]
        table.add_row(Text(say(f"batch_state_{state}", language), "red" if count else "dim"), f"{count:,}")
    return table


def _unchecked(done: Done, language: str) -> list[Any]:
    """A verdict never stands without what was not looked at."""
    count = sum(any(one["required"] for one in row.get("unchecked", ())) for row in done.rows)
    return [Text(say("batch_unchecked", language, count=f"{count:,}"), "bold yellow")] if count else []


def _refused(done: Done, language: str) -> list[Any]:
    rows = [row for row in done.rows if row["state"] != CHECKED]
    if not rows:
        return []
    table = Table(
        box=box.SIMPLE_HEAD, title=say("batch_unanswered", language), title_style="bold yellow", title_justify="left"
    )
    for name in ("number", "name", "state", "refusal"):
        table.add_column(say(f"batch_column_{name}", language), overflow="fold")
    for row in rows[:MOST_REFUSED]:
        what = explain(error_from_json(row["error"]), language)["what"]
        state = say(f"batch_state_{row['state']}", language)
        table.add_row(str(row["number"]), escape(_printable(row["name"])), state, escape(_printable(what)))
    more = len(rows) - MOST_REFUSED
    return [table, *([Text(say("batch_more", language, count=more, file=tables.TABLE))] if more > 0 else [])]


def _printable(words: str) -> str:
    """Names in files are foreign text: their control characters must not reach the terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words)
