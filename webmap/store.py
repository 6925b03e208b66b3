"""Results of checks on disk, under SPATIALHUB_HOME/results: a folder per result, named by the hash of its JSON.

They serve downloads and reloads; the record of a case is another matter and comes with cases. The oldest go first,
beyond 200 results or 2 GiB.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spatialhub.errors import UnknownResult

KEPT = 200
BYTES_KEPT = 2 * 2**30
_KEY = re.compile(r"[0-9a-f]{32}")
JSON = "check.json"
GEOJSON = "check.geojson"
SUGGESTION = "suggestion.geojson"
MAP = "map.html"
PANEL = "panel.json"  # not handed out
PAPERS = {form: f"report.{form}" for form in ("docx", "pdf", "xlsx", "gpkg")}  # made when first asked for
FILES = frozenset({JSON, GEOJSON, SUGGESTION, MAP, PANEL, *PAPERS.values()})


def key_of(text: str) -> str:
    """The key under which a result of this JSON is kept."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ResultStore:
    """The folder of results."""

    folder: Path

    def put(self, documents: Mapping[str, str]) -> str:
        """Keep the documents of a result (file name → text) and return its key; the same JSON has the same key."""
        key = key_of(documents[JSON])
        self.folder.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=self.folder))
        for name, text in documents.items():
            (building / name).write_text(text, "utf-8")
        try:
            os.rename(building, self.folder / key)
        except OSError:  # kept before
            shutil.rmtree(building)
        self._sweep()
        return key

    def add(self, key: str, name: str, content: bytes) -> None:
        """Keep a further file of a result; it appears whole or not at all.

        Raises
        ------
        UnknownResult
            There is none of this key (any more), or results keep no file of this name.
        """
        self.path(key, JSON)
        if name not in FILES:
            raise UnknownResult(key[:40])
        handle, draft = tempfile.mkstemp(prefix=".writing-", dir=self.folder / key)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(draft, self.folder / key / name)

    def document(self, key: str) -> dict:
        """Return a result's JSON.

        Raises
        ------
        UnknownResult
            There is none of this key (any more).
        """
        return json.loads(self.path(key, JSON).read_text("utf-8"))

    def has(self, key: str, name: str) -> bool:
        """Whether a file of a result is there."""
        return bool(_KEY.fullmatch(key)) and name in FILES and (self.folder / key / name).is_file()

    def path(self, key: str, name: str) -> Path:
        """Return the path of a result's file; raises UnknownResult where there is none."""
        if not self.has(key, name):
            raise UnknownResult(key[:40])
        return self.folder / key / name

    def _sweep(self) -> None:
        kept = sorted(
            (path for path in self.folder.iterdir() if _KEY.fullmatch(path.name)), key=lambda path: path.stat().st_mtime
        )
        sizes = [sum(file.stat().st_size for file in path.iterdir()) for path in kept]
        while len(kept) > 1 and (len(kept) > KEPT or sum(sizes) > BYTES_KEPT):
            shutil.rmtree(kept.pop(0), ignore_errors=True)
            sizes.pop(0)
