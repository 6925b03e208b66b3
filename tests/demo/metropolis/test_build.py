"""A city beyond the study area, through its files."""

import hashlib
import json
from dataclasses import asdict

import pyogrio.raw
import pytest
import shapely

from spatialhub.demo.city import build_city
from spatialhub.demo.dirt import DIRTY_LAYERS
from spatialhub.demo.metropolis import build
from spatialhub.demo.metropolis.drawing import is_urban
from spatialhub.demo.metropolis.extent import extent
from spatialhub.demo.metropolis.quarter_tables import quarter_tables
from spatialhub.demo.order import SEED
from spatialhub.demo.special.layout import KEYS as SPECIAL
from tests.demo.metropolis.conftest import SMALL


@pytest.fixture(scope="module")
def facts(small):
    return json.loads((small.folder / "demo.json").read_text("utf-8"))


def read(layer):
    zipped = layer.path.suffix == ".zip"
    path = f"/vsizip/{layer.path}" if zipped else str(layer.path)
    meta, _, geometry, fields = pyogrio.raw.read(path, encoding="GBK" if zipped else None)
    return shapely.from_wkb(geometry), dict(zip(meta["fields"], fields, strict=True))


def layer_of(demo, key):
    return next(layer for layer in demo.layers if layer.key == key)


def test_all_layers_are_there_and_count_their_features(small, catalogue):
    assert {layer.key for layer in small.layers} == set(catalogue.entries)
    for layer in small.layers:
        geometry, _ = read(layer)
        assert len(geometry) == layer.features > (0 if layer.key in SPECIAL else 2)
        assert shapely.is_valid(geometry).all() and not shapely.is_empty(geometry).any()


def test_survey_and_urban_plan_hold_the_parcels_asked_for(small):
    assert layer_of(small, "survey").features == pytest.approx(SMALL.parcels, rel=0.03)
    assert layer_of(small, "urban_rural_plan").features == pytest.approx(SMALL.parcels, rel=0.03)


def test_layers_beside_the_parcels_are_there_in_proportion(quarters, landscape):
    urban = [quarter for quarter in quarters if quarter.polygon.area > 40e6 and is_urban(quarter, landscape)]
    rows = [{table.key: len(table) for table in quarter_tables(quarter, landscape, SEED)} for quarter in urban[:2]]
    share = {key: sum(found.get(key, 0) / found["survey"] for found in rows) / 2 for key in rows[0]}
    assert 0.2 < share["land_use_plan"] < 0.6  # of the parcels; in the default city 0.44
    assert 0.005 < share["line_red"] < 0.03
    assert 0.01 < share["line_orange"] < 0.08
    assert 0.98 < share["urban_rural_plan"] < 1 and 0.98 < share["detailed_plan"] < 1


def test_identifiers_are_unique_across_study_area_giants_and_quarters(small, catalogue):
    for layer in small.layers:
        _, fields = read(layer)
        column = next(alias for alias in catalogue.entry(layer.key).aliases["id"] if alias in fields)
        assert len(set(fields[column])) == layer.features, layer.key


def test_the_survey_tiles_the_city_but_for_the_dirt(small):
    geometry, _ = read(layer_of(small, "survey"))
    area = extent(SMALL.parcels).area
    # Moves of 1 to 5 mm in all directions cancel but for chance.
    assert shapely.area(geometry).sum() == pytest.approx(area.area, abs=100)


def test_dirt_is_recorded_for_tessellating_layers_only(facts):
    dirt = {row["key"]: row["dirt"] for row in facts["layers"] if "dirt" in row}
    assert set(dirt) == set(DIRTY_LAYERS)
    for planted in dirt.values():
        assert planted["moved"] == pytest.approx(0.05 * planted["vertices"], rel=0.1)
        assert planted["spared"] < 0.01 * planted["features"]
    assert facts["stamp"]["dirty"] is True and facts["stamp"]["parcels"] == SMALL.parcels


def test_rows_of_a_quarter_do_not_depend_on_what_was_drawn_before(quarters, landscape):
    def digest(quarter):
        hashed = hashlib.sha256()
        for table in quarter_tables(quarter, landscape, SEED):
            hashed.update(table.key.encode() + b"".join(shapely.to_wkb(table.geometry)))
            hashed.update(repr({name: list(values) for name, values in table.columns.items()}).encode())
        return hashed.hexdigest()

    first = digest(quarters[20])
    assert digest(quarters[21]) != first
    assert digest(quarters[20]) == first


def test_quarters_come_in_their_order_whoever_draws_them():
    order = SMALL
    assert _parts(order, workers=1) == _parts(order, workers=2)


def _parts(order, workers):
    with build.Quarters(order, 3, workers) as parts:
        return [[_digest(table) + repr(asdict(dirt)) for table, dirt in part] for part in parts]


def _digest(table):
    columns = repr({name: list(values) for name, values in table.columns.items()}).encode()
    return hashlib.sha256(b"".join(shapely.to_wkb(table.geometry)) + columns).hexdigest()


@pytest.mark.slow
def test_the_same_order_gives_the_same_bytes_on_one_worker_and_on_two(small, tmp_path):
    again = build_city(tmp_path / "city", SMALL, workers=2)
    for path in small.folder.rglob("*.*"):
        if path.is_file():
            assert path.read_bytes() == (again.folder / path.relative_to(small.folder)).read_bytes(), path.name
