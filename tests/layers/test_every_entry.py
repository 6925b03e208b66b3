"""Every layer of the catalogue: a delivery under its table's name, Chinese columns, GBK, is loaded and found.

The deliveries are made here; what they say (classes, reservations) is what the entry's own effect table asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pytest
import shapely

from layers import checks
from layers.catalog import load_catalogue
from layers.imports import import_layer
from layers.workspace import open_workspace
from spatialhub.catalogue import Effect, Kind, LayerEntry
from spatialhub.check import CheckOptions
from spatialhub.cities.loader import load_city
from spatialhub.demo.files import write_shapefile_zip
from spatialhub.precedence.model import AskedBy, Conformity
from spatialhub.spatial.model import Site, SitePart
from spatialhub.worktime import CHINA
from tests import shapes

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
CITY = load_city("zhengzhou", today=NOW.date())
CATALOGUE = load_catalogue(city=CITY)
EAST, NORTH = 467_900.0, 3_846_900.0


@dataclass(frozen=True)
class Sample:
    """What a feature of the delivery says, what is to be built on it, and what the check must find."""

    use: str = "0701"
    class_code: str = ""
    reserved_for: str = ""
    effect: Effect | None = None
    conformity: Conformity | None = None


HOUSING_CONFLICTS = Sample(effect=Effect.CONFLICTS)
ANSWERED = Sample(effect=Effect.CONDITIONAL)
COORDINATED = Sample(effect=Effect.CONDITIONAL, conformity=Conformity.NEEDS_DECISION)
SAMPLES = {
    **dict.fromkeys(("line_red", "line_blue", "line_purple", "line_green"), HOUSING_CONFLICTS),
    "line_yellow": Sample("1303", reserved_for="1303", effect=Effect.SERVES),
    "line_orange": Sample("0804", reserved_for="0806", effect=Effect.CONFLICTS),
    "farmland_pbf": Sample("1001", "0102", effect=Effect.BARS, conformity=Conformity.BARRED),
    "eco_redline": Sample("0701", "水源涵养", effect=Effect.BARS, conformity=Conformity.BARRED),
    "control_zone": Sample("0701", "040", effect=Effect.BARS, conformity=Conformity.BARRED),
    "basic_farmland": Sample(class_code="0102"),
    "urban_boundary": Sample(class_code="城镇集中建设区"),
    "land_use_plan": Sample(class_code="211"),
    "urban_rural_plan": Sample(class_code="R21"),
    "detailed_plan": Sample(class_code="R21"),
    "territorial_plan": Sample(class_code="0701"),
    "blueprint": Sample(class_code="0701"),
    "survey": Sample(class_code="0102"),
    "heritage_protection": HOUSING_CONFLICTS,
    "forest_land": Sample(class_code="Ⅰ级", effect=Effect.CONFLICTS),
    "wetland": Sample(class_code="国家重要湿地", effect=Effect.CONFLICTS),
    "green_land": HOUSING_CONFLICTS,
    "river_management": HOUSING_CONFLICTS,
    "water_conservancy_plan": Sample("1311", effect=Effect.SERVES),
    "weather_observation": Sample(class_code="24", effect=Effect.CONDITIONAL),
    "env_water": Sample(class_code="一级保护区", effect=Effect.CONFLICTS),
    "env_soil": Sample(class_code="名录", effect=Effect.CONFLICTS),
    "transport_plan": Sample("1202", effect=Effect.SERVES),
    "highway_control": HOUSING_CONFLICTS,
    "railway_plan": Sample("1201", effect=Effect.SERVES),
    "education_plan": Sample("0804", reserved_for="0804", effect=Effect.SERVES),
    "power_plan": Sample("1303", effect=Effect.SERVES),
    "power_corridor": HOUSING_CONFLICTS,
    "gas_facilities": HOUSING_CONFLICTS,
    **{key: COORDINATED for key, entry in CATALOGUE.entries.items() if entry.fact},
}


def sample_of(entry: LayerEntry) -> Sample:
    return SAMPLES.get(entry.key, ANSWERED if entry.kind is Kind.CONTROL else Sample())


def chinese(entry: LayerEntry, role: str) -> str | None:
    """The Chinese column of a role where the catalogue knows one, else the national field."""
    names = entry.aliases.get(role, ())
    return next((name for name in names if not name.isascii()), names[0] if names else None)


def delivery(folder, entry: LayerEntry):
    """A zipped Shapefile in GBK that does not say so: one feature, 100 m by 100 m, its names cut to ten bytes."""
    sample = sample_of(entry)
    said = {"id": f"{entry.key}-1", "name": f"演练{entry.title_zh}"[:20], "class": sample.class_code,
            "reserved_for": sample.reserved_for}  # fmt: skip
    columns = {column: value for role, value in said.items() if value and (column := chinese(entry, role))}
    columns["备注"] = "演练数据"
    square = np.array([shapely.box(EAST, NORTH, EAST + 100, NORTH + 100)], object)
    table = next((name for name in entry.tables if name.isascii()), entry.tables[0])
    arrays = {name: np.array([value], object) for name, value in columns.items()}
    return write_shapefile_zip(folder / f"{entry.key}.zip", square, arrays, name=table)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    space = open_workspace(tmp_path_factory.mktemp("home"), "zhengzhou")
    yield space
    space.engine.dispose()


@pytest.mark.parametrize("entry", CATALOGUE.entries.values(), ids=lambda entry: entry.key)
def test_a_delivery_under_the_tables_name_is_loaded_and_found(entry, workspace, tmp_path):
    sample = sample_of(entry)
    version = import_layer(
        workspace, entry, delivery(tmp_path, entry), who="测试", now=NOW, coverage="city",
        in_force_from=date(2019, 8, 17), release=True,
    )  # fmt: skip
    assert version.encoding == "gb18030"
    assert not version.report["unknown_classes"]
    assert not [row for row in version.report["issues"] if row["code"].startswith("table_")]
    pinned = [row for row in checks.pinned(workspace, as_of=NOW.date()) if row.entry.key == entry.key]
    part = SitePart(1, shapely.box(EAST + 50, NORTH, EAST + 150, NORTH + 100), use=sample.use)
    result = checks.check(workspace, Site("演练", (part,), shapes.EPSG), pinned, CheckOptions())
    (layer,) = [row for row in result.layers if row.key == entry.key]
    assert layer.status == "hit" and layer.area_plane_u == 5_000 * 10_000
    assert layer.features[0].id == f"{entry.key}-1" and layer.features[0].name.startswith("演练")
    assert layer.steward == CITY.policy.department(entry.steward)
    assert layer.departments == tuple(CITY.policy.department(row.department) for row in entry.consulted)
    asked = {row.department: row for row in result.referrals}
    for consulted in entry.consulted:
        reasons = [row for row in asked[consulted.department].reasons if row.about == entry.key]
        assert [(row.text, list(row.features)) for row in reasons] == [(consulted.why, [layer.features[0].name])]
        assert asked[consulted.department].by in (AskedBy.DUTY, AskedBy.HIT)
    (fragment,) = [row for row in result.fragments if (entry.key, f"{entry.key}-1") in row.covers]
    ruling = fragment.ruling
    effects = [row.effect for row in (*ruling.floors, *ruling.constraints) if row.layer == entry.key]
    assert effects == ([sample.effect] if sample.effect else [])
    if sample.conformity:
        assert ruling.conformity is sample.conformity
    assert dict(ruling.facts).get("existing_right", "") == (entry.key if entry.fact else "")
    if entry.kind is Kind.DESIGNATION:
        assert sample.class_code in {row.class_code for row in ruling.candidates if row.layer == entry.key}
