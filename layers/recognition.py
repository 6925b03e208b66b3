"""Telling by its name which layer a table is: national table names and their aliases (check.md §3).

A name found inside another found one does not count: 永久基本农田 is not also 基本农田, and JBNTTB not in YJJBNTTB.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from spatialhub.catalogue import Catalogue
from spatialhub.spatial.model import Issue

# Tables of the national databases that hold nothing a site could overlap.
NOT_LAYERS = {"XZQJX": "行政区界线", "meta_VectorData": "矢量数据元数据"}


def keys_of(name: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Keys of the layers whose table names stand in a table's or file's name, in catalogue order.

    Names of Latin letters must stand alone ("410100DLTB2019.shp" is DLTB, "XZQJX" is not XZQ); Chinese ones may stand
    anywhere. More than one key: the name does not tell.
    """
    spans = [(begin, end, key) for key, tables in _tables(catalogue) for begin, end in _spans(name, tables)]
    outermost = {
        key
        for begin, end, key in spans
        if not any(b <= begin and end <= e and (b, e) != (begin, end) for b, e, _ in spans)
    }
    return tuple(key for key in catalogue.entries if key in outermost)


def chosen_table(choices: Iterable[str], key: str, catalogue: Catalogue) -> str | None:
    """The one table among `choices` that is of this layer; None where none or several are."""
    own = [name for name in choices if keys_of(name, catalogue) == (key,)]
    return own[0] if len(own) == 1 else None


def table_issue(name: str, key: str, catalogue: Catalogue) -> Issue | None:
    """What a steward must know before releasing: a table whose name is that of another layer, or of none."""
    for table, title in NOT_LAYERS.items():
        if any(_spans(name, (table, title))):
            return Issue.of("table_is_no_layer", name, table=table, title=title)
    found = keys_of(name, catalogue)
    if not found or key in found:
        return None
    other = "、".join(catalogue.entry(row).title_zh for row in found)
    return Issue.of("table_of_other_layer", name, layer=catalogue.entry(key).title_zh, other=other)


def _tables(catalogue: Catalogue) -> list[tuple[str, tuple[str, ...]]]:
    return [*((entry.key, entry.tables) for entry in catalogue.entries.values())]


def _spans(name: str, tables: Iterable[str]) -> list[tuple[int, int]]:
    return [match.span() for table in tables for match in re.finditer(_pattern(table), name, re.IGNORECASE)]


def _pattern(table: str) -> str:
    quoted = re.escape(table)
    return rf"(?<![A-Za-z]){quoted}(?![A-Za-z])" if table.isascii() else quoted
