"""The published JSON holds its schema; the hash covers what check.md §8 lists and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from spatialhub import catalogue, result
from spatialhub.catalogue import SpeaksFor
from spatialhub.check import check_site
from spatialhub.findings import (
    Status,
)
from spatialhub.precedence import model
from spatialhub.precedence.model import AskedBy, Conformity, Verdict
from spatialhub.result import hashed_value, to_json
from spatialhub.spatial import model as spatial
from spatialhub.spatial.model import Issue, Source
from tests import shapes
from tests.builders import (
    HOUSING,
    a_catalogue,
    a_floor,
    a_layer,
    a_plan,
    a_policy,
    a_policy_with_basis,
    a_site,
    an_entry,
    not_loaded,
)
from tests.places import ROOT
from tests.report.sample import sample_result
from tests.results import a_result, a_ruling

SCHEMA = json.loads(files("spatialhub.schemas").joinpath("check_result.json").read_text("utf-8"))
ENUMS = {
    "status": Status,
    "family": catalogue.Family,
    "kind": catalogue.Kind,
    "effect": catalogue.Effect,
    "plan": model.Plan,
    "says": model.Says,
    "answer": model.Answer,
    "outcome": model.Outcome,
    "conformity": Conformity,
    "verdict": Verdict,
    "basis": model.Basis,
    "asked_by": AskedBy,
    "level": spatial.Level,
    "land": spatial.Land,
    "form": spatial.Form,
    "manner": spatial.Manner,
}


def published(value: result.CheckResult) -> dict:
    """The result as a reader of the JSON gets it."""
    return json.loads(json.dumps(to_json(value), ensure_ascii=False, allow_nan=False))


def wrong(value: dict) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(value)]


def test_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


def test_result_holds_the_schema():
    assert wrong(published(a_result())) == []


def test_result_with_everything_in_it_holds_the_schema():
    assert wrong(published(sample_result())) == []


@pytest.mark.parametrize("policy", [a_policy(), a_policy_with_basis()], ids=["no basis", "basis"])
@pytest.mark.parametrize("shape", ["multipart", "with hole", "island in its hole", "corridor", "comb"])
def test_result_of_a_real_check_holds_the_schema(tmp_path, policy, shape):
    plans = [a_plan("master", SpeaksFor.URBAN_RURAL_PLAN), a_plan("land", SpeaksFor.LAND_USE_PLAN)]
    cell = {"class": HOUSING, "reserved_for": "学校"}
    parcels = [(parcel, cell) for parcel in shapes.parcels(4, 4, 55.0, -10.0, -10.0)]
    layers = [
        a_layer(tmp_path, a_floor(), [(shapes.disc(60.0), {"level": 1.5})]),
        a_layer(tmp_path, an_entry("line_green"), [shapes.star()], coverage=shapes.square(150.0)),
        *[a_layer(tmp_path, plan, parcels) for plan in plans],
        not_loaded(an_entry("survey", required=True)),
    ]
    site = a_site(shapes.ZOO[shape])
    checked = check_site(site, layers, policy=policy, catalogue=a_catalogue(layers), jurisdiction=shapes.square(300.0))
    assert wrong(published(checked)) == []
    assert {row.status for row in checked.layers} >= {Status.HIT, Status.UNCHECKED}


def test_result_of_a_drawn_site_without_version_time_or_suggestion_holds_the_schema():
    bare = a_result(source=None, checked_at="", as_of="", issues=(), referrals=(), discrepancies=(), approvals=())
    bare = replace(bare, proposal=replace(bare.proposal, suggestion=None, crossings=(), unchecked=()))
    assert wrong(published(bare)) == []


@pytest.mark.parametrize("shape", ["multipart", "with hole", "touching corner"])
def test_geometries_of_every_kind_hold_the_schema(shape):
    value = a_result(geometry=shapes.ZOO[shape])
    value = replace(value, fragments=(replace(value.fragments[0], geometry=shapes.ZOO[shape]),))
    assert wrong(published(value)) == []


@pytest.mark.parametrize("name", ENUMS)
def test_schema_lists_the_words_of_the_program(name):
    assert SCHEMA["$defs"][name]["enum"] == [item.value for item in ENUMS[name]]


def test_every_object_of_the_schema_is_closed_and_every_property_described():
    for path, node in _objects(SCHEMA, "$"):
        assert "additionalProperties" in node, path
        for name, value in node.get("properties", {}).items():
            described = "description" in value or "const" in value or "$ref" in value
            assert described, f"{path}.{name}"


def _objects(node: object, path: str):
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield path, node
        for name, value in node.items():
            yield from _objects(value, f"{path}.{name}")


def test_schema_notices_a_word_too_many_and_one_missing():
    value = published(a_result())
    del value["layers"][0]["clause"]
    value["site"]["colour"] = "red"
    value["proposal"]["verdict"] = "maybe"
    assert {text.split(":")[0] for text in wrong(value)} == {"$.layers[0]", "$.site", "$.proposal.verdict"}


def test_areas_are_square_metres_with_four_decimals():
    value = published(a_result())
    assert value["site"]["area_m2"] == 9999.916
    assert value["layers"][0]["area_m2"] == 4999.958
    assert value["layers"][0]["share"] == 0.5
    assert sum(round(row["area_m2"] * 1e4) for row in value["fragments"]) == round(value["site"]["area_m2"] * 1e4)


# --- the hash --------------------------------------------------------------------------------------------------------

LAYER = a_result().layers[0]
FRAGMENT = a_result().fragments[0]
NOT_HASHED = {
    "another source": {"source": Source("other.geojson", "e" * 64)},
    "no source": {"source": None},
    "what was noticed on reading": {"issues": (Issue.of("closing_point_added"),)},
    "another time": {"checked_at": "2030-01-01T00:00:00+08:00", "timings_ms": {}},
    "another engine": {"engine_version": "9.9"},
    "another version with the same content": {
        "layers": (replace(LAYER, version=9, version_sha256="f" * 64, in_force_from="2030"), *a_result().layers[1:])
    },
    "another geometry of a fragment": {
        "fragments": (replace(FRAGMENT, geometry=shapes.L), *a_result().fragments[1:])
    },
    "another geometry of the site": {"geometry": shapes.L},
}  # fmt: skip
HASHED = {
    "city": {"city": "elsewhere"},
    "policy": {"policy_version": "policy-2"},
    "catalogue": {"catalogue_version": "catalogue-2"},
    "site": {"site_sha256": "0" * 64},
    "area": {"area_u": 99_999_161},
    "outside": {"outside_jurisdiction_u": 1},
    "status": {"layers": (replace(LAYER, status=Status.TRACE), *a_result().layers[1:])},
    "feature": {"layers": (replace(LAYER, features=()), *a_result().layers[1:])},
    "fragment": {"fragments": (replace(FRAGMENT, area_u=FRAGMENT.area_u + 1), *a_result().fragments[1:])},
    "ruling": {"fragments": (replace(FRAGMENT, ruling=a_ruling()), *a_result().fragments[1:])},
    "verdict": {"proposal": replace(a_result().proposal, verdict=Verdict.CONFORMS)},
    "lost": {"proposal": replace(a_result().proposal, reasons=())},
    "referral": {"referrals": ()},
}


@pytest.mark.parametrize("change", NOT_HASHED)
def test_hash_does_not_cover(change):
    assert a_result(**NOT_HASHED[change]).hash == a_result().hash


@pytest.mark.parametrize("change", HASHED)
def test_hash_covers(change):
    assert a_result(**HASHED[change]).hash != a_result().hash


def test_hash_is_the_same_in_another_process_with_another_hash_seed():
    code = "from tests.results import a_result; print(a_result().hash)"
    hashes = set()
    for seed in ("1", "2"):
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True)
        hashes.add(done.stdout.decode().strip())
    assert hashes == {a_result().hash}


def test_hash_stands_in_the_json_and_not_in_itself():
    assert published(a_result())["provenance"]["result_hash"] == a_result().hash
    assert a_result().hash not in json.dumps(hashed_value(a_result()))


def _areas(node: object):
    if isinstance(node, dict):
        for key, value in node.items():
            if key.endswith("_m2") and key != "declared_area_m2":
                yield key, value
            yield from _areas(value)
    elif isinstance(node, list):
        for value in node:
            yield from _areas(value)


def test_areas_under_the_hash_are_integers():
    found = list(_areas(hashed_value(a_result())))
    assert len(found) > 10
    assert [pair for pair in found if not isinstance(pair[1], int)] == []
