"""A file handed in, before anything reads it: its format by extension and first bytes, its hash, its companions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from spatialhub.errors import BrokenFile, TooLarge, UnknownFormat, UnsafeFile
from spatialhub.intake import limits
from spatialhub.messages import Words

KNOWN = (
    "界址点 TXT", "GeoJSON", "Shapefile ZIP", "FileGDB ZIP", "GeoPackage", "DXF", "KML/KMZ/OVKML", "XLSX", "CSV",
    "FlatGeobuf", "GML", "WKT",
)  # fmt: skip
# ending → content that its first bytes may be → format
_FORMATS: Mapping[str, Mapping[str, str]] = {
    ".txt": {"text": "txt", "wkt": "wkt"},
    ".wkt": {"wkt": "wkt"},
    ".geojson": {"geojson": "geojson"},
    ".json": {"geojson": "geojson"},
    ".zip": {"zip": "zip"},
    ".gpkg": {"gpkg": "gpkg"},
    ".shp": {"shp": "shp"},
    ".kml": {"xml": "kml", "wide": "kml"},
    ".ovkml": {"xml": "kml", "wide": "kml"},
    ".kmz": {"zip": "kmz"},
    ".gml": {"xml": "gml", "wide": "gml"},
    ".xml": {"xml": "gml", "wide": "gml"},
    ".dxf": {"text": "dxf"},
    ".csv": {"text": "csv", "wkt": "csv"},
    ".xlsx": {"zip": "xlsx"},
    ".fgb": {"fgb": "fgb"},
}
_WORDS_FOR = {
    ".dwg": "format_is_dwg", ".gdb": "format_is_folder", ".xls": "format_is_xls", ".ovobj": "format_is_ovobj",
    ".rar": "format_is_archive", ".7z": "format_is_archive", ".tar": "format_is_archive", ".gz": "format_is_archive",
    ".vrt": "format_is_vrt", ".gdalg": "format_is_gdalg", ".wfs": "format_is_wfs", ".dgn": "format_is_dgn",
    ".tab": "format_is_mapinfo", ".map": "format_is_mapinfo", ".mif": "format_is_mapinfo", ".mid": "format_is_mapinfo",
    ".topojson": "format_is_topojson", ".esrijson": "format_is_esrijson", ".mdb": "format_is_access",
    ".sqlite": "format_is_sqlite", ".db": "format_is_sqlite", ".sqlite3": "format_is_sqlite",
}  # fmt: skip
_COMPANIONS = (".shx", ".dbf", ".prj", ".cpg")
_WKT_STARTS = ("POLYGON", "MULTIPOLYGON", "SRID=", "GEOMETRYCOLLECTION", "POINT", "LINESTRING", "MULTI")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be read: `files` are the real files (the first is the one named), `format` what will read it."""

    name: str
    format: str
    files: tuple[Path, ...]
    sha256: str
    size: int


def _readable(name: str) -> str:
    """A file name as text: one that Windows wrote in GBK reaches us as bytes that are no UTF-8."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", "replace")
    return name


def inspect(path: Path, *, name: str | None = None, max_mib: int | None = None, sha256: str | None = None) -> Upload:
    """Look at a file from outside; `sha256` spares hashing what the caller has hashed just now.

    Raises
    ------
    BrokenFile
        There is no such file, it is empty, or a companion of a Shapefile is missing.
    UnknownFormat
        Its extension is none that is read.
    UnsafeFile
        Its content is not what its extension says.
    TooLarge
        It is larger than `max_mib`.
    """
    name = name or _readable(path.name)
    if not path.is_file():
        raise BrokenFile(name, reason=Words.of("broken_no_file"))
    files = (path, *_companions(path, name)) if path.suffix.lower() == ".shp" else (path,)
    size = sum(one.stat().st_size for one in files)
    if not size:
        raise BrokenFile(name, reason=Words.of("broken_empty"))
    if max_mib is not None and size > max_mib * 2**20:
        raise TooLarge(name, limit=limits.size(max_mib), found=f"{ceil(size / 2**20)} MiB")
    with path.open("rb") as file:
        start = file.read(1024)
    return Upload(name, format_of(name, start), files, sha256 or _hash(files), size)


def format_of(name: str, start: bytes) -> str:
    """Return what will read the file (a key of `readers`): what extension and first bytes agree on."""
    extension = os.path.splitext(name)[1].lower()
    allowed = _FORMATS.get(extension)
    if allowed is None:
        code = _WORDS_FOR.get(extension, "format_is_unknown") if extension else "format_without_extension"
        said = Words.of(code, extension=extension)
        raise UnknownFormat(name, found=said, known=KNOWN)
    if start.startswith(b"AutoCAD Binary DXF"):
        raise UnknownFormat(name, found=Words.of("format_is_binary_dxf"), known=KNOWN)
    found = content_of(start)
    if found == "wide" and "text" in allowed:
        found = "text"
    if found not in allowed:
        raise UnsafeFile(name, reason=Words.of("unsafe_disguise", extension=extension, found=found))
    return allowed[found]


def content_of(start: bytes) -> str:
    """Return what the first bytes are: gpkg | zip | shp | fgb | geojson | wkt | xml | wide (text of two bytes a letter)
    | text | binary."""
    for magic, kind in (
        (b"SQLite format 3\0", "gpkg"), (b"PK\x03\x04", "zip"), (b"\x00\x00\x27\x0a", "shp"), (b"fgb\x03fgb", "fgb"),
    ):  # fmt: skip
        if start.startswith(magic):
            return kind
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "wide"
    if b"\0" in start:
        return "binary"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().decode("latin-1")
    if text.startswith(("{", "[{")):
        return "geojson"
    if text.startswith("<"):
        return "xml"
    return "wkt" if text.upper().startswith(_WKT_STARTS) else "text"


def _companions(path: Path, name: str) -> list[Path]:
    beside = {one.name.lower(): one for one in path.parent.iterdir() if one.stem == path.stem}
    found = [beside[(path.stem + suffix).lower()] for suffix in _COMPANIONS if (path.stem + suffix).lower() in beside]
    if not any(one.suffix.lower() == ".shx" for one in found):
        raise BrokenFile(name, reason=Words.of("broken_no_companion", missing=path.stem + ".shx"))
    return [one for one in found if one.is_file()]


def _hash(files: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for one in files:
        with one.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    return digest.hexdigest()
