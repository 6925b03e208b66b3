"""A map picture's sheet: the window with what was drawn, title, arrow, bar, legend and remarks; and its way to PNG."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typst
from shapely import Geometry

from spatialhub.report.context import DrawnLayer
from spatialhub.report.paper import svg
from spatialhub.report.paper.context import plane_words, synthetic_mark
from spatialhub.report.paper.fonts import FontChoice
from spatialhub.report.paper.svg import Frame

WIDTH, HEIGHT = 1560, 1300  # of the map window, in tenths of a millimetre
PPI = 200
_MOST_KEYS = 24
_ROW = 52
_PIECES = re.compile(r"[!-~]+|.", re.DOTALL)


@dataclass(frozen=True)
class MapData:
    """What lies around a site: features cut to the map window, and the city's outline with its districts, all in the
    plane. Empty where the versions checked against are no longer kept here: the maps then say so."""

    layers: Sequence[DrawnLayer] = ()
    outline: Geometry | None = None
    districts: Sequence[DrawnLayer] = ()
    missing: Sequence[str] = ()


@dataclass
class Sheet:
    """A map under way: shapes from the bottom up, legend keys (a small picture and its words), remarks,
    and the keys of the layers drawn."""

    frame: Frame
    shapes: list[str] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)


def swatch(fill: str, line: str, opacity: float = 1.0, width: float = 3.0, dash: str = "") -> str:
    """The legend's picture of an area."""
    parts = [float(part) * 2.5 for part in dash.replace(",", " ").split()] if dash else []
    dashes = f' stroke-dasharray="{" ".join(f"{part:g}" for part in parts)}"' if parts else ""
    return (
        f'<rect x="0" y="0" width="74" height="34" fill="{fill}" fill-opacity="{opacity:g}" stroke="{line}"'
        f' stroke-width="{min(width, 8):g}"{dashes}/>'
    )


def page(sheet: Sheet, title: str, document: Mapping, data: MapData, fonts: FontChoice) -> str:
    """The whole picture: window, furniture, legend, remarks; as tall as they need."""
    legend, legend_height = _legend(sheet.keys, fonts)
    remarks, remarks_height = _remarks(sheet, document, data, fonts)
    height = HEIGHT + 24 + legend_height + remarks_height
    furniture = [
        f'<rect x="4" y="4" width="{min(WIDTH - 200, 60 + 40 * len(title) + 40 * len(document["site"]["name"]))}"'
        f' height="116" fill="#fff" fill-opacity=".85"/>',
        svg.north_arrow(WIDTH - 70, 60),
        svg.scale_bar(50, HEIGHT - 40, sheet.frame.scale),
        svg.text(30, 56, fonts.text(f"{document['site']['name']}　{title}"[:46]), size=38, bold=True, halo=True),
    ]
    if synthetic_mark(document):
        furniture.append(
            svg.text(30, 100, "演示数据（示例，非法定界线）", size=32, fill="#b3261e", bold=True, halo=True)
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH / 10:g}mm" height="{height / 10:g}mm"'
        f' viewBox="0 0 {WIDTH} {height}" font-family="{fonts.heading}">{svg.patterns()}'
        f'<clipPath id="window"><rect width="{WIDTH}" height="{HEIGHT}"/></clipPath>'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/><g clip-path="url(#window)">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fbfaf6"/>{"".join(sheet.shapes)}{"".join(sheet.labels)}</g>'
        f'{"".join(furniture)}<rect x="5" y="5" width="{WIDTH - 10}" height="{HEIGHT - 10}" fill="none"'
        f' stroke="#1a2330" stroke-width="4"/>{legend}{remarks}</svg>'
    )


def _legend(keys: Sequence[tuple[str, str]], fonts: FontChoice) -> tuple[str, int]:
    rows = (min(len(keys), _MOST_KEYS) + 1) // 2
    drawn = []
    for i, (picture, words) in enumerate(keys[:_MOST_KEYS]):
        x, y = 10 + (i // rows) * 780, HEIGHT + 24 + (i % rows) * _ROW
        drawn.append(f'<g transform="translate({x},{y})">{picture}</g>')
        drawn.append(svg.text(x + 92, y + 28, _shortened(fonts.text(words), 23), size=28))
    return "".join(drawn), rows * _ROW + 8


def _remarks(sheet: Sheet, document: Mapping, data: MapData, fonts: FontChoice) -> tuple[str, int]:
    said = [
        f"比例尺 1:{sheet.frame.scale:,}（图幅宽 156 mm 时）　检查日期 {(document['checked_at'] or '—')[:10]}",
        f"坐标系：{plane_words(document['site']['crs'])}；北为坐标北",
        _versions(document, sheet),
        *dict.fromkeys(sheet.remarks),
    ]
    if len(sheet.keys) > _MOST_KEYS:
        said.append(f"图例只列前 {_MOST_KEYS} 项，共 {len(sheet.keys)} 项")
    if data.missing:
        said.append(f"下列图层检查时所用的版本已不在本机，未画：{'、'.join(data.missing)}")
    said.append("示意图，图上不可量算；面积以报告各表为准。")
    top = HEIGHT + 24 + _legend(sheet.keys, fonts)[1]
    lines = [line for text in said if text for line in _wrapped(fonts.text(text), 62)]
    drawn = [svg.text(10, top + 26 + i * 36, line, size=24, fill="#3b4450") for i, line in enumerate(lines)]
    return "".join(drawn), len(lines) * 36 + 16


def _versions(document: Mapping, sheet: Sheet) -> str:
    rows = {row["key"]: row for row in document["layers"]}
    keys = [key for key in sheet.drawn if key in rows]
    said = [f"{key}@{rows[key]['version']}（{rows[key]['in_force_from'] or '—'} 起）" for key in keys]
    return f"数据版本：{'、'.join(said)}" if said else ""


def _shortened(words: str, most: float) -> str:
    return next(_wrapped(words, most)) if _wide(words) > most else words


def _wide(words: str) -> float:
    return sum(1.0 if ord(letter) > 0x2E7F else 0.56 for letter in words)


def _wrapped(words: str, most: float) -> Iterator[str]:
    """Lines of at most `most` ems; what is written in Latin letters is broken only where it is longer than a line."""
    line, used = "", 0.0
    for piece in _PIECES.findall(words):
        for part in [piece] if _wide(piece) <= most else piece:
            if used + _wide(part) > most:
                yield line
                line, used = "", 0.0
            line, used = line + part, used + _wide(part)
    if line:
        yield line


def png(picture: str, fonts: FontChoice) -> bytes:
    """Return an SVG picture as PNG."""
    with tempfile.TemporaryDirectory(prefix="spatialhub-map-") as folder:
        (Path(folder) / "map.svg").write_text(picture, "utf-8")
        page = f'#set page(width: {WIDTH / 10}mm, height: auto, margin: 0pt)\n#image("map.svg", width: {WIDTH / 10}mm)'
        (Path(folder) / "map.typ").write_text(page, "utf-8")
        made = typst.compile(Path(folder) / "map.typ", root=folder, font_paths=fonts.fonts, format="png", ppi=PPI)
    assert isinstance(made, bytes)
    return made
