"""Attacks by archives: bombs, links, paths that leave, names that lie; as zip, KMZ and XLSX."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterator

from tests.intake.hostile.payloads import CRS, Attack, Payload, decoy, members_of, zipped
from tests.intake.hostile.trap import Trap

_MEMBER = {".zip": "a.shp", ".kmz": "doc.kml", ".xlsx": "xl/workbook.xml"}


def _each(make) -> Iterator[Payload]:
    """The same for every ending that is an archive; `make(name of its main member)` gives the bytes."""
    for ending, member in _MEMBER.items():
        yield Payload(f"a{ending}", make(member), CRS if ending == ".xlsx" else None)


def _bomb(_: Trap) -> Iterator[Payload]:
    def made(member: str) -> bytes:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(member, "w") as file:
            for _ in range(256):
                file.write(bytes(2**20))
        return held.getvalue()

    yield from _each(made)
    yield Payload("base.zip", made("a.gdb/a00000001.gdbtable"))


def _lying(_: Trap) -> Iterator[Payload]:
    def made(member: str) -> bytes:
        size = 50 * 2**20
        data = zipped((member, bytes(size)))
        return data.replace(struct.pack("<I", size), struct.pack("<I", 100))

    yield from _each(made)


def _overlapping(_: Trap) -> Iterator[Payload]:
    """Members that share their bytes: a directory with the same member a hundred times."""

    def made(member: str) -> bytes:
        data = zipped((member, bytes(2**20 * 8)))
        end = data.rindex(b"PK\x05\x06")
        start = struct.unpack_from("<I", data, end + 16)[0]
        entry = data[start:end]
        tail = bytearray(data[end:])
        struct.pack_into("<HHI", tail, 8, 100, 100, len(entry) * 100)
        return data[:start] + entry * 100 + bytes(tail)

    yield from _each(made)


def _links(trap: Trap) -> Iterator[Payload]:
    def made(member: str) -> bytes:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            for name in (member, "a.shx", "a.dbf"):
                link = zipfile.ZipInfo(name)
                link.external_attr = (stat.S_IFLNK | 0o777) << 16
                archive.writestr(link, str(trap.secret("shp")))
        return held.getvalue()

    yield from _each(made)
    yield Payload("base.zip", made("a.gdb/a00000001.gdbtable"))


def _leaving(trap: Trap) -> Iterator[Payload]:
    def made(member: str) -> bytes:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            for before in ("../", f"{trap.folder}/", "x/../../", "C:\\", "..\\", "//host/"):
                archive.writestr(zipfile.ZipInfo(before + member), b"overwritten")
        return held.getvalue()

    yield from _each(made)
    yield Payload("base.zip", made("a.gdb/a00000001.gdbtable"))
    name = f"../../{trap.folder.name}/planted.txt"
    yield Payload("one.zip", zipped((name, b"overwritten"), *members_of(decoy("shp utf-8 with cpg").data)))


def _thousands(_: Trap) -> Iterator[Payload]:
    yield from _each(lambda member: zipped((member, b"x"), *((f"{i}.txt", b"") for i in range(1001))))


def _twice(_: Trap) -> Iterator[Payload]:
    """Two members of one name: which one counts must not depend on who looks."""
    sound = members_of(decoy("shp utf-8 with cpg").data)
    with_twice = [*sound, *((name, b"\0" * 200) for name, _ in sound)]
    yield Payload("twice.zip", zipped(*with_twice))
    yield Payload("case.zip", zipped(*sound, *((name.upper(), b"\0" * 200) for name, _ in sound)))


def _damaged(_: Trap) -> Iterator[Payload]:
    """Methods that are not read, locks, a comment longer than the file, nothing inside, cut off."""

    def made(flag: int, method: int):
        def one(member: str) -> bytes:
            data = bytearray(zipped((member, b"x" * 500), deflated=False))
            central = data.rindex(b"PK\x01\x02")
            for at, (flags, kind) in ((0, (6, 8)), (central, (8, 10))):
                struct.pack_into("<HH", data, at + flags, flag, method)
                del kind
            return bytes(data)

        return one

    for flag, method in ((1, 0), (0, 99), (0, 97), (0x41, 8), (0x800, 14)):
        yield from _each(made(flag, method))
    yield from _each(lambda member: zipped((member, b"x" * 5000))[:-40])
    yield from _each(lambda _: zipped())
    yield from _each(lambda member: zipped((member, b"x" * 50)).replace(b"\0\0\0\0\0\0", b"\xff" * 6, 1))


ATTACKS = (
    Attack("bomb of zeros", _bomb, codes=("file_unsafe", "file_too_large")),
    Attack("sizes that lie", _lying),
    Attack("members that overlap", _overlapping, codes=("file_unsafe", "file_too_large", "file_broken")),
    Attack("links in archives", _links, codes=("file_unsafe",)),
    Attack("paths that leave", _leaving, codes=("file_unsafe",)),
    Attack("a thousand members", _thousands, codes=("file_too_large",)),
    Attack("members twice", _twice, harmless=True, codes=("file_broken", "choice_needed", "no_area", "file_unsafe")),
    Attack("damaged archives", _damaged),
)
