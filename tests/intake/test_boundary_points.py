"""界址点 TXT in every variant of domain-facts §2.1, read through the whole pipeline."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatialhub.errors import BrokenFile, ChoiceNeeded, CrsConflict, CrsMissing, CrsRefused, NoArea
from spatialhub.intake.boundary_points import assemble
from tests.intake.inside import codes, read, spoken, values, words
from tests.intake.txt import HOLE, RECTANGLE, SYSTEM, header, points, text, write

PLAIN = tuple((north, east - 38e6) for north, east in RECTANGLE)


def only_part(site):
    (part,) = site.parts
    return part


def test_plot_lands_in_the_plane_easting_first(tmp_path):
    site = read(write(tmp_path, text([header(), *points(RECTANGLE)])))
    part = only_part(site)
    assert part.geometry.bounds == (467800.0, 3846900.0, 468000.0, 3847000.0)
    assert (part.name, part.declared_area_m2) == ("地块一", 20000.0)
    assert site.source.crs == "EPSG:4526"
    assert codes(site) == []


def test_prefix_is_taken_off_without_touching_a_digit(tmp_path):
    ring = ((3847000.123, 38467800.457), *RECTANGLE[1:])
    part = only_part(read(write(tmp_path, text([header(), *points(ring)]))))
    assert [467800.457, 3847000.123] in np.round(shapely.get_coordinates(part.geometry), 6).tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_is_read_and_stated(tmp_path, encoding):
    site = read(write(tmp_path, text([header(name="高新区甲地块"), *points(RECTANGLE)]).encode(encoding)))
    assert only_part(site).name == "高新区甲地块"
    assert site.source.encoding == encoding.removesuffix("-sig")


@pytest.mark.parametrize("closing", ["same", "new", "none"])
def test_ring_closes_under_its_number_a_new_one_or_not_at_all(tmp_path, closing):
    site = read(write(tmp_path, text([header(), *points(RECTANGLE, closing=closing)])))
    assert only_part(site).geometry.area == 20000.0
    assert codes(site) == (["txt_ring_closed"] if closing == "none" else [])


def test_punctuation_blank_lines_crlf_and_missing_newline_do_not_matter(tmp_path):
    content = text([header(), *points(RECTANGLE)]).replace("[", "【").replace("]", "】").replace("J2,1,", "  J2，1，")
    content = content.replace("\n", "\r\n\r\n").rstrip()
    assert only_part(read(write(tmp_path, content))).geometry.area == 20000.0


def test_full_width_comma_inside_a_name_stays_in_it(tmp_path):
    site = read(write(tmp_path, text([header(name="南区，二期"), *points(RECTANGLE)])))
    assert only_part(site).name == "南区，二期"


@pytest.mark.parametrize(
    "line",
    [
        "5,2.0,7,甲,面,I49,工业用地,@",
        "5,2.0,7,甲,面,I49,工业用地,,@",
        "5,2.0,7,甲,面,I49,工业用地,0601,a,b,c,@",
        "5,2.0,7,甲,面,I49,工业用地,0601@",
    ],
)
def test_header_of_eight_nine_or_twelve_fields(tmp_path, line):
    site = read(write(tmp_path, text([line, *points(RECTANGLE)])))
    assert (only_part(site).name, only_part(site).declared_area_m2) == ("甲", 20000.0)
    assert values(site, "use_not_taken")["words"] == "工业用地"


def test_ring_inside_the_first_is_a_hole_whatever_its_number(tmp_path):
    for number in (1, 2):
        lines = [header(), *points(RECTANGLE), *points(HOLE, first=5, number=number)]
        part = only_part(read(write(tmp_path, text(lines))))
        assert (part.geometry.area, len(part.geometry.interiors)) == (20000.0 - 400.0, 1)


def test_second_ring_beside_the_first_is_another_part_of_the_plot(tmp_path):
    beside = tuple((north, east + 500) for north, east in RECTANGLE)
    part = only_part(read(write(tmp_path, text([header(area=""), *points(RECTANGLE), *points(beside, number=2)]))))
    assert part.geometry.geom_type == "MultiPolygon"
    assert part.geometry.area == 40000.0


def test_island_in_a_hole_is_land_again():
    def ring(low, high):
        return shapely.get_coordinates(shapely.box(low, low, high, high))

    assert assemble([ring(0, 10), ring(2, 8), ring(4, 6)]).area == 100 - 36 + 4


def test_each_plot_is_a_part_and_counts_are_not_trusted(tmp_path):
    beside = tuple((north, east + 500) for north, east in RECTANGLE)
    site = read(write(tmp_path, text([header(count=99), *points(RECTANGLE)], [header(count=4), *points(beside)])))
    assert [part.number for part in site.parts] == [1, 2]
    assert values(site, "txt_count")["said"] == "99"
    assert codes(site) == ["txt_count"]


@pytest.mark.parametrize(
    ("area", "unit"), [("2.0000", None), ("20000", "平方米"), ("30", "亩"), ("2公顷", None), ("30亩", None)]
)
def test_unit_of_the_declared_area_is_recognised_by_comparison(tmp_path, area, unit):
    site = read(write(tmp_path, text([header(area=area), *points(RECTANGLE)])))
    assert only_part(site).declared_area_m2 == pytest.approx(20000.0, rel=1e-4)
    found = [dict(issue.params)["unit"] for issue in site.issues if issue.code == "txt_area_unit"]
    assert found == ([unit] if unit else [])


def test_declared_area_that_fits_no_unit_is_not_taken(tmp_path):
    site = read(write(tmp_path, text([header(area="7.5"), *points(RECTANGLE)])))
    assert only_part(site).declared_area_m2 is None
    assert values(site, "txt_area_unclear")["value"] == "7.5"


def test_underground_plot_is_said_by_the_class_slot(tmp_path):
    site = read(write(tmp_path, text([header(code="地下"), *points(RECTANGLE)])))
    assert only_part(site).level == "underground"


def test_survey_code_is_never_taken_as_a_national_use(tmp_path):
    uses = {"0601": "乡村道路用地", "1001": "工业用地"}
    site = read(write(tmp_path, text([header(purpose="工业用地", code="0601"), *points(RECTANGLE)])), uses=uses)
    assert only_part(site).use is None
    assert "--use" in " ".join(spoken(site, "en"))


def test_national_code_whose_name_the_file_says_too_is_asked_about(tmp_path):
    uses = {"1001": "工业用地"}
    site = read(write(tmp_path, text([header(purpose="工业用地", code="1001"), *points(RECTANGLE)])), uses=uses)
    assert only_part(site).use is None
    assert "1001 工业用地；确认后采用" in " ".join(spoken(site, "zh"))


def test_zone_comes_from_the_attribute_where_eastings_carry_none(tmp_path):
    site = read(write(tmp_path, text([header(), *points(PLAIN)])))
    assert (site.source.crs, only_part(site).geometry.area) == ("EPSG:4547", 20000.0)


def test_zone_comes_from_the_digits_where_the_attribute_is_blank(tmp_path):
    site = read(write(tmp_path, text([header(), *points(RECTANGLE)], system={**SYSTEM, "带号": ""})))
    assert site.source.crs == "EPSG:4526"


def test_six_degree_zone_is_told_by_its_digits(tmp_path):
    ring = tuple((north, east - 18e6) for north, east in RECTANGLE)  # zone 20, 117°E
    content = text([header(), *points(ring)], system={**SYSTEM, "带号": "", "几度分带": "6"})
    assert read(write(tmp_path, content), epsg=4549).source.crs == "EPSG:4498"


def test_digits_and_attribute_that_differ_are_a_conflict_with_its_line(tmp_path):
    with pytest.raises(CrsConflict) as refusal:
        read(write(tmp_path, text([header(), *points(RECTANGLE)], system={**SYSTEM, "带号": "37"})))
    assert refusal.value.place == "地块.txt:8"
    assert "carry zone 38" in words(refusal.value)


def test_width_of_the_zone_that_contradicts_is_a_conflict(tmp_path):
    with pytest.raises(CrsConflict) as refusal:
        read(write(tmp_path, text([header(), *points(RECTANGLE)], system={**SYSTEM, "几度分带": "6"})))
    assert refusal.value.place == "地块.txt:5"


def test_plots_in_two_zones_are_a_conflict_at_the_line(tmp_path):
    other = tuple((north, east - 1e6) for north, east in RECTANGLE)
    content = text([header(), *points(RECTANGLE)], [header(), *points(other)], system={**SYSTEM, "带号": ""})
    with pytest.raises(CrsConflict) as refusal:
        read(write(tmp_path, content))
    assert refusal.value.place == "地块.txt:19"


def test_no_zone_anywhere_is_asked_for(tmp_path):
    path = write(tmp_path, text([header(), *points(PLAIN)], system={**SYSTEM, "带号": ""}))
    with pytest.raises(CrsMissing) as refusal:
        read(path)
    assert "without zone prefix" in words(refusal.value)
    assert "--crs" in words(refusal.value)
    assert only_part(read(path, crs=4547)).geometry.area == 20000.0


def test_no_coordinate_system_is_asked_for_even_with_a_prefix(tmp_path):
    path = write(tmp_path, text([header(), *points(RECTANGLE)], system={}))
    with pytest.raises(CrsMissing) as refusal:
        read(path)
    assert "EPSG:4526" in words(refusal.value)
    assert read(path, crs=4526).source.crs == "EPSG:4526"


@pytest.mark.parametrize("system", ["1980西安坐标系", "80国家大地坐标系", "1954年北京坐标系", "郑州市独立坐标系"])
def test_other_datums_are_refused_at_their_line(tmp_path, system):
    with pytest.raises(CrsRefused) as refusal:
        read(write(tmp_path, text([header(), *points(RECTANGLE)], system={**SYSTEM, "坐标系": system})))
    assert refusal.value.place == "地块.txt:4"
    assert "有资质" in words(refusal.value, "zh")


def test_swapped_columns_are_asked_for_never_guessed(tmp_path):
    swapped = tuple((east, north) for north, east in RECTANGLE)
    path = write(tmp_path, text([header(), *points(swapped)]))
    with pytest.raises(ChoiceNeeded) as refusal:
        read(path)
    assert "east_first" in words(refusal.value)
    assert only_part(read(path, axes="east_first")).geometry.bounds == (467800.0, 3846900.0, 468000.0, 3847000.0)


def test_coordinates_without_their_leading_digits_are_asked_for(tmp_path):
    cut = tuple((north - 3.8e6, east - 38.4e6) for north, east in RECTANGLE)
    with pytest.raises(BrokenFile) as refusal:
        read(write(tmp_path, text([header(), *points(cut)])))
    assert "加常数" in words(refusal.value, "zh")


@pytest.mark.parametrize(
    ("broken", "line", "reason"),
    [
        ("J2,1,3847000.000", 14, "four fields"),
        ("J2,1,abc,38468000.000", 14, "abc"),
        ("J2,1,nan,38468000.000", 14, "nan"),
        ("J2,1,1e309,38468000.000", 14, "1e309"),
    ],
)
def test_bad_point_is_named_with_its_line(tmp_path, broken, line, reason):
    lines = points(RECTANGLE)
    lines[1] = broken
    with pytest.raises(BrokenFile) as refusal:
        read(write(tmp_path, text([header(), *lines])))
    assert refusal.value.place == f"地块.txt:{line}"
    assert reason in words(refusal.value)


def test_same_number_at_two_places_cannot_close_a_ring(tmp_path):
    lines = [*points(RECTANGLE, closing="none"), "J1,1,3847000.500,38467800.000"]
    with pytest.raises(BrokenFile) as refusal:
        read(write(tmp_path, text([header(), *lines])))
    assert "0.500 m" in words(refusal.value)
    assert refusal.value.place == "地块.txt:17"


def test_points_before_any_plot_and_a_plot_without_points_are_refused(tmp_path):
    with pytest.raises(BrokenFile, match="broken_txt_no_header"):
        read(write(tmp_path, text(points(RECTANGLE))))
    with pytest.raises(BrokenFile, match="broken_txt_no_point"):
        read(write(tmp_path, text([header()], [header(), *points(RECTANGLE)])))
    with pytest.raises(BrokenFile, match="broken_txt_no_plot"):
        read(write(tmp_path, "[属性描述]\n坐标系=2000国家大地坐标系\n"))


def test_file_of_lines_holds_no_area(tmp_path):
    with pytest.raises(NoArea):
        read(write(tmp_path, text([header(kind="线"), *points(RECTANGLE)])))


def test_bow_tie_is_repaired_and_both_areas_are_reported(tmp_path):
    tie = (RECTANGLE[0], RECTANGLE[2], RECTANGLE[1], RECTANGLE[3])
    site = read(write(tmp_path, text([header(area=""), *points(tie)])))
    said = values(site, "repaired")
    assert said["place"] == "地块.txt:12"
    assert said["defect"] == "self_intersection"
    assert float(said["after_m2"]) == pytest.approx(10000, rel=1e-3)
    assert "E 467900.00, N 3846950.00" in said["where"]


def test_overlapping_plots_are_told_with_the_area_they_share(tmp_path):
    beside = tuple((north, east + 150) for north, east in RECTANGLE)
    site = read(write(tmp_path, text([header(), *points(RECTANGLE)], [header(), *points(beside)])))
    said = values(site, "parts_overlap")
    assert (said["first"], said["second"], said["area_m2"]) == ("1", "2", "5000.00")
    assert "E 467975.00, N 3846950.00" in said["where"]


def test_every_issue_is_said_without_a_gap(tmp_path):
    lines = [header(count=99, area="30", purpose="工业用地", code="0601"), *points(RECTANGLE, closing="none")]
    site = read(write(tmp_path, text(lines)))
    assert len(site.issues) >= 4
    for language in ("zh", "en"):
        assert not [said for said in spoken(site, language) if "—" in said]
