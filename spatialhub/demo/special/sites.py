"""Sample sites for what special plans, approvals and hairline overlaps do to a site.

Most lie in the parks, whose classes no lot changes; nothing of the tessellation or of the older layers is drawn for
them. What they overlap is planted in special layers (`planted`), or stands in the drawing already.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

from spatialhub.demo.plots import FARM_ROAD, Planted, Rect
from spatialhub.demo.sample import SamplePart, SampleSite, one
from spatialhub.precedence.model import Approval, Verdict
from spatialhub.spatial.model import Form

TEMPLE_SHOP = Rect(205, -175, 50, 40)  # in the protection zone that is drawn around the temple
STELE_GARDEN = Rect(-2760, 1240, 100, 80)
GRANTED = Rect(-760, 4250, 100, 80)
OLD_FACTORY = Rect(2900, -3600, 80, 60)
STATION_GARDEN = Rect(-4586, -555, 120, 80)
BLUEPRINT, SQUARE = Rect(-4660, -860, 200, 160), Rect(-4610, -820, 100, 80)
HAIRLINE = Rect(-3400, -4600, 185.05, 50)  # half a square metre of the ecological patch that is planted east of it
TWO_USES = Rect(-513, 4393, 60, 60), Rect(-473, 4413, 60, 60)
HILL_LODGE = Rect(-6700, -6250, 80, 60)
LAKESIDE = Rect(1718, -4961, 140, 90)

_PARK, _SUPPLY, _HOUSING = ("1401", "公园绿地"), ("1301", "供水用地"), ("0701", "城镇住宅用地")
_APPROVAL = Approval(
    "farmland_pbf", "state_council_conversion", "示例批准机关", "示例批〔2019〕1号", "2019-09-01", 12_000.0
)

# Stories that special layers tell: the ground around them is not kept clear of control lines.
_refusal = partial(one, expected=Verdict.DOES_NOT_CONFORM, quiet=False)
_answer = partial(one, expected=Verdict.BASICALLY_CONFORMS, quiet=False)


@cache
def special_sites() -> tuple[SampleSite, ...]:
    """Sample sites that special plans decide."""
    return (*_refused(), *_answered(), *_others())


def _refused() -> list[SampleSite]:
    return [
        _refusal(
            "temple_shop", "示例17-文庙旁商铺.geojson", "示例文庙旁商铺项目", TEMPLE_SHOP, "0901", "商业用地",
            story="商铺建在文物保护范围与文物紫线内：不符合。",
        ),
        _refusal(
            "old_factory", "示例18-退役厂区住宅.geojson", "示例退役厂区住宅项目", OLD_FACTORY, *_HOUSING,
            story="住宅建在列入风险管控和修复名录的退役工业地块上：不符合，须生态环境部门答复场地环境调查。",
        ),
        _refusal(
            "hill_lodge", "示例19-山地民宿.gpkg", "示例山地民宿项目", HILL_LODGE, "0901", "商业用地",
            story="同时位于生态保护红线与禁止建设区内，两条底线并列：不符合，列为差异。",
        ),
    ]  # fmt: skip


def _answered() -> list[SampleSite]:
    return [
        _answer(
            "stele_garden", "示例20-碑林游园.geojson", "示例碑林游园项目", STELE_GARDEN, *_PARK,
            story="一半位于文物建设控制地带：设计方案须文物部门同意，基本符合。",
        ),
        _answer(
            "granted_land", "示例21-已供地公园.gpkg", "示例已供地公园项目", GRANTED, *_PARK,
            story="三分之一已供地，有既有权利：协调处理，不自动否定，基本符合。",
        ),
        SampleSite(
            "station_garden", "示例22-气象站旁花园.geojson", "示例气象站旁花园项目",
            "位于气象探测环境保护范围（限高20米），建筑高12米未超过：由气象部门核实，基本符合。",
            Verdict.BASICALLY_CONFORMS,
            (SamplePart("地块一", STATION_GARDEN.geometry, *_PARK, max_height_m=12.0),), quiet=False,
        ),
        _answer(
            "lakeside_park", "示例23-湖畔公园.geojson", "示例湖畔公园项目", LAKESIDE, *_PARK,
            story="涉及湿地、栖息地、河湖管理范围、电力线路保护区与供热设施：分别征求五家部门和单位，基本符合。",
        ),
    ]  # fmt: skip


def _others() -> list[SampleSite]:
    return [
        one(
            "blueprint_square", "示例24-蓝图广场.gpkg", "示例蓝图广场项目", SQUARE, "1403", "广场用地",
            story="“一张蓝图”在该处已发布，用途为广场：以蓝图为准，符合。",
            expected=Verdict.CONFORMS, quiet=False,
        ),
        SampleSite(
            "approved_road", "示例25-已批过境道路.gpkg", "示例已批过境公路项目",
            "与示例12同一处永久基本农田，另附农用地转用批准（12000平方米）：底线已有批准，基本符合，批准件逐一列出。",
            Verdict.BASICALLY_CONFORMS,
            (SamplePart("路段一", FARM_ROAD.geometry, "1202", "公路用地"),),
            form=Form.LINEAR, approvals=(_APPROVAL,), quiet=False,
        ),
        _answer(
            "hairline", "示例26-毫厘之差住宅.gpkg", "示例毫厘之差住宅项目", HAIRLINE, *_HOUSING,
            story="压占生态保护红线0.5平方米（疑似数字化误差），微量压占建设控制地带0.5平方米，与电力线路保护区相邻："
            "基本符合。",
        ),
        SampleSite(
            "two_uses", "示例27-重叠地块.gpkg", "示例重叠地块项目",
            "公园地块与供水地块重叠800平方米，重叠处用途不一：需协调决定，基本符合。",
            Verdict.BASICALLY_CONFORMS,
            (SamplePart("地块一", TWO_USES[0].geometry, *_PARK),
             SamplePart("地块二", TWO_USES[1].geometry, *_SUPPLY)), quiet=False,
        ),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What a planted feature of a special layer says beside its name: class and whom it is reserved for."""

    feature: Planted
    class_name: str = ""


@cache
def planted_specials() -> tuple[Told, ...]:
    """Features of special layers put where a sample site overlaps them by a known area."""
    lake, lakeside, west = LAKESIDE, "lakeside_park", HAIRLINE.x - 20
    return (
        _told("SOIL-01", "env_soil", "示例退役化工厂地块", OLD_FACTORY, "old_factory", OLD_FACTORY, "名录"),
        _told("JK-01", "heritage_control", "示例碑林建设控制地带", _half(STELE_GARDEN), "stele_garden", STELE_GARDEN),
        _told("JK-02", "heritage_control", "示例古井控制地带", Rect(west + 0.05, -4590, 20, 10), "hairline", HAIRLINE),
        _told("RIGHT-01", "existing_right", "示例已供公园用地", Rect(GRANTED.x, GRANTED.y, 100, 30), "granted_land",
              GRANTED, "出让"),
        _told("QX-01", "weather_observation", "示例气象观测场", STATION_GARDEN, "station_garden", STATION_GARDEN, "20"),
        _told("SD-01", "wetland", "示例南湖湿地", Rect(lake.x, lake.y + 60, 140, 60), lakeside, lake, "一般湿地"),
        _told("QXD-01", "habitat", "示例水鸟栖息地", Rect(lake.x, lake.y + 70, 60, 60), "lakeside_park", lake),
        _told("HD-01", "river_management", "示例南湖管理范围", Rect(lake.x, lake.y + 50, 140, 60), lakeside, lake),
        _told("DL-01", "power_corridor", "示例220千伏线路", Rect(lake.x + 100, lake.y - 20, 20, 140), "lakeside_park",
              lake, "220千伏"),
        _told("DL-02", "power_corridor", "示例110千伏线路", Rect(west + 0.001, -4570, 20, 10), "hairline", HAIRLINE),
        _told("GR-01", "heating_facilities", "示例供热管廊", Rect(lake.x, lake.y + 10, 40, 8), "lakeside_park", lake),
        _told("LT-01", "blueprint", "示例蓝图广场", BLUEPRINT, "blueprint_square", SQUARE, "1403"),
    )  # fmt: skip


def _told(key: str, layer: str, name: str, rect: Rect, site: str, across: Rect, class_name: str = "") -> Told:
    return Told(Planted(f"PLANT-{key}", layer, name, rect, site, across), class_name)


def _half(rect: Rect) -> Rect:
    return Rect(rect.x, rect.y, rect.width_m / 2, rect.height_m)
