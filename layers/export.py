"""Write a version to a file that others read: GeoPackage, GeoJSON, FlatGeobuf, in degrees or in a plane."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import shapely

from layers.model import LayerVersion
from spatialhub.errors import CrsRefused, OptionError, OutputError
from spatialhub.messages import Words
from spatialhub.messages.system import system_words
from spatialhub.spatial.crs import GEOGRAPHIC, plane_zone, to_plane
from spatialhub.spatial.snapshot import Snapshot

DRIVERS: Mapping[str, str] = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON", ".fgb": "FlatGeobuf"}


def export_version(version: LayerVersion, snapshot: Snapshot, target: Path, *, epsg: int = GEOGRAPHIC) -> int:
    """Write all features with all columns to `target`, whose ending names the format; return their number.

    `epsg` is EPSG:4490 or a CGCS2000 plane. The file appears whole or not at all.

    Raises
    ------
    OptionError
        The ending names no format that is written.
    OutputError
        There is no such folder.
    CrsRefused
        `epsg` is neither EPSG:4490 nor a CGCS2000 plane.
    """
    import pyogrio.raw  # here: it takes pandas and a second with it, and every command passes this module

    driver = DRIVERS.get(target.suffix.lower())
    if driver is None:
        raise OptionError("FILE", found=target.name, allowed=" ".join(DRIVERS))
    _demand_cgcs2000(epsg)
    if not target.resolve().parent.is_dir():
        raise OutputError(str(target), reason=system_words(errno.ENOENT))
    everything = np.arange(snapshot.meta.feature_count)
    geometries = to_plane(snapshot.features(everything), snapshot.meta.epsg, epsg)
    columns = snapshot.columns(list(snapshot.meta.columns), everything)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=target.resolve().parent) as folder:
        draft = Path(folder) / f"draft{target.suffix.lower()}"
        pyogrio.raw.write(
            draft,
            geometry=shapely.to_wkb(geometries),
            field_data=[_array(columns[name], kind) for name, kind in snapshot.meta.columns.items()],
            fields=np.array(_field_names(list(columns)), object),
            layer=version.layer,
            driver=driver,
            geometry_type="MultiPolygon",
            promote_to_multi=True,
            crs=f"EPSG:{epsg}",
            encoding="UTF-8",
            **_options(driver, version),
        )
        os.replace(draft, target)
    return len(everything)


def _demand_cgcs2000(epsg: int) -> None:
    if epsg == GEOGRAPHIC:
        return
    try:
        plane_zone(epsg)
    except ValueError:
        raise CrsRefused("--crs", name=f"EPSG:{epsg}", why=Words.of("crs_is_unknown")) from None


def _array(values: list, kind: str) -> np.ndarray:
    if kind == "number":
        return np.array([np.nan if value is None else value for value in values], np.float64)
    return np.array(values, object)


def _field_names(names: list[str]) -> list[str]:
    """Names that differ in more than case, and are not the ones a GeoPackage keeps for itself."""
    taken = {"fid", "geom", "ogc_geom"}
    found = []
    for name in names:
        while name.casefold() in taken:
            name = f"{name}_"
        taken.add(name.casefold())
        found.append(name)
    return found


def _options(driver: str, version: LayerVersion) -> dict[str, object]:
    if driver == "GPKG":
        description = f"{version.title} {version.name}"
        return {"layer_options": {"FID": "fid", "GEOMETRY_NAME": "geom", "DESCRIPTION": description}}
    if driver == "GeoJSON":
        return {"layer_options": {"COORDINATE_PRECISION": "10"}}
    return {}
