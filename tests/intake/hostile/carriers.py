"""What a payload is put into before it is handed in: other endings, archives, packages, databases."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from tests.intake.hostile.payloads import Payload, decoy, members_of, zipped

# Every ending that is read: a payload under another's name.
ENDINGS = (
    ".geojson", ".json", ".shp", ".gml", ".xml", ".kml", ".ovkml", ".dxf", ".csv", ".txt", ".wkt", ".gpkg", ".fgb",
    ".zip", ".kmz", ".xlsx",
)  # fmt: skip
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def _plain(one: Payload) -> Iterator[Payload]:
    yield one


def _renamed(one: Payload) -> Iterator[Payload]:
    for ending in ENDINGS:
        if ending != one.ending:
            yield Payload(f"site{ending}", one.data, one.crs)


def _zip(one: Payload) -> Iterator[Payload]:
    """Alone in an archive; as all files of a Shapefile; beside a sound one, with its stem; as each companion."""
    sound = members_of(decoy("shp utf-8 with cpg").data)
    stem = str(PurePosixPath(sound[0][0]).with_suffix(""))
    yield Payload("alone.zip", zipped((one.name, one.data)), one.crs)
    yield Payload("all.zip", zipped(*((f"a{ending}", one.data) for ending in _PARTS)), one.crs)
    beside = (f"{stem}{one.ending}.xml", one.data), (f"{stem}.vrt", one.data), (f"资料/{one.name}", one.data)
    yield Payload("beside.zip", zipped(*sound, *beside))
    for ending in (".prj", ".cpg", ".dbf", ".shx"):
        kept = [(name, one.data if name.lower().endswith(ending) else data) for name, data in sound]
        yield Payload(f"as{ending[1:]}.zip", zipped(*kept), one.crs)


def _nested(one: Payload) -> Iterator[Payload]:
    inner = zipped(("a.shp", one.data), ("a.shx", one.data))
    yield Payload("nested.zip", zipped(("a.zip", inner), ("b.kmz", inner)), one.crs)
    yield Payload("shp-is-zip.zip", zipped(("a.shp", inner), ("a.shx", inner)), one.crs)
    yield Payload("nested.kmz", zipped(("doc.kml", inner), ("files/a.kmz", inner)), one.crs)


def _kmz(one: Payload) -> Iterator[Payload]:
    sound = decoy("kml by libkml").data
    yield Payload("doc.kmz", zipped(("doc.kml", one.data)), one.crs)
    yield Payload("beside.kmz", zipped(("doc.kml", sound), (f"files/{one.name}", one.data), ("x.vrt", one.data)))


def _geodatabase(one: Payload) -> Iterator[Payload]:
    """As every file of one; beside the files of a sound one; as its catalogue; as its table of shapes."""
    sound = members_of(decoy("gdb").data)
    folder = str(PurePosixPath(sound[0][0]).parent)
    names = ("a00000001.gdbtable", "a00000001.gdbtablx", "gdb", "timestamps")
    yield Payload("all.zip", zipped(*((f"a.gdb/{name}", one.data) for name in names)), one.crs)
    beside = tuple((f"{folder}/{name}", one.data) for name in (one.name, "a000000ff.spx", "a.vrt"))
    yield Payload("beside.zip", zipped(*sound, *beside))
    for wanted in ("a00000001.gdbtable", "a00000004.gdbtable"):
        kept = [(name, one.data if name.endswith(wanted) else data) for name, data in sound]
        yield Payload(f"{wanted.partition('.')[0]}.zip", zipped(*kept), one.crs)


def _xlsx(one: Payload) -> Iterator[Payload]:
    """As each part that is read, and as parts that are not."""
    sound = dict(members_of(decoy("xlsx").data))
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
        yield Payload(f"{PurePosixPath(part).stem}.xlsx", zipped(*{**sound, part: one.data}.items()), 4547)
    foreign = {"xl/externalLinks/externalLink1.xml": one.data, f"xl/embeddings/{one.name}": one.data}
    yield Payload("beside.xlsx", zipped(*{**sound, **foreign}.items()), 4547)


def _geopackage(one: Payload) -> Iterator[Payload]:
    """As the text of an attribute, as what it says of its system, as metadata, as the geometry's bytes."""
    text = one.data[:200_000].decode("latin-1")
    for name, sql, values in (
        ("attribute", "UPDATE dk SET DKMC = ?", (text,)),
        ("system", "UPDATE gpkg_spatial_ref_sys SET definition = ? WHERE srs_id > 0", (text,)),
        ("description", "UPDATE gpkg_contents SET description = ?, identifier = ?", (text[:5000], text[:5000])),
        ("geometry", "UPDATE dk SET geom = ?", (one.data,)),
    ):
        yield Payload(f"{name}.gpkg", altered(decoy("gpkg").data, (sql, values)), one.crs)


def altered(data: bytes, *statements: tuple[str, tuple]) -> bytes:
    """A GeoPackage of the table `dk` after some SQL, its triggers taken away, as a hostile sender would."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(data)
        base = sqlite3.connect(path)
        table = base.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'").fetchone()[0]
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        for sql, values in statements:
            base.execute(sql.replace(" dk ", f' "{table}" '), values)
        base.commit()
        base.close()
        return path.read_bytes()


CARRIERS: Mapping[str, Callable[[Payload], Iterator[Payload]]] = {
    "plain": _plain, "renamed": _renamed, "zip": _zip, "nested": _nested, "kmz": _kmz, "gdb": _geodatabase,
    "xlsx": _xlsx, "gpkg": _geopackage,
}  # fmt: skip
EVERY = tuple(CARRIERS)
