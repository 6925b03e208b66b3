"""XLSX of boundary points: the cells of one sheet as text, read from the package itself; nothing is computed.

Of ECMA-376 only what holds values is looked at: the workbook's sheets, shared strings, cells.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from spatialhub.errors import BrokenFile, NoArea, TooLarge
from spatialhub.intake import archive, limits, xml_text
from spatialhub.intake.choosing import choose
from spatialhub.intake.point_table import MOST_COLUMNS, MOST_ROWS, Row, open_table
from spatialhub.intake.raw import Job, Opening
from spatialhub.intake.table_heads import find_heads
from spatialhub.intake.xml_text import Node
from spatialhub.messages import Words

_BOOK, _LINKS, _STRINGS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def open_xlsx(job: Job) -> Opening:
    """Open a workbook: the sheet named, or the only one with heads of coordinates.

    Raises
    ------
    ChoiceNeeded
        Several sheets have such heads.
    BrokenFile
        It is no workbook, or a cell of a coordinate holds an error.
    """
    book = _Book(job)
    sheets = book.sheets()
    if not sheets:
        raise NoArea(job.name, found=Words.of("found_nothing_usable"))
    tables = {name: book.rows(name, part) for name, part in sheets.items()}
    fitting = [name for name, rows in tables.items() if find_heads([row.cells for row in rows])]
    name = choose(fitting if fitting and job.sublayer is None else list(sheets), job)
    return open_table(tables[name], job, "XLSX", name=f"{job.name} {name}", encoding="utf-8")


class _Book:
    """The parts of a workbook."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._members = archive.look_over(job)
        if _BOOK not in self._members:
            raise BrokenFile(job.name, reason=Words.of("broken_xlsx", missing=_BOOK))
        self._strings = [_plain(one) for one in self._elements(_STRINGS, "si")]

    def sheets(self) -> dict[str, str]:
        """Parts of the worksheets by the name on their tab."""
        links = [one.attributes for one in self._elements(_LINKS, "Relationship")]
        targets = {one.get("Id", ""): one.get("Target", "") for one in links if one.get("TargetMode") != "External"}
        found = {}
        for one in self._elements(_BOOK, "sheet"):
            target = targets.get(one.attributes.get("id", ""), "")
            part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            if part in self._members and "worksheets" in part:
                found[one.attributes.get("name", part)[:100]] = part
        return found

    def rows(self, name: str, part: str) -> list[Row]:
        """Rows of a sheet with the blank ones between them."""
        rows: list[Row] = []
        for node in self._elements(part, "row"):
            text = node.attributes.get("r", "")
            number = int(text) if re.fullmatch(r"[0-9]{1,7}", text) else len(rows) + 1
            if number > MOST_ROWS or number <= len(rows):
                limit = limits.rows(MOST_ROWS)
                raise TooLarge(f"{self._job.name} {name}", limit=limit, found=number)
            while len(rows) < number - 1:
                rows.append(Row(f"{self._job.name} {name}!{len(rows) + 1}", len(rows) + 1, ()))
            place = f"{self._job.name} {name}!{number}"
            rows.append(Row(place, number, self._cells(node)))
        return rows

    def _cells(self, row: Node) -> list[str]:
        cells: list[str] = []
        for one in row.children:
            found = _CELL.fullmatch(one.attributes.get("r", ""))
            column = _column(found[1]) if found else len(cells)
            if one.tag != "c" or not len(cells) <= column < MOST_COLUMNS:
                continue
            cells += [""] * (column - len(cells))
            cells.append(self._value(one))
        return cells

    def _value(self, cell: Node) -> str:
        if cell.attributes.get("t") == "inlineStr":
            return _plain(cell)
        value = cell.child("v")
        text = value.text if value is not None else ""
        if cell.attributes.get("t") != "s":
            return text
        known = re.fullmatch(r"[0-9]{1,8}", text) is not None and int(text) < len(self._strings)
        return self._strings[int(text)] if known else ""

    def _elements(self, part: str, tag: str) -> Iterator[Node]:
        if part not in self._members:
            return
        name = f"{self._job.name}/{part}"
        data = self._bytes(part, name)
        encoding = xml_text.encoding_of(data[:400], None)
        yield from xml_text.subtrees(io.BytesIO(data), name, lambda local, _: local == tag, encoding=encoding)

    def _bytes(self, part: str, name: str) -> bytes:
        target = Path(self._job.scratch) / "unpacked" / "part.xml"
        archive.unpack(Path(self._job.path), name, [(self._members[part], target)])
        data = target.read_bytes()
        target.unlink()
        return data


def _plain(node: Node) -> str:
    """The text of a string without its phonetic reading."""
    texts = [one.text for one in node.walk() if one.tag == "t"]
    phonetic = {id(t) for one in node.walk() if one.tag == "rPh" for t in one.walk()}
    return "".join(one.text for one in node.walk() if one.tag == "t" and id(one) not in phonetic) if texts else ""


def _column(letters: str) -> int:
    number = 0
    for one in letters:
        number = number * 26 + ord(one) - 64
    return number - 1
