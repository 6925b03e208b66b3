"""Map pictures: true to scale, with their furniture, honest about what they do not show."""

import re
import struct
from dataclasses import replace

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import mapping

from spatialhub.report.paper import maps
from spatialhub.report.paper.gather import map_data
from spatialhub.report.paper.landclasses import land_class
from spatialhub.report.paper.maps import MAPS, draw_maps, map_frame
from spatialhub.report.paper.mapsheet import HEIGHT, PPI, WIDTH, MapData, _wide, _wrapped, page
from spatialhub.report.paper.svg import SCALES, Frame


def sheet(key, document, data, fonts):
    makers = {"six_lines": maps._grouped("six_lines"), "floors": maps._grouped("floors"), "survey": maps._survey,
              "rulings": maps._rulings, "location": maps._location}  # fmt: skip
    return page(makers[key](document, data, fonts), dict(MAPS)[key], document, data, fonts)


@given(st.floats(1, 60_000), st.floats(1, 60_000))
def test_the_site_fits_at_a_round_scale(width_m, height_m):
    bounds = (460_000.0, 3_840_000.0, 460_000.0 + width_m, 3_840_000.0 + height_m)
    frame = Frame.around(bounds, width=WIDTH, height=HEIGHT)
    west, south, east, north = frame.box
    assert frame.scale in SCALES and west < bounds[0] and south < bounds[1] and east > bounds[2] and north > bounds[3]
    (x0, y0), (x1, y1) = frame.points(shapely.get_coordinates(shapely.LineString([bounds[:2], bounds[2:]])))
    assert x1 - x0 == pytest.approx(width_m * 10_000 / frame.scale) and y0 - y1 == pytest.approx(
        height_m * 10_000 / frame.scale
    )


def test_a_real_site_is_drawn_with_the_layers_that_it_was_checked_against(checked, space, fonts):
    data = map_data(space, checked)
    assert {layer.entry.key for layer in data.layers} >= {"farmland_pbf", "line_red", "survey"} and not data.missing
    pictures = draw_maps(checked, data, fonts)
    assert list(pictures) == [key for key, _ in MAPS]
    for picture in pictures.values():
        width, height = struct.unpack(">II", picture[16:24])
        assert width == pytest.approx(WIDTH / 10 / 25.4 * PPI, abs=2) and height > HEIGHT / 10 / 25.4 * PPI
    drawn = sheet("six_lines", checked, data, fonts)
    assert "城市道路红线" in drawn and "数据版本：line_red@1（2026-01-01 起）" in drawn
    assert f"比例尺 1:{map_frame(checked).scale:,}" in drawn and "检查日期 2026-03-02" in drawn
    assert "EPSG:4547" in drawn and ">北<" in drawn and "用地红线" in drawn and "图上不可量算" in drawn


def test_versions_that_are_gone_are_named_on_the_map(checked, space, fonts):
    versions = {key: row | {"sha256": "0" * 64} for key, row in checked["provenance"]["layer_versions"].items()}
    changed = checked | {"provenance": checked["provenance"] | {"layer_versions": versions}}
    data = map_data(space, changed)
    assert not data.layers and "永久基本农田" in data.missing
    assert "已不在本机，未画" in sheet("floors", changed, data, fonts)


def test_a_result_of_another_city_is_drawn_without_layers(checked, space):
    changed = checked | {"provenance": checked["provenance"] | {"city": "elsewhere"}}
    assert map_data(space, changed).layers == () and map_data(space, changed).missing


def test_synthetic_data_is_marked_on_the_picture_itself(document, fonts):
    assert "演示数据（示例" in sheet("rulings", document, MapData(), fonts)
    assert "演示数据" not in sheet("rulings", document | {"notices": []}, MapData(), fonts)


def test_fragments_carry_the_numbers_of_the_table_where_there_is_room(document, fonts):
    drawn = sheet("rulings", document, MapData(), fonts)
    assert set(re.findall(r'font-size="28" text-anchor="middle" fill="#\w+">(\d+)</text>', drawn)) <= set("123456")
    assert "禁止（1 个碎块）" in drawn and 'id="p-barred"' in drawn


def test_names_from_files_do_not_get_out_of_their_text(document, fonts):
    document["site"]["name"] = '</text><script>x</script>"&'
    drawn = sheet("location", document, MapData(), fonts)
    assert "<script>" not in drawn and "&lt;script&gt;" in drawn
    assert draw_maps(document, MapData(), fonts)["location"].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("code", "name"),
    [("0101", "耕地"), ("0201K", "种植园用地"), ("1104A", "水域及水利设施用地"), ("1106", "湿地"),
     ("05H1", "商业服务业用地"), ("0303", "湿地"), ("", "地类不明"), ("X", "地类不明")],
)  # fmt: skip
def test_land_is_drawn_by_its_first_level_class(code, name):
    assert land_class(code)[0] == name


def test_what_is_no_land_class_is_drawn_as_outlines_over_the_survey(checked, space, fonts):
    """Violations and suspected construction have no class of land: filled as one they would hide the survey."""
    data = map_data(space, checked)
    survey = next(layer for layer in data.layers if layer.entry.key == "survey")
    suspected = replace(survey, entry=space.catalogue.entry("suspected_construction"))
    drawn = sheet("survey", checked, replace(data, layers=[suspected, survey]), fonts)
    assert "遥感疑似新增建设用地图斑" in drawn and "地类不明" not in drawn and "住宅用地" in drawn
    window = drawn[: drawn.index("</g>")]
    assert window.index(land_class("0702")[1]) < window.index(suspected.entry.style.stroke)


def test_a_small_fragment_is_not_covered_by_its_own_number(document, fonts):
    """The sample's fragments are strips of its full height; one of two metres by two is smaller than a number."""
    document["fragments"][0]["geometry"] = mapping(shapely.box(467_950, 3_846_950, 467_952, 3_846_952))
    drawn = sheet("rulings", document, MapData(), fonts)
    lines = re.findall(r'<path d="M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)" stroke="#\w+" stroke-width="3"/><rect', drawn)
    assert len(lines) == 1
    x, y, to_x, to_y = map(float, lines[0])
    assert to_x - x > 50 and y - to_y > 50


def test_words_in_latin_letters_are_not_broken_but_where_longer_than_a_line():
    lines = list(_wrapped("数据版本：urban_boundary@1、line_red@1", 12))
    assert lines == ["数据版本：", "urban_boundary@1、", "line_red@1"]
    assert "".join(_wrapped("x" * 100, 10)) == "x" * 100
    assert all(_wide(line) <= 10 for line in _wrapped("x" * 100 + "文字", 10))
