"""CSV and XLSX of boundary points: heads, order of the columns, rings, and what is asked."""

from __future__ import annotations

import openpyxl
import pytest
import shapely

from spatialhub.errors import BrokenFile, ChoiceNeeded, CrsMissing
from tests.intake.gis import SQUARE
from tests.intake.inside import codes, read, values, words

POINTS = [(3846900.0, 467800.0), (3846900.0, 467900.0), (3847000.0, 467900.0), (3847000.0, 467800.0)]  # north, east
DEGREES = [(34.75, 113.65), (34.75, 113.66), (34.7612, 113.66), (34.7612, 113.65)]  # latitude, longitude


def csv(tmp_path, head, rows, name="a.csv"):
    path = tmp_path / name
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]), "utf-8")
    return path


def numbered(points, *, closed=True, turned=False):
    rows = [(f"J{i}", *(point[::-1] if turned else point)) for i, point in enumerate(points, start=1)]
    return rows + rows[:1] if closed else rows


@pytest.mark.parametrize(
    ("head", "turned", "code"),
    [("点号,X,Y", False, "table_x_is_north"), ("点号,X,Y", True, "table_x_is_east"),
     ("点号,北坐标,东坐标", False, None),
     ("点号,东坐标(m),北坐标(m)", True, None), ("No,Easting,Northing", True, None),
     ("界址点号,纵坐标X,横坐标Y", False, None)],
)  # fmt: skip
def test_order_is_that_of_the_heads_or_told_by_the_numbers_and_said(tmp_path, head, turned, code):
    site = read(csv(tmp_path, head, numbered(POINTS, turned=turned)), crs=4547)
    assert shapely.equals(site.parts[0].geometry, SQUARE)
    assert codes(site) == ([code] if code else [])


@pytest.mark.parametrize("head", ["点号,东坐标,北坐标", "点号,经度,纬度"])
def test_heads_that_the_numbers_contradict_are_asked_about(tmp_path, head):
    points = POINTS if "东" in head else DEGREES
    path = csv(tmp_path, head, numbered(points))
    with pytest.raises(ChoiceNeeded) as question:
        read(path, crs=4547 if "东" in head else 4490)
    for language in ("zh", "en"):
        assert "--axes" in words(question.value, language)


def test_numbers_that_could_be_either_way_are_asked_about(tmp_path):
    path = csv(tmp_path, "点号,X,Y", numbered([(700000, 500000), (700000, 500100), (700100, 500100)]))
    with pytest.raises(ChoiceNeeded):
        read(path, crs=4547)


def test_degrees_that_could_be_minutes_and_seconds_are_asked_about(tmp_path):
    points = [(34.4501, 113.3858), (34.4501, 113.3903), (34.4530, 113.3903)]
    path = csv(tmp_path, "点号,纬度,经度", numbered(points))
    with pytest.raises(ChoiceNeeded) as question:
        read(path, crs=4490)
    for language in ("zh", "en"):
        assert "113.3858" in words(question.value, language)
        assert "--degrees" in words(question.value, language)
    assert read(path, crs=4490, degrees="decimal").parts[0].geometry.area > 5e4


def test_degrees_minutes_seconds_with_their_marks_are_read(tmp_path):
    marked = [
        ("34°45′00″", "113°39′00″"),
        ("34°45′00″", "113°39'36\""),
        ("34°45′40.32″", "113°39′36″N"),
        ("34°45′40.32″", "113°39′00″"),
    ]
    site = read(csv(tmp_path, "点号,纬度,经度", numbered(marked)), crs=4490)
    plain = read(csv(tmp_path, "点号,纬度,经度", numbered(DEGREES), "b.csv"), crs=4490)
    assert shapely.hausdorff_distance(site.parts[0].geometry, plain.parts[0].geometry) < 0.001


def test_table_says_no_system_and_is_asked_for_it(tmp_path):
    with pytest.raises(CrsMissing):
        read(csv(tmp_path, "点号,经度,纬度", numbered(DEGREES, turned=True)))


@pytest.mark.parametrize("between", ["blank", "restart", "closed"])
def test_rings_follow_each_other(tmp_path, between):
    inner = [
        (north + (20 if north < 3.84695e6 else -20), east + (20 if east < 467850 else -20)) for north, east in POINTS
    ]
    first, second = numbered(POINTS, closed=between != "restart"), numbered(inner)
    rows = [*first, *([("", "", "")] if between == "blank" else []), *second]
    site = read(csv(tmp_path, "点号,X,Y", rows), crs=4547)
    assert [part.geometry.area for part in site.parts] == [10_000 - 3_600]
    assert "ring_as_hole" in codes(site)


def test_closing_point_elsewhere_is_refused_at_its_line(tmp_path):
    path = csv(tmp_path, "点号,X,Y", [*numbered(POINTS, closed=False), ("J1", 3846900.5, 467800.0)])
    with pytest.raises(BrokenFile) as refusal:
        read(path, crs=4547)
    for language in ("zh", "en"):
        assert "a.csv:6" in words(refusal.value, language)
        assert "0.500" in words(refusal.value, language)


@pytest.mark.parametrize(
    ("head", "rows", "said"),
    [("甲,乙", [(1, 2)], "经度"), ("点号,X,Y", [("J1", "abc", 1)], "abc"), ("点号,X,Y", [("J1", 3846900, 467800)], "1"),
     ("点号,X,Y", [("J1", "38469OO", 467800)], "38469OO"), ("点号,X,Y", [], "")],
)  # fmt: skip
def test_table_that_cannot_be_read_is_refused_in_both_languages(tmp_path, head, rows, said):
    with pytest.raises(BrokenFile) as refusal:
        read(csv(tmp_path, head, rows), crs=4547)
    for language in ("zh", "en"):
        assert said in words(refusal.value, language)


def test_open_quote_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('点号,X,Y\nJ1,3846900,"467800\n', "utf-8")
    with pytest.raises(BrokenFile) as refusal:
        read(path, crs=4547)
    assert "a.csv" in words(refusal.value, "zh")


def test_truncated_coordinates_are_refused_and_taken_with_the_constants(tmp_path):
    path = csv(tmp_path, "点号,X,Y", numbered([(north - 3.8e6, east - 4e5) for north, east in POINTS]))
    with pytest.raises(BrokenFile) as refusal:
        read(path, crs=4547)
    assert "去掉了大数" in words(refusal.value, "zh")
    site = read(path, crs=4547, axes="north_first", accept=("add=400000,3800000",))
    assert shapely.equals(site.parts[0].geometry, SQUARE)
    assert values(site, "accepted_add")["north_m"] == "3800000"


def workbook(tmp_path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def test_sheets_with_points_are_asked_about_where_there_are_several(tmp_path):
    rows = [("点号", "X", "Y"), *numbered(POINTS)]
    path = workbook(tmp_path, 甲=rows, 乙=rows, 说明=[("无",)])
    with pytest.raises(ChoiceNeeded) as question:
        read(path, crs=4547)
    assert question.value.params["choices"] == ("甲", "乙")
    assert read(path, crs=4547, sublayer="乙").parts[0].geometry.area == 10_000


def test_names_of_parcels_and_their_use_come_from_their_columns(tmp_path):
    rows = [("地块编号", "地块名称", "点号", "X", "Y", "用地用海代码")]
    rows += [("1", "东块", *row, "1001") for row in numbered(POINTS)]
    rows += [("2", None, label, north, east + 200, None) for label, north, east in numbered(POINTS)]
    site = read(workbook(tmp_path, 表=rows), crs=4547, uses={"1001": "工业用地"})
    assert [(part.name, part.use) for part in site.parts] == [("东块", "1001"), ("", None)]


def test_error_in_a_cell_is_refused_with_its_place(tmp_path):
    path = workbook(tmp_path, 表=[("点号", "X", "Y"), ("J1", "#REF!", 467800.0)])
    with pytest.raises(BrokenFile) as refusal:
        read(path, crs=4547)
    for language in ("zh", "en"):
        assert "表!2" in words(refusal.value, language)


def test_workbook_without_a_table_of_points_is_refused(tmp_path):
    with pytest.raises(BrokenFile) as refusal:
        read(workbook(tmp_path, 表=[("甲", "乙"), (1, 2)]), crs=4547)
    assert "经度" in words(refusal.value, "zh")
