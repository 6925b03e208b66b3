"""The overview map: a city's layers, thinned to what a screen shows, and many checked sites by verdict, in one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import folium
import shapely
from shapely import Geometry
from shapely.geometry import shape

from spatialhub.report import page
from spatialhub.report.context import DrawnLayer
from spatialhub.report.figures import hectares, square_metres
from spatialhub.report.geojson import to_degrees
from spatialhub.report.map import Scale, add_geojson, add_layer, map_row, self_contained
from spatialhub.report.page import escape
from spatialhub.report.words import FAMILIES, LABELS, colour, label

MAX_OUTLINES = 2_000  # sites that are drawn with their outline; every site has its point
MAX_ROWS = 300
VERDICTS = tuple(LABELS["verdict"])  # worst first
_DASHES = {"does_not_conform": "", "undetermined": "2 4", "basically_conforms": "8 4", "conforms": "14 3"}


@dataclass(frozen=True, slots=True)
class CheckedSite:
    """What the overview shows of a result. `geometry` is in the city's plane."""

    name: str
    verdict: str
    area_m2: float
    barred_m2: float
    unchecked: bool
    notices: tuple[str, ...]
    result_hash: str
    geometry: Geometry

    @classmethod
    def of(cls, document: Mapping) -> CheckedSite:
        """Read a result's published JSON."""
        site, proposal = document["site"], document["proposal"]
        barred = sum(row["area_m2"] for row in document["fragments"] if row["conformity"] in ("barred", "refused"))
        return cls(
            name=site["name"],
            verdict=proposal["verdict"],
            area_m2=site["area_m2"],
            barred_m2=barred,
            unchecked=any(row["required"] for row in proposal["unchecked"]),
            notices=tuple(document["notices"]),
            result_hash=document["provenance"]["result_hash"],
            geometry=shape(site["geometry"]),
        )


def render_overview(
    outline: Geometry, *, epsg: int, city: str, layers: Sequence[DrawnLayer] = (), sites: Sequence[CheckedSite] = (),
    notices: Sequence[str] = (),
) -> str:  # fmt: skip
    """Return the overview as one HTML page; `outline` and all geometries are in the plane `epsg`.

    Raises
    ------
    UnknownMapPart
        folium asks for a script or style that is not provided here.
    FrontEndMissing
        The parts were never fetched.
    """
    west, south, east, north = to_degrees(outline, epsg).bounds
    middle = [(south + north) / 2, (west + east) / 2]
    drawing = folium.Map(location=middle, tiles=None, attribution_control=False, zoom_snap=0.25, max_zoom=22)
    line = {"color": "#55606e", "weight": 2, "fill": False, "interactive": False}
    add_geojson(drawing, [map_row(outline, epsg, "")], name="本市范围（概括，非法定界线）", style=line)
    for layer in sorted(layers, key=lambda row: (FAMILIES.index(row.entry.family), row.entry.order)):
        add_layer(drawing, layer, epsg)
    ordered = sorted(sites, key=lambda site: (VERDICTS.index(site.verdict), -site.area_m2, site.name))
    for verdict in VERDICTS:
        _add_sites(drawing, [site for site in ordered if site.verdict == verdict], verdict, epsg)
    drawing.add_child(Scale())
    folium.LayerControl(position="topright", collapsed=False).add_to(drawing)
    # The legend stands at the right edge of the map, over whatever lies there.
    drawing.fit_bounds([[south, west], [north, east]], padding_top_left=(20, 20), padding_bottom_right=(310, 20))
    said = tuple(dict.fromkeys((*notices, *(text for site in sites for text in site.notices))))
    return self_contained(drawing, title=f"{city} · 规划与选址总览", body="".join(_body(city, layers, ordered, said)))


def _add_sites(drawing: folium.Map, sites: Sequence[CheckedSite], verdict: str, epsg: int) -> None:
    if not sites:
        return
    style = {"color": colour(verdict), "weight": 2, "fillOpacity": 0.25}
    style |= {"dashArray": _DASHES[verdict]} if _DASHES[verdict] else {}
    words = f"<small>选址</small> {escape(label('verdict', verdict))}（{len(sites)}）"
    rows = [map_row(site.geometry, epsg, _tip(site)) for site in sites[:MAX_OUTLINES]]
    add_geojson(drawing, rows, name=words, style=style)
    # At the size of a city a site is smaller than a point: a circle of constant size shows where it is.
    points = folium.FeatureGroup(name=f"{words} 位置")
    for site in sites:
        point = to_degrees(shapely.point_on_surface(site.geometry), epsg, digits=6)
        shade = colour(verdict)
        html = f'<div class="place" style="border-color:{shade};color:{shade}">{_LETTERS[verdict]}</div>'
        icon = folium.DivIcon(html=html, icon_size=(20, 20), icon_anchor=(10, 10), class_name="")
        folium.Marker([point.y, point.x], icon=icon, interactive=False, keyboard=False).add_to(points)
    points.add_to(drawing)


# Colour never stands alone: a letter says the verdict too.
_LETTERS = {"does_not_conform": "否", "undetermined": "待", "basically_conforms": "基", "conforms": "符"}


def _tip(site: CheckedSite) -> str:
    lines = [f"<b>{escape(site.name)}</b>", f"{escape(label('verdict', site.verdict))}，{square_metres(site.area_m2)}"]
    lines += [f"禁止或不予通过 {square_metres(site.barred_m2)}"] if site.barred_m2 else []
    lines += ["有必查图层未检查"] if site.unchecked else []
    return "<br>".join([*lines, f"<small>{escape(site.result_hash[:16])}</small>"])


def _body(
    city: str, layers: Sequence[DrawnLayer], sites: Sequence[CheckedSite], notices: Sequence[str]
) -> Iterator[str]:
    yield '<main id="report" tabindex="0" aria-label="总览"><style>.place{box-sizing:border-box;width:20px;height:20px;'
    yield "background:#fff;border:2px solid;border-radius:50%;text-align:center;font:700 11px/16px sans-serif}"
    # Dozens of layers: the legend stays a column. What was simplified stands in the text below.
    yield ".leaflet-control-layers{max-width:290px}"
    yield ".leaflet-control-layers label small:last-child:not(:first-child){display:none}</style>"
    yield f"<h1>{escape(city)}规划与选址总览</h1>"
    yield from (f"<p class=notice>{escape(text)}</p>" for text in notices)
    if sites:
        rows = []
        for verdict in VERDICTS:
            found = [site for site in sites if site.verdict == verdict]
            if found:
                area = hectares(sum(site.area_m2 for site in found))
                rows.append((f"{_LETTERS[verdict]} {label('verdict', verdict)}", str(len(found)), area))
        yield f"<h2>选址 {len(sites):,} 宗，按结论建议</h2>{page.table(('结论', '宗数', '面积'), rows, numeric=(1, 2))}"
        listed = ((label("verdict", site.verdict), hectares(site.area_m2), site.name) for site in sites[:MAX_ROWS])
        yield page.table(("结论", "面积", "名称"), listed, numeric=(1,))
        if len(sites) > MAX_ROWS:
            yield f"<p><b>另有 {len(sites) - MAX_ROWS:,} 宗未列出</b>：都在图上。</p>"
    thinned = [
        f"{layer.entry.title_zh}：线形简化约 {layer.thinned_m:.0f} 米，{layer.left_out:,} 个小图斑未画"
        for layer in layers
        if layer.thinned_m >= 0.5 or layer.left_out
    ]
    yield f"<h2>图层</h2>{page.rows(layer.entry.title_zh for layer in layers)}"
    yield f"<h2>图上简化</h2>{page.rows(thinned)}" if thinned else ""
    yield "<p class=muted>数据 CGCS2000（EPSG:4490），显示为网络墨卡托，图上不可量算；"
    yield "结论为系统建议，不具约束力。</p></main>"
