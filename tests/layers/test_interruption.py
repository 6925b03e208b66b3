"""An import of a real file stopped at any moment leaves nothing behind; its result knows nothing of chunks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.build import Origin, build
from layers.imports import import_layer, task_of
from layers.journal import sweep
from spatialhub.errors import TooLarge
from spatialhub.intake import child
from spatialhub.spatial.snapshot import Snapshot
from tests import shapes
from tests.builders import an_entry
from tests.intake.gis import geopackage, shapefile
from tests.layers.fakes import FRAME, NOW, a_workspace
from tests.layers.test_imports import left_over, reports
from tests.places import ROOT

ENTRY = an_entry("line_red", aliases={"id": ("BSM",), "name": ("MC",), "class": ("DLBM",)})
COUNT = 900
IMPORT = """
import os, signal, sys, time
from pathlib import Path
# A suite that a shell put in the background hands on a SIGINT that is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
import layers.build as b, layers.imports as i, tests.layers.fakes as f, tests.layers.test_interruption as t
home, source, moment = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
def here(name):
    if name == moment:
        print("now", flush=True)
        time.sleep(60)
def on(owner, name, moment):
    done = getattr(owner, name)
    def call(*args, **options):
        here(moment)
        return done(*args, **options)
    setattr(owner, name, call)
on(b.SnapshotBuilder, "publish", "publishing")
on(i, "add", "registering")
count = 0
def progress(done, total):
    global count
    count += 1
    here("reading" if count == 2 else "")
whole = i.task_of
i.task_of = lambda *a: b.replace(whole(*a), chunk_features=100)
space = f.a_workspace(home, t.ENTRY)
i.import_layer(space, t.ENTRY, source, who="王", now=f.NOW, coverage="city", progress=progress)
"""


def squares(count=COUNT):
    return [shapes.square(9, 10 * (i % 30), 10 * (i // 30)) for i in range(count)]


@pytest.fixture
def source(tmp_path):
    return geopackage(tmp_path / "a.gpkg", *squares(), layer="a", BSM=[f"r{i}" for i in range(COUNT)])


@pytest.fixture
def workspace(tmp_path):
    space = a_workspace(tmp_path / "home", ENTRY)
    yield space
    space.engine.dispose()


@pytest.fixture
def started(workspace, source, tmp_path):
    """Start an import in a process of its own and wait until it stands at a moment."""
    running = []

    def start(moment):
        scratch = tmp_path / "tmp"
        scratch.mkdir()
        command = [sys.executable, "-c", IMPORT, str(workspace.home), str(source), moment]
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "TMPDIR": str(scratch)}, stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stdout is not None and process.stdout.readline() == "now\n"
        return process, scratch

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def children(pid):
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def ended(pid, within_s=20.0):
    """Whether a process ends in time; one that nobody has waited for yet has ended too."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["reading", "publishing", "registering"])
def test_a_stopped_import_takes_everything_away_at_once(workspace, started, how, moment):
    process, scratch = started(moment)
    readers = children(process.pid)
    process.send_signal(how)
    assert process.wait(timeout=60) != 0
    assert left_over(workspace) == ([], [], [], [])
    assert list(scratch.iterdir()) == [] and all(map(ended, readers))
    assert [report["status"] for report in reports(workspace)] == ["failed"]


@pytest.mark.parametrize("moment", ["reading", "publishing", "registering"])
def test_a_killed_import_shows_nothing_half_made_and_the_next_start_sweeps(workspace, started, moment, monkeypatch):
    process, scratch = started(moment)
    readers = children(process.pid)
    process.kill()
    process.wait()
    assert all(map(ended, readers))
    rows, folders, _, _ = left_over(workspace)
    assert rows == []
    for name in folders:
        if not name.startswith("."):
            Snapshot.open(workspace.snapshots / name).verify()  # whole, and in no version
    sweep(workspace, who="李", now=NOW)
    assert left_over(workspace) == ([], [], [], [])
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setattr(child, "_YOUNG_S", -1.0)
    child._sweep()
    assert list(scratch.iterdir()) == []


def test_a_killed_reader_fails_the_import_and_nothing_is_left(workspace, source, tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    others = set(children(os.getpid()))  # of the suite: multiprocessing has helpers of its own
    killed = []

    def kill(done, total):
        if not killed:
            killed.extend(set(children(os.getpid())) - others)
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    monkeypatch.setattr("layers.imports.task_of", lambda *a: replace(task_of(*a), chunk_features=10))
    with pytest.raises(TooLarge):
        import_layer(workspace, ENTRY, source, who="王", now=NOW, coverage="city", progress=kill)
    assert killed
    assert left_over(workspace) == ([], [], [], []) and list((tmp_path / "tmp").iterdir()) == []


def test_a_scratch_folder_in_use_is_not_swept(monkeypatch):
    monkeypatch.setattr(child, "_YOUNG_S", -1.0)
    with child._folder() as folder:
        child._sweep()
        assert folder.is_dir()
    assert not folder.exists()


def odd_file(path, ids):
    """Parts, holes, a bow-tie, nulls of every kind; ids as given."""
    geometries: list = squares(len(ids))
    geometries[5] = shapely.MultiPolygon([geometries[5], shapes.square(9, 5000, 0)])
    geometries[17] = geometries[17].difference(geometries[17].buffer(-3))
    geometries[40] = shapes.polygon((400, 0), (410, 10), (410, 0), (400, 10))
    geometries[41] = None
    columns = {
        "BSM": ids,
        "MC": [None if i % 7 == 0 else f" 名{i}" for i in range(len(ids))],
        "DLBM": [("0101", "0301", None)[i % 3] for i in range(len(ids))],
        "TBMJ": np.arange(len(ids)) * 1.5,
    }
    if path.suffix == ".shp":
        return shapefile(path, *geometries, columns=columns)
    return geopackage(path, *geometries, layer="a", **columns)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
@pytest.mark.parametrize("last_id", ["r59", "r0"], ids=["ids serve", "one repeated in the last chunk"])
def test_the_same_snapshot_and_report_whatever_the_chunks(workspace, tmp_path, suffix, last_id):
    path = odd_file(tmp_path / f"a{suffix}", [*(f"r{i}" for i in range(59)), last_id])
    task = task_of(workspace, ENTRY, FRAME)
    told = []
    for size in (1000, 59, 20, 1):
        built = build(workspace.snapshots, replace(task, chunk_features=size), Origin(path))
        tally = built.tally
        told.append(
            (built.sha256, built.issues, tally.nulls, list(tally.classes.items()), tally.ids_serve, tally.kinds)
        )
        assert built.sample.area > 0
    assert all(one == told[0] for one in told)
    assert told[0][4] == (last_id == "r59")
    codes = {issue.code: dict(issue.params) for issue in told[0][1]}
    assert {"repaired", "null_geometry"} <= set(codes)
    assert codes.get("layer_id_hashed", {}).get("repeated") == (None if last_id == "r59" else "1")


@pytest.mark.slow
def test_a_hundred_thousand_parcels_stay_within_their_memory(tmp_path):
    from benchmarks.import_layer import attributes, import_once, parcels, write_file

    geometries = parcels(100_000)
    path = tmp_path / "parcels.gpkg"
    write_file(path, geometries, attributes(geometries), 4547)
    _, meter = import_once(path, tmp_path)
    assert 50 < meter.peak_mib < 600
