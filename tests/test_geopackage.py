"""Tables with geometry in one file that GDAL reads back."""

import sqlite3

import pyogrio
import pytest
import shapely

from spatialhub.geopackage import GeoTable, geopackage

NAME = "甲'\"<&"
TABLES = [
    GeoTable("site", {"name": [NAME], "area_m2": [1.5]}, [shapely.box(467_900, 3_846_900, 468_000, 3_847_000)], 4547),
    GeoTable("points", {"number": ["J1", "J2"], "ring": [1, 1]}, [shapely.Point(0, 1), shapely.Point(2, 3)], 4547),
    GeoTable("result", {"name": ["hash", "none"], "value": ["ab", None]}),
]  # fmt: skip


@pytest.fixture
def path(tmp_path):
    """The tables on disk."""
    target = tmp_path / "a.gpkg"
    target.write_bytes(geopackage(TABLES))
    return target


def test_every_table_is_there_with_its_kind_and_plane(path):
    assert dict(pyogrio.list_layers(path)) == {
        "site": "MultiPolygon", "points": "Point", "result": None,
    }  # fmt: skip
    assert pyogrio.read_info(path, layer="site")["crs"] == "EPSG:4547"


def test_values_come_back_as_they_were(path):
    meta, _, shapes, values = pyogrio.raw.read(path, layer="site")
    assert dict(zip(meta["fields"], (column[0] for column in values), strict=True)) == {
        "name": "甲'\"<&",
        "area_m2": 1.5,
    }
    assert shapely.from_wkb(shapes)[0].area == 10_000
    with sqlite3.connect(path) as database:
        assert list(database.execute("select name, value from result")) == [("hash", "ab"), ("none", None)]
