"""GeoJSON: what it says of its frame, what it holds, where it is wrong."""

from __future__ import annotations

import json

import pytest
import shapely

from spatialhub.errors import BrokenFile, CrsConflict, CrsMissing, CrsRefused, NoArea, UnsafeFile
from tests.intake.gis import DEGREES, SQUARE, geojson, moved
from tests.intake.inside import codes, read, spoken, values, words


def raw(path, value):
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def test_declared_plane_is_taken_as_it_is(tmp_path):
    site = read(geojson(tmp_path / "a.geojson", SQUARE))
    assert site.parts[0].geometry.equals(SQUARE)
    assert (site.source.crs, codes(site)) == ("EPSG:4547", [])


def test_degrees_without_a_crs_are_wgs84_by_the_standard_and_that_is_recorded(tmp_path):
    site = read(geojson(tmp_path / "a.geojson", DEGREES, crs=None))
    assert (site.source.crs, codes(site)) == ("EPSG:4326", ["datum_identity"])
    corners = shapely.get_coordinates(site.parts[0].geometry).round(3).tolist()
    assert [467952.197, 3846914.124] in corners


def test_option_wins_over_what_the_standard_assumes(tmp_path):
    site = read(geojson(tmp_path / "a.geojson", DEGREES, crs=None), crs=4490)
    assert (site.source.crs, codes(site)) == ("EPSG:4490", [])


def test_metres_without_a_crs_are_asked_for(tmp_path):
    with pytest.raises(CrsMissing) as refusal:
        read(geojson(tmp_path / "a.geojson", SQUARE, crs=None))
    assert "without zone prefix" in words(refusal.value)


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"])
def test_names_of_wgs84_are_known(tmp_path, name):
    assert read(geojson(tmp_path / "a.geojson", DEGREES, crs=name)).source.crs == "EPSG:4326"


@pytest.mark.parametrize("name", ["EPSG:3857", "EPSG:2383", "EPSG:4610", "EPSG:2435", "my own grid"])
def test_frames_without_known_accuracy_are_refused(tmp_path, name):
    with pytest.raises(CrsRefused):
        read(geojson(tmp_path / "a.geojson", SQUARE, crs=name))


def test_file_and_option_that_differ_are_a_conflict(tmp_path):
    with pytest.raises(CrsConflict) as refusal:
        read(geojson(tmp_path / "a.geojson", SQUARE), crs=4546)
    assert "EPSG:4546 is named, but the file itself says EPSG:4547" in words(refusal.value)


def test_option_that_the_numbers_contradict_is_a_conflict(tmp_path):
    with pytest.raises(CrsConflict) as refusal:
        read(geojson(tmp_path / "a.geojson", DEGREES, crs=None), crs=4547)
    assert "longitude, latitude in degrees" in words(refusal.value)


def test_latitude_first_is_seen(tmp_path):
    swapped = shapely.transform(DEGREES, lambda xy: xy[:, ::-1])
    with pytest.raises(CrsConflict) as refusal:
        read(geojson(tmp_path / "a.geojson", swapped, crs="EPSG:4490"))
    assert "swapped" in words(refusal.value)


def test_features_are_parts_with_their_attributes(tmp_path):
    east = moved(SQUARE, 200.0)
    rows = [{"DKMC": "甲", "YDYHFLDM": "0701", "面积": 10000}, {"name": "乙", "use": "1001", "level": "underground"}]
    site = read(geojson(tmp_path / "a.geojson", SQUARE, east, rows=rows))
    assert [(part.number, part.name, part.use, part.level.value) for part in site.parts] == [
        (1, "甲", "0701", "surface"),
        (2, "乙", "1001", "underground"),
    ]
    assert site.parts[0].declared_area_m2 == 10000
    assert codes(site) == []


def test_option_wins_over_the_file_and_says_so(tmp_path):
    site = read(geojson(tmp_path / "a.geojson", SQUARE, rows=[{"use": "0701"}]), use="1001")
    assert site.parts[0].use == "1001"
    assert values(site, "option_overrides") == {
        "place": "a.geojson#1", "what": "use", "said": "0701", "option": "1001",
    }  # fmt: skip


def test_values_outside_our_words_are_not_taken(tmp_path):
    site = read(geojson(tmp_path / "a.geojson", SQUARE, rows=[{"use": "R2", "level": "sky", "form": 3}]))
    assert (site.parts[0].use, site.parts[0].level.value) == (None, "surface")
    assert codes(site) == ["attribute_ignored"] * 3
    assert not [said for said in spoken(site) if "—" in said]


def test_nulls_empties_points_and_heights_are_counted_and_said(tmp_path):
    high = shapely.force_3d(SQUARE, 87.5)
    path = geojson(tmp_path / "a.geojson", high, None, shapely.Polygon(), shapely.Point(467800, 3846900), None)
    site = read(path)
    assert len(site.parts) == 1
    assert not site.parts[0].geometry.has_z
    assert {issue.code: dict(issue.params)["count"] for issue in site.issues if "count" in dict(issue.params)} == {
        "z_dropped": "1", "null_geometry": "2", "empty_geometry": "1", "not_area": "1",
    }  # fmt: skip


def test_file_without_any_area_is_refused(tmp_path):
    with pytest.raises(NoArea):
        read(geojson(tmp_path / "a.geojson", shapely.LineString([(467800, 3846900), (467900, 3846900)])))


def test_bare_geometry_and_single_feature_are_one_part(tmp_path):
    geometry = json.loads(shapely.to_geojson(DEGREES))
    assert len(read(raw(tmp_path / "a.json", geometry)).parts) == 1
    assert len(read(raw(tmp_path / "b.json", {"type": "Feature", "properties": None, "geometry": geometry})).parts) == 1


@pytest.mark.parametrize(
    ("geometry", "place", "code"),
    [
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [1, 2.1]]]}, " ring 1", "broken_ring_open"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [1, 2]]]}, " ring 1", "broken_ring_short"),
        (
            {"type": "Polygon", "coordinates": [[[1, 2], ["3", 4], [5, 6], [1, 2]]]},
            " ring 1 point 2",
            "broken_position",
        ),
        ({"type": "Polygon", "coordinates": [[1, 2, 3, 4]]}, " ring 1 point 1", "broken_position"),
        ({"type": "Polygon", "coordinates": 5}, "", "broken_geometry"),
        ({"type": "Curve", "coordinates": []}, "", "broken_geometry"),
        ([1, 2], "", "broken_geometry"),
    ],
)
def test_malformed_geometry_is_named_with_feature_and_ring(tmp_path, geometry, place, code):
    value = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": geometry}]}
    with pytest.raises(BrokenFile) as refusal:
        read(raw(tmp_path / "a.geojson", value))
    assert refusal.value.place == f"a.geojson#1{place}"
    assert refusal.value.params["reason"].code == code


def test_broken_json_is_named_with_line_and_column(tmp_path):
    with pytest.raises(BrokenFile) as refusal:
        read(raw(tmp_path / "a.geojson", '{"type":\n "Feature",,}'))
    assert refusal.value.place == "a.geojson:2:12"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_unsafe(tmp_path, number):
    text = '{"type":"Polygon","coordinates":[[[113.65,34.75],[113.66,34.75],[NUMBER,34.76],[113.65,34.75]]]}'
    text = text.replace("NUMBER", number)
    with pytest.raises(UnsafeFile):
        read(raw(tmp_path / "a.geojson", text))


def test_linked_crs_is_unsafe_and_never_followed(tmp_path):
    for member in ({"type": "link", "properties": {"href": "http://127.0.0.1:9/x"}}, {"type": "url"}, 5):
        with pytest.raises(UnsafeFile):
            read(geojson(tmp_path / "a.geojson", DEGREES, crs=member))


def test_depth_is_refused_not_suffered(tmp_path):
    with pytest.raises(UnsafeFile):
        read(raw(tmp_path / "a.geojson", '{"type":"Polygon","coordinates":' + "[" * 100_000 + "]" * 100_000 + "}"))
    nested = {"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection", "geometries": []}]}
    with pytest.raises(UnsafeFile):
        read(raw(tmp_path / "b.geojson", nested))


def test_other_dialects_of_json_are_named(tmp_path):
    with pytest.raises(BrokenFile) as refusal:
        read(raw(tmp_path / "a.json", {"type": "Topology", "objects": {}}))
    assert "TopoJSON, which is not read" in words(refusal.value)
