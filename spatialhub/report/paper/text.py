"""Text as documents can carry it: no control characters, nothing that XML forbids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# XML 1.0 knows no way to write these; tab and line break become a space, for cells are single lines.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile(r"[\t\r\n\u2028\u2029]+")


def clean(text: str) -> str:
    """Return text in one line; a character that no document can carry, or that turns the direction of what follows,
    stands as its code."""
    return _FORBIDDEN.sub(lambda found: code_of(found[0]), _BREAKS.sub(" ", text))


def code_of(letter: str) -> str:
    """Return the code of a character that cannot be printed, as 〔U+1F600〕."""
    return f"〔U+{ord(letter):04X}〕"


def printable(value: Any) -> Any:
    """Return a context with every text cleaned."""
    if isinstance(value, Mapping):
        return {key: printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(item) for item in value]
    return clean(value) if isinstance(value, str) else value
