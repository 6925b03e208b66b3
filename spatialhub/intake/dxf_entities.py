"""DXF text → the closed outlines drawn in it: tags in pairs of lines, streamed; what is open or odd is counted.

Only what can be an outline is looked at: LWPOLYLINE, POLYLINE, CIRCLE, whole ELLIPSE in model space. The layout of the
tags: Autodesk's DXF reference. Blocks are counted, not exploded.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from spatialhub.errors import BrokenFile
from spatialhub.intake import arcs
from spatialhub.intake.point_rings import closes_within
from spatialhub.messages import Words

_CODE = re.compile(r"\s{0,6}-?\d{1,4}\s*", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\s*", re.ASCII)
_MOST = 1e15  # far beyond any drawing, and small enough to reckon with
_UNICODE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_DRAWN = ("LWPOLYLINE", "POLYLINE", "CIRCLE", "ELLIPSE")
_OPEN = ("LINE", "ARC", "SPLINE", "MLINE")
_FILLED = ("HATCH", "REGION", "MPOLYGON", "3DFACE", "SOLID")

Tags = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Outline:
    """A closed outline: its layer, the line of the file it starts at, a closed ring (float64, (n, 2)), stroked arcs."""

    layer: str
    line: int
    ring: np.ndarray
    arcs: int = 0


@dataclass(slots=True)
class Drawing:
    """What a file draws: outlines, and by layer what was passed over: open lines, hatches, blocks."""

    outlines: list[Outline] = field(default_factory=list)
    open: Counter[str] = field(default_factory=Counter)
    first_open: dict[str, tuple[int, float]] = field(default_factory=dict)  # layer → line, gap
    filled: Counter[str] = field(default_factory=Counter)
    tilted: int = 0
    blocks: dict[str, int] = field(default_factory=dict)  # name → closed outlines within
    inserted: Counter[str] = field(default_factory=Counter)

    @property
    def hidden(self) -> int:
        """Closed outlines that inserted blocks hold."""
        return sum(self.blocks.get(name, 0) * count for name, count in self.inserted.items())


def read_drawing(lines: Iterator[str], name: str) -> Drawing:
    """Read a DXF's lines.

    Raises
    ------
    BrokenFile
        A line is no group code or no number; the place names it. The file ends before its end.
    """
    drawing = Drawing()
    section = block = ""
    for kind, tags, line in _entities(lines, name):
        said = dict(reversed(tags))
        if kind == "SECTION":
            section = said.get(2, "").strip()
        elif kind == "ENDSEC":
            section = ""
        elif kind == "BLOCK":
            block = said.get(2, "").strip()
        elif section == "ENTITIES" and said.get(67, "0").strip() != "1":
            _take(drawing, kind, tags, line, name)
        elif section == "BLOCKS" and kind in _DRAWN:
            inner = Drawing()
            _take(inner, kind, tags, line, name)
            drawing.blocks[block] = drawing.blocks.get(block, 0) + len(inner.outlines)
    return drawing


def _pairs(lines: Iterator[str], name: str) -> Iterator[tuple[int, str, int]]:
    number = 0
    for text in lines:
        number += 1
        if not text.strip("\x1a\r\n\t "):  # what old editors leave at the end
            continue
        if not _CODE.fullmatch(text):
            raise BrokenFile(f"{name}:{number}", reason=Words.of("broken_dxf_code", text=text.strip()[:30]))
        value = next(lines, None)
        number += 1
        if value is None:
            raise BrokenFile(f"{name}:{number}", reason=Words.of("broken_dxf_end"))
        yield int(text), value.rstrip("\r\n"), number - 1


def _entities(lines: Iterator[str], name: str) -> Iterator[tuple[str, Tags, int]]:
    """Entities with their tags; the vertices of an old POLYLINE are tags of it, each begun by (0, VERTEX)."""
    kind, tags, start, ended = "", [], 0, False
    for code, value, line in _pairs(lines, name):
        if code != 0:
            tags.append((code, value))
            continue
        word = value.strip().upper()
        if kind == "POLYLINE" and word == "VERTEX":
            tags.append((0, word))
            continue
        if kind:
            yield kind, tags, start
        kind, tags, start = word, [], line
        ended = ended or word == "EOF"
    if not ended:
        raise BrokenFile(name, reason=Words.of("broken_dxf_end"))


def _take(drawing: Drawing, kind: str, tags: Tags, line: int, name: str) -> None:
    layer = _text(next((value for code, value in tags if code == 8), "0"))
    if kind == "INSERT":
        drawing.inserted[next((value for code, value in tags if code == 2), "").strip()] += 1
    elif kind in _OPEN:
        drawing.open[layer] += 1
        drawing.first_open.setdefault(layer, (line, math.nan))
    elif kind in _FILLED:
        drawing.filled[layer] += 1
    elif kind in _DRAWN:
        _take_drawn(drawing, kind, tags, layer, f"{name}:{line}", line)


def _take_drawn(drawing: Drawing, kind: str, tags: Tags, layer: str, place: str, line: int) -> None:
    upright = _upright(tags, place)
    if upright is None:
        drawing.tilted += 1
        return
    if kind == "CIRCLE":
        centre, radius = _point(tags, 10, place), _one(tags, 40, place)
        ring, curved = (arcs.circle(centre, radius), 1) if radius > 0 else (np.zeros((0, 2)), 0)
    elif kind == "ELLIPSE":
        whole = abs(_one(tags, 42, place, 2 * math.pi) - _one(tags, 41, place, 0.0)) >= 2 * math.pi - 1e-9
        if not whole:
            drawing.open[layer] += 1
            return
        ring, curved = arcs.ellipse(_point(tags, 10, place), _point(tags, 11, place), _one(tags, 40, place, 1.0)), 1
        upright = 1  # an ellipse is written in world coordinates
    else:
        vertices, bulges, closed = _polyline(kind, tags, place)
        gap = float(np.hypot(*(vertices[0] - vertices[-1]))) if len(vertices) else 0.0
        within = closes_within(float(np.abs(vertices).max(initial=0.0)))
        if len(vertices) < 2 or not (closed or gap <= within):
            drawing.open[layer] += 1
            drawing.first_open.setdefault(layer, (line, gap))
            return
        ring, curved = _ring(vertices, bulges, meets=gap <= within and not (closed and len(vertices) == 2))
    if len(np.unique(ring, axis=0)) < 3:
        drawing.open[layer] += 1
        return
    drawing.outlines.append(Outline(layer, line, ring * (upright, 1.0), curved))


def _polyline(kind: str, tags: Tags, place: str) -> tuple[np.ndarray, np.ndarray, bool]:
    """Vertices (n, 2), bulges (n,), whether it is flagged closed."""
    points: list[list[float]] = []
    flags = 0
    current: list[float] | None = None
    own = True  # tags of the polyline itself, not of a vertex
    for code, value in tags:
        if code == 0:
            own, current = False, [0.0, 0.0, 0.0, 0.0]
            points.append(current)
        elif code == 10 and kind == "LWPOLYLINE":
            current = [_number(value, place), 0.0, 0.0, 0.0]
            points.append(current)
        elif code == 70:
            if own or kind == "LWPOLYLINE":
                flags = int(_number(value, place))
            elif current is not None:
                current[3] = _number(value, place)
        elif current is not None and code in (10, 20, 42):
            current[{10: 0, 20: 1, 42: 2}[code]] = _number(value, place)
    if kind == "POLYLINE" and flags & (16 | 64):  # a mesh
        return np.zeros((0, 2)), np.zeros(0), False
    kept = np.array([one[:3] for one in points if not int(one[3]) & 16], float).reshape(-1, 3)
    return kept[:, :2], kept[:, 2], bool(flags & 1)


def _ring(vertices: np.ndarray, bulges: np.ndarray, *, meets: bool) -> tuple[np.ndarray, int]:
    """The closed ring with its arcs stroked, and how many there were."""
    if meets and len(vertices) > 1:  # the last vertex repeats the first
        vertices, bulges = vertices[:-1], bulges[:-1]
    pieces = []
    for i in range(len(vertices)):
        start, end = vertices[i], vertices[(i + 1) % len(vertices)]
        pieces += [start[None], arcs.chords(float(bulges[i]), start, end)]
    ring = np.concatenate([*pieces, vertices[:1]]) if pieces else vertices
    return ring, int(np.count_nonzero(bulges))


def _upright(tags: Tags, place: str) -> float | None:
    """1, or -1 where the plane is seen from below (x is mirrored then); None where it is tilted."""
    extrusion = [_one(tags, code, place, default) for code, default in ((210, 0.0), (220, 0.0), (230, 1.0))]
    if math.hypot(extrusion[0], extrusion[1]) > 1e-6 or not extrusion[2]:
        return None
    return 1.0 if extrusion[2] > 0 else -1.0


def _point(tags: Tags, code: int, place: str) -> np.ndarray:
    return np.array([_one(tags, code, place), _one(tags, code + 10, place)])


def _one(tags: Tags, code: int, place: str, default: float | None = None) -> float:
    value = next((value for number, value in tags if number == code), None)
    if value is None and default is not None:
        return default
    return _number(value or "", place)


def _number(text: str, place: str) -> float:
    if not _NUMBER.fullmatch(text) or not abs(value := float(text)) < _MOST:
        raise BrokenFile(place, reason=Words.of("broken_dxf_number", text=text.strip()[:30] or "—"))
    return value


def _text(value: str) -> str:
    """A name; `\\U+9879` stands for a character that the file's code page lacks."""
    return _UNICODE.sub(lambda found: chr(int(found[1], 16)), value.strip()).encode("utf-8", "replace").decode()
