"""Sample sites of the demo city, offered where a demo is loaded.

The demo writes `SPATIALHUB_HOME/demo/sites.json`: [{key, file, story, use, options{}}], file names relative to it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from spatialhub.errors import OptionError


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample site file with its story; `options` are values of the form's fields."""

    key: str
    path: Path
    title: str
    story: str
    options: dict[str, str] = field(default_factory=dict)


def notice(home: Path) -> str:
    """Return what has to stand wherever data of the demo shows; empty where no demo is loaded."""
    facts = home / "demo" / "demo.json"
    said = json.loads(facts.read_text("utf-8"))["synthetic"] if facts.is_file() else ""
    return f"演示数据（{said}）" if said else ""


def offered(home: Path) -> list[Sample]:
    """Return the sample sites of a loaded demo; none where no demo is loaded."""
    listing = home / "demo" / "sites.json"
    if not listing.is_file():
        return []
    return [_sample(row, listing.parent) for row in json.loads(listing.read_text("utf-8"))]


def find(home: Path, key: str) -> Sample:
    """Return a sample by its key.

    Raises
    ------
    OptionError
        There is no such sample.
    """
    known = {sample.key: sample for sample in offered(home)}
    if key not in known:
        raise OptionError("sample", found=key[:60], allowed=tuple(known) or "—")
    return known[key]


def _sample(row: dict, folder: Path) -> Sample:
    options = {name: str(value) for name, value in row.get("options", {}).items() if value is not None}
    return Sample(row["key"], folder / row["file"], row.get("title", row["key"]), row.get("story", ""), options)
