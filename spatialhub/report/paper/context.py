"""Everything a report prints, as one dict of plain values (text, whole numbers, lists, dicts): the Word and the PDF
template are filled from it, a re-made report is compared by it. `docs/report.md` lists the placeholders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from spatialhub.messages import LANGUAGES, say
from spatialhub.report.figures import area_words, hectares_figure, square_figure, square_metres
from spatialhub.report.paper import fragment_tables, tables
from spatialhub.report.paper.conclusion import conclusion, narrow_words
from spatialhub.report.paper.points import point_rows
from spatialhub.report.paper.text import printable
from spatialhub.report.view import View
from spatialhub.report.words import label

# What the paper lists; the spreadsheet has everything.
ALL_FRAGMENTS, GRAVEST, MOST_RULINGS, MOST_CROSSINGS, MOST_POINTS, MOST_FEATURES = 60, 30, 30, 120, 200, 40
MOST_USES = 60
MAPS = (
    ("location", "用地位置图"),
    ("floors", "用地与底线、三条控制线叠加图"),
    ("six_lines", "用地与六线叠加图"),
    ("survey", "土地利用现状图"),
    ("rulings", "叠加碎块判定图"),
)
_SYNTHETIC = ("演示数据", "示例数据", "非法定界线", "synthetic")  # in notices, however they were worded when written
CITING = ("floors", "six_lines", "special", "plans", "rulings", "fragments", "unchecked", "referrals")
_VERIFYING = (
    "在哪里、由谁核验：由出具本报告的规划主管部门，在存有本市各图层数据的计算机上运行 spatialhub report verify 文件名。"
    "项目单位和其他部门没有这些数据，收到报告后可把文件（DOCX、PDF、XLSX、GPKG 均可）送该部门核验。",
    "核验回答三个问题：（1）文件是否未经改动：重新计算所载结果的哈希，并逐行核对文字；图片和版式不核对。"
    "（2）检查所用的各图层版本和规则是否仍在、是否完好。（3）用同样的数据重新检查，结果是否一致，不一致的逐项列出。",
    "核验不能证明图层数据本身正确；整份换掉的文件与自身相符，须与签字纸质件或登记中的结果哈希（见每页页眉）对照。",
    "报告所列的表如有截取，完整的各表见随附电子表格（XLSX）。",
)
_ALL_IN_XLSX = "全部见随附电子表格（XLSX）“{sheet}”表"


def paper_context(document: Mapping, *, uses: Mapping[str, str]) -> dict:
    """Return the context of a result's report. `document` is the published JSON, `uses` names uses by code.

    Nothing but the arguments enters, no clock either: the same result gives the same paper.
    """
    view = View(document)
    context = _head(view) | _site(view, uses) | conclusion(view) | _sections(view, uses) | _long_tables(view)
    return printable(_with_references(context | _annexes(view)))


def _with_references(context: dict) -> dict:
    """Number every clause once, in the order in which the tables first cite it: a row's `refs` are those numbers."""
    cited: dict[str, int] = {}
    for name in ("conformities", "rulings", "discrepancies"):
        context[name] = [row | {"count": f"{row['count']:,}"} for row in context[name]]
    for name in CITING:
        for row in context[name]:
            numbers = [cited.setdefault(clause, len(cited) + 1) for clause in row["clauses"]]
            row["refs"] = ", ".join(map(str, numbers)) or "—"
    return context | {"clauses": [{"number": number, "text": text} for text, number in cited.items()]}


def synthetic_mark(document: Mapping) -> str:
    """Return what stands on every page of a result that synthetic data went into; empty for any other."""
    said = {say("synthetic_layers", language) for language in LANGUAGES}
    marked = any(text in said or any(word in text for word in _SYNTHETIC) for text in document["notices"])
    return "演示数据（示例，非法定界线），不得作为任何决定的依据" if marked else ""


def _head(view: View) -> dict:
    document, said = view.document, view.document["provenance"]
    mark = synthetic_mark(document)
    return {
        "title": f"{said['city_name']}建设项目用地合规性审查报告",
        "city": said["city_name"],
        "hash": said["result_hash"],
        "header": f"结果哈希（SHA-256）{said['result_hash']}",
        "synthetic": bool(mark),
        "mark": mark,
        "notices": list(document["notices"]),
        "date": _day(document["checked_at"]),
        "binding": f"{label('note', 'binds_nobody')}；{label('note', 'how_to_verify')}",
    }


def _day(instant: str | None) -> str:
    if not instant:
        return "（未记检查时间）"
    found = datetime.fromisoformat(instant)
    return f"{found.year}年{found.month}月{found.day}日"


def _site(view: View, uses: Mapping[str, str]) -> dict:
    site, source, least = view.site, view.site["source"], view.document.get("min_area_m2")
    return {
        "site": {
            "name": site["name"],
            "area": square_figure(site["area_m2"]),
            "hectares": hectares_figure(site["area_m2"]),
            "area_words": area_words(site["area_m2"]),
            "area_plane": square_figure(site["area_plane_m2"]),
            "outside": square_figure(site["outside_jurisdiction_m2"]) if site["outside_jurisdiction_m2"] else "",
            "minimum": square_metres(least) if least is not None else "",
            "crs": plane_words(site["crs"]),
            "source": f"{source['name']}（{source['format']}，{source['crs']}）" if source else "图上绘制或键入",
            "source_sha256": source["sha256"] if source else "",
            "bounds": "X {1:.3f} ～ {3:.3f}，Y {0:.3f} ～ {2:.3f}".format(*site["bounds"]),
            "issues": view.issues(),
        },
        "parts": [_part(part, uses) for part in site["parts"]],
    }


def plane_words(crs: str) -> str:
    """Return the name of a CGCS2000 3° plane without zone prefix, as maps and tables state it."""
    meridian = 75 + 3 * (int(crs.removeprefix("EPSG:")) - 4534)
    return f"2000国家大地坐标系，高斯-克吕格 3° 带，中央经线 {meridian}°E，Y 不含带号（{crs}）"


def _part(part: Mapping, uses: Mapping[str, str]) -> dict:
    traits = [label(group, part[group]) for group in ("level", "land", "form", "manner")]
    height = [f"建筑高度不超过 {part['max_height_m']:g} m"] if part["max_height_m"] is not None else []
    declared = part["declared_area_m2"]
    return {
        "number": part["number"],
        "name": part["name"] or "—",
        "use": tables.use_words(part["use"], uses),
        "traits": "、".join([*traits, *([part["facility"]] if part["facility"] else []), *height]),
        "declared": square_figure(declared) if declared is not None else "—",
        "area": square_figure(part["area_m2"]),
        "hectares": hectares_figure(part["area_m2"]),
    }


def _suggestion(view: View) -> dict:
    """The fusion suggestion; an empty dict where there is none, so that a template may test it."""
    row = view.proposal["suggestion"]
    if row is None:
        return {}
    points = point_rows(row["geometry"])
    return {
        "kept": square_figure(row["area_m2"]),
        "kept_words": area_words(row["area_m2"]),
        "lost": square_figure(row["lost_m2"]),
        "lost_note": narrow_words(view, row["lost_m2"]),
        "recheck": label("conformity", row["recheck"]),
        "floors_hit": "、".join(view.title(key) for key in row["floors_hit"]),
        "points": points[:MOST_POINTS],
        "points_note": _cut(len(points), MOST_POINTS, "个界址点", "建议界址点"),
    }


def _sections(view: View, uses: Mapping[str, str]) -> dict:
    use_rows = fragment_tables.use_rows(view, uses)
    special = tables.layer_rows(view, "special")
    features, found = tables.feature_rows(view, most=MOST_FEATURES)
    return {
        "suggestion": _suggestion(view),
        "floors": tables.layer_rows(view, "floors"),
        "layers_note": _layers_note(view),
        "six_lines": tables.layer_rows(view, "six_lines"),
        "plans": tables.layer_rows(view, "plans"),
        "special": [row for row in special if row["touched"]],
        "special_clear": "、".join(str(row["title"]) for row in special if not row["touched"]),
        "features": features,
        "features_note": _cut(found, MOST_FEATURES, "个图斑", "图斑"),
        "uses": use_rows[:MOST_USES],
        "uses_note": _cut(len(use_rows), MOST_USES, "行", "规划用途"),
        "survey": tables.survey_rows(view),
        "unchecked": tables.unchecked_rows(view),
        "referrals": tables.referral_rows(view),
        "discrepancies": [
            {"text": _titled(view, row["text"]) or "、".join(view.title(key) for key in row["layers"]),
             "kind": label("discrepancy", row["kind"]), "count": len(row["fragments"]),
             "area": square_figure(row["area_m2"])}
            for row in view.document["discrepancies"]
        ],
        "approvals": [_approval(view, row) for row in view.document["approvals"]],
    }  # fmt: skip


def _titled(view: View, text: str) -> str:
    """A text of the engine with layers by their titles."""
    for row in view.document["layers"]:
        text = text.replace(f"{row['key']}: ", f"{row['title']}：")
    return text


def _approval(view: View, row: Mapping) -> dict:
    limited = f"（限图斑 {'、'.join(row['features'])}）" if row.get("features") else ""
    return {
        "layer": view.title(row["layer"]) + limited,
        "document": f"{row['issuer']} {row['number']}（{row['date']}，{row['kind']}）",
        "area": square_figure(row["area_m2"]),
        "needed": square_figure(row["needed_m2"]),
        "accepted": "采信" if row["accepted"] else f"不采信：{view.reason(row['reason']) if row['reason'] else ''}",
    }


def listed_fragments(count: int) -> int:
    """How many of so many fragments the paper lists one by one: all, or only the gravest."""
    return count if count <= ALL_FRAGMENTS else GRAVEST


def _long_tables(view: View) -> dict:
    listed = sum(not row["mismatch"] for row in view.document["fragments"])
    shown = listed_fragments(listed)
    rulings, crossings = fragment_tables.ruling_rows(view), tables.crossing_rows(view)
    everywhere = fragment_tables.unchecked_everywhere(view)
    shown_crossings = sorted(sorted(crossings, key=_gravity)[:MOST_CROSSINGS], key=_along)
    points = point_rows(view.site["geometry"])
    return {
        "conformities": fragment_tables.conformity_rows(view),
        "rulings": rulings[:MOST_RULINGS],
        "rulings_note": _cut(len(rulings), MOST_RULINGS, "类裁定", "裁定汇总"),
        "fragments": fragment_tables.fragment_rows(view, most=shown, unsaid=map(view.not_checked, everywhere)),
        "fragments_all": listed <= ALL_FRAGMENTS,
        "fragments_note": _fragments_note(view, listed, shown, everywhere),
        "crossings": shown_crossings,
        "crossings_note": _cut(len(crossings), MOST_CROSSINGS, "处穿越", "穿越"),
        "points": points[:MOST_POINTS],
        "points_note": _cut(len(points), MOST_POINTS, "个界址点", "界址点"),
    }


def _gravity(row: Mapping) -> tuple:
    return row["grave"], -float(str(row["length"]).replace(",", ""))


def _along(row: Mapping) -> tuple:
    return row["part"], float(str(row["from"]).replace(",", "")), str(row["layer"])


def _layers_note(view: View) -> str:
    """What the areas of layers are, and why the same area may be printed a little differently elsewhere."""
    said = [
        "“未占底线”：该图层在用地内有图斑，但不是其中的底线分区",
        "面积为图层压占面积，同一图层不重复计算",
        "“依据”为本报告第十三部分所列条款的编号",
    ]
    moved_m2 = sum(view.document["moved_m2"].values())
    if moved_m2 >= 0.005:  # less does not show in two decimals
        said.insert(
            2,
            "理由和第七部分的面积按碎块汇总，细碎面已并入相邻碎块"
            f"（各图层移动面积合计 {square_metres(moved_m2)}），故同一图层的面积可有微小差别，以图层压占面积为准",
        )
    return "；".join(said) + "。"


def _fragments_note(view: View, listed: int, shown: int, everywhere: Sequence[str]) -> str:
    document = view.document
    said = [
        f"本宗用地共 {listed:,} 个叠加碎块，面积之和等于用地面积；各表按最大余数法平差到 0.01 m²，"
        "与单独取两位小数的同一面积可相差 0.01 m²"
    ]
    if shown < listed:
        where = _ALL_IN_XLSX.format(sheet="碎块")
        said.append(f"本报告按裁定汇总，只逐个列出判定最重、面积最大的 {shown} 个，{where}")
    if everywhere:
        said.append(f"每个碎块均未检查（不逐行重复，见第九部分）：{'、'.join(map(view.title, everywhere))}")
    if document["merged_faces"]:
        moved = square_metres(sum(document["moved_m2"].values()))
        said.append(
            f"{document['merged_faces']:,} 个细碎面已并入相邻碎块（各图层移动面积合计 {moved}），"
            "故按碎块汇总的面积与按图层直接计算的压占面积可有微小差别，压占面积以图层所列为准"
        )
    if document["mismatch_area_m2"]:
        said.append(
            f"图层内部不足 2 cm 的缝隙与重叠合计 {square_metres(document['mismatch_area_m2'])}，不单列，计入合计"
        )
    return "；".join(said) + "。"


def _cut(count: int, most: int, unit: str, sheet: str) -> str:
    """What is said under a table that does not list everything; empty where it does."""
    if count <= most:
        return ""
    return f"共 {count:,} {unit}，此处列 {most:,} {unit}，{_ALL_IN_XLSX.format(sheet=sheet)}。"


def _annexes(view: View) -> dict:
    said = view.document["provenance"]
    rows = [
        ("结果哈希（SHA-256）", said["result_hash"]),
        ("用地哈希（SHA-256）", view.site["sha256"]),
        ("检查时间", view.document["checked_at"] or "—"),
        ("按何日有效的数据", said["as_of"] or "—"),
        ("按何时已知的数据", said["known_at"] or "—"),
        ("城市规则版本", f"{said['city']} {said['policy_version']}"),
        ("图层目录版本", said["catalogue_version"]),
        ("计算引擎", said["engine_version"]),
        ("面积口径", "CGCS2000 椭球面积（平面直线边），平面面积另列"),
        ("记录网格", f"{view.document['grid_m']:.6f}".rstrip("0") + " m"),
    ]
    return {
        "versions": tables.version_rows(view),
        "provenance": [{"name": name, "value": value} for name, value in rows],
        "verifying": list(_VERIFYING),
        "maps": [{"key": key, "title": f"附图 {number}　{title}"} for number, (key, title) in enumerate(MAPS, 1)],
    }
