"""Writing the sample sites as the files that a project unit would send."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from shapely import Polygon

from spatialhub.demo import NOTICE
from spatialhub.demo.files import write_geojson, write_gpkg, write_shapefile_zip
from spatialhub.demo.outline import EPSG
from spatialhub.demo.sample import SampleSite
from spatialhub.precedence.model import Approval

_ZONE_PREFIX_M = 38_000_000
_GB18030 = {"clean_housing", "beyond_city"}
_HEAD = """[属性描述]
格式版本号=1.01版本
数据产生单位=示例测绘单位（{notice}）
数据产生日期=2019-8-17
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=38
精度=0.001
转换参数=,,,,,,
[地块坐标]
"""


def write_site(folder: Path, site: SampleSite) -> Path:
    """Write one site in the format its file name says; return the file."""
    path = folder / site.file
    for number, approval in enumerate(site.approvals, start=1):
        approval_path(path, number).write_text(approval_text(approval), "utf-8")
    if path.suffix == ".txt":
        encoding = "gb18030" if site.key in _GB18030 else "utf-8"
        path.write_bytes(boundary_point_text(site).replace("\n", "\r\n").encode(encoding))
        return path
    if path.suffix == ".wkt":
        prefix = "" if site.crs else f"SRID={EPSG};"
        path.write_text(prefix + shapely.to_wkt(site.geometry, rounding_precision=3) + "\n", "utf-8")
        return path
    geometry = np.array([part.geometry for part in site.parts], object)
    if path.suffix == ".geojson":
        return write_geojson(path, geometry, part_columns(site), name=site.title)
    if path.suffix == ".gpkg":
        return write_gpkg(path, geometry, part_columns(site), name="site")
    names = np.array([f"示例{part.name}" for part in site.parts], object)
    columns = {"地块名称": names, "备注": np.array([NOTICE] * len(names), object)}
    return write_shapefile_zip(path, geometry, columns, name="site")


def part_columns(site: SampleSite) -> dict[str, np.ndarray]:
    """Columns that say of each part what a site part has (spatial.model.SitePart)."""
    count = len(site.parts)
    return {
        "number": np.arange(1, count + 1, dtype=np.int32),
        "name": np.array([f"示例{part.name}" for part in site.parts], object),
        "use": np.array([part.use or None for part in site.parts], object),
        "form": np.array([site.form.value] * count, object),
        "level": np.array([site.level.value] * count, object),
        "synthetic": np.array([NOTICE] * count, object),
        **_heights(site),
    }


def _heights(site: SampleSite) -> dict[str, np.ndarray]:
    """The column of greatest heights, where a part has one."""
    heights = [part.max_height_m for part in site.parts]
    if all(height is None for height in heights):
        return {}
    return {"max_height_m": np.array([np.nan if height is None else height for height in heights])}


def approval_path(site_path: Path, number: int) -> Path:
    """Where the n-th approval of a site lies: beside it."""
    return site_path.with_name(f"{site_path.stem}-批准{number}.toml")


def approval_text(approval: Approval) -> str:
    """An approval as the TOML that `check --approval` reads."""
    texts = {name: getattr(approval, name) for name in ("layer", "kind", "issuer", "number", "date")}
    lines = [f'{name} = "{value}"' for name, value in texts.items()]
    return "\n".join([f"# {NOTICE}", *lines, f"area_m2 = {approval.area_m2}"]) + "\n"


def boundary_point_text(site: SampleSite) -> str:
    """The site as 界址点 TXT: X north, Y east with zone prefix, rings closed by their first point."""
    lines = [_HEAD.format(notice=NOTICE)]
    for number, part in enumerate(site.parts, start=1):
        points = _clockwise_from_north_west(part.geometry)
        hectares = f"{part.geometry.area / 1e4:.4f}"
        lines.append(f"{len(points)},{hectares},{number},示例{part.name},面,,{part.use_name},{part.use},@\n")
        labels = [f"J{index}" for index in range(1, len(points))] + ["J1"]
        for label, (east, north) in zip(labels, points, strict=True):
            lines.append(f"{label},1,{north:.3f},{east + _ZONE_PREFIX_M:.3f}\n")
    return "".join(lines)


def _clockwise_from_north_west(polygon: Polygon) -> np.ndarray:
    points = shapely.get_coordinates(shapely.orient_polygons(polygon, exterior_cw=True))[:-1]
    start = int(np.argmax(points[:, 1] - points[:, 0]))
    points = np.roll(points, -start, axis=0)
    return np.vstack([points, points[:1]])
