"""Where each key of a TOML text stands: path of keys and indices → line, counted from 1.

`tomllib` forgets lines; an error that names the place needs them. The text must have passed `tomllib` before.
"""

from __future__ import annotations

import re
from bisect import bisect_left

Path = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED = re.compile(r'"""(?:\\.|[^\\])*?"""(?!")|\'\'\'.*?\'\'\'(?!\')|"(?:\\.|[^"\\])*"|\'[^\']*\'', re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\n#]+")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)+")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line of every table, array item and key of a valid TOML text."""
    return _Scanner(text).scan()


class _Scanner:
    """Walk a valid TOML text once, noting where keys begin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line_ends = [match.start() for match in re.finditer("\n", text)]
        self.found: dict[Path, int] = {}
        self.last_index: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip_blank():
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.found

    def _skip_blank(self) -> bool:
        blank = _BLANK.match(self.text, self.at)
        if blank:
            self.at = blank.end()
        return self.at < len(self.text)

    def _note(self, path: Path) -> None:
        self.found.setdefault(path, bisect_left(self.line_ends, self.at) + 1)

    def _header(self) -> Path:
        start, many = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        keys = self._keys()
        self.at = self.text.index("]", self.at) + (2 if many else 1)
        path = self._resolve(keys[:-1]) + keys[-1:] if many else self._resolve(keys)
        if many:
            self.last_index[path] = self.last_index.get(path, -1) + 1
            path = (*path, self.last_index[path])
        end, self.at = self.at, start
        self._note(path)
        self.at = end
        return path

    def _resolve(self, keys: Path) -> Path:
        """Follow a header's keys through arrays of tables: `[rule.note]` belongs to the last `[[rule]]`."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self.last_index:
                path = (*path, self.last_index[path])
        return path

    def _keys(self) -> Path:
        keys: list[str | int] = []
        while True:
            self._skip_blank()
            part = _QUOTED.match(self.text, self.at) or _BARE_KEY.match(self.text, self.at)
            assert part is not None
            keys.append(part.group().strip("\"'"))
            self.at = part.end()
            self._skip_blank()
            if self.text[self.at] != ".":
                return tuple(keys)
            self.at += 1

    def _pair(self, table: Path) -> None:
        start = self.at
        path = table + self._keys()
        end, self.at = self.at, start
        self._note(path)
        self.at = end + 1
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip_blank()
        first = self.text[self.at]
        if first in "[{":
            self.at += 1
            self._items(path, array=first == "[")
            return
        value = _QUOTED.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
        assert value is not None
        self.at = value.end()

    def _items(self, path: Path, *, array: bool) -> None:
        index = 0
        while self._skip_blank() and self.text[self.at] not in "]}":
            if self.text[self.at] == ",":
                self.at += 1
            elif array:
                self._note((*path, index))
                self._value((*path, index))
                index += 1
            else:
                self._pair(path)
        self.at += 1
