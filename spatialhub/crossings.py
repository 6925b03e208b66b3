"""Where linear parts cross what constrains them: by layer, with ranges by chainage (check.md §7)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import LineString

from spatialhub.catalogue import Catalogue, SpeaksFor
from spatialhub.findings import Crossing
from spatialhub.judging import Judged
from spatialhub.looking import Looked
from spatialhub.precedence.engine import worst
from spatialhub.spatial import chainage
from spatialhub.spatial.model import Form, SitePart


def crossings(looked: Looked, catalogue: Catalogue) -> tuple[Crossing, ...]:
    """List what every linear part crosses, by part and chainage."""
    rows: list[Crossing] = []
    for part in looked.site.parts:
        if part.form is Form.LINEAR:
            rows += _crossings_of(part, looked.judged, catalogue)
    return tuple(sorted(rows, key=lambda row: (row.part, row.from_m, row.layer, row.feature)))


def _crossings_of(part: SitePart, judged: Judged, catalogue: Catalogue) -> list[Crossing]:
    by_layer = _crossed(part, judged, catalogue)
    if not by_layer:
        return []
    line = chainage.axis(part.geometry)
    return [row for layer, found in by_layer.items() for row in _crossings_of_layer(part, layer, found, judged, line)]


def _crossed(part: SitePart, judged: Judged, catalogue: Catalogue) -> dict[str, list[int]]:
    """The part's fragments, as they are listed, by each layer that constrains them, and by basic farmland of the
    land-use plan."""
    farmland = {entry.key for entry in catalogue.speaking(SpeaksFor.BASIC_FARMLAND)}
    constraining = []
    for group in judged.groups:
        there = any(row.number == part.number for row in group.ruling.setting.parts)
        rows = (*group.ruling.ruling.floors, *group.ruling.ruling.constraints)
        constraining.append({row.layer for row in rows} if there else None)
    alike = judged.alike.tolist()
    found: dict[str, list[int]] = {}
    for number in judged.order:
        layers = constraining[alike[number]]
        if layers is not None:
            for layer in sorted(layers | farmland & {key for key, _ in judged.covers(number)}):
                found.setdefault(layer, []).append(number)
    return found


def _crossings_of_layer(
    part: SitePart, layer: str, found: Sequence[int], judged: Judged, line: LineString
) -> list[Crossing]:
    outlines = _outlines(found, judged)
    areas = shapely.get_parts(shapely.coverage_union_all(outlines))
    fragment_of, area_of = shapely.STRtree(areas).query(shapely.point_on_surface(outlines), predicate="intersects")
    fragment_u, alike = judged.overlay.fragment_u, judged.alike
    rows = []
    for number, (from_m, to_m) in enumerate(chainage.ranges_of_each_m(line, areas)):
        inside = [found[i] for i in fragment_of[area_of == number].tolist()]
        features = {feature for fragment in inside for key, feature in judged.covers(fragment) if key == layer}
        units = int(fragment_u[inside].sum())
        conformity = worst(judged.groups[group].ruling.conformity for group in alike[inside].tolist())
        rows.append(Crossing(part.number, layer, "、".join(sorted(features)), from_m, to_m, units, conformity))
    return rows


def _outlines(fragments: Sequence[int], judged: Judged) -> np.ndarray:
    """Geometry of some fragments."""
    found = judged.overlay
    place = np.full(len(found.joined), -1, np.int64)
    place[fragments] = np.arange(len(fragments))
    return found.arrangement.outlines(place[found.joined.fragment], len(fragments))
