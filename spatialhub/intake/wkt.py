"""WKT, typed or in a file: an own strict parser; depth, characters and numbers are bounded before a library sees it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from spatialhub.errors import BrokenFile, TooLarge, UnsafeFile
from spatialhub.intake import limits
from spatialhub.intake.plain_geometry import as_array, build
from spatialhub.intake.raw import Job, Opening, RawChunk
from spatialhub.intake.text import decode
from spatialhub.messages import Words
from spatialhub.spatial.model import Issue

MOST_CHARACTERS = 4_000_000
_KINDS = {
    "POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon",
}  # fmt: skip
_LEVELS = {"Point": 1, "MultiPoint": 2, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_START = re.compile(r"\s*(?:SRID\s*=\s*(\d{1,6})\s*;)?\s*([A-Z]+)\s*(ZM|Z|M)?\s*(?=\(|EMPTY)", re.IGNORECASE)
_TOKEN = re.compile(r"\s*([(),]|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)", re.ASCII)


def open_wkt(job: Job) -> Opening:
    """Open a file of WKT: one geometry, or one a line."""
    data = Path(job.path).read_bytes()
    if len(data) > 4 * MOST_CHARACTERS:
        raise TooLarge(job.name, limit=limits.characters(MOST_CHARACTERS), found=len(data))
    text, encoding = decode(data, job.name, job.encoding)
    return opening_of(text, job.name, encoding=encoding)


def opening_of(text: str, name: str, *, encoding: str = "") -> Opening:
    """Open typed WKT or EWKT; the SRID of EWKT is what the text says of its system.

    Raises
    ------
    BrokenFile
        The text is no WKT; the place names the character.
    UnsafeFile
        A collection: nothing that a site needs, and the nesting that crashes parsers.
    TooLarge
        More characters than any site has.
    """
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(name, limit=limits.characters(MOST_CHARACTERS), found=len(text))
    geometries: list = []
    places: list = []
    issues: list = []
    srid: int | None = None
    position, text = 0, text.rstrip().rstrip(";").rstrip()
    while position < len(text):
        place = f"{name}#{len(geometries) + 1}"
        own, geometry, measured, position = _one(text, position, place)
        if own is not None and srid is not None and own != srid:
            raise BrokenFile(place, reason=Words.of("broken_wkt_srid", first=srid, second=own))
        srid = own if srid is None else srid
        if measured:
            issues.append(Issue.of("m_dropped", place))
        geometries.append(geometry)
        places.append(place)
    if not geometries:
        raise BrokenFile(name, reason=Words.of("broken_empty"))
    chunk = RawChunk(as_array(geometries), {}, places, tuple(issues))
    return Opening(
        "WKT", iter([chunk]), srid, encoding=encoding, count=len(geometries), said=f"SRID={srid}" if srid else ""
    )


def _one(text: str, position: int, place: str) -> tuple[int | None, Any, bool, int]:
    found = _START.match(text, position)
    if not found:
        raise BrokenFile(f"{place} char {position + 1}", reason=Words.of("broken_wkt", text=text[position:][:30]))
    srid, word, dimensions = found.groups()
    kind = _KINDS.get(word.upper())
    if word.upper() == "GEOMETRYCOLLECTION":
        raise UnsafeFile(place, reason=Words.of("unsafe_collection"))
    if kind is None:
        raise BrokenFile(place, reason=Words.of("broken_geometry", found=word[:40]))
    position = found.end()
    if text[position : position + 5].upper() == "EMPTY":
        nested: list = []
        position += 5
    else:
        nested, position = _nested(text, position, _LEVELS[kind], place)
    while position < len(text) and text[position] in " \t\r\n;":
        position += 1
    measured = (dimensions or "").upper() in ("M", "ZM")
    width = 2 if measured and (dimensions or "").upper() == "M" else 3
    shaped = _shape(kind, nested, width)
    return int(srid) if srid else None, build(kind, shaped, place), measured, position


def _nested(text: str, position: int, levels: int, place: str) -> tuple[list, int]:
    """Lists of positions from parentheses, at most `levels` (or one more: MULTIPOINT) deep."""
    stack: list[list] = []
    numbers: list[float] = []
    while True:
        found = _TOKEN.match(text, position)
        where = f"{place} char {position + 1}"
        if not found:
            raise BrokenFile(where, reason=Words.of("broken_wkt", text=text[position:][:30]))
        token, position = found[1], found.end()
        if token == "(":
            if numbers or len(stack) >= levels:
                raise BrokenFile(where, reason=Words.of("broken_wkt", text=text[position - 1 :][:30]))
            stack.append([])
        elif token in "),":
            if not stack:
                raise BrokenFile(where, reason=Words.of("broken_wkt", text=token))
            if numbers:
                stack[-1].append(numbers)
                numbers = []
            if token == ")":
                done = stack.pop()
                if not stack:
                    return done, position
                stack[-1].append(done)
        else:
            numbers.append(float(token))


def _shape(kind: str, nested: list, width: int) -> Any:
    """Nested lists as `build` wants them; positions cut to `width` numbers."""
    if not nested:
        return nested
    if kind == "Point":
        return nested[0][:width] if isinstance(nested[0], list) else nested
    if isinstance(nested[0], list) and nested[0] and isinstance(nested[0][0], list):
        if kind == "MultiPoint":
            return [one[0][:width] if one and isinstance(one[0], list) else one[:width] for one in nested]
        inner = {"MultiPolygon": "Polygon", "Polygon": "LineString", "MultiLineString": "LineString"}.get(kind, kind)
        return [_shape(inner, one, width) for one in nested]
    return [one[:width] if isinstance(one, list) else one for one in nested]
