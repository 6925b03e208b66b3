"""`spatialhub layers quality` as a steward uses it: import, read the report, accept with a reason, release."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
import openpyxl
import pyogrio.raw
import pytest
import shapely
from sqlalchemy import select

from layers.quality.run import accept, read_report
from layers.quality.standing import standing_of
from layers.versions import find
from layers.workspace import open_workspace
from spatialhub import audit, db
from spatialhub.errors import QualityBlocks, QualityUnknown
from spatialhub.messages import LANGUAGES, explain
from spatialhub.spatial.snapshot import Snapshot
from tests import shapes
from tests.browser import chromium, outside, watched_page
from tests.layers.console import own_home, run, told  # noqa: F401  # the fixture `home`
from tests.layers.quality.planted import ATTRIBUTES, GEOMETRIC, plant
from tests.layers.quality.test_million import write


@pytest.fixture
def survey(tmp_path):
    """A file with planted faults, and its coverage; `kinds` as in planted.py."""

    def make(*kinds, seed=4):
        planted = plant(14, 14, list(kinds), seed, (450_000.0, 3_830_000.0))
        folder = tmp_path / "source"
        folder.mkdir()
        return (*write(planted, folder), planted)

    return make


def rewrite(file, statement):
    """Change attributes in a GeoPackage; its triggers need functions that SQLite alone does not have."""
    base = sqlite3.connect(file)
    with base:
        for (name,) in base.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        base.execute(statement)
    base.close()


def load(file, coverage, *words, status=0):
    return run("layers", "import", "survey", file, "--coverage", coverage, "--who", "王", *words, status=status)


def version_of(number=1):
    space = open_workspace()
    with db.reading(space.engine) as session:
        return space, find(session, space.city.key, "survey", number)


def rows_of(space, what):
    with db.reading(space.engine) as session:
        assert audit.verify(session, anchors=audit.anchors(space.anchors)).holds
        rows = session.scalars(select(audit.AuditRow).where(audit.AuditRow.what == what))
        return [json.loads(row.detail) | {"who": row.who} for row in rows]


def test_an_import_examines_the_version_and_says_what_is_wrong(survey, home):
    file, coverage, _ = survey("overlap", "gap", "spike")
    result = load(file, coverage)
    assert "图层质量检查报告 survey@1" in result.stdout and "有未接受的阻止性问题" in result.stdout
    assert "图斑重叠" in result.stdout and "图斑之间有缝隙" in result.stdout
    folder = home / "quality" / "zhengzhou" / "survey@1"
    assert sorted(path.name for path in folder.iterdir()) == [
        "findings.gpkg", "report.html", "report.json", "report.xlsx",
    ]  # fmt: skip
    (row,) = rows_of(version_of()[0], "layer.quality")
    assert row["counts"]["overlap"]["count"] > 0 and row["counts"]["overlap"]["blocks"] is True


def test_a_blocked_version_is_not_released_until_every_blocking_finding_is_accepted_with_a_reason(survey):
    file, coverage, _ = survey("gap", "gap", "duplicate")
    load(file, coverage)
    refused = run("layers", "release", "survey@1", status=2)
    assert "quality_blocks" in refused.stderr and "gap 2" in refused.stderr and "duplicate 1" in refused.stderr
    run("layers", "quality", "accept", "survey@1", "duplicate", "--reason", "同一地块两家权属，暂留", "--who", "李")
    space, version = version_of()
    ids = [one["id"] for one in read_report(space, version)["findings"] if one["rule"] == "gap"]
    run("layers", "quality", "accept", "survey@1", "gap", "--finding", ids[0], "--reason", "待补测", "--who", "李")
    assert "gap 1" in run("layers", "release", "survey@1", status=2).stderr
    run("layers", "quality", "accept", "survey@1", "gap", "--finding", ids[1], "--reason", "待补测", "--who", "李")
    run("layers", "release", "survey@1")
    accepted = rows_of(space, "layer.quality.accept")
    assert [(row["rule"], row["reason"], row["who"]) for row in accepted] == [
        ("duplicate", "同一地块两家权属，暂留", "李"), ("gap", "待补测", "李"), ("gap", "待补测", "李"),
    ]  # fmt: skip
    assert accepted[0]["findings"] == "all" and accepted[1]["findings"] == [ids[0]]


def test_accepting_one_finding_twice_does_not_count_twice(survey):
    file, coverage, _ = survey("gap", "gap")
    load(file, coverage)
    space, version = version_of()
    (first, _) = [one["id"] for one in read_report(space, version)["findings"] if one["rule"] == "gap"]
    for _ in range(2):
        run("layers", "quality", "accept", "survey@1", "gap", "--finding", first, "--reason", "待补测")
    assert told("layers", "quality", "show", "survey@1")["standing"]["open"] == {"gap": 1}


def test_what_was_accepted_of_one_pass_does_not_hold_for_another_with_other_findings(survey, home):
    file, coverage, _ = survey("gap")
    load(file, coverage)
    run("layers", "quality", "accept", "survey@1", "gap", "--reason", "待补测")
    run("layers", "quality", "run", "survey@1")
    assert told("layers", "quality", "show", "survey@1")["standing"]["open"] == {}  # the same was found
    (home / "quality.d").mkdir()
    rule = ('schema = 1\nholds = "quality"\n[[rule]]\nkey = "strict"\ncheck = "sliver"\nlayers = ["survey"]\n'
            'severity = "error"\nwidth_m = 20.0\narea_m2 = 1.0\nsource = "本局"\n')  # fmt: skip
    (home / "quality.d" / "own.toml").write_text(rule, "utf-8")
    run("layers", "quality", "run", "survey@1")
    assert told("layers", "quality", "show", "survey@1")["standing"]["open"].get("gap") == 1


def test_the_steward_decides_by_data_what_blocks(survey, home):
    file, coverage, _ = survey("gap")
    (home / "quality.d").mkdir(parents=True)
    rule = ('schema = 1\nholds = "quality"\n[[rule]]\nkey = "gap"\ncheck = "gap"\nlayers = ["survey"]\n'
            'severity = "error"\nblocks = false\nsource = "本局"\n')  # fmt: skip
    (home / "quality.d" / "own.toml").write_text(rule, "utf-8")
    load(file, coverage, "--release")
    _, version = version_of()
    assert version.status.value == "current"


def test_import_with_release_leaves_a_draft_when_quality_blocks(survey):
    file, coverage, _ = survey("overlap")
    refused = load(file, coverage, "--release", status=2)
    assert "quality_blocks" in refused.stderr
    assert version_of()[1].status.value == "draft"


def test_a_sound_layer_is_released_at_import(survey):
    file, coverage, _ = survey()
    assert "未发现问题" in load(file, coverage, "--release").stdout
    assert version_of()[1].status.value == "current"


def test_without_a_reason_or_for_what_is_not_there_nothing_is_accepted(survey):
    file, coverage, _ = survey("gap")
    load(file, coverage)
    assert "option" in run("layers", "quality", "accept", "survey@1", "gap", "--reason", " ", status=2).stderr
    refused = run("layers", "quality", "accept", "survey@1", "nonsense", "--reason", "待补测", status=2)
    assert "quality_unknown" in refused.stderr
    wrong = ("layers", "quality", "accept", "survey@1", "gap", "--finding", "000000000000", "--reason", "待补测")
    assert "quality_unknown" in run(*wrong, status=2).stderr
    assert rows_of(version_of()[0], "layer.quality.accept") == []


def test_a_report_changed_by_hand_is_not_accepted_from(survey, home):
    file, coverage, _ = survey("gap", "gap")
    load(file, coverage)
    path = home / "quality" / "zhengzhou" / "survey@1" / "report.json"
    known = json.loads(path.read_text("utf-8"))
    known["findings"].append(known["findings"][0] | {"id": "feedfacecafe"})
    path.write_text(json.dumps(known), "utf-8")
    space, version = version_of()
    with pytest.raises(QualityUnknown):
        accept(
            space, version, rule="gap", findings=["feedfacecafe"], reason="待补测", who="李", now=version.imported_at
        )


def test_a_version_that_was_never_examined_says_so_and_can_be_released(survey):
    file, coverage, _ = survey("gap")
    load(file, coverage, "--no-quality")
    assert "还没有做过质量检查" in run("layers", "quality", "show", "survey@1").stdout
    run("layers", "release", "survey@1")


def test_the_refusals_say_in_both_languages_what_to_do(survey):
    for language in LANGUAGES:
        words = explain(QualityBlocks("survey@1", open="3", rules=("gap 2", "overlap 1")), language)
        assert "gap 2" in words["what"] and "layers quality accept" in words["remedy"]
        words = explain(QualityUnknown("survey@1", found="x", known=("gap",)), language)
        assert "x" in words["what"] and "layers quality run" in words["remedy"]


def test_rules_of_a_layer_are_listed_with_their_source():
    rules = told("layers", "quality", "rules", "survey")
    assert {"overlap", "gap", "survey_mandatory", "least_area"} <= {rule["key"] for rule in rules}
    assert all(rule["source"] for rule in rules)
    assert "TD/T 1057-2020" in run("layers", "quality", "rules", "survey").stdout


def test_the_geopackage_holds_every_finding_where_it_is(survey, home):
    file, coverage, planted = survey("gap", "overlap", "duplicate", "spike", "survey_area_field")
    load(file, coverage)
    path = home / "quality" / "zhengzhou" / "survey@1" / "findings.gpkg"
    known = json.loads((path.parent / "report.json").read_text("utf-8"))["findings"]
    meta, _, points, columns = pyogrio.raw.read(path, layer="spots")
    spots = dict(zip(meta["fields"], columns, strict=True))
    assert meta["crs"] == f"EPSG:{shapes.EPSG}"
    assert spots["finding"].tolist() == [one["id"] for one in known]
    xy = shapely.get_coordinates(shapely.from_wkb(points))
    assert xy == pytest.approx(np.array([[one["easting_m"], one["northing_m"]] for one in known]), abs=1e-3)
    _, _, areas, columns = pyogrio.raw.read(path, layer="areas")
    areal = [one for one in known if one["rule"] != "spike"]
    assert len(areas) == len(areal)
    expected = next(one for one in planted.expected if one.rule == "gap")
    gap = next(i for i, rule in enumerate(columns[list(meta["fields"]).index("rule")]) if rule == "gap")
    assert shapely.from_wkb(areas[gap]).area == pytest.approx(expected.measure, rel=1e-3)


def test_the_spreadsheet_holds_every_finding_and_no_value_of_a_file_becomes_a_formula(survey, home):
    file, coverage, _ = survey("gap", "class_known")
    rewrite(file, "UPDATE DLTB SET DLMC = '=HYPERLINK(1)'")
    load(file, coverage)
    path = home / "quality" / "zhengzhou" / "survey@1" / "report.xlsx"
    known = json.loads((path.parent / "report.json").read_text("utf-8"))["findings"]
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["汇总", "问题清单", "说明"]
    rows = list(book["问题清单"].iter_rows(min_row=2))
    assert [row[1].value for row in rows] == [one["id"] for one in known]
    assert [row[4].value for row in rows] == [one["what"] for one in known]
    names = next(row[8] for row in rows if row[3].value == "代码不在代码表中")
    assert names.value == "=HYPERLINK(1)" and names.data_type == "s"
    summary = {row[1].value: row for row in book["汇总"].iter_rows(min_row=2)}
    assert summary["图斑之间有缝隙"][2].value == 1 and summary["图斑之间有缝隙"][7].value == "是"


@pytest.mark.browser
def test_the_page_opens_from_disk_asks_no_host_and_leads_from_the_list_to_the_spot(survey, home):
    file, coverage, _ = survey(*GEOMETRIC, *ATTRIBUTES)
    load(file, coverage)
    path = home / "quality" / "zhengzhou" / "survey@1" / "report.html"
    with chromium() as browser, watched_page(browser) as watched:
        page = watched.page
        page.goto(path.as_uri())
        cards = page.locator("button.spot")
        assert cards.count() == page.locator("svg circle").count() > 15
        assert "暂不能发布" in page.inner_text(".verdict")
        cards.nth(0).click()
        assert page.locator("button.spot.on").count() == 1 and page.locator("circle.on").count() == 1
        near = page.inner_text("#scale")
        page.click("#all")
        assert page.inner_text("#scale") != near
        page.locator("svg circle").last.click(force=True)
        assert page.locator("button.spot.on").get_attribute("id") == "f1"
        assert watched.faults == [] and outside(watched.requests, "file:") == []


def test_text_of_a_file_cannot_break_out_of_the_page(survey, home):
    file, coverage, _ = survey("class_known")
    rewrite(file, "UPDATE DLTB SET DLMC = '</script><script>alert(1)</script>'")
    rewrite(file, "UPDATE DLTB SET DLBM = '<b>9' WHERE DLBM = '9999'")
    load(file, coverage)
    html = (home / "quality" / "zhengzhou" / "survey@1" / "report.html").read_text("utf-8")
    assert "alert(1)" in html and "<script>alert" not in html and "<b>9" not in html


def test_edge_lines_are_closed_at_import_and_what_stays_open_is_listed_and_unchecked(tmp_path):
    x, y = 450_000.0, 3_830_000.0
    lines = {
        "甲路": [[(x, y), (x + 300, y)], [(x, y + 20), (x + 300, y + 20)]],
        "乙路": [[(x, y + 500), (x + 300, y + 500)]],
    }
    features = [
        {"type": "Feature", "properties": {"MC": name}, "geometry": {"type": "LineString", "coordinates": line}}
        for name, both in lines.items()
        for line in both
    ]
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{shapes.EPSG}"}}
    path = tmp_path / "道路红线.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    words = ("layers", "import", "line_red", path, "--coverage", "city", "--who", "王")
    assert run(*words, status=2).exit_code == 2  # lines are no areas, unless they are said to be edges
    version = told(*words, "--edges")
    issues = {one["code"]: one for one in version["report"]["issues"]}
    assert issues["edges_closed"]["params"] == {"count": "1", "lines": "2"}
    assert issues["edge_single"]["params"]["name"] == "乙路"
    assert "E 450150.00, N 3830500.00" in issues["edge_single"]["params"]["where"]
    assert version["report"]["features"] == 1 and version["report"]["holes"] == 1
    assert version["report"]["holes_area_m2"] == pytest.approx(300 * 240, rel=1e-6)
    run("layers", "rebuild", "line_red@1")
    space = open_workspace()
    with db.reading(space.engine) as session:
        kept = find(session, space.city.key, "line_red", 1)
        assert standing_of(session, kept) is not None
    assert kept.options["edges"]["max_width_m"] == 120.0
    coverage = Snapshot.open(space.snapshots / kept.snapshot_sha256).coverage
    beside_open, in_closed = shapely.points([[x + 150, y + 450], [x + 150, y + 10]])
    assert not coverage.contains(beside_open) and coverage.contains(in_closed)


def test_edges_of_a_layer_that_has_none_are_refused(tmp_path):
    (tmp_path / "x.geojson").write_text("{}")
    refused = run("layers", "import", "survey", tmp_path / "x.geojson", "--coverage", "city", "--edges", status=2)
    assert "option" in refused.stderr and "line_red" in refused.stderr
