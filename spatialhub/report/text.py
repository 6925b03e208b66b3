"""A result for the terminal: the verdict on top, what was not checked loud, what hits before what does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from spatialhub.messages.letters import printable
from spatialhub.report.figures import area_words, hectares, mu, percent, square_metres
from spatialhub.report.view import View
from spatialhub.report.words import colour, label
from spatialhub.result import CheckResult, to_json

# Rows of a table that a terminal shows; the rest is counted, and lies in the other forms of the result.
MOST_FRAGMENTS, MOST_ROWS = 30, 20
_HEADINGS = {
    "unchecked": ("未检查（不能视为不涉及）", "NOT CHECKED (never to be read as clear)"),
    "concerned": ("涉及的图层", "Layers concerned"),
    "fragments": ("叠加碎块", "Fragments"),
    "crossings": ("线性工程穿越", "Crossings"),
    "suggestion": ("融合建议（草案）", "Fusion suggestion (draft)"),
    "referrals": ("征求意见部门", "Departments to ask"),
    "discrepancies": ("发现的矛盾", "Discrepancies"),
    "approvals": ("已提交的批准文件", "Approvals presented"),
    "clear": ("未涉及的图层", "Clear"),
    "provenance": ("依据与版本", "Provenance"),
    "issues": ("数据提示", "About the data"),
    "verdict": ("结论建议", "Proposed verdict"),
}
_COLUMNS = {
    "layer": ("图层", "layer"),
    "layer_clause": ("图层与依据", "layer and clause"),
    "status": ("结果", "status"),
    "area": ("面积", "area"),
    "area_share": ("面积与占比", "area and share"),
    "departments": ("部门", "departments"),
    "clause": ("依据", "clause"),
    "why": ("原因", "reason"),
    "why_clause": ("原因与依据", "reason and clause"),
    "part": ("地块", "part"),
    "conformity": ("判定", "conformity"),
    "layers": ("涉及图层", "layers"),
    "from": ("起", "from"),
    "to": ("止", "to"),
    "by": ("缘由", "asked by"),
}


def render_text(result: CheckResult, console: Console, language: str = "zh") -> None:
    """Print a result to a console, Chinese first."""
    view = View(_printable(to_json(result)), language)
    console.print(_verdict(view))
    for section in (
        _unchecked(view),
        _layers(view),
        _fragments(view),
        _crossings(view),
        _discrepancies(view),
        _approvals(view),
        _suggestion(view),
        _referrals(view),
        _clear(view),
        _issues(view),
        _provenance(view),
    ):
        if section is not None:
            console.print()
            console.print(section)


def _printable(value: Any) -> Any:
    """Replace control characters: names come from foreign files, and a terminal obeys escape sequences."""
    if isinstance(value, Mapping):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(item) for item in value]
    return printable(value) if isinstance(value, str) else value


def _verdict(view: View) -> Panel:
    verdict, language = view.proposal["verdict"], view.language
    site = view.site
    lines = [Text(site["name"], style="bold"), Text(area_words(site["area_m2"]))]
    parts = site["parts"][:MOST_ROWS]
    lines += [Text(f"{part['number']}  {_part(part, language)}", style="dim") for part in parts]
    lines += _rest(view, len(site["parts"]) - len(parts))
    if site["outside_jurisdiction_m2"]:
        outside = f"{label('note', 'outside', language)}：{square_metres(site['outside_jurisdiction_m2'])}"
        lines.append(Text(outside, style=f"bold {colour('unchecked')}"))
    reasons = view.reasons()[:MOST_ROWS]
    for reason in reasons:
        area = f"  {square_metres(reason['area_m2'])}" if reason["area_m2"] else ""
        lines.append(Text.assemble("· ", reason["text"], area, (f"  {reason['clause']}", "dim")))
    lines += _rest(view, len(view.reasons()) - len(reasons))
    lines += [Text(notice, style="bold reverse") for notice in view.document["notices"]]
    lines.append(Text(label("note", "binds_nobody", language), style="dim italic"))
    title = f"{_heading(view, 'verdict')}：{label('verdict', verdict, language)}"
    return Panel(Group(*lines), title=Text(title, style=f"bold {colour(verdict)}"), border_style=colour(verdict))


def _part(part: Mapping, language: str) -> str:
    words = [part["name"] or "", part["use"] or label("conformity", "not_asked", language)]
    words += [label(group, part[group], language) for group in ("level", "form", "manner", "land")]
    return " · ".join(word for word in (*words, square_metres(part["area_m2"])) if word)


def _unchecked(view: View) -> Table | None:
    rows = view.unchecked()
    table = _table(view, "unchecked", "layer_clause", "why", "area", style=f"bold {colour('unchecked')}")
    for row in rows:
        required = "（必查）" if row["required"] and view.language == "zh" else ""
        title = _with_clause(row["title"] + required, row["clause"])
        table.add_row(title, escape(row["why"]), _area(row["area_m2"]))
    return table if rows else None


def _layers(view: View) -> Table | None:
    rows = [*view.constraining(), *view.layers("trace", "adjacent"), *view.lying_in()]
    table = _table(view, "concerned", "layer_clause", "status", "area_share", "departments")
    for row in rows:
        shade = colour("lies_in" if view.lies_in(row) else row["status"])
        status = Text(view.status(row), style=f"bold {shade}")
        if row["suspected_digitising_error"]:
            status.append("\n疑似数字化误差" if view.language == "zh" else "\nsuspected digitising error", style="dim")
        departments = "、".join(view.department(key) for key in row["departments"])
        figures = f"{_area(row['area_m2'])}\n{percent(row['share'])}"
        table.add_row(_with_clause(row["title"], row["clause"]), status, figures, escape(departments))
    return table if rows else None


def _fragments(view: View) -> Group | None:
    table = _table(view, "fragments", "conformity", "area", "layers", "why_clause")
    rows = view.fragments()
    for row in rows[:MOST_FRAGMENTS]:
        shown = Text(f"{row.number} {row.words}", style=colour(row.conformity))
        if len(view.site["parts"]) > 1:
            shown.append(f"\n{_COLUMNS['part'][view.language == 'en']} {row.part}", style="dim")
        why = _with_clause("\n".join((row.decided, *row.why)), "\n".join(row.clauses))
        table.add_row(shown, square_metres(row.area_m2), escape("、".join(row.layers)), why)
    return _cut(view, table, len(rows))


def _crossings(view: View) -> Group | None:
    table = _table(view, "crossings", "part", "layer", "from", "to", "area", "conformity")
    rows = view.proposal["crossings"]
    for row in rows[:MOST_FRAGMENTS]:
        shown = Text(label("conformity", row["conformity"], view.language), style=colour(row["conformity"]))
        chainage = (f"{row['from_m']:,.1f} m", f"{row['to_m']:,.1f} m")
        area = square_metres(row["area_m2"])
        table.add_row(str(row["part"]), escape(view.title(row["layer"])), *chainage, area, shown)
    return _cut(view, table, len(rows))


def _discrepancies(view: View) -> Group | None:
    table = _table(view, "discrepancies", "layers", "area", "why")
    rows = view.document["discrepancies"]
    for row in rows[:MOST_ROWS]:
        titles = "、".join(view.title(key) for key in row["layers"])
        table.add_row(escape(titles), square_metres(row["area_m2"]), escape(row["text"]))
    return _cut(view, table, len(rows))


def _approvals(view: View) -> Group | None:
    rows = view.document["approvals"]
    lines: list[Text] = [Text(_heading(view, "approvals"), style="bold")]
    for row in rows:
        accepted = ("予以采信", "accepted") if row["accepted"] else ("不予采信", "not accepted")
        areas = f"{square_metres(row['area_m2'])} / {square_metres(row['needed_m2'])}"
        words = (row["kind"], row["issuer"], row["number"], row["date"], areas, accepted[view.language == "en"])
        lines.append(Text(f"  {view.title(row['layer'])}：{' · '.join(words)}"))
    return Group(*lines) if rows else None


def _suggestion(view: View) -> Group | None:
    row = view.proposal["suggestion"]
    if row is None:
        return None
    kept, lost = ("保留", "核减") if view.language == "zh" else ("kept", "lost")
    checked = f"复核：{label('conformity', row['recheck'], view.language)}"
    floors = "、".join(view.title(key) for key in row["floors_hit"])
    lines = [
        Text(_heading(view, "suggestion"), style="bold"),
        Text(f"  {kept} {area_words(row['area_m2'])}"),
        Text(f"  {lost} {area_words(row['lost_m2'])}"),
        Text(f"  {checked}{'；仍涉及：' + floors if floors else ''}"),
    ]
    return Group(*lines)


def _referrals(view: View) -> Table | None:
    table = _table(view, "referrals", "departments", "by", "why", "clause")
    for row in view.referrals():
        why = "\n".join(reason["text"] for reason in row["reasons"])
        clauses = "\n".join(dict.fromkeys(reason["clause"] for reason in row["reasons"]))
        table.add_row(escape(row["name"]), label("by", row["by"], view.language), escape(why), escape(clauses))
    return table if table.row_count else None


def _clear(view: View) -> Text | None:
    rows = view.layers("clear")
    titles = "、".join(row["title"] for row in rows)
    return Text.assemble((_heading(view, "clear") + "：", "bold"), (titles, colour("clear"))) if rows else None


def _issues(view: View) -> Group | None:
    rows = view.issues()
    if not rows:
        return None
    lines = [Text(f"  · {row}") for row in rows[:MOST_ROWS]]
    return Group(Text(_heading(view, "issues"), style="bold"), *lines, *_rest(view, len(rows) - len(lines)))


def _provenance(view: View) -> Group:
    said = view.document["provenance"]
    versions = "，".join(
        f"{view.title(key)} v{row['version']}（{row['sha256'][:8]}）" for key, row in said["layer_versions"].items()
    )
    lines = [
        f"  {said['city_name']} · {view.site['crs']} · {view.document['checked_at'] or ''}",
        f"  policy {said['policy_version']} · catalogue {said['catalogue_version']} · engine {said['engine_version']}",
        f"  {versions}",
        f"  sha256 {said['result_hash']}",
    ]
    return Group(Text(_heading(view, "provenance"), style="bold"), *(Text(line, style="dim") for line in lines))


def _table(view: View, heading: str, *columns: str, style: str = "bold") -> Table:
    title = Text(_heading(view, heading), style=style)
    table = Table(title=title, title_justify="left", header_style="bold", expand=False, show_lines=True)
    for name in columns:
        right = name in ("area", "area_share", "from", "to")
        words = _COLUMNS[name][view.language == "en"]
        table.add_column(words, justify="right" if right else "left", no_wrap=right, overflow="fold")
    return table


def _with_clause(said: str, clause: str) -> Text:
    """Words with the clause they rest on below: a column of its own would be a few letters wide."""
    return Text.assemble(said, *([(f"\n{clause}", "dim")] if clause else []))


def _cut(view: View, table: Table, count: int) -> Group | None:
    """A table with, below it, how many of its `count` rows are not shown; None for an empty one."""
    return Group(table, *_rest(view, count - table.row_count)) if table.row_count else None


def _rest(view: View, count: int) -> list[Text]:
    """How many more there are, and where to see them; nothing for none."""
    if count <= 0:
        return []
    zh = f"另有 {count:,} 项未列出：全部见 --format json、geojson，图上见 --format html。"
    en = f"{count:,} more are not shown: all of them with --format json or geojson, on a map with --format html."
    return [Text(f"  {(zh, en)[view.language == 'en']}", style="bold")]


def _heading(view: View, name: str) -> str:
    return _HEADINGS[name][view.language == "en"]


def _area(area_m2: float) -> str:
    return f"{square_metres(area_m2)}\n{hectares(area_m2)} · {mu(area_m2)}" if area_m2 else "—"
