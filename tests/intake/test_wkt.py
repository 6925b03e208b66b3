"""WKT and drawings: typed geometry, parsed by ourselves."""

from __future__ import annotations

import pytest
import shapely

from spatialhub.errors import BrokenFile, CrsConflict, CrsMissing, NoArea, OptionError, TooLarge, UnsafeFile
from spatialhub.intake import site_from_drawing, site_from_wkt
from tests.intake.gis import DEGREES, SQUARE, moved

SQUARE_WKT = SQUARE.wkt


def test_typed_polygon_needs_a_crs():
    with pytest.raises(CrsMissing):
        site_from_wkt(SQUARE_WKT, epsg=4547)
    site = site_from_wkt(SQUARE_WKT, epsg=4547, crs=4547, use="0701", name="试验地块")
    assert (site.name, site.parts[0].use, site.parts[0].geometry.area) == ("试验地块", "0701", 10000.0)


def test_srid_counts_and_must_agree_with_the_option():
    assert site_from_wkt(f"SRID=4547;{SQUARE_WKT}", epsg=4547).source.crs == "EPSG:4547"
    with pytest.raises(CrsConflict):
        site_from_wkt(f"SRID=4547;{SQUARE_WKT}", epsg=4547, crs=4526)


@pytest.mark.parametrize(
    "text",
    [
        "MULTIPOLYGON (((467800 3846900,467900 3846900,467900 3847000,467800 3846900)))",
        "multipolygon z(((467800 3846900 1,467900 3846900 1,467900 3847000 1,467800 3846900 1)))",
        "POLYGON M ((467800 3846900 1, 467900 3846900 2, 467900 3847000 3, 467800 3846900 1));",
        "POLYGON ZM ((467800 3846900 1 2,467900 3846900 2 2,467900 3847000 3 2,467800 3846900 1 2))",
        "Polygon(( 4.678e5 3846900.,467900 3846900,467900 +3847000,467800 3846900 ))",
    ],
)
def test_every_spelling_is_read(text):
    site = site_from_wkt(text, epsg=4547, crs=4547)
    assert site.parts[0].geometry.area == 5000.0
    assert not site.parts[0].geometry.has_z


def test_holes_and_several_geometries_are_kept():
    holed = SQUARE.difference(shapely.box(467820, 3846920, 467830, 3846930))
    east = moved(SQUARE, 500.0)
    site = site_from_wkt(f"{holed.wkt}\n{east.wkt}", epsg=4547, crs=4547)
    assert [part.geometry.area for part in site.parts] == [9900.0, 10000.0]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("POLYGON ((1 2, 3 4, 5 6, 1 x))", "WKT#1 char 27"),
        ("POLYGON ((1 2, 3 4, 5 6, 1 2)", "WKT#1 char 30"),
        ("POLYGON (((1 2, 3 4, 5 6, 1 2)))", "WKT#1 char 11"),
        ("POLYGON ((1, 3, 5, 1))", "WKT#1 ring 1 point 1"),
        ("POLYGON ((1 2, 3 4, 5 6, 7 8))", "WKT#1 ring 1"),
        ("TRIANGLE ((1 2, 3 4, 5 6, 1 2))", "WKT#1"),
        ("POLYGON", "WKT#1 char 1"),
        ("DROP TABLE x", "WKT#1 char 1"),
    ],
)
def test_bad_text_is_named_with_its_place(text, place):
    with pytest.raises(BrokenFile) as refusal:
        site_from_wkt(text, epsg=4547, crs=4547)
    assert refusal.value.place == place


def test_deep_and_endless_text_is_refused_at_once():
    with pytest.raises(UnsafeFile):
        site_from_wkt("GEOMETRYCOLLECTION(" * 100_000, epsg=4547, crs=4547)
    with pytest.raises(BrokenFile):
        site_from_wkt("POLYGON " + "(" * 100_000, epsg=4547, crs=4547)
    with pytest.raises(TooLarge):
        site_from_wkt("POLYGON((" + "1 2," * 1_100_000, epsg=4547, crs=4547)
    with pytest.raises(UnsafeFile):
        site_from_wkt("POLYGON((1e999 2,3 4,5 6,1e999 2))", epsg=4547, crs=4547)


def test_point_and_empty_polygon_are_no_site():
    for text in ("POINT (467800 3846900)", "POLYGON EMPTY", "MULTIPOINT ((467800 3846900),(1 2))"):
        with pytest.raises(NoArea):
            site_from_wkt(text, epsg=4547, crs=4547)


def test_typed_bow_tie_is_repaired_in_the_child_and_reported():
    text = "POLYGON((467800 3846900,467900 3847000,467900 3846900,467800 3847000,467800 3846900))"
    site = site_from_wkt(text, epsg=4547, crs=4547)
    assert site.parts[0].geometry.area == 5000.0
    assert "repaired" in [issue.code for issue in site.issues]


def test_drawing_is_in_4490_unless_it_says_the_plane():
    site = site_from_drawing(shapely_mapping(DEGREES), epsg=4547, use="0701")
    assert (site.source.crs, [issue.code for issue in site.issues]) == ("EPSG:4490", ["brought_in_by_file"])
    plane = site_from_drawing(shapely_mapping(SQUARE), epsg=4547, crs=4547)
    assert plane.parts[0].geometry.area == 10000.0
    with pytest.raises(CrsConflict):
        site_from_drawing(shapely_mapping(SQUARE), epsg=4547)


def test_drawing_is_checked_as_strictly_as_a_file():
    for bad in ({"type": "Polygon", "coordinates": [[[float("nan"), 1]]]}, {"type": "Polygon"}, {}, {"type": 5}):
        with pytest.raises((BrokenFile, UnsafeFile)):
            site_from_drawing(bad, epsg=4547)


def test_unknown_level_is_an_option_error():
    with pytest.raises(OptionError):
        site_from_wkt(SQUARE_WKT, epsg=4547, crs=4547, level="sky")


def shapely_mapping(geometry):
    import json

    return json.loads(shapely.to_geojson(geometry))


def test_what_a_server_did_before_is_not_held_against_a_typed_site(monkeypatch):
    from spatialhub.intake import pipeline

    monkeypatch.setattr(pipeline, "_spent_s", lambda: 5000.0)
    assert len(site_from_wkt(SQUARE_WKT, epsg=4547, crs=4547).parts) == 1


@pytest.mark.parametrize(
    "typed",
    ["MULTILINESTRING(())", "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),())", "MULTIPOINT((1 2),3 4)", "MULTIPOINT(1 2,(3 4))"],
)
def test_odd_but_harmless_parts_are_read_or_refused_never_a_fault(typed):
    from spatialhub.intake.wkt import opening_of

    try:
        shapes = next(opening_of(typed, "a").chunks).geometries
    except BrokenFile:
        return
    assert len(shapes) == 1
