"""Blocks of Markdown, and the file they stand in: a section run anew replaces its own block and no other."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.timing import Spread

_MARK = re.compile(r"<!-- section (\w+) -->\n(.*?)(?=<!-- section |\Z)", re.DOTALL)
_HEAD = """# How fast, measured

Written by `python -m benchmarks --home HOME --write` (see `python -m benchmarks --help`); every section says when and
on what it was run. Peers and we answer the same sites in turns; a ratio is peer / ours at one place, given as median
(lower quartile-upper quartile). A peer's time counts only where its areas agree with ours within 1e-6 of the site or
grid x boundary length. Everybody is warm: each site is asked once before the clock runs.

"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a sentence or two above and below."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    above: str = ""
    below: str = ""

    def markdown(self) -> str:
        """As Markdown."""
        lines = [_row(self.head), _row(["---", *["---:"] * (len(self.head) - 1)]), *map(_row, self.rows)]
        return "\n\n".join(filter(None, (self.above, "\n".join(lines), self.below)))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture beside the file."""

    name: str
    says: str

    def markdown(self) -> str:
        """As Markdown."""
        return f"![{self.says}]({self.name})"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def ms(spread: Spread) -> str:
    """Milliseconds with quartiles."""
    if not spread.count:
        return "-"
    return f"{_short(spread.median)} ({_short(spread.low)}-{_short(spread.high)})"


def times(spread: Spread, wanted: int) -> str:
    """A ratio with quartiles; how many places counted where not all did."""
    if not spread.count:
        return "-"
    fewer = f", n={spread.count}" if spread.count < wanted else ""
    return f"x {_short(spread.median)} ({_short(spread.low)}-{_short(spread.high)}{fewer})"


def _short(value: float) -> str:
    """Three significant digits, no exponent."""
    if math.isnan(value):
        return "-"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{min(digits, 2)}f}"


def machine() -> str:
    """Processor, cores, memory and what else was running."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        name = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{name}, {os.cpu_count()} cores, {gigabytes:.0f} GB, {platform.system()} {platform.release()},"
        f" CPython {platform.python_version()}; load average at the start {load:.1f}"
    )


def section(name: str, title: str, tables: Sequence[Table | Picture], *, run: str) -> str:
    """A block with its mark, title and the line that says when and on what it was run."""
    body = "\n\n".join(table.markdown() for table in tables)
    return f"<!-- section {name} -->\n## {title}\n\n{body}\n\n_{run}_\n\n"


def today() -> str:
    """Date and time of a run."""
    return datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %z")


def merge(path: Path, blocks: dict[str, str], order: Sequence[str]) -> None:
    """Write blocks into the file; sections that were not run now stay as they were."""
    known = {}
    if path.exists():
        known = {name: f"<!-- section {name} -->\n{body}" for name, body in _MARK.findall(path.read_text("utf-8"))}
    known |= blocks
    path.write_text(_HEAD + "".join(known[name] for name in order if name in known), "utf-8")
