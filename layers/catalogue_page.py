"""The catalogue for people: every layer with steward, whom it asks, what it does to which use, clause and source.

`rows` and `units` are what pages show; `markdown` is docs/catalogue.md (`spatialhub layers catalogue -o FILE`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from layers.words import word
from spatialhub.catalogue import Catalogue, EffectRow, Family, Kind, LayerEntry
from spatialhub.cities.model import City, Stewardship
from spatialhub.precedence.model import Basis, Duty

_NONE = "—"
_ALL_REST = {Kind.FLOOR: "其余一律禁止，除非有所列批准", Kind.CONTROL: "未列的用途须主管部门答复"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of an effect table in words: when it holds, what the layer then does, and the note printed with it."""

    when: str
    effect: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A layer of the catalogue in a city. `kept_by` is where the city says that the steward keeps it; `consulted` are
    (department, why); `clause` is the city's own, `national` the rule behind the layer."""

    entry: LayerEntry
    steward: str
    kept_by: str
    consulted: tuple[tuple[str, str], ...]
    effects: tuple[Line, ...]
    clause: str
    national: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a city with what it keeps and what it checks on every project."""

    name: str
    standing: bool
    kept: tuple[Stewardship, ...]
    duties: tuple[Duty, ...]
    layers: tuple[str, ...]


def rows(catalogue: Catalogue, city: City) -> list[Row]:
    """A row for every layer, in catalogue order."""
    keepers = {layer: kept for kept in city.stewardships for layer in kept.layers}
    return [_row(entry, catalogue, city, keepers.get(key)) for key, entry in catalogue.entries.items()]


def units(catalogue: Catalogue, city: City) -> list[Unit]:
    """Every unit of the city, in the order of its file."""
    policy, found = city.policy, []
    for unit in city.departments:
        if unit.key in city.successors:
            continue
        kept = tuple(row for row in city.stewardships if row.department == unit.key)
        layers = tuple(catalogue.entry(key).title_zh for row in kept for key in row.layers if key in catalogue.entries)
        duties = tuple(duty for duty in policy.duties if duty.department == unit.key)
        found.append(Unit(policy.department(unit.key), unit.standing_member, kept, duties, layers))
    return found


def _row(entry: LayerEntry, catalogue: Catalogue, city: City, kept: Stewardship | None) -> Row:
    name = city.policy.department
    return Row(
        entry=entry,
        steward=name(entry.steward),
        kept_by=kept.clause if kept else "",
        consulted=tuple((name(row.department), row.why) for row in entry.consulted),
        effects=tuple(_lines(entry, catalogue)),
        clause=city.policy.layer_clauses.get(entry.key, ""),
        national=entry.clause,
    )


def _lines(entry: LayerEntry, catalogue: Catalogue) -> Iterator[Line]:
    for row in entry.effects:
        yield Line(_when(row, catalogue), word(f"effect_{row.effect.value}"), row.note)
    if entry.kind in _ALL_REST and (not entry.effects or _when(entry.effects[-1], catalogue) != "其余"):
        yield Line("其余", _ALL_REST[entry.kind])
    if entry.only:
        yield Line("分类代码不在 " + "、".join(entry.only.codes) + " 之列", "不作底线")
    if entry.fact:
        yield Line("一律", word(f"fact_{entry.fact}"))


def _when(row: EffectRow, catalogue: Catalogue) -> str:
    parts = []
    if row.classes:
        parts.append("类别 " + "、".join(row.classes))
    if row.uses:
        parts.append("用途 " + "、".join(f"{use} {_use(use, catalogue)}".strip() for use in row.uses))
    if row.levels:
        parts.append("、".join(word(f"level_{level.value}") for level in row.levels))
    if row.manners:
        parts.append("、".join(word(f"manner_{manner.value}") for manner in row.manners))
    if row.reserved:
        parts.append(word(f"reserved_{row.reserved}"))
    if row.height:
        parts.append(word(f"height_{row.height}"))
    return "；".join(parts) or "其余"


def _use(code: str, catalogue: Catalogue) -> str:
    return catalogue.uses[code].name_zh if code in catalogue.uses else ""


# --- docs/catalogue.md -----------------------------------------------------------------------------------------------

_HEAD = """# 图层目录与单位职责（{city}）

由目录文件（`layers/catalog/`）与城市文件（`spatialhub/cities/{key}/`）生成，命令为
`spatialhub --city {key} layers catalogue -o docs/catalogue.md`；请勿手改。
“来源”一栏说明哪些是读到的、哪些凭记忆整理：**凡凭记忆者，牵头部门核对之前不得作为依据。**

Generated from the catalogue and the city's files; written by `spatialhub --city {key} layers catalogue -o
docs/catalogue.md`, not by hand. What is recalled rather than read says so under 来源: its steward must check it first.
"""


def markdown(catalogue: Catalogue, city: City) -> str:
    """The whole page."""
    found = rows(catalogue, city)
    text = [_HEAD.format(city=city.name, key=city.key)]
    for family in Family:
        own = [row for row in found if row.entry.family is family]
        if own:
            text += [f"## {word(family.value)}", "", *_overview(own), *(_section(row) for row in own)]
    text += ["## 单位职责", "", *(_unit(unit) for unit in units(catalogue, city)), *_regions(city)]
    return "\n".join(text).rstrip() + "\n"


def _overview(found: Sequence[Row]) -> list[str]:
    table = ["| 图层 | 作用 | 牵头 | 征求 | 条款 |", "|---|---|---|---|---|"]
    for row in found:
        asked = "、".join(dict.fromkeys(name for name, _ in row.consulted)) or _NONE
        clause = "；".join(filter(None, (row.clause, row.national))) or _NONE
        table.append(_cells(f"{row.entry.title_zh} `{row.entry.key}`", _kind(row.entry), row.steward, asked, clause))
    return [*table, ""]


def _section(row: Row) -> str:
    entry = row.entry
    asked = "；".join(f"{name}（{why}）" for name, why in row.consulted) or _NONE
    lines = [
        f"### {entry.title_zh} `{entry.key}`",
        "",
        f"- 作用：{_kind(entry)}",
        f"- 牵头：{row.steward}（{row.kept_by or '本市未列明'}）",
        f"- 征求：{asked}",
        f"- 本市条款：{row.clause or _NONE}",
        f"- 国家依据：{row.national or _NONE}",
        f"- 识别的表名：{'、'.join(entry.tables) or _NONE}",
        f"- 来源：{entry.source or _NONE}",
        "",
    ]
    if row.effects:
        lines += ["| 情形 | 效力 | 说明 |", "|---|---|---|"]
        lines += [_cells(line.when, line.effect, line.note or _NONE) for line in row.effects]
        lines.append("")
    return "\n".join(lines)


def _unit(unit: Unit) -> str:
    lines = [f"### {unit.name}{'（联席会议常设成员）' if unit.standing else ''}", ""]
    for kept in unit.kept:
        lines += [f"- {task}（{kept.clause}{_own(kept.basis)}）" for task in kept.tasks]
    for duty in unit.duties:
        letter = "，一律函询" if duty.by_letter else ""
        lines += [f"- 每个项目核实：{check}（{duty.clause}{_own(duty.basis)}{letter}）" for check in duty.checks]
    if unit.layers:
        lines.append(f"- 牵头图层：{'、'.join(unit.layers)}")
    return "\n".join([*lines, ""])


def _regions(city: City) -> list[str]:
    if not city.regions:
        return []
    tasks = [f"- {task}（{row.clause}）" for row in city.region_tasks for task in row.tasks]
    table = ["| 名称 | 代码 | 来源 |", "|---|---|---|"]
    table += [_cells(region.name, region.code or _NONE, region.source) for region in city.regions]
    return ["### 各县（市、区）、开发区", "", *tasks, "", *table, ""]


def _own(basis: Basis) -> str:
    return "，本局规定" if basis is Basis.BUREAU else ""


def _kind(entry: LayerEntry) -> str:
    return word(f"kind_{entry.kind.value}") + ("，必查" if entry.required else "")


def _cells(*texts: str) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"
