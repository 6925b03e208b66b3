"""The result that every report carries in itself, and reading it back: what `report verify` goes by.

Carried is the published JSON without the shapes of its fragments (the site's parts keep theirs, so that the check can
be made again), the names of uses that were printed, and which template was filled.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pypdf
import shapely
from shapely.geometry import mapping, shape

from spatialhub import canonical
from spatialhub.errors import NotAResult
from spatialhub.messages import Words
from spatialhub.report.paper import pdf, word, workbook

FORMAT = 1
MOST_BYTES = 512 * 2**20  # of a carried result, unpacked
RESULT_TABLE = "result"
_AREAS = frozenset({
    "area_m2", "area_plane_m2", "unchecked_area_m2", "floor_area_m2", "lost_m2", "outside_jurisdiction_m2",
})  # fmt: skip
_VERBATIM = frozenset({"attributes", "facts"})


@dataclass(frozen=True, slots=True)
class Carried:
    """What a report carries: `document` (the JSON; fragments without shapes unless it is a JSON file itself), the
    shapes of the site's parts by number, names of the uses printed, hash of the template (empty for none)."""

    document: Mapping[str, Any]
    parts: Mapping[int, Mapping]
    uses: Mapping[str, str]
    template: str = ""


def seal(document: Mapping, *, uses: Mapping[str, str], template: bytes | str = b"") -> bytes:
    """Return what a report carries, packed."""
    slim = [{key: value for key, value in row.items() if key != "geometry"} for row in document["fragments"]]
    used = {part["use"] for part in document["site"]["parts"]}
    value = {
        "format": FORMAT,
        "result": dict(document) | {"fragments": slim},
        "parts": {str(number): shapes for number, shapes in part_shapes(document).items()},
        "uses": {code: name for code, name in uses.items() if code in used},
        "template_sha256": template_hash(template) if template else "",
    }
    return gzip.compress(json.dumps(value, ensure_ascii=False, allow_nan=False).encode(), mtime=0)


def template_hash(template: bytes | str) -> str:
    """Return the SHA-256 of a template."""
    return hashlib.sha256(template.encode() if isinstance(template, str) else template).hexdigest()


def part_shapes(document: Mapping) -> dict[int, Mapping]:
    """Return the shape of every part of the site: its own where there is one part, else the fragments it is made of."""
    numbers = [part["number"] for part in document["site"]["parts"]]
    if len(numbers) == 1:
        return {numbers[0]: document["site"]["geometry"]}
    shapes = [(row["parts"], shape(row["geometry"])) for row in document["fragments"]]
    united = {number: shapely.union_all([each for parts, each in shapes if number in parts]) for number in numbers}
    return {number: mapping(each) for number, each in united.items() if not each.is_empty}


def read_carried(path: Path) -> Carried:
    """Return the result of a report or of a JSON file.

    Raises
    ------
    NotAResult
        The file neither is nor carries a result.
    """
    try:
        value = (
            json.loads(path.read_bytes())
            if path.suffix.lower() == ".json"
            else _unpack(_READERS[path.suffix.lower()](path))
        )
        if "schema_version" in value:
            return Carried(value, part_shapes(value), {})
        if value["format"] != FORMAT:
            raise NotAResult(path.name, reason=Words.of("verify_newer", format=value["format"]))
        shapes = {int(number): each for number, each in value["parts"].items()}
        return Carried(value["result"], shapes, value["uses"], value["template_sha256"])
    except NotAResult:
        raise
    except OSError as error:
        raise NotAResult(path.name, reason=error.strerror or str(error)) from None
    except _BROKEN as error:
        raise NotAResult(path.name, reason=f"{type(error).__name__}: {error}"[:200]) from None


# What a foreign or damaged file makes the readers raise.
_BROKEN = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError, RecursionError, zipfile.BadZipFile,
    zlib.error, sqlite3.Error, ElementTree.ParseError, pypdf.errors.PyPdfError, shapely.errors.ShapelyError,
)  # fmt: skip


def _unpack(packed: bytes) -> Any:
    with gzip.open(io.BytesIO(packed)) as file:
        text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise ValueError(f"> {MOST_BYTES} B")
    return json.loads(text)


def _from_docx(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            # Word renames the part when it saves.
            if (
                info.filename.startswith("customXml/")
                and info.filename.endswith(".xml")
                and info.file_size < MOST_BYTES
            ):
                with archive.open(info) as file:
                    text = file.read()
                if word.NAMESPACE.encode() in text:
                    return base64.b64decode("".join(ElementTree.fromstring(text).itertext()))
    raise ValueError("no customXml part of ours")


def _from_pdf(path: Path) -> bytes:
    return pypdf.PdfReader(path).attachments[pdf.CARRIED][0]


def _from_xlsx(path: Path) -> bytes:
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        rows = book[workbook.CARRIED].iter_rows(values_only=True)
        return base64.b64decode("".join(str(row[0]) for row in rows if row and row[0]))
    finally:
        book.close()


def _from_gpkg(path: Path) -> bytes:
    return base64.b64decode(dict(table_rows(path, RESULT_TABLE, ("name", "value")))["carried"])


def table_rows(path: Path, table: str, columns: Sequence[str]) -> list[tuple]:
    """Return columns of a table of a GeoPackage, of a table only: a view may be a program that never ends.

    Raises
    ------
    ValueError
        There is no such table.
    sqlite3.Error
        The file is no GeoPackage.
    """
    # Opened from a copy: SQLite writes beside what it reads.
    with tempfile.TemporaryDirectory(prefix="spatialhub-verify-") as folder:
        copy = Path(folder) / "copy.gpkg"
        copy.write_bytes(path.read_bytes())
        database = sqlite3.connect(f"file:{copy}?mode=ro", uri=True)
        try:
            kinds = dict(database.execute("select name, type from sqlite_schema where sql not like 'create virtual%'"))
            if kinds.get(table) != "table":
                raise ValueError(f"no table {table}")
            names = ", ".join(f'"{column}"' for column in columns)
            return database.execute(f'select {names} from "{table}"').fetchall()
        finally:
            database.close()


_READERS = {".docx": _from_docx, ".pdf": _from_pdf, ".xlsx": _from_xlsx, ".gpkg": _from_gpkg}


def recomputed_hash(document: Mapping) -> str:
    """Return the result hash of a published JSON, from what it says (check.md §8): the way back of `result.to_json`."""
    site = _units(
        {key: value for key, value in document["site"].items() if key not in ("geometry", "source", "issues")}
    )
    value = {
        "site": site,
        "layers": [_without(row, "version", "in_force_from") for row in document["layers"]],
        "fragments": [_without(row, "geometry") for row in document["fragments"]],
        "proposal": _proposal(document["proposal"]),
        "referrals": document["referrals"],
        "city": document["provenance"]["city"],
        "policy_version": document["provenance"]["policy_version"],
        "catalogue_version": document["provenance"]["catalogue_version"],
    }
    return hashlib.sha256(canonical.dumps(value)).hexdigest()


def _without(row: Mapping, *names: str) -> Any:
    return _units({key: value for key, value in row.items() if key not in names})


def _proposal(value: Mapping) -> Any:
    suggestion = value["suggestion"] and {key: item for key, item in value["suggestion"].items() if key != "geometry"}
    return _units(dict(value) | {"suggestion": suggestion})


def _units(value: Any) -> Any:
    """Areas as the whole units of 1e-4 m² that are hashed; what came from files stays as it is."""
    if isinstance(value, Mapping):
        return {
            key: item if key in _VERBATIM else round(item * 10_000) if key in _AREAS else _units(item)
            for key, item in value.items()
        }
    return [_units(item) for item in value] if isinstance(value, list) else value
