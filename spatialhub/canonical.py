"""Canonical JSON (RFC 8785) quickly: every result is hashed, and hashing cost more than checking.

The library `rfc8785` says what is right, in pure Python; it takes what this does not, and the tests hold both together.
"""

from __future__ import annotations

import json.encoder
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

import rfc8785

# In this range ECMAScript writes numbers without an exponent; from 1e-4 to 1e16 Python does, too.
_PLAIN_FROM, _PYTHON_FROM, _PYTHON_BELOW = 1e-6, 1e-4, 1e16
_LARGEST_WHOLE = 2**53
_LAST_OF_THE_BASIC_PLANE = "\uffff"
# Escapes what must be and nothing else, as RFC 8785 asks.
string: Callable[[str], str] = json.encoder.encode_basestring


class NotPlain(Exception):
    """A value that only the full algorithm writes rightly, or refuses."""


def dumps(value: Any) -> bytes:
    """Return the canonical JSON of dicts, lists, strings, whole numbers, floats, booleans and None.

    Raises
    ------
    rfc8785.CanonicalizationError
        A value that JSON cannot hold.
    """
    try:
        return text(value).encode()
    except (NotPlain, UnicodeEncodeError):
        return rfc8785.dumps(value)


def text(value: Any) -> str:
    """Canonical JSON as text, for what is written piece by piece.

    Raises
    ------
    NotPlain
        Only `dumps` writes this value, or refuses it. Half a surrogate pair shows when the text is encoded.
    """
    write = _WRITERS.get(type(value))
    if write is None:
        raise NotPlain
    return write(value)


def _object(value: dict) -> str:
    return "{" + ",".join([begin + text(value[key]) for key, begin in _in_order(tuple(value))]) + "}"


def text_of_texts(value: dict) -> str:
    """The same as `text` for an object that holds texts mostly: attributes of a feature, of which there are many."""
    members = [
        begin + (string(item) if type(item := value[key]) is str else text(item))
        for key, begin in _in_order(tuple(value))
    ]
    return "{" + ",".join(members) + "}"


def _array(value: list | tuple) -> str:
    return "[" + ",".join([text(item) for item in value]) + "]"


@lru_cache(maxsize=4096)
def _in_order(keys: tuple) -> tuple[tuple[str, str], ...]:
    """Keys as they are sorted, each with what stands before its value: results have few sets of keys."""
    for key in keys:
        # Keys are sorted by UTF-16 units: as code points are, as long as none lies beyond the basic plane.
        if type(key) is not str or (key and max(key) > _LAST_OF_THE_BASIC_PLANE):
            raise NotPlain
    return tuple((key, string(key) + ":") for key in sorted(keys))


def whole(value: int) -> str:
    """A whole number; raises NotPlain beyond 2^53."""
    if not -_LARGEST_WHOLE < value < _LARGEST_WHOLE:
        raise NotPlain
    return str(value)


def number(value: float) -> str:
    """A float as ECMAScript writes it; raises NotPlain where it is large or not a number."""
    size = abs(value)
    if size < _PYTHON_BELOW and value.is_integer():
        return str(int(value))
    if _PYTHON_FROM <= size < _PYTHON_BELOW:
        return repr(value)
    if _PLAIN_FROM <= size < _PYTHON_FROM:
        return format(Decimal(repr(value)), "f")
    if size < _PLAIN_FROM:
        digits, exponent = repr(value).split("e")
        return f"{digits}e{int(exponent)}"
    raise NotPlain  # large, or not a number


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: string,
    int: whole,
    float: number,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    dict: _object,
    list: _array,
    tuple: _array,
}
