"""What a report visibly says, as lines of text, so that two of them can be compared."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

import openpyxl
import pypdf

from spatialhub.report.paper.seal import HIDDEN_SHEET

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACE = re.compile(r"[\s\u200b]+")  # and the places where a long number may be broken
_SHOWN = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")


def visible_lines(form: str, content: bytes) -> list[str]:
    """Return the text of a report, line by line or cell by cell, without white space; pictures are not read."""
    found = {"docx": _docx, "pdf": _pdf, "xlsx": _xlsx}[form](content)
    return [line for text in found if (line := _SPACE.sub("", text))]


def _docx(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in sorted(filter(_SHOWN.fullmatch, archive.namelist())):
            for paragraph in ElementTree.fromstring(archive.read(name)).iter(f"{_W}p"):
                yield "".join(run.text or "" for run in paragraph.iter(f"{_W}t"))


def _pdf(content: bytes) -> Iterator[str]:
    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        yield from page.extract_text().splitlines()


def _xlsx(content: bytes) -> Iterator[str]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    try:
        for sheet in book.worksheets:
            if sheet.title != HIDDEN_SHEET:
                for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                    cells = "|".join("" if cell is None else str(cell) for cell in row)
                    yield f"{sheet.title}!{number}:{cells.rstrip('|')}"  # programs differ in how far rows go on empty
    finally:
        book.close()
