"""One way to provoke each refusal of intake, exports, inspect, convert, quality and edges: name → what raises it."""

from __future__ import annotations

import io
import json
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import shapely

from layers.catalog import load_catalogue
from layers.command_parts import version_name
from layers.imports import import_layer
from layers.model import LayerVersion
from layers.quality.rules import rules_for
from layers.quality.run import accept, examine_version
from layers.versions import release_version
from layers.workspace import Workspace, open_workspace
from spatialhub import intake
from spatialhub.db import writing
from spatialhub.exports import Export, write_site
from spatialhub.inspect_command import inspect_command
from spatialhub.intake import child, contain, csv_text, entry
from spatialhub.intake.inspection import inspect_path
from spatialhub.intake.raw import Job
from spatialhub.intake.reading import SiteOptions, site_from_drawing
from spatialhub.intake.site import Wishes
from spatialhub.intake.sites import FeatureFile, FeatureRow, read_features, site_of
from spatialhub.spatial.model import Source
from tests.intake import gis, txt
from tests.intake.gis import SQUARE, geojson, geopackage, shapefile, zipped
from tests.intake.inside import read
from tests.intake.writers import drawing
from tests.layers.fakes import NOW

Provoked = Callable[[Path], object]
CASES: dict[str, Provoked] = {}
_CORNERS = list(SQUARE.exterior.coords)


def case(name: str) -> Callable[[Provoked], Provoked]:
    """Register what provokes a refusal."""

    def keep(function: Provoked) -> Provoked:
        CASES[name] = function
        return function

    return keep


def _file(name: str, content: str | bytes, **options) -> Provoked:
    """A file of some content, read as a site."""
    data = content if isinstance(content, bytes) else content.encode()

    def provoke(folder: Path) -> object:
        path = folder / name
        path.write_bytes(data)
        return read(path, **options)

    return provoke


def _zip(name: str, *members: tuple[str, bytes], **options) -> Provoked:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members:
            archive.writestr(path, content)
    return _file(name, out.getvalue(), **options)


# --- the file from outside ------------------------------------------------------------------------------------------

CASES |= {
    "no such file": lambda folder: intake.read_site(folder / "没有.txt", epsg=4547),
    "empty file": _file("空.txt", ""),
    "DWG": _file("图.dwg", b"AC1032"),
    "xls": _file("点.xls", b"\xd0\xcf"),
    "geodatabase as a folder": _file("库.gdb", b"x"),
    "ovobj": _file("图.ovobj", b"x"),
    "rar": _file("图.rar", b"Rar!"),
    "unknown ending": _file("图.xyz", b"1 2 3"),
    "MapInfo": _file("图.tab", b"!table"),
    "VRT": _file("图.vrt", b"<OGRVRTDataSource/>"),
    "GDALG": _file("图.gdalg", b"{}"),
    "WFS": _file("图.wfs", b"<OGRWFSDataSource/>"),
    "SQLite": _file("图.sqlite", b"SQLite format 3"),
    "Access": _file("图.mdb", b"Standard Jet DB"),
    "DGN": _file("图.dgn", b"x"),
    "7z": _file("图.7z", b"7z"),
    "TopoJSON by its ending": _file("图.topojson", b"{}"),
    "ESRI JSON by its ending": _file("图.esrijson", b"{}"),
    "GDALG in GeoJSON's clothes": _file(
        "图.json", b'{"type": "gdal_streamed_alg", "command_line": "gdal vector read x"}'
    ),
    "no ending": _file("图", b"x"),
    "binary DXF": _file("图.dxf", b"AutoCAD Binary DXF\r\n\x1a\0"),
    "another content than its ending": _file("图.kml", b"PK\x03\x04"),
    "Shapefile alone": _file("图.shp", b"\x00\x00\x27\x0a"),
    "Shapefile uploaded alone": lambda folder: intake.read_site_bytes("图.shp", b"\x00\x00\x27\x0a", epsg=4547),
    "nothing in the encoding": _file("图.txt", b"\xff\xff\xff\x81"),
}


CASES |= {
    "inspect of no file": lambda folder: inspect_command.main([str(folder / "没有.txt")], standalone_mode=False),
    "inspect of a folder": lambda folder: inspect_command.main([str(folder)], standalone_mode=False),
}


@case("larger than a site may be")
def _too_large(folder: Path) -> object:
    from spatialhub.intake.upload import inspect

    (folder / "大.txt").write_bytes(b" " * (2**20 + 1))
    return inspect(folder / "大.txt", max_mib=1)


# --- 界址点 TXT -------------------------------------------------------------------------------------------------------


def _txt(*plots: list[str], system: dict[str, str] | None = None, **options) -> Provoked:
    return _file("地块.txt", txt.text(*plots, system=system), **options)


def _plot(*lines: str) -> list[str]:
    return [txt.header(), *(lines or txt.points(txt.RECTANGLE))]


def _said(**changes: str) -> dict[str, str]:
    return txt.SYSTEM | changes


_PLAIN = [(n, e - 38e6) for n, e in txt.RECTANGLE]
_SWAPPED = [(e, n) for n, e in txt.RECTANGLE]
_SHORT = [(n - 3.8e6, e - 38.4e6) for n, e in txt.RECTANGLE]
CASES |= {
    "TXT without a plot": _file("地块.txt", "[属性描述]\n坐标系=2000国家大地坐标系\n"),
    "TXT without a point": _txt([txt.header()]),
    "TXT with a point before any header": _file("地块.txt", "[地块坐标]\nJ1,1,3847000,38467800\n"),
    "TXT with a short line": _txt(_plot("J1,1,3847000")),
    "TXT with a word for a number": _txt(_plot("J1,1,三八,38467800")),
    "TXT ring of two points": _txt([txt.header(), *txt.points(txt.RECTANGLE[:2], closing="none")]),
    "TXT ring that closes elsewhere": _txt(_plot(*txt.points(txt.RECTANGLE)[:-1], "J1,1,3847000.5,38467800.0")),
    "TXT zone that is none": _txt(_plot(), system=_said(带号="八")),
    "TXT zone against its numbers": _txt(_plot(), system=_said(带号="37")),
    "TXT width against its zone": _txt(_plot(), system=_said(几度分带="6")),
    "TXT points of two zones": _txt(_plot(*txt.points(txt.RECTANGLE)[:3], "J4,1,3847000,39467800")),
    "TXT in Xi'an 80": _txt(_plot(), system=_said(坐标系="1980西安坐标系")),
    "TXT in Beijing 54": _txt(_plot(), system=_said(坐标系="北京54")),
    "TXT in a local system": _txt(_plot(), system=_said(坐标系="郑州城建坐标系")),
    "TXT in another projection": _txt(_plot(), system=_said(投影类型="墨卡托")),
    "TXT in feet": _txt(_plot(), system=_said(计量单位="尺")),
    "TXT easting first": _txt([txt.header(), *txt.points(_SWAPPED)]),
    "TXT cut short": _txt([txt.header(), *txt.points(_SHORT)], system=_said(带号="")),
    "TXT without system": _txt([txt.header(), *txt.points(_PLAIN)], system={}),
    "TXT against --crs": _txt(_plot(), crs=4525),
    "outside the city": _txt(_plot(), frame=gis.moved(SQUARE, 90_000)),
}

# --- GeoJSON, WKT ---------------------------------------------------------------------------------------------------


def _json(value: object, **options) -> Provoked:
    return _file("图.geojson", json.dumps(value), **options)


def _polygon(*ring: tuple) -> dict:
    return {"type": "Polygon", "coordinates": [list(ring)]}


_NAMED = {"type": "name", "properties": {"name": "EPSG:4547"}}
CASES |= {
    "broken JSON": _file("图.geojson", '{"type": '),
    "JSON of NaN": _file("图.geojson", '{"type":"Point","coordinates":[NaN,1]}'),
    "deep JSON": _file("图.geojson", '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"),
    "ESRI JSON": _json({"spatialReference": {"wkid": 4490}, "features": []}),
    "TopoJSON": _json({"type": "Topology", "objects": {}}),
    "GeoJSON of an unknown kind": _json({"type": "Circle", "crs": _NAMED}),
    "GeoJSON position of one number": _json({**_polygon((1,), (2,)), "crs": _NAMED}),
    "GeoJSON ring left open": _json({**_polygon((1, 1), (2, 1), (2, 2), (1, 2)), "crs": _NAMED}),
    "GeoJSON ring too short": _json({**_polygon((1, 1), (2, 1), (1, 1)), "crs": _NAMED}),
    "GeoJSON number beyond all": _file("图.geojson", '{"type":"Point","coordinates":[1e999,1]}'),
    "GeoJSON collection in a collection": _json(
        {"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection", "geometries": []}]}
    ),
    "GeoJSON with a link for its system": _json({**_polygon(*_CORNERS), "crs": {"type": "link", "properties": {}}}),
    "GeoJSON with a system nobody knows": _json(
        {**_polygon(*_CORNERS), "crs": {"type": "name", "properties": {"name": "郑州"}}}
    ),
    "GeoJSON of points": _json({"type": "Point", "coordinates": [467800, 3846900], "crs": _NAMED}),
    "drawing that is no JSON": lambda folder: site_from_drawing({"type": object()}, 4547, SiteOptions()),
    "WKT of nothing": lambda folder: intake.site_from_wkt("", epsg=4547),
    "broken WKT": _file("图.wkt", "POLYGON((1 2,"),
    "WKT with two systems": _file("图.wkt", "SRID=4547;POINT(1 2)\nSRID=4490;POINT(1 2)"),
    "WKT collection": _file("图.wkt", "GEOMETRYCOLLECTION(POINT(1 1))"),
    "WKT of an unknown kind": _file("图.wkt", "MULTICURVE((1 1,2 2))"),
    "WKT too long": _file("图.wkt", "POINT EMPTY" + " " * 5_000_000 + "\nPOINT EMPTY"),
    "WKT not valid and not to be repaired": _file(
        "图.wkt", f"POLYGON(({','.join(2 * ['467800 3846900', '467900 3847000'])},467800 3846900))", crs=4547
    ),
}

# --- XML ------------------------------------------------------------------------------------------------------------

_KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>{}</Placemark></Document></kml>'
_RING = "<outerBoundaryIs><LinearRing><coordinates>{}</coordinates></LinearRing></outerBoundaryIs>"
_GML = '<a xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><b><c>{}</c></b></gml:featureMember></a>'
_GML_RING = "<gml:exterior><gml:LinearRing><gml:posList>{}</gml:posList></gml:LinearRing></gml:exterior>"
_EN = "467800 3846900 467900 3846900 467900 3847000 467800 3846900"


def _gml(inside: str, srs: str = "EPSG:4547", **options) -> Provoked:
    return _file("图.gml", _GML.format(f'<gml:Polygon srsName="{srs}">{inside}</gml:Polygon>'), **options)


CASES |= {
    "broken XML": _file("图.kml", "<kml><Document></kml>"),
    "XML not in its encoding": _file("图.kml", b"<kml><name>\xff\xfe</name></kml>"),
    "XML with a document type": _file("图.kml", '<!DOCTYPE kml [<!ENTITY a "b">]><kml/>'),
    "deep XML": _file("图.kml", "<kml>" + "<Folder>" * 200),
    "KML that is none": _file("图.kml", "<html/>"),
    "KML polygon of no outline": _file("图.kml", _KML.format("<Polygon></Polygon>")),
    "KML ring too short": _file("图.kml", _KML.format(f"<Polygon>{_RING.format('113,34 114,34')}</Polygon>")),
    "KML word for a number": _file("图.kml", _KML.format(f"<Polygon>{_RING.format('113,北 114,34')}</Polygon>")),
    "KMZ without KML": _zip("图.kmz", ("a.png", b"x")),
    "KMZ of several": _zip("图.kmz", ("a.kml", b"<kml/>"), ("b.kml", b"<kml/>")),
    "GML that is none": _file("图.gml", "<a/>"),
    "GML with curves": _gml(
        "<gml:exterior><gml:Ring><gml:curveMember><gml:Curve><gml:Arc/>"
        "</gml:Curve></gml:curveMember></gml:Ring></gml:exterior>"
    ),
    "GML of two systems": _file(
        "图.gml", _GML.format('<gml:Polygon srsName="EPSG:4547"><gml:exterior srsName="EPSG:4490"/></gml:Polygon>')
    ),
    "GML with a system nobody knows": _gml(_GML_RING.format(_EN), srs="郑州"),
    "GML northing first": _gml(_GML_RING.format(" ".join(f"{n} {e}" for e, n in _CORNERS))),
    "GML of Web Mercator": _gml(_GML_RING.format(_EN), srs="EPSG:3857"),
}

# --- DXF, tables ----------------------------------------------------------------------------------------------------


@case("DXF of several layers")
def _two_layers(folder: Path) -> object:
    import ezdxf

    document = ezdxf.new("R2000")
    for layer in ("甲", "乙"):
        document.modelspace().add_lwpolyline(_CORNERS[:-1], close=True, dxfattribs={"layer": layer})
    document.saveas(folder / "图.dxf")
    return read(folder / "图.dxf", crs=4547)


@case("DXF with nothing closed")
def _nothing_closed(folder: Path) -> object:
    import ezdxf

    document = ezdxf.new("R2000")
    document.modelspace().add_lwpolyline(_CORNERS[:-1], dxfattribs={"layer": "甲"})
    document.saveas(folder / "图.dxf")
    return read(folder / "图.dxf", crs=4547)


@case("DXF without a system")
def _dxf_silent(folder: Path) -> object:
    return read(drawing("R2000", "ANSI_936", "gbk")(folder, [SQUARE], 4547))


_HEADS = "点号,X坐标,Y坐标\n"
_ROWS = "\n".join(f"J{i},{n},{e}" for i, (e, n) in enumerate(_CORNERS[:-1], start=1))
CASES |= {
    "DXF with a word for a code": _file("图.dxf", "0\nSECTION\n二\nENTITIES\n"),
    "DXF cut off": _file("图.dxf", "0\nSECTION\n2\nENTITIES\n"),
    "DXF with a word for a number": _file(
        "图.dxf", "0\nSECTION\n2\nENTITIES\n0\nCIRCLE\n10\n东\n20\n1\n40\n1\n0\nENDSEC\n0\nEOF\n"
    ),
    "CSV without heads": _file("点.csv", "a,b\n1,2\n"),
    "CSV without points": _file("点.csv", _HEADS),
    "CSV with an open quote": _file("点.csv", _HEADS + 'J1,"1,2\n'),
    "CSV with a word for a number": _file("点.csv", _HEADS + "J1,北,467800\n"),
    "CSV cut short": _file("点.csv", _HEADS + "J1,46900,67800\nJ2,46900,67900\nJ3,47000,67900\n"),
    "CSV with X and Y alike": _file("点.csv", _HEADS + "J1,467800,468000\nJ2,467900,468000\nJ3,467900,468100\n"),
    "CSV of degrees or of minutes": _file(
        "点.csv", "点号,经度,纬度\n" + "\n".join(f"J{i},113.385{i},34.4512" for i in range(1, 4))
    ),
    "CSV without a system": _file("点.csv", _HEADS + _ROWS),
    "XLSX that is none": _zip("点.xlsx", ("a.xml", b"<a/>")),
    "XLSX without sheets": _zip("点.xlsx", ("xl/workbook.xml", b"<workbook/>")),
    "XLSX with a row beyond all": _zip(
        "点.xlsx",
        ("xl/workbook.xml", b'<workbook xmlns:r="r"><sheet name="a" r:id="i"/></workbook>'),
        ("xl/_rels/workbook.xml.rels", b'<R><Relationship Id="i" Target="worksheets/s.xml"/></R>'),
        ("xl/worksheets/s.xml", b'<s><row r="9999999"/></s>'),
    ),
}


@case("CSV of more rows than any site")
def _many_rows(folder: Path) -> object:
    most = csv_text.MOST_ROWS
    csv_text.MOST_ROWS = 3
    try:
        return read_csv(folder)
    finally:
        csv_text.MOST_ROWS = most


def read_csv(folder: Path) -> object:
    (folder / "点.csv").write_text(_HEADS + _ROWS)
    return read(folder / "点.csv", crs=4547)


# --- archives, GDAL -------------------------------------------------------------------------------------------------

CASES |= {
    "zip that is none": _file("图.zip", b"PK\x03\x04" + b"x" * 50),
    "zip without a Shapefile": _zip("图.zip", ("说明.docx", b"x")),
    "zip with a path out of it": _zip("图.zip", ("../a.shp", b"x")),
    "zip bomb": _zip("图.zip", ("a.shp", b"\0" * (65 * 2**20))),
    "zip of too many files": _zip("图.zip", *((f"{i}.shp", b"") for i in range(1001))),
    "zip without .shx": _zip("图.zip", ("a.shp", b"\x00\x00\x27\x0a")),
    "Shapefile that is none": _zip("图.zip", ("a.shp", b"x" * 100), ("a.shx", b"x" * 100)),
    "Shapefile of a strange kind": _zip(
        "图.zip",
        ("a.shp", b"\x00\x00\x27\x0a" + b"\0" * 28 + struct.pack("<i", 31) + b"\0" * 64),
        ("a.shx", b"x" * 100),
    ),
    "FileGDB that is none": _zip("图.zip", ("a.gdb/gdb", b"x")),
    "FlatGeobuf that is broken": _file("图.fgb", b"fgb\x03fgb\x00" + b"\0" * 50),
    "GeoPackage that is broken": _file("图.gpkg", b"SQLite format 3\0" + b"x" * 100),
}


@case("zip with a link")
def _link(folder: Path) -> object:
    member = zipfile.ZipInfo("a.shp")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(folder / "图.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    return read(folder / "图.zip")


@case("zip with a password")
def _locked(folder: Path) -> object:
    with zipfile.ZipFile(folder / "图.zip", "w") as archive:
        archive.writestr("a.shp", b"x")
    data = bytearray((folder / "图.zip").read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (folder / "图.zip").write_bytes(data)
    return read(folder / "图.zip")


@case("zip of more than may be unpacked")
def _much(folder: Path) -> object:
    from spatialhub.intake.archive import look_over

    with zipfile.ZipFile(folder / "图.zip", "w") as archive:
        archive.writestr("a.shp", b"\0" * (2**20 + 1))
    path = str(folder / "图.zip")
    job = Job("图.zip", "zip", path, (path,), str(folder), 4547, "site", cpu_s=10, memory_mib=1024, unpacked_mib=1)
    return look_over(job)


@case("zip of several Shapefiles")
def _several(folder: Path) -> object:
    for name in ("甲", "乙"):
        shapefile(folder / f"{name}.shp", SQUARE)
    return read(zipped(folder / "图.zip", folder / "甲.shp", folder / "乙.shp"))


@case("Shapefile with a broken table")
def _broken_table(folder: Path) -> object:
    path = shapefile(folder / "图.shp", SQUARE, cpg=False)
    path.with_suffix(".dbf").write_bytes(b"\x03" + b"\0" * 40)
    return read(zipped(folder / "图.zip", path))


@case("Shapefile in Xi'an 80")
def _xian(folder: Path) -> object:
    return read(shapefile(folder / "图.shp", SQUARE, crs="EPSG:2383"))


@case("Shapefile without a system")
def _silent(folder: Path) -> object:
    return read(shapefile(folder / "图.shp", SQUARE, crs=None))


@case("GeoPackage with a view")
def _view(folder: Path) -> object:
    return read(gis.altered(geopackage(folder / "图.gpkg", SQUARE), "CREATE VIEW v AS SELECT load_extension('a')"))


@case("GeoPackage without tables")
def _bare(folder: Path) -> object:
    return read(gis.altered(geopackage(folder / "图.gpkg", SQUARE), "DELETE FROM gpkg_contents"))


@case("more vertices than a site may have")
def _vertices(folder: Path) -> object:
    return read(geojson(folder / "图.geojson", shapely.Point(467800, 3846900).buffer(50, quad_segs=5001)))


@case("larger area than a site may have")
def _area(folder: Path) -> object:
    return read(geojson(folder / "图.geojson", shapely.box(460000, 3846900, 480000, 3866900)))


# --- the contained child --------------------------------------------------------------------------------------------


def _job(folder: Path, name: str = "图.geojson", **changes) -> Job:
    path = geojson(folder / name, SQUARE)
    (folder / "unpacked").mkdir(exist_ok=True)
    values = {
        "name": name,
        "format": "geojson",
        "path": str(path),
        "readable": (str(path),),
        "scratch": str(folder),
        "epsg": 4547,
        "profile": "site",
        "cpu_s": 10,
        "memory_mib": 1024,
        "unpacked_mib": 256,
        "allow_weak": True,
    }
    return Job(**values | changes)  # type: ignore[arg-type]


def _instead(folder: Path, script: str, **changes) -> object:
    """A reader that does something else."""
    before = child._START
    child._START = script
    try:
        return list(child.run(_job(folder, **changes), stall_s=3.0))
    finally:
        child._START = before


CASES |= {
    "reader that crashes": lambda folder: _instead(folder, "import os; os.kill(os.getpid(), 11)"),
    "reader that says nonsense": lambda folder: _instead(folder, "print('x' * 99)"),
    "reader that stands still": lambda folder: _instead(folder, "import time; time.sleep(60)"),
    "reader out of time": lambda folder: _instead(folder, "import os; os.kill(os.getpid(), 24)"),
}


def _doing(folder: Path, *lines: str) -> object:
    """The reader with something else in place of its reading."""
    begin = child._START.split("from spatialhub")[0]
    then = ["def instead(job, out):", *(f"    {one}" for one in lines)]
    rest = ["import spatialhub.intake.entry as entry", *then, "entry._read = instead", "entry.main()"]
    return _instead(folder, "\n".join([begin.replace("; ", "\n"), *rest]))


CASES |= {
    "reader out of memory": lambda folder: _doing(folder, "raise MemoryError"),
    "reader out of memory inside GEOS": lambda folder: _doing(
        folder, "import shapely", "raise shapely.errors.GEOSException('std::bad_alloc')"
    ),
    "reader that writes too much": lambda folder: _doing(
        folder,
        "from spatialhub.intake import contain",
        "contain.limit(contain.Limits(5, 1024, 1))",
        "open(job.scratch + '/a', 'wb').write(bytes(2**21))",
    ),
}


@case("time used up between chunks")
def _time(folder: Path) -> object:
    from spatialhub.intake import pipeline, readers

    spent = pipeline._spent_s
    clock = iter(range(0, 10_000, 100))
    pipeline._spent_s = lambda: float(next(clock))
    try:
        return pipeline.send(readers.open_file(job := _job(folder)), job, io.BytesIO(), missing=())
    finally:
        pipeline._spent_s = spent


@case("machine without walls")
def _weak(folder: Path) -> object:
    kept = {name: getattr(contain, name) for name in ("leave_network", "die_with_parent", "limit", "keep_to")}
    contain.leave_network, contain.die_with_parent = lambda: ("namespaces",), lambda: None
    contain.limit, contain.keep_to = lambda limits: (), lambda *a: ()
    drivers, entry._foreign_drivers = entry._foreign_drivers, lambda job: ()
    try:
        return entry._read(_job(folder, allow_weak=False), io.BytesIO())
    finally:
        for name, value in kept.items():
            setattr(contain, name, value)
        entry._foreign_drivers = drivers


# --- many sites, options, exports -----------------------------------------------------------------------------------


def _features(geometry: shapely.Geometry, **row) -> object:
    source = Source("图.geojson", "0" * 64, "GeoJSON", "EPSG:4547", "utf-8")
    one = FeatureRow("图.geojson#1", "", shapely.to_wkb(geometry), {}, **row)
    return site_of(one, FeatureFile(source, 4547, 4547, "file", (), (one,), ()), Wishes())


@case("batch feature of too many vertices")
def _feature_vertices(folder: Path) -> object:
    return _features(shapely.Point(467800, 3846900).buffer(50, quad_segs=5001))


@case("batch without areas")
def _no_features(folder: Path) -> object:
    return read_features(geojson(folder / "图.geojson", shapely.Point(467800, 3846900)), epsg=4547)


@case("batch feature without area")
def _one_without(folder: Path) -> object:
    file = read_features(geojson(folder / "图.geojson", SQUARE, shapely.Point(467800, 3846900)), epsg=4547)
    return site_of(file.rows[1], file, Wishes())


@case("batch feature that cannot be repaired")
def _unrepairable(folder: Path) -> object:
    spike = shapely.Polygon([(467800, 3846900), (467900, 3846900), (467800, 3846900), (467800, 3846900)])
    file = read_features(geojson(folder / "图.geojson", SQUARE, spike), epsg=4547)
    return site_of(file.rows[1], file, Wishes())


def _exported(target: str, export: Export | None = None, name: str = "地块") -> Provoked:
    def provoke(folder: Path) -> object:
        path = geojson(folder / "图.geojson", SQUARE, rows=[{"name": name}])
        return write_site(read(path), folder / target, export)

    return provoke


CASES |= {
    "level that is none": lambda folder: Wishes(level="半空"),
    "remedy that is none": lambda folder: intake.read_site(
        geojson(folder / "图.geojson", SQUARE), epsg=4547, accept=("guess",)
    ),
    "inspect of another datum": lambda folder: inspect_path(
        geojson(folder / "图.geojson", SQUARE), epsg=4547, accept=("read-as=EPSG:3857",)
    ),
    "export to an unknown ending": _exported("图.dwg"),
    "export to a folder that is not there": _exported("没有/图.kml"),
    "export to another datum": _exported("图.gpkg", Export(epsg=2383)),
    "export of TXT in degrees": _exported("图.txt", Export(epsg=4490)),
    "export of DXF in degrees": _exported("图.dxf", Export(epsg=4490)),
    "export of KML in metres": _exported("图.kml", Export(epsg=4547)),
    "export of a letter that GBK lacks": _exported("图.zip", name="𠮷地"),
    "export of a name too long": _exported("图.zip", name="长" * 200),
}


@case("export that the disk refuses")
def _full(folder: Path) -> object:
    from spatialhub import exports

    replace = exports.os.replace

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    site = read(geojson(folder / "图.geojson", SQUARE))
    exports.os.replace = refuse
    try:
        return write_site(site, folder / "图.kml")
    finally:
        exports.os.replace = replace


# --- layer quality --------------------------------------------------------------------------------------------------


@contextmanager
def _examined(folder: Path) -> Iterator[tuple[Workspace, LayerVersion]]:
    """A version of two parcels that overlap, examined."""
    space = open_workspace(folder / "home", "zhengzhou")
    path = geopackage(folder / "survey.gpkg", SQUARE, gis.moved(SQUARE, 50), DLBM=["0702", "0702"])
    version = import_layer(space, space.catalogue.entry("survey"), path, who="王", now=NOW, coverage="city")
    examine_version(space, version, who="王", now=NOW, language="zh")
    try:
        yield space, version
    finally:
        space.engine.dispose()


def _accepting(rule: str, reason: str, *findings: str) -> Provoked:
    def provoke(folder: Path) -> object:
        with _examined(folder) as (space, version):
            return accept(space, version, rule=rule, findings=findings, reason=reason, who="李", now=NOW)

    return provoke


CASES |= {
    "acceptance without a reason": _accepting("overlap", " "),
    "acceptance of a rule that is none": _accepting("nonsense", "待补测"),
    "acceptance of a finding that is none": _accepting("overlap", "待补测", "000000000000"),
    "quality of no version": lambda folder: version_name(None, click.Argument(["name"]), "survey@x"),
}


@case("quality report that is gone")
def _gone(folder: Path) -> object:
    with _examined(folder) as (space, version):
        shutil.rmtree(space.home / "quality")
        return accept(space, version, rule="overlap", findings=(), reason="待补测", who="李", now=NOW)


@case("release of what blocks")
def _blocks(folder: Path) -> object:
    with _examined(folder) as (space, version), writing(space.engine) as session:
        return release_version(session, version, who="李", steward="", now=NOW)


@case("quality rule without its value")
def _rule(folder: Path) -> object:
    path = folder / "own.toml"
    path.write_text(
        'schema = 1\nholds = "quality"\n[[rule]]\nkey = "a"\ncheck = "long_edge"\nlayers = ["all"]\n'
        'severity = "note"\nsource = "本局"\n',
        "utf-8",
    )
    catalogue = load_catalogue()
    return rules_for(catalogue.entry("survey"), city="zhengzhou", known=list(catalogue.entries), files=[path])
