"""KML, KMZ, OVKML and GML: what is an area, which order the numbers are in, what is refused and said."""

from __future__ import annotations

import zipfile

import pytest
import shapely

from spatialhub.errors import BrokenFile, ChoiceNeeded, CrsRefused, NoArea
from tests.intake.inside import codes, read, values, words

SQUARE = "113.65,34.75 113.66,34.75 113.66,34.76 113.65,34.76 113.65,34.75"
HOLE = "113.652,34.752 113.655,34.752 113.655,34.755 113.652,34.752"


def ring(text):
    return f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"


def polygon(outer=SQUARE, *holes):
    inner = "".join(f"<innerBoundaryIs>{ring(one)}</innerBoundaryIs>" for one in holes)
    return f"<Polygon><outerBoundaryIs>{ring(outer)}</outerBoundaryIs>{inner}</Polygon>"


def kml(tmp_path, *placemarks, encoding="utf-8", name="a.kml", declared=None):
    body = "".join(f"<Placemark>{one}</Placemark>" for one in placemarks)
    head = f'<?xml version="1.0" encoding="{declared or encoding}"?>'
    text = f"{head}<kml><Document><name>资料</name>{body}</Document></kml>"
    (tmp_path / name).write_bytes(text.encode(encoding))
    return tmp_path / name


def test_kml_is_wgs_84_by_its_standard(tmp_path):
    site = read(kml(tmp_path, polygon()))
    assert site.source.crs == "EPSG:4326"
    assert site.issues[0].code == "brought_in_by_standard"
    assert read(kml(tmp_path, polygon()), crs=4490).source.crs == "EPSG:4490"


def test_heights_holes_names_and_data_are_read(tmp_path):
    high = " ".join(f"{one},120.5" for one in SQUARE.split())
    data = '<Data name="DKBH"><value>7</value></Data><SchemaData><SimpleData name="用途">路</SimpleData></SchemaData>'
    site = read(kml(tmp_path, f"<name>甲</name><ExtendedData>{data}</ExtendedData>{polygon(high, HOLE)}"))
    part = site.parts[0]
    assert (part.name, len(part.geometry.interiors)) == ("甲", 1)
    assert "use_not_taken" in codes(site)


def test_parts_of_a_multigeometry_are_one_parcel(tmp_path):
    other = SQUARE.replace("113.6", "113.7")
    nested = f"<MultiGeometry>{polygon()}<MultiGeometry>{polygon(other)}</MultiGeometry></MultiGeometry>"
    site = read(kml(tmp_path, nested))
    assert [part.geometry.geom_type for part in site.parts] == ["MultiPolygon"]


def test_points_and_paths_are_counted_and_an_open_ring_is_closed_and_said(tmp_path):
    path = f"<LineString><coordinates>{SQUARE}</coordinates></LineString>"
    point = "<Point><coordinates>113.65,34.75</coordinates></Point>"
    site = read(kml(tmp_path, polygon(SQUARE.rsplit(" ", 1)[0]), path, point))
    assert len(site.parts) == 1
    assert values(site, "not_area")["count"] == "2"
    assert "rings_closed" in codes(site)
    with pytest.raises(NoArea):
        read(kml(tmp_path, path, point))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_encoding_is_the_declared_one(tmp_path, encoding):
    declared = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    site = read(kml(tmp_path, f"<name>郑州</name>{polygon()}", encoding=encoding, declared=declared))
    assert site.parts[0].name == "郑州"


def test_encoding_that_does_not_hold_is_refused(tmp_path):
    path = kml(tmp_path, f"<name>郑州</name>{polygon()}", encoding="gbk", declared="utf-8")
    with pytest.raises(BrokenFile) as refusal:
        read(path)
    assert "utf-8" in words(refusal.value, "zh")
    assert read(path, encoding="gbk").parts[0].name == "郑州"


def test_ovkml_is_taken_with_a_warning(tmp_path):
    site = read(kml(tmp_path, polygon(), name="a.ovkml"))
    assert "ovkml_offset" in codes(site)


@pytest.mark.parametrize(
    ("body", "said"),
    [(polygon("113.65,34.75 113.66,34.75"), "3"), (polygon("113.65,x 1,1 2,2 113.65,x"), "x"),
     (polygon("113.65 34.75"), "113.65"), (polygon("nan,1 2,2 3,3 nan,1"), "nan"), ("<Polygon></Polygon>", "0"),
     (polygon("1e999,1 2,2 3,3 1e999,1"), "1e999")],
)  # fmt: skip
def test_damaged_placemark_is_refused_in_both_languages(tmp_path, body, said):
    with pytest.raises(BrokenFile) as refusal:
        read(kml(tmp_path, body))
    for language in ("zh", "en"):
        assert said in words(refusal.value, language)
        assert "a.kml" in words(refusal.value, language)


def test_xml_cut_off_or_of_another_kind_is_refused(tmp_path):
    path = kml(tmp_path, polygon())
    whole = path.read_text()
    path.write_text(whole[:-20])
    with pytest.raises(BrokenFile) as refusal:
        read(path)
    assert "a.kml:1:" in words(refusal.value, "en")
    path.write_text("<html><body/></html>")
    with pytest.raises(BrokenFile) as refusal:
        read(path)
    assert "html" in words(refusal.value, "zh") and "html" in words(refusal.value, "en")


def test_kmz_takes_doc_kml_or_asks(tmp_path):
    one = kml(tmp_path, f"<name>甲</name>{polygon()}").read_bytes()
    for members, wanted in ((("doc.kml", "b.kml"), None), (("b.kml", "c.kml"), "c.kml")):
        with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
            for name in members:
                archive.writestr(name, one)
        if wanted:
            with pytest.raises(ChoiceNeeded):
                read(tmp_path / "a.kmz")
        assert read(tmp_path / "a.kmz", sublayer=wanted).parts[0].name == "甲"


def test_kmz_without_kml_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("a.png", b"x")
    with pytest.raises(BrokenFile) as refusal:
        read(tmp_path / "a.kmz")
    assert ".png" in words(refusal.value, "zh") and ".png" in words(refusal.value, "en")


# GML

PLANE = "467800 3846900 467900 3846900 467900 3847000 467800 3847000 467800 3846900"
TURNED = "3846900 467800 3846900 467900 3847000 467900 3847000 467800 3846900 467800"


def gml(tmp_path, positions=PLANE, srs="EPSG:4547", geometry=None):
    geometry = geometry or (
        f'<gml:Polygon srsName="{srs}"><gml:exterior><gml:LinearRing><gml:posList>{positions}</gml:posList>'
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    )
    member = f"<w:member><F><DKMC>甲</DKMC><g>{geometry}</g></F></w:member>"
    text = f'<w:FeatureCollection xmlns:w="w" xmlns:gml="g">{member}</w:FeatureCollection>'
    (tmp_path / "a.gml").write_text(text, "utf-8")
    return tmp_path / "a.gml"


@pytest.mark.parametrize(
    ("positions", "srs"),
    [(PLANE, "EPSG:4547"), (PLANE, "http://www.opengis.net/gml/srs/epsg.xml#4547"),
     (TURNED, "urn:ogc:def:crs:EPSG::4547"),
     (TURNED, "http://www.opengis.net/def/crs/EPSG/0/4547"),
     (TURNED, "urn:x-ogc:def:crs:EPSG:6.9:4547")],
)  # fmt: skip
def test_order_follows_from_how_the_system_is_written(tmp_path, positions, srs):
    site = read(gml(tmp_path, positions, srs))
    assert site.parts[0].geometry.bounds == (467800.0, 3846900.0, 467900.0, 3847000.0)
    assert site.parts[0].name == "甲"


@pytest.mark.parametrize(("positions", "srs"), [(TURNED, "EPSG:4547"), (PLANE, "urn:ogc:def:crs:EPSG::4547")])
def test_order_that_the_numbers_contradict_is_asked_about(tmp_path, positions, srs):
    path = gml(tmp_path, positions, srs)
    with pytest.raises(ChoiceNeeded) as question:
        read(path)
    for language in ("zh", "en"):
        assert "--axes" in words(question.value, language)
    axes = "north_first" if positions == TURNED else "east_first"
    assert read(path, axes=axes).parts[0].geometry.area == 10_000


@pytest.mark.parametrize("srs", ["EPSG:27700", "urn:ogc:def:crs:EPSG::2383", "local", "http://example.invalid/crs"])
def test_other_system_is_refused(tmp_path, srs):
    with pytest.raises(CrsRefused) as refusal:
        read(gml(tmp_path, PLANE, srs))
    assert words(refusal.value, "zh") and words(refusal.value, "en")


@pytest.mark.parametrize("kind", ["Arc", "Circle", "ArcString", "CubicSpline"])
def test_curve_is_refused_by_name(tmp_path, kind):
    edge = f"<gml:{kind}><gml:posList>1 2 3 4 5 6</gml:posList></gml:{kind}>"
    curve = f"<gml:Polygon><gml:exterior><gml:Ring>{edge}</gml:Ring></gml:exterior></gml:Polygon>"
    with pytest.raises(BrokenFile) as refusal:
        read(gml(tmp_path, geometry=curve), crs=4547)
    for language in ("zh", "en"):
        assert kind in words(refusal.value, language)


def test_two_systems_in_one_file_are_refused(tmp_path):
    path = gml(tmp_path)
    text = path.read_text("utf-8")
    again = text[text.index("<w:member>") : text.index("</w:FeatureCollection>")].replace("4547", "4526")
    path.write_text(text.replace("</w:FeatureCollection>", again + "</w:FeatureCollection>"), "utf-8")
    with pytest.raises(BrokenFile) as refusal:
        read(path)
    for language in ("zh", "en"):
        assert "4526" in words(refusal.value, language)


@pytest.mark.parametrize("said", [' srsDimension="3"', ""])
def test_heights_are_left_out(tmp_path, said):
    high = " ".join(f"{a} {b} 120" for a, b in zip(PLANE.split()[::2], PLANE.split()[1::2], strict=True))
    shape = f"<gml:exterior><gml:LinearRing><gml:posList>{high}</gml:posList></gml:LinearRing></gml:exterior>"
    site = read(gml(tmp_path, geometry=f'<gml:Polygon srsName="EPSG:4547"{said}>{shape}</gml:Polygon>'))
    assert site.parts[0].geometry.area == 10_000


def test_segments_of_a_surface_are_read(tmp_path):
    pieces = ("467800 3846900 1 467900 3846900 1", "467900 3846900 1 467900 3847000 1 467800 3846900 1")
    segments = "".join(
        f"<gml:LineStringSegment><gml:posList>{one}</gml:posList></gml:LineStringSegment>" for one in pieces
    )
    edge = f"<gml:curveMember><gml:Curve><gml:segments>{segments}</gml:segments></gml:Curve></gml:curveMember>"
    patch = f"<gml:PolygonPatch><gml:exterior><gml:Ring>{edge}</gml:Ring></gml:exterior></gml:PolygonPatch>"
    surface = f'<gml:Surface srsName="EPSG:4547" srsDimension="3"><gml:patches>{patch}</gml:patches></gml:Surface>'
    site = read(gml(tmp_path, geometry=surface))
    assert shapely.get_num_coordinates(site.parts[0].geometry) == 4
    assert site.parts[0].geometry.area == 5_000


def test_xml_without_features_is_refused(tmp_path):
    (tmp_path / "a.xml").write_text("<root><a/></root>")
    with pytest.raises(BrokenFile) as refusal:
        read(tmp_path / "a.xml")
    for language in ("zh", "en"):
        assert "root" in words(refusal.value, language)
