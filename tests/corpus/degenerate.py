"""Cases 400-499: where geometry is at its limits. Sketches in metres from `shapes.ORIGIN`, on Zhengzhou's catalogue.

No width or area stands exactly on a threshold of the rules (1.44 mm adjacency, 2 cm mismatch, 0.1 m and 1 m² trace,
10 m and 200 m² suggestion): there, which side an engine falls on is not decided by anything it could get right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.affinity import rotate, translate

from spatialhub.check import CheckOptions
from spatialhub.precedence.model import Approval
from spatialhub.spatial.model import Areal, Form, Manner, SitePart
from tests import shapes
from tests.builders import Feature
from tests.corpus.cases import DEGENERATE, Case, site_of

HOUSING, SCHOOL, ROAD, PARK = "070102", "0804", "1207", "1401"
SQUARE = shapes.square(100.0)
WIDE = shapes.square(20_000, -10_000, -10_000)
Drawn = tuple[str, Sequence[SitePart], Mapping[str, Sequence[Feature]], dict]


def case(number: int) -> Case:
    name, parts, features, more = _all()[number - DEGENERATE.start]
    return Case(number, name, site_of(f"退化{number}", *parts), features=features, **more)


@cache
def _all() -> tuple[Drawn, ...]:
    rooms = (
        _thin_sites, _touching, _equal, _holes, _spikes, _several_parts, _collinear, _below_the_grid, _fans, _combs,
        _near_coincident, _edges_of_coverage, _thin_floors, _traces, _small, _necks, _repeated, _lattices,
    )  # fmt: skip
    found = tuple(row for room in rooms for row in room())
    if len(found) != len(DEGENERATE):
        raise ValueError(f"{len(found)} degenerate cases, not {len(DEGENERATE)}")
    return found


# --- what most of them stand on --------------------------------------------------------------------------------------


def one(geometry: Areal, use: str | None = HOUSING, **more) -> tuple[SitePart, ...]:
    return (SitePart(1, geometry, **{"use": use} | more),)


def of(key: str, *geometries: Areal, code: str = "", reserved_for: str = "") -> dict[str, list[Feature]]:
    """Features of one layer, named in order."""
    rows = [(g, {"id": f"{key}-{i}", "class": code, "reserved_for": reserved_for}) for i, g in enumerate(geometries)]
    return {key: rows}


def tiled(*polygons: Polygon, urban: Sequence[str] = ("R2", "G1", "A33")) -> dict[str, list[Feature]]:
    """Both plans and the survey over the same parcels, with classes in turn."""
    codes = {"land_use_plan": ("2111", "111"), "urban_rural_plan": urban, "survey": ("0701", "0101", "0301")}
    return {
        key: [(g, {"id": f"{key}-{i}", "class": row[i % len(row)]}) for i, g in enumerate(polygons)]
        for key, row in codes.items()
    }


PLANS = tiled(WIDE)
GRID = tiled(*shapes.parcels(6, 6, 30.0, -40.0, -40.0))


# --- rooms -----------------------------------------------------------------------------------------------------------


def _thin_sites() -> Iterator[Drawn]:
    for name in ("sliver", "wedge", "needle", "corridor", "staircase"):
        site = shapes.ZOO[name]
        parcels = tiled(*shapes.parcels(40, 6, 40.0, -100.0, -120.0))
        yield f"{name} over parcels", one(site), parcels | of("line_red", shapes.rectangle(3_000, 5, -500, 1)), {}
    for width in (0.003, 0.0006, 0.000004):
        yield f"site {width * 1000:g} mm wide", one(shapes.rectangle(400, width)), GRID, {}
    yield "needle, linear", one(shapes.NEEDLE, ROAD, form=Form.LINEAR), GRID | of("farmland_pbf", SQUARE), {}
    diagonal = shapes.polygon((0, 0), (900, 700), (900, 700.003))
    yield "diagonal needle", one(diagonal), tiled(*shapes.parcels(30, 24, 31.0)), {}


def _touching() -> Iterator[Drawn]:
    for name, x, y in (("edge", 100, 0), ("part of an edge", 100, 37), ("corner", 100, 100)):
        for layer in ("eco_redline", "line_green"):
            yield f"{layer} touches at {name}", one(SQUARE), PLANS | of(layer, shapes.square(100, x, y)), {}
    ring = shapes.polygon(
        (-50, -50), (150, -50), (150, 150), (-50, 150), holes=(((0, 0), (0, 100), (100, 100), (100, 0)),)
    )
    yield "floor touches all around: the site fills its hole", one(SQUARE), PLANS | of("eco_redline", ring), {}
    inner = shapes.square(60, 20, 20)
    yield "site inside a hole", one(inner), PLANS | of("eco_redline", ring), {}
    at_edge = shapes.square(60, 40, 20)
    yield "site inside a hole, touching its edge", one(at_edge), PLANS | of("eco_redline", ring), {}


def _equal() -> Iterator[Drawn]:
    parcel = shapes.parcels(6, 6, 30.0, -40.0, -40.0)[14]
    yield "site equals a parcel", one(parcel), GRID, {}
    again = Polygon(np.roll(np.asarray(parcel.exterior.coords)[:-1], 2, axis=0)[::-1])
    yield "site equals a parcel, written backwards", one(again), GRID | of("line_green", parcel, again), {}
    four = shapes.square(60, -10, -10)
    yield "site equals four parcels", one(four), GRID | of("eco_redline", four), {}
    every = {key: [(SQUARE, {"id": f"{key}-0", "class": ""})] for key in ("line_red", "line_blue", "line_green")}
    yield "three lines equal the site", one(SQUARE, PARK), PLANS | every, {}


def _holes() -> Iterator[Drawn]:
    pinched = shapes.HOLE_TOUCHING_THE_EDGE
    yield "hole touches the shell", one(pinched), GRID, {}
    yield "hole of a floor touches its shell", one(SQUARE), PLANS | of("eco_redline", pinched), {}
    two = shapes.polygon(
        (0, 0), (100, 0), (100, 100), (0, 100),
        holes=(((20, 20), (20, 50), (50, 50), (50, 20)), ((50, 50), (50, 80), (80, 80), (80, 50))),
    )  # fmt: skip
    yield "two holes touch at a corner", one(two), GRID, {}
    yield "two holes of a line touch at a corner", one(SQUARE), PLANS | of("line_green", two), {}
    yield "island in its hole", one(shapes.ISLAND_IN_ITS_HOLE), GRID | of("line_red", shapes.WITH_HOLE), {}
    yield "polygons touch at a corner", one(shapes.TOUCHING_CORNER), GRID, {}
    yield "hole equals a parcel", one(_without(SQUARE, shapes.square(30, 20, 20))), GRID, {}
    nested = MultiPolygon(
        [
            _without(shapes.square(100 - 20 * i, 10 * i, 10 * i), shapes.square(90 - 20 * i, 5 + 10 * i, 5 + 10 * i))
            for i in range(4)
        ]
    )
    yield "rings within rings", one(SQUARE), PLANS | of("line_green", nested), {}


def _without(outer: Polygon, inner: Polygon) -> Polygon:
    return Polygon(outer.exterior, [inner.exterior])


def _spikes() -> Iterator[Drawn]:
    for width in (0.004, 0.0002):
        spike = shapes.polygon((0, 0), (100, 0), (100, 50), (400, 50), (100, 50 + width), (100, 100), (0, 100))
        yield f"site with a spike of {width * 1000:g} mm", one(spike), tiled(*shapes.parcels(15, 4, 30.0, -10, -10)), {}
        into = shapes.polygon((150, 0), (150, 50), (-20, 50), (150, 50 + width), (150, 100), (200, 100), (200, 0))
        yield f"floor sends in a spike of {width * 1000:g} mm", one(SQUARE), PLANS | of("eco_redline", into), {}


def _several_parts() -> Iterator[Drawn]:
    beside, over = shapes.square(100, 100, 0), shapes.square(100, 50, 30)
    for name, other in (
        ("touch", beside),
        ("overlap", over),
        ("coincide", SQUARE),
        ("nest", shapes.square(40, 30, 30)),
    ):
        for use in (HOUSING, SCHOOL):
            parts = (SitePart(1, SQUARE, use=HOUSING), SitePart(2, other, use=use))
            yield f"parts {name}, {'one use' if use == HOUSING else 'two uses'}", parts, GRID, {}
    sliver = translate(beside, -0.003)
    parts = (SitePart(1, SQUARE, use=HOUSING), SitePart(2, sliver, use=PARK, form=Form.FIXED))
    yield "parts overlap by 3 mm", parts, GRID | of("farmland_pbf", shapes.square(60, 70, -20)), {}
    parts = tuple(SitePart(i, g, use=ROAD, form=Form.LINEAR) for i, g in enumerate((_bar(0), _bar(90)), 1))
    yield "linear parts cross", parts, GRID | of("farmland_pbf", shapes.square(60, 20, 20)), {}


def _bar(degrees: float) -> Polygon:
    return shapes.to_millimetre(rotate(shapes.rectangle(300, 12, -100, 44), degrees, origin=shapes.at((50, 50))[0]))


def _collinear() -> Iterator[Drawn]:
    steps = [shapes.rectangle(40, 30, 17 * i, 100 - 30 * (i % 2)) for i in range(7)]
    yield "edges overlap in part along the site's edge", one(SQUARE), PLANS | of("line_green", *steps), {}
    dense = Polygon(np.round(shapely.get_coordinates(shapely.segmentize(SQUARE, 0.7)), 3))
    yield "hundreds of vertices on straight edges", one(dense), GRID | of("line_red", shapes.square(50, 50, 50)), {}
    yield "a parcel has vertices that the site lacks", one(SQUARE), GRID | of("line_green", dense), {}
    tees = [shapes.rectangle(100, 7, 0, 13 * i) for i in range(7)] + [
        shapes.rectangle(9, 100, 11 * i, 0) for i in range(8)
    ]
    yield "a lattice of bands that end on the site's edge", one(SQUARE), PLANS | of("line_green", *tees), {}
    halves = (shapes.polygon((0, 0), (100, 0), (100, 100)), shapes.polygon((0, 0), (100, 100), (0, 100)))
    yield "two triangles share the diagonal", one(SQUARE), tiled(*halves), {}
    third = shapes.polygon((-50, -50), (150, 150), (150, -50))
    yield "a third edge along part of the diagonal", one(SQUARE), tiled(*halves) | of("eco_redline", third), {}


def _below_the_grid() -> Iterator[Drawn]:
    for width in (4e-6, 1.5e-5):
        lines = [shapes.rectangle(200, width, -50, 11 + 20 * i) for i in range(4)]
        yield f"lines {width:g} m wide", one(SQUARE), PLANS | of("line_green", *lines), {}
    inner = shapes.square(1e-5, 50, 50)
    yield "a floor of one grid cell", one(SQUARE), PLANS | of("eco_redline", inner), {}
    shifted = [translate(row, 3e-6, 0) for row in shapes.parcels(6, 6, 30.0, -40.0, -40.0)]
    yield (
        "parcels a third of the grid off",
        one(SQUARE),
        GRID | {"line_green": of("line_green", *shifted)["line_green"]},
        {},
    )


def _fans() -> Iterator[Drawn]:
    for blades in (12, 60):
        rim = [(200 * np.cos(2 * np.pi * i / blades), 200 * np.sin(2 * np.pi * i / blades)) for i in range(blades + 1)]
        fan = [shapes.to_millimetre(shapes.polygon((50, 50), rim[i], rim[i + 1])) for i in range(blades)]
        fan = [row for row in fan if row.is_valid and row.area > 0]
        yield f"{blades} parcels meet in a point", one(SQUARE), tiled(*fan), {}
    stars = [shapes.to_millimetre(shapes.star(9, 90 + i, 20, 50, 50)) for i in range(6)]
    yield "six stars almost alike", one(SQUARE), PLANS | of("line_green", *stars), {}
    yield "a star on parcels", one(shapes.to_millimetre(shapes.star(16, 150, 25))), GRID, {}


def _combs() -> Iterator[Drawn]:
    comb = shapes.comb(12, 4.0, 80.0)
    across = shapes.to_millimetre(rotate(comb, 90, origin=shapes.at((46, 42))[0]))
    skew = shapes.to_millimetre(rotate(comb, 3.7, origin=shapes.at((46, 42))[0]))
    yield "comb against comb", one(comb), PLANS | of("line_green", across), {}
    yield "comb against a comb turned a little", one(comb), PLANS | of("eco_redline", skew), {}
    yield "comb on parcels as wide as its teeth", one(comb), tiled(*shapes.parcels(23, 21, 4.0)), {}
    gaps = [shapes.rectangle(4, 80, 4 + 8 * i, 4) for i in range(11)]
    yield "features fill the gaps of a comb", one(comb, PARK), PLANS | of("farmland_pbf", *gaps), {}


def _near_coincident() -> Iterator[Drawn]:
    for rise in (0.001, 0.017):
        tilted = shapes.polygon((-100, -100), (-100, 0), (200, rise), (200, -100))
        yield (
            f"an edge that rises {rise * 1000:g} mm over the site's",
            one(SQUARE),
            PLANS | of("line_green", tilted),
            {},
        )
    bundle = [
        shapes.polygon((-100, -100), (-100, 50 - 0.001 * i), (200, 50 + 0.001 * i), (200, -100)) for i in range(1, 8)
    ]
    yield "seven edges cross within millimetres", one(SQUARE), PLANS | of("line_green", *bundle), {}
    rows = [
        translate(row, 0.002 * (i % 3 - 1), 0.002 * (i % 2))
        for i, row in enumerate(shapes.parcels(6, 6, 30.0, -40.0, -40.0))
    ]
    yield "parcels 2 mm off each other", one(SQUARE), tiled(*[shapes.to_millimetre(row) for row in rows]), {}


def _edges_of_coverage() -> Iterator[Drawn]:
    half = shapes.rectangle(10_000, 20_000, -10_000, -10_000)
    yield "coverage ends on the site's edge", one(SQUARE), GRID, {"coverage": {"survey": half, "line_red": SQUARE}}
    through = shapes.rectangle(10_050, 20_000, -10_000, -10_000)
    yield "coverage ends on a parcel's edge", one(SQUARE), GRID, {"coverage": {"urban_rural_plan": through}}
    holed = _without(WIDE, shapes.square(50, 20, 20))
    yield "coverage has a hole", one(SQUARE), GRID, {"coverage": {"line_green": holed, "land_use_plan": holed}}
    corner = shapes.square(10_000, 100, 100)
    yield "jurisdiction touches at a corner", one(SQUARE), GRID, {"jurisdiction": corner}
    yield "jurisdiction equals the site", one(SQUARE), GRID, {"jurisdiction": SQUARE}
    yield "jurisdiction ends 3 mm before the site", one(SQUARE), GRID, {"jurisdiction": shapes.square(99.997)}
    yield "nothing is loaded", one(SQUARE), {}, {"without": tuple(PLANS)}


def _thin_floors() -> Iterator[Drawn]:
    for width in (0.0007, 0.001, 0.002, 0.012):
        floor = shapes.rectangle(100 + width, 100, -100, 0)
        yield f"a floor reaches in by {width * 1000:g} mm", one(SQUARE), PLANS | of("farmland_pbf", floor), {}
    pair = of("farmland_pbf", shapes.square(40, -20, -20)) | of("eco_redline", shapes.square(40, -10, -10))
    yield "two floors overlap", one(SQUARE), PLANS | pair, {}
    approval = Approval("eco_redline", "limited_activity_opinion", "省政府", "1", "2024-05-01", 901.0)
    yield "two floors, one approved", one(SQUARE), PLANS | pair, {"options": CheckOptions(approvals=(approval,))}


def _traces() -> Iterator[Drawn]:
    specks = [shapes.square(0.3, 10 * i, 50) for i in range(9)]
    yield "specks of 0.81 m² in all", one(SQUARE), PLANS | of("line_green", *specks), {}
    yield (
        "specks of 1.62 m² in all",
        one(SQUARE),
        PLANS | of("line_green", *specks, *[translate(s, 1, 5) for s in specks]),
        {},
    )
    yield "a strip of 5 cm", one(SQUARE), PLANS | of("line_red", shapes.rectangle(0.05, 200, 50, -50)), {}


def _small() -> Iterator[Drawn]:
    yield "a site of a decimetre", one(shapes.square(0.1, 50, 50)), GRID, {}
    yield "a site of a decimetre on a corner", one(shapes.square(0.1, 19.95, 19.95)), GRID, {}
    yield "fifty square metres", one(shapes.FIFTY_SQUARE_METRES, None), GRID, {}


def _necks() -> Iterator[Drawn]:
    middle = shapes.polygon((40, -10), (60, -10), (60, 94), (40, 94))
    yield "a floor leaves a neck of 6 m", one(SQUARE), PLANS | of("eco_redline", middle), {}
    middle = shapes.polygon((40, -10), (60, -10), (60, 83), (40, 83))
    yield "a floor leaves a neck of 17 m", one(SQUARE), PLANS | of("eco_redline", middle), {}
    yield "a control line splits the site", one(SQUARE), PLANS | of("line_blue", shapes.rectangle(20, 200, 31, -50)), {}


def _repeated() -> Iterator[Drawn]:
    ring = np.repeat(np.asarray(SQUARE.exterior.coords), 3, axis=0)
    yield "every vertex three times", one(Polygon(ring)), GRID, {}
    same = [shapes.square(50, 25, 25)] * 12
    yield "one polygon twelve times", one(SQUARE, manner=Manner.TEMPORARY), PLANS | of("line_green", *same), {}


def _lattices() -> Iterator[Drawn]:
    for number in range(9):
        yield _lattice(number)


def _lattice(number: int) -> Drawn:
    """Triangles and quadrilaterals between points of a coarse lattice: vertices, edges and crossings coincide."""
    rng = np.random.default_rng([4711, number])
    step = (10.0, 1.0, 0.002)[number % 3]
    drawn = []
    while len(drawn) < 14:
        polygon = shapes.polygon(*[tuple(row) for row in rng.integers(-2, 9, (int(rng.integers(3, 6)), 2)) * step])
        if polygon.is_valid and polygon.area > 0:
            drawn.append(polygon)
    site = shapes.square(6 * step)
    features = tiled(*drawn[:6]) | of("line_green", *drawn[6:10]) | of("eco_redline", *drawn[10:11])
    return f"lattice of {step:g} m, {number}", one(site), features | of("line_red", *drawn[11:]), {}
