import json
import zipfile

import numpy as np
import pyogrio.raw
import pytest
import shapely

from spatialhub.demo.files import write_geojson, write_gpkg, write_shapefile_zip

SQUARE = np.array([shapely.box(465_000, 3_845_000, 465_100.001, 3_845_050)], object)
NAMED = {"名称": np.array(["示例文庙"], object)}


def test_a_zipped_shapefile_says_nothing_of_its_encoding_and_is_gbk(tmp_path):
    path = write_shapefile_zip(tmp_path / "a.zip", SQUARE, NAMED, name="ZX")
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["ZX.dbf", "ZX.prj", "ZX.shp", "ZX.shx"]
        dbf = archive.read("ZX.dbf")
        assert "CGCS2000_3_Degree_GK_CM_114E" in archive.read("ZX.prj").decode("ascii")
    assert dbf[29] == 0
    assert "示例文庙".encode("gbk") in dbf and "名称".encode("gbk") in dbf


def test_geojson_is_in_degrees_names_its_system_and_comes_back_to_the_micrometre(tmp_path):
    path = write_geojson(tmp_path / "a.geojson", SQUARE, NAMED)
    content = json.loads(path.read_text("utf-8"))
    assert content["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::4490"
    assert content["synthetic"] == "示例，非法定界线"
    (feature,) = content["features"]
    assert feature["properties"] == {"名称": "示例文庙"}
    longitude, latitude = feature["geometry"]["coordinates"][0][0]
    assert 113 < longitude < 114 and 34 < latitude < 35


@pytest.mark.parametrize(("write", "suffix"), [(write_gpkg, ".gpkg"), (write_shapefile_zip, ".zip")])
def test_same_content_gives_the_same_bytes(write, suffix, tmp_path):
    one = write(tmp_path / f"a{suffix}", SQUARE, NAMED, name="ZX")
    other = write(tmp_path / f"b{suffix}", SQUARE, NAMED, name="ZX")
    assert one.read_bytes() == other.read_bytes()


def test_a_geopackage_keeps_millimetres_and_chinese_columns(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", SQUARE, NAMED, name="ZX")
    meta, _, geometry, fields = pyogrio.raw.read(path)
    assert meta["crs"] == "EPSG:4547" and list(meta["fields"]) == ["名称"] and fields[0][0] == "示例文庙"
    assert shapely.from_wkb(geometry)[0].bounds == SQUARE[0].bounds
