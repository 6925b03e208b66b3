"""Which columns of a table of boundary points say what: by their heads; a table without heads is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_WIDE = str.maketrans("，．＋－０１２３４５６７８９（）　Ｘ Ｙ", ",.+-0123456789() X Y")
_MOST_TITLE_ROWS = 30
# Heads without case, blanks and units. `x` and `y` alone do not say which is north: surveyors and GIS differ.
NAMES = {
    "label": ("点号", "界址点号", "界址点编号", "点名", "点编号", "序号",
              "jzdh", "jzd", "dh", "point", "pointno", "no", "id"),
    "north": ("北坐标", "北", "n", "north", "northing", "纵坐标", "纵坐标x", "x纵坐标", "x北", "北x", "北坐标x",
              "x坐标北"),
    "east": ("东坐标", "东", "e", "east", "easting", "横坐标", "横坐标y", "y横坐标", "y东", "东y", "东坐标y",
             "y坐标东"),
    "lon": ("经度", "东经", "lon", "lng", "long", "longitude", "经度l", "l经度"),
    "lat": ("纬度", "北纬", "lat", "latitude", "纬度b", "b纬度"),
    "x": ("x", "x坐标", "坐标x", "xzb"),
    "y": ("y", "y坐标", "坐标y", "yzb"),
    "ring": ("圈号", "地块圈号", "环号", "ring", "qh"),
    "parcel": ("地块", "地块号", "地块编号", "地块序号", "宗地号", "宗地编号", "dkbh", "parcel", "number", "zdh"),
}  # fmt: skip
_UNIT = re.compile(r"[(\[](?:m|米|°|度|deg|degrees|metres|meters|十进制度)[)\]]")
_BLANK = re.compile(r"[\s_\-/:：()\[\]]+")
_PAIRS = (("north", "east"), ("lat", "lon"), ("x", "y"))


@dataclass(frozen=True, slots=True)
class Heads:
    """Where a table's columns stand: `first` and `second` are what would be north and east if `kind` is xy.

    `row` is the number of the row of heads from 0; `others` the heads of all other columns by position.
    """

    row: int
    kind: str
    north: int
    east: int
    label: int | None = None
    ring: int | None = None
    parcel: int | None = None
    others: dict[int, str] = field(default_factory=dict)


def find_heads(rows: Sequence[Sequence[str]]) -> Heads | None:
    """The row of heads among the first rows; None where there is none with both coordinates.

    `kind`: `plane` (said which is north), `degrees`, or `xy` (said only X and Y).
    """
    for number, row in enumerate(rows[:_MOST_TITLE_ROWS]):
        found = _roles(row)
        for north, east in _PAIRS:
            if north in found and east in found:
                kind = {"north": "plane", "lat": "degrees", "x": "xy"}[north]
                used = {found[north], found[east], *(found[one] for one in ("label", "ring") if one in found)}
                others = {i: one.strip() for i, one in enumerate(row) if one.strip() and i not in used}
                return Heads(
                    number, kind, found[north], found[east],
                    found.get("label"), found.get("ring"), found.get("parcel"), others,
                )  # fmt: skip
    return None


def _roles(row: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, text in enumerate(row):
        plain = _BLANK.sub("", _UNIT.sub("", text.translate(_WIDE).strip().lower()))
        for role, names in NAMES.items():
            if plain in names:
                found.setdefault(role, column)
    return found
