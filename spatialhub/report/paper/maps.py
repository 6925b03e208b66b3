"""The report's map pictures, made offline: a map window true to scale, legend, and what the data were.

Drawn as SVG in tenths of a millimetre and turned into PNG by typst, so that they need no browser, no tile and no
library of their own. They are pictures to look at: nothing is measured in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import shapely
from shapely import Geometry
from shapely.geometry import shape as from_geojson

from spatialhub.report.context import DrawnLayer
from spatialhub.report.paper import svg
from spatialhub.report.paper.context import MAPS, listed_fragments
from spatialhub.report.paper.fonts import FontChoice
from spatialhub.report.paper.landclasses import land_class
from spatialhub.report.paper.mapsheet import HEIGHT, WIDTH, MapData, Sheet, page, png, swatch
from spatialhub.report.paper.svg import Frame
from spatialhub.report.paper.tables import group_of, status_words
from spatialhub.report.patterns import SITE, SUGGESTION
from spatialhub.report.view import View, numbers
from spatialhub.report.words import CONFORMITIES, colour, label

__all__ = ["MAPS", "MapData", "draw_maps", "map_frame"]

_CROWDED = 300  # fragments beyond which lines are drawn finer
_ASIDE = 62  # how far a number stands from a fragment that it would cover


def map_frame(document: Mapping) -> Frame:
    """Return the window that the maps of a result show, for cutting layers to its box."""
    return Frame.around(document["site"]["bounds"], width=WIDTH, height=HEIGHT)


def draw_maps(document: Mapping, data: MapData, fonts: FontChoice) -> dict[str, bytes]:
    """Return the report's maps as PNG by their keys (`MAPS`), WIDTH wide at PPI."""
    makers = {
        "location": _location,
        "floors": _grouped("floors"),
        "six_lines": _grouped("six_lines"),
        "survey": _survey,
        "rulings": _rulings,
    }
    pictures = {}
    for key, title in MAPS:
        sheet = makers[key](document, data, fonts)
        pictures[key] = png(page(sheet, title, document, data, fonts), fonts)
    return pictures


def _site(document: Mapping) -> Geometry:
    return from_geojson(document["site"]["geometry"])


def _location(document: Mapping, data: MapData, fonts: FontChoice) -> Sheet:
    """The site within the city: a cross where it is too small to be seen."""
    site = _site(document)
    around = data.outline.bounds if data.outline is not None else site.buffer(5_000).bounds
    west, south, east, north = shapely.union_all([shapely.box(*around), shapely.box(*site.bounds)]).bounds
    sheet = Sheet(Frame.around((west, south, east, north), width=WIDTH, height=HEIGHT, room=1.08))
    frame = sheet.frame
    if data.outline is not None:
        sheet.shapes.append(svg.filled(frame.path(data.outline), "#eef1e6", line="#55606e", width=5))
        sheet.keys.append((swatch("#eef1e6", "#55606e"), "本市范围（概括，非法定界线）"))
    for layer in data.districts:
        taken: list[Geometry] = []
        for item in sorted(layer.features, key=lambda item: -item.geometry.area):
            sheet.shapes.append(svg.filled(frame.path(item.geometry), "none", line="#8d949e", width=2))
            x, y = frame.points(shapely.get_coordinates(shapely.point_on_surface(item.geometry)))[0]
            if _has_room(taken, x, y, half=14.0 * len(item.name)):
                words = fonts.text(item.name)
                sheet.labels.append(svg.text(x, y, words, size=26, anchor="middle", fill="#55606e", halo=True))
        sheet.keys.append((swatch("none", "#8d949e"), layer.entry.title_zh))
        sheet.drawn.append(layer.entry.key)
        sheet.remarks += _thinned(layer)
    x, y = frame.points(shapely.get_coordinates(shapely.point_on_surface(site)))[0]
    sheet.labels.append(svg.filled(frame.path(site), "#d40000", opacity=0.5, line="#d40000", width=4))
    sheet.labels.append(svg.cross(x, y))
    sheet.keys.append((swatch("#d40000", "#d40000", 0.5), "本宗用地（圈内十字处）"))
    return sheet


def _grouped(group: str):
    """A map of the layers of one section over the site."""

    def make(document: Mapping, data: MapData, _: FontChoice) -> Sheet:
        sheet = Sheet(map_frame(document))
        rows = {row["key"]: row for row in document["layers"] if group_of(row) == group}
        drawn = [layer for layer in map(_binding, data.layers) if layer.entry.key in rows and layer.features]
        # What covers the window is drawn first: lines and small areas stay visible above it.
        for layer in sorted(drawn, key=lambda layer: -sum(item.geometry.area for item in layer.features)):
            path = "".join(sheet.frame.path(item.geometry) for item in layer.features)
            sheet.shapes.append(svg.shape(path, layer.entry.style))
            sheet.remarks += _thinned(layer)
        for layer in sorted(drawn, key=lambda layer: list(rows).index(layer.entry.key)):
            style = layer.entry.style
            sheet.drawn.append(layer.entry.key)
            picture = swatch(style.fill or "none", style.stroke, style.fill_opacity, style.width_px * 1.8, style.dash)
            words = status_words(View(document), rows[layer.entry.key])
            sheet.keys.append((picture, f"{layer.entry.title_zh}（{words}）"))
        absent = [row["title"] for key, row in rows.items() if key not in {layer.entry.key for layer in drawn}]
        if absent and not data.missing:
            sheet.remarks.append(f"图幅内没有：{'、'.join(absent)}")
        _outlines(sheet, document)
        return sheet

    return make


def _binding(layer: DrawnLayer) -> DrawnLayer:
    """A layer with the features that bind: of a zoning layer only the zones that its title means."""
    only = layer.entry.only
    if only is None:
        return layer
    return replace(layer, features=tuple(item for item in layer.features if item.class_code.startswith(only.codes)))


def _survey(document: Mapping, data: MapData, _: FontChoice) -> Sheet:
    """Classes of land as surveyed; what other surveys found (violations, new construction) lies above as outlines."""
    sheet = Sheet(map_frame(document))
    keys = {row["key"] for row in document["layers"] if group_of(row) == "survey"}
    drawn = [layer for layer in data.layers if layer.entry.key in keys and layer.features]
    found: dict[str, str] = {}
    for layer in sorted(drawn, key=lambda layer: not layer.entry.classes):
        sheet.drawn.append(layer.entry.key)
        sheet.remarks += _thinned(layer)
        if not layer.entry.classes:
            style = layer.entry.style
            path = "".join(sheet.frame.path(item.geometry) for item in layer.features)
            sheet.shapes.append(svg.filled(path, "none", line=style.stroke, width=style.width_px * 2.5))
            sheet.keys.append((swatch("none", style.stroke, 1.0, style.width_px * 2.5), layer.entry.title_zh))
            continue
        for item in layer.features:
            name, fill = land_class(item.class_code)
            found[name] = fill
            sheet.shapes.append(svg.filled(sheet.frame.path(item.geometry), fill, line="#8d949e", width=0.8))
    sheet.keys = [(swatch(found[name], "#8d949e"), name) for name in sorted(found)] + sheet.keys
    _outlines(sheet, document)
    return sheet


def _rulings(document: Mapping, _data: MapData, _: FontChoice) -> Sheet:
    """Fragments by conformity, patterned, with the numbers that the tables print where there is room."""
    sheet = Sheet(Frame.around(document["site"]["bounds"], width=WIDTH, height=HEIGHT, room=1.2))
    width = 2.5 if len(document["fragments"]) < _CROWDED else 0.8
    shapes = {row["id"]: from_geojson(row["geometry"]) for row in document["fragments"]}
    for kind in reversed(CONFORMITIES):
        rows = [row for row in document["fragments"] if row["conformity"] == kind]
        for row in rows:
            path = sheet.frame.path(shapes[row["id"]])
            sheet.shapes.append(svg.filled(path, f"url(#p-{kind})", line=colour(kind), width=width))
        if rows:
            picture = swatch(f"url(#p-{kind})", colour(kind), 1.0, 2.5)
            sheet.keys.insert(0, (picture, f"{label('conformity', kind)}（{len(rows):,} 个碎块）"))
    _number(sheet, document, shapes)
    _outlines(sheet, document)
    return sheet


def _number(sheet: Sheet, document: Mapping, shapes: Mapping[str, Geometry]) -> None:
    """Numbers of the first fragments of the list; one that would cover another is left out, and the map says so."""
    kinds = {row["id"]: row["conformity"] for row in document["fragments"]}
    listed = numbers(document)
    taken: list[Geometry] = []
    for id_, number in sorted(listed.items(), key=lambda row: row[1])[: listed_fragments(len(listed))]:
        x, y = sheet.frame.points(shapely.get_coordinates(shapely.point_on_surface(shapes[id_])))[0]
        half = 14 + 9 * len(str(number))
        shade, line = colour(kinds[id_]), ""
        if _hidden(sheet.frame, shapes[id_], half):  # its own number would cover it: beside, with a line to it
            line = f'<path d="M{x:g},{y:g}L{x + _ASIDE:g},{y - _ASIDE:g}" stroke="{shade}" stroke-width="3"/>'
            x, y = x + _ASIDE, y - _ASIDE
        if not _has_room(taken, x, y, half=half):
            continue
        sheet.labels.append(
            f'{line}<rect x="{x - half:g}" y="{y - 22:g}" width="{2 * half:g}" height="42" rx="16" fill="#fff"'
            f' stroke="{shade}" stroke-width="3"/>'
            + svg.text(x, y + 9, str(number), size=28, anchor="middle", fill=shade)
        )
    if len(taken) < len(listed):
        sheet.remarks.append(f"共 {len(listed):,} 个碎块，图上标出 {len(taken)} 个编号，编号同碎块表")


def _hidden(frame: Frame, shape: Geometry, half: float) -> bool:
    """Whether a label would cover most of a shape."""
    west, south, east, north = shape.bounds
    (left, top), (right, bottom) = frame.points(np.array([[west, north], [east, south]]))
    return right - left < 4 * half and bottom - top < 90


def _has_room(taken: list[Geometry], x: float, y: float, *, half: float) -> bool:
    """Whether a label fits beside those taken; it is then taken itself."""
    box = shapely.box(x - half, y - 24, x + half, y + 20)
    free = not any(box.intersects(other) for other in taken)
    if free:
        taken.append(box)
    return free


def _outlines(sheet: Sheet, document: Mapping) -> None:
    site = sheet.frame.path(_site(document))
    # A white edge sets the site off from lines of its own colour, such as 道路红线.
    sheet.shapes.append(f'<path d="{site}" fill="none" stroke="#fff" stroke-width="20" stroke-linejoin="round"/>')
    sheet.shapes.append(
        f'<path d="{site}" fill="none" stroke="{SITE.stroke}" stroke-width="8" stroke-linejoin="round"/>'
    )
    sheet.keys.append((swatch("none", SITE.stroke, 1.0, 8), "用地红线"))
    if row := document["proposal"]["suggestion"]:
        kept = sheet.frame.path(from_geojson(row["geometry"]))
        dash = 'stroke-dasharray="26 14"'
        sheet.shapes.append(f'<path d="{kept}" fill="none" stroke="{SUGGESTION.stroke}" stroke-width="6" {dash}/>')
        sheet.keys.append((swatch("none", SUGGESTION.stroke, 1.0, 6, "10 5"), "融合建议（草案）"))


def _thinned(layer: DrawnLayer) -> list[str]:
    said = [f"线形简化约 {layer.thinned_m:.0f} m"] if layer.thinned_m >= 0.5 else []
    said += [f"{layer.left_out:,} 个小图斑未画"] if layer.left_out else []
    return [f"{layer.entry.title_zh}：{'，'.join(said)}"] if said else []
