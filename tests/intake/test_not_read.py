"""Formats that are not read, and limits: what a refusal says, in both languages."""

from __future__ import annotations

import json
import re

import pytest
import shapely

from spatialhub.errors import SpatialHubError, TooLarge
from spatialhub.intake import limits, read_site, read_site_bytes, site_from_drawing, site_from_wkt
from spatialhub.intake.layer import within_layer
from spatialhub.intake.raw import Job
from spatialhub.messages import explain
from spatialhub.settings import SETTINGS
from tests.intake import gis
from tests.intake.hostile import shapes

RINGS = [list(map(list, gis.SQUARE.exterior.coords))]
VRT = b"<OGRVRTDataSource></OGRVRTDataSource>"
# name, content, what it is called and what to hand in instead, in Chinese and in English
NOT_READ = [
    ("a.vrt", VRT, "VRT", "GeoPackage"),
    ("a.tab", b"!table\n!version 300\n", "MapInfo", "Shapefile"),
    ("a.map", b"x" * 600, "MapInfo", "Shapefile"),
    ("a.mif", b"Version 300\nColumns 0\nData\n", "MapInfo", "Shapefile"),
    ("a.mid", b"1,2\n", "MapInfo", "Shapefile"),
    ("a.topojson", b'{"type":"Topology"}', "TopoJSON", "GeoJSON"),
    ("a.json", json.dumps({"type": "Topology", "objects": {}, "arcs": []}).encode(), "TopoJSON", "GeoJSON"),
    ("a.esrijson", b"{}", "ESRI JSON", "GeoJSON"),
    ("a.json", json.dumps({"spatialReference": {"wkid": 4547}, "features": []}).encode(), "ESRI JSON", "GeoJSON"),
    ("a.geojson", json.dumps({"geometryType": "esriGeometryPolygon", "features": [
        {"attributes": {}, "geometry": {"rings": RINGS}}]}).encode(), "ESRI JSON", "GeoJSON"),
    ("a.json", b'{"type": "gdal_streamed_alg", "command_line": "gdal vector read x"}', "GDALG", "GeoJSON"),
    ("a.gdalg", b"{}", "GDALG", "GeoJSON"),
    ("a.wfs", b"<OGRWFSDataSource/>", "WFS", "GeoPackage"),
    ("a.sqlite", b"SQLite format 3\0", "SQLite", "GeoPackage"),
    ("a.db", b"SQLite format 3\0", "SQLite", "GeoPackage"),
    ("a.mdb", b"\0\1\0\0Standard Jet DB", "Access", "GeoPackage"),
    ("a.dgn", b"\x08\x09\xfe", "DGN", "DXF"),
    ("a.dwg", b"AC1032", "DWG", "DXF"),
    ("a.rar", b"Rar!\x1a\x07", "rar", "zip"),
    ("a.7z", b"7z\xbc\xaf", "7z", "zip"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "called", "instead"), NOT_READ, ids=lambda one: one[:14] if one else "")
def test_a_format_that_is_not_read_is_named_with_what_to_hand_in_instead(name, data, called, instead):
    with pytest.raises(SpatialHubError) as refusal:
        read_site_bytes(name, data, epsg=4547, origin="web")
    assert refusal.value.code in ("format_unknown", "file_broken")
    for language in ("zh", "en"):
        said = explain(refusal.value, language)
        assert called.lower() in said["what"].lower()
        assert instead.lower() in said["what"].lower(), said["what"]  # beside its name, not in the list of all formats
        assert "—" not in said["what"] + said["remedy"]


def told(error: SpatialHubError) -> dict[str, str]:
    return {language: explain(error, language)["what"] for language in ("zh", "en")}


def refused(read) -> TooLarge:
    with pytest.raises(TooLarge) as refusal:
        read()
    return refusal.value


@pytest.mark.parametrize(
    ("setting", "value", "read"),
    [
        ("SPATIALHUB_SITE_MAX_MIB", "1", lambda path: read_site_bytes("a.txt", b"x" * 2**21, epsg=4547)),
        ("SPATIALHUB_SITE_MAX_VERTICES", "300", lambda path: read_site(path, epsg=4547)),
        ("SPATIALHUB_SITE_MAX_KM2", "0", lambda path: read_site(path, epsg=4547)),
        ("SPATIALHUB_SITE_CPU_S", "1", lambda path: read_site(_heavy(path), epsg=4547)),
        ("SPATIALHUB_SITE_MEMORY_MIB", "64", lambda path: read_site(_wide(path), epsg=4547)),
    ],
)
def test_a_limit_that_is_reached_is_told_with_its_number_and_its_setting(tmp_path, monkeypatch, setting, value, read):
    monkeypatch.setenv("SPATIALHUB_SITE_MEMORY_MIB", "4096")  # that it is not what ends the heavy one
    monkeypatch.setenv(setting, value)
    disc = shapely.Point(467_800, 3_846_900).buffer(100, quad_segs=100)
    said = told(refused(lambda: read(gis.geojson(tmp_path / "a.geojson", disc))))
    for words in said.values():
        assert setting in words
        assert re.search(rf"\b{value}\b", words), words
    assert "administrator" in explain(TooLarge("x"), "en")["remedy"]
    assert "管理员" in explain(TooLarge("x"), "zh")["remedy"]


def _heavy(path):
    """Combs across each other: what they share takes seconds."""
    return gis.geojson(path, shapes.comb(2405), shapes.comb(2405, across=True))


def _wide(path):
    path.write_text('{"type":"FeatureCollection","features":[' + ",".join(["[[[[[]]]]]"] * 1_500_000) + "]}")
    return path


def test_every_limit_names_a_setting_that_exists_or_says_that_it_is_fixed():
    site = Job("a", "zip", "", (), "", 4547, "site", 10, 1024, 256)
    layer = within_layer(site, 5 * 2**20)
    known = {name for name, _, _ in SETTINGS}
    said = [
        limits.vertices(7), limits.area(7), limits.size(7), limits.files(7), limits.rows(7), limits.characters(7),
        *(limit(job) for job in (site, layer) for limit in (limits.unpacked, limits.processor, limits.memory)),
        *(limits.stillness(job, 7) for job in (site, layer)),
    ]  # fmt: skip
    for one in said:
        for language, fixed in (("zh", "固定上限"), ("en", "fixed limit")):
            words = explain(TooLarge("x", limit=one, found=8), language)["what"]
            named = set(re.findall(r"SPATIALHUB_\w+", words))
            assert re.search(r"\d", words) and (named <= known and len(named) == 1) != (fixed in words), words


FAR = 3e12  # metres: integrated along its edges, an area so wide takes minutes


@pytest.mark.parametrize("far", [FAR, 1e9, 1e300])
def test_coordinates_beyond_any_plane_are_refused_however_they_are_typed_or_drawn(far):
    ring = [(467_800.0, 3_846_900.0), (467_900.0, 3_846_900.0), (467_900.0, far), (467_800.0, 3_846_900.0)]
    words = ",".join(f"{x} {y}" for x, y in ring)
    for read in (
        lambda: site_from_wkt(f"POLYGON(({words}))", epsg=4547, crs=4547),
        lambda: site_from_wkt(f"SRID=4547;POLYGON(({words}))", epsg=4547),
        lambda: site_from_drawing({"type": "Polygon", "coordinates": [ring]}, epsg=4547, crs=4547),
        lambda: site_from_drawing({"type": "Polygon", "coordinates": [ring]}, epsg=4547),
    ):
        with pytest.raises(SpatialHubError) as refusal:
            read()
        assert refusal.value.code in ("geometry_invalid", "crs_conflict", "crs_missing", "file_broken")
