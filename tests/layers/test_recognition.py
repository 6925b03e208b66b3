"""A table is known by its national name or an alias, and never taken for another layer in silence."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
import shapely

from layers.catalog import load_catalogue
from layers.imports import import_layer
from layers.rebuild import rebuild
from layers.recognition import NOT_LAYERS, chosen_table, keys_of, table_issue
from layers.workspace import open_workspace
from spatialhub.demo.files import append_gpkg
from spatialhub.errors import ChoiceNeeded
from spatialhub.worktime import CHINA

CATALOGUE = load_catalogue()

# Every table of the national databases that is known (市级国土空间总体规划数据库规范, TD/T 1057, 一张图 volumes).
NATIONAL = {
    "XZQ": "admin_area",
    "CJDCQ": "village_area",
    "DLTB": "survey",
    "YJJBNT": "farmland_pbf",
    "YJJBNTTB": "farmland_pbf",
    "YJJBNTBHTB": "farmland_pbf",
    "JBNTTB": "basic_farmland",
    "JBNTBHQ": "basic_farmland",
    "JBNTBHPK": "basic_farmland",
    "GHJBNTBHQ": "basic_farmland",
    "STBHHX": "eco_redline",
    "CZKFBJ": "urban_boundary",
    "XS_XMKJFW": "preselected_site",
    "ZZ_NYDZYFW": "farmland_conversion",
    "ZZ_TDZSFW": "land_acquisition",
    "LSYD_XMZDFW": "temporary_land",
    "TDGHDL": "land_use_plan",
    "TDYTQ": "land_use_zone",
    "JSYDGZQ": "control_zone",
    "MZZDJSXM": "key_projects",
    "WFDK": "illegal_land",
    "YGYSXZJSYDTB": "suspected_construction",
    "DLHX": "line_red",
    "CSLX": "line_blue",
    "CSLVX": "line_green",
    "CSZX": "line_purple",
    "CSCX": "line_orange",
}


@pytest.mark.parametrize("table", NATIONAL)
def test_a_national_table_is_its_layer_however_the_file_dresses_it(table):
    for name in (table, table.lower(), f"410100{table}2023", f"{table}.shp", f"示例-{table}_v2"):
        assert keys_of(name, CATALOGUE) == (NATIONAL[table],), name


@pytest.mark.parametrize("entry", CATALOGUE.entries.values(), ids=lambda entry: entry.key)
def test_every_table_name_of_the_catalogue_is_its_own_layers_alone(entry):
    for table in entry.tables:
        assert keys_of(table, CATALOGUE) == (entry.key,), table


def test_a_name_inside_another_name_does_not_count():
    assert keys_of("永久基本农田保护区", CATALOGUE) == ("farmland_pbf",)
    assert keys_of("基本农田保护区", CATALOGUE) == ("basic_farmland",)
    assert keys_of("XZQJX", CATALOGUE) == ()
    assert keys_of("CSHX", CATALOGUE) == ()  # 黄 and 红 collide in pinyin: not recognised, on purpose


def test_a_name_that_tells_two_layers_chooses_none():
    assert len(keys_of("城市绿线与道路红线", CATALOGUE)) == 2
    assert chosen_table(["城市绿线与道路红线"], "line_red", CATALOGUE) is None


def test_the_one_table_of_the_layer_is_chosen_among_many():
    tables = ["DLTB", "XZQ", "XZQJX", "JBNTTB", "YJJBNTTB"]
    assert chosen_table(tables, "farmland_pbf", CATALOGUE) == "YJJBNTTB"
    assert chosen_table(tables, "survey", CATALOGUE) == "DLTB"
    assert chosen_table(tables, "line_red", CATALOGUE) is None
    assert chosen_table(["DLTB", "DLTB2019"], "survey", CATALOGUE) is None


def test_basic_farmland_of_the_old_plan_is_never_the_floor_in_silence():
    issue = table_issue("JBNTTB.shp", "farmland_pbf", CATALOGUE)
    assert issue is not None and issue.code == "table_of_other_layer"
    assert dict(issue.params)["other"] == "土地利用总体规划基本农田"
    assert table_issue("JBNTTB.shp", "basic_farmland", CATALOGUE) is None
    assert table_issue("新建文件夹.shp", "farmland_pbf", CATALOGUE) is None


@pytest.mark.parametrize("table", NOT_LAYERS)
def test_lines_and_metadata_are_no_layer(table):
    issue = table_issue(table, "admin_area", CATALOGUE)
    assert issue is not None and issue.code == "table_is_no_layer"


# --- at import -------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)


@pytest.fixture
def workspace(tmp_path):
    space = open_workspace(tmp_path / "home", "zhengzhou")
    yield space
    space.engine.dispose()


def database(path, *tables):
    """A GeoPackage with a feature in each table; features differ in size."""
    for number, table in enumerate(tables, 1):
        square = np.array([shapely.box(467_900, 3_846_900, 467_900 + 100 * number, 3_847_000)], object)
        append_gpkg(path, square, {"名称": np.array([table], object)}, name=table)
    return path


def codes(version):
    return {row["code"] for row in version.report["issues"]}


def test_a_databases_own_table_is_taken_said_and_rebuilt(workspace, tmp_path):
    path = database(tmp_path / "一张图.gpkg", "DLTB", "JBNTTB", "YJJBNTTB")
    entry = workspace.catalogue.entry("farmland_pbf")
    version = import_layer(workspace, entry, path, who="王", now=NOW, coverage="city")
    assert version.area_plane_m2 == pytest.approx(300 * 100)
    assert version.options["sublayer"] == "YJJBNTTB" and "table_recognised" in codes(version)
    (workspace.snapshots / version.snapshot_sha256).rename(tmp_path / "gone")
    assert rebuild(workspace, version, who="王", now=NOW).area_plane_m2 == pytest.approx(300 * 100)


def test_a_database_without_the_layers_table_asks(workspace, tmp_path):
    path = database(tmp_path / "一张图.gpkg", "DLTB", "STBHHX")
    with pytest.raises(ChoiceNeeded):
        import_layer(workspace, workspace.catalogue.entry("line_red"), path, who="王", now=NOW, coverage="city")


def test_a_table_of_another_layer_is_told_to_the_steward(workspace, tmp_path):
    path = database(tmp_path / "数据.gpkg", "JBNTTB")
    entry = workspace.catalogue.entry("farmland_pbf")
    assert "table_of_other_layer" in codes(import_layer(workspace, entry, path, who="王", now=NOW, coverage="city"))
