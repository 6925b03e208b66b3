"""What others read: the table as Excel opens it, the lines, the counts; none of them depends on the time it took."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.batch import tables
from tests.batch.world import HOUSING, batch, sites
from tests.intake import gis

BOM = b"\xef\xbb\xbf"


def opened(path) -> list[dict[str, str]]:
    """The table as a program reads it."""
    data = path.read_bytes()
    assert data.startswith(BOM) and data.count(BOM) == 1
    return list(csv.DictReader(data.decode("utf-8-sig").splitlines()))


@pytest.fixture
def written(city, tmp_path):
    names = ["03-12", "=1+1", "老城|,\"'\n东", "1207"]
    shapes = [*(gis.moved(gis.SQUARE, 150.0 * i) for i in range(4)), gis.moved(gis.SQUARE, 200_000.0)]
    path = gis.geojson(tmp_path / "s.geojson", *shapes, rows=[{"DKMC": name, "YT": HOUSING} for name in names])
    done = batch(city, path, tmp_path / "out", workers=2)
    tables.write(done, tmp_path / "out", city.space.catalogue, "zh")
    return done, tmp_path / "out"


def test_the_table_has_a_row_for_every_site_in_order_under_chinese_headings(written):
    done, out = written
    rows = opened(out / tables.TABLE)
    assert [row["序号"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert {"结论建议", "面积（平方米）", "未检查（不能视为不涉及）"} <= set(rows[0])
    assert rows[0]["拟建用途"] == "070102 二类城镇住宅用地"
    assert float(rows[0]["面积（平方米）"]) == pytest.approx(done.rows[0]["area_m2"], abs=0.005)
    assert rows[0]["结果校验码"] == done.rows[0]["result_hash"]
    assert rows[4]["状态"] == "被退回" and "范围之外" in rows[4]["没有结论的原因"] and rows[4]["处理办法"]
    assert rows[4]["结论建议"] == rows[4]["面积（平方米）"] == ""


def test_excel_makes_no_date_number_or_formula_of_a_name(written):
    rows = opened(written[1] / tables.TABLE)
    assert [rows[0]["名称"], rows[1]["名称"], rows[3]["名称"]] == ["\t03-12", "'=1+1", "\t1207"]


@given(st.text(max_size=8))
def test_no_text_reaches_excel_as_something_else(name):
    cell = tables._safe(name)
    assert cell in (name, "'" + name, "\t" + name)
    assert not cell.startswith(("=", "+", "-", "@", "\r")) and not cell.replace(".", "", 1).isdecimal()


def test_the_lines_hold_what_the_table_holds_and_no_time(written):
    done, out = written
    lines = [json.loads(line) for line in (out / tables.LINES).read_text("utf-8").splitlines()]
    assert [line["number"] for line in lines] == [1, 2, 3, 4, 5]
    assert [line.get("result_hash") for line in lines] == [row.get("result_hash") for row in done.rows]
    assert lines[4]["error"]["code"] == "outside_frame" and lines[4]["error"]["remedy"]
    assert "deadline_s" not in lines[4] and lines[2]["name"].startswith("老城|")


def test_the_counts_add_up(written):
    _, out = written
    found = json.loads((out / tables.COUNTS).read_text("utf-8"))
    assert found["sites"] == 5 == sum(found["states"].values())
    assert sum(found["verdicts"].values()) == found["states"]["checked"] == 4
    assert found["refusals"] == {"outside_frame": 1} and found["terms"]["as_of"] == "2026-03-02"


def test_files_are_the_same_whoever_made_them(city, tmp_path):
    path = sites(tmp_path / "s.geojson", 40)
    texts = []
    for workers in (1, 2):
        out = tmp_path / str(workers)
        paths = tables.write(batch(city, path, out, workers=workers), out, city.space.catalogue, "zh")
        texts.append([one.read_bytes() for one in paths])
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [
        (["conforms"], "conforms"),
        (["conforms", None], "undetermined"),
        (["does_not_conform", None], "does_not_conform"),
    ],
)
def test_a_site_without_a_verdict_counts_as_undetermined(verdicts, worst):
    rows = [{"verdict": one} if one else {"state": "refused"} for one in verdicts]
    assert tables.worst(rows) == worst
