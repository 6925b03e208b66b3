"""What is planted in the demo city, at fixed places: plots whose classes are all given, and conflicts of known area.

Rectangles are axis-parallel in EPSG:4547 and given in local metres (south-west corner, width, height), so that every
planted overlap is a product of two whole numbers. The places keep clear of roads, waters, parks and heritage.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import shapely
from shapely import Polygon

from spatialhub.demo.design import CENTRE

_QUIET_M = 40.0


@dataclass(frozen=True, slots=True)
class Rect:
    """An axis-parallel rectangle in local metres."""

    x: float
    y: float
    width_m: float
    height_m: float

    @property
    def geometry(self) -> Polygon:
        """Polygon in EPSG:4547."""
        east, north = CENTRE[0] + self.x, CENTRE[1] + self.y
        return shapely.box(east, north, east + self.width_m, north + self.height_m)

    def shared_m2(self, other: Rect) -> float:
        """Plane area in m² shared with another rectangle."""
        width = min(self.x + self.width_m, other.x + other.width_m) - max(self.x, other.x)
        height = min(self.y + self.height_m, other.y + other.height_m) - max(self.y, other.y)
        return max(width, 0.0) * max(height, 0.0)


@dataclass(frozen=True, slots=True)
class Plot:
    """A parcel whose classes are given: survey (DLBM), land-use plan (TDGHDL), urban plan (GB 50137), territorial
    plan (用地用海分类; empty: silent, and outside its coverage no matter)."""

    key: str
    rect: Rect
    survey: str
    land_use: str
    urban: str
    territorial: str = ""

    @property
    def geometry(self) -> Polygon:
        """Polygon in EPSG:4547."""
        return self.rect.geometry

    @property
    def quiet(self) -> Polygon:
        """The plot and its surroundings, kept free of villages and of drawn-by-lot farmland."""
        return self.geometry.buffer(_QUIET_M, join_style="mitre")


@dataclass(frozen=True, slots=True)
class Planted:
    """A feature put where a sample site overlaps it by a known plane area.

    `overlap_plane_m2` is the area shared with the part of `site` whose rectangle is `across`.
    """

    key: str
    layer: str
    name: str
    rect: Rect
    site: str
    across: Rect
    special_plan: str = ""
    reserved_for: str = ""

    @property
    def geometry(self) -> Polygon:
        """Polygon in EPSG:4547."""
        return self.rect.geometry

    @property
    def overlap_plane_m2(self) -> float:
        """Plane area in m² of the planted overlap, exact."""
        return self.rect.shared_m2(self.across)


CLEAN = Rect(-720, -1550, 180, 120)
ECO = Rect(-3400, -4650, 200, 100)
GREEN_DIFFERENCE = Rect(1480, 3475, 200, 150)
COORDINATE_SAME, COORDINATE_APART = Rect(4270, -3975, 130, 150), Rect(4400, -3975, 130, 150)
MULTI = tuple(Rect(x, 3550, width, 140) for x, width in ((-3870, 160), (-3710, 100), (-3610, 60), (-3550, 20)))
SUBSTATION = Rect(4120, -2430, 80, 60)
HOSPITAL = Rect(-2075, -3340, 150, 120)
PARK = Rect(720, 3145, 200, 150)
METRO_PLOT, METRO = Rect(290, -4338, 520, 16), Rect(300, -4336, 500, 12)
FARM_PLOT, FARM = Rect(6750, -4610, 300, 200), Rect(6775, -4590, 250, 160)
FARM_ROAD_PLOT, FARM_ROAD = Rect(-6850, 2350, 300, 240), Rect(-7000, 2450, 600, 40)
ROAD_LINE_PLOT = Rect(2710, -750, 120, 100)
EDGE = Rect(7_970, 600, 300, 200)
NEW_PLAN = Rect(4225, 4150, 150, 100)

_TOWN = "211"


@cache
def plots() -> tuple[Plot, ...]:
    """Plots with all their classes given."""
    return (
        Plot("clean", CLEAN, "1201", _TOWN, "R2"),
        Plot("eco", ECO, "1201", _TOWN, "R2"),
        Plot("green_difference", GREEN_DIFFERENCE, "1201", _TOWN, "G1"),
        Plot("coordinate_same", COORDINATE_SAME, "1201", _TOWN, "R2"),
        Plot("coordinate_apart", COORDINATE_APART, "0102", "112", "R2"),
        Plot("multi_housing", MULTI[0], "1201", _TOWN, "R2"),
        Plot("multi_school", MULTI[1], "1201", _TOWN, "A33"),
        Plot("multi_park", MULTI[2], "1201", _TOWN, "G1"),
        Plot("multi_street", MULTI[3], "1201", _TOWN, "S1"),
        Plot("substation", SUBSTATION, "1201", _TOWN, "U12"),
        Plot("hospital", HOSPITAL, "1201", _TOWN, "A5"),
        Plot("park", PARK, "1201", _TOWN, "G1"),
        Plot("metro", METRO_PLOT, "1201", _TOWN, "S2"),
        Plot("farm", FARM_PLOT, "0102", "112", "E2"),
        Plot("farm_road", FARM_ROAD_PLOT, "0102", "112", "E2"),
        Plot("road_line", ROAD_LINE_PLOT, "1201", _TOWN, "R2"),
        Plot("edge", EDGE, "1201", _TOWN, "W1"),
        Plot("new_plan", NEW_PLAN, "0102", "112", "M1", "0701"),
    )


@cache
def planted() -> tuple[Planted, ...]:
    """Conflicts (and one line that serves) of known area."""
    bar, axis = Rect(ECO.x + 185, ECO.y + 90, 60, 50), Rect(515, -4360, 80, 60)
    return (
        Planted("PLANT-ECO-01", "eco_redline", "示例生态斑块", bar, "eco_housing", ECO),
        Planted("PLANT-PBF-01", "farmland_pbf", "示例永久基本农田图斑甲", FARM_PLOT, "farm_factory", FARM),
        Planted("PLANT-PBF-02", "farmland_pbf", "示例永久基本农田图斑乙", FARM_ROAD_PLOT, "farm_road", FARM_ROAD),
        Planted("PLANT-JBNT-01", "basic_farmland", "示例基本农田图斑甲", FARM_PLOT, "farm_factory", FARM),
        Planted("PLANT-JBNT-02", "basic_farmland", "示例基本农田图斑乙", FARM_ROAD_PLOT, "farm_road", FARM_ROAD),
        Planted(
            "PLANT-RED-01",
            "line_red",
            "示例规划支路",
            Rect(2824, -750, 6, 100),
            "housing_on_road",
            ROAD_LINE_PLOT,
            special_plan="示例综合交通专项规划",
        ),
        Planted(
            "PLANT-PURPLE-01",
            "line_purple",
            "示例古驿站",
            axis,
            "metro_below_heritage",
            METRO,
            special_plan="示例文物保护专项规划",
        ),
        Planted(
            "PLANT-GREEN-01", "line_green", "示例社区公园", PARK, "park", PARK, special_plan="示例绿地系统专项规划"
        ),
        Planted(
            "PLANT-YELLOW-01",
            "line_yellow",
            "示例110千伏变电站",
            SUBSTATION,
            "substation",
            SUBSTATION,
            special_plan="示例电力设施专项规划",
            reserved_for="1303",
        ),
        Planted(
            "PLANT-ORANGE-01",
            "line_orange",
            "示例区级医院",
            HOSPITAL,
            "school_on_hospital",
            HOSPITAL,
            special_plan="示例医疗卫生设施专项规划",
            reserved_for="0806",
        ),
    )
