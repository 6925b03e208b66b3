"""What stands beside the map is drawn once for a result, and gone when the result is."""

import shutil
from unittest.mock import patch

import pytest

from spatialhub.errors import UnknownResult
from tests.webmap.test_pages import asked, followed
from webmap import panels
from webmap.store import ResultStore


class _View:
    def __init__(self, document):
        self.site = document


@pytest.fixture
def drawn(tmp_path):
    """Results of three sites, their panels of 100 characters each, how often one was drawn."""
    results = ResultStore(tmp_path)
    keys = [results.put({"check.json": f'{{"name": "{name}"}}'}) for name in "甲乙丙"]

    def text(_, *, view, key):
        return f"{view.site['name']}{key}".ljust(100)

    with (
        patch.object(panels, "View", _View),
        patch.object(panels, "render_template", side_effect=text) as render,
    ):
        yield panels.Panels(results, most_characters=250), keys, render, results


def test_a_panel_is_drawn_once_and_says_its_site(drawn):
    kept, keys, render, _ = drawn
    assert [kept.of(keys[0]).name for _ in range(3)] == ["甲"] * 3
    assert keys[0] in kept.of(keys[0]).html and render.call_count == 1


def test_the_one_not_asked_for_longest_makes_room(drawn):
    kept, keys, render, _ = drawn
    for key in (keys[0], keys[1], keys[0], keys[2]):
        kept.of(key)
    assert render.call_count == 3
    kept.of(keys[0])
    assert render.call_count == 3
    kept.of(keys[1])
    assert render.call_count == 4


def test_a_panel_does_not_outlive_its_result(drawn):
    kept, keys, _, results = drawn
    kept.of(keys[0])
    shutil.rmtree(results.folder / keys[0])
    with pytest.raises(UnknownResult):
        kept.of(keys[0])


def test_a_page_reads_the_same_drawn_and_remembered(client):
    answer = followed(client, client.post("/check", data=asked()))
    page = answer.headers["HX-Push-Url"]
    first, second = (client.get(page).get_data(as_text=True) for _ in range(2))
    assert first == second and answer.get_data(as_text=True) in first
    assert "试验 · 工作台" in first.split("<title>")[1].split("</title>")[0]
