"""How the commands show quality: a table by rule, the worst findings, rules; for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from layers.quality.model import SEVERITIES, UNITS, Rule, Severity
from layers.quality.report import Report, as_json, measured, title_of
from layers.quality.standing import Standing
from layers.quality.words import word
from layers.quality.xlsx import thresholds

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan", Severity.OFF: "dim"}
_MOST_SHOWN = 5


def summary(report: Report, standing: Standing | None, language: str) -> RenderableType:
    """What a pass found."""
    return summary_of(as_json(report, language), standing, language)


def summary_of(known: Mapping, standing: Standing | None, language: str) -> RenderableType:
    """The same from a report's JSON: rules that found something, the worst of each, and how the version stands."""
    left = standing.open() if standing else {}
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(word("severity", language), no_wrap=True)
    table.add_column(word("rule", language), overflow="fold")
    for name in ("count", "open", "total"):
        table.add_column(word(name, language), justify="right", no_wrap=True)
    for rule in sorted(known["rules"], key=lambda one: SEVERITIES.index(Severity(one["severity"]))):
        if rule["count"]:
            table.add_row(*_cells(rule, left, language))
    parts: list[RenderableType] = [Text(f"{word('title', language)} {known['version']}", "bold")]
    parts += [table, *_worst(known)] if table.row_count else [Text(word("nothing", language), "green")]
    skipped = [f"{rule['title']}（{rule['skipped']}）" for rule in known["rules"] if rule["skipped"]]
    if skipped:
        parts.append(Text(f"{word('skipped', language)}：{'、'.join(skipped)}", "dim"))
    return Group(*parts, verdict(standing, language))


def verdict(standing: Standing | None, language: str) -> Text:
    """Whether a version may be released, in one line."""
    if standing is None:
        return Text(word("never", language), "yellow")
    left = standing.open()
    if not left:
        return Text(word("released", language), "bold green")
    rules = "、".join(f"{rule} {count:,}" for rule, count in left.items())
    return Text(f"{word('not_released', language)}（{rules}）", "bold red")


def _cells(rule: Mapping, left: Mapping[str, int], language: str) -> list[str | Text]:
    unit = rule["unit"]
    total = measured(rule["total"], unit, language) if unit == "m2" else ""
    mark = Text(word(rule["severity"], language), _COLOURS[Severity(rule["severity"])])
    title = Text(f"{rule['title']} ") + Text(rule["key"], "dim")
    return [mark, title, f"{rule['count']:,}", f"{left.get(rule['key'], 0):,}" if rule["blocks"] else "—", total]


def _worst(known: Mapping) -> list[Text]:
    seen: dict[str, int] = {}
    lines = []
    for one in known["findings"]:
        seen[one["rule"]] = seen.get(one["rule"], 0) + 1
        if one["severity"] == Severity.ERROR and seen[one["rule"]] <= _MOST_SHOWN:
            where = f"E {one['easting_m']:.2f} N {one['northing_m']:.2f}"
            lines.append(Text.from_markup(f"  [red]{one['id']}[/red] {escape(_plain(one['what']))} [dim]{where}[/dim]"))
    return lines


def rules_table(rules: Sequence[Rule], language: str) -> Table:
    """What is looked for in a layer."""
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("severity", "rule", "blocks", "thresholds", "source"):
        table.add_column(word(name, language), overflow="fold")
    for rule in rules:
        mark = Text(word(rule.severity.value, language), _COLOURS[rule.severity])
        title = Text(f"{title_of(rule, language)} ") + Text(rule.key, "dim")
        blocks = word("yes" if rule.blocks else "no", language)
        table.add_row(mark, title, blocks, escape(thresholds(rule)), escape(rule.source))
    return table


def rule_json(rule: Rule, language: str) -> dict[str, object]:
    """A rule as plain JSON."""
    return {
        "key": rule.key, "check": rule.check, "title": title_of(rule, language), "severity": rule.severity.value,
        "blocks": rule.blocks, "source": rule.source, "unit": UNITS[rule.check], "values": dict(rule.values),
    }  # fmt: skip


def standing_json(standing: Standing | None) -> dict[str, object] | None:
    """How a version stands as plain JSON."""
    if standing is None:
        return None
    return {
        "digest": standing.digest,
        "open": standing.open(),
        "acceptances": [
            {"rule": one.rule, "findings": list(one.findings) if one.findings is not None else "all",
             "reason": one.reason, "who": one.who, "at": one.at.isoformat()}
            for one in standing.acceptances
        ],
    }  # fmt: skip


def acceptances_table(standing: Standing, language: str) -> Table:
    """What was accepted, by whom and why."""
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("rule", "accepted", "reason", "examined_by"):
        table.add_column(word(name, language), overflow="fold")
    for one in standing.acceptances:
        told = "*" if one.findings is None else "、".join(one.findings)
        table.add_row(one.rule, told, escape(_plain(one.reason)), f"{one.at:%Y-%m-%d %H:%M} {escape(_plain(one.who))}")
    return table


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
