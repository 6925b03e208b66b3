"""Tables of boundary points (CSV, XLSX) → polygons: one point a row, easting and northing or degrees.

A ring ends where its first point comes again; another begins with a blank row, another number in the column of rings or
parcels, or when the numbering starts anew. Rings within rings are holes, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import shapely

from spatialhub.errors import BrokenFile, ChoiceNeeded
from spatialhub.intake import limits
from spatialhub.intake.nesting import nest
from spatialhub.intake.plain_geometry import as_array
from spatialhub.intake.point_rings import rings_of
from spatialhub.intake.raw import Job, Opening, RawChunk
from spatialhub.intake.table_heads import NAMES, Heads, find_heads
from spatialhub.intake.txt_lines import FARTHEST_M, WIDE, TxtPoint
from spatialhub.messages import Words
from spatialhub.spatial.crs import looks_like
from spatialhub.spatial.model import Issue

MOST_COLUMNS, MOST_ROWS = 100, 1_000_000
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{0,15})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_SEXAGESIMAL = re.compile(r"(\d{1,3})[°度](\d{1,2})['′’分](\d{1,2}(?:\.\d{0,8})?)[\"″”秒]?[NEne]?")
_EASTINGS_M = (150e3, 850e3)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: where it stands in the file, and its cells as text."""

    place: str
    line: int
    cells: Sequence[str]

    def cell(self, column: int | None) -> str:
        """A cell, stripped; empty where the row has none."""
        return self.cells[column].strip() if column is not None and column < len(self.cells) else ""


def open_table(rows: Sequence[Row], job: Job, title: str, *, name: str, encoding: str) -> Opening:
    """Open a table of boundary points whose rows were read.

    Raises
    ------
    BrokenFile
        No row of heads names both coordinates; a cell is no number; a ring has too few points.
    ChoiceNeeded
        Which column is north cannot be told; degrees may be decimal or degrees, minutes, seconds.
    """
    heads = find_heads([row.cells for row in rows])
    if heads is None:
        known = tuple(one for role in ("north", "east", "lon", "lat", "x", "y") for one in NAMES[role][:2])
        raise BrokenFile(name, reason=Words.of("broken_table_heads", known=known))
    body = list(rows[heads.row + 1 :])
    issues: list[Issue] = []
    points = [_point(row, heads, number) for number, row in enumerate(body) if _has_point(row, heads)]
    if not points:
        raise BrokenFile(name, reason=Words.of("broken_txt_no_point"))
    north_first, refusal = True, None
    limits.demand_few(len(points), job, name)
    try:
        _demand_decimal(points, heads, job)
        north_first = _north_first(points, heads, job, issues, name)
    except (ChoiceNeeded, BrokenFile) as error:  # the shapes can be looked at all the same
        refusal = error
    chunk = _chunk(body, points, heads, north_first, name, issues)
    return Opening(
        title,
        iter([chunk]),
        encoding=encoding,
        fields=tuple(chunk.attributes),
        count=len(chunk.places),
        refusal=refusal,
    )


@dataclass(frozen=True, slots=True)
class _Point:
    """A point: number of its row in the body, its numbers as written (`first` what would be north), and its marks."""

    at: int
    row: Row
    first: float
    second: float
    texts: tuple[str, str]
    label: str
    ring: str
    parcel: str


def _has_point(row: Row, heads: Heads) -> bool:
    return bool(row.cell(heads.north) or row.cell(heads.east))


def _point(row: Row, heads: Heads, at: int) -> _Point:
    texts = (row.cell(heads.north).translate(WIDE).strip(), row.cell(heads.east).translate(WIDE).strip())
    values = [_value(text, heads.kind == "degrees", row.place) for text in texts]
    label = row.cell(heads.label).translate(WIDE).strip().upper()
    return _Point(at, row, values[0], values[1], texts, label, row.cell(heads.ring), row.cell(heads.parcel))


def _value(text: str, degrees: bool, place: str) -> float:
    found = _SEXAGESIMAL.fullmatch(text.replace(" ", "")) if degrees else None
    if found:
        minutes, seconds = int(found[2]), float(found[3])
        if minutes < 60 and seconds < 60:
            return int(found[1]) + minutes / 60 + seconds / 3600
    if not _NUMBER.fullmatch(text):
        raise BrokenFile(place, reason=Words.of("broken_txt_number", text=text[:40] or "—"))
    value = float(text)
    if abs(value) >= FARTHEST_M:
        raise BrokenFile(place, reason=Words.of("broken_txt_number", text=text[:40]))
    return value


def _north_first(points: list[_Point], heads: Heads, job: Job, issues: list[Issue], name: str) -> bool:
    """Whether the column taken for north is north: said by its head or, for X and Y, told by the numbers and stated."""
    if job.axes is not None:
        return job.axes == "north_first"
    coords = np.array([(one.second, one.first) for one in points])
    look = looks_like(coords)
    sample = f"{points[0].first:.12g}, {points[0].second:.12g}"
    open_ = heads.kind == "xy" and (not look.candidates or _both_ways(coords))
    if open_ and look.words.code == "looks_truncated" and not any(one.startswith("add=") for one in job.accept):
        raise BrokenFile(name, reason=Words.of("broken_txt_truncated", sample=sample))
    if open_ or (look.swapped and heads.kind != "xy"):
        raise ChoiceNeeded(
            job.name, what=Words.of("choice_table_axes", sample=sample), option="--axes",
            choices=("north_first", "east_first"),
        )  # fmt: skip
    if heads.kind == "xy":
        issues.append(Issue.of("table_x_is_east" if look.swapped else "table_x_is_north", name, sample=sample))
    return not look.swapped


def _both_ways(coords: np.ndarray) -> bool:
    """Whether the numbers would make sense either way: both columns could be eastings."""
    middle = np.median(coords, axis=0)
    return bool((middle >= _EASTINGS_M[0]).all() and (middle <= _EASTINGS_M[1]).all())


def _demand_decimal(points: list[_Point], heads: Heads, job: Job) -> None:
    """Ask where degrees could as well be written as degrees.minutes-seconds (113.3858 for 113°38′58″)."""
    if job.degrees == "decimal" or any("°" in text or "度" in text for one in points for text in one.texts):
        return
    coords = np.array([(one.second, one.first) for one in points])
    if looks_like(coords).words.code not in ("looks_degrees", "looks_swapped") or np.abs(coords).max() > 180:
        return
    if all(_could_be_sexagesimal(text) for one in points for text in one.texts):
        sample = f"{points[0].texts[0]}, {points[0].texts[1]}"
        raise ChoiceNeeded(
            job.name, what=Words.of("choice_degrees", sample=sample), option="--degrees", choices=("decimal",)
        )


def _could_be_sexagesimal(text: str) -> bool:
    digits = text.partition(".")[2]
    if len(digits) < 4:
        return bool(digits) and int(digits.ljust(2, "0")[:2]) < 60
    return int(digits[:2]) < 60 and int(digits[2:4]) < 60


def _chunk(
    body: list[Row], points: list[_Point], heads: Heads, north_first: bool, name: str, issues: list[Issue]
) -> RawChunk:
    geometries: list[shapely.Geometry | None] = []
    places: list[str] = []
    firsts: list[_Point] = []
    for _, group in groupby(points, key=lambda one: one.parcel):
        of_parcel = list(group)
        rings = []
        for run in _runs(of_parcel):
            written = [TxtPoint(one.row.line, one.label, one.ring or "1", one.first, one.second) for one in run]
            spots_of = {one.row.line: one.row.place for one in run}
            rings += [(ring, spots_of[ring[0].line]) for ring in rings_of(written, spots_of.__getitem__, issues)]
        arrays = [_array(ring, north_first) for ring, _ in rings]
        if not arrays:
            continue
        nested = nest(arrays)
        spots = [spot for _, spot in rings]
        issues += [Issue.of("ring_as_hole", spots[i], outer=spots[one.outer]) for one in nested for i in one.inner]
        polygons = [one.polygon for one in nested]
        if heads.parcel is not None:  # the parcel's number holds them together
            polygons = [polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)]
        geometries += polygons
        places += [spots[one.outer] for one in nested][: len(polygons)]
        firsts += [of_parcel[0]] * len(polygons)
    columns = _attributes(body, points, firsts, heads)
    return RawChunk(as_array(geometries), columns, places, tuple(issues))


def _runs(points: list[_Point]) -> list[list[_Point]]:
    """Points in runs: split by blank rows, by the column of rings, and where the numbering starts anew."""
    runs: list[list[_Point]] = []
    for number, one in enumerate(points):
        last = runs[-1][-1] if runs else None
        following = points[number + 1].label if number + 1 < len(points) else ""
        anew = last is not None and len(runs[-1]) > 1 and one.label and one.label == runs[-1][0].label
        anew = anew and following == runs[-1][1].label and last != one
        if last is None or last.ring != one.ring or one.at != last.at + 1 or anew:
            runs.append([])
        runs[-1].append(one)
    return runs


def _array(ring: Sequence[TxtPoint], north_first: bool) -> np.ndarray:
    return np.array([(p.second, p.first) if north_first else (p.first, p.second) for p in ring], float)


def _attributes(body: list[Row], points: list[_Point], firsts: list[_Point], heads: Heads) -> dict[str, list]:
    """Other columns: of each parcel the first cell that is not empty."""
    by_parcel: dict[str, list[Row]] = {}
    for one in points:
        by_parcel.setdefault(one.parcel, []).append(one.row)
    columns: dict[str, list] = {}
    for column, head in heads.others.items():
        said = {
            key: next((text for row in rows if (text := row.cell(column))), None) for key, rows in by_parcel.items()
        }
        columns[head] = [said[one.parcel] for one in firsts]
    return columns


def _first_text(rows: list[Row], column: int) -> str | None:
    return next((text for row in rows if (text := row.cell(column))), None)
