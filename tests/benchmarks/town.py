"""A town of a square kilometre by Zhengzhou's rules: small enough for a test, with all that can make peers differ.

Parcels that tessellate, a designation that agrees or does not, road lines that overlap each other, a floor with a hole
and a ragged shore, farmland, a boundary that cuts through, a plan whose coverage ends inside the town.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import shapely
from sqlalchemy import Engine

from benchmarks.city import City
from layers.workspace import Workspace
from tests import shapes
from tests.bench import FOREST_PLAN, HOUSING_PLAN, INDUSTRY_PLAN, INSIDE, PLAN_PADDY, SURVEY_TOWN, TOWN, Bench, of_class
from tests.bench import catalogue as catalogue_of
from tests.bench import city as rules_of

SIDE_M = 1_000.0
_PLANS = (HOUSING_PLAN, INDUSTRY_PLAN, FOREST_PLAN)


def a_town(folder: Path, parcels_a_side: int = 12) -> City:
    """Snapshots below `folder`, pinned; what `City.open` gives for a real home."""
    bench = Bench(folder)
    town = shapes.square(SIDE_M)
    features = {
        "survey": _grid(parcels_a_side, lambda row, column: SURVEY_TOWN),
        "land_use_plan": _grid(7, lambda row, column: TOWN if column < 4 else PLAN_PADDY),
        "urban_rural_plan": _grid(parcels_a_side, lambda row, column: _PLANS[(row + column) % len(_PLANS)]),
        "detailed_plan": _grid(5, lambda row, column: HOUSING_PLAN),
        "urban_boundary": [of_class(INSIDE, shapes.rectangle(730, SIDE_M))],
        "line_red": [shapes.rectangle(SIDE_M, 31.5, 0, 487), shapes.rectangle(28.25, SIDE_M, 501, 0)],
        "farmland_pbf": [shapes.star(24, 180, 90, 820, 220)],
        "eco_redline": [_shore()],
    }
    coverage = dict.fromkeys(features, town) | {"detailed_plan": shapes.rectangle(640.125, SIDE_M)}
    layers = tuple(bench.layers(features, coverage=coverage))
    no_registry = cast(Engine, None)  # nothing here asks it
    workspace = Workspace(folder, no_registry, rules_of(), catalogue_of())
    return City(workspace, layers)


def _grid(side: int, code) -> list:
    """Parcels with shared, slightly shifted corners, to a millimetre."""
    rng = np.random.default_rng(side)
    step = SIDE_M / side
    corners = np.stack(np.meshgrid(np.arange(side + 1), np.arange(side + 1)), axis=-1) * step
    corners[1:-1, 1:-1] += rng.uniform(-0.3, 0.3, (side - 1, side - 1, 2)) * step
    corners = np.round(corners, 3)
    return [
        of_class(
            code(row, column),
            shapes.polygon(*map(tuple, (corners[row, column], corners[row, column + 1],
                                        corners[row + 1, column + 1], corners[row + 1, column]))),
        )
        for row in range(side)
        for column in range(side)
    ]  # fmt: skip


def _shore() -> shapely.Polygon:
    """A floor of 700 vertices with a hole: it is subdivided."""
    return shapes.to_millimetre(shapes.star(350, 240, 225, 260, 780).difference(shapes.disc(60, 260, 780)))
