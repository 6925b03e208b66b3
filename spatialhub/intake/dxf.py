"""DXF: closed outlines of one layer as areas; which layer is asked where more than one could be the site."""

from __future__ import annotations

import re
from pathlib import Path

from spatialhub.errors import BrokenFile, ChoiceNeeded, NoArea
from spatialhub.intake import arcs, limits
from spatialhub.intake.dxf_entities import Drawing, read_drawing
from spatialhub.intake.nesting import nest
from spatialhub.intake.plain_geometry import as_array
from spatialhub.intake.raw import Job, Opening, RawChunk
from spatialhub.intake.text import known_encoding
from spatialhub.messages import Words
from spatialhub.spatial.model import Issue

FIELDS = ("layer",)
_SITE = re.compile(
    r"项目红线|用地红线|建设用地范围|项目范围|用地范围|红线范围|用地界线|界址线|宗地|地块|^红线$|^HX$|^JZX$|^YDHX$|^YDFW$",
    re.I,
)
_NOT_SITE = re.compile(r"道路|河道|蓝线|绿线|黄线|紫线|橙线|辅助线|注记|中心线|退线|退让|标注")
_VERSION = re.compile(rb"\$ACADVER\s+1\s+AC(\d{4})")
_PAGE = re.compile(rb"\$DWGCODEPAGE\s+3\s+([A-Za-z0-9_\-]{1,30})")
_UNICODE_SINCE = 1021  # AutoCAD 2007: text is UTF-8


def open_dxf(job: Job) -> Opening:
    """Open a DXF in text form.

    Raises
    ------
    ChoiceNeeded
        Closed outlines lie on several layers and not exactly one is called like a site.
    NoArea
        Nothing closed is drawn.
    BrokenFile
        It is binary, cut off, or not in its encoding.
    """
    encoding = _encoding(job)
    try:
        with Path(job.path).open(encoding=encoding, errors="strict", newline=None) as file:
            drawing = read_drawing(iter(file), job.name)
    except (UnicodeError, LookupError):
        raise BrokenFile(job.name, reason=Words.of("broken_encoding", tried=(encoding,))) from None
    layer, issues = _layer(drawing, job)
    chunk = _chunk(drawing, layer, job, issues)
    return Opening("DXF", iter([chunk]), encoding=encoding, fields=FIELDS, count=len(chunk.places))


def _encoding(job: Job) -> str:
    """What was asked for; else what the version and the code page of the header say, UTF-8 where they say nothing."""
    with Path(job.path).open("rb") as file:
        start = file.read(2**16)
    if job.encoding is not None:
        return known_encoding(job.encoding) or job.encoding
    if start.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    version, page = _VERSION.search(start), _PAGE.search(start)
    if page is None or (version is not None and int(version[1]) >= _UNICODE_SINCE):
        return "utf-8"
    return known_encoding(page[1].decode("ascii").lower().replace("ansi_", "cp")) or "utf-8"


def _layer(drawing: Drawing, job: Job) -> tuple[str, list[Issue]]:
    """The layer taken, and what is said about it."""
    counts: dict[str, int] = {}
    for one in drawing.outlines:
        counts[one.layer] = counts.get(one.layer, 0) + 1
    if not counts:
        raise NoArea(job.name, found=_nothing(drawing))
    if job.sublayer is not None:
        if job.sublayer not in counts:
            raise _ask(counts, job)
        return job.sublayer, []
    fitting = [name for name in counts if _SITE.search(name) and not _NOT_SITE.search(name)]
    if len(counts) == 1:
        layer = next(iter(counts))
    elif len(fitting) == 1:
        layer = fitting[0]
    else:
        raise _ask(counts, job)
    others = "、".join(f"{name}（{count}）" for name, count in counts.items() if name != layer) or "—"
    return layer, [Issue.of("dxf_layer_taken", job.name, layer=layer, count=counts[layer], others=others)]


def _ask(counts: dict[str, int], job: Job) -> ChoiceNeeded:
    return ChoiceNeeded(
        job.name, what=Words.of("choice_dxf_layer"), option="--sublayer", choices=tuple(sorted(counts))[:50]
    )


def _nothing(drawing: Drawing) -> Words:
    gaps = [gap for _, gap in drawing.first_open.values() if gap == gap]
    return Words.of(
        "found_dxf_nothing",
        open=sum(drawing.open.values()),
        gap_m=f"{min(gaps):.3f}" if gaps else "—",
        filled=sum(drawing.filled.values()),
        blocks=drawing.hidden,
    )


def _chunk(drawing: Drawing, layer: str, job: Job, issues: list[Issue]) -> RawChunk:
    name, outlines = job.name, [one for one in drawing.outlines if one.layer == layer]
    limits.demand_few(sum(len(one.ring) for one in outlines), job, name)  # before every one is held against every other
    nested = nest([one.ring for one in outlines])
    places = [f"{name}:{outlines[one.outer].line}" for one in nested]
    for one, place in zip(nested, places, strict=True):
        issues += [Issue.of("ring_as_hole", f"{name}:{outlines[i].line}", outer=place) for i in one.inner]
    issues += _passed_over(drawing, layer, name)
    stroked = sum(one.arcs for one in outlines)
    if stroked:
        issues.append(Issue.of("arcs_stroked", name, count=stroked, tolerance_m=arcs.TOLERANCE_M))
    return RawChunk(as_array([one.polygon for one in nested]), {"layer": [layer] * len(nested)}, places, tuple(issues))


def _passed_over(drawing: Drawing, layer: str, name: str) -> list[Issue]:
    """What lies on the layer taken, or may belong to it, and was left out."""
    issues = []
    if drawing.open[layer]:
        line, gap = drawing.first_open.get(layer, (0, float("nan")))
        told = f"{gap:.3f}" if gap == gap else "—"
        issues.append(Issue.of("dxf_open", f"{name}:{line}", layer=layer, count=drawing.open[layer], gap_m=told))
    if drawing.filled[layer]:
        issues.append(Issue.of("dxf_filled", name, layer=layer, count=drawing.filled[layer]))
    if drawing.hidden:
        issues.append(Issue.of("dxf_blocks", name, count=drawing.hidden))
    if drawing.tilted:
        issues.append(Issue.of("dxf_tilted", name, count=drawing.tilted))
    return issues
