"""The journal of a batch: what it was begun with, then a line for every site that is done; only ever added to.

A line is the SHA-256 of its JSON, a space, the JSON. Killed at any moment a batch loses at most a line that was being
written; that one is cut off and its site done again. A line that is wrong anywhere else is damage, and refused.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spatialhub.errors import BatchChanged, BatchDamaged, BatchRunning, OutputError
from spatialhub.messages import Words
from spatialhub.messages.system import told

NAME = "journal.log"
_SYNC_S = 1.0  # a crash of the machine loses at most what was done in this time


class Journal:
    """An open journal; a context manager. `rows` are the last lines of all sites so far, by number."""

    def __init__(self, handle: int, path: Path, rows: dict[int, dict[str, Any]]) -> None:
        self._handle = handle
        self._path = path
        self._synced = time.monotonic()
        self.rows = rows

    @classmethod
    def open(cls, folder: Path, terms: Mapping[str, Any], *, fresh: bool = False) -> Journal:
        """Open the journal of a folder, or begin it; with `fresh`, begin it anew.

        Raises
        ------
        BatchChanged
            It was begun under other terms; `changed` names them.
        BatchDamaged
            A line before the last is not what was written.
        BatchRunning
            Another process has it open.
        OutputError
            The folder cannot be written to.
        """
        path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise OutputError(str(path), reason=told(error)) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if fresh:
                os.ftruncate(handle, 0)
            values, end = _read(path)
            os.ftruncate(handle, end)
            os.lseek(handle, end, os.SEEK_SET)
            journal = cls(handle, path, {row["number"]: row for row in values[1:]})
            if values:
                _demand_same(values[0], terms, folder)
            else:
                journal._write(_text(terms))
                journal._sync()
        except BlockingIOError:
            os.close(handle)
            raise BatchRunning(str(path)) from None
        except BaseException:
            os.close(handle)
            raise
        return journal

    def add(self, row: dict[str, Any], text: bytes = b"") -> None:
        """Write a row down; once this returns a kill of the process does not lose it. `text`: the row as JSON, where
        it is at hand."""
        self._write(text or _text(row))
        self.rows[row["number"]] = row
        if time.monotonic() - self._synced > _SYNC_S:
            self._sync()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._sync()
        os.close(self._handle)

    def _write(self, text: bytes) -> None:
        data = memoryview(hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n")
        try:
            while data:
                data = data[os.write(self._handle, data) :]
        except OSError as error:
            raise OutputError(str(self._path), reason=told(error)) from None

    def _sync(self) -> None:
        os.fsync(self._handle)
        self._synced = time.monotonic()


def terms_of(folder: Path) -> dict[str, Any] | None:
    """What the batch in a folder was begun with; None where there is none."""
    try:
        with (folder / NAME).open("rb") as file:
            return _value(file.readline())
    except OSError:
        return None


def _text(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _value(line: bytes) -> dict[str, Any] | None:
    """What a line says; None where it is not what was written."""
    sha256, _, text = line[:-1].partition(b" ")
    if not line.endswith(b"\n") or hashlib.sha256(text).hexdigest().encode() != sha256:
        return None
    return json.loads(text)


def _read(path: Path) -> tuple[list[dict[str, Any]], int]:
    """Values of the lines, and where the last sound one ends; what is torn at the end is left out."""
    values: list[dict[str, Any]] = []
    end, torn = 0, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            value = _value(line)
            if value is None:
                torn = torn or number
            elif torn:
                raise BatchDamaged(str(path), line=torn)
            else:
                values.append(value)
                end += len(line)
    return values, end


def _demand_same(before: Mapping[str, Any], now: Mapping[str, Any], folder: Path) -> None:
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if changed:
        raise BatchChanged(str(folder), changed=tuple(Words.of(f"batch_term_{name}") for name in changed))
