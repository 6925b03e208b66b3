"""Text of foreign files: which encoding, stated; never a character guessed."""

from __future__ import annotations

import codecs
import re

from spatialhub.errors import BrokenFile
from spatialhub.messages import Words

_CODEPAGES = {"936": "gb18030", "54936": "gb18030", "65001": "utf-8", "20127": "ascii", "1252": "cp1252"}
_TEXT_ENCODING = re.compile(r"utf-8|utf-16(-[lb]e)?|ascii|big5|iso8859-\d+|cp\d{3,4}|gb18030")  # no hex, no escapes
_CHINESE = ("gb2312", "gbk", "gb18030", "cp936", "ms936", "ansi936", "hz", "gb2312-80")


def decode(data: bytes, name: str, asked: str | None = None) -> tuple[str, str]:
    """Return (text, encoding): the one asked for, a byte order mark's, else strict UTF-8, else GB18030.

    Raises
    ------
    BrokenFile
        The bytes are no text in any of them.
    """
    if asked is not None:
        tries = [(known_encoding(asked) or asked, 0)]
    elif data.startswith(b"\xef\xbb\xbf"):
        tries = [("utf-8", 3)]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = [("utf-16", 0)]
    else:
        tries = [("utf-8", 0), ("gb18030", 0)]
    for encoding, skip in tries:
        try:
            return data[skip:].decode(encoding).removeprefix("\ufeff"), encoding
        except (UnicodeDecodeError, LookupError):
            continue
    raise BrokenFile(name, reason=Words.of("broken_encoding", tried=tuple(encoding for encoding, _ in tries)))


def known_encoding(label: str) -> str | None:
    """Return Python's name of an encoding written in a .cpg or an option; None where it is not known."""
    text = label.strip().lower().replace("_", "-").replace(" ", "").removeprefix("cp:")
    digits = text.removeprefix("cp").removeprefix("ansi").removeprefix("windows-").removeprefix("ms")
    if digits in _CODEPAGES:
        return _CODEPAGES[digits]
    if text in _CHINESE:
        return "gb18030"  # a superset of the others
    try:
        found = codecs.lookup(text).name
    except (LookupError, ValueError):  # ValueError: a null character
        return None
    return found if _TEXT_ENCODING.fullmatch(found) else None
