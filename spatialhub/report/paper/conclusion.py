"""The report's conclusion: the verdict in four cells, and why."""

from __future__ import annotations

from collections.abc import Mapping

from spatialhub.report.figures import balanced, square_metres
from spatialhub.report.paper import tables
from spatialhub.report.view import View
from spatialhub.report.words import LABELS, colour, label

_MOST_NAMED, _MOST_TITLES = 4, 8
_ROUNDING_M2 = 0.01


def conclusion(view: View) -> dict:
    """Return verdict, four cells and reasons: facts counted and named, no judgement but the check's own."""
    verdict = view.proposal["verdict"]
    words = label("verdict", verdict)
    return {
        "verdict": words,
        "verdict_colour": colour(verdict).removeprefix("#"),
        "meaning": LABELS["meaning"].get(verdict, ("",))[0],
        "cells": [
            {"title": "底线与三条控制线", "text": _cell(view, "floors")},
            {"title": "六线", "text": _cell(view, "six_lines")},
            {"title": "规划用途与专项", "text": f"{_plans_cell(view)}{_cell(view, 'special', brief=True)}"},
            {"title": "综合结论（建议）", "text": f"{words}。{_totals(view)}"},
        ],
        "reasons": [
            {
                "text": row["text"].rstrip("。"),
                "area": square_metres(row["area_m2"]) if row["area_m2"] else "",
                "note": _beside(view, row),
                "clause": row["clause"],
            }
            for row in view.reasons()
        ],
        "required_unchecked": [row["title"] for row in view.unchecked() if row["required"]],
    }


def _beside(view: View, reason: Mapping) -> str:
    """Why a reason's area is not the one printed elsewhere for the same thing; empty where they agree."""
    if reason["code"] == "verdict_below_minimum":
        return narrow_words(view, reason["area_m2"])
    layer = next((row for row in view.document["layers"] if reason["text"].endswith(f"：{row['title']}。")), None)
    if layer is None:
        return ""
    whole, part = tables.touched_m2(layer), reason["area_m2"]
    moved = sum(
        area for name, area in view.document["moved_m2"].items() if name.partition("/")[0] == layer["key"]
    )  # fmt: skip
    if square_metres(whole) == square_metres(part) or abs(whole - part) > moved + _ROUNDING_M2:
        return ""
    apart = f"相差 {square_metres(abs(round(whole, 2) - round(part, 2)))}"
    return f"按碎块汇总；该图层压占 {square_metres(whole)}，{apart}系细碎面并入相邻碎块"


def narrow_words(view: View, lost_m2: float) -> str:
    """What was lost beyond the fragments that must go; empty for nothing."""
    gone = sum(row["area_m2"] for row in view.proposal["reasons"] if row["code"] == "verdict_trimmed")
    narrow = round(lost_m2, 2) - round(gone, 2)
    return f"其中裁减后过窄、一并核减的残余 {square_metres(narrow)}" if gone and narrow >= _ROUNDING_M2 else ""


def _cell(view: View, group: str, *, brief: bool = False) -> str:
    """What the layers of a section answer, counted and named: facts, no judgement of its own.

    `brief`: of a section with dozens of layers the gravest are named and the others counted; what was not checked is
    never left uncounted.
    """
    rows = [row for row in view.document["layers"] if tables.group_of(row) == group]
    if not rows:
        return "" if brief else "本市目录中没有此类图层。"
    hits = [row for row in rows if row["status"] == "hit" and not view.lies_in(row)]
    inside = [row for row in rows if view.lies_in(row)]
    faint = [row for row in rows if row["status"] in ("trace", "adjacent")]
    missed = [row for row in rows if row["status"] == "unchecked"]
    clear = [row for row in rows if row["status"] == "clear"]
    partly = [row for row in rows if row["status"] != "unchecked" and row["unchecked_area_m2"]]
    if len(clear) == len(rows) and not partly:
        return ("专项与其他（第五部分）：" if brief else "") + f"{len(rows)} 层均未涉及。"
    said = [_covered(view, hits, brief)] if hits else _none_hit(len(rows), len(missed))
    said += [f"位于其中 {len(inside)} 层"] if inside and brief else [_inside(row) for row in inside]
    said += [f"微量或相邻{_named(faint)}"] if faint else []
    said += [f"未检查 {len(missed)} 层，不能视为不涉及：{_some(missed, '第九部分')}"] if missed else []
    said += [f"部分范围未检查：{_some(partly, '第九部分')}"] if partly else []
    said += [f"其余 {len(clear)} 层未涉及"] if clear else []
    return ("专项与其他（第五部分）：" if brief else "") + "；".join(said) + "。"


def _covered(view: View, hits: list[Mapping], brief: bool) -> str:
    """Layers covered; of many, those in conflict by name and the others by number."""
    if not brief or len(hits) <= _MOST_NAMED:
        return f"压占{_named(hits)}"
    conflicting = view.conflicting()
    grave = sorted((row for row in hits if row["key"] in conflicting), key=lambda row: -tables.touched_m2(row))
    shown = grave[:_MOST_NAMED]
    more = "等" if len(grave) > len(shown) else ""
    named = f"，其中冲突 {len(grave)} 层：{_named(shown)}{more}" if grave else "，均未列为冲突"
    return f"压占 {len(hits)} 层{named}"


def _some(rows: list[Mapping], where: str) -> str:
    """Titles, required layers first; of many the first, and where the others stand."""
    titles = [row["title"] for row in sorted(rows, key=lambda row: not row["required"])]
    shown = "、".join(titles[:_MOST_TITLES])
    return shown if len(titles) <= _MOST_TITLES else f"{shown}等，全部见{where}"


def _none_hit(count: int, missed: int) -> list[str]:
    """That nothing is covered: said of the layers that were checked, and of those alone."""
    if missed == count:
        return []
    return [f"已检查的 {count - missed} 层未压占"] if missed else ["未压占"]


def _named(rows: list[Mapping]) -> str:
    return "、".join(f"{row['title']}（{square_metres(tables.touched_m2(row))}）" for row in rows)


def _inside(row: Mapping) -> str:
    """Where a site lies: by the names of the zones, for a layer's title may name only the zone that bars."""
    names = list(dict.fromkeys(hit["class_name"] or hit["name"] for hit in row["features"]))
    zones = "、".join(name for name in names[:3] if name) or row["title"]
    more = f"等 {len(names)} 类" if len(names) > 3 else ""
    off = f"，其中属于底线的 {square_metres(row['floor_area_m2'])}" if row["kind"] == "floor" else ""
    return f"{row['title']}：位于“{zones}”{more}内（{square_metres(row['area_m2'])}{off}）"


def _plans_cell(view: View) -> str:
    """Area by what the deciding plan or plans say, from the fragments' outcomes."""
    sums: dict[str, float] = {}
    for fragment in view.document["fragments"]:
        words = view.decided(fragment["ruling"])
        sums[words] = sums.get(words, 0.0) + fragment["area_m2"]
    ordered = sorted(sums, key=lambda words: (-sums[words], words))
    areas = balanced([sums[words] for words in ordered], sum(sums.values()))
    return "；".join(f"{words} {square_metres(area)}" for words, area in zip(ordered, areas, strict=True)) + "。"


def _totals(view: View) -> str:
    return "、".join(f"{label('conformity', kind)} {square_metres(area)}" for kind, area in view.conformity_totals())
