"""Tables of the report, as plain rows of text: what the templates and the spreadsheet both print.

Every function takes a `View` (the published JSON) and gives dicts whose values are text or whole numbers; areas are
written with two decimals, shares in percent. Nothing is computed here but sums and rounding; tables that sum over
fragments are in `fragment_tables`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spatialhub.report.figures import hectares_figure, percent, square_figure
from spatialhub.report.view import View
from spatialhub.report.words import CONFORMITIES, label

Row = dict[str, object]
FLOOR_FAMILY = "control"
SIX_LINES = "six_lines"
_SECTIONS = ("floors", SIX_LINES, "special", "plans", "survey")


def area_cells(area_m2: float, site_m2: float, *, exact_m2: float | None = None) -> Row:
    """An area as the papers print it: m² and 公顷 without their units, and its share of the site.

    `exact_m2` is the area before it was balanced: of it the share is taken, or the whole would be told as >99.99 %.
    """
    exact_m2 = area_m2 if exact_m2 is None else round(exact_m2, 4)
    share = min(1.0, exact_m2 / site_m2) if site_m2 else 0.0
    return {
        "area": square_figure(area_m2),
        "hectares": hectares_figure(area_m2),
        "share": percent(share).replace(" ", ""),
    }


def group_of(layer: Mapping) -> str:
    """The section in which a layer is told, from its kind and family alone: a new layer finds its place by itself."""
    if layer["kind"] == "floor" or layer["family"] == FLOOR_FAMILY:
        return "floors"
    if layer["family"] == SIX_LINES:
        return SIX_LINES
    return layer["family"] if layer["family"] in ("plans", "survey") else "special"


def layer_rows(view: View, *groups: str) -> list[Row]:
    """Layers of some sections: floors first, then in catalogue order; every status, clear ones too."""
    rows = [row for row in view.document["layers"] if group_of(row) in groups]
    rows.sort(key=lambda row: row["kind"] != "floor")
    return [_layer(view, row) for row in rows]


def _layer(view: View, row: Mapping) -> Row:
    return {
        "key": row["key"],
        "title": row["title"],
        "kind": label("kind", row["kind"]),
        "status": status_words(view, row),
        "touched": row["status"] != "clear",
        **_layer_area(view, row),
        "unchecked": square_figure(row["unchecked_area_m2"]),
        "required": row["required"],
        "remarks": "；".join(_remarks(view, row)),
        "departments": "、".join(row["departments"]),
        "steward": row["steward"],
        "clauses": _listed(row["clause"]),
    }


def _listed(clause: str) -> list[str]:
    return [clause] if clause else []


def _layer_area(view: View, row: Mapping) -> Row:
    """A layer's area; none where it was not checked, for 0.00 would read as clear."""
    if row["status"] == "unchecked":
        return {"area": "—", "hectares": "—", "share": "—"}
    return area_cells(touched_m2(row), view.site["area_m2"])


def touched_m2(row: Mapping) -> float:
    """What counts as covered by a layer: of a floor only what is a floor, for a zoning layer holds other zones too."""
    return row["floor_area_m2"] if row["kind"] == "floor" and row["status"] == "hit" else row["area_m2"]


def status_words(view: View, row: Mapping) -> str:
    """A layer's status in words; a floor's layer may hit without any of its floors."""
    if row["kind"] == "floor" and row["status"] == "hit" and not row["floor_area_m2"]:
        return "未占底线"
    return view.status(row)


def _remarks(view: View, row: Mapping) -> list[str]:
    said = []
    if row["status"] == "unchecked" or row["unchecked_area_m2"]:
        why = view.reason(row["reason"]) if row["reason"] else ""
        missed = f"未检查 {square_figure(row['unchecked_area_m2'])} m²" if row["unchecked_area_m2"] else ""
        said += [text for text in (missed, why.rstrip("。")) if text]
    if row["suspected_digitising_error"]:
        said.append("疑似数字化误差（不足 1 m²）")
    if row["required"] and row["status"] == "unchecked":
        said.append("必查图层")
    names = list(dict.fromkeys(feature["name"] or feature["class_name"] for feature in row["features"]))
    names = [name for name in names if name]
    if row["status"] in ("hit", "trace", "adjacent") and names:
        more = f" 等 {len(row['features'])} 个图斑" if len(row["features"]) > 3 else ""
        other = row["kind"] == "floor" and row["floor_area_m2"] != row["area_m2"]
        whole = f"（各区合计 {square_figure(row['area_m2'])} m²）" if other else ""
        said.append("、".join(names[:3]) + more + whole)
    return said


def feature_rows(view: View, *, most: int) -> tuple[list[Row], int]:
    """Features of floors and control lines that the site hits, and how many there are in all: floors first, then the
    six lines, then the others. Where there are too many, the largest of every layer: none crowds the others out."""
    layers = sorted(view.constraining(), key=lambda row: _SECTIONS.index(group_of(row)))
    counts = [len(layer["features"]) for layer in layers]
    each = max((each for each in range(1, most + 1) if sum(min(count, each) for count in counts) <= most), default=1)
    rows = [
        {
            "layer": layer["title"],
            "name": hit["name"] or hit["class_name"] or "—",
            "id": hit["id"],
            **area_cells(hit["area_m2"], view.site["area_m2"]),
        }
        for layer in layers
        for hit in sorted(layer["features"], key=lambda hit: -hit["area_m2"])[:each]
    ]
    return rows[:most], sum(counts)


def use_words(code: str | None, names: Mapping[str, str]) -> str:
    """A use as the papers name it: its name with its code, or that none was given."""
    if not code:
        return label("conformity", "not_asked")
    return f"{names[code]}（{code}）" if code in names else code


def survey_rows(view: View) -> list[Row]:
    """Area by class of what surveys say is there now; each survey ends with its union."""
    rows: list[Row] = []
    for layer in view.layers("hit", "trace"):
        if group_of(layer) != "survey":
            continue
        sums: dict[tuple[str, str], float] = {}
        for hit in layer["features"]:
            key = (hit["class"], hit["class_name"] or hit["name"])
            sums[key] = sums.get(key, 0.0) + hit["area_m2"]
        for code, name in sorted(sums, key=lambda key: (-sums[key], key)):
            area = area_cells(round(sums[code, name], 4), view.site["area_m2"])
            rows.append({"layer": layer["title"], "class": f"{name}（{code}）" if code else name, **area})
        rows.append({"layer": layer["title"], "class": "合计（不重复计算）", **_whole(view, layer)})
    return rows


def _whole(view: View, layer: Mapping) -> Row:
    return area_cells(layer["area_m2"], view.site["area_m2"])


def crossing_rows(view: View) -> list[Row]:
    """Crossings of linear parts in order of part and chainage."""
    names = {(layer["key"], hit["id"]): hit["name"] for layer in view.document["layers"] for hit in layer["features"]}
    rows = sorted(view.proposal["crossings"], key=lambda row: (row["part"], row["from_m"], row["to_m"], row["layer"]))
    return [
        {
            "part": row["part"],
            "layer": view.title(row["layer"]),
            "feature": _named(names, row),
            "id": row["feature"],
            "from": f"{row['from_m']:,.1f}",
            "to": f"{row['to_m']:,.1f}",
            "length": f"{row['to_m'] - row['from_m']:,.1f}",
            "conformity": label("conformity", row["conformity"]),
            "grave": CONFORMITIES.index(row["conformity"]),
            **area_cells(row["area_m2"], view.site["area_m2"]),
        }
        for row in rows
    ]


def _named(names: Mapping[tuple[str, str], str], row: Mapping) -> str:
    """Names of a crossing's features: the engine joins their ids, and an id stands for itself where it has no name."""
    whole = names.get((row["layer"], row["feature"]))
    ids = row["feature"].split("、")
    return whole or "、".join(dict.fromkeys(names.get((row["layer"], id_)) or id_ for id_ in ids))


def referral_rows(view: View) -> list[Row]:
    """Departments to ask, those whose layers are hit first, each with what it is asked and the clauses."""
    return [
        {
            "name": row["name"],
            "by": label("by", row["by"]),
            "about": "；".join(_asked(reason) for reason in row["reasons"]),
            "clauses": list(dict.fromkeys(reason["clause"] for reason in row["reasons"] if reason["clause"])),
        }
        for row in view.referrals()
    ]


def _asked(reason: Mapping) -> str:
    names: Sequence[str] = reason["features"]
    if not names:
        return reason["text"]
    more = f" 等 {len(names)} 个" if len(names) > 3 else ""
    return f"{reason['text']}（{'、'.join(names[:3])}{more}）"


def unchecked_rows(view: View) -> list[Row]:
    """What was not checked, required layers first."""
    return [
        {
            "title": row["title"],
            "required": "必查" if row["required"] else "—",
            "why": row["why"],
            "clauses": _listed(row["clause"]),
            "area": square_figure(row["area_m2"]) if row["area_m2"] else "—",
        }
        for row in view.unchecked()
    ]


def version_rows(view: View) -> list[Row]:
    """Versions of the data that answered, and layers without any."""
    hashes = view.document["provenance"]["layer_versions"]
    return [
        {
            "key": row["key"],
            "title": row["title"],
            "version": f"{row['key']}@{row['version']}" if row["version"] is not None else "无",
            "in_force_from": row["in_force_from"] or "—",
            "sha256": hashes[row["key"]]["sha256"] if row["key"] in hashes else "",
            "short": hashes[row["key"]]["sha256"][:16] if row["key"] in hashes else "—",
            "steward": row["steward"],
        }
        for row in view.document["layers"]
    ]
