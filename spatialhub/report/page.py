"""Small helpers for HTML made outside templates: escaping, the verdict card, tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from spatialhub.report.figures import square_metres
from spatialhub.report.view import View
from spatialhub.report.words import colour, label

CSS = """
:root{color-scheme:light}
body{font:14px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#1a2330}
.folium-map{position:absolute!important;left:0!important;top:0!important;width:auto!important;right:380px;height:100%!important;
  background:#f6f5f1}
#report{position:absolute;right:0;top:0;bottom:0;width:380px;overflow:auto;box-sizing:border-box;padding:14px 16px;
  border-left:1px solid #c9ced6;background:#fff}
#report h1{font-size:17px;margin:0 0 6px;overflow-wrap:anywhere}#report h2{font-size:14px;margin:16px 0 4px}
.verdict{border-left:6px solid;padding:6px 10px;margin:8px 0;background:#f7f8fa;font-weight:700;font-size:17px}
.notice{background:#fff3cd;border:1px solid #b88a00;padding:4px 8px;margin:6px 0;font-weight:600}
.loud{border:2px solid #5b4a8a;padding:6px 10px;margin:8px 0}
ul{margin:4px 0;padding-left:18px}table{border-collapse:collapse;width:100%}
th,td{white-space:nowrap}td:last-child{white-space:normal}
th,td{text-align:left;padding:3px 5px;border-bottom:1px solid #e2e5ea;vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}
.swatch{display:inline-block;width:22px;height:14px;vertical-align:-2px;margin-right:6px}
svg.defs{position:absolute}
.swatch svg{display:block}.muted{color:#55606e;font-size:12px;overflow-wrap:anywhere}
.leaflet-control-layers{max-height:60vh;overflow:auto;font-size:12px}.leaflet-control-layers label{margin:1px 0}
.leaflet-control-layers small{color:#55606e}
.number{box-sizing:border-box;width:max-content;min-width:24px;padding:0 4px;transform:translateX(calc(12px - 50%));
  background:#fff;border:2px solid;border-radius:10px;text-align:center;font:700 12px/16px system-ui,sans-serif}
.leaflet-tooltip{white-space:normal;width:max-content;max-width:340px;font-size:12px}
.leaflet-tooltip td{border:0;padding:0}
@media (max-width:900px){.folium-map{right:300px}#report{width:300px}}
@media print{#report{position:static;width:auto;border:0}
  .folium-map{position:relative!important;right:0;height:55vh!important}
  .leaflet-control-zoom,.leaflet-control-layers{display:none}}
"""


def escape(text: str) -> str:
    """Return text as inert HTML; braces too, for what goes through folium is read as a Jinja template once more."""
    return html.escape(text).replace("{", "&#123;").replace("}", "&#125;")


def rows(items: Iterable[str]) -> str:
    """Return an unordered list of texts, escaped; nothing for no items."""
    inner = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<ul>{inner}</ul>" if inner else ""


def table(head: Sequence[str], body: Iterable[Sequence[str]], *, numeric: Sequence[int] = ()) -> str:
    """Return a table of texts, escaped; `numeric` columns stand to the right, and none but the last is broken."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=n' if i in numeric else ''}>{escape(cell)}</{tag}>" for i, cell in enumerate(row)
        )

    inner = "".join(f"<tr>{cells('td', row)}</tr>" for row in body)
    return f"<table><thead><tr>{cells('th', head)}</tr></thead><tbody>{inner}</tbody></table>"


def verdict_card(view: View) -> str:
    """Return name, notices, verdict with reasons and what was not checked, as HTML."""
    verdict, site = view.proposal["verdict"], view.site
    notices = "".join(f"<p class=notice>{escape(text)}</p>" for text in view.document["notices"])
    reasons = rows(
        row["text"].rstrip("。")
        + (f"，{square_metres(row['area_m2'])}" if row["area_m2"] else "")
        + (f"（{row['clause']}）" if row["clause"] else "")
        for row in view.reasons()
    )
    missed = rows(f"{row['title']}{'（必查）' if row['required'] else ''}：{row['why']}" for row in view.unchecked())
    loud = f"<div class=loud><h2>未检查（不能视为不涉及）</h2>{missed}</div>" if missed else ""
    words = escape(label("verdict", verdict, view.language))
    return (
        f"<h1>{escape(site['name'])}</h1>{notices}"
        f'<p class=verdict style="border-color:{colour(verdict)};color:{colour(verdict)}">结论建议：{words}</p>'
        f"{reasons}{loud}"
    )
