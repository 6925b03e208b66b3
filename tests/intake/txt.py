"""A writer of 界址点 TXT files with every liberty that exporters take; the plots are our own invention."""

from __future__ import annotations

from pathlib import Path

SYSTEM = {
    "格式版本号": "1.01版本",
    "数据产生日期": "2019-9-2",
    "坐标系": "2000国家大地坐标系",
    "几度分带": "3",
    "投影类型": "高斯克吕格",
    "计量单位": "米",
    "带号": "38",
    "精度": "0.001",
    "转换参数": ",,,,,,",
}
# A rectangle of 200 m x 100 m near Zhengzhou in EPSG:4526: (north, east).
RECTANGLE = ((3847000.0, 38467800.0), (3847000.0, 38468000.0), (3846900.0, 38468000.0), (3846900.0, 38467800.0))
HOLE = ((3846960.0, 38467850.0), (3846960.0, 38467870.0), (3846940.0, 38467870.0), (3846940.0, 38467850.0))


def points(ring, *, first: int = 1, number: int = 1, closing: str = "same") -> list[str]:
    """Lines of a ring; `closing`: same | new | none."""
    lines = [f"J{first + i},{number},{north:.3f},{east:.3f}" for i, (north, east) in enumerate(ring)]
    if closing != "none":
        label = f"J{first}" if closing == "same" else f"J{first + len(ring)}"
        lines.append(f"{label},{number},{ring[0][0]:.3f},{ring[0][1]:.3f}")
    return lines


def header(*, count=5, area="2.0000", number="1", name="地块一", kind="面", purpose="", code="") -> str:
    """A header line of nine fields."""
    return f"{count},{area},{number},{name},{kind},I49G030091,{purpose},{code},@"


def text(*plots: list[str], system: dict[str, str] | None = None) -> str:
    """A whole file."""
    said = SYSTEM if system is None else system
    lines = ["[属性描述]", *(f"{key}={value}" for key, value in said.items())] if said else []
    return "\n".join([*lines, "[地块坐标]", *(line for plot in plots for line in plot)]) + "\n"


def write(folder: Path, content: str | bytes, name: str = "地块.txt") -> Path:
    """Write a file; text as UTF-8."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
