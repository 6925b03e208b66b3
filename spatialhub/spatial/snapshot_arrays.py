"""Many arrays in one file: written one after the other, read through one memory map."""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_ALIGNED = 64


class ArraysWriter:
    """Writes arrays at the end of a file; `described` tells of each its dtype, shape, offset and SHA-256."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.described: dict[str, dict[str, Any]] = {}

    def put(self, name: str, array: np.ndarray) -> None:
        """Write one array."""
        self.stream(name, array.dtype, array.shape[1:], [array])

    def stream(self, name: str, dtype: np.dtype | type, tail: tuple[int, ...], pieces: Iterable[np.ndarray]) -> None:
        """Write one array, given in pieces along its first axis; `tail` are the lengths of its other axes."""
        offset = -(-self._file.tell() // _ALIGNED) * _ALIGNED
        self._file.write(b"\0" * (offset - self._file.tell()))
        digest, count = hashlib.sha256(), 0
        for piece in pieces:
            content = np.ascontiguousarray(piece, dtype).reshape(-1).view(np.uint8).data
            self._file.write(content)
            digest.update(content)
            count += len(piece)
        shape = [count, *tail]
        facts = {"dtype": np.dtype(dtype).name, "shape": shape, "offset": offset, "sha256": digest.hexdigest()}
        self.described[name] = facts

    def close(self) -> int:
        """Flush to disk; returns the size of the file in bytes."""
        size = self._file.tell()
        sync_and_close(self._file)
        return size

    def abandon(self) -> None:
        """Close what nobody wants any more."""
        self._file.close()


class Arrays:
    """The arrays of a file, as read-only views into its memory map, made when first asked for."""

    def __init__(self, path: Path | str, described: Mapping[str, Mapping[str, Any]]) -> None:
        self._described = described
        self._views: dict[str, np.ndarray] = {}
        with open(path, "rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __getitem__(self, name: str) -> np.ndarray:
        view = self._views.get(name)
        if view is None:
            facts = self._described[name]
            count = int(np.prod(facts["shape"], dtype=np.int64))
            view = np.frombuffer(self._map, facts["dtype"], count, facts["offset"]).reshape(facts["shape"])
            self._views[name] = view
        return view

    def __contains__(self, name: str) -> bool:
        return name in self._described

    def damaged(self) -> str | None:
        """Hash every array; returns the name of the first that is not what was written, None if all are."""
        for name, facts in self._described.items():
            if hashlib.sha256(self[name].reshape(-1).view(np.uint8).data).hexdigest() != facts["sha256"]:
                return name
        return None


class Spool:
    """A growing array on disk: appended while features stream by, read through a memory map in the end."""

    def __init__(self, path: Path, dtype: np.dtype | type) -> None:
        self._path, self._dtype = path, np.dtype(dtype)
        self._file = path.open("wb", buffering=1 << 20)

    def append(self, values: np.ndarray) -> None:
        """Write values (any shape) at the end."""
        self._file.write(np.ascontiguousarray(values, self._dtype).reshape(-1).view(np.uint8).data)

    def read(self) -> np.ndarray:
        """All values (n,), not in memory but mapped. Nothing can be appended after."""
        self._file.close()
        if not self._path.stat().st_size:
            return np.zeros(0, self._dtype)
        return np.memmap(self._path, self._dtype, mode="r").view(np.ndarray)

    def close(self) -> None:
        """Close without reading."""
        self._file.close()


def ends(counts: np.ndarray) -> np.ndarray:
    """Where runs of these lengths begin, and where the last ends: int64 (n + 1,) from 0."""
    found = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=found[1:])
    return found


def sync_and_close(file: Any) -> None:
    """Flush a file to disk and close it."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
