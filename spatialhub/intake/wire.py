"""What passes between a contained reader and its caller: frames of JSON and flat arrays; nothing that runs or nests.

Geometries travel as coordinates and offsets (ragged arrays), so that no parser that recurses ever sees what a reader
sends: a reader taken over by a hostile file can lie about shapes, and nothing more.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
import shapely

from spatialhub import errors
from spatialhub.errors import SpatialHubError
from spatialhub.messages import Words
from spatialhub.spatial.model import Issue

_HEAD = struct.Struct("<QQ")
MOST_BYTES = 2**31  # of one frame; a site's are far smaller
_KINDS = {"polygon": shapely.GeometryType.MULTIPOLYGON, "line": shapely.GeometryType.MULTILINESTRING}


class BrokenFrame(Exception):
    """The reader sent what no reader of ours sends, or ended in the middle of a frame."""


def write(stream: BinaryIO, head: Mapping[str, Any], blob: bytes = b"") -> None:
    """Write one frame and flush."""
    text = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
    stream.write(_HEAD.pack(len(text), len(blob)))
    stream.write(text)
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
    """Geometries (n,), all polygonal or linear, as groups {kind, at, sizes} and the bytes of their arrays."""
    groups, blobs = [], []
    dimensions = shapely.get_dimensions(geometries)
    for kind, dimension in (("polygon", 2), ("line", 1)):
        at = np.flatnonzero(dimensions == dimension)
        if not len(at):
            continue
        multi = shapely.multipolygons if kind == "polygon" else shapely.multilinestrings
        whole = np.array([multi(shapely.get_parts(one)) for one in geometries[at]], object)
        _, coords, offsets = shapely.to_ragged_array(whole, include_z=False)
        arrays = [at.astype(np.int64), np.ascontiguousarray(coords, np.float64)]
        arrays += [np.asarray(offset, np.int64) for offset in offsets]
        groups.append({"kind": kind, "sizes": [array.size for array in arrays]})
        blobs += [array.tobytes() for array in arrays]
    return groups, b"".join(blobs)


def geometries_of(head: dict[str, Any], blob: bytes) -> np.ndarray:
    """Geometries of a `chunk` (as many as it has places and values) or an `end` (holes); none of any other frame.

    Raises
    ------
    BrokenFrame
        Counts do not fit.
    """
    try:
        if head.get("kind") == "end":
            return unpack(head["groups"], blob, int(head["holes"]))
        if head.get("kind") != "chunk":
            return np.zeros(0, object)
        count = int(head["count"])
        if {len(head["places"]), *(len(values) for values in head["attributes"].values())} != {count}:
            raise BrokenFrame("columns")
        geometries = unpack(head["groups"], blob, count)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenFrame(str(error)) from None
    if any(one is None for one in geometries):
        raise BrokenFrame("geometry missing")
    return geometries


def unpack(groups: list[dict[str, Any]], blob: bytes, count: int) -> np.ndarray:
    """Geometries (count,) of `pack`; single polygons and lines come back as such.

    Raises
    ------
    BrokenFrame
        Sizes or offsets do not fit.
    """
    geometries = np.full(count, None, object)
    start = 0
    for group in groups:
        try:
            arrays, start = _arrays(group, blob, start)
            at, coords, *offsets = arrays
            _demand_sound(at, coords.reshape(-1, 2), offsets, count)
            built = shapely.from_ragged_array(_KINDS[group["kind"]], coords.reshape(-1, 2), tuple(offsets))
        except (KeyError, TypeError, ValueError, IndexError, shapely.errors.ShapelyError) as error:
            raise BrokenFrame(str(error)) from None
        geometries[at] = _single(built)
    return geometries


def _arrays(group: dict[str, Any], blob: bytes, start: int) -> tuple[list[np.ndarray], int]:
    arrays = []
    for number, size in enumerate(group["sizes"]):
        kind = np.float64 if number == 1 else np.int64
        if not isinstance(size, int) or size < 0:
            raise ValueError("size")
        arrays.append(np.frombuffer(blob, kind, size, start))
        start += size * 8
    return arrays, start


def _demand_sound(at: np.ndarray, coords: np.ndarray, offsets: list[np.ndarray], count: int) -> None:
    if len(at) and (at.min() < 0 or at.max() >= count):
        raise ValueError("place")
    if not np.isfinite(coords).all():
        raise ValueError("not finite")
    ends = len(coords)
    for offset in offsets:
        if len(offset) < 1 or offset[0] != 0 or offset[-1] != ends or (np.diff(offset) < 0).any():
            raise ValueError("offsets")
        ends = len(offset) - 1
    if ends != len(at):
        raise ValueError("count")


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
