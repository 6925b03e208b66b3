"""CSV of boundary points: its encoding, its separator, its rows; the table itself is `point_table`'s."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from spatialhub.errors import BrokenFile, TooLarge
from spatialhub.intake import limits
from spatialhub.intake.point_table import MOST_COLUMNS, MOST_ROWS, Row, open_table
from spatialhub.intake.raw import Job, Opening
from spatialhub.intake.table_heads import find_heads
from spatialhub.intake.text import decode
from spatialhub.messages import Words

_SEPARATORS = (",", "\t", ";", "，", "|", " ")
_LOOKED_AT = 40
_LONGEST_CELL = 20_000


def open_csv(job: Job) -> Opening:
    """Open a CSV of boundary points.

    Raises
    ------
    BrokenFile
        No separator gives a row of heads; quotes that do not close; see `point_table.open_table`.
    """
    return opening_of(Path(job.path).read_bytes(), job)


def opening_of(data: bytes, job: Job) -> Opening:
    """The same of a file's content."""
    text, encoding = decode(data, job.name, job.encoding)
    rows = rows_of(text, job.name)
    return open_table(rows, job, "CSV", name=job.name, encoding=encoding)


def rows_of(text: str, name: str) -> list[Row]:
    """Cut text into rows by the separator under which heads are found.

    Raises
    ------
    BrokenFile
        A quote does not close, or a cell is longer than any number or name.
    TooLarge
        More rows than any site has points.
    """
    head = text.splitlines()[:_LOOKED_AT]
    separator = next((one for one in _SEPARATORS if find_heads([line.split(one) for line in head])), ",")
    rows: list[Row] = []
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    try:
        for cells in reader:
            if len(rows) >= MOST_ROWS:
                raise TooLarge(name, limit=limits.rows(MOST_ROWS), found=Words.of("found_more"))
            rows.append(Row(f"{name}:{reader.line_num}", reader.line_num, cells[:MOST_COLUMNS]))
    except csv.Error as error:
        raise BrokenFile(f"{name}:{reader.line_num}", reason=Words.of("broken_csv", detail=str(error)[:60])) from None
    return rows
