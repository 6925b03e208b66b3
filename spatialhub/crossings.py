"""Where linear parts cross what constrains them: by layer, with ranges by chainage (check.md §7)."""

from __future__ import annotations

import shapely

from spatialhub.catalogue import Catalogue, SpeaksFor
from spatialhub.findings import Crossing, Fragment
from spatialhub.looking import Looked
from spatialhub.precedence.engine import worst
from spatialhub.spatial import chainage
from spatialhub.spatial.model import Form, SitePart


def crossings(looked: Looked, catalogue: Catalogue) -> tuple[Crossing, ...]:
    rows: list[Crossing] = []
    for part in looked.site.parts:
        if part.form is Form.LINEAR:
            rows += _crossings_of(part, looked, catalogue)
    return tuple(sorted(rows, key=lambda row: (row.part, row.from_m, row.layer, row.feature)))


def _crossings_of(part: SitePart, looked: Looked, catalogue: Catalogue) -> list[Crossing]:
    by_layer: dict[str, list[Fragment]] = {}
    for fragment in looked.fragments:
        for layer in _crossed(fragment, catalogue) if part.number in fragment.parts else ():
            by_layer.setdefault(layer, []).append(fragment)
    if not by_layer:
        return []
    line = chainage.axis(part.geometry)
    return [row for layer, found in by_layer.items() for row in _crossings_of_layer(part, layer, found, line)]


def _crossed(fragment: Fragment, catalogue: Catalogue) -> list[str]:
    """Layers that constrain the fragment, and basic farmland of the land-use plan."""
    constraining = {row.layer for row in (*fragment.ruling.floors, *fragment.ruling.constraints)}
    farmland = {entry.key for entry in catalogue.speaking(SpeaksFor.BASIC_FARMLAND)}
    return sorted(constraining | farmland & {layer for layer, _ in fragment.covers})


def _crossings_of_layer(part: SitePart, layer: str, found: list[Fragment], line) -> list[Crossing]:
    areas = shapely.get_parts(shapely.coverage_union_all([row.geometry for row in found]))
    points = shapely.point_on_surface([row.geometry for row in found])
    fragment_of, area_of = shapely.STRtree(areas).query(points, predicate="intersects")
    rows = []
    for number, area in enumerate(areas):
        inside = [found[i] for i in fragment_of[area_of == number].tolist()]
        features = {feature for row in inside for key, feature in row.covers if key == layer}
        (from_m, to_m), *_ = chainage.ranges_m(line, area)
        units = sum(row.area_u for row in inside)
        conformity = worst(row.conformity for row in inside)
        rows.append(Crossing(part.number, layer, "、".join(sorted(features)), from_m, to_m, units, conformity))
    return rows
