"""Special plans made of parcels: which ones is drawn by lot, in shares that a city would show."""

from __future__ import annotations

import numpy as np

from spatialhub.demo.classes import USE_OF_URBAN, Classes
from spatialhub.demo.parcels import Parcels
from spatialhub.demo.special.layout import Row

Rows = dict[str, list[Row]]

# Layer → GB 50137 class whose parcels the plan gives to the facility, its name, its class.
_FACILITIES = {
    "education_plan": ("A33", "示例中小学", "中小学"),
    "medical_plan": ("A5", "示例医院", "医院"),
    "welfare_plan": ("A6", "示例养老院", "养老院"),
    "sports_plan": ("A4", "示例体育场", "体育场"),
    "power_plan": ("U12", "示例变电站", "110千伏"),
    "water_supply_facilities": ("U11", "示例供水厂站", "加压站"),
    "gas_facilities": ("U13", "示例燃气调压站", "调压站"),
}
_BUILDING = ("R2", "B1", "B2", "M1", "W1", "A1", "A2")
# Layer → name, class, share of the parcels that fit. A parcel is approved, reserved or supplied, not all at once.
_STAGES = (
    ("existing_right", "示例已供土地", "出让", 0.35),
    ("land_reserve", "示例储备地块", "已收储", 0.05),
    ("land_supply", "示例出让地块", "招拍挂", 0.03),
    ("preselected_site", "示例预审选址", "预审", 0.02),
    ("land_acquisition", "示例土地征收", "已批准", 0.02),
    ("farmland_conversion", "示例农用地转用", "已批准", 0.02),
)
_IN_FIELDS = (
    ("temporary_land", "示例临时用地", "已批准", 0.004),
    ("illegal_land", "示例违法用地", "未处理", 0.006),
    ("suspected_construction", "示例疑似新增建设", "推土", 0.008),
)
_POLLUTED = (("示例名录地块", "名录", 0.03), ("示例疑似污染地块", "疑似", 0.05), ("示例退出工业场地", "退出场地", 0.06))


# Layers of which every part of a city has some.
LOT_KEYS = (*_FACILITIES, "green_land", "env_soil", *(row[0] for row in (*_STAGES, *_IN_FIELDS)))


def lot_rows(parcels: Parcels, classes: Classes, clear: np.ndarray, rng: np.random.Generator) -> Rows:
    """Features of parcels by layer; only parcels that are `clear` (bool (n,)) may be taken."""
    free = clear & (parcels.plot == "")
    rows: Rows = {key: _facility(parcels, classes, free, *facts) for key, facts in _FACILITIES.items()}
    rows["green_land"] = _greens(parcels)
    building = free & np.isin(classes.urban, _BUILDING) & np.isin(parcels.role, ["urban", "park"])
    rows |= _drawn(parcels, building, _STAGES, rng)
    rows |= _drawn(parcels, free & (parcels.role == "farm"), _IN_FIELDS, rng)
    industrial = free & np.isin(classes.urban, ["M1", "W1"])
    kinds = [("env_soil", *kind) for kind in _POLLUTED]
    rows["env_soil"] = [row for key, *kind in kinds for row in _drawn(parcels, industrial, [(key, *kind)], rng)[key]]
    return rows


def _facility(parcels: Parcels, classes: Classes, free: np.ndarray, code: str, name: str, kind: str) -> list[Row]:
    chosen = np.flatnonzero(free & (classes.urban == code))
    return [
        Row(f"{name}{number}号", parcels.geometry[i], kind, USE_OF_URBAN[code]) for number, i in enumerate(chosen, 1)
    ]


def _greens(parcels: Parcels) -> list[Row]:
    kinds = {"park": "公园绿地", "belt": "防护绿地"}
    chosen = np.flatnonzero(np.isin(parcels.role, list(kinds)))
    return [Row(parcels.name[i], parcels.geometry[i], kinds[str(parcels.role[i])]) for i in chosen]


def _drawn(parcels: Parcels, fit: np.ndarray, stages, rng: np.random.Generator) -> Rows:
    """Parcels that fit, shared out among stages; each parcel falls to one at most."""
    lot = rng.random(len(parcels))
    rows: Rows = {}
    low = 0.0
    for key, name, kind, share in stages:
        chosen = np.flatnonzero(fit & (lot >= low) & (lot < low + share))
        rows[key] = [Row(f"{name}{number}号", parcels.geometry[i], kind) for number, i in enumerate(chosen, 1)]
        low += share
    return rows
