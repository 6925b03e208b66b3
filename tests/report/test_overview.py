"""The overview map: one file, offline, every site in it, hostile names inert."""

import json
import re

import numpy as np
import pytest
import shapely

from spatialhub.report import overview
from spatialhub.report.overview import CheckedSite, render_overview
from spatialhub.result import to_json
from tests.browser import outside, watched_page
from tests.report.sample import HOSTILE, SITE, X, Y, sample_result
from tests.webmap.conftest import browser  # noqa: F401 - a fixture

OUTLINE = shapely.box(X - 20_000, Y - 20_000, X + 20_000, Y + 20_000)


def site(name="甲", verdict="conforms", dx=0.0):
    document = json.loads(json.dumps(to_json(sample_result())))
    document["site"]["name"] = name
    document["proposal"]["verdict"] = verdict
    found = CheckedSite.of(document)
    return CheckedSite(**{slot: getattr(found, slot) for slot in found.__slots__} | {
        "geometry": shapely.transform(SITE, lambda points: np.add(points, (dx, 0.0)))
    })  # fmt: skip


def page(*sites, **more):
    return render_overview(OUTLINE, epsg=4547, city="郑州市", sites=sites, **more)


def test_a_result_is_read_with_what_the_map_tells_of_it():
    found = CheckedSite.of(json.loads(json.dumps(to_json(sample_result()))))
    assert (found.verdict, found.area_m2, found.barred_m2) == ("undetermined", 20_000.0, 5_000.0)
    assert found.unchecked and found.notices == ("示例数据，非法定成果",)


def test_sites_are_told_by_verdict_worst_first_with_letter_and_count():
    html = page(site("甲", "conforms"), site("乙", "does_not_conform", 500), site("丙", "conforms", 900))
    assert html.index("否 不符合") < html.index("符 符合")
    table = re.search("按结论建议</h2><table>.*?</table>", html).group(0)
    assert "<td class=n>2</td>" in table and "4.0000 公顷" in table
    assert html.count('class=\\"place\\"') == 3 or html.count('class="place"') == 3


def test_notices_stand_on_the_map():
    html = page(site(), notices=("本结果用到演示数据",))
    assert "<p class=notice>本结果用到演示数据</p>" in html and "<p class=notice>示例数据，非法定成果</p>" in html


def test_names_from_files_are_text():
    html = page(site(f"{HOSTILE}{{{{7*7}}}}"))
    assert HOSTILE not in html and "{{7*7}}" not in html


def test_a_long_list_is_cut_and_says_so(monkeypatch):
    monkeypatch.setattr(overview, "MAX_ROWS", 1)
    assert "另有 1 宗未列出" in page(site("甲"), site("乙", dx=500))


@pytest.mark.browser
def test_the_overview_opens_from_disk_and_asks_no_host(browser, tmp_path):  # noqa: F811
    path = tmp_path / "总览.html"
    path.write_text(page(site(), site("乙", "undetermined", 3_000)), "utf-8")
    with watched_page(browser) as watched:
        watched.page.goto(path.as_uri())
        watched.page.wait_for_selector(".place")
        assert watched.page.locator(".place").count() == 2
        assert outside(watched.requests, "file:") == [] and watched.faults == []
