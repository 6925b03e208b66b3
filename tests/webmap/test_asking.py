"""What a form or a JSON body may say."""

import pytest
import shapely

from spatialhub.errors import BrokenFile, NothingGiven, OptionError
from spatialhub.messages import explain
from spatialhub.spatial.model import Form
from webmap.asking import Way, from_form, from_json, typed_wkt


def test_boundary_points_typed_line_by_line_become_a_polygon():
    text = "J1, 467900, 3846900\n2 468000 3846900\n468000，3847000"
    assert shapely.from_wkt(typed_wkt(text)).area == 5_000


def test_an_empty_line_begins_another_parcel():
    square = "0.0 0.0\n10.0 0.0\n10.0 10.0\n0.0 10.0"
    other = square.replace("10.0", "20.0")
    assert len(shapely.from_wkt(typed_wkt(f"{square}\n\n{other}")).geoms) == 2


def test_wkt_is_left_as_typed():
    assert typed_wkt(" SRID=4547;POLYGON((0 0,1 0,1 1,0 0)) ") == "SRID=4547;POLYGON((0 0,1 0,1 1,0 0))"


def test_a_line_that_is_no_point_is_named():
    with pytest.raises(BrokenFile) as refused:
        typed_wkt("467900 3846900\n界址点二\n468000 3847000")
    assert "第 2 行“界址点二”不是一对坐标" in explain(refused.value)["what"]


@pytest.mark.parametrize("way", ["file", "typed", "drawn", "sample"])
def test_nothing_given_is_said_for_each_way(way):
    with pytest.raises(NothingGiven, match=way):
        from_form({"way": way}, None)


def test_the_form_s_choices_are_read():
    form = {"way": "file", "use": "0701 城镇住宅用地", "crs": "4547", "form": "linear", "min_area_m2": "18000"}
    asked = from_form(form, ("a.txt", b"x"))
    assert (asked.way, asked.use, asked.crs) == (Way.FILE, "0701", 4547)
    assert (asked.form, asked.min_area_m2) == (Form.LINEAR, 18_000)


@pytest.mark.parametrize(
    ("name", "value"),
    [("min_area_m2", "-1"), ("min_area_m2", "nan"), ("min_area_m2", "1e400"), ("crs", "北京54"), ("form", "round")],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(name, value):
    with pytest.raises(OptionError) as refused:
        from_form({"way": "file", name: value}, ("a.txt", b"x"))
    assert refused.value.place == name


def test_an_unknown_key_of_the_api_is_refused():
    with pytest.raises(OptionError, match="usage"):
        from_json({"wkt": "POLYGON((0 0,1 0,1 1,0 0))", "usage": "0701"})
