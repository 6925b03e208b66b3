"""Papers of real checks against all 68 layers: every number of the JSON is found in the text of every form."""

from __future__ import annotations

import io
import json
import re
import time
from functools import partial

import openpyxl
import pypdf
import pytest
import shapely
from shapely.geometry import shape

from layers import checks
from spatialhub import intake
from spatialhub.check import CheckOptions
from spatialhub.demo.sites import site
from spatialhub.demo.trial import check_sample
from spatialhub.demo.trial_sites import city_area, sites_of
from spatialhub.report.figures import percent, square_figure
from spatialhub.report.paper.context import ALL_FRAGMENTS, MOST_POINTS
from spatialhub.report.paper.making import Papers
from spatialhub.report.paper.reading import visible_lines
from spatialhub.report.paper.tables import group_of, touched_m2
from spatialhub.report.view import View
from spatialhub.result import to_json
from tests.demo.conftest import NOW
from tests.office import to_pdf

SIX = {"line_red", "line_green", "line_blue", "line_yellow", "line_purple", "line_orange"}
SAMPLES = ("eco_housing", "farm_road", "approved_road")
LONG_S = 20.0  # of processor time; it takes some two


def _plain(result) -> dict:
    return json.loads(json.dumps(to_json(result), ensure_ascii=False))


@pytest.fixture(scope="module")
def results(workspace, built, loaded):
    """Results by name: trimmed, linear, with an approval; and twenty square kilometres."""
    found = {key: _plain(check_sample(workspace, built, site(key), now=NOW)) for key in SAMPLES}
    (outline,) = sites_of(20e6, 1, within=city_area(5_000), seed=1)
    reader = partial(intake.site_from_wkt, outline.wkt, crs=4547, use="0701", name="二十平方公里")
    pinned = checks.pinned(workspace, as_of=NOW.date())
    options = CheckOptions(min_area_m2=9e6, as_of=NOW.date().isoformat(), checked_at=NOW.isoformat())
    long = checks.check(workspace, checks.read(workspace, reader, layers=pinned), pinned, options)
    return found | {"long": _plain(long)}


@pytest.fixture(scope="module")
def papers(results, workspace):
    """What makes the papers of each result."""
    return {key: Papers(result, workspace) for key, result in results.items()}


@pytest.fixture(scope="module")
def texts(papers):
    """The text of each result's papers, squeezed, by name and form."""
    forms = ("docx", "pdf", "xlsx")
    return {
        (key, form): "".join(visible_lines(form, paper.make(form))) for key, paper in papers.items() for form in forms
    }


def numbers_of(result: dict) -> set[str]:
    """Every number that a paper owes, as printed: all layers, findings, sums and coordinates; of fragments, features
    and crossings those that it lists one by one."""
    site_, proposal = result["site"], result["proposal"]
    areas = [site_["area_m2"], site_["area_plane_m2"], site_["outside_jurisdiction_m2"], result["mismatch_area_m2"]]
    areas += [part[name] for part in site_["parts"] for name in ("area_m2", "declared_area_m2") if part[name]]
    areas += [touched_m2(row) for row in result["layers"] if row["status"] != "unchecked"]
    areas += [row["unchecked_area_m2"] for row in result["layers"]]
    areas += [row["area_m2"] for name in ("reasons", "unchecked", "crossings") for row in proposal[name]]
    areas += [row["area_m2"] for row in result["discrepancies"]] + [result["min_area_m2"] or 0]
    areas += [row[name] for row in result["approvals"] for name in ("area_m2", "needed_m2")]
    suggestion = proposal["suggestion"] or {}
    areas += [suggestion[name] for name in ("area_m2", "lost_m2") if suggestion]
    if len(result["fragments"]) <= ALL_FRAGMENTS:
        areas += [area for _, area in View(result).balanced_fragments()]  # to 0.01 m², so that they add up
        areas += [hit["area_m2"] for row in View(result).constraining() for hit in row["features"]]
    found = {square_figure(area) for area in areas if area >= 0.01}
    shown = [row for row in result["layers"] if row["status"] != "unchecked"]
    found |= {percent(min(1.0, touched_m2(row) / site_["area_m2"])).replace(" ", "") for row in shown}
    found |= {f"{row[name]:,.1f}" for row in proposal["crossings"] for name in ("from_m", "to_m")}
    found |= {f"{value:.3f}" for value in site_["bounds"]}
    for owner in (site_, suggestion):
        if owner:
            points = shapely.get_coordinates(shape(owner["geometry"]))
            found |= {f"{value:.3f}" for value in points[: MOST_POINTS - 1].ravel()}
    return found


def test_these_results_have_all_that_a_paper_can_say(results):
    assert all(len(result["layers"]) == 68 for result in results.values())
    long = {row["key"]: row for row in results["long"]["layers"]}
    assert (
        {key for key in SIX if long[key]["status"] == "hit"}
        == SIX
        == {row["key"] for row in results["long"]["layers"] if group_of(row) == "six_lines"}
    )
    assert len(results["long"]["fragments"]) > 2_000 and results["long"]["merged_faces"]
    assert results["farm_road"]["proposal"]["crossings"] and results["eco_housing"]["proposal"]["suggestion"]
    assert results["approved_road"]["approvals"][0]["accepted"]


@pytest.mark.parametrize("form", ["docx", "pdf"])
@pytest.mark.parametrize("key", [*SAMPLES, "long"])
def test_every_number_of_the_json_is_found_in_the_text(results, texts, key, form):
    missing = sorted(number for number in numbers_of(results[key]) if number not in texts[key, form])
    assert missing == []


@pytest.mark.parametrize("key", [*SAMPLES, "long"])
def test_every_area_and_length_of_the_json_is_a_number_of_the_spreadsheet(results, papers, key):
    book = openpyxl.load_workbook(io.BytesIO(papers[key].make("xlsx")), read_only=True)
    cells = {
        round(float(cell), 4)
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if isinstance(cell, (int, float)) and not isinstance(cell, bool)
    }
    wanted = {round(value, 4) for value in _measures(results[key]) if value}
    assert sorted(wanted - cells) == []


def _measures(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith(("_m2", "_m")) and isinstance(item, (int, float)):
                yield item
            elif key == "moved_m2":
                yield from item.values()
            elif key not in ("attributes", "facts", "geometry"):
                yield from _measures(item)
    elif isinstance(value, list):
        for item in value:
            yield from _measures(item)


@pytest.mark.parametrize("form", ["docx", "pdf", "xlsx"])
def test_every_layer_is_named_and_what_was_not_checked_is_told_so(results, texts, form):
    for key, result in results.items():
        text = texts[key, form]
        assert [row["title"] for row in result["layers"] if _squeezed(row["title"]) not in text] == []
        assert [row["title"] for row in result["proposal"]["unchecked"] if _squeezed(row["title"]) not in text] == []


def _squeezed(words: str) -> str:
    return re.sub(r"\s", "", words)


def test_the_conclusion_of_many_layers_stays_on_the_first_page(papers):
    """Twenty layers hit: the gravest are named, the others counted, and nothing runs off the paper."""
    first = _squeezed(pypdf.PdfReader(io.BytesIO(papers["long"].make("pdf"))).pages[0].extract_text())
    assert "综合结论（建议）" in first and re.search(r"压占\d+层，其中冲突\d+层", first)
    assert first.endswith("—1—")


def test_every_layer_has_a_feature_in_the_list_of_the_long_paper(papers, results):
    context = papers["long"]._context
    listed = {row["layer"] for row in context["features"]}
    assert listed == {row["title"] for row in View(results["long"]).constraining()}
    assert "图斑" in context["features_note"]


def test_an_area_that_is_printed_twice_says_why_it_differs(papers, results):
    notes = {row["text"]: row["note"] for row in papers["long"]._context["reasons"] if row["note"]}
    assert notes and all("系细碎面并入" in note or "过窄" in note for note in notes.values())
    layers = {row["title"]: row for row in results["long"]["layers"]}
    for text, note in notes.items():
        if "：" in text:
            layer = layers[text.split("：", 1)[1]]
            assert f"{square_figure(touched_m2(layer))} m²" in note


def test_the_long_papers_are_made_in_seconds(papers):
    for form in ("docx", "pdf", "xlsx", "gpkg"):
        began = time.process_time()
        papers["long"].make(form)
        assert time.process_time() - began < LONG_S, form


def test_the_long_paper_opens_in_libreoffice_with_every_number(papers, results, tmp_path):
    (tmp_path / "长.docx").write_bytes(papers["long"].make("docx"))
    (report,) = to_pdf(tmp_path, tmp_path / "长.docx")
    text = "".join(visible_lines("pdf", report.read_bytes()))
    assert sorted(number for number in numbers_of(results["long"]) if number not in text) == []
    assert len(pypdf.PdfReader(report).pages) < 60
