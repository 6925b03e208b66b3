"""The spreadsheet: every table in full, numbers as numbers, text as text whatever it begins with."""

import html
import io
import json
import re
import zipfile

import openpyxl
import pytest

from spatialhub.report.paper.seal import HIDDEN_SHEET
from spatialhub.report.paper.sheets import sheets
from spatialhub.report.paper.workbook import render_xlsx
from tests.report.paper.conftest import USES

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "=HYPERLINK(\"http://x\")")  # fmt: skip


def book(document, **more):
    content = render_xlsx(sheets(document, uses=USES), header="结果哈希 & 章", mark="", **more)
    return openpyxl.load_workbook(io.BytesIO(content)), content


def values(found):
    return [cell for sheet in found.worksheets for row in sheet.iter_rows(values_only=True) for cell in row]


def areas(value):
    """Every area of the JSON, wherever it stands; attributes and facts are text of the sources."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith("_m2") and isinstance(item, (int, float)):
                yield item
            elif key not in ("attributes", "facts", "geometry"):
                yield from areas(item)
    elif isinstance(value, list):
        for item in value:
            yield from areas(item)


def test_every_area_of_the_json_stands_in_the_spreadsheet(document, checked):
    for result in (document, checked):
        numbers = {round(cell, 4) for cell in values(book(result)[0]) if isinstance(cell, (int, float))}
        assert sorted(area for area in set(areas(result)) if area and round(area, 4) not in numbers) == []


def test_text_that_looks_like_a_formula_is_text(document):
    document["site"]["name"] = FORMULAS[0]
    for layer, formula in zip(document["layers"], FORMULAS * 3, strict=False):
        for hit in layer["features"]:
            hit["name"] = formula
    found, content = book(document)
    cells = [cell for sheet in found.worksheets for row in sheet.iter_rows() for cell in row if cell.value in FORMULAS]
    assert {cell.value for cell in cells} == set(FORMULAS)
    assert {cell.data_type for cell in cells} == {"s"} and all(cell.quotePrefix for cell in cells)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        pages = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert not any(b"<f>" in page for page in pages)


def test_a_sheet_a_table_and_a_row_a_fragment(document):
    found, _ = book(document)
    names = [sheet.title for sheet in found.worksheets]
    assert {
        "概况",
        "图层",
        "图斑",
        "碎块",
        "规划用途",
        "穿越",
        "界址点",
        "建议界址点",
        "征求部门",
        "未检查",
        "数据版本",
    } <= set(names)
    assert found["碎块"].max_row == 1 + len(document["fragments"])
    assert found["图层"].max_row == 1 + len(document["layers"])


def test_a_text_longer_than_a_cell_goes_on_beside_it(document):
    document["site"]["name"] = "长" * 40_000
    row = next(row for row in book(document)[0]["概况"].iter_rows(values_only=True) if row[0] == "项目（用地）名称")
    assert "".join(cell for cell in row[1:] if cell) == "长" * 40_000


def test_every_printed_page_carries_the_header(document):
    with zipfile.ZipFile(io.BytesIO(book(document)[1])) as archive:
        pages = [html.unescape(archive.read(name).decode()) for name in archive.namelist() if "worksheets/" in name]
    assert all(re.search("<oddHeader>&C结果哈希 && 章", page) for page in pages)


def test_what_is_carried_is_hidden_and_whole(document):
    found, _ = book(document, carried="x" * 100_000)
    assert found[HIDDEN_SHEET].sheet_state == "veryHidden"
    assert "".join(row[0] for row in found[HIDDEN_SHEET].iter_rows(values_only=True)) == "x" * 100_000


@pytest.mark.parametrize("letter", ["\x00", "\x0b", "\ud800"])
def test_what_xml_forbids_does_not_break_the_file(document, letter):
    document["site"]["name"] = f"甲{letter}乙"
    assert any(str(cell).startswith("甲〔U+") for cell in values(book(json.loads(json.dumps(document)))[0]))
