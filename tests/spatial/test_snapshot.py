"""Snapshots are right for any size, refuse what they cannot read, and read the same in another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import STRtree

from spatialhub.errors import SnapshotDamaged, SnapshotFormat
from spatialhub.messages import explain
from spatialhub.spatial.area import areas_m2
from spatialhub.spatial.snapshot import FORMAT_VERSION, Snapshot, SnapshotBuilder
from tests import shapes
from tests.builders import EVERYWHERE, a_layer

SEED = 20190817


def scattered(count: int) -> np.ndarray:
    """`count` turned rectangles and triangles of 20-200 m over 40 km, and one giant over a third of it."""
    random = np.random.default_rng(SEED)
    x, y = random.uniform(-20_000, 20_000, (2, count)) + np.array(shapes.ORIGIN)[:, None]
    width, height = random.uniform(20, 200, (2, count))
    angle = random.uniform(0, np.pi, count)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])[None] / 2 * np.stack([width, height], axis=1)[:, None]
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], axis=1).reshape(-1, 2, 2)
    made = shapely.polygons(corners @ turn + np.stack([x, y], axis=1)[:, None])
    made[::3] = shapely.polygons(shapely.get_coordinates(made[::3]).reshape(-1, 5, 2)[:, :3])
    if count > 1:
        made[count // 2] = shapes.disc(7_000.0, vertices=20_000)
    return made


def written(folder: Path, geometries: np.ndarray, chunk: int = 30_000) -> Path:
    """Write a snapshot chunk by chunk; column `number` counts, `text` is null for every seventh."""
    columns = {"number": "number", "text": "text"}
    with SnapshotBuilder(
        folder, layer="line_red", epsg=shapes.EPSG, entry_sha256="e", coverage=EVERYWHERE, columns=columns
    ) as builder:
        for start in range(0, len(geometries), chunk):
            ids = range(start, min(start + chunk, len(geometries)))
            texts = [None if i % 7 == 0 else f"图斑{i}" for i in ids]
            builder.add(geometries[start : start + chunk], {"number": list(ids), "text": texts})
        return folder / builder.publish()


@pytest.fixture(scope="module", params=[0, 1, 5_000, 100_000])
def pair(request, tmp_path_factory):
    geometries = scattered(request.param)
    return Snapshot.open(written(tmp_path_factory.mktemp("store"), geometries)), geometries


QUERIES = {
    **shapes.ZOO,
    "far away": shapes.square(10.0, 90_000.0, 90_000.0),
    "everything": EVERYWHERE,
    "a long diagonal": shapes.polygon((-20_000, -20_000), (-19_990, -20_000), (20_000, 20_000), (19_990, 20_000)),
}


@pytest.mark.parametrize("name", QUERIES)
def test_search_finds_everything_that_intersects(pair, name):
    snapshot, geometries = pair
    truth = np.sort(STRtree(geometries).query(QUERIES[name], predicate="intersects"))
    found = snapshot.search(QUERIES[name])
    parts, feature_of = snapshot.parts(found)
    hit = shapely.intersects(parts, QUERIES[name])
    assert np.array_equal(np.unique(feature_of[hit]), truth)
    assert np.all(np.diff(found) > 0)


def test_overlap_with_the_zoo_equals_brute_force(pair):
    snapshot, geometries = pair
    for site in shapes.ZOO.values():
        parts, _ = snapshot.parts(snapshot.search(site))
        truth = shapely.area(shapely.intersection(geometries, site)).sum()
        assert shapely.area(shapely.intersection(parts, site)).sum() == pytest.approx(truth, rel=1e-12, abs=1e-9)


def test_scan_finds_what_meets_a_box_including_its_edges(pair):
    snapshot, geometries = pair
    tree = STRtree(geometries)
    box = shapely.bounds(shapes.TWENTY_SQUARE_KILOMETRES)
    found = snapshot.scan(tuple(box))
    assert np.all(np.diff(found) > 0)
    assert set(tree.query(shapely.box(*box), predicate="intersects")) <= set(found)
    assert set(found) <= set(tree.query(shapely.box(*box)))
    if len(geometries):
        _, ymin, xmax, ymax = shapely.bounds(geometries[0])
        assert 0 in snapshot.scan((xmax, ymin, xmax + 1.0, ymax))
        assert 0 not in snapshot.scan((xmax + 0.1, ymin, xmax + 1.0, ymax))


def test_features_come_back_bit_for_bit(pair):
    snapshot, geometries = pair
    ids = np.arange(0, len(geometries), max(1, len(geometries) // 50))
    assert np.all(shapely.equals_exact(snapshot.features(ids), geometries[ids], tolerance=0.0))


def test_columns_keep_numbers_texts_and_nulls(pair):
    snapshot, geometries = pair
    ids = np.arange(len(geometries))[:: max(1, len(geometries) // 100)]
    assert snapshot.columns(["text", "number"], ids) == {
        "text": [None if i % 7 == 0 else f"图斑{i}" for i in ids],
        "number": [float(i) for i in ids],
    }
    with pytest.raises(KeyError):
        snapshot.columns(["no such column"], ids)


def test_meta_counts_and_sums(pair):
    snapshot, geometries = pair
    assert snapshot.meta.feature_count == len(geometries)
    assert snapshot.meta.area_plane_m2 == pytest.approx(shapely.area(geometries).sum(), rel=1e-12)
    assert snapshot.meta.area_m2 == pytest.approx(areas_m2(geometries, shapes.EPSG).sum(), rel=1e-12)
    assert snapshot.part_areas.shape == (snapshot.meta.part_count, 2)
    for axis in (0, 1):
        sums = np.bincount(snapshot.part_features, snapshot.part_areas[:, axis], len(geometries))
        assert sums == pytest.approx(snapshot.areas[:, axis], rel=1e-9)
    assert snapshot.areas.shape == (len(geometries), 2)
    assert snapshot.coverage.equals(EVERYWHERE)
    snapshot.verify()


def test_same_content_has_the_same_name_and_is_stored_once(tmp_path):
    first, second = (written(tmp_path, scattered(50)) for _ in range(2))
    assert first == second
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


def test_chunks_do_not_matter(tmp_path):
    geometries = scattered(500)
    assert written(tmp_path / "a", geometries, chunk=7).name == written(tmp_path / "b", geometries, chunk=500).name


def test_ids_known_to_be_distinct_give_the_same_snapshot(tmp_path):
    geometries = scattered(20)
    head = {"layer": "x", "epsg": shapes.EPSG, "entry_sha256": "", "coverage": EVERYWHERE, "columns": {"id": "text"}}
    names = []
    for distinct_ids in (False, True):
        with SnapshotBuilder(tmp_path / str(distinct_ids), **head) as builder:
            builder.add(geometries, {"id": [f"r{i}" for i in range(20)]})
            names.append(builder.publish(distinct_ids=distinct_ids))
    assert names[0] == names[1]


def test_what_the_writing_thread_cannot_write_is_told_and_nothing_stays_behind(tmp_path, monkeypatch):
    def full(self, blob):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SnapshotBuilder, "_write_wkb", full)
    with pytest.raises(OSError, match="No space"):
        written(tmp_path, scattered(5))
    assert list(tmp_path.iterdir()) == []


def test_nothing_stays_behind_unless_published(tmp_path):
    with (
        pytest.raises(ZeroDivisionError),
        SnapshotBuilder(tmp_path, layer="x", epsg=4547, entry_sha256="", coverage=EVERYWHERE, columns={}) as builder,
    ):
        builder.add(scattered(3), {})
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_column_of_another_length_is_refused(tmp_path):
    with (
        pytest.raises(ValueError, match="column id: 1 values for 2 features"),
        SnapshotBuilder(
            tmp_path, layer="x", epsg=4547, entry_sha256="", coverage=EVERYWHERE, columns={"id": "text"}
        ) as builder,
    ):
        builder.add(scattered(2), {"id": ["a"]})


def test_another_process_reads_the_same(tmp_path):
    path = written(tmp_path, scattered(2_000))
    code = (
        "import sys, hashlib, shapely; from spatialhub.spatial.snapshot import Snapshot\n"
        "from tests import shapes\n"
        "s = Snapshot.open(sys.argv[1]); ids = s.search(shapes.TWENTY_SQUARE_KILOMETRES)\n"
        "digest = hashlib.sha256(b''.join(shapely.to_wkb(s.features(ids)))).hexdigest()\n"
        "print(len(ids), digest, s.columns(['text'], ids))"
    )
    said = [_run(code, str(path)) for _ in range(2)]
    snapshot = Snapshot.open(path)
    ids = snapshot.search(shapes.TWENTY_SQUARE_KILOMETRES)
    assert said[0] == said[1]
    assert said[0].startswith(f"{len(ids)} ")
    assert said[0].endswith(str(snapshot.columns(["text"], ids)))


def _run(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def writable(path: Path) -> Path:
    """Make a published file writable again, to damage it."""
    path.chmod(0o644)
    return path


@pytest.mark.parametrize("name", ["arrays.bin", "whole.wkb"])
def test_cut_file_is_damaged_and_says_which(tmp_path, name):
    path = written(tmp_path, scattered(20))
    file = writable(path / name)
    os.truncate(file, file.stat().st_size - 1)
    with pytest.raises(SnapshotDamaged) as caught:
        Snapshot.open(path)
    assert caught.value.params["reason"] == name
    assert "layers rebuild" in explain(caught.value, "en")["remedy"]


@pytest.mark.parametrize("name", ["arrays.bin", "whole.wkb", "manifest.json"])
def test_missing_file_is_damaged(tmp_path, name):
    path = written(tmp_path, scattered(20))
    assert Snapshot.open(path).meta.feature_count == 20
    (path / name).unlink()
    with pytest.raises(SnapshotDamaged):
        Snapshot.open(path)


def test_flipped_bit_is_found_by_verify_in_every_array(tmp_path):
    path = written(tmp_path, scattered(20))
    content = (path / "arrays.bin").read_bytes()
    file = writable(path / "arrays.bin")
    for name, facts in json.loads((path / "manifest.json").read_text("utf-8"))["arrays"].items():
        if not all(facts["shape"]):
            continue
        flipped = bytearray(content)
        flipped[facts["offset"]] ^= 1
        file.write_bytes(flipped)
        with pytest.raises(SnapshotDamaged) as caught:
            Snapshot.open(path).verify()
        assert caught.value.params["reason"] == f"arrays.bin: {name}"
    file.write_bytes(content)
    Snapshot.open(path).verify()


def test_flipped_bit_of_a_whole_feature_is_found_by_verify(tmp_path):
    path = written(tmp_path, scattered(20))
    file = writable(path / "whole.wkb")
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)
    with pytest.raises(SnapshotDamaged) as caught:
        Snapshot.open(path).verify()
    assert caught.value.params["reason"] == "whole.wkb"


def test_changed_manifest_is_damaged(tmp_path):
    path = written(tmp_path, scattered(2))
    manifest = writable(path / "manifest.json")
    manifest.write_text(manifest.read_text("utf-8").replace('"epsg": 4547', '"epsg": 4549'), "utf-8")
    with pytest.raises(SnapshotDamaged):
        Snapshot.open(path)


@pytest.mark.parametrize("content", [None, b"", b"no json", b"\xff\xfe"])
def test_missing_or_broken_manifest_is_damaged(tmp_path, content):
    path = written(tmp_path, scattered(2))
    manifest = writable(path / "manifest.json")
    manifest.unlink() if content is None else manifest.write_bytes(content)
    with pytest.raises(SnapshotDamaged) as caught:
        Snapshot.open(path)
    assert caught.value.place == str(path)


def test_unknown_format_names_the_command_that_writes_it_anew(tmp_path):
    path = written(tmp_path, scattered(2))
    manifest = writable(path / "manifest.json")
    said = json.loads(manifest.read_text("utf-8")) | {"format_version": FORMAT_VERSION + 1}
    manifest.write_text(json.dumps(said), "utf-8")
    with pytest.raises(SnapshotFormat) as caught:
        Snapshot.open(path)
    assert explain(caught.value, "en")["remedy"].startswith("Run spatialhub layers rebuild line_red to write it anew;")


def test_layer_of_the_builders_is_a_real_snapshot(tmp_path):
    layer = a_layer(tmp_path, features=[shapes.SQUARE, (shapes.L, {"class": "1401", "area": 92.5})])
    snapshot = Snapshot.open(layer.snapshot)
    snapshot.verify()
    assert snapshot.sha256 == layer.sha256
    assert snapshot.columns(["id", "class", "area"], [0, 1]) == {
        "id": ["f1", "f2"],
        "class": [None, "1401"],
        "area": [None, 92.5],
    }
