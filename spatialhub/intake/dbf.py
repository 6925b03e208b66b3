"""The attribute table of a Shapefile, read just enough to know its encoding: over all text, strictly."""

from __future__ import annotations

import codecs
import struct
from pathlib import Path

import numpy as np

from spatialhub.errors import BrokenFile
from spatialhub.messages import Words

_TRIES = ("utf-8", "gb18030")


def encoding_of(path: Path, name: str) -> str:
    """Return `utf-8` if every text of the table is UTF-8, else `gb18030` if every one is that.

    A value that fills its field may be cut in the middle of a character: its last, incomplete one does not count.

    Raises
    ------
    BrokenFile
        The table is malformed, or its text is neither.
    """
    data = np.memmap(path, np.uint8, mode="r")
    fields, start, width = _layout(bytes(data[: min(len(data), 65_536)]), name)
    rows = (len(data) - start) // width
    table = data[start : start + rows * width].reshape(rows, width)
    texts = _texts(table, fields)
    names = [bytes(field_name) for field_name, _, _, _ in fields]
    for encoding in _TRIES:
        if all(_is(encoding, text) for text in names) and all(_is(encoding, text) for text in texts):
            return encoding
    raise BrokenFile(name, reason=Words.of("broken_encoding", tried=_TRIES))


def _layout(head: bytes, name: str) -> tuple[list[tuple[bytes, str, int, int]], int, int]:
    """Fields (name, type, offset, width), start of the rows, width of a row."""
    try:
        start, width = struct.unpack_from("<HH", head, 8)
        fields, position, offset = [], 32, 1
        while position + 32 <= start and head[position] != 0x0D:
            label = head[position : position + 11].split(b"\0")[0]
            size = head[position + 16]
            fields.append((label, chr(head[position + 11]), offset, size))
            offset += size
            position += 32
    except (struct.error, IndexError):
        raise BrokenFile(name, reason=Words.of("broken_dbf")) from None
    if not width or offset > width or start < 33:
        raise BrokenFile(name, reason=Words.of("broken_dbf"))
    return fields, start, width


def _texts(table: np.ndarray, fields: list[tuple[bytes, str, int, int]]) -> list[bytes]:
    """Distinct texts that are not plain ASCII."""
    texts: set[bytes] = set()
    for _, kind, offset, size in fields:
        if kind != "C" or not size:
            continue
        column = table[:, offset : offset + size]
        foreign = column[(column >= 0x80).any(axis=1)]
        texts.update(row.tobytes().rstrip(b" \0") for row in foreign)
    return sorted(texts)


def _is(encoding: str, text: bytes) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(text, final=False)
    except UnicodeDecodeError:
        return False
    return True
