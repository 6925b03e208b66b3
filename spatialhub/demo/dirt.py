"""Millimetre mismatches: vertices of tessellating layers moved a little, each parcel for itself.

Neighbours no longer share the vertex, so that gaps and double covers of millimetres appear, as where offices digitise
a boundary twice. What was moved is counted: the demo's stamp file tells it.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace

import numpy as np
import shapely

from spatialhub.demo.order import Order
from spatialhub.demo.table import Table

DIRTY_LAYERS = ("survey", "urban_rural_plan", "detailed_plan", "territorial_plan", "land_use_plan")
SHARE = 0.05  # of the vertices
LARGEST_MM = 5


@dataclass(frozen=True, slots=True)
class Dirt:
    """What was planted in a layer: vertices there are and were moved (a ring's first counts once), features touched,
    and features left clean because a move would have made them cross themselves."""

    vertices: int = 0
    moved: int = 0
    features: int = 0
    spared: int = 0

    def __add__(self, other: Dirt) -> Dirt:
        return Dirt(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


CLEAN = Dirt()


def soiled(table: Table, order: Order, unit: int) -> tuple[Table, Dirt]:
    """Move vertices of a table's features by 1 to 5 mm where a city is ordered dirty and the layer is a tessellation.

    `unit` tells parts of one layer apart, so that each is moved by its own lot.
    """
    if not order.dirty or table.key not in DIRTY_LAYERS:
        return table, CLEAN
    rng = np.random.default_rng([order.seed, 6, DIRTY_LAYERS.index(table.key), unit])
    geometry, dirt = move_vertices(table.geometry, rng)
    return replace(table, geometry=geometry), dirt


def move_vertices(polygons: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Dirt]:
    """Return the polygons (n,) with a share of their vertices moved by whole millimetres, at most `LARGEST_MM`."""
    rings, part = shapely.get_rings(shapely.get_parts(polygons), return_index=True)
    owner = shapely.get_parts(polygons, return_index=True)[1][part]
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(np.append(True, ring[1:] != ring[:-1]))
    last = np.append(first[1:], len(ring)) - 1
    chosen = rng.random(len(coords)) < SHARE
    steps = _steps_mm()
    shift = np.where(chosen[:, None], steps[rng.integers(len(steps), size=len(coords))], 0)
    shift[last], chosen[last] = shift[first], False
    moved = shapely.set_coordinates(polygons.copy(), np.round(coords + shift / 1_000, 3))
    crossing = ~shapely.is_valid(moved)
    moved[crossing] = polygons[crossing]
    per_feature = np.bincount(owner[ring], weights=chosen, minlength=len(polygons))
    touched = (per_feature > 0) & ~crossing
    moves = int(per_feature[touched].sum())
    return moved, Dirt(len(coords) - len(first), moves, int(touched.sum()), int(crossing.sum()))


def _steps_mm() -> np.ndarray:
    """All whole steps (k, 2) of 1 to `LARGEST_MM` millimetres."""
    reach = np.arange(-LARGEST_MM, LARGEST_MM + 1)
    steps = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2)
    length = np.hypot(*steps.T)
    return steps[(length >= 1) & (length <= LARGEST_MM)]
