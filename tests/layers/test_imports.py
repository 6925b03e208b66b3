"""Importing a layer: what is kept, what is refused, and that nothing is left of what failed (check.md §2-3)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely
from sqlalchemy import select

from layers.imports import import_layer
from layers.model import Status
from layers.versions import find, versions
from spatialhub import audit, db
from spatialhub.errors import BrokenFile, ChoiceNeeded, DatesOverlap, NoArea, OutsideFrame
from spatialhub.messages import explain
from spatialhub.spatial.model import Issue
from spatialhub.spatial.snapshot import Snapshot
from tests import shapes
from tests.builders import HOUSING, a_catalogue, an_entry
from tests.layers.fakes import FRAME, NOW, a_chunk, a_reading, a_workspace, fake_intake
from tests.places import ROOT

ENTRY = an_entry(
    "line_red", classes="identity", aliases={"id": ("BSM",), "name": ("MC", "名称"), "special_plan": ("ZXGH",)}
)
SQUARES = [shapes.square(100, 0, 0), shapes.square(100, 200, 0), shapes.square(100, 400, 0)]


@pytest.fixture
def workspace(tmp_path):
    space = a_workspace(tmp_path / "home", ENTRY)
    yield space
    space.engine.dispose()


@pytest.fixture
def load(workspace, tmp_path, monkeypatch):
    """Import chunks as a file; options as of `import_layer`."""

    def run(*chunks, entry=ENTRY, name="红线.geojson", reading=None, **options):
        reading = {"issues": (), **(reading or {})}
        fake_intake(monkeypatch, {name: a_reading(tmp_path / name, *chunks, **reading)})
        options = {"who": "王", "now": NOW, "coverage": "city"} | options
        return import_layer(workspace, entry, tmp_path / name, **options)

    return run


def snapshot_of(workspace, version):
    snapshot = Snapshot.open(workspace.snapshots / version.snapshot_sha256)
    snapshot.verify()
    return snapshot


def table(workspace, version, *names):
    snapshot = snapshot_of(workspace, version)
    columns = snapshot.columns(names, np.arange(snapshot.meta.feature_count))
    return list(zip(*(columns[name] for name in names), strict=True))


def acts(workspace):
    with db.reading(workspace.engine) as session:
        assert audit.verify(session, anchors=audit.anchors(workspace.anchors)).holds
        return [(row.what, row.about, json.loads(row.detail)) for row in session.scalars(select(audit.AuditRow))]


def reports(workspace):
    return [json.loads(path.read_text()) for path in sorted(workspace.imports.glob("*.json"))]


def left_over(workspace):
    """Everything an import could leave beside its report."""
    with db.reading(workspace.engine) as session:
        rows = [version.name for version in versions(session, "testcity")]
    folders = [path.name for path in workspace.snapshots.iterdir()] if workspace.snapshots.is_dir() else []
    files = [path.name for path in (workspace.home / "files").rglob("*") if path.is_file()]
    others = [path.name for path in workspace.imports.iterdir() if path.suffix != ".json" and path.name != ".lock"]
    return rows, folders, files, others


def test_roles_are_found_by_alias_whatever_the_case_and_all_columns_are_kept(workspace, load):
    chunk = a_chunk(SQUARES[:2], bsm=["r1", "r2"], 名称=["中原路", None], 宽=[40.0, None])
    version = load(chunk)
    columns = ("id", "name", "class", "reserved_for", "special_plan", "bsm", "名称", "宽")
    assert table(workspace, version, *columns) == [
        ("r1", "中原路", None, None, None, "r1", "中原路", 40.0),
        ("r2", None, None, None, None, "r2", None, None),
    ]
    assert dict(snapshot_of(workspace, version).meta.columns)["宽"] == "number"


def test_a_source_column_named_like_a_role_is_kept_under_another_name(workspace, load):
    version = load(a_chunk(SQUARES[:1], BSM=["r1"], ID=["7"], Name=["x"]))
    assert table(workspace, version, "id", "name", "src_ID", "src_Name") == [("r1", None, "7", "x")]
    assert version.report["renamed"] == {"ID": "src_ID", "Name": "src_Name"}


def test_whole_numbers_as_ids_and_codes_lose_no_digit_and_gain_no_point(workspace, load):
    version = load(a_chunk(SQUARES[:2], BSM=[410100000000000001, 410100000000000002], 级别=[1.0, 2.0]))
    assert table(workspace, version, "id", "BSM", "级别") == [
        ("410100000000000001", "410100000000000001", 1.0),
        ("410100000000000002", "410100000000000002", 2.0),
    ]


def test_repeated_ids_give_way_to_hashes_and_the_report_says_so(workspace, load):
    version = load(a_chunk(SQUARES, BSM=["r1", "r1", None]))
    ids = [row[0] for row in table(workspace, version, "id")]
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in ids) and len(set(ids)) == 3
    issue = next(one for one in version.report["issues"] if one["code"] == "layer_id_hashed")
    assert issue["params"] == {"field": "BSM", "nulls": "1", "repeated": "1"}
    assert version.report["id_basis"] == "hash"


def test_hash_ids_do_not_depend_on_order_and_equal_features_get_a_suffix(load, workspace):
    first = table(workspace, load(a_chunk([*SQUARES, SQUARES[0]], 宽=[1, 2, 3, 1])), "id")
    turned = [shapely.reverse(square) for square in SQUARES]
    second = table(workspace, load(a_chunk([turned[2], turned[0], turned[1], turned[0]], 宽=[3, 1, 2, 1])), "id")
    assert sorted(first) == sorted(second)
    assert first[3][0] == first[0][0] + "-2"


def test_ids_unique_in_each_chunk_but_not_over_both_are_hashed(workspace, load):
    version = load(a_chunk(SQUARES[:2], BSM=["a", "b"]), a_chunk(SQUARES[2:], BSM=["a"]))
    assert version.report["id_basis"] == "hash" and version.feature_count == 3


def test_class_codes_without_a_row_are_counted(workspace, load):
    entry = replace(ENTRY, aliases={"class": ("DLBM",)})
    version = load(a_chunk(SQUARES, DLBM=[HOUSING, "9999", None]), entry=entry)
    assert version.report["unknown_classes"] == {"9999": 1}
    assert version.report["without_class"] == 1


def test_what_the_reader_noticed_is_in_the_report(workspace, load):
    issue = Issue.of("repaired", "红线.geojson #2", defect="self_intersection", before_m2="1", after_m2="2")
    version = load(a_chunk(SQUARES[:1], BSM=["r"]), reading={"issues": (issue,)})
    assert version.report["issue_counts"]["repaired"] == 1
    assert reports(workspace)[0]["issues"][0]["params"]["after_m2"] == "2"


def test_a_buffer_is_applied_and_recorded(workspace, load):
    entry = replace(ENTRY, buffer_m=10.0, buffer_basis="某条例第三条")
    version = load(a_chunk([shapely.LineString(shapes.at((0, 0), (100, 0)))], BSM=["r1"]), entry=entry)
    snapshot = snapshot_of(workspace, version)
    assert snapshot.meta.area_plane_m2 == pytest.approx(100 * 20 + np.pi * 100, rel=2e-3)
    assert version.buffer_m == 10.0 and version.report["buffer_basis"] == "某条例第三条"
    issue = next(one for one in version.report["issues"] if one["code"] == "layer_buffered")
    assert issue["params"] == {"count": "1", "buffer_m": "10", "areas": "0"}


def test_areas_that_a_buffer_enlarges_are_counted_so_that_none_is_enlarged_unnoticed(load):
    version = load(a_chunk(SQUARES, BSM=["a", "b", "c"]), entry=replace(ENTRY, buffer_m=10.0))
    issue = next(one for one in version.report["issues"] if one["code"] == "layer_buffered")
    assert issue["params"]["areas"] == "3"


def test_an_unrepairable_feature_leaves_a_hole_in_the_coverage(workspace, load):
    hole = shapes.square(500, 1000, 1000)
    version = load(a_chunk(SQUARES, BSM=["a", "b", "c"]), reading={"holes": (hole,)})
    coverage = snapshot_of(workspace, version).coverage
    assert coverage.area == pytest.approx(FRAME.area - 500**2)
    assert not coverage.contains(hole.centroid)
    assert version.report["holes_area_m2"] == 250_000


def test_the_coverage_can_be_a_file_and_what_reaches_beyond_is_counted(workspace, tmp_path, monkeypatch):
    layer = a_reading(tmp_path / "a.geojson", a_chunk(SQUARES, BSM=["a", "b", "c"]))
    area = a_reading(tmp_path / "范围.geojson", a_chunk([shapes.square(350, -10, -10)], x=[1]))
    fake_intake(monkeypatch, {"a.geojson": layer, "范围.geojson": area})
    version = import_layer(
        workspace, ENTRY, tmp_path / "a.geojson", who="王", now=NOW, coverage=tmp_path / "范围.geojson"
    )
    assert version.coverage_basis == "范围.geojson"
    assert version.report["beyond_coverage"] == 1
    assert snapshot_of(workspace, version).coverage.area == pytest.approx(350**2)
    west, south, east, north = version.coverage.bounds
    assert 113 < west < east < 114.2 and 34 < south < north < 35


def test_without_a_coverage_it_is_asked_for_never_taken_from_the_box(workspace, load):
    with pytest.raises(ChoiceNeeded) as refused:
        load(a_chunk(SQUARES, BSM=["a", "b", "c"]), coverage=None)
    words = explain(refused.value)
    assert "--coverage" in words["remedy"] and "没有数据" in words["what"]
    assert left_over(workspace) == ([], [], [], [])


def test_a_layer_wholly_outside_the_city_is_refused(workspace, load):
    with pytest.raises(OutsideFrame) as refused:
        load(a_chunk([shapes.moved(square, 275_000, 0) for square in SQUARES], BSM=["a", "b", "c"]))
    assert refused.value.params["distance_km"] == "245"


def test_a_layer_partly_outside_the_city_is_taken_and_says_so(load):
    version = load(a_chunk([SQUARES[0], shapes.moved(SQUARES[1], 275_000, 0)], BSM=["a", "b"]))
    assert version.report["outside_frame"] == 1
    assert version.report["issue_counts"]["layer_partly_outside_frame"] == 1


@pytest.mark.parametrize("chunks", [[a_chunk([], BSM=[])], [a_chunk([None, shapely.Polygon()], BSM=["a", "b"])]])
def test_a_file_without_any_area_is_refused(workspace, load, chunks):
    with pytest.raises(NoArea):
        load(*chunks)
    assert left_over(workspace) == ([], [], [], [])


def test_a_file_that_is_not_there_and_days_that_run_backwards_are_refused(workspace, load, tmp_path):
    with pytest.raises(BrokenFile):
        import_layer(workspace, ENTRY, tmp_path / "none.shp", who="王", now=NOW, coverage="city")
    with pytest.raises(DatesOverlap):
        load(a_chunk(SQUARES[:1], BSM=["a"]), in_force_from=date(2026, 2, 1), in_force_until=date(2026, 1, 1))


def test_numbers_run_by_layer_and_a_release_goes_with_the_import(workspace, load):
    first = load(a_chunk(SQUARES[:1], BSM=["a"]), in_force_from=date(2021, 1, 1), release=True)
    second = load(a_chunk(SQUARES[:2], BSM=["a", "b"]))
    assert (first.name, first.status, first.in_force_from) == ("line_red@1", Status.CURRENT, date(2021, 1, 1))
    assert (second.name, second.status) == ("line_red@2", Status.DRAFT)
    assert [what for what, _, _ in acts(workspace)] == ["layer.import", "layer.release", "layer.import"]


def test_the_source_file_is_kept_as_it_was(workspace, load, tmp_path):
    version = load(a_chunk(SQUARES[:1], BSM=["a"]))
    kept = workspace.files.path(version.source_sha256)
    assert kept.read_bytes() == (tmp_path / "红线.geojson").read_bytes()


def _fail():
    raise RuntimeError("reader broke")


def _interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize(("how", "kind"), [(_fail, RuntimeError), (_interrupt, KeyboardInterrupt)])
def test_a_reader_that_breaks_midway_leaves_its_report_and_an_audit_row_and_nothing_else(workspace, load, how, kind):
    chunks = a_chunk(SQUARES[:2], BSM=["a", "b"]), a_chunk(SQUARES[2:], BSM=["c"])
    with pytest.raises(kind):
        load(*chunks, reading={"after_first": how})
    assert left_over(workspace) == ([], [], [], [])
    (report,) = reports(workspace)
    assert report["status"] == "failed"
    ((what, about, detail),) = acts(workspace)
    assert (what, about) == ("layer.import_failed", "testcity/line_red")
    assert detail["source_sha256"] == report["source_sha256"]


def test_a_release_that_is_refused_takes_the_import_with_it(workspace, load):
    kept = load(a_chunk(SQUARES[:1], BSM=["a"]), in_force_from=date(2024, 1, 1), release=True)
    with pytest.raises(DatesOverlap):
        load(a_chunk(SQUARES[:2], BSM=["a", "b"]), in_force_from=date(2020, 1, 1), release=True)
    rows, folders, files, others = left_over(workspace)
    assert rows == ["line_red@1"] and folders == [kept.snapshot_sha256] and others == []
    assert len(files) == 2  # source and coverage of the first, which shares its coverage with the failed one
    snapshot_of(workspace, kept)


def test_a_failed_import_of_the_same_content_does_not_take_the_earlier_versions_snapshot(workspace, load):
    chunk = a_chunk(SQUARES[:1], BSM=["a"])
    kept = load(chunk, in_force_from=date(2024, 1, 1), release=True)
    with pytest.raises(DatesOverlap):
        load(chunk, in_force_from=date(2020, 1, 1), release=True)
    snapshot_of(workspace, kept)
    assert kept.source_sha256 in workspace.files


KILLED = """
import os, signal, sys
from pathlib import Path
import tests.layers.fakes as f, tests.layers.test_imports as t
from layers import imports
def die(): os.kill(os.getpid(), signal.SIGKILL)
home, where = Path(sys.argv[1]), sys.argv[2]
class Patch:
    def setattr(self, name, value, raising=True):
        import spatialhub.intake as intake
        intake.read_layer = value
source = home.parent / "红线.geojson"
chunks = f.a_chunk(t.SQUARES[:2], BSM=["a", "b"]), f.a_chunk(t.SQUARES[2:], BSM=["c"])
f.fake_intake(Patch(), {source.name: f.a_reading(source, *chunks, after_first=die if where == "reading" else None)})
if where == "before_commit":
    imports.add = lambda *a, **k: die()
if where == "after_commit":
    done = imports.writing
    from contextlib import contextmanager
    @contextmanager
    def writing(engine):
        with done(engine) as session:
            yield session
        die()
    imports.writing = writing
space = f.a_workspace(home, t.ENTRY)
imports.import_layer(space, t.ENTRY, source, who="王", now=f.NOW, coverage="city")
"""


def _killed(home, where):
    done = subprocess.run([sys.executable, "-c", KILLED, str(home), where], cwd=ROOT, env={**os.environ})
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("where", ["reading", "before_commit"])
def test_a_killed_import_is_swept_away_by_the_next_one_and_recorded(workspace, load, where):
    _killed(workspace.home, where)
    assert left_over(workspace)[1]  # it did leave something
    version = load(a_chunk(SQUARES[:1], BSM=["z"]))
    rows, folders, files, others = left_over(workspace)
    assert (rows, folders, others, len(files)) == ([version.name], [version.snapshot_sha256], [], 2)
    assert [report["status"] for report in reports(workspace)].count("interrupted") == 1
    assert [what for what, _, _ in acts(workspace)] == ["layer.import_interrupted", "layer.import"]


def test_an_import_killed_after_its_commit_stands(workspace, load):
    _killed(workspace.home, "after_commit")
    load(a_chunk(SQUARES[:1], BSM=["z"]))
    with db.reading(workspace.engine) as session:
        first = find(session, "testcity", "line_red", 1)
    assert snapshot_of(workspace, first).meta.feature_count == 3
    assert [report["status"] for report in reports(workspace)] == ["done", "done"]


def test_a_sweep_keeps_its_hands_off_while_an_import_runs(workspace, load):
    from layers.journal import sweep

    seen = []

    def look():
        sweep(workspace, who="李", now=NOW)
        seen.extend(path.name for path in workspace.snapshots.iterdir())

    load(a_chunk(SQUARES[:2], BSM=["a", "b"]), a_chunk(SQUARES[2:], BSM=["c"]), reading={"after_first": look})
    assert [name.startswith(".building-") for name in seen] == [True]


def test_no_crosswalk_means_no_class_is_unknown(workspace, load):
    version = load(a_chunk(SQUARES[:1], BSM=["a"]), entry=replace(ENTRY, classes=""))
    assert version.report["unknown_classes"] == {} and version.report["without_class"] == 0


def test_a_shifted_layer_is_warned_of_by_the_reference_the_city_names(tmp_path, monkeypatch):
    from spatialhub.spatial.shift import shift_at

    reference = an_entry("admin_area")
    space = a_workspace(tmp_path / "home", catalogue=a_catalogue([ENTRY, reference]))
    city = replace(space.city, frame=replace(space.city.frame, shift_reference="admin_area"))
    space = replace(space, city=city)
    outline = shapes.star(9, 6000.0, 2500.0)
    shift = shift_at(shapes.ORIGIN, shapes.EPSG, "gcj02")
    moved = shapes.moved(outline, shift.east_m, shift.north_m)
    files = {"a.json": outline, "b.json": moved, "c.json": outline}
    fake_intake(monkeypatch, {name: a_reading(tmp_path / name, a_chunk([g], n=[name])) for name, g in files.items()})
    options = {"who": "王", "now": NOW, "coverage": "city"}
    import_layer(space, reference, tmp_path / "a.json", release=True, **options)
    shifted = import_layer(space, ENTRY, tmp_path / "b.json", **options)
    straight = import_layer(space, ENTRY, tmp_path / "c.json", **options)
    assert "suspected_gcj02" in shifted.report["issue_counts"]
    assert "suspected_gcj02" not in straight.report["issue_counts"]
