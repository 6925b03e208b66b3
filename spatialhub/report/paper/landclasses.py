"""Colours of land classes on the survey map: first-level classes of TD/T 1055 (三调), for looking only."""

from __future__ import annotations

from collections.abc import Mapping

# Codes that the survey counts as wetland though their first two figures say otherwise.
_WETLANDS = frozenset({"0303", "0304", "0306", "0402", "0603", "1105", "1106", "1108"})
_CLASSES: Mapping[str, tuple[str, str]] = {
    "00": ("湿地", "#9fd7d8"),
    "01": ("耕地", "#f8e6a0"),
    "02": ("种植园用地", "#d9c77a"),
    "03": ("林地", "#7fbf7b"),
    "04": ("草地", "#c6e3a1"),
    "05": ("商业服务业用地", "#f2a3a0"),
    "06": ("工矿用地", "#c9a48b"),
    "07": ("住宅用地", "#f7c6a3"),
    "08": ("公共管理与公共服务用地", "#e7a8d6"),
    "09": ("特殊用地", "#b9a6cf"),
    "10": ("交通运输用地", "#c2c6cc"),
    "11": ("水域及水利设施用地", "#a3c8ee"),
    "12": ("其他土地", "#e9e4d8"),
}
_UNKNOWN = ("地类不明", "#ffffff")


def land_class(code: str) -> tuple[str, str]:
    """Return the name and colour (#rrggbb) of the first-level class of a survey code."""
    digits = code.strip().rstrip("AK")
    return _CLASSES.get("00" if digits[:4] in _WETLANDS else digits[:2], _UNKNOWN)
