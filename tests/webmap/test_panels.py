"""What stands beside the map is drawn by a worker, once for a result and a program, and gone when the result is."""

import json
import shutil

import pytest

from spatialhub.errors import UnknownResult
from tests.webmap.test_pages import asked, followed
from webmap import drawing, store
from webmap.panels import Panels
from webmap.store import ResultStore


class Worker:
    """Draws panels of 100 characters and counts them."""

    def __init__(self, results):
        self.results, self.drawn = results, []

    def __call__(self, key):
        name = self.results.document(key)["name"]
        said = {"stamp": drawing.stamp(), "name": name, "html": f"<p>{name}".ljust(100)}
        self.results.add(key, store.PANEL, json.dumps(said).encode())
        self.drawn.append(name)


@pytest.fixture
def three(tmp_path):
    """Results of three sites, the panels of all, the worker, and the keys."""
    results = ResultStore(tmp_path)
    keys = [results.put({store.JSON: json.dumps({"name": name})}) for name in "甲乙丙"]
    worker = Worker(results)
    return results, Panels(results, worker, most_characters=250), worker, keys


def test_a_panel_is_drawn_once_and_says_its_site(three):
    _, panels, worker, keys = three
    assert [panels.of(keys[0]).name for _ in range(3)] == ["甲"] * 3
    assert panels.of(keys[0]).html.startswith("<p>甲") and worker.drawn == ["甲"]


def test_another_server_finds_what_was_drawn(three):
    results, panels, worker, keys = three
    panels.of(keys[0])
    assert Panels(results, worker).of(keys[0]).name == "甲" and worker.drawn == ["甲"]


def test_a_panel_that_another_program_drew_is_drawn_anew(three):
    results, panels, worker, keys = three
    results.add(keys[0], store.PANEL, json.dumps({"stamp": "old", "name": "旧", "html": "旧"}).encode())
    assert panels.of(keys[0]).name == "甲" and worker.drawn == ["甲"]


def test_memory_holds_the_last_ones_asked_for(three, monkeypatch):
    _, panels, worker, keys = three
    read = []
    kept = panels._kept
    monkeypatch.setattr(panels, "_kept", lambda key: read.append(key) or kept(key))
    for key in keys:
        panels.of(key)
    assert len(worker.drawn) == 3
    read.clear()
    panels.of(keys[2]), panels.of(keys[1])
    assert read == []
    panels.of(keys[0])
    assert set(read) == {keys[0]} and len(worker.drawn) == 3


def test_a_server_whose_program_was_changed_under_it_shows_what_its_workers_draw(three, monkeypatch):
    _, panels, worker, keys = three
    newer = drawing.stamp()
    monkeypatch.setattr(drawing, "stamp", iter(["older", newer]).__next__)
    assert panels.of(keys[0]).name == "甲" and worker.drawn == ["甲"]


def test_a_panel_does_not_outlive_its_result(three):
    results, panels, _, keys = three
    panels.of(keys[0])
    shutil.rmtree(results.folder / keys[0])
    with pytest.raises(UnknownResult):
        panels.of(keys[0])


def test_a_page_reads_the_same_at_once_remembered_and_drawn_anew(app, client):
    answer = followed(client, client.post("/check", data=asked()))
    page = answer.headers["HX-Push-Url"]
    first = client.get(page).get_data(as_text=True)
    assert answer.get_data(as_text=True) in first and "试验 · 工作台" in first.split("</title>")[0]
    key = page.rsplit("/", 1)[1]
    (app.extensions["results"].folder / key / store.PANEL).unlink()
    assert client.get(page).get_data(as_text=True) == first
    app.extensions["panels"]._known.clear()
    assert client.get(page).get_data(as_text=True) == first


def test_a_panel_is_not_handed_out_as_a_file(client):
    page = followed(client, client.post("/check", data=asked())).headers["HX-Push-Url"]
    assert client.get(f"{page}/{store.PANEL}").status_code == 404
    assert client.get(f"{page}/{store.JSON}").status_code == 200
