"""Attribute columns of a snapshot: spooled while features stream by, written once their kind is known, read by id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np

from spatialhub.spatial._kernels import TextCodes
from spatialhub.spatial.snapshot_arrays import Arrays, ArraysWriter, Spool, ends
from spatialhub.spatial.snapshot_format import ColumnKind
from spatialhub.spatial.table import Numbers, Texts

# A text column is kept as codes when it has few different values: at most so many, and each in use four times.
_MOST_WORDS = 4096
_FEW_WORDS = 64
_ROWS_AT_ONCE = 131_072
_TRUTH = {"True": 1.0, "False": 0.0}


class ColumnSpool:
    """One column of a snapshot in the making. Values may come as text in one chunk and as numbers in the next."""

    def __init__(self, folder: Path, name: str) -> None:
        self._stem = folder / name
        self._runs: list[tuple[str, int]] = []  # what came, in which order: "text" or a dtype, and how many
        self._spools: dict[str, Spool] = {}

    def add(self, values: Sequence | np.ndarray) -> None:
        """Append a chunk: `Texts`, `Numbers`, an array of numbers, or any sequence of values and None."""
        if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
            values = Numbers(values, np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool))
        if isinstance(values, Numbers):
            self._add_numbers(values)
        else:
            self._add_texts(values if isinstance(values, Texts) else _texts(values))

    def close(self) -> None:
        """Close the spools."""
        for spool in self._spools.values():
            spool.close()

    def write(self, writer: ArraysWriter, stem: str, kind: ColumnKind) -> None:
        """Write the column as the arrays `stem`.…; raises ValueError where a text is no number."""
        if kind == "number":
            writer.stream(f"{stem}.values", np.float64, (), self._numbers())
            return
        texts = self.texts()
        coded = _coded(texts)
        if coded is None:
            writer.put(f"{stem}.starts", texts.offsets)
            writer.put(f"{stem}.bytes", texts.data)
            writer.put(f"{stem}.null", np.packbits(texts.null))
            return
        codes, words = coded
        writer.put(f"{stem}.codes", codes)
        writer.put(f"{stem}.words", np.frombuffer(b"".join(words), np.uint8))
        writer.put(f"{stem}.word_starts", ends(np.array([len(word) for word in words], np.int64)))

    def texts(self) -> Texts:
        """Return the whole column as texts, its bytes mapped from disk."""
        if any(source != "text" for source, _ in self._runs):
            self._rewrite_as_text()
        lengths, data = self._read("lengths", np.int64), self._read("bytes", np.uint8)
        return Texts(ends(np.maximum(lengths, 0)), data, lengths < 0)

    def _add_texts(self, texts: Texts) -> None:
        self._came("text", len(texts))
        self._spool("lengths", np.int64).append(np.where(texts.null, -1, texts.lengths))
        self._spool("bytes", np.uint8).append(texts.data[texts.offsets[0] : texts.offsets[-1]])

    def _add_numbers(self, numbers: Numbers) -> None:
        if numbers.values.dtype.kind == "f":
            self._came("float64", len(numbers))
            self._spool("float64", np.float64).append(np.where(numbers.null, np.nan, numbers.values))
        elif numbers.null.any():  # whole numbers have no NaN
            self._add_texts(_texts(numbers.to_list()))
        else:
            source = "bool" if numbers.values.dtype.kind == "b" else "int64"
            self._came(source, len(numbers))
            self._spool(source, source).append(numbers.values)

    def _came(self, source: str, count: int) -> None:
        if self._runs and self._runs[-1][0] == source:
            count += self._runs.pop()[1]
        if count:
            self._runs.append((source, count))

    def _spool(self, name: str, dtype: type | str) -> Spool:
        if name not in self._spools:
            self._spools[name] = Spool(self._stem.with_suffix(f".{name}"), np.dtype(dtype))
        return self._spools[name]

    def _read(self, name: str, dtype: type) -> np.ndarray:
        return self._spools[name].read() if name in self._spools else np.zeros(0, dtype)

    def _numbers(self) -> Iterator[np.ndarray]:
        for piece in self._pieces():
            yield np.array(list(map(_number, piece)), np.float64) if isinstance(piece, Texts) else piece

    def _pieces(self) -> Iterator[Texts | np.ndarray]:
        """The values in the order they came, some 100,000 at once: texts or arrays of numbers."""
        lengths, data = self._read("lengths", np.int64), self._read("bytes", np.uint8)
        arrays = {name: spool.read() for name, spool in self._spools.items() if name not in ("lengths", "bytes")}
        used = dict.fromkeys(["text", *arrays], 0)
        byte = 0
        for source, count in self._runs:
            for start in range(used[source], used[source] + count, _ROWS_AT_ONCE):
                stop = min(start + _ROWS_AT_ONCE, used[source] + count)
                if source != "text":
                    yield arrays[source][start:stop]
                    continue
                own = lengths[start:stop]
                offsets = ends(np.maximum(own, 0))
                yield Texts(offsets, data[byte : byte + offsets[-1]], own < 0)
                byte += int(offsets[-1])
            used[source] += count

    def _rewrite_as_text(self) -> None:
        """Numbers met before or after texts: all become texts, each as Python writes it."""
        other = ColumnSpool(self._stem.parent, f"{self._stem.name}-text")
        for piece in self._pieces():
            other.add(piece if isinstance(piece, Texts) else _texts(_python_values(piece)))
        self._runs, self._spools = other._runs, other._spools


def open_column(arrays: Arrays, stem: str) -> Column:
    """The column `stem`, its dictionary read once."""
    if f"{stem}.values" in arrays:
        return NumberColumn(arrays[f"{stem}.values"])
    if f"{stem}.codes" in arrays:
        return CodedColumn(arrays[f"{stem}.codes"], _words(arrays, stem))
    return TextColumn(arrays[f"{stem}.starts"], arrays[f"{stem}.bytes"], arrays[f"{stem}.null"])


def read_column(arrays: Arrays, stem: str, ids: np.ndarray) -> list:
    """Values of features (ids int64) in the column `stem`; None where null."""
    return open_column(arrays, stem).read(ids.tolist())


class Column(Protocol):
    """A column opened for reading, feature by feature: a site asks for a few."""

    def read(self, ids: Sequence[int]) -> list:
        """Values of features; None where null."""
        ...


class NumberColumn:
    """Numbers, NaN where null."""

    def __init__(self, values: np.ndarray) -> None:
        self._values = values.data

    def read(self, ids: Sequence[int]) -> list:
        """See `Column.read`."""
        values = self._values
        return [value if (value := values[id]) == value else None for id in ids]


class CodedColumn:
    """Few different texts: `words` by the codes int32 (features,)."""

    def __init__(self, codes: np.ndarray, words: tuple[str | None, ...]) -> None:
        self.codes, self.words = codes, words
        self._codes = codes.data

    def read(self, ids: Sequence[int]) -> list:
        """See `Column.read`."""
        codes, words = self._codes, self.words
        return [words[codes[id]] for id in ids]


class TextColumn:
    """Texts where they lie; `null` a bit a feature."""

    def __init__(self, starts: np.ndarray, data: np.ndarray, null: np.ndarray) -> None:
        self._starts, self._data, self._null = starts.data, data.data, null.data

    def read(self, ids: Sequence[int]) -> list:
        """See `Column.read`."""
        starts, data, null = self._starts, self._data, self._null
        return [
            None if null[id >> 3] & 0x80 >> (id & 7) else data[starts[id] : starts[id + 1]].tobytes().decode()
            for id in ids
        ]


def _words(arrays: Arrays, stem: str) -> tuple[str | None, ...]:
    """The dictionary of a coded text column; code 0 is null."""
    data, starts = arrays[f"{stem}.words"].tobytes(), arrays[f"{stem}.word_starts"].tolist()
    return (None, *(data[a:b].decode() for a, b in pairwise(starts)))


def _coded(texts: Texts) -> tuple[np.ndarray, list[bytes]] | None:
    """Codes and words in the order of their bytes; None where there are too many different ones."""
    coder = TextCodes(_MOST_WORDS)
    codes = []
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        codes.append(coder.add(texts.offsets[start : start + _ROWS_AT_ONCE + 1], texts.data, texts.null[part]))
        if coder.overflowed:
            return None
    words = coder.values
    if len(words) > max(_FEW_WORDS, len(texts) // 4):
        return None
    order = sorted(range(len(words)), key=words.__getitem__)
    ranks = np.zeros(len(words) + 1, np.int32)  # the last: code -1, null
    ranks[order] = np.arange(1, len(words) + 1)
    return ranks[np.concatenate(codes) if codes else np.zeros(0, np.int32)], [words[i] for i in order]


def _texts(values: Sequence | np.ndarray) -> Texts:
    return Texts.of([value if value is None or isinstance(value, str) else str(value) for value in values])


def _python_values(numbers: np.ndarray) -> list:
    return [None if value != value else value for value in numbers.tolist()]


def _number(text: str | None) -> float:
    if text is None:
        return np.nan
    return _TRUTH[text] if text in _TRUTH else float(text)
