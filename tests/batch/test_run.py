"""A batch: the same results however it is run, interrupted or spread; a refused site is a row."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from layers import checks
from spatialhub.batch import work
from spatialhub.batch.journal import NAME
from spatialhub.check import CheckOptions
from spatialhub.errors import BatchChanged
from spatialhub.intake import read_site
from spatialhub.intake.wire import error_from_json
from spatialhub.messages import explain
from spatialhub.pool import Ending, Outcome
from tests.batch.world import HOUSING, NOW, Watch, batch, hashes, kill_a_worker, sites
from tests.builders import a_layer, an_entry
from tests.intake import gis
from tests.shapes import square


class Broken(Exception):
    """Stands for the parent's sudden end."""


def stop() -> None:
    raise Broken


def test_a_batch_says_of_every_site_what_a_single_check_says(city, tmp_path):
    done = batch(city, sites(tmp_path / "s.geojson", 6), tmp_path / "out", workers=2)
    alone = gis.geojson(tmp_path / "third.geojson", square(100.0, 1000.0, 0.0))
    site = checks.read(city.space, lambda **known: read_site(alone, use="1401", name="地块3", **known))
    single = checks.check(city.space, site, checks.pinned(), CheckOptions())
    third = done.rows[2]
    assert (third["verdict"], third["area_m2"]) == (single.proposal.verdict.value, single.area_u / 1e4)
    assert [row["number"] for row in done.rows] == [1, 2, 3, 4, 5, 6]
    assert [row["name"] for row in done.rows] == [f"地块{i}" for i in range(1, 7)]
    assert {row["verdict"] for row in done.rows} >= {"does_not_conform"}
    green = {layer.key: layer for layer in single.layers}["line_green"]
    told = {layer["key"]: layer for layer in third["layers"]}
    assert told["line_green"] == {
        "key": "line_green", "title": "line_green 图层", "kind": "control", "status": "hit",
        "area_m2": green.area_u / 1e4, "unchecked_area_m2": 0.0,
    }  # fmt: skip
    assert told["eco_redline"]["status"] == "clear" and 9990 < told["line_green"]["area_m2"] < 10_010


def test_a_site_of_a_batch_and_the_same_file_checked_alone_have_one_hash(city, tmp_path):
    alone = gis.geojson(tmp_path / "alone.geojson", square(100.0, 700.0, 50.0))
    by_feature = batch(city, alone, tmp_path / "a", asked={"use": HOUSING, "use_field": None})
    by_file = batch(city, alone, tmp_path / "b", asked={"use": HOUSING, "use_field": None, "each": "file"})
    layers = checks.pinned()
    name = by_feature.rows[0]["name"]
    site = checks.read(city.space, lambda **known: read_site(alone, use=HOUSING, name=name, **known), layers=layers)
    assert hashes(by_feature) == [checks.check(city.space, site, layers, CheckOptions()).hash]
    assert by_file.rows[0]["site_sha256"] == by_feature.rows[0]["site_sha256"]


def test_sites_that_ran_out_of_memory_are_tried_again_with_more(monkeypatch):
    monkeypatch.setenv("SPATIALHUB_CHECK_MEMORY_MIB", "256")
    outcome = work.answered(work.Job(1, "a", "a"), Outcome(Ending.LARGE), deadline_s=30.0)
    assert outcome.row["state"] == "too_complex" and work.undone(outcome.row, deadline_s=30.0) is False
    assert "256 MiB" in explain(error_from_json(outcome.row["error"]))["what"]
    monkeypatch.setenv("SPATIALHUB_CHECK_MEMORY_MIB", "512")
    assert work.undone(outcome.row, deadline_s=30.0) is True


@pytest.mark.parametrize("each", ["feature", "file"])
def test_a_use_that_files_name_in_words_is_taken_only_where_that_was_said(city, tmp_path, each):
    meant = {"DKYT": city.space.catalogue.uses[HOUSING].name_zh, "DLBM": HOUSING}
    alone = gis.geojson(tmp_path / "alone.geojson", square(100.0, 700.0, 50.0), rows=[meant])
    asked = {"use_field": None, "each": each}
    assert batch(city, alone, tmp_path / "a", asked=asked).rows[0]["uses"] == []
    taken = batch(city, alone, tmp_path / "a", asked=asked | {"use_of_file": True}, fresh=True)
    assert taken.rows[0]["uses"] == [HOUSING]


def test_one_worker_and_two_one_of_them_killed_find_the_same(city, tmp_path):
    path = sites(tmp_path / "s.geojson", 60)
    one = batch(city, path, tmp_path / "one")
    watch = Watch(at={5: kill_a_worker, 30: kill_a_worker})
    two = batch(city, path, tmp_path / "two", workers=2, watch=watch)
    assert hashes(one) == hashes(two) and len(set(hashes(one))) == 60
    assert len(watch.rows) == 60 and {row["state"] for row in two.rows} == {"checked"}


def test_a_refused_site_is_a_row_and_the_rest_is_checked(city, tmp_path):
    bow = gis.shapely.Polygon([(467800, 3846900), (467900, 3847000), (467900, 3846900), (467800, 3847000)])
    shapes = [gis.SQUARE, None, gis.moved(gis.SQUARE, 200_000.0), bow, gis.SQUARE.centroid, gis.SQUARE, gis.SQUARE]
    rows = [{"YT": "999999" if i == 5 else HOUSING} for i in range(7)]
    done = batch(city, gis.geojson(tmp_path / "s.geojson", *shapes, rows=rows), tmp_path / "out", workers=2)
    refused = {row["number"]: row["error"]["class"] for row in done.rows if row["state"] == "refused"}
    assert refused == {2: "NoArea", 3: "OutsideFrame", 5: "NoArea", 6: "UnknownUse"}
    assert [row["number"] for row in done.rows if row["state"] == "checked"] == [1, 4, 7]
    assert "repaired" in [issue[0] for issue in done.rows[3]["issues"]]


def test_past_the_deadline_a_site_is_too_complex_and_more_time_is_tried_again(city, tmp_path):
    path = sites(tmp_path / "s.geojson", 4)
    late = batch(city, path, tmp_path / "out", deadline_s=0.0005)
    assert hashes(late) == ["too_complex"] * 4
    watch = Watch()
    assert hashes(batch(city, path, tmp_path / "out", deadline_s=0.0005, watch=watch)) == ["too_complex"] * 4
    assert (watch.before, watch.rows) == (4, [])
    assert {row["state"] for row in batch(city, path, tmp_path / "out").rows} == {"checked"}


def test_an_interrupted_batch_goes_on_where_it_stopped(city, tmp_path):
    path, out = sites(tmp_path / "s.geojson", 30), tmp_path / "out"
    with pytest.raises(Broken):
        batch(city, path, out, watch=Watch(at={12: stop}))
    with (out / NAME).open("ab") as file:
        file.write(b"0123 torn in the mid")
    watch = Watch()
    resumed = batch(city, path, out, watch=watch)
    assert (watch.total, watch.before, len(watch.rows)) == (30, 12, 18)
    assert hashes(resumed) == hashes(batch(city, path, tmp_path / "whole"))
    again = Watch()
    assert hashes(batch(city, path, out, watch=again)) == hashes(resumed) and again.rows == []


def test_a_batch_is_not_resumed_when_what_it_stands_on_has_changed(city, tmp_path):
    path, out = sites(tmp_path / "s.geojson", 3), tmp_path / "out"
    batch(city, path, out)

    def changed(**options) -> set[str]:
        with pytest.raises(BatchChanged) as refused:
            batch(city, path, out, **options)
        assert "--fresh" in explain(refused.value)["remedy"]
        return {word.code for word in refused.value.params["changed"]}

    assert changed(documents=True) == {"batch_term_documents"}
    assert changed(asked={"use": HOUSING, "use_field": None}) == {"batch_term_use"}
    green = an_entry("line_green")
    city.pin(a_layer(tmp_path, green, [square(10.0)], version=2))
    assert changed() == {"batch_term_layers"}
    sites(path, 4)
    assert changed() == {"batch_term_layers", "batch_term_input"}
    assert len(batch(city, path, out, fresh=True).rows) == 4


def test_a_resumed_batch_keeps_the_day_it_was_begun_on(city, tmp_path, monkeypatch):
    path, out = sites(tmp_path / "s.geojson", 2), tmp_path / "out"
    begun = batch(city, path, out)
    monkeypatch.setattr("tests.batch.world.NOW", NOW + timedelta(days=1))
    assert batch(city, path, out).terms["as_of"] == begun.terms["as_of"] == "2026-03-02"


def test_whole_results_are_kept_beside_the_rows(city, tmp_path):
    out = tmp_path / "out"
    shapes = [gis.SQUARE, gis.moved(gis.SQUARE, 200_000.0)]
    done = batch(city, gis.geojson(tmp_path / "s.geojson", *shapes, rows=[{"YT": HOUSING}]), out, documents=True)
    kept = sorted(path.name for path in (out / "sites").iterdir())
    document = json.loads((out / "sites" / "000001.json").read_text("utf-8"))
    assert kept == ["000001.json"] and done.rows[1]["state"] == "refused"
    assert document["provenance"]["result_hash"] == done.rows[0]["result_hash"]
