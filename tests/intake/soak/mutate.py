"""A mutant of a file: bytes anywhere, tokens of text, the tree of XML and JSON, groups of DXF, members of an archive,
pages and values of SQLite. The same chance gives the same mutant."""

from __future__ import annotations

import io
import json
import random
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Change = Callable[[random.Random, bytes], bytes]
NUMBERS = [
    "0", "-0", "1", "-1", "1e308", "-1e308", "1e999", "nan", "inf", "-inf", "4294967296", "2147483648", "-2147483649",
    "9" * 30, "0." + "0" * 30 + "1", "113.3858", "467800", "38467800", "3846900", "1e-320", "0x10", "1_0", "", "１２",
]  # fmt: skip
WORDS = ["", "\0", "\ufeff", "𠮷", "A" * 3000, "..", "../../a", "%s", "{}", "'", '"', "<", "]]>", "&amp;", "\u202e",
         "EPSG:4526", "EPSG:3857", "urn:ogc:def:crs:EPSG::4547", "面", "POLYGON", "@", ",", "\r", "NULL"]  # fmt: skip
_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_TAG = re.compile(rb"<[^<>]{0,400}>")
_KEPT = 2**20


def mutant(chance: random.Random, data: bytes, form: str) -> bytes:
    """The file with one to four changes of kinds that its form has; never empty, never above a MiB more than it was."""
    ways = [*WAYS[form], *PLAIN] if chance.random() < 0.75 else PLAIN
    for _ in range(chance.choice((1, 1, 1, 2, 2, 4))):
        data = (chance.choice(ways)(chance, data) or b"\n")[: len(data) + _KEPT]
    return data


# --- any bytes ------------------------------------------------------------------------------------------------------


def flipped(chance: random.Random, data: bytes) -> bytes:
    """Some bits turned over."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 30))):
        at = chance.randrange(len(made))
        made[at] ^= 1 << chance.randrange(8)
    return bytes(made)


def truncated(chance: random.Random, data: bytes) -> bytes:
    """The end is missing."""
    return data[: chance.randrange(len(data)) or 1]


def spliced(chance: random.Random, data: bytes) -> bytes:
    """A stretch cut out, doubled, moved or overwritten with another stretch of the file."""
    size = min(len(data), chance.choice((1, 2, 4, 8, 64, 512, 4096)))
    a, b = (chance.randrange(len(data) - size + 1) for _ in range(2))
    piece = data[a : a + size]
    way = chance.randrange(4)
    if way == 0:
        return data[:a] + data[a + size :]
    if way == 1:
        return data[:b] + piece + data[b:]
    return data[:b] + piece + data[b + size :] if way == 2 else data[:a] + piece * chance.choice((2, 50)) + data[a:]


def numbered(chance: random.Random, data: bytes) -> bytes:
    """Four bytes become a number at the edge of what fits: lengths and counts of binary formats."""
    at = chance.randrange(max(1, len(data) - 4))
    value = chance.choice((0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1))
    return data[:at] + value.to_bytes(4, chance.choice(("little", "big"))) + data[at + 4 :]


PLAIN: list[Change] = [flipped, truncated, spliced, numbered]

# --- text -----------------------------------------------------------------------------------------------------------


def token(chance: random.Random, data: bytes) -> bytes:
    """A number or a stretch of text becomes another."""
    found = list(_NUMBER.finditer(data[:_KEPT]))
    if found and chance.random() < 0.7:
        one = chance.choice(found)
        return data[: one.start()] + chance.choice(NUMBERS).encode() + data[one.end() :]
    at = chance.randrange(len(data))
    return data[:at] + chance.choice(WORDS).encode() + data[at + chance.choice((0, 0, 1, 3)) :]


def line(chance: random.Random, data: bytes) -> bytes:
    """Lines lost, doubled, swapped."""
    rows = data.split(b"\n")
    i, j = chance.randrange(len(rows)), chance.randrange(len(rows))
    way = chance.randrange(3)
    if way == 0:
        del rows[i : i + chance.choice((1, 1, 4))]
    elif way == 1:
        rows[i:i] = [rows[j]] * chance.choice((1, 2, 300))
    else:
        rows[i], rows[j] = rows[j], rows[i]
    return b"\n".join(rows)


def groups(chance: random.Random, data: bytes) -> bytes:
    """DXF: pairs of a group code and its value lost, doubled, swapped, recoded."""
    rows = data.split(b"\n")
    pairs = [rows[i : i + 2] for i in range(0, len(rows) - 1, 2)]
    i, j = chance.randrange(len(pairs)), chance.randrange(len(pairs))
    way = chance.randrange(5)
    if way == 0:
        del pairs[i]
    elif way == 1:
        pairs[i:i] = pairs[j : j + chance.choice((1, 5, 40))]
    elif way == 2:
        pairs[i], pairs[j] = pairs[j], pairs[i]
    else:
        code = [str(chance.choice((0, 2, 8, 10, 20, 30, 42, 66, 70, 90, 210, 230, 330, 1004, -1, 99999))).encode()]
        value = [chance.choice([*NUMBERS, *WORDS, "SEQEND", "LWPOLYLINE", "INSERT", "ENDSEC", "EOF"]).encode()]
        pairs[i] = code + pairs[i][1:] if way == 3 else pairs[i][:1] + value
    return b"\n".join(part for pair in pairs for part in pair)


def element(chance: random.Random, data: bytes) -> bytes:
    """XML: a tag lost, doubled, renamed, closed early, nested deep, its attribute changed, or an entity written in."""
    found = list(_TAG.finditer(data))
    if not found:
        return token(chance, data)
    one, other = chance.choice(found), chance.choice(found)
    way = chance.randrange(7)
    new = {
        0: lambda: b"",
        1: lambda: one[0] * chance.choice((2, 3, 200)),
        2: lambda: other[0],
        3: lambda: b"</" + one[0].strip(b"</>").split(b" ")[0] + b">",
        4: lambda: re.sub(rb'"[^"]*"', b'"' + chance.choice([*NUMBERS, *WORDS]).encode() + b'"', one[0], count=1),
        5: lambda: one[0] + b"<MultiGeometry>" * chance.choice((1, 5, 3000)),
        6: lambda: chance.choice((b'<!DOCTYPE a [<!ENTITY b "c">]>', b"<![CDATA[", b"<!--", b"<?a?>", b"&b;", b"<x/>")),
    }[way]()  # fmt: skip
    return data[: one.start()] + new + data[one.end() :]


def branch(chance: random.Random, data: bytes) -> bytes:
    """JSON: a value anywhere in the tree lost, replaced, wrapped, doubled."""
    try:
        tree = json.loads(data)
    except ValueError:
        return token(chance, data)
    places: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        at = waiting.pop()
        rows = list(at.items()) if isinstance(at, dict) else list(enumerate(at)) if isinstance(at, list) else []
        places += [(at, key) for key, _ in rows]
        waiting += [value for _, value in rows]
    if not places:
        return token(chance, data)
    owner, key = chance.choice(places)
    way = chance.randrange(5)
    if way == 0:
        del owner[key]
    elif way == 1:
        odd = [
            None,
            True,
            [],
            {},
            "",
            0,
            -1,
            1e308,
            "面",
            [[]],
            {"type": "Polygon"},
            10**40,
            "GeometryCollection",
            [[[None]]],
        ]
        owner[key] = chance.choice(odd)
    elif way == 2:
        for _ in range(chance.choice((1, 2, 60))):
            owner[key] = [owner[key]]
    elif way == 3:
        owner[key] = json.loads(json.dumps(chance.choice(places)[0]))
    elif isinstance(owner, list):
        owner[key:key] = [owner[key]] * chance.choice((1, 3, 100))
    else:
        owner[chance.choice(["coordinates", "geometry", "type", "crs", "features", "x" * 300])] = owner[key]
    return json.dumps(tree, ensure_ascii=chance.random() < 0.5).encode()


# --- containers -----------------------------------------------------------------------------------------------------


def member(chance: random.Random, data: bytes) -> bytes:
    """An archive written anew, so that its sums hold, with one member changed inside, lost, renamed or doubled."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            rows = [(one.filename, archive.read(one)) for one in archive.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError, Exception):
        return flipped(chance, data)
    if not rows:
        return flipped(chance, data)
    i = chance.randrange(len(rows))
    name, content = rows[i]
    way = chance.randrange(10)
    if way < 6 and content:
        inner = chance.choice([*PLAIN, *WAYS.get(name.rpartition(".")[2].lower(), PLAIN)])
        rows[i] = (name, inner(chance, content))
    elif way == 6:
        del rows[i]
    elif way == 7:
        rows[i] = (
            chance.choice(["../a.shp", "/etc/passwd", "a.vrt", "a.shp", "b/" * 40 + "a", "C:\\a.dbf", name.upper()]),
            content,
        )
    elif way == 8:
        rows.append(chance.choice(rows))
    else:
        rows[i] = (name, chance.choice(rows)[1])
    return _archive(rows, chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def _archive(rows: list[tuple[str, bytes]], how: int) -> bytes:
    import warnings

    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", how) as archive:
        warnings.simplefilter("ignore")  # two members of one name are what is wanted
        for name, content in rows:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def page(chance: random.Random, data: bytes) -> bytes:
    """SQLite: bytes of one page, the heading of the file left as it is."""
    size = int.from_bytes(data[16:18], "big") or 4096
    number = chance.randrange(max(1, len(data) // size))
    begin = 100 if number == 0 else number * size
    piece = data[begin : (number + 1) * size]
    return (
        data[:begin]
        + chance.choice(PLAIN)(chance, piece)[: len(piece)].ljust(len(piece), b"\0")
        + data[begin + len(piece) :]
        if piece
        else data
    )


def row(chance: random.Random, data: bytes) -> bytes:
    """SQLite: a value of a table becomes another, or a table is dropped."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(data)
        base = sqlite3.connect(path, isolation_level=None)
        try:
            names = [
                name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            ]
            table = chance.choice(names)
            columns = [one[1] for one in base.execute(f'PRAGMA table_info("{table}")')]
            if chance.random() < 0.1:
                base.execute(f'DROP TABLE "{table}"')
            else:
                column = chance.choice(columns)
                old = base.execute(f'SELECT "{column}" FROM "{table}" LIMIT 1').fetchone()
                new: object = chance.choice([None, -1, 0, 2**62, 1e308, *WORDS, b"", b"GP\0\0"])
                if old and isinstance(old[0], bytes) and old[0] and chance.random() < 0.8:
                    new = chance.choice(PLAIN)(chance, old[0])
                base.execute(f'UPDATE "{table}" SET "{column}" = ?', (new,))
        except (sqlite3.Error, IndexError, UnicodeError, ValueError, OverflowError):
            return page(chance, data)
        finally:
            base.close()
        return path.read_bytes()


WAYS: dict[str, list[Change]] = {
    "txt": [token, token, line], "csv": [token, token, line], "wkt": [token, token, line],
    "geojson": [token, branch, branch], "kml": [token, element, element], "gml": [token, element, element],
    "xml": [token, element, element], "rels": [element],
    "dxf": [token, groups, groups], "zip": [member] * 4, "kmz": [member] * 4, "xlsx": [member] * 4,
    "gpkg": [page, row, row], "fgb": [numbered, numbered],
}  # fmt: skip
