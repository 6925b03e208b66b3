"""Features from GDAL as flat columns, through the Arrow C data interface: no Python object per value.

Only what is known to mean the same as GDAL's features one by one is taken this way: `stream` gives None for a file with
a column of another kind, and its caller reads that file the slow way.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from spatialhub.spatial.table import Column, Numbers, Texts

_NUMBERS = {"c": np.int8, "s": np.int16, "i": np.int32, "l": np.int64, "f": np.float32, "g": np.float64}
_TEXT, _WIDE_TEXT, _BLOB, _WIDE_BLOB, _DAY, _BOOL = "u", "U", "z", "Z", "tdD", "b"
_KNOWN = {*_NUMBERS, _TEXT, _WIDE_TEXT, _DAY, _BOOL}


class _Schema(ctypes.Structure):
    pass


class _Array(ctypes.Structure):
    pass


class _Stream(ctypes.Structure):
    pass


_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))),
    ("private_data", ctypes.c_void_p),
]
_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))),
    ("private_data", ctypes.c_void_p),
]
_Stream._fields_ = [
    ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Schema))),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))),
    ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream))),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))),
    ("private_data", ctypes.c_void_p),
]


class StreamBroken(Exception):
    """GDAL could not go on; the text is its own."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Features as GDAL gives them: ids int64 (n,), WKB one after the other (uint8) and where each ends (int64 (n + 1,)
    from 0), `null` where there is none; columns by field."""

    fids: np.ndarray
    wkb: np.ndarray
    ends: np.ndarray
    null: np.ndarray
    names: list[str]
    columns: list[Column]

    @cached_property
    def blobs(self) -> np.ndarray:
        """WKB of each feature (n,), or None."""
        whole = self.wkb.tobytes()
        found = np.empty(len(self.null), object)
        found[:] = [whole[a:b] for a, b in pairwise(self.ends.tolist())]
        found[self.null] = None
        return found

    @cached_property
    def kinds(self) -> np.ndarray:
        """Types of the geometries, as WKB numbers them; 0 where there is none."""
        kinds = np.zeros(len(self.null), np.uint32)
        there = np.flatnonzero(~self.null & (np.diff(self.ends) >= 5))
        head = self.wkb[self.ends[there][:, None] + np.arange(5)]
        big = head[:, 0] == 0
        head[big, 1:] = head[big, :0:-1]
        kinds[there] = np.ascontiguousarray(head[:, 1:]).view("<u4").ravel()
        return kinds


@contextmanager
def stream(path: Path, *, layer: str | None, encoding: str | None, size: int) -> Iterator[Iterator[Batch] | None]:
    """Open a file and yield its batches of `size` features; None where a column is of a kind not known here.

    Raises
    ------
    StreamBroken
        From the iteration: the file is damaged.
    """
    import pyogrio

    options: dict[str, Any] = {"layer": layer, "encoding": encoding, "batch_size": size}
    opened = pyogrio.raw.open_arrow(path, use_pyarrow=False, return_fids=True, datetime_as_string=True, **options)
    with opened as (meta, source):
        capsule = source.__arrow_c_stream__()
        raw = _Stream.from_address(_pointer(capsule, b"arrow_array_stream"))
        formats = _formats(raw, [str(name) for name in meta["fields"]])
        yield None if formats is None else _batches(raw, formats, [str(name) for name in meta["fields"]])
        del capsule


def _pointer(capsule: Any, name: bytes) -> int:
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return get(capsule, name)


def _formats(raw: _Stream, fields: list[str]) -> list[str] | None:
    """Kinds of id, fields and geometry in this order; None where they are not what is expected."""
    schema = _Schema()
    if raw.get_schema(ctypes.byref(raw), ctypes.byref(schema)):
        return None
    try:
        children = [schema.children[i].contents for i in range(schema.n_children)]
        found = [child.format.decode() for child in children]
        names = [child.name.decode("utf-8", "replace") for child in children[1:-1]]
        dictionaries = any(child.dictionary for child in children)
        known = len(found) == len(fields) + 2 and found[0] == "l" and found[-1] in (_BLOB, _WIDE_BLOB)
        return found if known and not dictionaries and names == fields and _KNOWN.issuperset(found[1:-1]) else None
    finally:
        schema.release(ctypes.byref(schema))


def _batches(raw: _Stream, formats: list[str], names: list[str]) -> Iterator[Batch]:
    while True:
        array = _Array()
        if raw.get_next(ctypes.byref(raw), ctypes.byref(array)):
            detail = raw.get_last_error(ctypes.byref(raw)) or b""
            raise StreamBroken(detail.decode("utf-8", "replace"))
        if not array.release:
            return
        try:
            columns = [_column(array.children[i].contents, kind) for i, kind in enumerate(formats[:-1])]
            geometry = array.children[len(formats) - 1].contents
            ends, wkb = _ends(geometry, formats[-1] == _WIDE_BLOB)
            null = _null(geometry)
        finally:
            array.release(ctypes.byref(array))
        if len(null):
            first = columns[0]
            assert isinstance(first, Numbers)
            yield Batch(first.values, wkb, ends, null, names, columns[1:])


def _column(array: _Array, kind: str) -> Column:
    null = _null(array)
    if kind in (_TEXT, _WIDE_TEXT):
        return _texts(array, kind, null)
    if kind == _BOOL:
        return Numbers(_bits(array, 1), null)
    if kind == _DAY:
        days = _buffer(array, 1, np.int32).astype("datetime64[D]").astype(str)
        return Texts.of([None if gone else day for day, gone in zip(days.tolist(), null.tolist(), strict=True)])
    values = _buffer(array, 1, _NUMBERS[kind])
    if values.dtype.kind == "f":
        values = values.astype(np.float64)
        null = null | ~np.isfinite(values)  # nothing that JSON or a snapshot could carry
        return Numbers(np.where(null, np.nan, values), null)
    return Numbers(np.where(null, 0, values).astype(np.int64), null)


def _texts(array: _Array, kind: str, null: np.ndarray) -> Texts:
    """Texts, checked: UTF-8 throughout, none ended by a zero byte in its middle."""
    offsets, data = _ends(array, kind == _WIDE_TEXT)
    texts = Texts(offsets, data, null)
    texts.demand_sound()  # UnicodeDecodeError is for the caller to tell
    if not data.all():
        return Texts.of([None if text is None else text.split("\0")[0] for text in texts.to_list()])
    return texts


def _ends(array: _Array, wide: bool) -> tuple[np.ndarray, np.ndarray]:
    """Offsets from 0 (int64), never falling, and the bytes between them, copied: GDAL frees its own."""
    kind = np.int64 if wide else np.int32
    address = array.buffers[1] + array.offset * np.dtype(kind).itemsize
    ends = _at(address, array.length + 1, kind).astype(np.int64)
    if (np.diff(ends) < 0).any():  # GDAL gives up on a feature of a damaged FlatGeobuf and leaves its offset at 0
        raise StreamBroken("offsets run backwards")
    size = int(ends[-1] - ends[0])
    data = _at(array.buffers[2] + int(ends[0]), size, np.uint8) if size else np.zeros(0, np.uint8)
    return ends - ends[0], data


def _buffer(array: _Array, number: int, kind: Any) -> np.ndarray:
    return _at(array.buffers[number] + array.offset * np.dtype(kind).itemsize, array.length, kind)


def _null(array: _Array) -> np.ndarray:
    if not array.null_count or not array.buffers[0]:
        return np.zeros(array.length, bool)
    return ~_bits(array, 0)


def _bits(array: _Array, number: int) -> np.ndarray:
    packed = _at(array.buffers[number], -(-(array.offset + array.length) // 8), np.uint8)
    return np.unpackbits(packed, bitorder="little")[array.offset : array.offset + array.length].astype(bool)


def _at(address: int, count: int, kind: Any) -> np.ndarray:
    """A copy of what lies at an address."""
    return (
        np.frombuffer(ctypes.string_at(address, count * np.dtype(kind).itemsize), kind) if count else np.zeros(0, kind)
    )
