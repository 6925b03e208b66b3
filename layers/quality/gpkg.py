"""The bad spots as a GeoPackage, to lay over the layer in a GIS: `spots` (a point each), `areas`, `lines`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from layers.quality.report import Listed, Report, shapes_of, title_of
from layers.quality.words import word
from spatialhub.spatial.snapshot import Snapshot

_AT_ONCE = 5_000
_FIELDS = (
    "number", "finding", "severity", "rule", "title", "what", "measure", "unit", "features", "names",
    "field", "found", "expected", "basis", "accepted",
)  # fmt: skip


def write_gpkg(report: Report, snapshot: Snapshot, path: Path, *, accepted: frozenset[str], language: str) -> None:
    """Write all listed findings; `areas` and `lines` hold the outlines of those that have one."""
    for start in range(0, max(len(report.listed), 1), _AT_ONCE):
        some = report.listed[start : start + _AT_ONCE]
        shapes = shapes_of(snapshot, [one.finding for one in some])
        points = shapely.points([[one.easting_m, one.northing_m] for one in some]) if some else np.zeros(0, object)
        dimension = shapely.get_dimensions(shapes)
        for layer, kind, chosen, geometry in (
            ("spots", "Point", np.ones(len(some), bool), points),
            ("areas", "MultiPolygon", dimension == 2, shapes),
            ("lines", "LineString", dimension == 1, shapes),
        ):
            at = np.flatnonzero(chosen)
            if len(at) or not start:
                rows = [some[i] for i in at.tolist()]
                _write(path, layer, kind, np.asarray(geometry, object)[at], rows, report, accepted, language)


def _write(
    path: Path, layer: str, kind: str, geometry: np.ndarray, rows: Sequence[Listed], report: Report,
    accepted: frozenset[str], language: str,
) -> None:  # fmt: skip
    import pyogrio.raw  # here: every command passes this module's package

    columns = list(zip(*(_values(one, accepted, language) for one in rows), strict=True)) or [()] * len(_FIELDS)
    dtypes = {"number": np.int64, "measure": np.float64}
    data = [np.array(column, dtypes.get(name, object)) for name, column in zip(_FIELDS, columns, strict=True)]
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(geometry),
        field_data=data,
        fields=np.array(_FIELDS, object),
        layer=layer,
        driver="GPKG",
        geometry_type=kind,
        promote_to_multi=kind == "MultiPolygon",
        crs=f"EPSG:{report.epsg}",
        encoding="UTF-8",
        append=_there(path, layer),
        layer_options=None if _there(path, layer) else {"FID": "fid", "GEOMETRY_NAME": "geom"},
    )


def _there(path: Path, layer: str) -> bool:
    """Whether the file has the layer already: pyogrio appends only to what is there."""
    import sqlite3

    if not path.exists():
        return False
    found = sqlite3.connect(path)
    try:
        known = found.execute("select 1 from gpkg_contents where table_name = ?", (layer,)).fetchone()
    finally:
        found.close()
    return known is not None


def _values(one: Listed, accepted: frozenset[str], language: str) -> tuple:
    said = dict(one.finding.said)
    return (
        one.number, one.id, word(one.rule.severity.value, language), one.rule.key, title_of(one.rule, language),
        one.told(language), one.finding.measure, one.unit, "、".join(one.features), "、".join(filter(None, one.names)),
        said.get("field", ""), said.get("found", ""), said.get("expected", ""), one.rule.source,
        word("yes" if one.id in accepted else "no", language),
    )  # fmt: skip
