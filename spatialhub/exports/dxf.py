"""DXF: every ring a closed polyline on the layer 项目红线, easting first, in metres; names as text beside."""

from __future__ import annotations

import logging
from pathlib import Path

import shapely

from spatialhub.errors import OptionError
from spatialhub.exports import Export
from spatialhub.exports.parts import geometries, polygons
from spatialhub.spatial.crs import GEOGRAPHIC
from spatialhub.spatial.model import Site

LAYER, TEXT_LAYER = "项目红线", "项目红线注记"
_VERSION = "R2000"  # what every CAD program of the last twenty years reads; its text is in a code page
_TEXT_HEIGHT_M = 2.5
_METRES, _RED = 6, 1


def write(site: Site, target: Path, epsg: int, export: Export, _: str) -> None:
    """Write a site's rings; a DXF carries no coordinate system and no attributes.

    Raises
    ------
    OptionError
        Degrees were asked for.
    """
    if epsg == GEOGRAPHIC:
        raise OptionError("--to-crs", found=f"EPSG:{epsg}", allowed="EPSG:4491-4554")
    logging.getLogger("ezdxf").setLevel(logging.ERROR)
    import ezdxf

    document = ezdxf.new(_VERSION, units=_METRES)
    document.encoding = "gbk"
    document.header["$DWGCODEPAGE"] = "ANSI_936"
    document.layers.add(LAYER, color=_RED)
    document.layers.add(TEXT_LAYER, color=_RED)
    space = document.modelspace()
    for part, geometry in zip(site.parts, geometries(site, epsg), strict=True):
        for outer, holes in polygons(geometry):
            for ring in (outer, *holes):
                space.add_lwpolyline(ring[:-1].tolist(), close=True, dxfattribs={"layer": LAYER})
        label = " ".join(text for text in (str(part.number), part.name) if text)
        at = shapely.point_on_surface(geometry)
        style = {"layer": TEXT_LAYER, "height": _TEXT_HEIGHT_M, "insert": (at.x, at.y)}
        space.add_text(label.replace("\n", " "), dxfattribs=style)
    document.saveas(target)
