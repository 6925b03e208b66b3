"""Peers that hold the whole city in memory: geopandas.overlay, and shapely's STRtree with one vectorised intersection.

Loading is not in their time, and neither is their memory: on a million parcels both take gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from benchmarks.answers import Answer, LayerAnswer
from benchmarks.city import City
from spatialhub.looking import outline_of
from spatialhub.spatial.model import Site


@dataclass(frozen=True)
class Held:
    """One layer in memory: its key, ids (n,) and geometries (n,)."""

    key: str
    ids: np.ndarray
    geometries: np.ndarray


def hold(city: City) -> list[Held]:
    """Read the whole city."""
    rows = list(city.stream())
    return [
        Held(
            layer.entry.key,
            np.array([id for row in rows if row.layer == number for id in row.ids], dtype=object),
            np.concatenate([np.zeros(0, object), *(row.geometries for row in rows if row.layer == number)]),
        )
        for number, layer in enumerate(city.loaded)
    ]


def union_m2(pieces: Iterable[Any]) -> float:
    """Area of a union in m²; where the pieces are a coverage, which is quick to see, their areas just add up."""
    given = np.array([piece for piece in pieces if piece is not None], dtype=object)
    given = given[shapely.get_dimensions(given) == 2] if len(given) else given
    if len(given) < 2 or _plain(given):
        return float(shapely.area(given).sum())
    return float(shapely.area(shapely.union_all(given)))


def _plain(polygons: np.ndarray) -> bool:
    """Whether no two overlap: they are a valid coverage, and there is no collection among them."""
    return bool((shapely.get_type_id(polygons) != 7).all() and shapely.coverage_is_valid(polygons))


Found = list[tuple[str, np.ndarray, np.ndarray, np.ndarray, float]]


def _answer(found: Found) -> Answer:
    layers = {}
    for key, ids, geometries, areas, union in found:
        features: dict[str, float] = {}
        for id, area in zip(ids.tolist(), areas.tolist(), strict=True):
            features[id] = features.get(id, 0.0) + area
        layers[key] = LayerAnswer(union, features, float(shapely.length(geometries).sum()))
    return Answer(layers)


class Tree:
    """A tree a layer: query(intersects), one intersection over all that was found."""

    name = "STRtree in memory"

    def __init__(self, held: list[Held]) -> None:
        self._layers = [(layer, shapely.STRtree(layer.geometries)) for layer in held]

    def call(self, site: Site) -> Found:
        """Per layer (key, ids, geometries, areas, union)."""
        outline = outline_of(site)
        found = []
        for layer, tree in self._layers:
            numbers = tree.query(outline, predicate="intersects")
            if len(numbers):
                cut = shapely.intersection(layer.geometries[numbers], outline)
                found.append((layer.key, layer.ids[numbers], cut, shapely.area(cut), union_m2(cut)))
        return found

    answer = staticmethod(_answer)


class Frames:
    """geopandas.overlay of the site with every layer."""

    name = "geopandas.overlay"

    def __init__(self, held: list[Held], epsg: int) -> None:
        import geopandas

        self._geopandas = geopandas
        self._crs = f"EPSG:{epsg}"
        self._layers = [
            (row.key, geopandas.GeoDataFrame({"id": row.ids}, geometry=row.geometries, crs=self._crs)) for row in held
        ]
        for _, frame in self._layers:
            _ = frame.sindex  # built once, as the trees are

    def call(self, site: Site) -> Found:
        """Per layer (key, ids, geometries, areas, union)."""
        outline = self._geopandas.GeoDataFrame(geometry=[outline_of(site)], crs=self._crs)
        found = []
        for key, frame in self._layers:
            cut = self._geopandas.overlay(frame, outline, how="intersection", keep_geom_type=True)
            if len(cut):
                geometries = cut.geometry.to_numpy()
                found.append((key, cut["id"].to_numpy(), geometries, cut.area.to_numpy(), union_m2(geometries)))
        return found

    answer = staticmethod(_answer)
