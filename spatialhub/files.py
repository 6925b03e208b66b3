"""Files named by the SHA-256 of their content, under SPATIALHUB_HOME/files. Written once, never changed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

WRITING = ".writing-"  # how the name of a copy begins that is not yet whole


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder of files; `ab/cdef…` holds the content whose hash begins with `abcdef`."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Where a content lies, whether it is there or not."""
        return self.folder / sha256[:2] / sha256[2:]

    def __contains__(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def put(self, source: Path) -> str:
        """Copy a file in and return the hash of what was copied; a content that is there already is left alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=WRITING, dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as copy, source.open("rb") as original:
                sha256 = _copy(original, copy)
                copy.flush()
                os.fsync(copy.fileno())
            target = self.path(sha256)
            if target.is_file():
                os.unlink(name)
                return sha256
            target.parent.mkdir(exist_ok=True)
            os.chmod(name, 0o444)
            os.rename(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return sha256

    def remove(self, sha256: str) -> None:
        """Take a content out: only for one that no row refers to."""
        self.path(sha256).unlink(missing_ok=True)


def _copy(source: BinaryIO, target: BinaryIO) -> str:
    """Copy to the end, hashing on the way: one pass, and the hash is that of what was written."""
    digest = hashlib.sha256()
    while block := source.read(1 << 20):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
