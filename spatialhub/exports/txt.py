"""界址点 TXT in the strict national form (domain-facts §2.1): GB18030, CRLF, X north before Y east with its zone.

Coordinates are given to the millimetre, as the form has them. 地块面积 is the plane area of just these coordinates, in
公顷, as cadastral surveying computes it. 界址点数 counts the points that close the rings.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from spatialhub.errors import OptionError
from spatialhub.exports import Export
from spatialhub.exports.parts import geometries, polygons
from spatialhub.spatial.crs import GEOGRAPHIC, mover, plane_zone
from spatialhub.spatial.model import Level, Site, SitePart

ENCODING = "gb18030"
_MARKS = str.maketrans({",": "，", "@": "＠", "\n": " ", "\r": " ", "\t": " "})


def write(site: Site, target: Path, epsg: int, export: Export, _: str) -> None:
    """Write a site's parts as plots."""
    text = "\r\n".join(lines(site, epsg, export)) + "\r\n"
    target.write_bytes(text.encode(ENCODING))


def lines(site: Site, epsg: int, export: Export) -> list[str]:
    """Lines of the file; `epsg` is a plane, whose zone is written before the eastings.

    Raises
    ------
    OptionError
        Degrees were asked for.
    """
    if epsg == GEOGRAPHIC:
        raise OptionError("--to-crs", found=f"EPSG:{epsg}", allowed="EPSG:4491-4554")
    prefixed = _prefixed(epsg)
    zone = plane_zone(prefixed)
    made_on = export.made_on
    found = [
        "[属性描述]",
        "格式版本号=1.01版本",
        f"数据产生单位={_plain(export.producer)}",
        f"数据产生日期={f'{made_on.year}-{made_on.month}-{made_on.day}' if made_on else ''}",
        "坐标系=2000国家大地坐标系",
        f"几度分带={zone.width_deg}",
        "投影类型=高斯克吕格",
        "计量单位=米",
        f"带号={zone.number}",
        "精度=0.001",
        "转换参数=,,,,,,",
        "[地块坐标]",
    ]
    for part, geometry in zip(site.parts, geometries(site, prefixed), strict=True):
        found += _plot(part, geometry, prefixed, export)
    return found


def _prefixed(epsg: int) -> int:
    """The same zone with its number before the eastings."""
    zone = plane_zone(epsg)
    return epsg if zone.prefixed else epsg - (21 if zone.width_deg == 3 else 11)


def _plot(part: SitePart, geometry: shapely.Geometry, epsg: int, export: Export) -> list[str]:
    points: list[str] = []
    number, ring_number, area_m2 = 1, 0, 0.0
    for outer, holes in polygons(geometry):
        for ring in (outer, *holes):
            ring_number += 1
            rounded = np.round(ring, 3)
            points += _points(rounded, number, ring_number)
            number += len(ring) - 1
            area_m2 += shapely.area(shapely.polygons(rounded)) * (1 if ring is outer else -1)
    use = _plain(export.uses.get(part.use or "", ""))
    code = part.use or {Level.UNDERGROUND: "地下"}.get(part.level, "")
    head = [str(len(points)), f"{area_m2 / 1e4:.4f}", str(part.number), _plain(part.name), "面", _sheet(geometry, epsg)]
    return [",".join([*head, use, code, "@"]), *points]


def _points(ring: np.ndarray, first: int, ring_number: int) -> list[str]:
    labels = [*range(first, first + len(ring) - 1), first]
    return [f"J{label},{ring_number},{north:.3f},{east:.3f}" for label, (east, north) in zip(labels, ring, strict=True)]


def _sheet(geometry: shapely.Geometry, epsg: int) -> str:
    """Number of the 1:10,000 sheet of the middle (GB/T 13989)."""
    middle = shapely.get_coordinates(shapely.point_on_surface(geometry))
    lon, lat = mover(epsg, GEOGRAPHIC)(middle)[0]
    row, column = chr(ord("A") + int(lat // 4)), int(lon // 6) + 31
    down = 96 - int((lat % 4) / (2.5 / 60))
    right = int((lon % 6) / (3.75 / 60)) + 1
    return f"{row}{column}G{down:03d}{right:03d}"


def _plain(text: str) -> str:
    """Text that cannot be taken for a separator or another line."""
    return text.translate(_MARKS).strip()
