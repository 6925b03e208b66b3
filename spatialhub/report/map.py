"""The self-contained conflict map: one HTML file that opens from disk and asks no host for anything.

folium builds it; its header links are replaced, by name, by what they point to. A name that is not known here is an
error, never a link left in place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

import folium
import shapely
from branca.element import CssLink, Element, Figure, JavascriptLink
from folium.elements import MacroElement
from folium.map import CustomPane
from folium.template import Template
from shapely import Geometry
from shapely.geometry import shape

from spatialhub.catalogue import Family, Style
from spatialhub.errors import FrontEndMissing, UnknownMapPart
from spatialhub.report import page
from spatialhub.report.context import DrawnLayer
from spatialhub.report.figures import area_words, hectares, square_metres
from spatialhub.report.geojson import feature, to_degrees
from spatialhub.report.page import escape
from spatialhub.report.patterns import css, definitions, layer_swatch, swatch
from spatialhub.report.view import FragmentRow, View
from spatialhub.report.words import CONFORMITIES, FAMILIES, colour, label

INLINED = {"leaflet": "leaflet.js", "leaflet_css": "leaflet.css"}
# folium names these on every page; nothing here uses popups, icons or bootstrap.
DROPPED = frozenset({
    "jquery", "bootstrap", "bootstrap_css", "awesome_markers", "awesome_markers_css", "awesome_markers_font_css",
    "awesome_rotate_css", "glyphicons_css",
})  # fmt: skip
MAX_NUMBERS = 150
MAX_ROWS = 200  # of the table of fragments, worst first
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
DIGITS = 7  # of a degree: 1 cm, enough to look at
_TEMPLATE_MARK = re.compile(r"\{\{|\{%|\{#")
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
_PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<title>{{ this.title|e }}</title>
{{ this.header.render(**kwargs) }}
</head>
<body>
{{ this.html.render(**kwargs) }}
<script>
{{ this.script.render(**kwargs) }}
</script>
</body>
</html>
"""


class _Verbatim(Element):
    """HTML as it stands: branca reads an ordinary element, and every script it made, as a Jinja template once more."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._html = html

    def render(self, **kwargs: object) -> str:
        """Return the text."""
        return self._html


class Scale(MacroElement):
    """A metric scale bar; Leaflet's own default adds miles."""

    _template = Template("""{% macro script(this, kwargs) %}
L.control.scale({imperial: false, maxWidth: 160}).addTo({{ this._parent.get_name() }});
{% endmacro %}""")


def render_map(document: Mapping, *, layers: Sequence[DrawnLayer] = ()) -> str:
    """Return a result's JSON as one HTML page: layers by family, fragments by ruling, suggestion, legend, reasons.

    `layers` are what `report.context.drawn_layers` found around the site; all geometries are in the result's plane.

    Raises
    ------
    UnknownMapPart
        folium asks for a script or style that is not provided here.
    FrontEndMissing
        The parts were never fetched.
    """
    view, epsg = View(document), int(document["site"]["crs"].removeprefix("EPSG:"))
    site = shape(document["site"]["geometry"])
    drawing = _empty_map(site, epsg)
    for layer in sorted(layers, key=lambda row: (FAMILIES.index(row.entry.family), row.entry.order)):
        add_layer(drawing, layer, epsg)
    _add_fragments(drawing, view, epsg)
    _add_outlines(drawing, view, site, epsg)
    drawing.add_child(Scale())
    folium.LayerControl(position="topright", collapsed=False).add_to(drawing)
    drawing.fit_bounds(_corners(site, epsg), padding_top_left=(40, 40), padding_bottom_right=(300, 40))
    return self_contained(drawing, title=f"{view.site['name']} · 合规检查图", body=_report(view, layers))


def _empty_map(site: Geometry, epsg: int) -> folium.Map:
    south_west, north_east = _corners(site, epsg)
    centre = [(south_west[0] + north_east[0]) / 2, (south_west[1] + north_east[1]) / 2]
    drawing = folium.Map(
        location=centre, tiles=None, zoom_control="topleft", attribution_control=False, zoom_snap=0.25, max_zoom=24
    )
    for name, z_index in (("fragments", 450), ("outlines", 460)):
        drawing.add_child(CustomPane(name, z_index=z_index))
    return drawing


def _corners(site: Geometry, epsg: int) -> list[list[float]]:
    west, south, east, north = to_degrees(site, epsg).bounds
    return [[south, west], [north, east]]


def add_layer(drawing: folium.Map, layer: DrawnLayer, epsg: int) -> None:
    """Add a planning layer with its legend and tips."""
    entry = layer.entry
    head = f"<b>{escape(entry.title_zh)}</b><br>"
    rows = [
        map_row(item.geometry, epsg, head + escape(f"{item.name} {item.class_code}".strip())) for item in layer.features
    ]
    family = label("family", entry.family)
    title = f"{escape(entry.title_zh)}<small>{_simplified(layer)}</small>"
    name = f"<small>{escape(family)}</small> {layer_swatch(entry.style)} {title}"
    # Plans and surveys cover everything: shown on request, they would hide what conflicts.
    shown = entry.family in (Family.SIX_LINES, Family.CONTROL)
    add_geojson(drawing, rows, name=name, style=_layer_style(entry.style), shown=shown)


def _simplified(layer: DrawnLayer) -> str:
    """What is not drawn as it is, beside the layer's name."""
    said = [f"线形简化约 {layer.thinned_m:.0f} 米"] if layer.thinned_m >= 0.5 else []
    said += [f"{layer.left_out:,} 个小图斑未画"] if layer.left_out else []
    return f"（{'，'.join(said)}）" if said else ""


def _layer_style(style: Style) -> dict:
    said = {
        "color": style.stroke,
        "weight": style.width_px,
        "fillColor": style.fill or style.stroke,
        "fillOpacity": style.fill_opacity if style.fill else 0.04,
        "dashArray": style.dash or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _add_fragments(drawing: folium.Map, view: View, epsg: int) -> None:
    geometries = {row["id"]: shape(row["geometry"]) for row in view.document["fragments"]}
    listed = view.fragments()
    for conformity in CONFORMITIES:
        rows = [row for row in listed if row.conformity == conformity]
        if rows:
            features = [map_row(geometries[row.id], epsg, _tip(row), row.id) for row in rows]
            words = escape(label("conformity", conformity))
            name = f"<small>碎块</small> {swatch(conformity)} {words}（{len(rows)}）"
            style = {"color": colour(conformity), "weight": 1.5, "fillOpacity": 1, "className": f"c-{conformity}"}
            add_geojson(drawing, features, name=name, style=style, pane="fragments")
    numbers = folium.FeatureGroup(name="<small>碎块</small> 编号")
    for row in listed[:MAX_NUMBERS]:
        _number(row, geometries[row.id], epsg).add_to(numbers)
    numbers.add_to(drawing)


def _tip(row: FragmentRow) -> str:
    lines = [f"<b>{row.number} · {escape(row.words)}</b>", square_metres(row.area_m2)]
    lines += [escape(text) for text in ("、".join(row.layers), row.decided, *row.why, *row.clauses) if text]
    return "<br>".join(lines)


def _number(row: FragmentRow, geometry: Geometry, epsg: int) -> folium.Marker:
    point = to_degrees(shapely.point_on_surface(geometry), epsg)
    shade = colour(row.conformity)
    html = f'<div class="number" style="border-color:{shade};color:{shade}">{row.number}</div>'
    icon = folium.DivIcon(html=html, icon_size=(24, 20), icon_anchor=(12, 10), class_name="")
    return folium.Marker([point.y, point.x], icon=icon, interactive=False, keyboard=False)


def _add_outlines(drawing: folium.Map, view: View, site: Geometry, epsg: int) -> None:
    line = {"color": "#d40000", "weight": 3.5, "fill": False, "interactive": False}
    add_geojson(drawing, [map_row(site, epsg, "")], name=f"{swatch('site')} 用地红线", style=line, pane="outlines")
    if suggestion := view.proposal["suggestion"]:
        kept = [map_row(shape(suggestion["geometry"]), epsg, "")]
        line = {"color": "#0b3d91", "weight": 3, "dashArray": "10 6", "fill": False, "interactive": False}
        add_geojson(drawing, kept, name=f"{swatch('suggestion')} 融合建议（草案）", style=line, pane="outlines")


def map_row(geometry: Geometry, epsg: int, tip: str, id: str | None = None) -> dict:
    """Return a GeoJSON feature of a geometry of the plane; `tip` is HTML that was escaped."""
    return feature(to_degrees(geometry, epsg, digits=DIGITS), {"tip": tip}, id=id)


def add_geojson(
    drawing: folium.Map, rows: list[dict], *, name: str, style: dict, pane: str = "overlayPane", shown: bool = True
) -> None:
    """Add features in one style; their tips are shown where the pointer is."""
    collection = {"type": "FeatureCollection", "features": rows}
    hovering = any(row["properties"]["tip"] for row in rows)
    if _TEMPLATE_MARK.search(json.dumps([rows, name, style], ensure_ascii=False)):
        raise ValueError("text for folium carries template braces: escape it with report.page.escape")
    # The tip is HTML that was escaped when it was put together: the tooltip writes it as it is.
    tooltip = folium.GeoJsonTooltip(fields=["tip"], labels=False, sticky=True) if hovering else None
    layer = folium.GeoJson(
        collection, name=name, style_function=lambda _: style, tooltip=tooltip, pane=pane, show=shown
    )
    layer.add_to(drawing)


def _report(view: View, layers: Sequence[DrawnLayer]) -> str:
    by_conformity, listed = view.conformity_totals(), view.fragments()
    totals = ((label("conformity", kind), square_metres(area), hectares(area)) for kind, area in by_conformity)
    fragments = (
        (str(row.number), row.words, square_metres(row.area_m2), "、".join(row.layers)) for row in listed[:MAX_ROWS]
    )
    rest = len(listed) - MAX_ROWS
    more = f"<p><b>另有 {rest:,} 个碎块未列出</b>：都画在图上。</p>" if rest > 0 else ""
    legend = [(swatch(kind), label("conformity", kind)) for kind, _ in by_conformity]
    legend.append((swatch("site"), "用地红线"))
    legend += [(swatch("suggestion"), "融合建议（草案）")] if view.proposal["suggestion"] else []
    legend += [(layer_swatch(layer.entry.style), layer.entry.title_zh + _simplified(layer)) for layer in layers]
    keys = "".join(f"<div>{picture}{escape(words)}</div>" for picture, words in legend)
    said = view.document["provenance"]
    return f"""<main id="report" tabindex="0" aria-label="检查结果">{page.verdict_card(view)}
<p>用地面积 {escape(area_words(view.site["area_m2"]))}</p>{_suggestion(view)}
<h2>按判定汇总</h2>{page.table(("判定", "面积", "公顷"), totals, numeric=(1, 2))}
<h2>叠加碎块</h2>{page.table(("编号", "判定", "面积", "涉及图层"), fragments, numeric=(0, 2))}{more}
<h2>图例</h2>{keys}
<p class=muted>{escape(said["city_name"])} · 数据 CGCS2000（EPSG:4490），显示为网络墨卡托，图上不可量算 ·
{escape(view.document["checked_at"] or "")}<br>sha256 {said["result_hash"]}</p></main>"""


def _suggestion(view: View) -> str:
    row = view.proposal["suggestion"]
    if row is None:
        return ""
    kept, lost = area_words(row["area_m2"]), square_metres(row["lost_m2"])
    return f"<p>融合建议（草案）：保留 {escape(kept)}，核减 {escape(lost)}</p>"


def self_contained(drawing: folium.Map, *, title: str, body: str) -> str:
    """Return a folium map as one page with a report beside it; raises UnknownMapPart, FrontEndMissing."""
    figure = drawing.get_root()
    assert isinstance(figure, Figure)
    figure.title = title
    figure.html.add_child(_Verbatim(definitions() + body), name="report")
    for child in list(figure._children.values()):
        child.render()
    _inline_links(figure)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    figure.header.add_child(_Verbatim(f"{policy}<style>{page.CSS}{css()}</style>"), name="house_style")
    html = Template(_PAGE).render(this=figure, kwargs={})
    html = html.replace('<div class="folium-map"', '<div class="folium-map" role="region" aria-label="地图"')
    # folium forbids zooming by touch: people who need larger letters do need it.
    return _VIEWPORT.sub('<meta name="viewport" content="width=device-width, initial-scale=1">', html)


def _inline_links(figure: Figure) -> None:
    for name, child in list(figure.header._children.items()):
        if not isinstance(child, (JavascriptLink, CssLink)):
            continue
        if name in INLINED:
            tag = "script" if isinstance(child, JavascriptLink) else "style"
            figure.header._children[name] = _Verbatim(f"<{tag}>{_part(INLINED[name])}</{tag}>")
        elif name in DROPPED:
            del figure.header._children[name]
        else:
            raise UnknownMapPart(name)


def _part(name: str) -> str:
    path = files("spatialhub.report").joinpath("vendor", name)
    if not path.is_file():
        raise FrontEndMissing(str(path))
    text = path.read_text("utf-8")
    # Pictures of the collapsed layer switch and the default marker; neither is used, both would be outside files.
    for image in ("layers.png", "layers-2x.png", "marker-icon.png"):
        text = text.replace(f"url(images/{image})", "none")
    return text
