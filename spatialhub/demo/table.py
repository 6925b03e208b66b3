"""A layer as a table, and the columns that many layers have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry, STRtree

from spatialhub.demo.outline import EPSG, districts
from spatialhub.demo.plots import Planted, planted
from spatialhub.spatial.area import areas_m2

MM = 0.001  # grid of all layers, in metres


@dataclass(frozen=True)
class Table:
    """A layer as it is handed over: catalogue `key`, `table` name, geometries (n,), columns of n values, coverage."""

    key: str
    table: str
    geometry: np.ndarray
    columns: Mapping[str, np.ndarray]
    coverage: Geometry

    def __len__(self) -> int:
        return len(self.geometry)


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the rows of a table are numbered, from `first` on, and whether the planted features follow them."""

    first: int = 1
    with_planted: bool = True

    def numbers(self, count: int) -> range:
        """Running numbers of `count` rows."""
        return range(self.first, self.first + count)

    def planted(self, key: str) -> list[Planted]:
        """The planted features of a layer that come after its own rows."""
        return [feature for feature in planted() if self.with_planted and feature.layer == key]


WHOLE = Numbering()  # a table that is written as one


def district_columns(geometry: np.ndarray) -> dict[str, np.ndarray]:
    """Code and name of the district in which a point of each feature lies."""
    found = _districts_of(geometry)
    return {
        "XZQDM": text([districts()[index].code for index in found]),
        "XZQMC": text([f"示例{districts()[index].name}" for index in found]),
    }


def _districts_of(geometry: np.ndarray) -> np.ndarray:
    """Index of the nearest district for a point of each feature; at once where one district covers them all."""
    if not len(geometry):
        return np.empty(0, int)
    outlines = [district.geometry for district in districts()]
    covering = np.flatnonzero(shapely.covers(outlines, shapely.box(*shapely.total_bounds(geometry))))
    if len(covering) == 1:
        return np.full(len(geometry), covering[0])
    return STRtree(outlines).nearest(shapely.point_on_surface(geometry))


def areas(geometry: np.ndarray) -> np.ndarray:
    """Ellipsoidal areas in m² with two decimals, as national tables carry them."""
    return np.round(areas_m2(geometry, EPSG), 2)


def text(values: Iterable[object]) -> np.ndarray:
    """A column of text."""
    return np.array(list(map(str, values)), dtype=object)


def objects(geometries: list[Geometry]) -> np.ndarray:
    """A column of geometries."""
    found = np.empty(len(geometries), dtype=object)
    found[:] = geometries
    return found
