"""Writers of GeoJSON, Shapefile and GeoPackage test files; content of our own invention."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from shapely import Geometry

SQUARE = shapely.box(467800.0, 3846900.0, 467900.0, 3847000.0)  # 1 ha in EPSG:4547
DEGREES = shapely.box(113.65, 34.75, 113.651, 34.751)


def moved(geometry: Geometry, east_m: float) -> Geometry:
    """A geometry so many metres further east."""
    return shapely.transform(geometry, lambda coords: coords + np.array([east_m, 0.0]))


def geojson(path: Path, *geometries: Geometry | None, crs: Any = "EPSG:4547", rows: Sequence[Mapping] = ()) -> Path:
    """Write a FeatureCollection; `crs` is a name, a whole member, or None for none."""
    features = [
        {
            "type": "Feature",
            "properties": dict(rows[i]) if i < len(rows) else {},
            "geometry": None if one is None else json.loads(shapely.to_geojson(one)),
        }
        for i, one in enumerate(geometries)
    ]
    value: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs is not None:
        value["crs"] = {"type": "name", "properties": {"name": crs}} if isinstance(crs, str) else crs
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    return path


def shapefile(
    path: Path,
    *geometries: Geometry | None,
    crs: str | None = "EPSG:4547",
    columns: Mapping[str, Sequence] | None = None,
    encoding: str = "UTF-8",
    cpg: bool = True,
) -> Path:
    """Write a Shapefile at `path` (.shp); without `crs` no .prj, without `cpg` no .cpg."""
    columns = columns or {"DKBH": [str(i + 1) for i in range(len(geometries))]}
    kind = next(one.geom_type for one in geometries if one is not None)
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array(geometries, object)),
        [np.array(values, object) for values in columns.values()],
        np.array(list(columns)),
        driver="ESRI Shapefile",
        geometry_type=kind,
        crs=crs,
        encoding=encoding,
    )
    if not cpg:
        path.with_suffix(".cpg").unlink(missing_ok=True)
    if crs is None:
        path.with_suffix(".prj").unlink(missing_ok=True)
    return path


def zipped(path: Path, *files: Path, folder: str = "") -> Path:
    """Zip files and all that share their stem."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in files:
            for member in sorted(one.parent.glob(f"{one.stem}.*")):
                if member != path:
                    archive.write(member, folder + member.name)
    return path


def geopackage(path: Path, *geometries: Geometry | None, layer: str = "地块", crs="EPSG:4547", **columns) -> Path:
    """Write (or append) a feature table."""
    columns = columns or {"DKBH": [str(i + 1) for i in range(len(geometries))]}
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array(geometries, object)),
        [np.array(values, object) for values in columns.values()],
        np.array(list(columns)),
        layer=layer,
        driver="GPKG",
        geometry_type="Unknown",
        crs=crs,
        append=False,
    )
    return path


def altered(path: Path, *statements: str) -> Path:
    """Run SQL on a GeoPackage, as a hostile sender would."""
    base = sqlite3.connect(path)
    for one in statements:
        base.execute(one)
    base.commit()
    base.close()
    return path
