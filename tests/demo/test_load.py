"""The demo through the real rooms: files, contained readers, registry, snapshots, check, command line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import shapely
from click.testing import CliRunner

from layers.model import Status
from spatialhub.demo.commands import demo_group
from spatialhub.demo.load import load_city_layers
from spatialhub.demo.plots import planted
from spatialhub.demo.sites import sample_sites, site
from spatialhub.demo.trial import check_sample, read_sample
from spatialhub.errors import OptionError
from tests.demo.conftest import NOW

SITES = sample_sites()


def test_every_layer_is_released_with_the_coverage_given(loaded, workspace, built):
    assert [version.layer for version in loaded] == [layer.key for layer in built.layers]
    assert {version.layer for version in loaded} == set(workspace.catalogue.entries)
    for version, layer in zip(loaded, built.layers, strict=True):
        assert version.status is Status.CURRENT and version.in_force_from == date(2019, 8, 17)
        assert version.feature_count == layer.features
        assert version.coverage_basis == layer.coverage.name


def test_the_importer_finds_nothing_amiss_but_the_codes_meant_to_be_unknown(loaded):
    for version in loaded:
        assert version.report["outside_frame"] == version.report["holes"] == version.report["without_class"] == 0
        assert version.report["id_basis"] == "field"
    unknown = {version.layer: set(version.report["unknown_classes"]) for version in loaded}
    assert {layer: codes for layer, codes in unknown.items() if codes} == {
        "land_use_plan": {"299"},
        "urban_rural_plan": {"X1"},
        "detailed_plan": {"X1"},
    }


def test_files_without_code_page_come_in_as_gb18030_and_degrees_come_into_the_plane(loaded):
    by_layer = {version.layer: version for version in loaded}
    assert by_layer["line_purple"].encoding == by_layer["control_zone"].encoding == "gb18030"
    assert (by_layer["line_blue"].source_crs, by_layer["line_blue"].brought_in) == ("EPSG:4490", "projected")


def test_a_second_load_imports_nothing(loaded, workspace, built):
    fresh = []
    again = load_city_layers(workspace, built, now=NOW, report=lambda layer, version, new: fresh.append(new))
    assert [version.name for version in again] == [version.name for version in loaded]
    assert not any(fresh) and len(fresh) == len(built.layers)


def test_the_demo_is_not_loaded_into_another_city(workspace, built):
    elsewhere = replace(workspace, city=replace(workspace.city, key="jiaozuo"))
    with pytest.raises(OptionError):
        load_city_layers(elsewhere, built, now=NOW)


@pytest.mark.parametrize("sample", SITES, ids=lambda sample: sample.key)
def test_a_sample_file_is_read_as_it_was_drawn(sample, workspace, built):
    read = read_sample(workspace, built.site_path(sample), sample)
    assert len(read.parts) == len(sample.parts)
    for part, meant in zip(read.parts, sample.parts, strict=True):
        assert shapely.symmetric_difference(part.geometry, meant.geometry).area < 1e-3
        assert part.use == (sample.use or meant.use or None)
        assert (part.form, part.level) == (sample.form, sample.level)


@pytest.mark.parametrize("sample", SITES, ids=lambda sample: sample.key)
def test_a_sample_file_gets_the_verdict_of_its_story(sample, workspace, built, loaded):
    result = check_sample(workspace, built, sample, now=NOW)
    assert result.proposal.verdict is sample.expected
    for feature in planted():
        if feature.site == sample.key:
            (layer,) = [row for row in result.layers if row.key == feature.layer]
            (hit,) = [row for row in layer.features if row.id == feature.key]
            assert hit.area_plane_u / 10_000 == pytest.approx(feature.overlap_plane_m2, abs=0.001)
            assert hit.name == feature.name


@pytest.fixture
def command(home, monkeypatch):
    monkeypatch.setenv("SPATIALHUB_HOME", str(home))

    def run(*arguments):
        return CliRunner().invoke(demo_group, arguments)

    return run


def test_build_says_what_stands_already(command, loaded):
    run = command("build")
    assert run.exit_code == 0
    assert "非法定界线" in run.output and run.output.count("已在库") == len(loaded) and "入库并发布" not in run.output


def test_build_of_files_only_imports_nothing(command, built):
    run = command("build", "--files-only")
    assert run.exit_code == 0 and f"{len(built.layers)}个图层" in "".join(run.output.split())
    assert "在库" not in run.output


def test_sites_are_listed_with_their_options(command):
    run = command("sites")
    assert run.exit_code == 0
    assert all(sample.key in run.output.replace("\n", "") or sample.key[:8] in run.output for sample in SITES)


def test_check_without_names_prints_three_sites_and_their_verdicts(command, loaded):
    run = command("check")
    assert run.exit_code == 0, run.output
    assert run.output.count("与预期一致") == 3
    for verdict in ("结论：符合", "结论：基本符合", "结论：不符合"):
        assert verdict in run.output


def test_check_fails_where_a_verdict_is_not_the_expected_one(command, loaded, monkeypatch):
    wrong = replace(site("clean_housing"), expected=site("farm_road").expected)
    monkeypatch.setattr("spatialhub.demo.sites.sample_sites", lambda: (wrong,))
    run = command("check", "clean_housing")
    assert run.exit_code == 1 and "不一致" in run.output


def test_an_unknown_sample_is_refused_with_the_known_ones(command, loaded):
    run = command("check", "nonsense")
    assert isinstance(run.exception, OptionError)
    assert "clean_housing" in run.exception.params["allowed"]
