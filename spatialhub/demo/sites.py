"""The sample sites: a story each, what it asks for, and the verdict it is meant to get.

Shapes are in EPSG:4547, made of the rectangles of `plots`; `site_files` writes each in the format its story names.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely
from shapely import Geometry, LineString, Polygon

from spatialhub.cities.loader import load_city
from spatialhub.demo import plots as places
from spatialhub.demo.design import CENTRE
from spatialhub.demo.sample import SamplePart, SampleSite, one, part
from spatialhub.demo.special.sites import special_sites
from spatialhub.precedence.model import Verdict
from spatialhub.spatial.model import Form, Level

__all__ = ["SamplePart", "SampleSite", "city_frame", "quiet_area", "sample_sites", "site"]

CITY = "zhengzhou"
_QUIET_M = 40.0


_HOUSING = ("0701", "城镇住宅用地")


@cache
def sample_sites() -> tuple[SampleSite, ...]:
    """All sample sites, the simple ones first."""
    return (*_town_sites(), *_line_sites(), *_rural_sites(), *_large_sites(), *special_sites())


def site(key: str) -> SampleSite:
    """Return a sample site by its key; KeyError where there is none."""
    return {sample.key: sample for sample in sample_sites()}[key]


@cache
def city_frame() -> Polygon:
    """The frame of the city's own file: beyond it lies another jurisdiction."""
    return load_city(CITY).frame.boundary


@cache
def quiet_area() -> Geometry:
    """Surroundings of the sites whose overlaps are planted: nothing is drawn by lot there."""
    return shapely.union_all([sample.geometry.buffer(_QUIET_M) for sample in sample_sites() if sample.quiet])


def _town_sites() -> list[SampleSite]:
    multi = (("地块一 住宅", "0701", "城镇住宅用地"), ("地块二 小学", "0804", "教育用地"),
             ("地块三 游园", "1401", "公园绿地"), ("地块四 支路", "1207", "城镇村道路用地"))  # fmt: skip
    return [
        one(
            "clean_housing", "示例01-安居住宅-界址点.txt", "示例安居住宅项目", places.CLEAN, *_HOUSING,
            story="规划住宅地块，各层均无冲突：符合。界址点 TXT，GB18030 编码，带号 38。",
            expected=Verdict.CONFORMS, use="0701",
        ),
        one(
            "eco_housing", "示例02-山前住宅.geojson", "示例山前住宅项目", places.ECO, *_HOUSING,
            story="2 公顷住宅，一角压占生态保护红线 150 平方米，项目最小用地 1.8 公顷：核减后基本符合，附融合建议。",
            expected=Verdict.BASICALLY_CONFORMS, use="0701", min_area_m2=18_000,
        ),
        one(
            "green_housing", "示例03-公园旁住宅-shp.zip", "示例公园旁住宅项目", places.GREEN_DIFFERENCE, *_HOUSING,
            story="土地利用规划为城镇用地，城市规划为公园绿地，位于开发边界内，以城乡规划为准：不符合。"
            "Shapefile 压缩包，GBK 编码且无 .cpg。",
            expected=Verdict.DOES_NOT_CONFORM, use="0701",
        ),
        SampleSite(
            "plans_differ", "示例04-两规待协调住宅-shp.zip", "示例两规待协调住宅项目",
            "一半地块两规一致；另一半土地利用规划为耕地、城市规划为住宅且在开发边界内，需逐案协调：基本符合。",
            Verdict.BASICALLY_CONFORMS,
            (part("东半", places.COORDINATE_APART, *_HOUSING), part("西半", places.COORDINATE_SAME, *_HOUSING)),
            use="0701",
        ),
        SampleSite(
            "mixed_quarter", "示例05-邻里中心-界址点.txt", "示例邻里中心项目",
            "四个地块四种用途（住宅、小学、游园、支路），各与规划一致：符合。界址点 TXT，UTF-8 编码，地块自带用途。",
            Verdict.CONFORMS,
            tuple(part(name, rect, *use) for rect, (name, *use) in zip(places.MULTI, multi, strict=True)),
        ),
        one(
            "territorial_housing", "示例06-新区住宅.gpkg", "示例新区住宅项目", places.NEW_PLAN, *_HOUSING,
            story="新区已有国土空间规划（住宅），旧两规为耕地与工业：以国土空间规划为准，符合。",
            expected=Verdict.CONFORMS,
        ),
    ]  # fmt: skip


def _line_sites() -> list[SampleSite]:
    return [
        one(
            "housing_on_road", "示例07-临街住宅-界址点.txt", "示例临街住宅项目", places.ROAD_LINE_PLOT, *_HOUSING,
            story="住宅东侧压占规划支路道路红线 600 平方米：核减后基本符合。",
            expected=Verdict.BASICALLY_CONFORMS, use="0701",
        ),
        one(
            "substation", "示例08-变电站.wkt", "示例110千伏变电站项目", places.SUBSTATION, "1303", "供电用地",
            story="变电站建在为其预留的黄线内：符合。手工录入的 WKT，须说明坐标系。",
            expected=Verdict.CONFORMS, use="1303", crs="EPSG:4547",
        ),
        one(
            "school_on_hospital", "示例09-医院用地建小学.gpkg", "示例小学项目", places.HOSPITAL, "0804", "教育用地",
            story="小学选在为医院预留的橙线内：不符合。",
            expected=Verdict.DOES_NOT_CONFORM,
        ),
        one(
            "park", "示例10-社区公园.wkt", "示例社区公园项目", places.PARK, "1401", "公园绿地",
            story="公园建在绿线内，绿线为其服务：符合。WKT 自带 SRID（EWKT）。",
            expected=Verdict.CONFORMS, use="1401",
        ),
        one(
            "metro_below_heritage", "示例11-地铁区间.geojson", "示例地铁区间项目", places.METRO,
            "1206", "城市轨道交通用地",
            story="地下地铁区间从文物紫线下穿过 960 平方米：须文物部门答复，基本符合。线性工程。",
            expected=Verdict.BASICALLY_CONFORMS, form=Form.LINEAR, level=Level.UNDERGROUND,
        ),
    ]  # fmt: skip


def _rural_sites() -> list[SampleSite]:
    return [
        SampleSite(
            "farm_road", "示例12-过境道路.gpkg", "示例过境公路项目",
            "公路穿越永久基本农田 300 米（12000 平方米），线性工程不能核减，无批准文件：不符合，附穿越表。",
            Verdict.DOES_NOT_CONFORM,
            (SamplePart("路段一", _farm_road(), "1202", "公路用地"),),
            form=Form.LINEAR,
        ),
        one(
            "farm_factory", "示例13-农田工厂.wkt", "示例农产品加工厂项目", places.FARM, "1001", "工业用地",
            story="全部占用永久基本农田：不符合。",
            expected=Verdict.DOES_NOT_CONFORM, use="1001", crs="EPSG:4547",
        ),
    ]  # fmt: skip


def _large_sites() -> list[SampleSite]:
    return [
        one(
            "beyond_coverage", "示例14-东部物流园.geojson", "示例东部物流园项目", places.EDGE, "1101", "物流仓储用地",
            story="一半超出各规划图层的覆盖范围，那里未核查：待定。",
            expected=Verdict.UNDETERMINED, use="1101",
        ),
        SampleSite(
            "beyond_city", "示例15-市界仓库-界址点.txt", "示例市界仓库项目",
            "一半在市域以外：待定，列出市域外面积。",
            Verdict.UNDETERMINED, (SamplePart("地块一", _at_city_edge(), "1101", "物流仓储用地"),),
            use="1101", quiet=False,
        ),
        SampleSite(
            "large_area", "示例16-西北片区.gpkg", "示例西北片区成片开发",
            "约 5 平方公里的成片开发，尚未确定用途：只作家底核查，待定。",
            Verdict.UNDETERMINED, (SamplePart("片区", _large(), "", ""),),
            quiet=False,
        ),
    ]  # fmt: skip


def _farm_road() -> Polygon:
    """A 40 m band, straight where it crosses the planted farmland, bent beyond it."""
    band = places.FARM_ROAD
    middle = band.y + band.height_m / 2
    end = band.x + band.width_m
    local = [(band.x - 320, middle - 90), (band.x, middle), (end, middle), (end + 330, middle + 120)]
    axis = LineString(np.array(local) + CENTRE)
    return _millimetre(axis.buffer(band.height_m / 2, cap_style="flat", join_style="mitre"))


def _at_city_edge() -> Polygon:
    """A rectangle across the city's frame, where a line from the centre to the east leaves it."""
    across = shapely.intersection(city_frame(), LineString([CENTRE, CENTRE + np.array([80_000, 0])]))
    x, y = np.round(across.bounds[2], 0), CENTRE[1]
    return shapely.box(x - 100, y - 75, x + 100, y + 75)


def _large() -> Polygon:
    local = [(-4_650, 780), (-2_450, 600), (-2_180, 1_500), (-2_290, 2_600), (-3_600, 2_860), (-4_520, 2_700)]
    return Polygon(np.array(local) + CENTRE)


def _millimetre(polygon: Polygon) -> Polygon:
    return shapely.transform(polygon, lambda points: np.round(points, 3))
