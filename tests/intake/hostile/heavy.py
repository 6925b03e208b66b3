"""Attacks on time and memory: what nests, what crosses, what is no number, what never ends."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

import shapely

from tests.intake import gis, txt
from tests.intake.hostile import shapes
from tests.intake.hostile.carriers import altered
from tests.intake.hostile.payloads import CRS, Attack, Payload, decoy, members_of, text_attack, written, zipped
from tests.intake.hostile.pointing import KML_SQUARE
from tests.intake.hostile.trap import Trap

_GEOMETRIC = (
    "geojson", "shp utf-8 with cpg", "gpkg", "gdb", "fgb", "gml GML3.2", "kml by gdal", "ewkt", "txt utf-8",
    "dxf r2000", "csv utf-8 with mark", "xlsx",
)  # fmt: skip
_DEEP = 50_000


def _of_shape(*geometries: shapely.Geometry, variants: tuple[str, ...] = _GEOMETRIC):
    def made(_: Trap) -> Iterator[Payload]:
        for one in variants:
            yield written(one, *geometries)
        yield Payload("shapes.kmz", zipped(("doc.kml", written("kml by gdal", *geometries).data)))

    return made


def _deep_text(_: Trap) -> Iterator[Payload]:
    wkt = "GEOMETRYCOLLECTION(" * 100_000 + "POINT(1 1)" + ")" * 100_000
    yield text_attack("deep.wkt", wkt, CRS)
    yield text_attack("brackets.wkt", "POLYGON" + "(" * 100_000 + "1 1" + ")" * 100_000, CRS)
    yield text_attack("deep.csv", f"点号,X坐标,Y坐标,WKT\nJ1,1,2,{wkt[:15_000]}\n", CRS)
    shape = '{"type":"GeometryCollection","geometries":[' * _DEEP + "]}" * _DEEP
    yield text_attack("deep.geojson", shape)
    yield text_attack("arrays.geojson", '{"type":"Polygon","coordinates":' + "[" * 100_000 + "]" * 100_000 + "}")
    yield text_attack("deep.kml", "<kml><Placemark>" + "<MultiGeometry>" * _DEEP + "</MultiGeometry>" * _DEEP)
    yield text_attack("deep.gml", "<c xmlns:g='http://www.opengis.net/gml'><g:featureMember><f>"
                      + "<g:MultiGeometry><g:geometryMember>" * _DEEP)  # fmt: skip
    yield Payload("deep.kmz", zipped(("doc.kml", b"<kml>" + b"<a>" * 100_000)))
    yield Payload("deep.xlsx", zipped(("xl/workbook.xml", b"<a>" * 100_000)))


def _deep_bytes(_: Trap) -> Iterator[Payload]:
    blob = shapes.in_geopackage(shapes.nested_wkb(_DEEP))
    yield Payload("deep.gpkg", altered(decoy("gpkg").data, ("UPDATE dk SET geom = ?", (blob,))))
    yield Payload("deep.fgb", shapes.nested_flatgeobuf(_DEEP))


def _billion_laughs(_: Trap) -> Iterator[Payload]:
    entities = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    head = f'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "ha">{entities}]>'
    yield text_attack("laughs.kml", f"{head}<kml><Placemark><name>&j;</name>{KML_SQUARE}</Placemark></kml>")
    yield text_attack("laughs.gml", f"{head}<c>&j;</c>")
    yield Payload("laughs.kmz", zipped(("doc.kml", f"{head}<kml>&j;</kml>".encode())))
    yield Payload("laughs.xlsx", zipped(("xl/workbook.xml", f"{head}<workbook>&j;</workbook>".encode())))


def _not_finite(_: Trap) -> Iterator[Payload]:
    for word in ("NaN", "Infinity", "-Infinity", "1e999"):
        rings = f"[[[467800,3846900],[467900,{word}],[467900,3847000],[467800,3846900]]]"
        yield text_attack(f"{word}.geojson", f'{{"type":"Polygon","coordinates":{rings}}}', CRS)
    for word in ("nan", "inf", "1e999"):
        ring = f"467800 3846900,467900 {word},467900 3847000,467800 3846900"
        yield text_attack(f"{word}.wkt", f"SRID={CRS};POLYGON(({ring}))")
        yield text_attack(
            f"{word}.csv", f"点号,X坐标,Y坐标\nJ1,3846900,467800\nJ2,{word},467900\nJ3,3847000,467900\n", CRS
        )
        square = KML_SQUARE.replace("34.75 ", f"{word} ", 1)
        yield text_attack(f"{word}.kml", f"<kml><Placemark>{square}</Placemark></kml>")
        sound = decoy("dxf r2000").data.decode("gb18030")
        yield text_attack(f"{word}.dxf", sound.replace("467800.0", word).encode("gb18030"), CRS)
        plot = [txt.header(), *txt.points(txt.RECTANGLE)]
        yield text_attack(f"{word}.txt", txt.text(plot).replace("3847000.000", word, 1))
    for value in (math.nan, math.inf):
        given, wanted = struct.pack("<d", 467_900.0), struct.pack("<d", value)  # writers refuse: so by hand
        for variant in ("gpkg", "fgb"):
            sound = decoy(variant)
            yield Payload(f"{value}{sound.ending}", sound.data.replace(given, wanted))
        members = members_of(decoy("shp utf-8 with cpg").data)
        yield Payload(f"{value}.zip", zipped(*((name, data.replace(given, wanted)) for name, data in members)))


def _far(_: Trap) -> Iterator[Payload]:
    for far in (1e9, 1e12, 1e300):
        shape = shapely.Polygon([(467_800, 3_846_900), (467_900, 3_846_900), (467_900, far), (467_800, 3_847_000)])
        for variant in ("geojson", "shp utf-8 with cpg", "gpkg", "gdb", "fgb", "ewkt", "dxf r2000"):
            if variant != "gdb" or far < 1e10:  # its own grid ends there
                yield written(variant, shape)


def _endless_lines(_: Trap) -> Iterator[Payload]:
    line = "1234567890" * 1_000_000
    yield text_attack("line.txt", line)
    yield text_attack("line.csv", "点号,X坐标,Y坐标\n" + line, CRS)
    yield text_attack("line.dxf", "  0\nSECTION\n  2\n" + line, CRS)
    yield text_attack("quote.csv", '点号,X坐标,Y坐标\nJ1,"' + "1\n" * 2_000_000, CRS)
    yield text_attack("digits.geojson", '{"type":"Polygon","coordinates":[[[' + "9" * 3_000_000 + ",1]]]}")
    yield text_attack("digits.wkt", "POLYGON((" + "1" * 3_000_000 + " 1))", CRS)
    yield text_attack("spaces.wkt", "POLYGON((1 1," + " " * 3_900_000 + "x))", CRS)
    yield text_attack("srid.wkt", "SRID=" + " " * 3_900_000, CRS)
    yield text_attack("name.kml", "<kml><Placemark><name>" + "x" * 20_000_000)
    yield text_attack("attribute.kml", "<kml " + " ".join(f'a{i}="1"' for i in range(500_000)) + ">")
    yield text_attack("declaration.gml", "<?xml " + " " * 10_000_000)
    yield text_attack("heads.csv", ",".join(["X坐标", "Y坐标"] * 1_000_000) + "\n", CRS)
    yield text_attack("equals.txt", "a=" * 5_000_000 + "\n")
    yield text_attack("at.txt", "[地块坐标]\n" + ",@" * 3_000_000)


def _many(_: Trap) -> Iterator[Payload]:
    """Little that becomes much: shapes without number, a table of a million rows, rings in rings."""
    circle = "  0\nCIRCLE\n  8\n0\n 10\n{}\n 20\n3846900\n 40\n{}\n"
    parts = "".join(circle.format(467_800 + i % 7, 10 + i / 100) for i in range(20_000))
    yield text_attack("circles.dxf", f"  0\nSECTION\n  2\nENTITIES\n{parts}  0\nENDSEC\n  0\nEOF\n", CRS)
    huge = circle.format("467800", "1e300") + circle.format("1e300", "1")
    yield text_attack("huge.dxf", f"  0\nSECTION\n  2\nENTITIES\n{huge}  0\nENDSEC\n  0\nEOF\n", CRS)
    bulge = "  0\nLWPOLYLINE\n  8\n0\n 70\n1\n" + " 10\n1\n 20\n1\n 42\n{0}\n 10\n9\n 20\n9\n 42\n{0}\n".format("1e300")
    yield text_attack("bulge.dxf", f"  0\nSECTION\n  2\nENTITIES\n{bulge}  0\nENDSEC\n  0\nEOF\n", CRS)
    block = "  0\nBLOCK\n  2\n{0}\n" + "  0\nINSERT\n  2\n{1}\n" * 10 + "  0\nENDBLK\n"
    blocks = "".join(block.format(f"B{i}", f"B{(i + 1) % 20}") for i in range(20))
    section = "  0\nSECTION\n  2\n"
    yield text_attack("insert.dxf", f"{section}BLOCKS\n{blocks}  0\nENDSEC\n{section}ENTITIES\n  0\n"
                      "INSERT\n  8\n0\n  2\nB0\n  0\nENDSEC\n  0\nEOF\n", CRS)  # fmt: skip
    square = shapely.to_geojson(gis.DEGREES)
    feature = f'{{"type":"Feature","properties":{{}},"geometry":{square}}}'
    yield text_attack("many.geojson", '{"type":"FeatureCollection","features":[' + ",".join([feature] * 50_000) + "]}")
    yield text_attack("placemarks.kml", "<kml>" + f"<Placemark>{KML_SQUARE}</Placemark>" * 50_000 + "</kml>")
    fields = ",".join(f'"f{i}":1' for i in range(200))
    wide = ",".join(
        f'{{"type":"Feature","properties":{{{fields.replace("f", f"g{j}_")}}},"geometry":null}}' for j in range(2000)
    )
    yield text_attack("fields.geojson", '{"type":"FeatureCollection","features":[' + wide + "]}")
    yield text_attack("rows.csv", "点号,X坐标,Y坐标\n" + "\n" * 3_000_000, CRS)
    sheet = "<worksheet><sheetData><row r='1000000'><c r='XFD1'><v>1</v></c></row></sheetData></worksheet>"
    links = "".join(f"<Relationship Id='r{i}' Target='worksheets/sheet1.xml'/>" for i in range(50))
    sheets = "".join(f"<sheet name='s{i}' id='r{i}'/>" for i in range(50))
    yield Payload("dimensions.xlsx", zipped(("xl/workbook.xml", f"<workbook>{sheets}</workbook>".encode()),
                  ("xl/_rels/workbook.xml.rels", f"<Relationships>{links}</Relationships>".encode()),
                  ("xl/worksheets/sheet1.xml", sheet.encode())), CRS)  # fmt: skip


def _zeros(_: Trap) -> Iterator[Payload]:
    for name, data in (("a.txt", b"\0"), ("a.csv", b"\0"), ("a.dxf", b"\0"), ("a.wkt", b"\0")):
        yield Payload(name, data * 1000, CRS)
    plot = txt.text([txt.header(), *txt.points(txt.RECTANGLE)])
    yield text_attack("later.txt", plot + "x" * 2000 + "\0" * 10)
    rows = "点号,X坐标,Y坐标\n" + "J1,1,2\n" * 300
    yield text_attack("later.csv", rows + "J2,\0,3\n", CRS)
    yield text_attack("later.kml", "<kml>" + " " * 2000 + "\0</kml>")
    yield text_attack("wide.txt", b"\xff\xfe" + b"\0\xd8" * 4000)  # halves of pairs
    yield text_attack("wide.csv", b"\xff\xfe" + b"x\0" * 3000 + b"\n", CRS)


_REFUSED = (
    "file_unsafe", "file_broken", "file_too_large", "geometry_invalid", "no_area", "choice_needed", "crs_missing",
    "crs_conflict", "outside_frame",
)  # fmt: skip
ATTACKS = (
    Attack("deep text", _deep_text, codes=("file_unsafe", "file_broken")),
    Attack("deep bytes", _deep_bytes, codes=("file_broken", "no_area", "file_unsafe")),
    Attack("billion laughs", _billion_laughs, codes=("file_unsafe",)),
    Attack("star of 500", _of_shape(shapes.star(501)), harmless=True, codes=_REFUSED),
    Attack("star of 4000", _of_shape(shapes.star(4001), variants=_GEOMETRIC), codes=_REFUSED),
    Attack("combs across", _of_shape(shapes.comb(), shapes.comb(across=True)), harmless=True, codes=_REFUSED),
    Attack("not finite", _not_finite, codes=(*_REFUSED, "crs_refused")),
    Attack("far beyond any plane", _far, codes=_REFUSED),
    Attack("endless lines", _endless_lines, codes=(*_REFUSED, "format_unknown")),
    Attack("much of little", _many, harmless=True, codes=_REFUSED),
    Attack("zeros in text", _zeros, codes=_REFUSED),
)  # fmt: skip
