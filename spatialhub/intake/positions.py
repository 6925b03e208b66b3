"""Coordinates written as text with separators (KML, GML) → arrays; every one a finite number, every ring closed."""

from __future__ import annotations

import re

import numpy as np

from spatialhub.errors import BrokenFile
from spatialhub.messages import Words
from spatialhub.spatial.model import Issue

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def numbers(words: list[str], place: str) -> np.ndarray:
    """Numbers (float64, (n,)) of their texts.

    Raises
    ------
    BrokenFile
        A text is no finite number; NaN and Infinity are none.
    """
    for word in words:
        if not _NUMBER.fullmatch(word):
            raise BrokenFile(place, reason=Words.of("broken_position", text=word[:40] or "—"))
    values = np.array(words, float) if words else np.zeros(0)
    if not np.isfinite(values).all():
        raise BrokenFile(place, reason=Words.of("broken_position", text="1e999"))
    return values


def tuples(text: str, place: str) -> np.ndarray:
    """Positions (float64, (n, 2)) of `a,b[,c] a,b[,c] …`; heights are left out."""
    rows = [row.split(",") for row in re.sub(r"\s*,\s*", ",", text).split()]
    odd = next((row for row in rows if not 2 <= len(row) <= 3), None)
    if odd is not None:
        raise BrokenFile(place, reason=Words.of("broken_position", text=",".join(odd)[:40]))
    return numbers([word for row in rows for word in row[:2]], place).reshape(-1, 2)


def ring(coords: np.ndarray, place: str, issues: list[Issue]) -> np.ndarray:
    """A closed ring of at least four positions; one left open is closed, and that is said.

    Raises
    ------
    BrokenFile
        Fewer than three different positions.
    """
    if len(coords) and not (coords[0] == coords[-1]).all():
        coords = np.concatenate([coords, coords[:1]])
        issues.append(Issue.of("rings_closed", place))
    if len(coords) < 4:
        raise BrokenFile(place, reason=Words.of("broken_ring_short", count=len(coords)))
    return coords
