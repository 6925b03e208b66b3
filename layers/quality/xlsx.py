"""The report as a spreadsheet: a summary by rule, all listed findings to sort and hand out, what it stands on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from layers.quality.model import UNITS, Rule
from layers.quality.report import Report, remedy_of, title_of
from layers.quality.words import word
from spatialhub.messages import say

_MOST_NOTICED = 50
_FILL = {"error": "F8D7DA", "warning": "FFF3CD", "note": "E2E8F0"}
_WIDTHS = {
    "summary": (8, 26, 9, 9, 9, 16, 10, 10, 26, 60, 60),
    "findings": (7, 16, 8, 24, 60, 14, 9, 34, 30, 14, 20, 24, 15, 15, 14, 14, 9),
    "about": (34, 100),
}


def write_xlsx(report: Report, path: Path, *, accepted: frozenset[str], language: str) -> None:
    """Write the workbook; text of features and fields is written as text, never as a formula."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _few(_sheet(book, "summary", language), _summary(report, accepted, language), head=True)
    _many(_sheet(book, "findings", language), _findings(report, accepted, language), len(report.listed), language)
    _few(_sheet(book, "about", language), _about(report, language), head=False)
    book.save(path)


def _sheet(book: Any, name: str, language: str) -> Any:
    sheet = book.create_sheet(word(name, language))
    for number, width in enumerate(_WIDTHS[name]):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    if name != "about":
        sheet.freeze_panes = "A2"
    return sheet


def _few(sheet: Any, rows: Iterable[tuple[str, Sequence[object]]], *, head: bool) -> None:
    """Rows of a short sheet: wrapped, the first cell in the colour of its severity."""
    from openpyxl.styles import Alignment, Font, PatternFill

    fills = {name: PatternFill("solid", fgColor=colour) for name, colour in _FILL.items()}
    bold, top = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    for number, (severity, values) in enumerate(rows):
        cells = [_cell(sheet, value) for value in values]
        for cell in cells:
            cell.alignment = top
            if head and number == 0:
                cell.font = bold
        if severity in fills:
            cells[0].fill = fills[severity]
        sheet.append(cells)


def _many(sheet: Any, rows: Iterable[tuple[str, Sequence[object]]], count: int, language: str) -> None:
    """Rows of the long sheet: plain values, coloured by a rule of the sheet (styles of single cells cost most of the
    time), with a filter over all columns."""
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import PatternFill

    for name, colour in _FILL.items() if count else ():
        fill = PatternFill("solid", bgColor=colour)
        rule = FormulaRule(formula=[f'$C2="{word(name, language)}"'], fill=fill)
        sheet.conditional_formatting.add(f"A2:C{count + 1}", rule)
    sheet.auto_filter.ref = f"A1:Q{count + 1}"
    for _, values in rows:
        sheet.append([_plain(sheet, value) for value in values])


def _plain(sheet: Any, value: object) -> object:
    """A value as openpyxl takes it; a cell of its own only where it would be read as a formula."""
    if not isinstance(value, str):
        return value
    return _cell(sheet, value) if value.startswith("=") else _clean(value)


def _cell(sheet: Any, value: object) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, _clean(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"  # a value that begins with = is a value
    return cell


def _clean(value: str) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)


def _summary(report: Report, accepted: frozenset[str], language: str) -> Iterable[tuple[str, Sequence[object]]]:
    heads = (
        "severity", "rule", "count", "listed", "accepted", "total", "unit", "blocks", "thresholds", "source", "remedy"
    )  # fmt: skip
    yield "", [word(name, language) for name in heads]
    for rule in report.examined.rules:
        count = report.examined.counts[rule.key]
        taken = sum(one.id in accepted for one in report.listed if one.rule.key == rule.key)
        skipped = report.examined.skipped.get(rule.key)
        title = title_of(rule, language)
        yield rule.severity.value if count.count else "", [
            word(rule.severity.value, language),
            f"{title}（{word('skipped', language)}：{skipped}）" if skipped else title,
            count.count, count.listed, taken, round(count.total, 4), word(UNITS[rule.check], language),
            word("yes" if rule.blocks else "no", language), thresholds(rule), rule.source, remedy_of(rule, language),
        ]  # fmt: skip


def _findings(report: Report, accepted: frozenset[str], language: str) -> Iterable[tuple[str, Sequence[object]]]:
    heads = (
        "number", "id", "severity", "rule", "what", "measure", "unit", "features", "names", "field", "found",
        "expected", "easting", "northing", "longitude", "latitude", "accepted",
    )  # fmt: skip
    yield "", [word(name, language) for name in heads]
    for one in report.listed:
        said = dict(one.finding.said)
        features = "、".join(one.features) + (f" … +{one.more}" if one.more else "")
        yield one.rule.severity.value, [
            one.number, one.id, word(one.rule.severity.value, language), title_of(one.rule, language),
            one.told(language), round(one.finding.measure, 4), word(one.unit, language), features,
            "、".join(filter(None, one.names)), said.get("field", ""), said.get("found", ""), said.get("expected", ""),
            round(one.easting_m, 3), round(one.northing_m, 3), round(one.longitude, 8), round(one.latitude, 8),
            word("yes" if one.id in accepted else "no", language),
        ]  # fmt: skip


def _about(report: Report, language: str) -> Iterable[tuple[str, Sequence[object]]]:
    for label, value in about(report, language):
        yield "", [label, value]


def about(report: Report, language: str) -> list[tuple[str, str]]:
    """What the report stands on, label and value."""
    examined, version = report.examined, report.version
    unit = word("m2", language)
    return [
        (word("title", language), f"{version.title} {version.name}"),
        (word("steward", language), report.steward),
        (word("source_file", language), f"{version.source_name}　SHA-256 {version.source_sha256}"),
        (word("feature_count", language), f"{examined.features:,}"),
        (word("snapshot", language), report.snapshot_sha256),
        (word("examined_at", language), f"{report.at:%Y-%m-%d %H:%M}"),
        (word("examined_by", language), report.who),
        (word("double", language), f"{examined.double_m2:,.4f} {unit}"),
        (word("uncovered", language), f"{examined.uncovered_m2:,.4f} {unit}"),
        (word("rounding", language), f"{examined.rounding_count:,}　{examined.rounding_m2:.4f} {unit}"),
        (word("tolerance", language), f"{word('exact', language)}　{'、'.join(examined.engines)}"),
        (word("rules_version", language), report.rules_version),
        (word("digest", language), report.digest),
        *((word("noticed", language), text) for text in _noticed(report, language)),
    ]


def _noticed(report: Report, language: str) -> list[str]:
    """What the import noticed of the version: repairs, holes, edges left open, … one sentence each."""
    issues = report.version.report.get("issues", ())
    return [
        say(issue["code"], language, place=issue["place"], **issue["params"])
        for issue in issues  # type: ignore[attr-defined]
    ][:_MOST_NOTICED]


def thresholds(rule: Rule) -> str:
    """The values of a rule in one line."""
    return "；".join(f"{name} = {_short(value)}" for name, value in rule.values.items())


def _short(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "、".join(_short(item) for item in value)
    if isinstance(value, dict):
        return "/".join(_short(item) for item in value.values())
    return f"{value:g}" if isinstance(value, float) else str(value)
