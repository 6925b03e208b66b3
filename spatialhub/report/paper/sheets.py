"""The report's tables in full, as plain values: a name, column heads, rows of text and numbers. The spreadsheet writes
them, the GeoPackage takes what has no place on a map from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spatialhub.report.paper import fragment_tables, tables
from spatialhub.report.paper.points import point_rows
from spatialhub.report.view import View
from spatialhub.report.words import label

Cell = str | float | int | None


_RULINGS = {
    "conformity": "判定", "decided": "裁定", "constraints": "底线与控制线", "answers": "规划", "clauses": "依据",
    "count": "碎块数", "area": "面积m2",
}  # fmt: skip
_USES = {
    "plan": "规划", "layer": "图层", "class": "规划用途", "use": "拟建用途", "answer": "判定", "area": "面积m2",
    "share": "占比",
}  # fmt: skip
_SURVEY = {"layer": "调查", "class": "地类", "area": "面积m2", "share": "占比"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. Areas are square metres with four decimals, as in the JSON."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def sheets(document: Mapping, *, uses: Mapping[str, str]) -> list[Sheet]:
    """Return every table of a result; nothing is left out or rounded but as the JSON is."""
    view = View(document)
    return [
        _overview(view),
        _parts(view, uses),
        _layers(view),
        _features(view),
        _fragments(view),
        _covers(view),
        _summed("裁定汇总", _RULINGS, fragment_tables.ruling_rows(view)),
        _summed("规划用途", _USES, fragment_tables.use_rows(view, uses)),
        _summed("土地利用现状", _SURVEY, tables.survey_rows(view)),
        _crossings(view),
        _points("界址点", view.site["geometry"]),
        *([_points("建议界址点", view.proposal["suggestion"]["geometry"])] if view.proposal["suggestion"] else []),
        _unchecked(view),
        _referrals(view),
        _disputes(view),
        _approvals(view),
        _versions(view),
        _provenance(view),
    ]  # fmt: skip


def _overview(view: View) -> Sheet:
    site, proposal = view.site, view.proposal
    rows: list[tuple[Cell, ...]] = [
        ("项目（用地）名称", site["name"]),
        ("结论（建议）", label("verdict", proposal["verdict"])),
        ("用地面积m2（椭球）", site["area_m2"]),
        ("用地面积m2（平面）", site["area_plane_m2"]),
        ("管辖范围外m2", site["outside_jurisdiction_m2"]),
        ("最小用地面积m2（申报）", view.document.get("min_area_m2")),
        ("坐标系", site["crs"]),
        ("结果哈希", view.document["provenance"]["result_hash"]),
        ("检查时间", view.document["checked_at"]),
    ]
    rows += [(f"理由 {i}", row["text"], row["area_m2"], row["clause"]) for i, row in enumerate(proposal["reasons"], 1)]
    if row := proposal["suggestion"]:
        rows += [("融合建议：保留m2", row["area_m2"]), ("融合建议：核减m2", row["lost_m2"])]
        rows.append(("融合建议：复核", label("conformity", row["recheck"])))
    rows += [(f"声明 {i}", text) for i, text in enumerate(view.document["notices"], 1)]
    rows += [(f"数据提示 {i}", text) for i, text in enumerate(view.issues(), 1)]
    return Sheet("概况", ("项目", "内容", "面积m2", "依据"), rows)


def _parts(view: View, uses: Mapping[str, str]) -> Sheet:
    head = (
        "地块",
        "名称",
        "用途代码",
        "用途",
        "位置",
        "用地性质",
        "形态",
        "方式",
        "设施",
        "建筑高度m",
        "申报面积m2",
        "面积m2",
        "平面面积m2",
    )
    rows = [
        (
            part["number"], part["name"], part["use"], tables.use_words(part["use"], uses),
            *(label(group, part[group]) for group in ("level", "land", "form", "manner")),
            part["facility"], part["max_height_m"], part["declared_area_m2"], part["area_m2"], part["area_plane_m2"],
        )
        for part in view.site["parts"]
    ]  # fmt: skip
    return Sheet("地块", head, rows)


def _layers(view: View) -> Sheet:
    head = ("键", "图层", "类别", "性质", "结果", "必查", "面积m2", "平面面积m2", "占比", "未检查m2", "其中底线m2",
            "疑似数字化误差", "未检查原因", "主管单位", "征求部门", "依据")  # fmt: skip
    rows = [
        (
            row["key"], row["title"], label("family", row["family"]), label("kind", row["kind"]),
            tables.status_words(view, row), "是" if row["required"] else "否", row["area_m2"], row["area_plane_m2"],
            row["share"], row["unchecked_area_m2"], row["floor_area_m2"],
            "是" if row["suspected_digitising_error"] else "", view.reason(row["reason"]) if row["reason"] else "",
            row["steward"], "、".join(row["departments"]), row["clause"],
        )
        for row in view.document["layers"]
    ]  # fmt: skip
    return Sheet("图层", head, rows)


def _features(view: View) -> Sheet:
    rows = [
        (
            row["key"], row["title"], hit["id"], hit["name"], hit["class"], hit["class_name"], hit["area_m2"],
            hit["area_plane_m2"], hit["share"],
            "；".join(f"{name}={value}" for name, value in hit["attributes"].items()),
        )
        for row in view.document["layers"]
        for hit in row["features"]
    ]  # fmt: skip
    head = ("图层键", "图层", "编号", "名称", "类代码", "类名", "面积m2", "平面面积m2", "占比", "属性")
    return Sheet("图斑", head, rows)


def _fragments(view: View) -> Sheet:
    listed = {row["id"]: row for row in fragment_tables.fragment_rows(view)}
    rows: list[tuple[Any, ...]] = []
    for row in view.document["fragments"]:
        said = listed.get(row["id"], {"number": None, "conformity": label("conformity", row["conformity"])})
        rows.append(
            (
                said["number"], row["id"], row["part"], row["area_m2"], said["conformity"],
                view.decided(row["ruling"]), said.get("why", ""), said.get("layers", ""),
                "；".join(row["ruling"]["clauses"]), "、".join(view.title(key) for key in row["unchecked"]),
                "是" if row["outside_jurisdiction"] else "", "是" if row["mismatch"] else "",
            )
        )  # fmt: skip
    head = (
        "编号",
        "碎块",
        "地块",
        "面积m2",
        "判定",
        "裁定",
        "缘由",
        "涉及图层",
        "依据",
        "未检查图层",
        "管辖范围外",
        "缝隙或重叠",
    )
    return Sheet("碎块", head, sorted(rows, key=lambda row: (row[0] is None, row[0] or 0)))


def _covers(view: View) -> Sheet:
    """Which features cover each fragment, one a row: what a pivot table is made of."""
    rows = [
        (row["id"], cover["key"], cover["feature"])
        for row in view.document["fragments"]
        for cover in row["layers"]
    ]  # fmt: skip
    return Sheet("碎块与图斑", ("碎块", "图层键", "图斑编号"), rows)


def _crossings(view: View) -> Sheet:
    rows = [
        (row["part"], view.title(row["layer"]), row["feature"], row["from_m"], row["to_m"], row["area_m2"],
         label("conformity", row["conformity"]))
        for row in view.proposal["crossings"]
    ]  # fmt: skip
    return Sheet("穿越", ("地块", "图层", "图斑编号", "起m", "止m", "面积m2", "判定"), rows)


def _points(title: str, geometry: Mapping) -> Sheet:
    rows = [
        (row["number"], row["ring"], float(str(row["x"])), float(str(row["y"])), float(str(row["side"])))
        for row in point_rows(geometry)
    ]
    return Sheet(title, ("点号", "圈号", "X（北）m", "Y（东）m", "至下一点m"), rows)  # type: ignore[arg-type]


def _unchecked(view: View) -> Sheet:
    rows = [
        (row["title"], "是" if row["required"] else "否", row["why"], row["area_m2"], row["clause"])
        for row in view.unchecked()
    ]
    return Sheet("未检查", ("事项", "必查", "原因", "面积m2", "依据"), rows)


def _referrals(view: View) -> Sheet:
    rows = [
        (row["name"], label("by", row["by"]), reason["text"], "、".join(reason["features"]), reason["clause"])
        for row in view.referrals()
        for reason in row["reasons"]
    ]
    return Sheet("征求部门", ("部门（单位）", "缘由", "事项", "图斑", "依据"), rows)


def _disputes(view: View) -> Sheet:
    rows = [
        (label("discrepancy", row["kind"]), row["text"], "、".join(row["layers"]), len(row["fragments"]),
         row["area_m2"], "、".join(row["fragments"]))
        for row in view.document["discrepancies"]
    ]  # fmt: skip
    return Sheet("数据矛盾", ("类别", "内容", "图层键", "碎块数", "面积m2", "碎块"), rows)


def _approvals(view: View) -> Sheet:
    rows = [
        (view.title(row["layer"]), row["kind"], row["issuer"], row["number"], row["date"], row["area_m2"],
         row["needed_m2"], "采信" if row["accepted"] else "不采信", view.reason(row["reason"]) if row["reason"] else "")
        for row in view.document["approvals"]
    ]  # fmt: skip
    return Sheet("批准文件", ("底线", "种类", "机关", "文号", "日期", "批准面积m2", "所需面积m2", "结果", "原因"), rows)


def _versions(view: View) -> Sheet:
    rows = tables.version_rows(view)
    keys = ("title", "version", "in_force_from", "sha256", "steward")
    return Sheet(
        "数据版本", ("图层", "版本", "施行日期", "SHA-256", "主管单位"), [tuple(_cells(row, keys)) for row in rows]
    )


def _provenance(view: View) -> Sheet:
    said = {key: value for key, value in view.document["provenance"].items() if key != "layer_versions"}
    said |= {
        "site_sha256": view.site["sha256"],
        "grid_m": view.document["grid_m"],
        "merged_faces": view.document["merged_faces"],
        "mismatch_area_m2": view.document["mismatch_area_m2"],
    }
    rows: list[tuple[Cell, ...]] = list(said.items())
    rows += [(f"moved_m2 {key}", area_m2) for key, area_m2 in view.document["moved_m2"].items()]
    return Sheet("检查记录", ("项", "值"), rows)


def _summed(title: str, columns: Mapping[str, str], rows: Sequence[Mapping]) -> Sheet:
    return Sheet(title, tuple(columns.values()), [tuple(_cells(row, columns)) for row in rows])


def _cells(row: Mapping, keys: Iterable[str]) -> Iterable[Cell]:
    """Values as numbers again where they are areas: a spreadsheet adds them up."""
    for key in keys:
        value = row[key]
        if isinstance(value, list):
            yield "；".join(value)
        elif key == "area" and not value.startswith("<"):
            yield float(value.replace(",", ""))
        else:
            yield value
