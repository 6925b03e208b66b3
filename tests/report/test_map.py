"""The self-contained conflict map."""

from dataclasses import replace

import pytest
from folium.elements import JSCSSMixin
from shapely import box

from spatialhub.catalogue import Family, Kind, LayerEntry, Style
from spatialhub.errors import UnknownMapPart
from spatialhub.report import map as conflict_map
from spatialhub.report.context import DrawnFeature, DrawnLayer
from spatialhub.report.map import render_map
from spatialhub.report.page import escape
from spatialhub.result import to_json
from tests.browser import chromium, outside, watched_page
from tests.report.sample import HOSTILE, TITLES, X, Y, sample_result

TEMPLATE_ATTACK = "{{ 7 * 7 }}{% raw %}{# c #}"


def drawn(key="line_red", name="金水路"):
    entry = LayerEntry(key, TITLES[key], key, Family.SIX_LINES, Kind.CONTROL, "x", "c", Style("#e03131", "#e03131"))
    return DrawnLayer(entry, (DrawnFeature("1", name, "S1", box(X + 20, Y - 200, X + 50, Y + 300)),))


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


def test_the_page_is_chinese_and_names_no_outside_resource():
    html = render_map(to_json(sample_result()), layers=[drawn()])
    assert '<html lang="zh-CN">' in html
    assert "<link" not in html and "<script src" not in html and "openstreetmap" not in html.lower()
    assert "结论建议：待定" in html and "示例数据，非法定成果" in html


def test_an_unknown_part_of_the_map_library_is_refused(monkeypatch):
    class Extra(JSCSSMixin):
        default_js = [("surprise", "somewhere/surprise.js")]

    real = conflict_map._empty_map
    monkeypatch.setattr(conflict_map, "_empty_map", lambda *given: real(*given).add_child(Extra()))
    with pytest.raises(UnknownMapPart, match="surprise"):
        render_map(to_json(sample_result()))


def test_braces_in_a_name_are_not_run_as_a_template():
    html = render_map(to_json(sample_result(name=TEMPLATE_ATTACK)), layers=[drawn(name=TEMPLATE_ATTACK)])
    # JSON inside the script writes & as an escape
    assert escape(TEMPLATE_ATTACK) in html and escape(TEMPLATE_ATTACK).replace("&", "\\u0026") in html


@pytest.mark.browser
def test_it_opens_from_disk_without_one_outside_request(browser, tmp_path):
    file = tmp_path / "map.html"
    file.write_text(render_map(to_json(sample_result()), layers=[drawn(name=HOSTILE)]), "utf-8")
    with watched_page(browser) as watched:
        watched.page.goto(file.as_uri())
        watched.page.wait_for_selector("path.c-barred")
        assert watched.page.locator("path.c-barred").count() == 1
        assert watched.page.locator(".number").all_inner_texts() == ["1", "2", "3", "4", "5", "6"]
        watched.page.locator("path.c-barred").hover(force=True)
        assert "永久基本农田：禁止" in watched.page.locator(".leaflet-tooltip").inner_text()
        assert outside(watched.requests, file.as_uri()) == []
        assert watched.faults == []


def test_a_layer_that_is_not_drawn_as_it_is_says_so():
    html = render_map(to_json(sample_result()), layers=[replace(drawn(), thinned_m=12.4, left_out=3)])
    assert "线形简化约 12 米，3 个小图斑未画" in html
    assert "线形简化" not in render_map(to_json(sample_result()), layers=[drawn()])
