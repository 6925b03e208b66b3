"""The same site and layers give the same result, however and wherever they are computed (check.md §8)."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.catalogue import SpeaksFor
from spatialhub.check import CheckOptions, check_site
from spatialhub.errors import TooComplex
from spatialhub.findings import Status
from spatialhub.messages import explain
from spatialhub.precedence.model import Basis, Outcome, Plan, Rule
from spatialhub.result import CheckResult, to_json
from spatialhub.spatial.model import Source
from spatialhub.spatial.normal import site_sha256
from tests.builders import FOREST, HOUSING, PARK, a_catalogue, a_floor, a_layer, a_plan, a_policy, a_site, an_entry
from tests.shapes import SQUARE
from tests.worlds import AREAS_M2, world

SEEDS = st.integers(0, 2**32 - 1)
AREAS = st.sampled_from(AREAS_M2)
RULES = (
    Rule("A", Outcome.AGREES, "clause A", Basis.CLAUSE, "", all=("same_answer",)),
    Rule("B", Outcome.PREVAILS, "clause B", Basis.CLAUSE, "", plan=Plan.URBAN_RURAL, all=("urban_rural.class",)),
    Rule("Z", Outcome.COORDINATE, "", Basis.BUREAU, ""),
)


def entries():
    return [
        a_floor("eco_redline", required=True),
        an_entry("line_green"),
        a_plan("land_use_plan", SpeaksFor.LAND_USE_PLAN, tessellates=True),
        a_plan("urban_rural_plan", SpeaksFor.URBAN_RURAL_PLAN),
    ]


def build(folder: Path, seed: int, area_m2: float, *, shuffled: bool = False):
    """A world as (site, pinned layers); `shuffled` reverses vertices and permutes features and layers."""
    found = world(seed, area_m2)
    rng = np.random.default_rng(seed)
    classes = [HOUSING, PARK, FOREST]
    layers = []
    for entry, geometries in zip(entries(), found.layers.values(), strict=True):
        rows = [
            (g, {"id": f"{entry.key}-{i}", "name": f"图斑{i}", "class": classes[i % 3]})
            for i, g in enumerate(geometries)
        ]
        if shuffled:
            rows = [(shapely.reverse(rows[i][0]), rows[i][1]) for i in rng.permutation(len(rows))]
        layers.append(a_layer(folder, entry, rows))
    return a_site(shapely.reverse(found.site) if shuffled else found.site), layers[::-1] if shuffled else layers


def check(site, layers) -> CheckResult:
    return check_site(site, layers, policy=a_policy(rules=RULES), catalogue=a_catalogue(entries()))


@given(SEEDS, AREAS)
def test_hash_is_equal_under_another_order_of_layers_features_and_vertices(tmp_path_factory, seed, area_m2):
    one = check(*build(tmp_path_factory.mktemp("one"), seed, area_m2))
    other = check(*build(tmp_path_factory.mktemp("other"), seed, area_m2, shuffled=True))
    assert one.hash == other.hash


@given(SEEDS, AREAS)
def test_identities_hold_in_the_result(tmp_path_factory, seed, area_m2):
    result = check(*build(tmp_path_factory.mktemp("world"), seed, area_m2))
    assert sum(fragment.area_u for fragment in result.fragments) == result.area_u
    assert sum(part.area_u for part in result.parts) == result.area_u
    for row in result.layers:
        assert row.area_u <= result.area_u
        assert all(hit.area_u <= row.area_u for hit in row.features)
    floor = next(row for row in result.layers if row.key == "eco_redline")
    floored = sum(f.area_u for f in result.fragments if f.ruling.floors)
    assert floored == (floor.area_u if floor.status is Status.HIT else 0)


@given(SEEDS, AREAS)
def test_the_suggestion_stays_inside_the_site_and_clears_every_floor(tmp_path_factory, seed, area_m2):
    site, layers = build(tmp_path_factory.mktemp("world"), seed, area_m2)
    suggestion = check(site, layers).proposal.suggestion
    if suggestion is None:
        return
    outline = site.parts[0].geometry
    assert shapely.difference(suggestion.geometry, shapely.buffer(outline, 0.002)).area == 0
    assert suggestion.floors_hit == ()
    assert suggestion.geometry.is_valid
    assert suggestion.area_u + suggestion.lost_u == check(site, layers).area_u


def test_hash_is_equal_on_two_threads_and_in_another_process(tmp_path):
    site, layers = build(tmp_path, 7, 250_000.0)
    with ThreadPoolExecutor(2) as pool:
        hashes = {result.hash for result in pool.map(lambda _: check(site, layers), range(4))}
    code = (
        "import sys; from pathlib import Path; from tests.test_check_properties import build, check;"
        "print(check(*build(Path(sys.argv[1]), 7, 250_000.0)).hash)"
    )
    folder = tmp_path / "again"
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, cwd=root, check=True
    )
    assert hashes == {done.stdout.strip()}


def test_source_times_and_layer_versions_do_not_enter_the_hash(tmp_path):
    site, layers = build(tmp_path, 3, 10_000.0)
    named = replace(site, source=Source("红线.txt", "0" * 64))
    dated = [replace(layer, version=9, sha256="f" * 64, in_force_from="2022-02-02") for layer in layers]
    options = CheckOptions(checked_at="2026-11-21T10:00:00+08:00", as_of="2026-11-21")
    again = check_site(named, dated, policy=a_policy(rules=RULES), catalogue=a_catalogue(entries()), options=options)
    assert again.hash == check(site, layers).hash


def test_use_and_geometry_do_enter_the_hash(tmp_path):
    site, layers = build(tmp_path, 3, 10_000.0)
    base = check(site, layers).hash
    other_use = replace(site, parts=(replace(site.parts[0], use=PARK),))
    moved = replace(
        site, parts=(replace(site.parts[0], geometry=shapely.affinity.translate(site.parts[0].geometry, 1)),)
    )
    assert len({base, check(other_use, layers).hash, check(moved, layers).hash}) == 3


def test_a_repeated_vertex_wherever_it_stands_is_the_same_site():
    ring = list(SQUARE.exterior.coords)
    rings = [[*ring[: i + 1], *ring[i:]] for i in range(len(ring))]
    again = [shapely.Polygon(order) for points in rings for order in (points, points[::-1])]
    assert {site_sha256(a_site(polygon), 1e-5) for polygon in again} == {site_sha256(a_site(SQUARE), 1e-5)}


def test_the_published_json_is_json(tmp_path):
    site, layers = build(tmp_path, 5, 400.0)
    text = json.dumps(to_json(check(site, layers)), allow_nan=False, ensure_ascii=False)
    assert json.loads(text)["site"]["parts"][0]["use"] == HOUSING


def test_a_world_in_which_geos_itself_fails_to_intersect_gets_its_suggestion(tmp_path):
    site, layers = build(tmp_path, 177, 4_000_000.0)
    suggestion = check(site, layers).proposal.suggestion
    assert suggestion is None or suggestion.floors_hit == ()


def test_more_fragments_than_anybody_reads_are_too_complex(tmp_path, monkeypatch):
    monkeypatch.setattr("spatialhub.looking.MOST_FRAGMENTS", 3)
    east, south, _, north = SQUARE.bounds
    strips = [shapely.box(east + 20 * i, south, east + 20 * i + 10, north) for i in range(3)]
    green = a_layer(tmp_path, an_entry("line_green"), strips)
    with pytest.raises(TooComplex) as refusal:
        check(a_site(SQUARE), [green])
    assert "叠加碎块超过 3 个" in explain(refusal.value)["what"]
