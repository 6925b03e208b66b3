"""界址点 TXT, first half: lines → attributes, plots, numbered points. Lenient in form, strict in what it means.

The layout and its variants: domain-facts §2.1. A header is a line whose last field is `@`; counts are never trusted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from spatialhub.errors import BrokenFile
from spatialhub.messages import Words

WIDE = str.maketrans("，【】＝＠：；－．＋　０１２３４５６７８９", ",[]=@:;-.+ 0123456789")
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{0,12})?", re.ASCII)
FARTHEST_M = 1e8  # beyond any easting with its zone; areas are integrated along edges, and one so long takes minutes
_KINDS = ("面", "线", "点")


@dataclass(frozen=True, slots=True)
class TxtPoint:
    """A boundary point as written: `first` and `second` are the two coordinates in the order of the columns."""

    line: int
    label: str
    ring: str
    first: float
    second: float


@dataclass(slots=True)
class Plot:
    """A plot: the fields of its header and its points in order."""

    line: int
    count: str = ""
    area: str = ""
    number: str = ""
    name: str = ""
    kind: str = ""
    purpose: str = ""
    code: str = ""
    points: list[TxtPoint] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TxtFile:
    """What stands in a file: `attributes` key → (value, line)."""

    attributes: dict[str, tuple[str, int]]
    plots: tuple[Plot, ...]


def parse(text: str, name: str) -> TxtFile:
    """Cut a 界址点 TXT into attributes, plots and points.

    Raises
    ------
    BrokenFile
        A line is neither attribute, header nor point; or points stand before any header.
    """
    attributes: dict[str, tuple[str, int]] = {}
    plots: list[Plot] = []
    section = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip().strip("\ufeff\u200b").strip()
        plain = line.translate(WIDE).strip()
        if not plain:
            continue
        place = f"{name}:{number}"
        if plain.startswith("[") and plain.endswith("]"):
            section = plain[1:-1].strip()
        elif plain.rstrip(",").endswith("@"):
            plots.append(_header(_fields(line, 8), number))
        elif "=" in plain and not plots and section != "地块坐标":
            key, _, value = plain.partition("=")
            attributes[key.strip()] = (value.strip(), number)
        else:
            _add_point(plots, _fields(line, 4), number, place)
    if not plots:
        raise BrokenFile(name, reason=Words.of("broken_txt_no_plot"))
    return TxtFile(attributes, tuple(plots))


def _fields(line: str, least: int) -> list[str]:
    """Fields of a line: by half-width commas where these are enough, so that a name may hold a full-width one."""
    fields = [one.strip() for one in line.split(",")]
    if len(fields) < least:
        fields = [one.strip() for one in line.translate(WIDE).split(",")]
    return fields


def _header(fields: list[str], line: int) -> Plot:
    """Header fields: anchored on 点|线|面, so that a name with a comma or fields left out shift nothing."""
    fields = [one.translate(WIDE) if index < 2 else one for index, one in enumerate(fields)]
    while fields and fields[-1].translate(WIDE).strip() in ("", "@"):
        if fields.pop().translate(WIDE).strip() == "@":
            break
    if fields and fields[-1].translate(WIDE).endswith("@"):  # the @ without a comma before it
        fields[-1] = fields[-1][:-1]
    anchor = next((index for index, one in enumerate(fields) if one in _KINDS and index >= 2), None)
    middle = 4 if anchor is None else anchor
    after = [*fields[middle + 1 :], "", "", ""]
    head = [*fields[:2], "", ""][:2]
    return Plot(
        line,
        count=head[0],
        area=head[1],
        number=fields[2] if middle > 2 and len(fields) > 2 else "",
        name=",".join(fields[3:middle]),
        kind="" if anchor is None else fields[anchor],
        purpose=after[1],
        code=after[2],
    )


def _add_point(plots: list[Plot], fields: list[str], line: int, place: str) -> None:
    if not plots:
        raise BrokenFile(place, reason=Words.of("broken_txt_no_header"))
    if len(fields) < 4:
        raise BrokenFile(place, reason=Words.of("broken_txt_point", fields=len(fields)))
    label, ring, *numbers = (one.translate(WIDE).strip() for one in fields[:4])
    values = []
    for one in numbers:
        if not _NUMBER.fullmatch(one) or abs(float(one)) >= FARTHEST_M:
            raise BrokenFile(place, reason=Words.of("broken_txt_number", text=one[:40]))
        values.append(float(one))
    plots[-1].points.append(TxtPoint(line, label.upper(), ring or "1", *values))
