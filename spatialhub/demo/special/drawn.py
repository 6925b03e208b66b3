"""Special plans that are drawn, the same for every seed: zones around heritage, water, roads, railway, wires, works."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely
from shapely import Geometry, LineString

from spatialhub.demo import design
from spatialhub.demo.design import blob
from spatialhub.demo.special.layout import Row

STATION = (6_350.0, 3_950.0)  # local metres: a weather station in the fields of the east
_STATION_REACH_M, _RING_M = 800, 100
Rows = dict[str, list[Row]]


@cache
def drawn_rows() -> Rows:
    """All drawn features by layer."""
    return {**_heritage(), **_nature(), **_waters(), **_weather(), **_environment(), **_economy(), **_transport(),
            **_works()}  # fmt: skip


def _heritage() -> Rows:
    core = {name: shape.buffer(10, join_style="mitre") for name, shape in design.heritage()}
    around = {name: shapely.difference(shape.buffer(50, quad_segs=4), shape) for name, shape in core.items()}
    return {
        "heritage_protection": [Row(f"{name}保护范围", shape, "省级") for name, shape in core.items()],
        "heritage_control": [Row(f"{name}建设控制地带", shape, "二类") for name, shape in around.items()],
        "buried_heritage": [
            Row("示例古城地下文物埋藏区", blob(40, -60, 520, phase=0.4), "城址"),
            Row("示例窑址地下文物埋藏区", blob(-3_700, -3_450, 260, phase=1.3), "窑址"),
        ],
        "archaeology_done": [
            Row("示例东区考古勘探", blob(4_900, 600, 420, phase=0.7), "未发现文物"),
            Row("示例北区考古勘探", blob(-1_900, 4_700, 300, phase=1.9), "已发掘"),
        ],
    }


def _nature() -> Rows:
    hills = shapely.difference(design.hills(), shapely.union_all(design.clearings()))
    inner = shapely.intersection(hills, design.hills().buffer(-1_500))
    middle = shapely.difference(shapely.intersection(hills, design.hills().buffer(-600)), inner)
    outer = shapely.difference(hills, shapely.union(inner, middle))
    reservoir = _lake("示例尖岗水库")
    return {
        "forest_land": [
            Row("示例西南林场核心林地", inner, "Ⅰ级"), Row("示例西南林场林地", middle, "Ⅱ级"),
            Row("示例西南林场边缘林地", outer, "Ⅲ级"),
        ],
        "forest_resources": [Row("示例国家级公益林", inner, "公益林"), Row("示例地方公益林", middle, "公益林")],
        "wetland": [
            Row("示例尖岗水库湿地", reservoir.buffer(80, quad_segs=4), "国家重要湿地"),
            Row("示例南湖北岸湿地", blob(1_900, -5_010, 90, phase=1.2), "一般湿地"),
        ],
        "habitat": [
            Row("示例大鸨栖息地", blob(-6_600, 3_700, 500, phase=0.9), "一级"),
            Row("示例林鸟栖息地", blob(-6_900, -6_600, 700, phase=2.4), "二级"),
        ],
    }  # fmt: skip


def _waters() -> Rows:
    banks = [Row(f"{water.name}管理范围", water.geometry.buffer(25 if water.river else 40, quad_segs=4),
                 "河道" if water.river else "湖泊") for water in design.waters()]  # fmt: skip
    levee = shapely.difference(
        _river("示例金水河").buffer(48, quad_segs=2), _river("示例金水河").buffer(30, quad_segs=2)
    )
    return {
        "river_management": banks,
        "water_conservancy_plan": [
            Row(
                "示例金水河堤防加固",
                shapely.intersection(levee, blob(-5_000, -3_600, 2_200, phase=0.5)),
                "堤防",
                "1311",
            ),
            Row("示例东区泵站", blob(5_700, -2_050, 40, phase=0.2, points=16), "泵站", "1311"),
        ],
    }


def _weather() -> Rows:
    rings, inner = [], shapely.Polygon()
    for reach in range(_RING_M, _STATION_REACH_M + 1, _RING_M):
        disc = shapely.Point(design.CENTRE + np.array(STATION)).buffer(reach, quad_segs=16)
        limit_m = max((reach - _RING_M) / 8, 2)  # 一般站: an eighth of the distance, at the ring's inner edge
        rings.append(Row("示例国家一般气象站", shapely.difference(disc, inner), f"{limit_m:g}"))
        inner = disc
    plot = blob(*STATION, 40, wobble=0.0, points=16)
    return {"weather_observation": rings, "weather_development": [Row("示例国家一般气象站", plot, "地面观测", "0802")]}


def _environment() -> Rows:
    reservoir = _lake("示例尖岗水库")
    first, second, last = (reservoir.buffer(reach, quad_segs=4) for reach in (100, 420, 800))
    town, hills = design.concentrated_zone(), design.hills()
    rest = shapely.difference(design.study_area().buffer(500), shapely.union(town, hills))
    landfill = blob(6_600, -6_400, 160, phase=0.8, points=24)
    masts = ((5_300, 5_050), (-5_450, 900), (2_350, -6_100))
    return {
        "env_air": [
            Row("示例城区禁燃区", town, "禁燃区"),
            Row("示例林场一类区", hills, "一类区"),
            Row("示例二类区", rest, "二类区"),
        ],
        "env_water": [
            Row("示例尖岗水库一级保护区", first, "一级保护区"),
            Row("示例尖岗水库二级保护区", shapely.difference(second, first), "二级保护区"),
            Row("示例尖岗水库准保护区", shapely.difference(last, second), "准保护区"),
        ],
        "env_waste": [
            Row("示例生活垃圾填埋场", landfill, "填埋场"),
            Row("示例填埋场防护距离", shapely.difference(landfill.buffer(500, quad_segs=4), landfill), "防护距离"),
        ],
        "env_radiation": [
            Row(f"示例广播发射台{number}", blob(x, y, 70, phase=number, points=20), "电磁")
            for number, (x, y) in enumerate(masts, 1)
        ],
    }  # fmt: skip


def _economy() -> Rows:
    town, flexible = design.concentrated_zone(), design.flexible_zone()
    parks = (
        ("示例装备制造产业园", 3_600, -2_600, 900, "装备制造"),
        ("示例电子信息产业园", 4_700, 2_900, 800, "电子信息"),
        ("示例食品产业园", -4_300, 2_900, 700, "食品"),
    )
    works = (
        ("示例快速路改造", -2_500, 3_300, 260, "交通"),
        ("示例体育中心", 2_500, 2_900, 200, "公共服务"),
        ("示例污水处理厂", 6_500, -1_700, 220, "市政"),
        ("示例会展中心", 5_200, 1_000, 260, "公共服务"),
    )
    factories = [Row(name, blob(x, y, radius, phase=number), kind)
                 for number, (name, x, y, radius, kind) in enumerate(parks)]  # fmt: skip
    return {
        "socio_economic_plan": [
            Row("示例中心城区", town, "优化提升"), Row("示例东部新区", flexible, "重点发展"),
            Row("示例西南生态区", design.hills(), "生态涵养"),
        ],
        "industrial_plan": factories,
        "industry_layout": [Row(f"{row.name}工业用地", row.shape.buffer(-120), row.class_name) for row in factories],
        "key_projects": [Row(name, blob(x, y, radius, phase=number), kind)
                         for number, (name, x, y, radius, kind) in enumerate(works)],
        "informatization_plan": [
            Row(f"示例通信机楼{number}", blob(x, y, 22, wobble=0.05, phase=number, points=12), "机楼", "1306")
            for number, (x, y) in enumerate(((-3_050, -2_050), (2_050, 2_250), (1_500, -2_350), (-1_350, 2_900)), 1)
        ],
        "assessed_area": [Row("示例经开区区域评估", blob(3_600, -2_700, 1_200, phase=0.3), "水土保持、压覆矿产")],
        "underground_space": [
            Row("示例中心区地下空间重点区", blob(0, 0, 900, phase=0.6), "重点开发"),
            Row("示例东区地下空间一般区", blob(4_300, 700, 900, phase=1.6), "一般开发"),
        ],
        "land_use_zone": [
            Row("示例城镇村建设用地区", town, "示例-城镇"), Row("示例林业用地区", design.hills(), "示例-林业"),
            Row("示例一般农地区", _outside(town, design.hills()), "示例-农地"),
        ],
    }  # fmt: skip


def _transport() -> Rows:
    motorway = next(road for road in design.roads() if road.rank == 0)
    railway = next(road for road in design.roads() if road.railway)
    metro = LineString(design.CENTRE + np.column_stack([np.linspace(-5_200, 5_400, 120),
                       1_950 + 260 * np.sin(np.linspace(0, 9, 120))]))  # fmt: skip
    planned = LineString(
        design.CENTRE + np.column_stack([np.linspace(6_900, 7_500, 60), np.linspace(-7_800, 7_800, 60)])
    )
    return {
        "transport_plan": [Row("示例轨道交通规划线", metro.buffer(15, cap_style="flat"), "轨道", "1206")],
        "highway_control": [Row(f"{motorway.name}建筑控制区", _beside(motorway, 30), "高速公路")],
        "railway_plan": [Row("示例城际铁路规划线", planned.buffer(20, cap_style="flat"), "城际", "1201")],
        "railway_protection": [Row(f"{railway.name}安全保护区", _beside(railway, 12), "普速")],
    }


def _works() -> Rows:
    wires = (("示例220千伏东线", ((7_300, 6_300), (6_000, 3_300), (6_500, -6_000)), 40, "220千伏"),
             ("示例110千伏西线", ((-7_400, 1_200), (-6_000, -300), (-5_600, -2_900)), 30, "110千伏"))  # fmt: skip
    pipe = LineString(design.CENTRE + np.array([(-7_600, 5_900), (-3_000, 6_300), (2_400, 6_500), (7_300, 5_700)]))
    shelters = ((-1_050, 1_080), (650, 250), (3_450, -3_050))
    return {
        "civil_defence_works": [
            Row(f"示例人防工程{number}", blob(x, y, 45, phase=number, points=16), "平战结合")
            for number, (x, y) in enumerate(shelters, 1)
        ],
        "power_corridor": [
            Row(name, LineString(design.CENTRE + np.array(points)).buffer(width / 2, cap_style="flat"), kind)
            for name, points, width, kind in wires
        ],
        "gas_facilities": [Row("示例高压燃气管线保护范围", pipe.buffer(10, cap_style="flat"), "高压管线", "1304")],
        "heating_facilities": [
            Row(f"示例热源厂{number}", blob(x, y, 60, phase=number, points=20), "热源厂", "1305")
            for number, (x, y) in enumerate(((5_650, -700), (-4_950, 3_750)), 1)
        ],
    }


def _beside(road: design.Road, width_m: float) -> Geometry:
    """The strips of a width along both edges of a road's band."""
    wide = road.axis.buffer(road.width_m / 2 + width_m, cap_style="flat", join_style="mitre", mitre_limit=3)
    return shapely.difference(wide, road.band)


def _outside(*shapes: Geometry) -> Geometry:
    return shapely.difference(design.study_area().buffer(500), shapely.union_all(shapes))


def _lake(name: str) -> Geometry:
    return next(water.geometry for water in design.waters() if water.name == name)


_river = _lake
