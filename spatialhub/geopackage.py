"""Tables with geometry as one GeoPackage file. The one writer that reports use; it knows nothing of checks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely import Geometry


@dataclass(frozen=True, slots=True)
class GeoTable:
    """A table: columns of equal length (text, numbers, None); `geometries` as many, or None for a table without.

    Geometries are polygons or points of one kind, in `epsg`, easting first.
    """

    name: str
    columns: Mapping[str, Sequence[object]]
    geometries: Sequence[Geometry] | None = None
    epsg: int = 0


def geopackage(tables: Sequence[GeoTable]) -> bytes:
    """Return the tables as a GeoPackage."""
    import pyogrio.raw  # here: it takes a second with it

    with tempfile.TemporaryDirectory(prefix="spatialhub-gpkg-") as folder:
        path = Path(folder) / "report.gpkg"
        for table in tables:
            spatial = table.geometries is not None
            pyogrio.raw.write(
                path,
                geometry=shapely.to_wkb(np.array(_multi(table.geometries), object)) if spatial else None,
                field_data=[_array(values) for values in table.columns.values()],
                fields=np.array(list(table.columns), object),
                layer=table.name,
                driver="GPKG",
                geometry_type=_kind(table.geometries),
                crs=f"EPSG:{table.epsg}" if spatial else None,
                append=path.exists(),
                encoding="UTF-8",
            )
        return _read(path)


def _read(path: Path) -> bytes:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        return file.read()


def _multi(geometries: Sequence[Geometry] | None) -> list[Geometry]:
    return [
        shapely.MultiPolygon([geometry]) if geometry.geom_type == "Polygon" else geometry
        for geometry in geometries or ()
    ]  # fmt: skip


def _kind(geometries: Sequence[Geometry] | None) -> str | None:
    if geometries is None:
        return None
    return "Point" if geometries and geometries[0].geom_type == "Point" else "MultiPolygon"


def _array(values: Sequence[object]) -> np.ndarray:
    """A column of one type: numbers with NaN where there is none, else text."""
    kept = [value for value in values if value is not None]
    if kept and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in kept):
        if len(kept) == len(values) and all(isinstance(value, int) for value in kept):
            return np.array(values, np.int64)
        return np.array([np.nan if value is None else value for value in values], np.float64)
    return np.array([None if value is None else str(value) for value in values], object)
