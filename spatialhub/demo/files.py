"""Writing the demo's layers as the exchange files that offices hand over. Writing only: the intake reads."""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely
from pyproj import CRS, Transformer
from shapely import Geometry

from spatialhub.demo import NOTICE
from spatialhub.demo.outline import EPSG
from spatialhub.demo.table import Table

GEOGRAPHIC = 4490
# lon/lat digits: 1e-11° is a micrometre, so that a planted area survives the way through degrees
_DEGREE_DIGITS = 11
_ZIP_TIME = (2019, 8, 17, 0, 0, 0)
_LDID = 29  # byte of a .dbf's header that names its code page; 0 says nothing, as many offices' files do
SHAPEFILE_LAYERS = ("line_purple", "control_zone")
GEOJSON_LAYERS = ("line_blue",)


def write_layer(folder: Path, table: Table) -> Path:
    """Write a layer in the format that suits it; return the file, whose name says that it is an example."""
    path, columns = layer_path(folder, table.key, table.table), dict(table.columns)
    if table.key in SHAPEFILE_LAYERS:
        return write_shapefile_zip(path, table.geometry, columns, name=table.table)
    if table.key in GEOJSON_LAYERS:
        return write_geojson(path, table.geometry, columns)
    return write_gpkg(path, table.geometry, columns, name=table.table)


def layer_path(folder: Path, key: str, table: str) -> Path:
    """Where a layer's file lies in a folder."""
    suffix = "zip" if key in SHAPEFILE_LAYERS else "geojson" if key in GEOJSON_LAYERS else "gpkg"
    return folder / f"示例-{table}.{suffix}"


def write_gpkg(path: Path, geometry: np.ndarray, columns: dict[str, np.ndarray], *, name: str) -> Path:
    """Write a GeoPackage of one table in EPSG:4547; the same content gives the same bytes."""
    _write(path, geometry, columns, driver="GPKG", layer=name, geometry_type="MultiPolygon", promote_to_multi=True)
    return path


def write_shapefile_zip(path: Path, geometry: np.ndarray, columns: dict[str, np.ndarray], *, name: str) -> Path:
    """Write a zipped Shapefile whose text is GBK and which, as so often, does not say so (no .cpg, no code page)."""
    with tempfile.TemporaryDirectory() as scratch:
        main = Path(scratch) / f"{name}.shp"
        _write(main, geometry, columns, driver="ESRI Shapefile", layer=name, geometry_type="Polygon", encoding="GBK")
        _forget_code_page(main.with_suffix(".dbf"))
        main.with_suffix(".prj").write_text(CRS.from_epsg(EPSG).to_wkt("WKT1_ESRI"), "ascii")
        members = [main.with_suffix(suffix) for suffix in (".shp", ".shx", ".dbf", ".prj")]
        _zip(path, [(member.name, member.read_bytes()) for member in members])
    return path


def write_geojson(path: Path, geometry: np.ndarray, columns: dict[str, np.ndarray], *, name: str = "") -> Path:
    """Write GeoJSON in EPSG:4490, longitude first, naming its coordinate system."""
    degrees = to_degrees(geometry)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    features = [
        {"type": "Feature", "properties": row, "geometry": json.loads(text)}
        for row, text in zip(rows, shapely.to_geojson(degrees), strict=True)
    ]
    collection = {
        "type": "FeatureCollection",
        "name": name or path.stem,
        "synthetic": NOTICE,
        "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{GEOGRAPHIC}"}},
        "features": features,
    }
    path.write_text(json.dumps(collection, ensure_ascii=False, default=lambda value: value.item()), "utf-8")
    return path


def append_gpkg(path: Path, geometry: np.ndarray, columns: dict[str, np.ndarray], *, name: str) -> None:
    """Add rows to a GeoPackage of one table in EPSG:4547; it is made with the first ones.

    It carries no spatial index: it is read from end to end, and the index would cost more than the rows.
    """
    options = {"append": True} if path.exists() else {"layer_options": {"SPATIAL_INDEX": "NO"}}
    _put(path, geometry, columns, driver="GPKG", layer=name, geometry_type="MultiPolygon", promote_to_multi=True,
         **options)  # fmt: skip


def write_coverage(path: Path, key: str, coverage: Geometry) -> Path:
    """Write the polygon that a layer speaks for."""
    columns = {"name": np.array([f"示例覆盖范围 {key}"], object), "BZ": np.array([NOTICE], object)}
    geometry = np.empty(1, object)
    geometry[0] = coverage
    return write_geojson(path, geometry, columns)


def to_degrees(geometry: np.ndarray) -> np.ndarray:
    """Geometries of EPSG:4547 in EPSG:4490, longitude first."""
    to_lonlat = Transformer.from_crs(EPSG, GEOGRAPHIC, always_xy=True)

    def degrees(points: np.ndarray) -> np.ndarray:
        return np.round(np.column_stack(to_lonlat.transform(points[:, 0], points[:, 1])), _DEGREE_DIGITS)

    return shapely.transform(geometry, degrees)


def _write(path: Path, geometry: np.ndarray, columns: dict[str, np.ndarray], **options) -> None:
    path.unlink(missing_ok=True)
    _put(path, geometry, columns, **options)


def _put(path: Path, geometry: np.ndarray, columns: dict[str, np.ndarray], **options) -> None:
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2019-08-17T00:00:00Z"})
    try:
        pyogrio.raw.write(
            str(path),
            shapely.to_wkb(geometry),
            list(columns.values()),
            list(columns),
            crs=f"EPSG:{EPSG}",
            **options,
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _forget_code_page(dbf: Path) -> None:
    content = bytearray(dbf.read_bytes())
    content[_LDID] = 0
    dbf.write_bytes(content)


def _zip(path: Path, members: list[tuple[str, bytes]]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), content, zipfile.ZIP_DEFLATED)
