"""How the `layers` commands show versions: as tables for people, as plain JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from layers.diff import Change, Diff
from layers.model import LayerVersion, Move, Status, pick
from layers.words import word
from layers.workspace import Workspace
from spatialhub.catalogue import LayerEntry
from spatialhub.messages import say

_COLOURS = {Status.DRAFT: "yellow", Status.CURRENT: "green", Status.RETIRED: "dim"}


@dataclass(frozen=True, slots=True)
class Row:
    """A catalogue entry and the version that answers for it on a day; `reason` where none does."""

    entry: LayerEntry
    steward: str
    version: LayerVersion | None
    reason: str
    drafts: tuple[LayerVersion, ...] = ()


def rows(workspace: Workspace, known: Sequence[LayerVersion], as_of: date) -> list[Row]:
    """A row for every catalogue entry, those without any version too."""
    found = []
    for key, entry in workspace.catalogue.entries.items():
        own = [version for version in known if version.layer == key]
        choice = pick(own, as_of=as_of)
        drafts = tuple(version for version in own if version.status is Status.DRAFT)
        steward = workspace.city.policy.department(entry.steward)
        found.append(Row(entry, steward, choice.version, choice.reason, drafts))
    return found


def layers_table(found: Sequence[Row], language: str) -> Group:
    """The table of all layers, with what the star means."""
    table = _table(language, fixed=("layer",), folded=("title", "version"), numbers=("count", "area_ha"))
    table.add_column(word("steward", language), overflow="fold")
    family = None
    for row in found:
        if row.entry.family is not family:
            family = row.entry.family
            table.add_section()
            table.add_row(Text(word(family.value, language), "bold"))
        table.add_row(*_layer_cells(row, language))
    missing = sum(row.version is None for row in found if row.entry.required)
    legend = Text(f"* {word('required', language)}", "magenta")
    if missing:
        legend.append(f"　{word('missing', language)} {missing}", "red")
    return Group(table, legend)


def _layer_cells(row: Row, language: str) -> list[str | Text]:
    title = Text(row.entry.title(language))
    if row.entry.required:
        title.append(" *", "magenta")
    version = row.version
    if version is None:
        status = Text(say(row.reason, language), "red" if row.entry.required else "yellow")
        return [row.entry.key, title, status + _drafts(row, language), "", "", row.steward]
    standing = Text(f"@{version.number} ") + _status(version, language) + Text(f" {in_force(version.now, language)}")
    cells: list[str | Text] = [row.entry.key, title, standing + _drafts(row, language)]
    return [*cells, f"{version.feature_count:,}", hectares(version.area_m2), row.steward]


def _drafts(row: Row, language: str) -> Text:
    if not row.drafts:
        return Text()
    return Text(f" {word('draft', language)} @{row.drafts[-1].number}", "yellow")


def versions_table(known: Sequence[LayerVersion], language: str) -> Table:
    """The table of versions, narrow enough for a terminal of 80 columns; `show` tells the rest."""
    table = _table(language, fixed=("version", "status"), folded=("in_force",), numbers=("count", "area_ha"))
    table.add_column(word("source", language), overflow="fold")
    table.add_column(word("released", language), no_wrap=True)
    for version in known:
        table.add_row(
            version.name,
            _status(version, language),
            in_force(version.now, language),
            f"{version.feature_count:,}",
            hectares(version.area_m2),
            plain(version.source_name),
            _day(version.released),
        )
    return table


def version_card(version: LayerVersion, columns: Mapping[str, str], language: str) -> Group:
    """Everything the registry knows of one version, and what was noticed when it was imported."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for key, value in _facts(version, columns, language):
        table.add_row(Text(word(key, language), "bold"), value)
    parts: list[RenderableType] = [Text(f"{version.title} {version.name}", "bold"), table]
    findings = _findings(version, language)
    return Group(*parts, "", findings) if findings.row_count else Group(*parts)


def _facts(version: LayerVersion, columns: Mapping[str, str], language: str) -> list[tuple[str, RenderableType]]:
    basis = word("city_frame", language) if version.coverage_basis == "city" else plain(version.coverage_basis)
    roles = {role: source for role, source in dict(version.report["roles"]).items() if source}  # type: ignore[call-overload]
    shared = "" if version.shareable else f"　{word('not_shareable', language)}"
    found: list[tuple[str, RenderableType]] = [
        ("status", _status(version, language)),
        ("in_force", in_force(version.now, language)),
        ("count", f"{version.feature_count:,}"),
        ("area_ha", hectares(version.area_m2)),
        ("coverage", f"{basis}　{hectares(version.coverage_area_m2)} {word('hectares', language)}"),
        ("source", f"{plain(version.source_name)}　{version.source_format}　SHA-256 {version.source_sha256[:16]}…"),
        ("crs", f"{version.source_crs}　{word(version.brought_in, language)}"),
        ("encoding", plain(version.encoding) or "—"),
        ("columns", plain("、".join(f"{role} ← {source}" for role, source in roles.items()) or "—")),
        ("imported", _moment(version.moves[0])),
        ("released", _moment(version.released)),
        ("retired", _moment(version.retired)),
        ("snapshot", f"{version.snapshot_sha256[:16]}…（{len(columns)} {word('columns', language)}）{shared}"),
    ]
    if version.buffer_m:
        found.insert(4, ("buffer", f"{version.buffer_m:g} m　{plain(str(version.report['buffer_basis']))}"))
    return found


def _findings(version: LayerVersion, language: str) -> Table:
    table = _table(language, folded=("found",), numbers=("times",))
    seen: set[str] = set()
    counts = dict(version.report["issue_counts"])  # type: ignore[call-overload]
    for issue in version.report["issues"]:  # type: ignore[attr-defined]
        code = issue["code"]
        if code in seen and code != "layer_unknown_class":
            continue
        seen.add(code)
        words = say(code, language, place=issue["place"], **issue["params"])
        table.add_row(plain(words), f"{int(issue['params'].get('count', counts[code])):,}")
    return table


def diff_table(diff: Diff, language: str, *, most: int = 200) -> Group:
    """Totals by kind of change, then the differences themselves, at most `most`."""
    numbers = ("before_m2", "after_m2", "gained_m2", "lost_m2")
    table = _table(language, fixed=("change",), folded=("id", "name"), numbers=numbers)
    table.add_column(word("changed_columns", language), overflow="fold")
    for one in diff.differences[:most]:
        areas = [f"{value:,.2f}" for value in (one.before_m2, one.after_m2, one.gained_m2, one.lost_m2)]
        table.add_row(
            word(one.change.value, language), plain(one.id), plain(one.name), *areas, plain("、".join(one.columns))
        )
    totals = "　".join(f"{word(change.value, language)} {len(diff.of(change)):,}" for change in Change)
    totals += f"　{word('unchanged', language)} {diff.unchanged:,}"
    rest = len(diff.differences) - most
    return Group(totals, *([table] if diff.differences else []), *([f"… +{rest:,}"] if rest > 0 else []))


def as_json(version: LayerVersion) -> dict[str, object]:
    """A version as plain JSON."""
    return {
        "name": version.name,
        "layer": version.layer,
        "number": version.number,
        "title": version.title,
        "status": version.status.value,
        "in_force_from": _iso(version.in_force_from),
        "in_force_until": _iso(version.in_force_until),
        "feature_count": version.feature_count,
        "area_m2": round(version.area_m2, 4),
        "buffer_m": version.buffer_m,
        "source": {
            "name": version.source_name,
            "sha256": version.source_sha256,
            "format": version.source_format,
            "crs": version.source_crs,
            "brought_in": version.brought_in,
            "encoding": version.encoding,
        },
        "coverage": {"basis": version.coverage_basis, "area_m2": round(version.coverage_area_m2, 4)},
        "snapshot": version.snapshot_sha256,
        "shareable": version.shareable,
        "moves": [
            {"at": move.at.isoformat(), "who": move.who, "act": move.act.value, "status": move.status.value,
             "steward": move.steward, "in_force_from": _iso(move.in_force_from),
             "in_force_until": _iso(move.in_force_until)}
            for move in version.moves
        ],
        "report": dict(version.report),
    }  # fmt: skip


def row_json(row: Row) -> dict[str, object]:
    """A row of the table of all layers as plain JSON."""
    return {
        "layer": row.entry.key,
        "title": {"zh": row.entry.title_zh, "en": row.entry.title_en},
        "family": row.entry.family.value,
        "required": row.entry.required,
        "steward": row.entry.steward,
        "version": as_json(row.version) if row.version else None,
        "reason": row.reason or None,
        "drafts": [draft.name for draft in row.drafts],
    }


def diff_json(diff: Diff) -> dict[str, object]:
    """A diff as plain JSON."""
    found = [
        {"change": one.change.value, "id": one.id, "name": one.name, "before_m2": round(one.before_m2, 4),
         "after_m2": round(one.after_m2, 4), "gained_m2": round(one.gained_m2, 4), "lost_m2": round(one.lost_m2, 4),
         "columns": list(one.columns)}
        for one in diff.differences
    ]  # fmt: skip
    return {"unchanged": diff.unchanged, "differences": found}


def plain(text: str) -> str:
    """Text of a file or attribute, safe for a terminal: no markup, no control characters."""
    return escape("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text))


def in_force(move: Move, language: str) -> str:
    """Days in force, in words."""
    if move.in_force_from is None:
        return "—"
    if move.in_force_until is None:
        return f"{move.in_force_from} {word('no_end', language)}"
    return f"{move.in_force_from} – {move.in_force_until}"


def hectares(area_m2: float) -> str:
    """Hectares with four decimals, as planning tables have them."""
    return f"{area_m2 / 10_000:,.4f}"


def _status(version: LayerVersion, language: str) -> Text:
    key = "retired_status" if version.status is Status.RETIRED else version.status.value
    return Text(word(key, language), _COLOURS[version.status])


def _moment(move: Move | None) -> str:
    if move is None:
        return "—"
    return f"{move.at:%Y-%m-%d %H:%M} {plain(move.who)}" + (f"（{move.steward}）" if move.steward else "")


def _day(move: Move | None) -> str:
    return f"{move.at:%Y-%m-%d}" if move else "—"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _table(
    language: str, *, fixed: Sequence[str] = (), folded: Sequence[str] = (), numbers: Sequence[str] = ()
) -> Table:
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in fixed:
        table.add_column(word(name, language), no_wrap=True)
    for name in folded:
        table.add_column(word(name, language), overflow="fold")
    for name in numbers:
        table.add_column(word(name, language), justify="right", no_wrap=True)
    return table
