"""The comparison has teeth: a stored result that is changed in one place, by more than the bound, no longer agrees."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import pytest

from tests.corpus.cases import NUMBERS
from tests.corpus.compare import Bounds, differences
from tests.corpus.condense import read

Change = Callable[[dict, Bounds], None]


@pytest.fixture(scope="module")
def records() -> list[dict]:
    _, *rows = read()
    return rows


def some(records: list[dict], wanted: Callable[[dict], object], most: int = 12) -> list[dict]:
    """The first results of which something is true."""
    found = [row for row in records if "error" not in row["result"] and wanted(row["result"])][:most]
    assert len(found) >= 3
    return found


def changed(record: dict, change: Change) -> list[str]:
    """Differences that a change of the result makes."""
    other = copy.deepcopy(record)
    change(other["result"], Bounds(record))
    return differences(record, other)


def up(bound_u: float) -> int:
    """Twice a bound."""
    return math.ceil(2 * bound_u)


def biggest(rows: list[dict]) -> dict:
    return max(rows, key=lambda row: row["area_u"])


def hit(result: dict) -> dict:
    return biggest([row for row in result["layers"] if row["status"] == "hit"])


def any_hit(result: dict) -> bool:
    return any(row["status"] == "hit" for row in result["layers"])


def clear_merging(result: dict) -> bool:
    return any_hit(result) and not result["merged_faces"]


def test_every_stored_result_agrees_with_itself(records):
    assert [row["number"] for row in records] == list(NUMBERS)
    assert [row["number"] for row in records if differences(row, row)] == []


# --- areas: twice the bound fails, half of it passes -----------------------------------------------------------------


def _site(result, bounds, times):
    result["site"]["area_plane_u"] += round(times * bounds.site())


def _layer(result, bounds, times):
    hit(result)["area_plane_u"] += round(times * bounds.layer(hit(result)["key"]))


def _feature(result, bounds, times):
    row = hit(result)
    feature = biggest(row["features"])
    feature["area_plane_u"] -= round(times * bounds.feature(row["key"], feature["id"]))


def _unchecked(result, bounds, times):
    hit(result)["unchecked_area_u"] += round(times * bounds.layer(hit(result)["key"]))


def _mismatch(result, bounds, times):
    result["mismatch_area_u"] += round(times * bounds.everything())


@pytest.mark.parametrize("change", [_site, _layer, _feature, _unchecked, _mismatch])
def test_an_area_may_be_off_by_half_its_bound_and_not_by_twice(records, change):
    for record in some(records, any_hit):
        assert changed(record, lambda result, bounds: change(result, bounds, 0.5)) == []
        assert len(changed(record, lambda result, bounds: change(result, bounds, 2.0))) == 1


def _swap_area(result: dict, bound_u: int) -> None:
    """Move an area from the greatest fragment to the next: sums stay."""
    first, second = sorted(result["fragments"], key=lambda row: -row["area_u"])[:2]
    first["area_u"] -= bound_u
    second["area_u"] += bound_u


def test_area_that_moves_between_fragments_is_found(records):
    def two_apart(result):
        areas = sorted((row["area_u"] for row in result["fragments"]), reverse=True)
        return clear_merging(result) and len(areas) > 1 and areas[0] > areas[1] * 1.5

    for record in some(records, two_apart):
        bounds = Bounds(record)
        largest = biggest(record["result"]["fragments"])
        off = up(bounds.along(largest["perimeter_m"], largest["area_u"]))
        assert changed(record, lambda result, _, off=off: _swap_area(result, off))


# --- words and decisions ---------------------------------------------------------------------------------------------


def _set(path: str, value: object) -> Change:
    *names, last = path.split(".")

    def change(result: dict, _: Bounds) -> None:
        for name in names:
            result = result[int(name) if name.isdigit() else name]
        assert result[last] != value
        result[last] = value

    return change


WORDS = {
    "status of a layer": lambda result, _: hit(result).update(status="trace"),
    "reason of a layer": lambda result, _: hit(result).update(reason="outside_coverage_x"),
    "suspected error": lambda result, _: hit(result).update(suspected_digitising_error=None),
    "class of a feature": lambda result, _: hit(result)["features"][0].update({"class": "?"}),
    "feature left out": lambda result, _: hit(result)["features"].remove(biggest(hit(result)["features"])),
    "layer left out": lambda result, _: result["layers"].pop(),
    "layers in another order": lambda result, _: result["layers"].reverse(),
    "verdict": _set("proposal.verdict", "?"),
    "code of a reason": _set("proposal.reasons.0.code", "?"),
    "clause of a reason": _set("proposal.reasons.0.clause", "?"),
    "words of a reason": lambda result, _: result["proposal"]["reasons"][0].update(text="别的话"),
    "referral left out": lambda result, _: result["referrals"].pop(),
    "department": _set("referrals.0.department", "?"),
    "clause of a referral": _set("referrals.0.reasons.0.clause", "?"),
    "discrepancy added": lambda result, _: result["discrepancies"].append(
        {"kind": "two_floors", "layers": [], "text": "", "fragments": [], "area_u": 1}
    ),
    "site's hash": _set("site.sha256", "?"),
    "use of a part": _set("site.parts.0.use", "?"),
    "grid": _set("grid_m", 1e-3),
}


@pytest.mark.parametrize("name", WORDS)
def test_no_word_may_change(records, name):
    for record in some(records, any_hit):
        assert changed(record, WORDS[name]), record["name"]


@pytest.mark.parametrize(
    "field",
    ["outcome", "plan", "rules_met", "clauses", "basis", "floors", "constraints", "candidates", "consult", "facts"],
)
def test_no_field_of_a_ruling_may_change(records, field):
    for record in some(records, any_hit):
        number = biggest(record["result"]["fragments"])["ruling"]
        (line,) = changed(record, _of_ruling(number, field))[:1]
        assert f".ruling.{field}" in line


def _of_ruling(number: int, field: str) -> Change:
    return lambda result, _: result["rulings"][number].update({field: "?"})


FRAGMENTS = {
    "conformity": lambda row: row.update(conformity="?"),
    "covers": lambda row: row["layers"].append({"key": "zz", "feature": "?"}),
    "unchecked": lambda row: row["unchecked"].append("zz"),
    "outside": lambda row: row.update(outside_jurisdiction=not row["outside_jurisdiction"]),
    "mismatch": lambda row: row.update(mismatch=not row["mismatch"]),
    "part": lambda row: row.update(part=99),
}


@pytest.mark.parametrize("name", FRAGMENTS)
def test_nothing_of_a_fragment_may_change(records, name):
    for record in some(records, any_hit):
        assert changed(record, lambda result, _: FRAGMENTS[name](biggest(result["fragments"])))


def test_a_fragment_may_not_lie_elsewhere(records):
    for record in some(records, clear_merging):
        row = biggest(record["result"]["fragments"])
        bounds = Bounds(record)
        far = 0.01 + bounds.along(row["perimeter_m"], row["area_u"]) * row["perimeter_m"] / row["area_u"]
        assert changed(record, lambda result, _, far=far: _shift(biggest(result["fragments"]), far))


def _shift(row: dict, far_m: float) -> None:
    row["centre_m"][0] += far_m


def test_a_fragment_may_be_missing_only_where_it_is_a_sliver(records):
    for record in some(records, lambda result: clear_merging(result) and len(result["fragments"]) > 2):
        assert changed(record, lambda result, _: result["fragments"].remove(biggest(result["fragments"])))

    def add_sliver(result, bounds):
        like = biggest(result["fragments"])
        size = int(min(bounds.limit_u, bounds.along(like["perimeter_m"]) / 2))
        like["area_u"] -= size
        at = next(i for i, row in enumerate(result["fragments"]) if row["layers"] == like["layers"])
        result["fragments"].insert(at, like | {"id": "F999", "area_u": size, "perimeter_m": 1.0})

    for record in some(records, lambda result: clear_merging(result) and result["site"]["area_u"] > 1e9, most=3):
        assert changed(record, add_sliver) == []


def test_a_suggestion_may_neither_vanish_nor_differ(records):
    for record in some(records, lambda result: result["proposal"]["suggestion"]):
        assert changed(record, _set("proposal.suggestion", None))
        assert changed(record, _set("proposal.suggestion.recheck", "?"))
        assert changed(record, _set("proposal.suggestion.floors_hit", ["eco_redline"]))
        assert changed(record, lambda result, bounds: _lose(result, up(bounds.everything()) + _slack(result, bounds)))


def _slack(result: dict, bounds: Bounds) -> int:
    return math.ceil(result["merged_faces"] * bounds.limit_u)


def _lose(result: dict, off_u: int) -> None:
    result["proposal"]["suggestion"]["area_u"] -= off_u


def test_crossings_may_neither_vanish_nor_move(records):
    def crossing(result):
        return any(row["area_u"] > 10_000 for row in result["proposal"]["crossings"])

    for record in some(records, crossing):
        assert changed(record, _set("proposal.crossings", []))
        assert changed(record, lambda result, _: biggest(result["proposal"]["crossings"]).update(from_m=1e6))
        assert changed(record, lambda result, _: biggest(result["proposal"]["crossings"]).update(conformity="?"))


def test_a_refusal_is_no_result(records):
    (refused,) = [row for row in records if "error" in row["result"]]
    answered = records[0]["result"]
    assert differences(refused, refused) == []
    assert differences(refused, refused | {"result": {"error": "other"}})
    assert differences(refused, refused | {"result": answered})
    assert differences(records[0], records[0] | {"result": refused["result"]})


def test_changed_inputs_and_rules_are_told_apart_from_a_wrong_result(records):
    record = records[0]
    (line,) = differences(record, record | {"inputs": "other", "result": records[1]["result"]})
    assert "inputs" in line
    rules = record | {"rules": {"policy": "other"}}
    assert differences(record, rules) == []
    worse = copy.deepcopy(rules)
    worse["result"]["proposal"]["verdict"] = "?"
    assert "rules" in differences(record, worse)[0] and "verdict" in differences(record, worse)[1]
