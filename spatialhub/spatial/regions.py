"""Large areas that a site lies in, wholly, partly or not: what a layer version speaks for, and the jurisdiction.

Many layers share one coverage, and nearly every site lies well inside it: it is decided once for all of them, and only
one that cuts the site enters the arrangement.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.spatial._kernels import SiteShape
from spatialhub.spatial.model import Areal
from spatialhub.spatial.site_lines import SiteLines
from spatialhub.spatial.site_shape import shape_of

NOWHERE, EVERYWHERE = -1, -2
_KEPT_PER_THREAD = 64
_CELLS = 16_384
_MARGIN_U5 = 2  # what rounding both to 1e-5 m can move them towards each other, and a unit more


class _Prepared(threading.local):
    """A thread's own prepared copies: GEOS keeps working state in a prepared geometry."""

    def __init__(self) -> None:
        self.geometries: dict[bytes, Geometry] = {}

    def of(self, name: bytes, area: Geometry) -> Geometry:
        found = self.geometries.get(name)
        if found is None:
            if len(self.geometries) >= _KEPT_PER_THREAD:
                self.geometries.clear()
            found = self.geometries[name] = shapely.force_2d(area)  # a copy
            shapely.prepare(found)
        return found


_prepared = _Prepared()


@dataclass(frozen=True)
class Regions:
    """Distinct areas by their WKB. `of_layer` int64 (layers,) is the area each layer speaks for, NOWHERE where no
    version is in force; `jurisdiction` the city's, EVERYWHERE where none is given."""

    areas: Mapping[bytes, Geometry]
    of_layer: np.ndarray
    jurisdiction: int = EVERYWHERE

    @cached_property
    def _shapes(self) -> tuple[SiteShape, ...]:
        return tuple(shape_of(geometry, fewest_cells=_CELLS) for geometry in self.areas.values())

    @classmethod
    def of(cls, coverages: Sequence[Geometry | None], jurisdiction: Areal | None = None) -> Regions:
        """Tell the coverages of layers (None: no version in force) and the jurisdiction apart by their WKB."""
        areas: dict[bytes, Geometry] = {}

        def numbered(geometry: Geometry | None) -> int:
            if geometry is None or geometry.is_empty:
                return NOWHERE
            areas.setdefault(shapely.to_wkb(geometry), geometry)
            return list(areas).index(shapely.to_wkb(geometry))

        of_layer = np.array([numbered(geometry) for geometry in coverages], np.int64)
        city = EVERYWHERE if jurisdiction is None else numbered(jurisdiction)
        return cls(areas, of_layer, city)

    def _clear(self, known: tuple[int, ...]) -> Around:
        """How the areas lie to a site that none of them cuts, as is nearly every one: `known` above 0 holds it."""
        found = self._met.get(known)
        if found is None:
            place = np.array([*(EVERYWHERE if sign > 0 else NOWHERE for sign in known), EVERYWHERE, NOWHERE])
            found = self._met[known] = Around((), place[self.of_layer], int(place[self.jurisdiction]))
        return found

    @cached_property
    def _met(self) -> dict[tuple[int, ...], Around]:
        return {}

    def around(self, site: SiteLines) -> Around:
        """Say how each area lies to a site."""
        own = site.kernel.shape
        known = [shape.surely(own, _MARGIN_U5) for shape in self._shapes]
        if 0 not in known:
            return self._clear(tuple(known))
        cutting: list[Geometry] = []
        place = np.empty(len(self.areas) + 2, np.int64)  # the last two answer NOWHERE and EVERYWHERE
        place[[NOWHERE, EVERYWHERE]] = NOWHERE, EVERYWHERE
        for number, (name, geometry) in enumerate(self.areas.items()):
            if known[number]:
                place[number] = EVERYWHERE if known[number] > 0 else NOWHERE
                continue
            area = _prepared.of(name, geometry)
            if all(map(area.contains_properly, site.parts)):
                place[number] = EVERYWHERE
            elif any(map(area.intersects, site.parts)):
                place[number] = len(cutting)
                cutting.append(area)
            else:
                place[number] = NOWHERE
        return Around(tuple(cutting), place[self.of_layer], int(place[self.jurisdiction]))


@dataclass(frozen=True)
class Around:
    """Areas that cut a site; `of_layer` int64 (layers,) and `jurisdiction` are numbers of these, NOWHERE where nothing
    of the site is inside, EVERYWHERE where all of it is."""

    cutting: tuple[Geometry, ...]
    of_layer: np.ndarray
    jurisdiction: int
