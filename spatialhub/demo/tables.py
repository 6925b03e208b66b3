"""The seventeen layers of the demo city, in the order of the catalogue.

Every row says in its remark that it is synthetic, every name begins with 示例.
"""

from __future__ import annotations

import numpy as np
import shapely

from spatialhub.demo import NOTICE, design
from spatialhub.demo.classes import Classes
from spatialhub.demo.control_tables import Giants, control_zones, floor_tables, urban_boundary
from spatialhub.demo.line_tables import six_lines
from spatialhub.demo.outline import city_outline, districts
from spatialhub.demo.parcels import Parcels
from spatialhub.demo.plan_tables import dissolve, plan, plan_within, survey
from spatialhub.demo.table import Table, areas, objects, text


def build_tables(
    parcels: Parcels, classes: Classes, rng: np.random.Generator, giants: Giants | None = None
) -> tuple[Table, ...]:
    """Build all layers from a classified tessellation, with the giants given or grown by lot."""
    study = shapely.coverage_union_all(parcels.geometry)
    return (
        *six_lines(parcels, classes, study),
        *floor_tables(parcels, classes, study, rng, giants),
        urban_boundary(study),
        plan("land_use_plan", dissolve(parcels, classes.land_use), study),
        control_zones(study),
        plan("urban_rural_plan", (parcels.geometry, classes.urban), study),
        plan_within("detailed_plan", parcels, classes.detailed, design.core_plan_area()),
        plan_within("territorial_plan", parcels, classes.territorial, design.new_plan_area()),
        survey(parcels, classes, study),
        admin_areas(),
    )


def admin_areas() -> Table:
    """The real districts, marked as an example."""
    geometry = objects([district.geometry for district in districts()])
    columns = {
        "BSM": text([f"{district.code}{'0' * 12}" for district in districts()]),
        "XZQDM": text([district.code for district in districts()]),
        "XZQMC": text([f"示例{district.name}" for district in districts()]),
        "DCMJ": areas(geometry),
        "BZ": text([NOTICE] * len(geometry)),
    }
    return Table("admin_area", "XZQ", geometry, columns, city_outline())
