"""The giants of a large city: zones of hundreds of thousands of vertices with holes, in proportion to its area.

Zones are cells of a grid whose nodes are pushed about by lot; zones that must tile keep the cells' edges, the others
have their corners cut, which leaves curved outlines. A large city takes more of the same grid: what lies in a small
one lies there too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry, Polygon

from spatialhub.demo.control_tables import Zone
from spatialhub.demo.giants import cut_corners, smooth_surface
from spatialhub.demo.metropolis.landscape import Landscape
from spatialhub.demo.outline import city_outline
from spatialhub.demo.parcels import polygons_of
from spatialhub.demo.table import MM

CELL_M = 90.0
_FROM_EDGE_M = 150.0
_BANK_M, _BELT_M = 15.0, 42.0
FARM_SOIL = 0.1  # above: farmland is one great piece; a patch keeps below PATCH_SOIL, further off than a parcel reaches
PATCH_SOIL = -0.25
PATCH_WILDNESS = -0.25


@dataclass(frozen=True)
class Zones:
    """Giants in EPSG:4547 on the millimetre, outside the study area and its ring road.

    `boundary` and `control` are zones (code, name, shape) that touch along shared vertices; `control` tiles the land.
    """

    red: Geometry
    farmed: Geometry
    basic: Geometry
    rivers: Geometry
    green: Geometry
    boundary: tuple[Zone, ...]
    control: tuple[Zone, ...]


def draw_zones(area: Polygon, ring: Polygon, landscape: Landscape, seed: int) -> Zones:
    """Draw the giants of a city of this `area` around the outer edge of its `ring` road."""
    land = shapely.difference(area, ring)
    cells = _Cells(land.buffer(-_FROM_EDGE_M), np.random.default_rng([seed, 3]))
    masks = _masks(cells, landscape, np.random.default_rng([seed, 4]))
    town, lobe, special, hills = (cells.unite(masks[name]) for name in ("town", "lobe", "special", "hills"))
    rest = shapely.difference(land, shapely.union_all([town, lobe, hills]))
    rivers = shapely.intersection(landscape.rivers(), land)
    return Zones(
        red=_curved(cells.unite(masks["red"])),
        farmed=_curved(cells.unite(masks["farmed"])),
        basic=_curved(cells.unite(masks["basic"])),
        rivers=_cut(rivers.buffer(_BANK_M, quad_segs=2), land),
        green=_cut(shapely.difference(rivers.buffer(_BELT_M, quad_segs=2), rivers), land),
        boundary=(
            ("510", "城镇集中建设区", town), ("520", "城镇弹性发展区", lobe), ("530", "特别用途区", special),
        ),
        control=(
            ("010", "允许建设区", town), ("020", "有条件建设区", lobe), ("030", "限制建设区", rest),
            ("040", "禁止建设区", hills),
        ),
    )  # fmt: skip


class _Cells:
    """The grid over the whole outline; `usable` are the cells with all corners on a city's land."""

    def __init__(self, land: Geometry, rng: np.random.Generator) -> None:
        west, south, east, north = city_outline().bounds
        columns, rows = int((east - west) / CELL_M) + 1, int((north - south) / CELL_M) + 1
        x, y = np.meshgrid(west + np.arange(columns + 1) * CELL_M, south + np.arange(rows + 1) * CELL_M)
        self._x = np.round(x + rng.uniform(-0.3, 0.3, x.shape) * CELL_M, 3)
        self._y = np.round(y + rng.uniform(-0.3, 0.3, y.shape) * CELL_M, 3)
        shapely.prepare(land)
        on_land = shapely.contains_xy(land, self._x, self._y)
        self.usable = on_land[:-1, :-1] & on_land[:-1, 1:] & on_land[1:, 1:] & on_land[1:, :-1]

    def values(self, surface) -> np.ndarray:
        """A surface at the middle of every usable cell, elsewhere NaN (rows, columns)."""
        found = np.full(self.usable.shape, np.nan)
        corner = self._corners(self.usable)
        found[self.usable] = surface(*corner.mean(axis=1).T)
        return found

    def unite(self, mask: np.ndarray) -> Geometry:
        """Unite the cells of a mask; cells keep their vertices."""
        return shapely.coverage_union_all(shapely.polygons(self._corners(mask)))

    def _corners(self, mask: np.ndarray) -> np.ndarray:
        row, column = np.nonzero(mask)
        around = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        return np.stack([np.column_stack([self._x[at], self._y[at]]) for at in around], axis=1)


def _masks(cells: _Cells, landscape: Landscape, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Which cells each zone takes. The floors keep a cell apart; the old plan's farmland did not know the red line."""
    town_km, wild, soil = (cells.values(of) for of in (landscape.town_km, landscape.wildness, landscape.soil))
    fine, finer, lots = (cells.values(smooth_surface(rng, wavelength_m=length)) for length in (620, 480, 900))
    with np.errstate(invalid="ignore"):  # NaN, a cell that is not usable, compares as false
        town = (town_km > 0) & (finer < 1.05)
        hills = (wild > 0) & (town_km < -0.6)
        lobe = (town_km <= 0) & (town_km > -0.45) & (lots > -0.2)
        special = (town_km <= -0.45) & (town_km > -0.75) & (soil > 0.5)
        red = hills & (fine < 0.85)
        country = (town_km < -0.75) & ~_grown(red)
        farmed = country & (wild < -0.05) & (soil > FARM_SOIL) & (finer < 0.9)
        basic = (town_km < -0.75) & (wild < 0.1) & (soil > FARM_SOIL - 0.1) & (fine > -0.9)
    floors = {"red": red, "farmed": farmed, "basic": basic}
    return floors | {"town": town, "lobe": lobe, "special": special, "hills": hills}


def _grown(mask: np.ndarray) -> np.ndarray:
    """A mask with all eight neighbours of its cells."""
    padded = np.pad(mask, 1)
    rows, columns = mask.shape
    grown = np.zeros_like(mask)
    for down in range(3):
        for right in range(3):
            grown |= padded[down : down + rows, right : right + columns]
    return grown


def _curved(geometry: Geometry) -> Geometry:
    if geometry.is_empty:
        return geometry
    return shapely.set_precision(cut_corners(geometry, times=2), MM)


def _cut(geometry: Geometry, land: Geometry) -> Geometry:
    cut = shapely.set_precision(shapely.intersection(geometry, land), MM)
    return shapely.multipolygons(polygons_of(cut))
