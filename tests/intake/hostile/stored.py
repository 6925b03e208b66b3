"""Attacks by databases: a GeoPackage that computes, reaches out, or is no GeoPackage at all."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.intake.hostile.carriers import altered
from tests.intake.hostile.payloads import Attack, Payload, decoy, zipped
from tests.intake.hostile.trap import Trap

_ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x AS fid, x FROM c"


def _sql(*statements: str) -> bytes:
    return altered(decoy("gpkg").data, *((one, ()) for one in statements))


def _schema(kind: str, name: str, sql: str) -> bytes:
    """A row of the schema written by hand, past the parser."""
    quoted = sql.replace("'", "''")
    return _sql("PRAGMA writable_schema=ON",
                f"INSERT INTO sqlite_master VALUES('{kind}','{name}','{name}',0,'{quoted}')")  # fmt: skip


def _views(_: Trap) -> Iterator[Payload]:
    yield Payload("view.gpkg", _sql(f"CREATE VIEW v AS {_ENDLESS}"))
    row = "SELECT 'v','features','v',srs_id FROM gpkg_contents LIMIT 1"
    contents = (f"INSERT INTO gpkg_contents(table_name,data_type,identifier,srs_id) {row}", "INSERT INTO "
                "gpkg_geometry_columns SELECT 'v','x','POLYGON',srs_id,0,0 FROM gpkg_contents LIMIT 1")  # fmt: skip
    yield Payload("layer.gpkg", _sql(f"CREATE VIEW v AS {_ENDLESS}", *contents))
    yield Payload("contents.gpkg", _sql("ALTER TABLE gpkg_contents RENAME TO held",
                  f"CREATE VIEW gpkg_contents AS {_ENDLESS}"))  # fmt: skip


def _virtual(trap: Trap) -> Iterator[Payload]:
    secret = trap.secret("gpkg")
    for module in ("VirtualOGR", "VirtualShape", "VirtualText", "fts5", "csv", "zipfile", "fsdir"):
        yield Payload(f"{module}.gpkg", _schema("table", "v", f"CREATE VIRTUAL TABLE v USING {module}('{secret}')"))
    yield Payload("comment.gpkg", _schema("table", "v", f"CREATE /* */ VIRTUAL TABLE v USING VirtualOGR('{secret}')"))
    yield Payload("line.gpkg", _schema("table", "v", f"-- \nCREATE VIRTUAL TABLE v USING VirtualOGR('{secret}')"))
    yield Payload("rtree.gpkg", _schema("table", "v",
                  f"CREATE VIRTUAL TABLE v USING rtree(id,a,b); ATTACH '{secret}' AS s"))  # fmt: skip


def _triggers(_: Trap) -> Iterator[Payload]:
    yield Payload(
        "trigger.gpkg", _sql("CREATE TRIGGER innocent AFTER INSERT ON dk BEGIN DELETE FROM gpkg_contents; END")
    )
    named = "CREATE TRIGGER gpkg_x AFTER INSERT ON dk BEGIN SELECT load_extension('/tmp/x'); END"
    yield Payload("named.gpkg", _sql(named))
    yield Payload("expression.gpkg", _sql("CREATE INDEX i ON dk (length(hex(DKMC)))"))


def _generated(_: Trap) -> Iterator[Payload]:
    """Columns that compute when they are read."""
    slow = "hex(zeroblob(500000000))"
    yield Payload("generated.gpkg", _sql(f"ALTER TABLE dk ADD COLUMN g TEXT AS ({slow}) VIRTUAL"))


def _other_databases(trap: Trap) -> Iterator[Payload]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.sqlite"
        base = sqlite3.connect(path)
        base.execute("CREATE TABLE geometry_columns (f_table_name, f_geometry_column, geometry_type, srid)")
        base.execute("PRAGMA writable_schema=ON")
        sql = f"CREATE VIRTUAL TABLE v USING VirtualOGR(''{trap.secret('gpkg')}'')"
        base.execute(f"INSERT INTO sqlite_master VALUES('table','v','v',0,'{sql}')")
        base.commit()
        base.close()
        data = path.read_bytes()
    for ending in (".sqlite", ".db", ".gpkg", ".mbtiles"):
        yield Payload(f"virtual{ending}", data)
    yield Payload("virtual.zip", zipped(("a.sqlite", data), ("a.gpkg", data)))


def _damaged(_: Trap) -> Iterator[Payload]:
    sound = decoy("gpkg").data
    yield Payload("cut.gpkg", sound[: len(sound) // 3])
    yield Payload("zeros.gpkg", b"SQLite format 3\0" + bytes(4096))
    yield Payload("text.gpkg", sound.replace(b"CREATE TABLE", b"CREATE \xff\xffBLE"))
    yield Payload("page.gpkg", sound[:16] + b"\x00\x01" + sound[18:])
    yield Payload("wal.gpkg", sound[:18] + b"\x02\x02" + sound[20:])
    wrong = "UPDATE gpkg_geometry_columns SET table_name = ?, column_name = ?"
    for name in ('x" UNION SELECT 1,2 --', "../../planted", "\x1b]0;a\x07", "a" * 5000):
        yield Payload("names.gpkg", altered(sound, ("UPDATE gpkg_contents SET table_name = ?", (name,)),
                                            (wrong, (name, name))))  # fmt: skip


ATTACKS = (
    Attack("view without end", _views, codes=("file_unsafe",)),
    Attack("virtual tables", _virtual, codes=("file_unsafe", "file_broken")),
    Attack("triggers and indices", _triggers, harmless=True, codes=("file_unsafe", "file_broken")),
    Attack("columns that compute", _generated, harmless=True, codes=("file_unsafe", "file_broken", "file_too_large")),
    Attack(
        "databases that are no package",
        _other_databases,
        codes=("format_unknown", "file_unsafe", "file_broken", "no_area"),
    ),
    Attack("damaged databases", _damaged, codes=("file_unsafe", "file_broken", "no_area"), harmless=True),
)
