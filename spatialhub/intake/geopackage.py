"""A GeoPackage looked over with plain SQLite before GDAL sees it: nothing in it may compute or reach out."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from spatialhub.errors import BrokenFile, UnsafeFile
from spatialhub.messages import Words

_TRIGGER = re.compile(r"(gpkg_|rtree_|trigger_(insert|delete)_feature_count_)[\w\- ]*", re.IGNORECASE)
# SQLite itself writes the first words of a table so; whatever else begins one was put there by hand.
_TABLE = re.compile(r"CREATE TABLE\b", re.IGNORECASE)
_RTREE = re.compile(r'CREATE\s+VIRTUAL\s+TABLE\s+("[^"]*"|\w+)\s+USING\s+rtree\s*\([\w\s,"]*\)', re.IGNORECASE)
_CURVES = {8: "CIRCULARSTRING", 9: "COMPOUNDCURVE", 10: "CURVEPOLYGON", 11: "MULTICURVE", 12: "MULTISURFACE"}
_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_POLYGONS = "x'0103000000', x'0106000000'"  # heads of polygons and multipolygons, little-endian
_USUAL = ((3, 32), (1, 0))  # flags (little-endian, with a box and without), bytes of the box
_EVERY_BYTE = bytes(range(256)).hex()


@dataclass(frozen=True, slots=True)
class GpkgLayer:
    """A feature table: its name, its kind as declared, whether measures are declared, how many curves it holds."""

    name: str
    kind: str
    measured: bool
    curves: int


def look_over(path: Path, name: str) -> list[GpkgLayer]:
    """Return the feature tables of a GeoPackage.

    Raises
    ------
    UnsafeFile
        A view, a virtual table other than an R-tree, a trigger that no GeoPackage has.
    BrokenFile
        It is no sound SQLite database, or no GeoPackage.
    """
    try:
        base = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        try:
            base.execute("PRAGMA trusted_schema=OFF")
            base.execute("PRAGMA query_only=ON")
            base.text_factory = lambda data: data.decode("utf-8", "replace")
            _demand_harmless(base, name)
            return _layers(base)
        finally:
            base.close()
    except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite's own message may quote the damage
        raise BrokenFile(name, reason=Words.of("broken_library", detail=str(error)[:80])) from None


def _demand_harmless(base: sqlite3.Connection, name: str) -> None:
    for kind, label, sql in base.execute("SELECT type, name, sql FROM sqlite_master"):
        sql, label = sql or "", str(label)
        virtual = kind == "table" and not _TABLE.match(sql) and not label.startswith("sqlite_")
        bad = kind == "view" or (virtual and not _RTREE.fullmatch(sql.strip()))
        if bad or (kind == "trigger" and not _TRIGGER.fullmatch(label)):
            word = "virtual table" if virtual else str(kind)
            raise UnsafeFile(name, reason=Words.of("unsafe_sqlite", kind=word, found=label[:60]))


def _layers(base: sqlite3.Connection) -> list[GpkgLayer]:
    rows = base.execute(
        "SELECT c.table_name, g.geometry_type_name, g.m, g.column_name FROM gpkg_contents c "
        "JOIN gpkg_geometry_columns g ON g.table_name = c.table_name WHERE c.data_type = 'features' ORDER BY 1"
    ).fetchall()
    if not all(isinstance(text, str) for row in rows for text in (row[0], row[1], row[3])):
        raise sqlite3.DataError("names of tables and columns must be text")  # SQLite keeps anything in any column
    return [GpkgLayer(table, kind, bool(m), _curves(base, table, column)) for table, kind, m, column in rows]


def _curves(base: sqlite3.Connection, table: str, column: str) -> int:
    """How many geometries of a table are curves, by the type in their first bytes."""
    quoted = [text.replace('"', '""') for text in (column, table)]
    blob, rows = f'"{quoted[0]}"', f'"{quoted[1]}"'
    flags = f"(instr(x'{_EVERY_BYTE}', substr({blob}, 4, 1)) - 1)"
    wkb = (
        f"CASE ({flags} >> 1) & 7 "
        + " ".join(f"WHEN {e} THEN {9 + size}" for e, size in _ENVELOPES.items())
        + " ELSE 9 END"
    )
    # Polygons as nearly every writer puts them are passed over first: sorting a million heads takes a second.
    usual = " OR ".join(
        f"(substr({blob}, 4, 1) = x'{flag:02x}' AND substr({blob}, {9 + size}, 5) IN ({_POLYGONS}))"
        for flag, size in _USUAL
    )
    where = f"NOT ({usual}) AND substr({blob}, 1, 2) = x'4750'"
    sql = f"SELECT substr({blob}, {wkb}, 5), count(*) FROM {rows} WHERE {where} GROUP BY 1"
    return sum(count for start, count in base.execute(sql) if _is_curve(start))


def _is_curve(start: object) -> bool:
    if not isinstance(start, bytes) or len(start) < 5:
        return False
    kind = int.from_bytes(start[1:], "little" if start[0] else "big")
    return (kind & 0x0FFFFFFF) % 1000 in _CURVES
