"""KML 2.2: placemarks in degrees; CGCS2000 is written as the WGS 84 that the format knows (about a metre apart)."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from spatialhub.errors import OptionError
from spatialhub.exports import Export
from spatialhub.exports.parts import columns, geometries, polygons
from spatialhub.spatial.crs import GEOGRAPHIC
from spatialhub.spatial.model import Site

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
_STYLE = (
    '<Style id="site"><LineStyle><color>ff0000d4</color><width>2</width></LineStyle>'
    "<PolyStyle><fill>0</fill></PolyStyle></Style>\n"
)
_FORBIDDEN = dict.fromkeys(code for code in range(32) if code not in (9, 10, 13))


def write(site: Site, target: Path, epsg: int, export: Export, _: str) -> None:
    """Write a site's parts as placemarks.

    Raises
    ------
    OptionError
        A plane was asked for.
    """
    if epsg != GEOGRAPHIC:
        raise OptionError("--to-crs", found=f"EPSG:{epsg}", allowed="EPSG:4490")
    found = columns(site, export.uses)
    pieces = [_HEAD, f"<name>{_text(site.name)}</name>\n", _STYLE]
    for i, geometry in enumerate(geometries(site, epsg)):
        data = "".join(
            f"<Data name={quoteattr(name)}><value>{_text(values[i])}</value></Data>"
            for name, values in found.items()
            if values[i] is not None
        )
        name = site.parts[i].name or str(site.parts[i].number)
        pieces.append(
            f"<Placemark><name>{_text(name)}</name><styleUrl>#site</styleUrl><ExtendedData>{data}</ExtendedData>"
        )
        pieces.append(f"<MultiGeometry>{''.join(map(_polygon, polygons(geometry)))}</MultiGeometry></Placemark>\n")
    target.write_text("".join([*pieces, "</Document></kml>\n"]), "utf-8")


def _polygon(rings: tuple[np.ndarray, list[np.ndarray]]) -> str:
    outer, holes = rings
    inner = "".join(f"<innerBoundaryIs>{_ring(hole)}</innerBoundaryIs>" for hole in holes)
    return f"<Polygon><outerBoundaryIs>{_ring(outer)}</outerBoundaryIs>{inner}</Polygon>"


def _ring(ring: np.ndarray) -> str:
    text = " ".join(f"{lon:.10f},{lat:.10f}" for lon, lat in ring)
    return f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"


def _text(value: object) -> str:
    return escape(str(value).translate(_FORBIDDEN))
