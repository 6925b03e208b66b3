"""Inside the contained child: a report that somebody hands in → what it carries and what it visibly says.

The file is foreign: it may be a bomb, or aim at the libraries that open it. Nothing of it is read anywhere else.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree

import openpyxl
import pypdf
import shapely

from spatialhub.errors import NotAResult
from spatialhub.intake import wire
from spatialhub.intake.raw import Job
from spatialhub.report.paper.reading import visible_lines
from spatialhub.report.paper.seal import ATTACHMENT, HIDDEN_SHEET, RESULT_TABLE, XML_NAMESPACE, unsealed

MOST_BYTES = 192 * 2**20  # of a carried result, unpacked: a tenth of it is a site of many square kilometres
SHOWN_COLUMNS = ("id", "area_m2", "conformity")
# What a foreign or damaged file makes the readers raise.
_BROKEN = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError, RecursionError, OSError,
    NotImplementedError, zipfile.BadZipFile, zlib.error, sqlite3.Error, ElementTree.ParseError,
    pypdf.errors.PyPdfError, shapely.errors.ShapelyError,
)  # fmt: skip


def send(job: Job, out: BinaryIO) -> None:
    """Send two frames of bytes, the carried JSON and what the file shows (JSON: lines, or rows of the GeoPackage's
    fragments), and an `end`.

    Raises
    ------
    NotAResult
        The file neither is nor carries a result.
    """
    path, form = Path(job.path), Path(job.path).suffix.lower().removeprefix(".")
    try:
        text = _carried(path, form, Path(job.scratch))
        unsealed(json.loads(text))  # refused here, where a nest of a million lists breaks nobody else
        shown = _shown(path, form, Path(job.scratch))
    except NotAResult as refusal:
        raise NotAResult(job.name, **refusal.params) from None
    except _BROKEN as error:
        raise NotAResult(job.name, reason=f"{type(error).__name__}: {error}"[:200]) from None
    for blob in (text, json.dumps(shown).encode()):
        wire.write(out, {"kind": "bytes"}, blob)
    wire.write(out, {"kind": "end", "issues": [], "done": 0, "holes": 0, "groups": []})


def _carried(path: Path, form: str, scratch: Path) -> bytes:
    if form == "json":
        with path.open("rb") as file:
            return _within(file)
    if form == "gpkg":
        packed = base64.b64decode(dict(table_rows(path, RESULT_TABLE, ("name", "value"), scratch))["carried"])
    else:
        packed = {"docx": _from_docx, "pdf": _from_pdf, "xlsx": _from_xlsx}[form](path)
    with gzip.open(io.BytesIO(packed)) as unpacked:
        return _within(unpacked)


def _within(file: Any) -> bytes:
    text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise ValueError(f"> {MOST_BYTES} B")
    return text


def _shown(path: Path, form: str, scratch: Path) -> list:
    if form == "json":
        return []
    if form == "gpkg":
        return [list(row) for row in table_rows(path, "fragments", SHOWN_COLUMNS, scratch)]
    return visible_lines(form, path.read_bytes())


def _from_docx(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            # Word renames the part when it saves.
            if info.filename.startswith("customXml/") and info.filename.endswith(".xml"):
                with archive.open(info) as file:
                    text = _within(file)
                if XML_NAMESPACE.encode() in text:
                    return base64.b64decode("".join(ElementTree.fromstring(text).itertext()))
    raise ValueError("no customXml part of ours")


def _from_pdf(path: Path) -> bytes:
    return pypdf.PdfReader(path).attachments[ATTACHMENT][0]


def _from_xlsx(path: Path) -> bytes:
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        rows = book[HIDDEN_SHEET].iter_rows(values_only=True)
        return base64.b64decode("".join(str(row[0]) for row in rows if row and row[0]))
    finally:
        book.close()


def table_rows(path: Path, table: str, columns: Sequence[str], scratch: Path) -> list[tuple]:
    """Return columns of a table of a GeoPackage, of a table only: a view may be a program that never ends.

    Opened from a copy in `scratch`: SQLite writes beside what it reads.

    Raises
    ------
    ValueError
        There is no such table.
    sqlite3.Error
        The file is no GeoPackage.
    """
    copy = scratch / "copy.gpkg"
    if not copy.exists():
        shutil.copyfile(path, copy)
    database = sqlite3.connect(f"file:{copy}?mode=ro", uri=True)
    try:
        kinds = dict(database.execute("select name, type from sqlite_schema where sql not like 'create virtual%'"))
        if kinds.get(table) != "table":
            raise ValueError(f"no table {table}")
        names = ", ".join(f'"{column}"' for column in columns)
        return database.execute(f'select {names} from "{table}"').fetchall()
    finally:
        database.close()
