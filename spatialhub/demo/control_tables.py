"""Farmland, ecological red line, development boundary, control zones; the giants among them span the city."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.demo import NOTICE, design
from spatialhub.demo.classes import SURVEY_NAMES, Classes
from spatialhub.demo.giants import Surface, grow, smooth_surface
from spatialhub.demo.outline import city_outline
from spatialhub.demo.parcels import Parcels
from spatialhub.demo.plots import planted
from spatialhub.demo.sites import quiet_area
from spatialhub.demo.table import MM, Table, areas, district_columns, objects, text

_GIANT_CELL_M = 420.0


def floor_tables(
    parcels: Parcels, classes: Classes, study: Geometry, rng: np.random.Generator
) -> tuple[Table, Table, Table]:
    """Permanent basic farmland, basic farmland of the land-use plan, ecological red line."""
    farmland, basic, eco = _floors(parcels, classes, study, rng)
    return (
        _patches("farmland_pbf", "YJJBNTTB", farmland, "YJJBNT"),
        _patches("basic_farmland", "JBNTTB", basic, "JBNT"),
        _eco_redline(eco),
    )


def _floors(parcels: Parcels, classes: Classes, study: Geometry, rng: np.random.Generator) -> tuple[list, list, list]:
    """Permanent farmland, basic farmland of the land-use plan and ecological red line: name, shape and kind.

    Inside the study area they are made of parcels; beyond it giants reach across the city, which the ecological red
    line takes in the hills of the west and along the river in the north.
    """
    quality, wild, holes = (smooth_surface(rng, wavelength_m=length) for length in (9_000, 15_000, 2_600))
    land = shapely.difference(city_outline().buffer(-400), design.study_area().buffer(250))

    def is_wild(east: np.ndarray, north: np.ndarray) -> np.ndarray:
        west = np.clip((440_000 - east) / 30_000, -1.5, 1.2)
        river = np.clip((north - 3_861_000) / 5_000, -1.5, 0.9)
        return wild(east, north) + np.maximum(west, river) > 0.75

    def is_farmed(east: np.ndarray, north: np.ndarray) -> np.ndarray:
        return (quality(east, north) > -0.25) & (holes(east, north) < 1.15) & ~is_wild(east, north)

    def is_basic(east: np.ndarray, north: np.ndarray) -> np.ndarray:
        return (quality(east, north) > -0.4) & (holes(east, north) < 0.95) & ~is_wild(east, north)

    def is_red(east: np.ndarray, north: np.ndarray) -> np.ndarray:
        return is_wild(east, north) & (holes(east, north) < 1.25)

    farmed, basic_zone, red = (grow(land, which, rng, cell_m=_GIANT_CELL_M) for which in (is_farmed, is_basic, is_red))
    # The floors were delimited together and keep apart; the older plan's basic farmland did not know of the red line.
    farmed = shapely.set_precision(shapely.difference(farmed, red.buffer(15, quad_segs=2)), MM)
    fields = _fields(parcels, classes, quality)
    basic = _fields(parcels, classes, smooth_surface(rng, wavelength_m=3_500))
    return (
        [("示例永久基本农田集中区", farmed), *(("示例永久基本农田图斑", field) for field in fields)],
        [("示例基本农田保护区", basic_zone), *(("示例基本农田图斑", field) for field in basic)],
        [("示例西部山地与沿河湿地生态保护红线", red, "水源涵养"), *_study_eco(parcels, study)],
    )


def _fields(parcels: Parcels, classes: Classes, quality: Surface) -> list[Geometry]:
    """Cultivated parcels outside the boundary on good soil, clear of the sample sites, united where they touch."""
    good = quality(parcels.x + design.CENTRE[0], parcels.y + design.CENTRE[1]) > -0.35
    cultivated = np.char.startswith(classes.survey, "01") & np.char.startswith(classes.land_use, "11")
    chosen = (parcels.role == "farm") & ~classes.inside_boundary & good & cultivated & _clear_of_sites(parcels)
    return list(shapely.get_parts(shapely.coverage_union_all(parcels.geometry[chosen])))


def _study_eco(parcels: Parcels, study: Geometry) -> list[tuple[str, Geometry, str]]:
    """The wooded hills without their clearings, and the reservoir."""
    hills = shapely.difference(shapely.intersection(design.hills(), study), shapely.union_all(design.clearings()))
    reservoir = parcels.name == "示例尖岗水库"
    return [
        ("示例西南林场生态保护红线", shapely.set_precision(hills, MM), "水土保持"),
        ("示例尖岗水库生态保护红线", shapely.coverage_union_all(parcels.geometry[reservoir]), "水源涵养"),
    ]


def _clear_of_sites(parcels: Parcels) -> np.ndarray:
    quiet = quiet_area()
    shapely.prepare(quiet)
    return ~shapely.intersects(quiet, parcels.geometry)


# Running number, number of the patch, area.
_FARMLAND_FIELDS = {
    "farmland_pbf": ("BSM", "YJJBNTTBBH", "YJJBNTTBMJ"),
    "basic_farmland": ("TBBH", "JBNTTBBH", "JBNTMJ"),
}


def _patches(key: str, table: str, rows: list[tuple[str, Geometry]], prefix: str) -> Table:
    """Farmland patches with the planted ones, under the national table's names."""
    mine = [feature for feature in planted() if feature.layer == key]
    geometry = objects([shape for _, shape in rows] + [row.geometry for row in mine])
    ids = [f"{prefix}-{number:05d}" for number in range(1, len(rows) + 1)] + [row.key for row in mine]
    names = [name for name, _ in rows] + [row.name for row in mine]
    number_field, id_field, area_field = _FARMLAND_FIELDS[key]
    columns = {
        number_field: text([f"{index:018d}" for index in range(1, len(geometry) + 1)]),
        id_field: text(ids),
        "ZLDWMC": text(names),
        "DLBM": text(["0102"] * len(geometry)),
        "DLMC": text([SURVEY_NAMES["0102"]] * len(geometry)),
        area_field: areas(geometry),
        "BZ": text([NOTICE] * len(geometry)),
    }
    return Table(key, table, geometry, columns, city_outline())


def _eco_redline(rows: list[tuple[str, Geometry, str]]) -> Table:
    mine = [feature for feature in planted() if feature.layer == "eco_redline"]
    rows = rows + [(row.name, row.geometry, "生物多样性维护") for row in mine]
    geometry = objects([shape for _, shape, _ in rows])
    first = [f"ECO-{number:05d}" for number in range(1, len(rows) - len(mine) + 1)]
    columns = {
        **district_columns(geometry),
        "HXBM": text(first + [row.key for row in mine]),
        "HXMC": text([name for name, _, _ in rows]),
        "HXLX": text([kind for _, _, kind in rows]),
        "MJ": areas(geometry),
        "BZ": text([NOTICE] * len(rows)),
    }
    return Table("eco_redline", "STBHHX", geometry, columns, city_outline())


def urban_boundary(study: Geometry) -> Table:
    """The development boundary's three zones."""
    zones = (
        ("510", "城镇集中建设区", design.concentrated_zone()),
        ("520", "城镇弹性发展区", design.flexible_zone()),
        ("530", "特别用途区", design.special_zone()),
    )
    return _zones("urban_boundary", "CZKFBJ", zones, ("GHFQDM", "GHFQMC", "MJ"), study)


def control_zones(study: Geometry) -> Table:
    """Control zones tile the study area: allowed in the town, conditional around it, prohibited in the hills."""
    town, hills = design.concentrated_zone(), design.hills()
    around = shapely.difference(shapely.union(design.flexible_zone(), town.buffer(350)), shapely.union(town, hills))
    rest = shapely.difference(study, shapely.union_all([town, hills, around]))
    zones = (("010", "允许建设区", town), ("020", "有条件建设区", around), ("030", "限制建设区", rest),
             ("040", "禁止建设区", hills))  # fmt: skip
    return _zones("control_zone", "JSYDGZQ", zones, ("GZQLXDM", "GZQLXMC", "GZQMJ"), study)


def _zones(key: str, table: str, zones: tuple, fields: tuple[str, str, str], study: Geometry) -> Table:
    shapes = shapely.intersection(np.array([shape for _, _, shape in zones], object), study)
    geometry = shapely.set_precision(shapes, MM)
    code_field, name_field, area_field = fields
    columns = {
        "BSM": text([f"{table}-{number}" for number in range(1, len(zones) + 1)]),
        **district_columns(geometry),
        code_field: text([code for code, _, _ in zones]),
        name_field: text([f"示例{name}" for _, name, _ in zones]),
        area_field: areas(geometry),
        "BZ": text([NOTICE] * len(zones)),
    }
    return Table(key, table, geometry, columns, study)
