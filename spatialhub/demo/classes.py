"""What each plan and the survey say of every parcel, and where they are made to differ.

Survey: DLBM of the third land survey; land-use plan: TDGHDL; urban plans: GB 50137-2011; territorial plan: 用地用海分类
(2023). An empty class means that the plan is silent there; `UNKNOWN` codes have no row in any crosswalk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from spatialhub.demo import design
from spatialhub.demo.parcels import Parcels
from spatialhub.demo.plots import plots

UNKNOWN_LAND_USE, UNKNOWN_URBAN = "299", "X1"

# Ways in which the two old plans are made to differ (check.md §6, designation 2 and 4), share of the parcels that fit.
DIFFERENCES = (
    ("only_cultivated", 0.02),
    ("only_inside_boundary", 0.012),
    ("only_ecological", 0.12),
    ("several", 0.05),
    ("none_of_them", 0.35),
    ("silent_land_use", 0.004),
    ("silent_urban", 0.004),
    ("silent_both", 0.003),
    ("unknown_land_use", 0.003),
    ("unknown_urban", 0.003),
)

SURVEY_NAMES = {
    "0102": "水浇地", "0103": "旱地", "0201": "果园", "0301": "乔木林地", "0307": "其他林地",
    "05H1": "商业服务业设施用地", "0508": "物流仓储用地", "0601": "工业用地", "0701": "城镇住宅用地",
    "0702": "农村宅基地", "0809": "公用设施用地",
    "08H1": "机关团体新闻出版用地", "08H2": "科教文卫用地", "0810": "公园与绿地", "1001": "铁路用地",
    "1003": "公路用地", "1004": "城镇村道路用地", "1005": "交通服务场站用地", "1006": "农村道路",
    "1101": "河流水面", "1102": "湖泊水面",
    "1103": "水库水面", "1104": "坑塘水面", "1107": "沟渠", "1201": "空闲地", "1202": "设施农用地",
}  # fmt: skip
LAND_USE_NAMES = {
    "111": "水田", "112": "水浇地", "113": "旱地", "12": "园地", "13": "林地", "151": "设施农用地", "152": "农村道路",
    "153": "坑塘水面", "154": "农田水利用地", "211": "城镇用地", "212": "农村居民点用地", "214": "其他独立建设用地",
    "221": "铁路用地", "222": "公路用地", "226": "水库水面", "311": "河流水面", "312": "湖泊水面", "324": "裸地",
    UNKNOWN_LAND_USE: "示例未知地类",
}  # fmt: skip
URBAN_NAMES = {
    "A1": "行政办公用地", "A2": "文化设施用地", "A33": "中小学用地", "A4": "体育用地", "A5": "医疗卫生用地",
    "A6": "社会福利用地", "B1": "商业用地", "B2": "商务用地", "E1": "水域", "E2": "农林用地", "G1": "公园绿地",
    "G2": "防护绿地", "H14": "村庄建设用地", "H21": "铁路用地", "H22": "公路用地", "M1": "一类工业用地",
    "R2": "二类居住用地", "S1": "城市道路用地", "S2": "城市轨道交通用地", "S4": "交通场站用地", "U11": "供水用地",
    "U12": "供电用地", "U13": "供燃气用地", "U21": "排水用地", "W1": "一类物流仓储用地", UNKNOWN_URBAN: "示例未知用地",
}  # fmt: skip
TERRITORIAL_NAMES = {
    "0701": "城镇住宅用地", "0801": "机关团体用地", "0803": "文化用地", "0804": "教育用地", "0805": "体育用地",
    "0806": "医疗卫生用地", "0807": "社会福利用地", "0901": "商业用地", "0902": "商务金融用地", "1001": "工业用地",
    "1101": "物流仓储用地", "1201": "铁路用地", "1206": "城市轨道交通用地", "1207": "城镇村道路用地",
    "1208": "交通场站用地",
    "1301": "供水用地", "1302": "排水用地", "1303": "供电用地", "1304": "供燃气用地", "1401": "公园绿地",
    "1402": "防护绿地", "0102": "水浇地", "0703": "农村宅基地", "1701": "河流水面", "1702": "湖泊水面",
}  # fmt: skip
USE_OF_URBAN = {
    "A1": "0801", "A2": "0803", "A33": "0804", "A4": "0805", "A5": "0806", "A6": "0807", "B1": "0901", "B2": "0902",
    "E1": "1701", "E2": "0102", "G1": "1401", "G2": "1402", "H14": "0703", "H21": "1201", "H22": "1207", "M1": "1001",
    "R2": "0701", "S1": "1207", "S2": "1206", "S4": "1208", "U11": "1301", "U12": "1303", "U13": "1304", "U21": "1302",
    "W1": "1101",
}  # fmt: skip

_BUILT = {
    "R2": "0701", "B1": "05H1", "B2": "05H1", "M1": "0601", "W1": "0508", "A1": "08H1", "A2": "08H2", "A33": "08H2",
    "A4": "08H2", "A5": "08H2", "A6": "08H2", "U11": "0809", "U12": "0809", "U13": "0809", "U21": "0809", "G1": "0810",
    "G2": "0810", "S4": "1005",
}  # fmt: skip
_LAND_USE_OF_FIELD = {
    "0102": "112", "0103": "113", "0201": "12", "0301": "13", "0307": "13", "1104": "153", "1202": "151", "1201": "324",
}  # fmt: skip
# What a whole block is for; what serves the neighbourhood comes parcel by parcel.
_BLOCK_CENTRE_MIX = {"B1": 40, "B2": 22, "R2": 38}
_BLOCK_HOUSING_MIX = {"R2": 90, "B1": 10}
_BLOCK_INDUSTRY_MIX = {"M1": 80, "W1": 20}
_CENTRE_MIX = {"B1": 30, "B2": 14, "R2": 36, "A1": 5, "A33": 4, "A5": 2, "A2": 3, "G1": 4, "U12": 1, "S4": 1}
_HOUSING_MIX = {
    "R2": 64, "B1": 10, "A33": 7, "A5": 2, "A2": 2, "A4": 2, "A6": 1, "A1": 2, "U12": 1, "U21": 1, "U11": 1, "U13": 1,
    "G1": 5, "S4": 1,
}  # fmt: skip
_INDUSTRY_MIX = {"M1": 66, "W1": 14, "R2": 8, "B1": 4, "U12": 2, "U21": 1, "G2": 5}
_FIELD_MIX = {"0102": 66, "0103": 12, "0201": 8, "0307": 6, "1104": 3, "1202": 2, "1201": 3}
_WAITING_MIX = {"0102": 58, "0103": 8, "0201": 8, "1201": 22, "0307": 4}

# What does not depend on chance, by role: survey, land-use plan, urban plan.
_FIXED = {
    "river": ("1101", "311", "E1"),
    "lake": ("1102", "312", "E1"),
    "belt": ("0810", "211", "G1"),
    "park": ("0810", "211", "G1"),
    "hill": ("0301", "13", "E2"),
    "village": ("0702", "212", "H14"),
}


@dataclass(frozen=True)
class Classes:
    """Classes of the parcels, text arrays (n,); `difference` names the way the old plans were made to differ."""

    survey: np.ndarray
    land_use: np.ndarray
    urban: np.ndarray
    detailed: np.ndarray
    territorial: np.ndarray
    difference: np.ndarray
    inside_boundary: np.ndarray


@dataclass(frozen=True)
class Town:
    """What the town's shape says of each parcel, bool (n,); `waits` is the chance (n,) that it is still to be built."""

    inside: np.ndarray
    centre: np.ndarray
    industrial: np.ndarray
    waits: np.ndarray


def drawn_town(parcels: Parcels) -> Town:
    """The town of the drawing; towards its rim more and more waits to be built."""
    industrial = ((parcels.x > 1_300) & (parcels.y < -2_300)) | (parcels.x + 0.4 * parcels.y < -4_900)
    distance = np.hypot(parcels.x, parcels.y)
    waits = np.clip((distance - 2_900) / 3_600, 0.02, 0.75)
    return Town(_inside_boundary(parcels), distance < 1_700, industrial, waits)


def classify(parcels: Parcels, rng: np.random.Generator, town: Town | None = None) -> Classes:
    """Give every parcel its classes, in the drawn town or another."""
    town = town or drawn_town(parcels)
    inside = town.inside
    urban = _urban(parcels, town, rng)
    survey = _survey(parcels, urban, town.waits, rng)
    land_use = _land_use(parcels, survey)
    _fix_roles(parcels, inside, survey, land_use, urban)
    difference = _differ(parcels, inside, survey, land_use, urban, rng)
    _fix_plots(parcels, survey, land_use, urban)
    detailed = _detailed(parcels, urban, rng)
    territorial = _territorial(parcels, urban, rng)
    return Classes(survey, land_use, urban, detailed, territorial, difference, inside)


def _inside_boundary(parcels: Parcels) -> np.ndarray:
    town = shapely.union(design.concentrated_zone(), design.flexible_zone())
    shapely.prepare(town)
    return shapely.contains_xy(town, parcels.x + design.CENTRE[0], parcels.y + design.CENTRE[1])


def _draw(mix: dict[str, int], lots: np.ndarray) -> np.ndarray:
    weights = np.cumsum(list(mix.values())) / sum(mix.values())
    return np.array(list(mix))[np.searchsorted(weights, lots)]


def _urban(parcels: Parcels, town: Town, rng: np.random.Generator) -> np.ndarray:
    """Urban plan: by district of the town; about half of the parcels follow their block."""
    of_block = rng.random(parcels.block.max() + 1)[parcels.block]
    follows, lots = rng.random(len(parcels)) < 0.5, rng.random(len(parcels))
    inside, centre, industrial = town.inside, town.centre, town.industrial
    urban = np.full(len(parcels), "E2", dtype="U4")
    for here, block_mix, mix in (
        (inside & ~centre & ~industrial, _BLOCK_HOUSING_MIX, _HOUSING_MIX),
        (inside & industrial, _BLOCK_INDUSTRY_MIX, _INDUSTRY_MIX),
        (inside & centre, _BLOCK_CENTRE_MIX, _CENTRE_MIX),
    ):
        urban[here] = np.where(follows, _draw(block_mix, of_block), _draw(mix, lots))[here]
    return urban


def _survey(parcels: Parcels, urban: np.ndarray, chance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Survey: what is built follows the urban plan; what waits to be built does by `chance`."""
    built = np.array([_BUILT.get(code, "0102") for code in urban])
    waits = rng.random(len(parcels)) < chance
    waiting, field = (_draw(mix, rng.random(len(parcels))) for mix in (_WAITING_MIX, _FIELD_MIX))
    survey = np.where(waits, waiting, built)
    return np.where(parcels.role == "farm", field, survey).astype("U5")


def _land_use(parcels: Parcels, survey: np.ndarray) -> np.ndarray:
    farmland = np.array([_LAND_USE_OF_FIELD.get(code, "112") for code in survey])
    return np.where(parcels.role == "farm", farmland, "211").astype("U4")


def _fix_roles(parcels: Parcels, inside: np.ndarray, survey, land_use, urban) -> None:
    for role, (dlbm, tdghdl, gb50137) in _FIXED.items():
        of_role = parcels.role == role
        survey[of_role], land_use[of_role], urban[of_role] = dlbm, tdghdl, gb50137
    reservoir = parcels.name == "示例尖岗水库"
    survey[reservoir], land_use[reservoir] = "1103", "226"
    roads = parcels.role == "road"
    survey[roads] = np.where(inside[roads], "1004", "1003")
    land_use[roads] = np.where(inside[roads], "211", "222")
    urban[roads] = np.where(inside[roads], "S1", "H22")
    rails = roads & (parcels.name == "示例铁路")
    survey[rails], land_use[rails], urban[rails] = "1001", "221", "H21"
    lanes = roads & np.char.endswith(parcels.name.astype(str), "乡道")
    survey[lanes], land_use[lanes], urban[lanes] = "1006", "152", "E2"


def _fix_plots(parcels: Parcels, survey, land_use, urban) -> None:
    for plot in plots():
        here = parcels.plot == plot.key
        survey[here], land_use[here], urban[here] = plot.survey, plot.land_use, plot.urban


def _differ(parcels: Parcels, inside, survey, land_use, urban, rng: np.random.Generator) -> np.ndarray:
    """Make the old plans differ in each of the ways the ordinance knows; returns which way where."""
    block = np.isin(parcels.role, ["farm", "urban"])
    cultivated = np.char.startswith(survey, "01")
    forest = np.char.startswith(survey, "03")
    fits = {
        "only_cultivated": block & ~inside & cultivated,
        "only_inside_boundary": block & inside & ~cultivated & ~forest & (urban == "R2"),
        "only_ecological": block & ~inside & forest,
        "several": block & inside & cultivated,
        "none_of_them": block & ~inside & (survey == "1201"),
    }
    difference = np.full(len(parcels), "", dtype="U24")
    for name, share in DIFFERENCES:
        here = fits.get(name, block) & (difference == "") & (rng.random(len(parcels)) < share)
        difference[here] = name
    _apply(difference, land_use, urban)
    return difference


def _apply(difference: np.ndarray, land_use: np.ndarray, urban: np.ndarray) -> None:
    land_uses = {
        "several": "112",
        "none_of_them": "214",
        "silent_land_use": "",
        "silent_both": "",
        "unknown_land_use": UNKNOWN_LAND_USE,
    }
    urbans = {
        "only_cultivated": "M1",
        "only_inside_boundary": "E2",
        "only_ecological": "R2",
        "none_of_them": "G1",
        "silent_urban": "",
        "silent_both": "",
        "unknown_urban": UNKNOWN_URBAN,
    }
    for classes, changes in ((land_use, land_uses), (urban, urbans)):
        for name, code in changes.items():
            classes[difference == name] = code


def _detailed(parcels: Parcels, urban: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Detailed plan: the master plan, but here and there housing has become business."""
    moved = (urban == "R2") & (parcels.plot == "") & (rng.random(len(parcels)) < 0.03)
    return np.where(moved, "B1", urban)


def _territorial(parcels: Parcels, urban: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Territorial plan: the urban plan's use, or something newer; silent now and then."""
    code = np.array([USE_OF_URBAN.get(code, "") for code in urban])
    code = np.where(rng.random(len(parcels)) < 0.06, "1401", code)
    silent = (rng.random(len(parcels)) < 0.03) & (parcels.plot == "")
    code = np.where(silent, "", code)
    for plot in plots():
        if plot.territorial:
            code[parcels.plot == plot.key] = plot.territorial
    return code
