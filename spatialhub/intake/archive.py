"""Zip archives: looked over before anything is unpacked, and then only the members that are wanted (security.md)."""

from __future__ import annotations

import errno
import shutil
import stat
import zipfile
from collections.abc import Iterable
from math import ceil
from pathlib import Path, PurePosixPath

from spatialhub.errors import BrokenFile, TooLarge, UnsafeFile
from spatialhub.intake import limits
from spatialhub.intake.raw import Job
from spatialhub.messages import Words

MOST_FILES = 1000
_RATIO, _RATIO_FROM = 50, 64 * 2**20


def look_over(job: Job) -> dict[str, zipfile.ZipInfo]:
    """Return the members of a job's archive by decoded path.

    Raises
    ------
    BrokenFile
        It is no zip, or locked.
    UnsafeFile
        Paths that leave the folder, links, a ratio over 50 beyond 64 MiB.
    TooLarge
        Too many members or too much to unpack.
    """
    path, name = Path(job.path), job.name
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise BrokenFile(name, reason=Words.of("broken_zip", detail=str(error)[:80])) from None
    if len(members) > MOST_FILES:
        raise TooLarge(name, limit=limits.files(MOST_FILES), found=len(members))
    total = sum(one.file_size for one in members)
    ratio = total / max(1, path.stat().st_size)
    if total > _RATIO_FROM and ratio > _RATIO:
        raise UnsafeFile(name, reason=Words.of("unsafe_zip_ratio", ratio=f"{ratio:.0f}"))
    if total > job.unpacked_mib * 2**20:
        raise TooLarge(name, limit=limits.unpacked(job), found=f"{ceil(total / 2**20)} MiB")
    return {_demand_harmless(one, name): one for one in members if not one.filename.endswith("/")}


def _demand_harmless(member: zipfile.ZipInfo, name: str) -> str:
    decoded = decoded_name(member)
    if member.flag_bits & 1:
        raise BrokenFile(name, reason=Words.of("broken_zip_locked"))
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UnsafeFile(name, reason=Words.of("unsafe_zip_link", found=decoded[:60]))
    plain = PurePosixPath(decoded.replace("\\", "/"))
    if not decoded or plain.is_absolute() or ".." in plain.parts or ":" in decoded or "\0" in member.orig_filename:
        raise UnsafeFile(name, reason=Words.of("unsafe_zip_path", found=decoded[:60]))
    return decoded


def decoded_name(member: zipfile.ZipInfo) -> str:
    """A member's path: UTF-8 where it says so or is, else GB18030 (what Chinese Windows writes)."""
    if member.flag_bits & 0x800:
        return member.filename
    raw = member.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def unpack(path: Path, name: str, members: Iterable[tuple[zipfile.ZipInfo, Path]]) -> None:
    """Write members to the files named; never more bytes than the archive said."""
    with zipfile.ZipFile(path) as archive:
        for member, target in members:
            try:
                with archive.open(member) as source, target.open("wb") as file:
                    shutil.copyfileobj(_Bounded(source, member.file_size), file, 2**20)
            except Exception as error:
                if _archive_is_wrong(error):
                    raise BrokenFile(name, reason=Words.of("broken_zip", detail=str(error)[:80])) from None
                raise


def _archive_is_wrong(error: Exception) -> bool:
    """Whether an error says something of the archive: a member that begins before the file does is one of the system's
    (EINVAL), like a full disk, which says nothing of it."""
    known = (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError)
    of_the_data = isinstance(error, OSError) and error.errno in (None, errno.EINVAL)  # bzip2 raises OSError without one
    return isinstance(error, known) or of_the_data or type(error).__module__ in ("zlib", "lzma", "_lzma")


class _Bounded:
    """A stream that ends after `most` bytes, whatever the data says."""

    def __init__(self, source, most: int) -> None:
        self._source, self._left = source, most

    def read(self, size: int = 2**20, /) -> bytes:
        data = self._source.read(min(size, self._left))
        self._left -= len(data)
        return data
