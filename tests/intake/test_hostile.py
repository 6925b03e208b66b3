"""Files that want something: refused fast, with no leak, no request, no crash (security.md)."""

from __future__ import annotations

import http.server
import math
import stat
import struct
import threading
import time
import zipfile

import ezdxf
import pytest
import shapely

from spatialhub.errors import BrokenFile, InvalidGeometry, NoArea, SpatialHubError, TooLarge, UnknownFormat, UnsafeFile
from spatialhub.intake import read_layer, read_site, read_site_bytes
from spatialhub.messages import explain
from tests.intake.gis import DEGREES, SQUARE, altered, geojson, geopackage, shapefile, zipped

VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.fixture
def listener():
    """A server on this machine that counts whoever calls it."""
    calls = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", calls
    server.shutdown()


def refused(read, *kinds, within_s=8.0):
    """The refusal, which came in time and says in both languages what and what to do."""
    start = time.monotonic()
    with pytest.raises(kinds or SpatialHubError) as refusal:
        read()
    assert time.monotonic() - start < within_s
    for language in ("zh", "en"):
        said = explain(refusal.value, language)
        assert said["what"]
        assert said["remedy"]
        assert "—" not in said["what"]
    return refusal.value


@pytest.mark.parametrize("name", ["a.shp", "a.geojson", "a.json", "a.gpkg", "a.zip", "a.txt", "a.wkt"])
def test_vrt_under_any_name_is_a_disguise(tmp_path, name):
    secret = geopackage(tmp_path / "secret.gpkg", SQUARE, DKMC=["秘密"])
    (tmp_path / "a.shx").write_bytes(b"x")
    (tmp_path / name).write_text(VRT.format(secret))
    refused(lambda: read_site(tmp_path / name, epsg=4547), UnsafeFile)
    data = (tmp_path / name).read_bytes()
    refused(lambda: read_site_bytes(name, data, epsg=4547, origin="web"), UnsafeFile, BrokenFile)


def test_vrt_by_its_own_name_is_no_format(tmp_path):
    (tmp_path / "a.vrt").write_text(VRT.format("/etc/passwd"))
    refused(lambda: read_site(tmp_path / "a.vrt", epsg=4547), UnknownFormat)


def test_vrt_inside_a_zip_is_not_unpacked(tmp_path):
    secret = geopackage(tmp_path / "secret.gpkg", SQUARE)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.vrt", VRT.format(secret))
    refused(lambda: read_site(path, epsg=4547), BrokenFile)
    with zipfile.ZipFile(path, "w") as archive:
        for suffix in (".shp", ".shx", ".dbf"):
            archive.writestr("a" + suffix, VRT.format(secret))
    refused(lambda: read_site(path, epsg=4547), BrokenFile)


def test_linked_crs_makes_no_request(tmp_path, listener):
    address, calls = listener
    for kind in ("link", "url"):
        member = {"type": kind, "properties": {"href": f"{address}/crs", "url": f"{address}/crs"}}
        path = geojson(tmp_path / "a.geojson", DEGREES, crs=member)
        refused(lambda path=path: read_site(path, epsg=4547), UnsafeFile)
    assert calls == []


def test_address_in_a_prj_makes_no_request(tmp_path, listener):
    address, calls = listener
    path = shapefile(tmp_path / "a.shp", SQUARE)
    path.with_suffix(".prj").write_text(f"{address}/prj")
    refused(lambda: read_site(zipped(tmp_path / "a.zip", path), epsg=4547))
    assert calls == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x AS fid, x FROM c",
        "CREATE VIRTUAL TABLE v USING fts5(x)",
        "CREATE TRIGGER innocent AFTER INSERT ON 地块 BEGIN DELETE FROM 地块; END",
    ],
)
def test_geopackage_that_computes_is_unsafe(tmp_path, statement):
    path = altered(geopackage(tmp_path / "a.gpkg", SQUARE), statement)
    refused(lambda: read_site(path, epsg=4547), UnsafeFile)


def test_table_of_another_driver_written_by_hand_is_unsafe(tmp_path):
    path = altered(
        geopackage(tmp_path / "a.gpkg", SQUARE),
        "PRAGMA writable_schema=ON",
        "INSERT INTO sqlite_master VALUES('table','v','v',0,'CREATE VIRTUAL TABLE v USING VirtualOGR(''/etc'')')",
    )
    refused(lambda: read_site(path, epsg=4547), UnsafeFile, BrokenFile)


def test_geopackage_torn_in_the_middle_is_broken(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", SQUARE)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3])
    refused(lambda: read_site(path, epsg=4547), BrokenFile, NoArea)
    path.write_bytes(b"SQLite format 3\0" + b"\0" * 4096)
    refused(lambda: read_site(path, epsg=4547), BrokenFile)


def test_zip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.shp", "w") as file:
        for _ in range(256):
            file.write(bytes(2**20))
    refused(lambda: read_site(path, epsg=4547), UnsafeFile, within_s=3)


def test_zip_that_lies_about_its_sizes_is_broken(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", bytes(50 * 2**20))
    data = bytearray(path.read_bytes())
    size = struct.pack("<I", 50 * 2**20)
    path.write_bytes(bytes(data).replace(size, struct.pack("<I", 100)))
    refused(lambda: read_site(path, epsg=4547), BrokenFile)


@pytest.mark.parametrize("name", ["../a.shp", "/etc/a.shp", "x/../../a.shp", "C:\\a.shp"])
def test_zip_with_a_path_that_leaves_is_unsafe(tmp_path, name):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    refused(lambda: read_site(path, epsg=4547), UnsafeFile)


def test_zip_with_a_link_is_unsafe(tmp_path):
    path, link = tmp_path / "a.zip", zipfile.ZipInfo("a.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    refused(lambda: read_site(path, epsg=4547), UnsafeFile)


def test_zip_of_thousands_of_files_is_too_large(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.txt", "")
    refused(lambda: read_site(path, epsg=4547), TooLarge)


def test_endless_vertices_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setenv("SPATIALHUB_SITE_MAX_VERTICES", "500")
    path = geojson(tmp_path / "a.geojson", shapely.Point(467800, 3846900).buffer(100, quad_segs=200))
    assert refused(lambda: read_site(path, epsg=4547), TooLarge).params["found"] == 801


def test_circles_within_circles_are_too_many_before_each_is_held_against_each(tmp_path):
    document = ezdxf.new("R2010")
    for radius in range(1, 4001):
        document.modelspace().add_circle((467800, 3846900), radius / 10, dxfattribs={"layer": "红线"})
    document.saveas(tmp_path / "a.dxf")
    refusal = refused(lambda: read_site(tmp_path / "a.dxf", epsg=4547, crs=4547), TooLarge)
    assert refusal.params["found"] > 100_000 and "顶点" in explain(refusal, "zh")["what"]


def test_endless_rows_of_a_table_are_too_many_points(tmp_path, monkeypatch):
    monkeypatch.setenv("SPATIALHUB_SITE_MAX_VERTICES", "500")
    rows = "".join(f"J{i},{3846900 + i},{467800 + i % 7}\n" for i in range(501))
    (tmp_path / "a.csv").write_text("点号,北坐标,东坐标\n" + rows)
    refusal = refused(lambda: read_site(tmp_path / "a.csv", epsg=4547, crs=4547), TooLarge)
    assert refusal.params["found"] == 501


def star(points: int) -> shapely.Polygon:
    """Every edge crosses nearly every other."""
    step = points // 2 - 1 | 1
    angles = [2 * math.pi * (i * step % points) / points for i in range(points + 1)]
    return shapely.Polygon([(467800 + 100 * math.cos(a), 3846900 + 100 * math.sin(a)) for a in angles])


def test_star_that_would_take_minutes_is_given_up_in_seconds(tmp_path):
    path = geojson(tmp_path / "a.geojson", star(4001))
    refused(lambda: read_site(path, epsg=4547), InvalidGeometry, within_s=12)


def test_star_in_a_layer_leaves_a_hole_and_the_rest_is_read(tmp_path):
    path = geojson(tmp_path / "a.geojson", SQUARE, star(4001), SQUARE.buffer(3))
    with read_layer(path, epsg=4547) as reading:
        kept = sum(len(chunk.geometries) for chunk in reading)
    assert (kept, len(reading.holes)) == (2, 1)
    assert [issue.place for issue in reading.issues if issue.code == "unrepairable"] == ["a.geojson#2"]


def test_json_that_needs_more_memory_than_allowed_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setenv("SPATIALHUB_SITE_MEMORY_MIB", "64")
    path = tmp_path / "a.geojson"
    path.write_text('{"type":"FeatureCollection","features":[' + ",".join(["[[[[[]]]]]"] * 1_500_000) + "]}")
    refused(lambda: read_site(path, epsg=4547), TooLarge)


def test_upload_larger_than_the_limit_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setenv("SPATIALHUB_SITE_MAX_MIB", "1")
    refused(lambda: read_site_bytes("a.txt", b"x" * 2**21, epsg=4547), TooLarge, within_s=1)


def test_site_of_a_whole_province_is_too_large(tmp_path):
    path = geojson(tmp_path / "a.geojson", shapely.box(400000, 3800000, 440000, 3840000))
    refused(lambda: read_site(path, epsg=4547), TooLarge)


@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "a\0b.txt", "甲" * 300 + ".txt", "..\\..\\x.txt", ".txt"])
def test_names_of_uploads_never_become_paths(name):
    refused(lambda: read_site_bytes(name, b"nothing to see", epsg=4547), BrokenFile, UnknownFormat)


def test_formats_that_are_not_read_are_named_with_the_way_out():
    for name, word in (
        ("a.dwg", "DXF"),
        ("a.xls", ".xlsx"),
        ("a.gdb", ".zip"),
        ("a.ovobj", ".ovkml"),
        ("a.rar", ".zip"),
        ("a", "没有扩展名"),
    ):
        refusal = refused(lambda name=name: read_site_bytes(name, b"AC1015", epsg=4547), UnknownFormat)
        said = explain(refusal, "zh")
        assert word in said["what"] + said["remedy"]


@pytest.mark.parametrize("seed", range(6))
def test_bytes_changed_at_random_are_read_or_refused_never_a_fault(tmp_path, seed):
    import random

    shuffle = random.Random(seed)
    files = [
        zipped(tmp_path / "a.zip", shapefile(tmp_path / "s.shp", SQUARE, columns={"DKMC": ["甲"]})),
        geopackage(tmp_path / "a.gpkg", SQUARE),
        geojson(tmp_path / "a.geojson", SQUARE),
    ]
    for path in files:
        data = bytearray(path.read_bytes())
        for _ in range(12):
            data[shuffle.randrange(16, len(data))] = shuffle.randrange(256)
        path.write_bytes(bytes(data))
        try:
            read_site(path, epsg=4547)
        except SpatialHubError as refusal:
            assert explain(refusal, "en")["remedy"]


def test_geopackage_whose_damage_is_no_text_is_broken(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", SQUARE)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CREATE \xff\xffBLE"))
    refused(lambda: read_site(path, epsg=4547), BrokenFile)


@pytest.mark.parametrize("far", [1e9, 1e12, 1e300])
def test_coordinate_beyond_any_plane_is_refused_before_an_area_is_integrated_along_it(tmp_path, far):
    shape = shapely.Polygon([(467800, 3846900), (467900, 3846900), (467900, far), (467800, 3847000)])
    start = time.monotonic()
    with pytest.raises(InvalidGeometry):
        read_site(geojson(tmp_path / "a.geojson", shape), epsg=4547)
    assert time.monotonic() - start < 8
    beside = geojson(tmp_path / "b.geojson", shape, SQUARE)
    with read_layer(beside, epsg=4547) as reading:
        assert sum(len(chunk.places) for chunk in reading) == 1
    assert "unrepairable" in [issue.code for issue in reading.issues]


@pytest.mark.parametrize("name", ["a.kml", "a.gml", "a.ovkml", "a.xml"])
@pytest.mark.parametrize("start", ['<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "<!DOCTYPE kml>"])
def test_document_type_is_unsafe(tmp_path, name, start):
    (tmp_path / name).write_text(f"<?xml version='1.0'?>{start}<kml><Placemark><name>&x;</name></Placemark></kml>")
    refused(lambda: read_site(tmp_path / name, epsg=4547), UnsafeFile)


@pytest.mark.parametrize("name", ["a.kml", "a.gml"])
def test_deep_xml_is_unsafe(tmp_path, name):
    (tmp_path / name).write_text("<kml>" + "<a>" * 100_000)
    refused(lambda: read_site(tmp_path / name, epsg=4547), UnsafeFile)


def test_deep_xml_inside_archives_is_unsafe(tmp_path):
    for name, member in (("a.kmz", "doc.kml"), ("a.xlsx", "xl/workbook.xml")):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, "<kml>" + "<a>" * 100_000)
        refused(lambda name=name: read_site(tmp_path / name, epsg=4547), UnsafeFile)


def test_links_in_a_kml_are_passed_over_and_not_followed(tmp_path, listener):
    address, calls = listener
    square = "113.65,34.75 113.66,34.75 113.66,34.76 113.65,34.75"
    ring = f"<LinearRing><coordinates>{square}</coordinates></LinearRing>"
    (tmp_path / "a.kml").write_text(
        f"<kml><Document><NetworkLink><Link><href>{address}/x.kml</href></Link></NetworkLink>"
        f"<Placemark><styleUrl>{address}/s#a</styleUrl><Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
        "</Placemark></Document></kml>"
    )
    site = read_site(tmp_path / "a.kml", epsg=4547)
    assert "kml_passed_over" in [issue.code for issue in site.issues]
    assert calls == []


def test_schema_and_links_of_a_gml_are_not_fetched(tmp_path, listener):
    address, calls = listener
    square = "467800 3846900 467900 3846900 467900 3847000 467800 3846900"
    (tmp_path / "a.gml").write_text(
        f'<FeatureCollection xmlns:xlink="x" xsi:schemaLocation="a {address}/a.xsd" xmlns:xsi="y"><member><F>'
        f'<also xlink:href="{address}/f.gml"/><Polygon srsName="EPSG:4547"><exterior><LinearRing><posList>{square}'
        "</posList></LinearRing></exterior></Polygon></F></member></FeatureCollection>"
    )
    assert len(read_site(tmp_path / "a.gml", epsg=4547).parts) == 1
    assert calls == []


@pytest.mark.parametrize("name", ["a.fgb", "a.zip", "a.kmz", "a.xlsx", "a.dxf", "a.csv", "a.kml", "a.gml"])
def test_noise_under_any_ending_is_refused(tmp_path, name):
    import random

    heads = {"a.fgb": b"fgb\x03fgb\x00", "a.zip": b"PK\x03\x04", "a.kmz": b"PK\x03\x04", "a.xlsx": b"PK\x03\x04"}
    noise = random.Random(name).randbytes(3000)
    (tmp_path / name).write_bytes(heads.get(name, b"") + noise)
    refused(lambda: read_site(tmp_path / name, epsg=4547))
    refused(lambda: read_site_bytes(name, heads.get(name, b"") + noise, epsg=4547, origin="web"))


def test_only_files_of_a_geodatabase_are_unpacked_from_its_folder(tmp_path):
    secret = geopackage(tmp_path / "secret.gpkg", SQUARE)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.gdb/a00000001.gdbtable", b"x" * 200)
        archive.writestr("a.gdb/x.vrt", VRT.format(secret))
    refused(lambda: read_site(tmp_path / "a.zip", epsg=4547), BrokenFile)
