"""Zipped Shapefile (GBK, with .cpg) and GeoPackage."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import numpy as np
import shapely

from spatialhub.errors import OutputError
from spatialhub.exports import Export
from spatialhub.exports.parts import NUMBERS, columns, geometries
from spatialhub.messages import Words
from spatialhub.spatial.model import Site

LAYER = "用地红线"
_WIDEST_BYTES = 254
_MEMBERS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def write(site: Site, target: Path, epsg: int, export: Export, name: str) -> None:
    """Write a site's parts as features of one table."""
    if target.suffix == ".zip":
        _shapefile(site, target, epsg, export, name)
    else:
        _table(site, target, epsg, export, driver="GPKG", encoding="UTF-8", layer=LAYER)


def _shapefile(site: Site, target: Path, epsg: int, export: Export, name: str) -> None:
    _demand_short(site, f"{name}.zip")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        path = Path(folder) / "site.shp"
        _table(site, path, epsg, export, driver="ESRI Shapefile", encoding="GBK", layer="site")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for suffix in _MEMBERS:
                archive.write(path.with_suffix(suffix), f"{name}{suffix}")


def _demand_short(site: Site, target: str) -> None:
    """A text that a Shapefile would cut, or that GBK lacks, is refused rather than changed."""
    for part in site.parts:
        for text in (part.name, part.facility or ""):
            try:
                size = len(text.encode("gbk"))
            except UnicodeEncodeError:
                raise OutputError(target, reason=Words.of("output_not_gbk", text=text[:40])) from None
            if size > _WIDEST_BYTES:
                reason = Words.of("output_too_wide", text=text[:40], bytes=size, most=_WIDEST_BYTES)
                raise OutputError(target, reason=reason)


def _table(site: Site, path: Path, epsg: int, export: Export, *, driver: str, encoding: str, layer: str) -> None:
    import pyogrio.raw  # here: only exports need it, and it takes its time

    found = columns(site, export.uses)
    shapes = geometries(site, epsg)
    several = bool((shapely.get_num_geometries(shapes) > 1).any())
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapes),
        field_data=[_values(name, values) for name, values in found.items()],
        fields=np.array(list(found), object),
        layer=layer,
        driver=driver,
        geometry_type="MultiPolygon" if several and driver == "GPKG" else "Polygon",
        promote_to_multi=several and driver == "GPKG",
        crs=f"EPSG:{epsg}",
        encoding=encoding,
    )


def _values(name: str, values: list) -> np.ndarray:
    if name in NUMBERS:
        return np.array([np.nan if value is None else value for value in values], np.float64)
    return np.array(values, object)
