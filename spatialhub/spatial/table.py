"""Columns of many features without a Python object per value: texts and numbers as flat arrays that read as sequences.

Between a reader and a snapshot a column is a `Texts`, a `Numbers` or a plain list; whoever does not know the first two
meets ordinary sequences of `str`, `int`, `float`, `bool` and None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, overload

import numpy as np

# Bytes with which a text can begin or end that `str.strip` would shorten: ASCII blanks and the lead bytes of others.
_ASCII_BLANKS = np.zeros(256, bool)
_ASCII_BLANKS[[*range(9, 14), *range(28, 33)]] = True
_LEADS_OF_BLANKS = _ASCII_BLANKS.copy()
_LEADS_OF_BLANKS[[0xC2, 0xE1, 0xE2, 0xE3]] = True


@dataclass(frozen=True, eq=False)
class Texts(Sequence):
    """UTF-8 texts: value i is `data[offsets[i]:offsets[i + 1]]`, or None where `null[i]` (then no byte).

    `offsets` int64 (n + 1,) from 0; `data` uint8; `null` bool (n,).
    """

    offsets: np.ndarray
    data: np.ndarray
    null: np.ndarray

    @classmethod
    def of(cls, values: Sequence[str | None]) -> Texts:
        """Texts of Python strings and None; what UTF-8 cannot hold is replaced."""
        blobs = [b"" if value is None else value.encode("utf-8", "replace") for value in values]
        null = np.fromiter((value is None for value in values), bool, len(blobs))
        offsets = np.zeros(len(blobs) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, blobs), np.int64, len(blobs)), out=offsets[1:])
        return cls(offsets, np.frombuffer(b"".join(blobs), np.uint8), null)

    @classmethod
    def nulls(cls, count: int) -> Texts:
        """As many nulls."""
        return cls(np.zeros(count + 1, np.int64), np.zeros(0, np.uint8), np.ones(count, bool))

    def demand_sound(self) -> None:
        """Check offsets and bytes that came from outside.

        Raises
        ------
        ValueError
            Offsets do not fit, a null has bytes, or a value is no UTF-8 (UnicodeDecodeError).
        """
        ends, lengths = self.offsets, self.lengths
        if len(ends) != len(self.null) + 1 or ends[0] != 0 or ends[-1] != len(self.data) or (lengths < 0).any():
            raise ValueError("offsets of texts")
        if lengths[self.null].any():
            raise ValueError("bytes of a null")
        self.data.tobytes().decode("utf-8")
        if ((self.data[ends[:-1][lengths > 0]] & 0xC0) == 0x80).any():
            raise UnicodeDecodeError("utf-8", b"", 0, 1, "value begins within a character")

    @property
    def lengths(self) -> np.ndarray:
        """Bytes of each text, int64 (n,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.null)

    @overload
    def __getitem__(self, at: int) -> str | None: ...
    @overload
    def __getitem__(self, at: slice) -> list[str | None]: ...
    def __getitem__(self, at):
        if isinstance(at, slice):
            return self.to_list()[at]
        at = range(len(self))[at]
        if self.null[at]:
            return None
        return self.data[self.offsets[at] : self.offsets[at + 1]].tobytes().decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str | None]:
        return iter(self.to_list())

    def to_list(self) -> list[str | None]:
        """The values as Python strings and None."""
        data, ends = self.data.tobytes(), self.offsets.tolist()
        if data.isascii():
            text = data.decode("ascii")
            found: list[str | None] = [text[a:b] for a, b in pairwise(ends)]
        else:
            found = [data[a:b].decode("utf-8", "replace") for a, b in pairwise(ends)]
        for at in np.flatnonzero(self.null).tolist():
            found[at] = None
        return found

    def take(self, at: np.ndarray) -> Texts:
        """The texts at ascending or any positions (int), or where a mask (bool) is true."""
        at = np.flatnonzero(at) if at.dtype == bool else at
        lengths = self.lengths[at]
        offsets = np.zeros(len(at) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        source = np.repeat(self.offsets[at] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return Texts(offsets, self.data[source], self.null[at])

    def stripped(self) -> Texts:
        """The texts without blanks at their ends; what is then empty is null."""
        lengths = self.lengths
        full = np.flatnonzero(lengths)
        if (_LEADS_OF_BLANKS[self.data[self.offsets[full]]] | self._may_end_blank(full)).any():
            texts = [None if text is None else text.strip() or None for text in self.to_list()]
            return Texts.of(texts)
        return Texts(self.offsets, self.data, self.null | (lengths == 0))

    def _may_end_blank(self, full: np.ndarray) -> np.ndarray:
        """Whether texts (that are not empty) may end with a blank: its last byte, or the lead byte of its last sign."""
        ends = self.offsets[full + 1]
        last = self.data[ends - 1]
        second = self.data[np.maximum(ends - 2, 0)]
        third = self.data[np.maximum(ends - 3, 0)]
        wide = (last >= 0x80) & ((second == 0xC2) | ((third >= 0xE1) & (third <= 0xE3)))
        return _ASCII_BLANKS[last] | wide


@dataclass(frozen=True, eq=False)
class Numbers(Sequence):
    """Numbers of one type: `values` float64, int64 or bool (n,); `null` bool (n,) where there is none."""

    values: np.ndarray
    null: np.ndarray

    def __len__(self) -> int:
        return len(self.null)

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at):
        if isinstance(at, slice):
            return self.to_list()[at]
        return None if self.null[at] else self.values[at].item()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.to_list())

    def to_list(self) -> list[Any]:
        """The values as Python numbers and None."""
        found = self.values.tolist()
        for at in np.flatnonzero(self.null).tolist():
            found[at] = None
        return found

    def take(self, at: np.ndarray) -> Numbers:
        """The numbers at positions (int), or where a mask (bool) is true."""
        return Numbers(self.values[at], self.null[at])


Column = Texts | Numbers | list


def taken(column: Column | Sequence, at: np.ndarray) -> Column:
    """The values of a column at positions (int64) or where a mask (bool) is true."""
    if isinstance(column, (Texts, Numbers)):
        return column.take(at)
    return [column[i] for i in (np.flatnonzero(at) if at.dtype == bool else at).tolist()]
