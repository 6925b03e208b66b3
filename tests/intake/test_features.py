"""Features as flat columns mean the same as features one by one."""

from __future__ import annotations

import struct

import numpy as np
import pyogrio
import pytest
import shapely

from spatialhub.intake.features import Table

SQUARE = shapely.box(467800.0, 3846900.0, 467900.0, 3847000.0)
HOLED = SQUARE.difference(SQUARE.buffer(-20))
SEVERAL = shapely.MultiPolygon([SQUARE, shapely.box(468000.0, 3846900.0, 468100.0, 3847000.0)])
HIGH = shapely.Polygon([(467800, 3846900, 5), (467900, 3846900, 5), (467900, 3847000, 6)])
COLUMNS = {
    "word": np.array(["郑", None, "", "a b "], object),
    "whole": np.array([1, 2, -3, 2**31 - 1], np.int32),
    "long": np.array([410100000000000001, 2, 3, 4], np.int64),
    "real": np.array([1.5, np.nan, -0.0, 1e300]),
    "single": np.array([1.5, np.nan, 0.25, 3], np.float32),
    "yes": np.array([True, False, True, True]),
    "day": np.array(["2020-01-02", "NaT", "1899-12-31", "2021-01-01"], "datetime64[D]"),
    "moment": np.array(["2020-01-02T03:04:05", "NaT", "2021-01-01", "2021-01-01"], "datetime64[ms]"),
}


def write(path, geometries, columns=COLUMNS, **options):
    driver = "GPKG" if path.suffix == ".gpkg" else "ESRI Shapefile"
    blobs = [one if isinstance(one, bytes) or one is None else shapely.to_wkb(one) for one in geometries]
    pyogrio.raw.write(
        path, np.array(blobs, object), list(columns.values()), np.array(list(columns), object), driver=driver,
        geometry_type="Unknown" if driver == "GPKG" else "Polygon", crs="EPSG:4547", **options,
    )  # fmt: skip
    return path


def told(table, size, *, plain):
    """Everything that the chunks say, feature by feature."""
    rows = []
    for chunk in table.chunks(size, plain=plain):
        values = {
            name: [None if one is None or one != one else str(one) if isinstance(one, str) else one for one in column]
            for name, column in chunk.attributes.items()
        }
        for i, geometry in enumerate(chunk.geometries):
            row = {name: one[i].item() if isinstance(one[i], np.generic) else one[i] for name, one in values.items()}
            rows.append((chunk.places[i], geometry and shapely.to_wkt(geometry, rounding_precision=-1), row))
    return rows


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_flat_columns_say_what_single_features_say(tmp_path, suffix, size):
    names = COLUMNS if suffix == ".gpkg" else {name: one for name, one in COLUMNS.items() if name != "moment"}
    path = write(tmp_path / f"a{suffix}", [SQUARE, HOLED, None, SEVERAL], names)
    table = Table(path, "a", "a" if suffix == ".gpkg" else None, "utf-8")
    flat = told(table, size, plain=True)
    assert flat == told(table, 100, plain=False)
    assert len(flat) == 4 and flat[0][2]["word"] == "郑" and flat[2][1] is None


def test_whole_numbers_stay_whole_where_some_are_missing(tmp_path):
    path = write(tmp_path / "a.gpkg", [SQUARE] * 4, {"n": np.array([1, 2, 3, 4], np.int64)})
    import sqlite3

    with sqlite3.connect(path) as base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        base.execute("UPDATE a SET n = NULL WHERE fid = 2")
    (chunk,) = Table(path, "a", "a", "").chunks(10, plain=True)
    assert list(chunk.attributes["n"]) == [1, None, 3, 4]


def test_curves_collections_and_measures_are_left_to_gdal(tmp_path):
    circle = [(467800.0, 3846900.0), (468000.0, 3846900.0), (467800.0, 3846900.0)]
    arc = struct.pack("<BII6d", 1, 8, 3, *[number for point in circle for number in point])
    curved = struct.pack("<BII", 1, 10, 1) + arc
    collection = shapely.GeometryCollection([SQUARE, shapely.Point(1, 1)])
    path = write(tmp_path / "a.gpkg", [SQUARE, curved, HIGH, collection, SEVERAL], {})
    table = Table(path, "a", "a", "")
    flat = told(table, 2, plain=True)
    assert flat == told(table, 100, plain=False)
    assert "CURVE" not in flat[1][1] and flat[3][1].startswith("GEOMETRYCOLLECTION")


def test_text_of_a_shapefile_is_decoded_whatever_its_encoding(tmp_path):
    path = write(tmp_path / "a.shp", [SQUARE] * 3, {"名": np.array(["郑州", "abc", "é"], object)}, encoding="GB18030")
    (chunk,) = Table(path, "a", None, "gb18030").chunks(10, plain=True)
    assert list(chunk.attributes["名"]) == ["郑州", "abc", "é"]


def test_a_column_of_another_kind_is_read_feature_by_feature(tmp_path):
    import sqlite3

    path = write(tmp_path / "a.gpkg", [SQUARE], {"n": np.array([1])})
    with sqlite3.connect(path) as base:
        base.execute("ALTER TABLE a ADD COLUMN picture BLOB")
    (chunk,) = Table(path, "a", "a", "").chunks(10, plain=True)
    assert set(chunk.attributes) == {"n", "picture"} and chunk.attributes["n"] == [1]
