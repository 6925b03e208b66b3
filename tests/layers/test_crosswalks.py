"""Crosswalks hold every code that deliveries bring, each to the class that the published comparisons give it."""

from __future__ import annotations

import pytest

from layers.catalog import load_catalogue

CATALOGUE = load_catalogue()

# 用地用海分类 2023: level 1 with its level-2 codes on land, by their last two digits.
PIVOT = {
    "01": 3, "02": 5, "03": 4, "04": 3, "05": 7, "06": 2, "07": 4, "08": 7, "09": 4, "10": 3, "11": 2, "12": 9,
    "13": 12, "14": 3, "15": 7, "16": 0, "17": 6, "23": 7,
}  # fmt: skip

# GB 50137-2011 → national class.
TOWN = {
    "R": "07", "A1": "0801", "A2": "0803", "A3": "0804", "A35": "0802", "A4": "0805", "A5": "0806", "A6": "0807",
    "A7": "1504", "A8": "1502", "A9": "1503", "B1": "0901", "B2": "0902", "B3": "0903", "M": "1001", "W": "1101",
    "S1": "1207", "S2": "1206", "S3": "1208", "S4": "1208", "U11": "1301", "U12": "1303", "U13": "1304",
    "U14": "1305", "U15": "1306", "U16": "1308", "U21": "1302", "U22": "1309", "U31": "1310", "U32": "1311",
    "G1": "1401", "G2": "1402", "G3": "1403", "H14": "07", "H21": "1201", "H22": "1202", "H23": "1204",
    "H24": "1203", "H25": "1205", "H4": "1501", "H5": "1002", "E1": "17", "E2": "01", "E9": "23",
}  # fmt: skip

# Survey (三调 working classification) → national class; 12xx and the wetlands by their level 1.
SURVEY = {
    "0101": "01", "0102": "01", "0103": "01", "0201": "02", "0202": "02", "0203": "02", "0204": "02",
    "0301": "03", "0302": "03", "0305": "03", "0307": "03", "0401": "04", "0403": "04", "0404": "04",
    "0303": "05", "0304": "05", "0306": "05", "0402": "05", "1105": "05", "1106": "05", "1108": "05",
    "0603": "1003", "1006": "06", "1202": "06", "05H1": "09", "0508": "1101", "0601": "1001", "0602": "1002",
    "0701": "0701", "0702": "0703", "08H1": "0801", "08H2": "08", "0809": "13", "0810": "14", "09": "15",
    "1001": "1201", "1002": "1206", "1003": "1202", "1004": "1207", "1005": "1208", "1007": "1203", "1008": "1204",
    "1009": "1205", "1101": "1701", "1102": "1702", "1103": "1703", "1104": "1704", "1107": "1705", "1109": "1311",
    "1110": "1706", "1201": "23", "1203": "23", "1204": "23", "1205": "23", "1206": "23", "1207": "23",
    "0201K": "02", "0301K": "03", "1104K": "1704", "1104A": "1704", "1107A": "1705", "0810A": "1403",
    "201A": "1001", "202A": "1001", "203A": "1001", "011": "01", "012": "01", "013": "01", "031": "03", "032": "03",
    "033": "03", "201": "07", "202": "07", "203": "07", "204": "1002", "205": "15",
}  # fmt: skip


def test_the_pivot_has_every_level_2_code_on_land():
    for first, count in PIVOT.items():
        level_2 = [code for code in CATALOGUE.uses if len(code) == 4 and code.startswith(first)]
        assert level_2 == [f"{first}{number:02d}" for number in range(1, count + 1)], first
    assert {code for code in CATALOGUE.uses if len(code) == 2} == {*PIVOT, "18", "19", "20", "21", "22", "24"}


@pytest.mark.parametrize(("crosswalk", "codes"), [("gb50137_2011", TOWN), ("survey_dlbm", SURVEY)])
def test_every_code_stands_for_its_class_and_says_where_that_comes_from(crosswalk, codes):
    for code, pivot in codes.items():
        row = CATALOGUE.classes[crosswalk].find(code)
        assert row is not None and row.source, code
        assert any(found.startswith(pivot) for found in row.pivot), (code, row.pivot)


def test_what_is_recalled_says_so():
    """A bureau must be able to tell which rows nobody held against the standard."""
    for key in ("gb50137_2011", "tdghdl", "jsydgzq", "survey_dlbm"):
        assert any("凭记忆" in row.source for row in CATALOGUE.classes[key].rows.values()), key
