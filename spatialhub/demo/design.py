"""The drawing of the demo city that no seed changes: study area, roads, waters, hills, parks, boundary lines.

All in EPSG:4547, metres, easting first. Local coordinates (x, y) have their origin at `CENTRE`; streets are drawn
straight on a plan (u, v) and bent by `bend`, so that no street is quite straight and none crosses where it should not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from shapely import Geometry, LineString, Polygon

CENTRE = np.array([468_000.0, 3_846_800.0])
STUDY_HALF_M = 8_000.0
STEP_M = 90.0  # spacing of the vertices of curved lines
OUTER_RING_M, INNER_RING_M = 5_200.0, 2_600.0


@dataclass(frozen=True, slots=True)
class Road:
    """A road: rank 0 (motorway) … 5 (country lane), width of its red line in metres, axis; `railway` is no street."""

    name: str
    rank: int
    width_m: float
    axis: Geometry
    railway: bool = False

    @property
    def band(self) -> Geometry:
        """The land between its red lines."""
        return self.axis.buffer(self.width_m / 2, cap_style="flat", join_style="mitre", mitre_limit=3)


@dataclass(frozen=True, slots=True)
class Water:
    """A river (with the width of its bed) or a lake."""

    name: str
    geometry: Geometry
    river: bool


def at(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Plane coordinates (n, 2) of local ones."""
    return np.column_stack([x, y]) + CENTRE


def blob(x: float, y: float, radius_m: float, *, wobble: float = 0.16, phase: float = 0.0, points: int = 48) -> Polygon:
    """A rounded, slightly irregular shape around a local point; `phase` makes each its own."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    wave = np.sin(2 * angle + phase) + 0.6 * np.sin(3 * angle + 2.3 * phase) + 0.4 * np.sin(5 * angle + 3.7 * phase)
    radius = radius_m * (1 + wobble * wave / 1.4)
    return Polygon(at(x + radius * np.cos(angle), y + radius * np.sin(angle)))


def rounded_square(half_m: float, *, power: float = 4.0, wobble_m: float = 0.0, phase: float = 0.0) -> Polygon:
    """A superellipse around the centre with a wavy edge."""
    angle = np.linspace(0, 2 * np.pi, max(48, int(8 * half_m / (2 * STEP_M))), endpoint=False)
    radius = half_m / (np.abs(np.cos(angle)) ** power + np.abs(np.sin(angle)) ** power) ** (1 / power)
    radius += wobble_m * (np.sin(3 * angle + phase) + 0.7 * np.sin(7 * angle + 2 * phase) + 0.3 * np.sin(16 * angle))
    return Polygon(at(radius * np.cos(angle), radius * np.sin(angle)))


@cache
def study_area() -> Polygon:
    """What the demo's plans speak for: about 16 x 16 km around the city's centre."""
    return rounded_square(STUDY_HALF_M, power=6, wobble_m=70, phase=0.7)


@cache
def concentrated_zone() -> Geometry:
    """城镇集中建设区 of the development boundary."""
    return shapely.difference(rounded_square(5_750, wobble_m=170, phase=1.9), hills())


@cache
def flexible_zone() -> Geometry:
    """城镇弹性发展区: a lobe to the east."""
    lobe = shapely.union(blob(6_150, -900, 1_250, phase=0.4), blob(5_700, 2_900, 900, phase=2.0))
    return shapely.difference(lobe, concentrated_zone())


@cache
def special_zone() -> Geometry:
    """特别用途区: the reservoir's surroundings."""
    return shapely.difference(blob(-5_900, 4_900, 800, phase=1.2), concentrated_zone())


@cache
def hills() -> Geometry:
    """Wooded hills in the south-west."""
    return blob(-6_700, -6_300, 2_600, wobble=0.2, phase=0.9, points=110)


@cache
def clearings() -> tuple[Polygon, ...]:
    """Clearings and hamlets in the hills, left out of the ecological red line."""
    spots = ((-6_900, -5_200, 210), (-5_700, -6_900, 260), (-5_300, -5_300, 150), (-6_300, -7_300, 120))
    return tuple(blob(x, y, radius, phase=phase) for phase, (x, y, radius) in enumerate(spots))


@cache
def core_plan_area() -> Geometry:
    """Where the regulatory detailed plan is in force: inside the outer ring road, along whose band parcels end."""
    ring = _rings()[0]
    return shapely.difference(shapely.Polygon(ring.axis), ring.band)


@cache
def new_plan_area() -> Geometry:
    """Where the territorial plan is in force: the new district in the north-east. Parcels are cut along it."""
    return blob(4_300, 4_500, 1_350, wobble=0.12, phase=2.9)


@cache
def waters() -> tuple[Water, ...]:
    """Rivers and lakes."""
    main = _curve(lambda t: (t, -2_300 + 0.3 * t + 620 * np.sin(t / 2_000) + 210 * np.sin(t / 830 + 1)), -9_000, 9_000)
    branch = _curve(lambda t: (3_350 + 430 * np.sin(t / 1_400) + 0.12 * t, t), -900, 9_000)
    bed = main.buffer(38, quad_segs=4, cap_style="flat")
    lakes = (
        Water("示例如意湖", blob(3_700, 1_850, 430, phase=2.2), False),
        Water("示例尖岗水库", blob(-5_900, 4_900, 430, wobble=0.3, phase=1.7), False),
        Water("示例人民公园湖", blob(-1_150, 950, 120, phase=0.3, points=28), False),
        Water("示例南湖", blob(1_900, -5_300, 260, phase=3.1), False),
    )
    rivers = (
        Water("示例金水河", bed, True),
        Water("示例东风渠", shapely.difference(branch.buffer(16, quad_segs=4, cap_style="flat"), bed), True),
    )
    return lakes + rivers


@cache
def parks() -> tuple[tuple[str, Geometry], ...]:
    """Parks by name; the blocks cut their edges."""
    return (
        ("示例人民公园", blob(-1_150, 950, 330, phase=0.3)),
        ("示例如意湖公园", blob(3_700, 1_850, 640, phase=2.2)),
        ("示例碧沙岗公园", blob(-2_700, 1_300, 260, phase=1.1)),
        ("示例紫荆山公园", blob(600, 300, 230, phase=2.6)),
        ("示例植物园", blob(-4_600, -600, 480, phase=0.8)),
        ("示例南湖公园", blob(1_900, -5_300, 470, phase=3.1)),
        ("示例经开广场", blob(3_500, -3_100, 220, phase=4.1)),
        ("示例北区公园", blob(-700, 4_300, 330, phase=5.2)),
    )


@cache
def heritage() -> tuple[tuple[str, Geometry], ...]:
    """Protected heritage by name: an ancient wall with its inside left out, and two smaller sites."""
    wall = shapely.transform(shapely.box(-650, -780, 750, 650), bend).buffer(28, join_style="mitre")
    return (
        ("示例古城垣", shapely.difference(wall, wall.buffer(-52, join_style="mitre"))),
        ("示例古窑址", blob(-3_700, -3_450, 95, phase=0.5, points=24)),
        ("示例文庙", blob(230, -150, 70, phase=1.5, points=20)),
    )


@cache
def roads() -> tuple[Road, ...]:
    """All roads, highest rank first."""
    found = [_motorway(), *_rings(), _railway(), *_arterials(), *_secondaries(), *_locals(), *_lanes()]
    return tuple(sorted((road for road in found if not road.axis.is_empty), key=lambda road: road.rank))


def _motorway() -> Road:
    axis = _curve(lambda t: (t, -6_900 + 380 * np.sin(t / 3_600) + 0.06 * t), -9_000, 9_000)
    return Road("示例绕城高速", 0, 80, _inside(axis, shapely.difference(study_area(), hills())))


def _railway() -> Road:
    axis = _curve(lambda t: (-1_700 + 0.2 * t + 260 * np.sin(t / 3_000), t), -9_000, 9_000)
    return Road("示例铁路", 1, 46, _inside(axis, study_area()), railway=True)


def _rings() -> list[Road]:
    return [
        Road("示例四环快速路", 1, 70, rounded_square(OUTER_RING_M, wobble_m=60, phase=0.4).exterior),
        Road("示例二环快速路", 1, 60, rounded_square(INNER_RING_M, wobble_m=40, phase=1.4).exterior),
    ]


def _arterials() -> list[Road]:
    area = shapely.difference(study_area(), hills())
    return _grid("大道", 2, 50, np.arange(-4, 5) * 1_600.0, area)


def _secondaries() -> list[Road]:
    return _grid("路", 3, 32, np.arange(-4, 4) * 1_600.0 + 800, rounded_square(OUTER_RING_M - 30))


def _locals() -> list[Road]:
    return _grid("街", 4, 18, np.arange(-5, 5) * 800.0 + 400, rounded_square(INNER_RING_M + 1_100))


def _lanes() -> list[Road]:
    area = shapely.difference(study_area(), shapely.union_all([rounded_square(OUTER_RING_M + 30), hills(), *_lakes()]))
    return _grid("乡道", 5, 9, np.arange(-5, 5) * 1_600.0 + 800, area)


def _grid(kind: str, rank: int, width_m: float, offsets: np.ndarray, area: Geometry) -> list[Road]:
    """Streets of one rank along both axes of the plan, kept inside `area`."""
    numbers = "一二三四五六七八九十"
    found = []
    for number, offset in zip(numbers, offsets, strict=False):
        north = _curve(lambda t, fixed=offset: (np.full_like(t, fixed), t), -9_000, 9_000, bent=True)
        east = _curve(lambda t, fixed=offset: (t, np.full_like(t, fixed)), -9_000, 9_000, bent=True)
        found.append(Road(f"示例经{number}{kind}", rank, width_m, _inside(north, area)))
        found.append(Road(f"示例纬{number}{kind}", rank, width_m, _inside(east, area)))
    return found


def _inside(axis: Geometry, area: Geometry) -> Geometry:
    return shapely.intersection(axis, area)


def _lakes() -> list[Geometry]:
    return [water.geometry for water in waters() if not water.river]


def _curve(along: Callable, start_m: float, end_m: float, *, bent: bool = False) -> LineString:
    t = np.arange(start_m, end_m + STEP_M, STEP_M)
    local = np.column_stack(along(t))
    return LineString(bend(local) if bent else local + CENTRE)


def bend(local: np.ndarray) -> np.ndarray:
    """Bend the plan's straight streets a little and turn the whole by four degrees; returns plane coordinates."""
    u, v = local[:, 0], local[:, 1]
    x = u + 85 * np.sin(v / 2_300 + 0.5) + 45 * np.sin(v / 1_150 + u / 3_900)
    y = v + 75 * np.sin(u / 2_100 + 1.0) + 40 * np.sin(u / 1_000 - v / 4_300)
    turn = np.radians(4.0)
    return np.column_stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)]) + CENTRE
