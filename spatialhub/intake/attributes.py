"""Which columns of a file say what of a parcel: one table of names, Chinese, pinyin and our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Role → names, compared without case; the first name that has a value decides.
NAMES: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "dkbh", "地块编号", "宗地号", "zdh", "tbbh", "xh", "序号", "bh", "编号"),
    "name": ("name", "dkmc", "地块名称", "xmmc", "项目名称", "tbmc", "mc", "名称"),
    # codes of 用地用海分类 by definition of the column
    "use": ("use", "ydyhfldm", "ydyhdm", "用地用海分类代码", "用地用海代码"),
    # words or codes of other classifications: shown, never taken as a use
    "purpose": ("purpose", "dkyt", "地块用途", "yt", "用途", "tdyt", "土地用途", "ydxzmc", "ydxz", "用地性质"),
    "class_code": ("class_code", "dlbm", "地类编码", "yddm", "用地代码", "ydxzdm", "用地性质代码"),
    "declared_area_m2": ("declared_area_m2", "sbmj_m2"),
    # areas whose unit only the geometry tells
    "declared_area": ("dkmj", "地块面积", "ydmj", "用地面积", "tbmj", "jsmj", "mj", "面积"),
    "level": ("level",),
    "form": ("form",),
    "manner": ("manner",),
    "land": ("land",),
    "facility": ("facility", "sslx", "设施类型"),
    "max_height_m": ("max_height_m", "jzxg", "建筑限高", "建筑高度"),
}  # fmt: skip


def by_role(columns: Mapping[str, Sequence], row: int) -> dict[str, object]:
    """Values of one feature by role; roles without a value are left out, blanks count as none."""
    lower = {name.strip().lower(): values for name, values in columns.items()}
    found: dict[str, object] = {}
    for role, names in NAMES.items():
        for name in names:
            value = lower[name][row] if name in lower else None
            if value is not None and str(value).strip():
                found[role] = value.strip() if isinstance(value, str) else value
                break
    return found
