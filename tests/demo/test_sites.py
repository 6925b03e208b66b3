"""What the sample sites are, and that the check gives each the verdict of its story (layers pinned without files)."""

import json

import numpy as np
import pytest
import shapely

from spatialhub.check import CheckOptions, check_site
from spatialhub.demo.classes import classify
from spatialhub.demo.parcels import build_parcels
from spatialhub.demo.plots import planted
from spatialhub.demo.site_files import boundary_point_text
from spatialhub.demo.sites import sample_sites, site
from spatialhub.demo.special.sites import planted_specials
from spatialhub.demo.special.tables import special_tables
from spatialhub.demo.tables import build_tables
from spatialhub.precedence.model import Verdict
from spatialhub.spatial.area import areas_m2
from tests.demo.pinned import drawn, pin_tables

SITES = sample_sites()
PLANTED = (*planted(), *(told.feature for told in planted_specials()))


def check_all(tables, catalogue, city, store):
    """Each sample site's result by key."""
    pinned = pin_tables(tuple(tables), catalogue, store)
    rules = {"policy": city.policy, "catalogue": catalogue, "jurisdiction": city.frame.boundary}
    return {sample.key: check_site(drawn(sample), pinned, options=options_of(sample), **rules) for sample in SITES}


def options_of(sample):
    return CheckOptions(min_area_m2=sample.min_area_m2, approvals=sample.approvals)


@pytest.fixture(scope="session")
def results(everything, catalogue, city, tmp_path_factory):
    return check_all(everything.values(), catalogue, city, tmp_path_factory.mktemp("snapshots"))


def test_there_are_at_least_a_dozen_sites_of_every_verdict_and_format():
    assert len(SITES) >= 12
    assert {sample.expected for sample in SITES} == set(Verdict)
    assert {sample.file.rsplit(".", 1)[1] for sample in SITES} == {"txt", "geojson", "zip", "gpkg", "wkt"}


def test_keys_and_files_are_unique_and_titles_say_that_they_are_examples():
    assert len({sample.key for sample in SITES}) == len({sample.file for sample in SITES}) == len(SITES)
    assert all(sample.title.startswith("示例") and sample.file.startswith("示例") for sample in SITES)


@pytest.mark.parametrize("sample", SITES, ids=lambda sample: sample.key)
def test_a_sample_site_gets_the_verdict_of_its_story(sample, results):
    assert results[sample.key].proposal.verdict is sample.expected


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "count"), [(1, 5_000), (2, 2_500), (3, 20_000)])
def test_stories_hold_for_other_seeds_and_sizes(seed, count, catalogue, city, tmp_path):
    rng = np.random.default_rng(seed)
    parcels = build_parcels(count, rng)
    classes = classify(parcels, rng)
    tables = (*build_tables(parcels, classes, rng), *special_tables(parcels, classes, seed))
    results = check_all(tables, catalogue, city, tmp_path)
    assert {key: result.proposal.verdict for key, result in results.items()} == {
        sample.key: sample.expected for sample in SITES
    }


@pytest.mark.parametrize("feature", PLANTED, ids=lambda feature: feature.key)
def test_the_check_finds_a_planted_overlap_to_the_square_centimetre(feature, results):
    result = results[feature.site]
    (layer,) = [row for row in result.layers if row.key == feature.layer]
    (hit,) = [row for row in layer.features if row.id == feature.key]
    shared = shapely.intersection(feature.geometry, site(feature.site).geometry)
    assert hit.area_plane_u == pytest.approx(feature.overlap_plane_m2 * 10_000, abs=1)
    assert hit.area_u == pytest.approx(areas_m2([shared], 4547)[0] * 10_000, abs=1)


def test_eco_housing_keeps_more_than_its_stated_minimum(results):
    suggestion = results["eco_housing"].proposal.suggestion
    assert suggestion.area_u / 10_000 == pytest.approx(19_850, abs=1) and suggestion.floors_hit == ()


def test_farm_road_crosses_three_hundred_metres_of_permanent_farmland(results):
    crossings = [row for row in results["farm_road"].proposal.crossings if row.layer == "farmland_pbf"]
    assert [row.to_m - row.from_m for row in crossings] == [pytest.approx(300, abs=1)]


def test_two_plans_differ_on_half_of_a_site_and_need_coordination(results):
    outcomes = {fragment.ruling.outcome.value: fragment.area_u for fragment in results["plans_differ"].fragments}
    assert set(outcomes) == {"agrees", "coordinate"}
    assert outcomes["agrees"] == pytest.approx(outcomes["coordinate"], rel=1e-3)


def test_the_territorial_plan_governs_in_the_new_district(results):
    assert {fragment.ruling.outcome.value for fragment in results["territorial_housing"].fragments} == {"governs"}


def test_half_of_the_site_at_the_citys_edge_lies_outside(results):
    result = results["beyond_city"]
    assert result.outside_jurisdiction_u == pytest.approx(result.area_u / 2, rel=0.05)


def test_the_large_site_is_about_five_square_kilometres(results):
    assert results["large_area"].area_u / 10_000 == pytest.approx(5e6, rel=0.06)


def test_boundary_points_put_north_first_with_the_zone_and_close_each_ring():
    text = boundary_point_text(site("mixed_quarter"))
    lines = text.split("[地块坐标]\n")[1].splitlines()
    assert [line for line in lines if line.endswith("@")][1] == "5,1.4000,2,示例地块二 小学,面,,教育用地,0804,@"
    ring = lines[1:6]
    assert ring[0].split(",")[2:] == ring[-1].split(",")[2:] and ring[0].startswith("J1,1,3850490.000,38464130.000")


def test_the_list_of_sites_is_what_the_web_front_offers(demo):
    rows = json.loads((demo.folder / "sites.json").read_text("utf-8"))
    assert [row["key"] for row in rows] == [sample.key for sample in SITES if not sample.approvals]
    assert all((demo.folder / row["file"]).is_file() for row in rows)
    assert rows[0]["options"] == {"use": "0701"}
