"""Frames: what is accepted, what numbers look like, how they come into the plane; recognising .prj texts."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import CRS

from spatialhub.errors import CrsConflict, CrsMissing, CrsRefused, OptionError
from spatialhub.messages import explain
from spatialhub.spatial.crs import (
    accept,
    decide,
    looks_like,
    mover,
    parse_crs,
    plane_zone,
    plausible,
    same_frame,
    to_plane,
)
from spatialhub.spatial.prj import gauss_krueger, recognise

CENTRE = np.array([[113.65, 34.75]])
IN_4547 = np.array([[467952.197478, 3846914.123787]])  # domain-facts §1.2
IN_4526 = IN_4547 + np.array([[38e6, 0.0]])


def test_every_code_of_the_family_is_accepted_with_its_meridian_and_prefix():
    assert [plane_zone(epsg).central_meridian_deg for epsg in (4497, 4508, 4526, 4547)] == [111, 111, 114, 114]
    assert [plane_zone(epsg).false_easting_m for epsg in (4498, 4509, 4526, 4547)] == [20.5e6, 5e5, 38.5e6, 5e5]
    for epsg in (4490, 4326, 32643, 32653, *range(4491, 4555)):
        assert accept(epsg) == epsg
    with pytest.raises(ValueError, match="no CGCS2000 plane"):
        plane_zone(4490)


@pytest.mark.parametrize("epsg", range(4491, 4555))
def test_our_zones_are_those_of_the_registry(epsg):
    zone, crs = plane_zone(epsg), CRS(epsg)
    values = {one.name: one.value for one in crs.coordinate_operation.params}
    assert values["Longitude of natural origin"] == zone.central_meridian_deg
    assert values["False easting"] == zone.false_easting_m


@pytest.mark.parametrize(
    ("epsg", "word"),
    [(2383, "西安"), (4610, "西安"), (2435, "北京"), (4214, "北京"), (3857, "墨卡托"), (27700, "不属于")],
)
def test_everything_else_is_refused_with_its_reason(epsg, word):
    with pytest.raises(CrsRefused) as refusal:
        accept(epsg, "a.txt")
    assert word in explain(refusal.value, "zh")["what"]


def test_degrees_and_planes_agree_with_the_registry_to_a_tenth_of_a_millimetre():
    assert np.allclose(mover(4490, 4547)(CENTRE), IN_4547, atol=1e-4)
    assert np.allclose(mover(4547, 4490)(IN_4547), CENTRE, atol=1e-9)
    neighbour = mover(4526, 4546)(IN_4526)
    assert np.allclose(mover(4546, 4547)(neighbour), IN_4547, atol=1e-4)


def test_prefix_is_arithmetic_and_keeps_every_digit():
    given = np.array([[38467952.197, 3846914.124]])
    assert mover(4526, 4547)(given)[0].tolist() == pytest.approx([467952.197, 3846914.124], abs=1e-8)


def test_wgs84_is_taken_as_identical_and_only_that():
    assert np.allclose(mover(4326, 4547)(CENTRE), IN_4547, atol=1e-4)
    utm = mover(32649, 4547)(np.array([[742661.0, 3848548.0]]))
    back = mover(4547, 4490)(utm)
    assert 113 < back[0, 0] < 114
    with pytest.raises(CrsRefused):
        mover(4547, 32650)


def test_geometries_move_vertex_by_vertex_and_nothing_else_changes():
    shapes = np.array([shapely.box(113.6, 34.7, 113.7, 34.8), shapely.LineString([(113.6, 34.7), (113.7, 34.8)])])
    moved = to_plane(shapes, 4490, 4547)
    assert shapely.get_num_coordinates(moved).tolist() == [5, 2]
    assert to_plane(shapes, 4490, 4490).tolist() == shapes.tolist()


@pytest.mark.parametrize(
    ("pair", "code", "candidates"),
    [
        ((113.65, 34.75), "looks_degrees", ("EPSG:4490", "EPSG:4326")),
        ((34.75, 113.65), "looks_swapped", ("EPSG:4490", "EPSG:4326")),
        ((38467952.2, 3846914.1), "looks_prefixed", ("EPSG:4526",)),
        ((3846914.1, 38467952.2), "looks_swapped", ("EPSG:4526",)),
        ((20467952.2, 3846914.1), "looks_prefixed6", ("EPSG:4498",)),
        ((467952.2, 3846914.1), "looks_plain", ("EPSG:4534-4554", "EPSG:4502-4512", "EPSG:32643-32653")),
        ((12651460.0, 4128989.0), "looks_mercator", ()),
        ((67952.2, 46914.1), "looks_truncated", ()),
        ((-0.37, 51.7), "looks_elsewhere", ()),
        ((9e9, 9e9), "looks_unknown", ()),
    ],
)
def test_numbers_are_described_and_candidates_named(pair, code, candidates):
    look = looks_like(np.array([pair, pair]))
    assert (look.words.code, look.candidates) == (code, candidates)
    assert look.swapped == (code == "looks_swapped")


def test_nothing_said_is_a_question_in_both_languages():
    with pytest.raises(CrsMissing) as refusal:
        decide(None, None, IN_4526, target=4547, place="a.shp")
    assert "EPSG:4526" in explain(refusal.value, "en")["what"]
    assert "带 38 带号" in explain(refusal.value, "zh")["what"]


def test_frame_named_must_fit_file_and_numbers():
    assert decide(4547, 4547, IN_4547, target=4547, place="").how == "as_is"
    assert decide(4526, None, IN_4526, target=4547, place="").how == "same_meridian"
    assert decide(None, 4490, CENTRE, target=4547, place="").how == "projected"
    for declared, asked, coords in ((4526, 4547, IN_4547), (None, 4490, IN_4547), (4526, None, IN_4547)):
        with pytest.raises(CrsConflict):
            decide(declared, asked, coords, target=4547, place="")


def test_identity_with_wgs84_is_recorded():
    bringing = decide(4326, None, CENTRE, target=4547, place="a")
    assert (bringing.how, [issue.code for issue in bringing.issues]) == ("datum_identity", ["datum_identity"])


def test_three_and_six_degree_planes_without_prefix_are_one_frame_on_one_meridian():
    assert same_frame(4508, 4546)
    assert not same_frame(4546, 4547)
    assert not same_frame(4497, 4546)
    assert decide(4546, 4508, IN_4547, target=4547, place="").source == 4546


def test_plausibility_is_judged_by_the_middle_not_by_one_stray_point():
    many = np.repeat(IN_4547, 9, axis=0)
    many[0] = (0.0, 0.0)
    assert plausible(4547, many)
    assert not plausible(4526, many)
    assert plausible(4547, np.full((1, 2), np.nan))


@pytest.mark.parametrize(
    ("text", "epsg"),
    [
        ("4547", 4547),
        (" epsg:4526 ", 4526),
        ("urn:ogc:def:crs:EPSG::4490", 4490),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        (4549, 4549),
        (None, None),
    ],
)
def test_names_of_frames_are_parsed(text, epsg):
    assert parse_crs(text) == epsg


@pytest.mark.parametrize("text", ["", "北京54", "EPSG:", "http://x/4547", "+proj=longlat"])
def test_other_names_are_an_option_error(text):
    with pytest.raises(OptionError):
        parse_crs(text)


@pytest.mark.parametrize("version", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
@pytest.mark.parametrize("epsg", [4490, 4326, 4497, 4526, 4547, 4549, 32650])
def test_texts_are_recognised_by_their_numbers(epsg, version):
    assert recognise(CRS(epsg).to_wkt(version), "a.prj") == epsg


@pytest.mark.parametrize("epsg", [4610, 2383, 4214, 2435, 3857, 27700, 32637])
def test_texts_of_other_frames_are_refused(epsg):
    with pytest.raises(CrsRefused):
        recognise(CRS(epsg).to_wkt("WKT1_ESRI"), "a.prj")


@pytest.mark.parametrize("text", ["nonsense", "PROJCS[", "http://127.0.0.1/x", "+proj=tmerc", "PROJCS" + "[" * 30_000])
def test_unreadable_texts_are_refused(text):
    with pytest.raises(CrsRefused):
        recognise(text, "a.prj")


def test_undefined_is_nothing_said():
    assert recognise("", "a") is None
    assert recognise('LOCAL_CS["Undefined Cartesian SRS"]', "a") is None


def test_meridian_and_false_easting_name_the_plane():
    assert [gauss_krueger(114, 5e5), gauss_krueger(114, 38.5e6), gauss_krueger(117, 20.5e6)] == [4547, 4526, 4498]
    assert [gauss_krueger(113.6667, 5e5), gauss_krueger(114, 37.5e6), gauss_krueger(114, 0)] == [None, None, None]


@pytest.mark.shared
def test_real_prj_texts_of_esri_software(shared_data):
    found = {}
    for path in sorted((shared_data / "reader-samples" / "prj").glob("*.prj")):
        try:
            found[path.stem] = recognise(path.read_text(), path.name)
        except CrsRefused as refusal:
            found[path.stem] = refusal.params["why"].code
    assert found == {
        "CGCS2000_3_Degree_GK_CM_114E": 4547,
        "CGCS2000_3_Degree_GK_CM_114E_TM": 4547,
        "CGCS2000_3_Degree_GK_Zone_37": 4525,
        "CGCS2000_3_Degree_GK_Zone_38": 4526,
        "CGCS2000_3_Degree_GK_Zone_38_TM_lowercase": 4526,
        "GCS_China_Geodetic_Coordinate_System_2000": 4490,
        "local_114E_no_name": "crs_is_local",
    }


def test_a_missing_system_names_the_codes_that_fit_the_numbers():
    with pytest.raises(CrsMissing) as caught:
        decide(None, None, np.array([[113.65, 34.75]]), target=4547, place="a")
    assert "EPSG:4490、EPSG:4326" in explain(caught.value)["remedy"] and "4547" not in explain(caught.value)["remedy"]


def test_numbers_that_fit_no_system_name_no_code():
    with pytest.raises(CrsMissing) as caught:
        decide(None, None, np.array([[12651200.0, 4128000.0]]), target=4547, place="a")
    assert "一个也没有" in explain(caught.value)["remedy"]
