"""What passes between a contained reader and its caller: frames of JSON and flat arrays; nothing that runs or nests.

Geometries travel as coordinates and offsets (ragged arrays), so that no parser that recurses ever sees what a reader
sends: a reader taken over by a hostile file can lie about shapes, and nothing more.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np
import shapely

from spatialhub import errors
from spatialhub.errors import SpatialHubError
from spatialhub.intake.raw import Places
from spatialhub.messages import Words
from spatialhub.spatial._kernels import features_fault
from spatialhub.spatial.model import Issue
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.table import Column, Numbers, Texts

_HEAD = struct.Struct("<QQ")
MOST_BYTES = 2**31  # of one frame; a site's are far smaller
_KINDS = {"line": shapely.GeometryType.MULTILINESTRING}
_KIND_OF = {"f": "float", "i": "int", "b": "bool"}
_DTYPE_OF = {"float": np.float64, "int": np.int64, "bool": np.bool_}


class BrokenFrame(Exception):
    """The reader sent what no reader of ours sends, or ended in the middle of a frame."""


def write(stream: BinaryIO, head: Mapping[str, Any], *blobs: bytes) -> None:
    """Write one frame, whose bytes may come in several pieces, and flush."""
    text = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
    stream.write(_HEAD.pack(len(text), sum(map(len, blobs))))
    stream.write(text)
    for blob in blobs:
        stream.write(blob)
    stream.flush()


class Frames:
    """Cuts a stream of bytes into frames as they arrive; none may be larger than `most_bytes`."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._pending = bytearray()
        self._most = most_bytes

    def feed(self, data: bytes) -> list[tuple[dict[str, Any], bytes]]:
        """Take bytes; return the frames that are complete.

        Raises
        ------
        BrokenFrame
            A frame is larger than any reader sends, or its head is no JSON object.
        """
        self._pending += data
        frames = []
        while len(self._pending) >= _HEAD.size:
            text_size, blob_size = _HEAD.unpack_from(self._pending)
            if text_size + blob_size > self._most:
                raise BrokenFrame(f"{text_size} + {blob_size} bytes")
            end = _HEAD.size + text_size + blob_size
            if len(self._pending) < end:
                break
            text = bytes(self._pending[_HEAD.size : _HEAD.size + text_size])
            frames.append((_head(text), bytes(self._pending[_HEAD.size + text_size : end])))
            del self._pending[:end]
        return frames


def _head(text: bytes) -> dict[str, Any]:
    try:
        head = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenFrame(str(error)) from None
    if not isinstance(head, dict):
        raise BrokenFrame("no object")
    return head


def pack(geometries: np.ndarray) -> tuple[list[dict[str, Any]], bytes]:
    """Geometries (n,), all polygonal or linear, as groups {kind, sizes} and the bytes of their arrays."""
    groups, arrays = [], []
    dimensions = shapely.get_dimensions(geometries)
    for kind, dimension in (("polygon", 2), ("line", 1)):
        at = np.flatnonzero(dimensions == dimension)
        if len(at):
            members = [at.astype(np.int64), *(_polygons if kind == "polygon" else _lines)(geometries[at])]
            groups.append({"kind": kind, "sizes": [array.size for array in members]})
            arrays += members
    return groups, b"".join(array.tobytes() for array in arrays)


def pack_polygons(ragged: Ragged) -> tuple[list[dict[str, Any]], list[bytes]]:
    """As `pack`, of polygons that are flat already; the bytes in pieces."""
    arrays = [np.arange(len(ragged)), *_arrays(ragged)]
    return [{"kind": "polygon", "sizes": [array.size for array in arrays]}], [array.tobytes() for array in arrays]


def _polygons(geometries: np.ndarray) -> list[np.ndarray]:
    return _arrays(Ragged.of(geometries))


def _arrays(ragged: Ragged) -> list[np.ndarray]:
    return [ragged.coords, ragged.rings, ragged.polygons, ragged.features]


def _lines(geometries: np.ndarray) -> list[np.ndarray]:
    whole = np.array([shapely.multilinestrings(shapely.get_parts(one)) for one in geometries], object)
    _, coords, offsets = shapely.to_ragged_array(whole, include_z=False)
    return [np.ascontiguousarray(coords, np.float64), *(np.asarray(offset, np.int64) for offset in offsets)]


@dataclass(frozen=True)
class Body:
    """What a frame holds beside its head. `polygons` where every feature is one; columns and places of a `chunk`;
    `plain` of a frame of `bytes`."""

    count: int
    groups: tuple[tuple[str, np.ndarray, Any], ...] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)
    places: Sequence[str] = ()
    plain: bytes = b""

    @property
    def polygons(self) -> Ragged | None:
        """The features as flat arrays; None where some are lines."""
        if len(self.groups) == 1 and self.groups[0][0] == "polygon" and self.count == len(self.groups[0][1]):
            return self.groups[0][2]
        return None

    @cached_property
    def geometries(self) -> np.ndarray:
        """The features as shapely geometries (n,); single polygons and lines come back as such."""
        found = np.full(self.count, None, object)
        for kind, at, held in self.groups:
            found[at] = held.geometries() if kind == "polygon" else held
        return found


def body_of(head: Mapping[str, Any], blob: bytes) -> Body:
    """What a `chunk` (as many features as places and values), an `end` (holes) or `bytes` hold; nothing for any other
    frame.

    Raises
    ------
    BrokenFrame
        Counts, offsets or texts do not fit.
    """
    try:
        if head.get("kind") == "end":
            return Body(int(head["holes"]), _groups(head["groups"], _Cursor(blob), int(head["holes"])))
        if head.get("kind") == "bytes":
            return Body(0, plain=blob)
        if head.get("kind") != "chunk":
            return Body(0)
        count, cursor = int(head["count"]), _Cursor(blob)
        groups = _groups(head["groups"], cursor, count)
        columns = dict(head["attributes"]) | unpack_columns(head.get("columns", ()), cursor)
        places = head["places"]
        if isinstance(places, dict):
            places = Places(str(places["label"]), cursor.take(np.int64, places["count"]))
        lengths = {len(places), *(len(values) for values in columns.values())}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenFrame(str(error)) from None
    if lengths != {count}:
        raise BrokenFrame("columns")
    if sum(len(at) for _, at, _ in groups) != count:
        raise BrokenFrame("geometry missing")
    return Body(count, groups, columns, places)


def geometries_of(head: Mapping[str, Any], blob: bytes) -> np.ndarray:
    """Geometries (n,) of a frame.

    Raises
    ------
    BrokenFrame
        Counts do not fit.
    """
    return body_of(head, blob).geometries


def unpack(groups: list[dict[str, Any]], blob: bytes, count: int) -> np.ndarray:
    """Geometries (count,) of `pack`; single polygons and lines come back as such.

    Raises
    ------
    BrokenFrame
        Sizes or offsets do not fit.
    """
    return Body(count, _groups(groups, _Cursor(blob), count)).geometries


class _Cursor:
    """Takes arrays from a frame's bytes, one after the other."""

    def __init__(self, blob: bytes) -> None:
        self._blob, self._at = blob, 0

    def take(self, kind: Any, size: object) -> np.ndarray:
        """The next `size` values; each array begins at a multiple of eight bytes."""
        if not isinstance(size, int) or size < 0:
            raise ValueError("size")
        found = np.frombuffer(self._blob, kind, size, self._at) if size else np.zeros(0, kind)
        self._at += -(-found.nbytes // 8) * 8
        return found


def pack_columns(columns: Mapping[str, Column]) -> tuple[list[list[Any]], list[bytes]]:
    """Flat columns as [name, kind, sizes…] and their bytes; lists are not for here."""
    heads: list[list[Any]] = []
    blobs: list[bytes] = []
    for name, column in columns.items():
        if isinstance(column, Texts):
            arrays, kind = [column.offsets, column.data, np.packbits(column.null)], "text"
        else:
            assert isinstance(column, Numbers)
            arrays, kind = [column.values, np.packbits(column.null)], _KIND_OF[column.values.dtype.kind]
        heads.append([name, kind, len(column), *(array.size for array in arrays)])
        blobs += [part for array in arrays for part in (array.tobytes(), bytes(-array.nbytes % 8))]
    return heads, blobs


def unpack_columns(heads: Sequence[Any], cursor: _Cursor) -> dict[str, Column]:
    """The columns of `pack_columns`; ValueError where something does not fit."""
    found: dict[str, Column] = {}
    for name, kind, count, *sizes in heads:
        if kind == "text":
            offsets, data = cursor.take(np.int64, sizes[0]), cursor.take(np.uint8, sizes[1])
            texts = Texts(offsets, data, _bits(cursor.take(np.uint8, sizes[2]), count))
            texts.demand_sound()
            found[str(name)] = texts
            continue
        values = cursor.take(_DTYPE_OF[kind], sizes[0])
        found[str(name)] = Numbers(values, _bits(cursor.take(np.uint8, sizes[1]), len(values)))
    return found


def _bits(packed: np.ndarray, count: int) -> np.ndarray:
    bits = np.unpackbits(packed, count=count)
    if len(bits) != count:
        raise ValueError("bits")
    return bits.astype(bool)


def _groups(heads: Sequence[Any], cursor: _Cursor, count: int) -> tuple[tuple[str, np.ndarray, Any], ...]:
    groups, taken = [], np.zeros(count, bool)
    for head in heads:
        try:
            at, coords, *offsets = (
                cursor.take(np.float64 if number == 1 else np.int64, size) for number, size in enumerate(head["sizes"])
            )
            coords = coords.reshape(-1, 2)
            _demand_places(at, offsets, count)
            if head["kind"] == "polygon":
                held: Any = _polygons_of(coords, *offsets)
            else:
                _demand_sound(coords, offsets)
                held = _single(shapely.from_ragged_array(_KINDS[head["kind"]], coords, tuple(offsets)))
        except (KeyError, TypeError, ValueError, IndexError, shapely.errors.ShapelyError) as error:
            raise BrokenFrame(str(error)) from None
        if taken[at].any():
            raise BrokenFrame("place twice")
        taken[at] = True
        groups.append((str(head["kind"]), at, held))
    return tuple(groups)


def _polygons_of(coords: np.ndarray, rings: np.ndarray, polygons: np.ndarray, features: np.ndarray) -> Ragged:
    """Sound features: else GEOS would refuse short and open rings later, where nobody expects it."""
    fault = features_fault(coords, rings, polygons, features)
    if fault:
        raise ValueError(fault)
    return Ragged(coords, rings, polygons, features)


def _demand_places(at: np.ndarray, offsets: list[np.ndarray], count: int) -> None:
    if len(at) and (at[0] < 0 or at[-1] >= count or (at[1:] <= at[:-1]).any()):
        raise ValueError("place")
    if len(offsets[-1]) - 1 != len(at):
        raise ValueError("count")


def _demand_sound(coords: np.ndarray, offsets: list[np.ndarray]) -> None:
    if not np.isfinite(coords).all():
        raise ValueError("not finite")
    ends = len(coords)
    for offset in offsets:
        if len(offset) < 1 or offset[0] != 0 or offset[-1] != ends or (np.diff(offset) < 0).any():
            raise ValueError("offsets")
        ends = len(offset) - 1


def _single(geometries: np.ndarray) -> np.ndarray:
    alone = shapely.get_num_geometries(geometries) == 1
    geometries[alone] = shapely.get_geometry(geometries[alone], 0)
    return geometries


def issue_to_json(issue: Issue) -> list[Any]:
    """An issue as JSON."""
    return [issue.code, issue.place, [list(pair) for pair in issue.params]]


def issue_from_json(value: list[Any]) -> Issue:
    """The issue back."""
    code, place, params = value
    return Issue(str(code), str(place), tuple((str(name), str(text)) for name, text in params))


def error_to_json(error: SpatialHubError) -> dict[str, Any]:
    """A refusal as JSON: class, place, values."""
    params = {name: _value_to_json(value) for name, value in error.params.items()}
    return {"class": type(error).__name__, "place": error.place, "params": params}


def error_from_json(value: dict[str, Any]) -> SpatialHubError:
    """The refusal back; only classes of our family are built.

    Raises
    ------
    BrokenFrame
        The name is none of the family.
    """
    cls = getattr(errors, str(value.get("class")), None)
    if not (isinstance(cls, type) and issubclass(cls, SpatialHubError)):
        raise BrokenFrame(str(value.get("class")))
    params = {str(name): _value_from_json(one) for name, one in value["params"].items()}
    return cls(str(value["place"]), **params)


def _value_to_json(value: object) -> Any:
    if isinstance(value, Words):
        return {"words": value.code, "params": {name: _value_to_json(one) for name, one in value.params}}
    if isinstance(value, (tuple, list)):
        return [_value_to_json(one) for one in value]
    return value if isinstance(value, (int, bool)) else str(value)


def _value_from_json(value: Any) -> object:
    if isinstance(value, dict):
        return Words.of(str(value["words"]), **{name: _value_from_json(one) for name, one in value["params"].items()})
    if isinstance(value, list):
        return tuple(_value_from_json(one) for one in value)
    return value
