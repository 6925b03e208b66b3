"""A stranger's text as it may be shown: names of files, layers and fields come from whoever handed them in."""

from __future__ import annotations

import unicodedata


def printable(words: object) -> str:
    """Text without control characters, but for ends of lines."""
    text = str(words)
    if text.isprintable():
        return text
    return "".join(letter if _harmless(letter) else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _harmless(letter: str) -> bool:
    """Spaces of every width are: Python holds the ideographic one for unprintable."""
    return letter.isprintable() or letter == "\n" or unicodedata.category(letter) == "Zs"
