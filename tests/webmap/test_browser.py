"""The workbench in a real browser: what a person does, sees and never triggers."""

from __future__ import annotations

import json

import pytest

from tests.browser import outside, watched_page
from tests.webmap.conftest import HOSTILE, E, N, boundary_points, rectangle

pytestmark = pytest.mark.browser

SITE = rectangle(0, 0, 200, 100)
BUSY_MS = 30_000


@pytest.fixture
def bench(browser, address):
    """A workbench whose requests and faults are held against the rules when the test is over."""
    with watched_page(browser) as watched:
        watched.page.goto(f"{address}/map")
        watched.page.wait_for_selector("canvas")
        yield watched.page
        assert outside(watched.requests, address) == []
        refusals = "Failed to load resource: the server responded with a status of 4"
        assert [fault for fault in watched.faults if not fault.startswith(refusals)] == []


def upload(page, tmp_path, content: bytes, name="试验地块.txt"):
    file = tmp_path / name
    file.write_bytes(content)
    page.set_input_files("#file", str(file))


def result(page):
    page.wait_for_selector("article.result", timeout=BUSY_MS)
    return page.locator("#outcome").inner_text()


def test_an_uploaded_boundary_table_gives_a_verdict_beside_the_map(bench, tmp_path):
    upload(bench, tmp_path, boundary_points(SITE))
    bench.fill("#use", "0701 城镇住宅用地")
    bench.click("#go")
    said = result(bench)
    # A floor is hit, and required layers are missing: the trimmed rest would do, but nobody can say yet.
    assert "结论建议：待定" in said
    assert "永久基本农田" in said and "压占" in said and "2,499.9" in said
    assert "未检查的内容" in said and "城乡总体规划" in said
    assert "征求意见部门" in said
    assert bench.evaluate("document.activeElement.className") == "sitename"
    assert "/results/" in bench.url


def test_a_fragment_chosen_in_the_list_is_marked_and_the_result_survives_a_reload(bench, tmp_path):
    upload(bench, tmp_path, boundary_points(SITE))
    bench.click("#go")
    result(bench)
    bench.reload()
    assert "永久基本农田" in result(bench)
    bench.locator("[data-show]").first.click()
    assert bench.locator("tr.chosen").count() == 1


def test_a_missing_coordinate_system_is_asked_for_and_the_input_is_kept(bench, tmp_path):
    ring = [[x, y] for x, y in SITE.exterior.coords]
    upload(bench, tmp_path, json.dumps({"type": "Polygon", "coordinates": [ring]}).encode(), "红线.geojson")
    bench.fill("#use", "0701")
    bench.click("#go")
    bench.wait_for_selector(".refusal", timeout=BUSY_MS)
    assert bench.locator("#crs").is_visible() and bench.input_value("#use") == "0701"
    assert bench.evaluate("document.activeElement.id") == "crs"
    bench.select_option("#crs", "4547")
    bench.click("#go")
    assert "永久基本农田" in result(bench)


def test_columns_in_the_other_order_are_asked_about_never_swapped_silently(bench, tmp_path):
    lines = boundary_points(SITE).decode("gb18030").splitlines()
    swapped = [line.split(",") for line in lines if line.startswith("J")]
    text = [line for line in lines if not line.startswith("J")] + [",".join((a, b, d, c)) for a, b, c, d in swapped]
    upload(bench, tmp_path, "\r\n".join(text).encode("gb18030"))
    bench.click("#go")
    bench.wait_for_selector(".refusal", timeout=BUSY_MS)
    assert bench.locator("#choice").is_visible()
    bench.select_option("#choice", "east_first")
    bench.click("#go")
    assert "永久基本农田" in result(bench)


def test_coordinates_can_be_typed_instead_of_drawn(bench):
    bench.check('input[name="way"][value="typed"]')
    bench.fill("#typed", "\n".join(f"{x:.3f} {y:.3f}" for x, y in SITE.exterior.coords[:-1]))
    bench.select_option("#crs", "4547")
    bench.fill("#use", "0701")
    bench.keyboard.press("Enter")
    assert "永久基本农田" in result(bench)


def test_a_site_can_be_drawn_on_the_map(bench):
    bench.check('input[name="way"][value="drawn"]')
    bench.click("#draw")
    box = bench.locator("#map").bounding_box()
    centre = (box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.5)
    for right, down in ((0, 0), (60, 0), (60, 60)):
        bench.mouse.click(centre[0] + right, centre[1] + down, delay=40)
        bench.wait_for_timeout(300)
    bench.mouse.dblclick(centre[0], centre[1] + 60, delay=40)
    bench.wait_for_function("document.forms.ask.elements.drawn.value.includes('MultiPolygon')")
    assert "已画 1 块" in bench.inner_text("#drawnote")
    bench.fill("#use", "1401")
    bench.click("#go")
    assert "结论建议" in result(bench)


def test_names_from_files_never_become_markup(bench, tmp_path):
    upload(bench, tmp_path, boundary_points(rectangle(0, 150, 200, 260), name=HOSTILE))
    bench.fill("#use", "0701")
    bench.click("#go")
    said = result(bench)
    assert f"演练路{HOSTILE}" in bench.locator("#outcome").text_content()
    assert bench.locator("#outcome img").count() == 0 and "城市道路红线" in said


def test_downloads_are_offered_and_the_conflict_map_opens_from_disk_alone(bench, browser, tmp_path):
    upload(bench, tmp_path, boundary_points(SITE))
    bench.fill("#use", "0701")
    bench.click("#go")
    result(bench)
    with bench.expect_download() as download:
        bench.click("text=检查图（HTML）")
    file = tmp_path / "map.html"
    download.value.save_as(file)
    with watched_page(browser) as opened:
        opened.page.goto(file.as_uri())
        opened.page.wait_for_selector("path.c-barred")
        assert "结论建议：待定" in opened.page.inner_text("#report")
        assert outside(opened.requests, file.as_uri()) == [] and opened.faults == []


def test_everything_can_be_reached_by_keyboard(bench):
    seen = set()
    for _ in range(40):
        bench.keyboard.press("Tab")
        seen.add(bench.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"map", "file", "use", "form", "level", "manner", "facility", "min_area_m2", "go"} <= seen


def test_units_keep_their_case(bench, address):
    bench.goto(f"{address}/layers")
    styles = bench.eval_on_selector_all("th", "cells => cells.map(cell => getComputedStyle(cell).textTransform)")
    assert set(styles) == {"none"} and bench.evaluate("document.documentElement.lang") == "zh-CN"


def test_a_file_is_looked_at_on_the_map_and_a_remedy_taken_with_one_click(bench, tmp_path):
    content = boundary_points(SITE).replace("带号=38".encode("gb18030"), "带号=37".encode("gb18030"))
    upload(bench, tmp_path, content)
    bench.click("#look")
    bench.wait_for_selector("article.inspection .remedies", timeout=BUSY_MS)
    assert "照现在的样子不能检查" in bench.locator("#outcome").inner_text()
    bench.hover("[data-remedy='1'] button")
    bench.click("[data-remedy='1'] button")
    bench.wait_for_selector("article.inspection .ready", timeout=BUSY_MS)
    assert "已选用" in bench.locator("#taken").inner_text()
    bench.click("#go")
    assert "结论建议" in result(bench)
    assert "按提交者的确认读作 EPSG:4526" in bench.locator("#outcome").inner_text()


def test_spots_of_a_file_are_numbered_and_found_on_the_map(bench, tmp_path):
    ring = [[E, N], [E + 200, N + 100], [E + 200, N], [E, N + 100], [E, N]]
    crs = {"type": "name", "properties": {"name": "EPSG:4547"}}
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    content = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}).encode()
    upload(bench, tmp_path, content, name="坏图形.geojson")
    bench.click("#look")
    bench.wait_for_selector("[data-spot='1']", timeout=BUSY_MS)
    assert "边界自相交" in bench.locator(".spots").inner_text()
    bench.click("[data-spot='1']")


def test_a_refused_check_leads_to_the_look_at_the_file(bench, tmp_path):
    upload(bench, tmp_path, boundary_points(SITE).replace("带号=38".encode("gb18030"), "带号=37".encode("gb18030")))
    bench.click("#go")
    bench.wait_for_selector("[data-look]", timeout=BUSY_MS)
    bench.click("[data-look]")
    bench.wait_for_selector("article.inspection .remedies", timeout=BUSY_MS)


def test_the_use_that_a_file_writes_is_taken_from_the_result_with_one_click(bench, tmp_path):
    upload(bench, tmp_path, boundary_points(SITE))
    bench.click("#go")
    assert "未给出用途" in result(bench)
    asked = bench.locator("section.asked")
    assert "0701 城镇住宅用地" in asked.inner_text() and asked.is_visible()
    bench.click("[data-take]")
    bench.wait_for_selector("[data-take]", state="detached", timeout=BUSY_MS)
    assert "未给出用途" not in result(bench)
    assert "提交者已确认" in bench.locator("#outcome").inner_text()


def test_the_use_is_not_offered_where_the_file_is_gone(bench, tmp_path):
    upload(bench, tmp_path, boundary_points(SITE))
    bench.click("#go")
    result(bench)
    bench.reload()
    bench.wait_for_selector("[data-needs-file]", state="attached", timeout=BUSY_MS)
    bench.wait_for_selector("[data-needs-file]", state="hidden", timeout=BUSY_MS)


def test_on_a_phone_what_was_found_comes_into_view_and_a_spot_leads_to_the_map(bench, tmp_path):
    bench.set_viewport_size({"width": 390, "height": 844})
    ring = [[E, N], [E + 200, N + 100], [E + 200, N], [E, N + 100], [E, N]]
    value = {"type": "Polygon", "coordinates": [ring], "crs": {"type": "name", "properties": {"name": "EPSG:4547"}}}
    upload(bench, tmp_path, json.dumps(value).encode(), name="坏图形.geojson")
    bench.click("#look")
    bench.wait_for_selector("[data-spot='1']", timeout=BUSY_MS)
    height = bench.evaluate("document.querySelector('article.inspection').getBoundingClientRect().top")
    assert height < 300
    bench.click("[data-spot='1']")
    assert bench.evaluate("document.getElementById('map').getBoundingClientRect().bottom") > 200
