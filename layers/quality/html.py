"""The report as one HTML page that opens from disk and asks no host for anything: summary, worst findings, map.

The map is drawn in the city's plane (metres, north up), not in Web Mercator: what is read off it is true.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from layers.quality.drawing import coverage_path, drawn
from layers.quality.model import SEVERITIES, UNITS, Rule
from layers.quality.report import Listed, Report, measured, remedy_of, title_of
from layers.quality.words import word
from layers.quality.xlsx import about, thresholds
from spatialhub.spatial.snapshot import Snapshot

MOST_OF_A_RULE = 40
MOST_IN_ALL = 600
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


def write_html(
    report: Report, snapshot: Snapshot, path: Path, *, accepted: frozenset[str], open_: dict[str, int], language: str
) -> None:
    """Write the page. `open_`: blocking findings not accepted, by rule."""
    shown = worst(report)
    data = {
        "origin": [round(value, 3) for value in snapshot.coverage.bounds[:2]],
        "bounds": _bounds(snapshot, report),
        "coverage": coverage_path(snapshot.coverage),
        "spots": [
            spot | {"severity": one.rule.severity.value, "number": one.number, "tip": _tip(one, language)}
            for one, spot in zip(shown, drawn(snapshot, shown), strict=True)
        ],
    }
    path.write_text(_page(report, shown, data, accepted, open_, language), "utf-8")


def worst(report: Report) -> list[Listed]:
    """The findings that the page shows: of each rule the worst, of all so many as a page can hold."""
    found: list[Listed] = []
    taken: dict[str, int] = {}
    for one in report.listed:
        taken[one.rule.key] = taken.get(one.rule.key, 0) + 1
        if taken[one.rule.key] <= MOST_OF_A_RULE:
            found.append(one)
    return found[:MOST_IN_ALL]


def _tip(one: Listed, language: str) -> str:
    return f"{one.number}　{one.told(language)}"


def _bounds(snapshot: Snapshot, report: Report) -> list[float]:
    boxes = [snapshot.coverage.bounds] if not snapshot.coverage.is_empty else []
    boxes += [(one.easting_m, one.northing_m) * 2 for one in report.listed]
    if not boxes:
        return [0.0, 0.0, 1.0, 1.0]
    array = np.array(boxes)
    return [*array[:, :2].min(axis=0).tolist(), *array[:, 2:].max(axis=0).tolist()]


def _page(
    report: Report, shown: Sequence[Listed], data: dict, accepted: frozenset[str], open_: dict[str, int], language: str
) -> str:
    # `<` would end the element, U+2028 a line of a script
    embedded = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    embedded = embedded.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    title = f"{word('title', language)} · {report.version.title} {report.version.name}"
    return f"""<!DOCTYPE html>
<html lang="{"zh-CN" if language == "zh" else "en"}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_e(title)}</title>
<style>{_file("page.css")}</style>
</head>
<body>
<div id="map" role="region" aria-label="{_e(word("place", language))}"><svg id="drawing" aria-hidden="true"></svg>
<div id="tools"><button id="closer" aria-label="+">＋</button><button id="farther" aria-label="-">－</button>
<button id="all">{"全图" if language == "zh" else "all"}</button></div>
<div id="scale"></div><div id="where"></div>{_legend(language)}</div>
<main id="report">
<h1>{_e(title)}</h1>
{_verdict(report, open_, language)}
{_sums(report, language)}
<h2>{word("summary", language)}</h2>{_summary(report, accepted, language)}
<h2>{word("findings", language)}</h2>
<p class="muted">{_said(language)}</p>
{_findings(report, shown, accepted, language)}
<h2>{word("about", language)}</h2>{_about(report, language)}
</main>
<script id="data" type="application/json">{embedded}</script>
<script>{_file("page.js")}</script>
</body>
</html>
"""


def _said(language: str) -> str:
    gap = "；" if language == "zh" else "; "
    return f"{word('shown', language).format(most=MOST_OF_A_RULE)}{gap}{word('more', language)}"


def _verdict(report: Report, open_: dict[str, int], language: str) -> str:
    count = sum(open_.values())
    if not count:
        return f'<p class="verdict free">{word("released", language)}</p>'
    return f'<p class="verdict open">{word("not_released", language)}（{count:,}）</p>'


def _sums(report: Report, language: str) -> str:
    examined = report.examined
    counts = []
    for severity in SEVERITIES:
        total = sum(examined.counts[rule.key].count for rule in examined.rules if rule.severity is severity)
        counts.append(f'<span class="tag {severity.value}">{word(severity.value, language)} {total:,}</span>')
    return f"""<p>{" ".join(counts)}</p>
<p class="muted">{word("feature_count", language)} {examined.features:,} ·
{word("double", language)} {measured(examined.double_m2, "m2", language)} ·
{word("uncovered", language)} {measured(examined.uncovered_m2, "m2", language)}</p>"""


def _summary(report: Report, accepted: frozenset[str], language: str) -> str:
    """The rules that found something; those that found nothing below, folded."""
    heads = [("severity", ""), ("rule", ""), ("count", "n"), ("accepted", "n"), ("total", "n")]
    head = "".join(f'<th class="{css}">{word(name, language)}</th>' for name, css in heads)
    rules = _by_severity(report)
    found = [_row(rule, report, accepted, language) for rule in rules if report.examined.counts[rule.key].count]
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(found)}</tbody></table>" if found else ""
    clean = [_clean(rule, report, language) for rule in rules if not report.examined.counts[rule.key].count]
    if not clean:
        return table
    return f"{table}<details><summary>{word('clean', language)}（{len(clean)}）</summary>{''.join(clean)}</details>"


def _row(rule: Rule, report: Report, accepted: frozenset[str], language: str) -> str:
    count = report.examined.counts[rule.key]
    taken = sum(one.id in accepted for one in report.listed if one.rule is rule)
    blocks = f'<br><span class="blocks">{word("blocks", language)}</span>' if rule.blocks else ""
    total = measured(count.total, "m2", language) if UNITS[rule.check] == "m2" else ""
    return (
        f'<tr><td><span class="tag {rule.severity.value}">{word(rule.severity.value, language)}</span></td>'
        f'<td>{_e(title_of(rule, language))}<br><span class="muted">{_e(rule.key)}</span>{blocks}</td>'
        f'<td class="n">{count.count:,}</td><td class="n">{taken:,}</td><td class="n">{total}</td></tr>'
    )


def _clean(rule: Rule, report: Report, language: str) -> str:
    skipped = report.examined.skipped.get(rule.key)
    note = f"　{word('skipped', language)}：{_e(skipped)}" if skipped else ""
    return f'<p class="muted">{_e(title_of(rule, language))}　{_e(rule.key)}{note}</p>'


def _by_severity(report: Report) -> list[Rule]:
    return sorted(report.examined.rules, key=lambda rule: SEVERITIES.index(rule.severity))


def _findings(report: Report, shown: Sequence[Listed], accepted: frozenset[str], language: str) -> str:
    if not shown:
        return f"<p>{word('nothing', language)}</p>"
    parts, last = [], None
    for one in shown:
        if one.rule is not last:
            last = one.rule
            parts.append(_rule_head(one.rule, report, language))
        done = f' <span class="done">✓ {word("accepted", language)}</span>' if one.id in accepted else ""
        parts.append(
            f'<button class="spot" id="f{one.number}"><b>{one.number}</b>{_e(one.told(language))}{done}'
            f'<span class="muted">{one.id}　E {one.easting_m:.2f}　N {one.northing_m:.2f}'
            f"{_e('　' + '、'.join(filter(None, one.names)) if any(one.names) else '')}</span></button>"
        )
    return "".join(parts)


def _rule_head(rule: Rule, report: Report, language: str) -> str:
    values = thresholds(rule)
    told = f"{word('thresholds', language)}：{_e(values)}<br>" if values else ""
    return (
        f'<h3><span class="tag {rule.severity.value}">{word(rule.severity.value, language)}</span> '
        f"{_e(title_of(rule, language))}（{report.examined.counts[rule.key].count:,}）</h3>"
        f'<p class="muted">{word("remedy", language)}：{_e(remedy_of(rule, language))}<br>{told}'
        f"{word('source', language)}：{_e(rule.source)}</p>"
    )


def _about(report: Report, language: str) -> str:
    rows = "".join(
        f'<tr><td>{_e(label)}</td><td class="muted">{_e(value)}</td></tr>' for label, value in about(report, language)
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _legend(language: str) -> str:
    keys = [
        ("background:#fff;border:1.5px dashed #6b7785", "coverage"), ("background:#b3261e", "error"),
        ("background:#d08900", "warning"), ("background:#6b7d94", "note"),
        ("border:1.5px solid #1d5fbf", "involved"), ("border:1px solid #b4bac2", "around"),
    ]  # fmt: skip
    inner = "".join(f'<div><i style="{css}"></i>{word(name, language)}</div>' for css, name in keys)
    return f'<div id="legend">{inner}</div>'


def _e(text: str) -> str:
    return html.escape(text)


def _file(name: str) -> str:
    return files("layers.quality").joinpath(name).read_text("utf-8")
