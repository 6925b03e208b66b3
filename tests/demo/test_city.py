import hashlib
import json
import os

import pytest

from spatialhub.demo.city import build_city, read_city
from spatialhub.demo.order import Order
from spatialhub.demo.plots import planted
from spatialhub.demo.special.sites import planted_specials
from spatialhub.errors import DemoMissing
from spatialhub.messages import explain


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_files_to_the_byte(demo, tmp_path):
    again = build_city(tmp_path / "city")
    assert digests(again.folder) == digests(demo.folder)


def test_another_seed_gives_another_city_with_the_same_sites(demo, tmp_path):
    other = build_city(tmp_path / "city", Order(seed=1))
    mine, theirs = digests(demo.folder), digests(other.folder)
    assert mine["layers/示例-DLTB.gpkg"] != theirs["layers/示例-DLTB.gpkg"]
    assert {name: hash_ for name, hash_ in mine.items() if name.startswith("sites/")} == {
        name: hash_ for name, hash_ in theirs.items() if name.startswith("sites/")
    }


def test_a_second_build_leaves_what_stands(tmp_path):
    lines = []
    demo = build_city(tmp_path / "city", Order(2_500), report=lines.append)
    before = {path: path.stat().st_mtime_ns for path in demo.folder.rglob("*")}
    told = len(lines)
    assert build_city(tmp_path / "city", Order(2_500), report=lines.append) == demo
    assert {path: path.stat().st_mtime_ns for path in demo.folder.rglob("*")} == before
    assert told and len(lines) == told


def test_another_parcel_count_replaces_the_city_unless_it_fails(tmp_path, monkeypatch):
    build_city(tmp_path / "city", Order(2_500))
    demo = build_city(tmp_path / "city", Order(3_500))
    survey = next(layer for layer in demo.layers if layer.key == "survey")
    assert survey.features == pytest.approx(3_500, rel=0.06)
    before = digests(demo.folder)

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("spatialhub.demo.city.write_site", fail)
    with pytest.raises(OSError, match="disk full"):
        build_city(tmp_path / "city", Order(3_000))
    assert digests(demo.folder) == before
    assert os.listdir(tmp_path) == ["city"]


def test_a_folder_without_a_demo_is_said_so(tmp_path):
    with pytest.raises(DemoMissing) as refusal:
        read_city(tmp_path)
    assert "spatialhub demo build" in explain(refusal.value)["remedy"]


def test_the_folder_says_that_it_is_synthetic(demo):
    assert "非法定界线" in (demo.folder / "示例说明.txt").read_text("utf-8")
    assert json.loads((demo.folder / "demo.json").read_text("utf-8"))["synthetic"] == "示例，非法定界线"


def test_planted_conflicts_are_listed_with_their_areas(demo):
    rows = json.loads((demo.folder / "planted.json").read_text("utf-8"))
    assert {row["key"]: row["overlap_plane_m2"] for row in rows} == {
        feature.key: feature.overlap_plane_m2
        for feature in (*planted(), *(told.feature for told in planted_specials()))
    }
    assert {row["key"]: row["overlap_plane_m2"] for row in rows}["PLANT-ECO-01"] == 150


def test_layers_come_in_three_formats(demo):
    suffixes = {layer.path.suffix for layer in demo.layers}
    assert suffixes == {".gpkg", ".zip", ".geojson"}
    assert all(layer.path.name.startswith("示例-") for layer in demo.layers)
    assert all(layer.path.is_file() and layer.coverage.is_file() for layer in demo.layers)
