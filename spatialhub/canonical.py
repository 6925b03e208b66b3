"""Canonical JSON (RFC 8785) quickly: what the standard library writes is canonical but for some numbers and keys.

The library `rfc8785` says what is right, in pure Python; it takes what this does not, and the tests hold both together.
"""

from __future__ import annotations

import json
from typing import Any

import rfc8785

_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode
# ECMAScript writes numbers in this range without an exponent, as Python does.
_PLAIN_FROM, _PLAIN_BELOW = 1e-4, 1e16
_LAST_BMP = "\uffff"


class _NotPlain(Exception):
    """A value that only the full algorithm writes rightly."""


def dumps(value: Any) -> bytes:
    """Return the canonical JSON of dicts, lists, strings, whole numbers, floats, booleans and None.

    Raises
    ------
    rfc8785.CanonicalizationError
        A value that JSON cannot hold.
    """
    try:
        return _encode(_plain(value)).encode()
    except (_NotPlain, ValueError, UnicodeEncodeError):
        return rfc8785.dumps(value)


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is dict:
        return {_key(key): _plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_plain(item) for item in value]
    if kind is float:
        return _number(value)
    if kind is int and -(2**53) < value < 2**53:
        return value
    raise _NotPlain


def _key(key: Any) -> str:
    # Keys are sorted by UTF-16 units: as code points are, as long as none lies beyond the basic plane.
    if type(key) is str and (key.isascii() or max(key) <= _LAST_BMP):
        return key
    raise _NotPlain


def _number(value: float) -> float | int:
    if value.is_integer() and abs(value) < _PLAIN_BELOW:
        return int(value)
    if _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        return value
    raise _NotPlain
