"""Farmland, ecological red line, development boundary, control zones; the giants among them span the city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry, Polygon

from spatialhub.demo import NOTICE, design
from spatialhub.demo.classes import SURVEY_NAMES, Classes
from spatialhub.demo.giants import Surface, grow, smooth_surface
from spatialhub.demo.outline import city_outline
from spatialhub.demo.parcels import Parcels
from spatialhub.demo.sites import quiet_area
from spatialhub.demo.table import MM, WHOLE, Numbering, Table, areas, district_columns, objects, text

_GIANT_CELL_M = 420.0


@dataclass(frozen=True)
class Giants:
    """What reaches across the city: permanent basic farmland, basic farmland of the old plan, ecological red line."""

    farmed: Geometry
    basic: Geometry
    red: Geometry


NO_GIANTS = Giants(Polygon(), Polygon(), Polygon())


def floor_tables(
    parcels: Parcels, classes: Classes, study: Geometry, rng: np.random.Generator, giants: Giants | None = None
) -> tuple[Table, Table, Table]:
    """Permanent basic farmland, basic farmland of the land-use plan, ecological red line.

    Inside the study area they are made of parcels; beyond it giants reach across the city: those given, or those that
    are grown by lot.
    """
    quality = smooth_surface(rng, wavelength_m=9_000)
    giants = giants or _grow_giants(quality, rng)
    fields = [("示例永久基本农田图斑", field) for field in _fields(parcels, classes, quality)]
    older = [
        ("示例基本农田图斑", field) for field in _fields(parcels, classes, smooth_surface(rng, wavelength_m=3_500))
    ]
    red = ("示例西部山地与沿河湿地生态保护红线", giants.red, "水源涵养")
    return (
        farmland_table("farmland_pbf", [("示例永久基本农田集中区", giants.farmed), *fields]),
        farmland_table("basic_farmland", [("示例基本农田保护区", giants.basic), *older]),
        eco_table([red, *_study_eco(parcels, study)]),
    )


def _grow_giants(quality: Surface, rng: np.random.Generator) -> Giants:
    """Giants across the city; the ecological red line takes the hills of the west and the river in the north."""
    wild, holes = (smooth_surface(rng, wavelength_m=length) for length in (15_000, 2_600))
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

    farmed, basic, red = (grow(land, which, rng, cell_m=_GIANT_CELL_M) for which in (is_farmed, is_basic, is_red))
    # The floors were delimited together and keep apart; the older plan's basic farmland did not know of the red line.
    farmed = shapely.set_precision(shapely.difference(farmed, red.buffer(15, quad_segs=2)), MM)
    return Giants(farmed, basic, red)


def _fields(parcels: Parcels, classes: Classes, quality: Surface) -> list[Geometry]:
    """Cultivated parcels outside the boundary on good soil, clear of the sample sites, united where they touch."""
    good = quality(parcels.x + design.CENTRE[0], parcels.y + design.CENTRE[1]) > -0.35
    chosen = good & cultivated_outside(parcels, classes) & _clear_of_sites(parcels)
    return list(shapely.get_parts(shapely.coverage_union_all(parcels.geometry[chosen])))


def cultivated_outside(parcels: Parcels, classes: Classes) -> np.ndarray:
    """Which parcels (bool (n,)) are cultivated and lie outside the development boundary."""
    cultivated = np.char.startswith(classes.survey, "01") & np.char.startswith(classes.land_use, "11")
    return (parcels.role == "farm") & ~classes.inside_boundary & cultivated


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


# Table, prefix of a patch's number; fields: running number, number of the patch, area.
_FARMLAND = {
    "farmland_pbf": ("YJJBNTTB", "YJJBNT", "BSM", "YJJBNTTBBH", "YJJBNTTBMJ"),
    "basic_farmland": ("JBNTTB", "JBNT", "TBBH", "JBNTTBBH", "JBNTMJ"),
}


def farmland_table(key: str, rows: list[tuple[str, Geometry]], numbering: Numbering = WHOLE) -> Table:
    """Farmland patches (name, shape) with the planted ones, under the national table's names."""
    mine = numbering.planted(key)
    rows = [row for row in rows if not row[1].is_empty]
    table, prefix, number_field, id_field, area_field = _FARMLAND[key]
    geometry = objects([shape for _, shape in rows] + [row.geometry for row in mine])
    ids = [f"{prefix}-{number:05d}" for number in numbering.numbers(len(rows))] + [row.key for row in mine]
    names = [name for name, _ in rows] + [row.name for row in mine]
    columns = {
        number_field: text([f"{index:018d}" for index in numbering.numbers(len(geometry))]),
        id_field: text(ids),
        "ZLDWMC": text(names),
        "DLBM": text(["0102"] * len(geometry)),
        "DLMC": text([SURVEY_NAMES["0102"]] * len(geometry)),
        area_field: areas(geometry),
        "BZ": text([NOTICE] * len(geometry)),
    }
    return Table(key, table, geometry, columns, city_outline())


def eco_table(rows: list[tuple[str, Geometry, str]], numbering: Numbering = WHOLE) -> Table:
    """The ecological red line (name, shape, kind) with what is planted."""
    mine = numbering.planted("eco_redline")
    rows = [row for row in rows if not row[1].is_empty] + [(row.name, row.geometry, "生物多样性维护") for row in mine]
    geometry = objects([shape for _, shape, _ in rows])
    first = [f"ECO-{number:05d}" for number in numbering.numbers(len(rows) - len(mine))]
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
    return zone_table("urban_boundary", zones, study)


def control_zones(study: Geometry) -> Table:
    """Control zones tile the study area: allowed in the town, conditional around it, prohibited in the hills."""
    town, hills = design.concentrated_zone(), design.hills()
    around = shapely.difference(shapely.union(design.flexible_zone(), town.buffer(350)), shapely.union(town, hills))
    rest = shapely.difference(study, shapely.union_all([town, hills, around]))
    zones = (("010", "允许建设区", town), ("020", "有条件建设区", around), ("030", "限制建设区", rest),
             ("040", "禁止建设区", hills))  # fmt: skip
    return zone_table("control_zone", zones, study)


# Table; fields: code, name, area.
_ZONE_FIELDS = {
    "urban_boundary": ("CZKFBJ", "GHFQDM", "GHFQMC", "MJ"),
    "control_zone": ("JSYDGZQ", "GZQLXDM", "GZQLXMC", "GZQMJ"),
}
Zone = tuple[str, str, Geometry]  # code, name, shape


def zone_table(key: str, zones: Sequence[Zone], study: Geometry, numbering: Numbering = WHOLE) -> Table:
    """Zones of the development boundary or of building control, cut to the study area."""
    shapes = shapely.intersection(np.array([shape for _, _, shape in zones], object), study)
    geometry = shapely.set_precision(shapes, MM)
    table, code_field, name_field, area_field = _ZONE_FIELDS[key]
    columns = {
        "BSM": text([f"{table}-{number}" for number in numbering.numbers(len(zones))]),
        **district_columns(geometry),
        code_field: text([code for code, _, _ in zones]),
        name_field: text([f"示例{name}" for _, name, _ in zones]),
        area_field: areas(geometry),
        "BZ": text([NOTICE] * len(zones)),
    }
    return Table(key, table, geometry, columns, study)
