"""What a report carries: the way back to the hash, and back from every form of paper."""

import copy
import gzip
import json
import random

import pytest
import shapely
from shapely.geometry import shape

from spatialhub.errors import NotAResult
from spatialhub.report.paper.seal import part_shapes, recomputed_hash, seal, unsealed
from tests.report.paper.conftest import USES


def test_the_hash_of_a_json_is_computed_from_the_json_alone(document, checked, checked_in_parts):
    for result in (document, checked, checked_in_parts):
        assert recomputed_hash(result) == result["provenance"]["result_hash"]


def hashed_places(value, path=()):
    """Paths of every number and text that the hash covers."""
    skipped = {"geometry", "source", "issues", "version", "in_force_from", "attributes", "facts"}
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in skipped:
                yield from hashed_places(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from hashed_places(item, (*path, i))
    elif isinstance(value, (int, float, str)) and not isinstance(value, bool):
        yield path


def test_any_number_or_word_changed_breaks_the_hash(checked):
    covered = {name: checked[name] for name in ("site", "layers", "fragments", "proposal", "referrals")}
    places = list(hashed_places(covered))
    for path in random.Random(4).sample(places, 60):
        changed = copy.deepcopy(checked)
        owner = changed
        for step in path[:-1]:
            owner = owner[step]
        owner[path[-1]] = owner[path[-1]] + (
            "。" if isinstance(owner[path[-1]], str) else 0.0001 if isinstance(owner[path[-1]], float) else 1
        )
        assert recomputed_hash(changed) != checked["provenance"]["result_hash"], path


def without_outlines(result):
    """A result as it was published before parts had outlines."""
    old = copy.deepcopy(result)
    for part in old["site"]["parts"]:
        del part["geometry"]
    return old


def test_parts_have_their_own_outlines(checked_in_parts):
    shapes = part_shapes(checked_in_parts)
    assert shapes == {part["number"]: part["geometry"] for part in checked_in_parts["site"]["parts"]}


def test_parts_of_an_older_result_are_put_together_from_their_fragments(checked_in_parts):
    shapes = part_shapes(without_outlines(checked_in_parts))
    assert sorted(shapes) == [1, 2]
    whole = shapely.union_all([shape(each) for each in shapes.values()])
    assert whole.symmetric_difference(shape(checked_in_parts["site"]["geometry"])).area < 0.01


def test_outlines_are_carried_once_and_those_of_an_older_result_beside_it(checked_in_parts):
    new, old = (unpacked(each) for each in (checked_in_parts, without_outlines(checked_in_parts)))
    assert new["parts"] == {} and sorted(old["parts"]) == ["1", "2"]
    assert unsealed(new).exact and not unsealed(old).exact
    assert sorted(unsealed(new).parts) == sorted(unsealed(old).parts) == [1, 2]


def test_an_outline_is_not_in_the_hash(checked_in_parts):
    assert recomputed_hash(without_outlines(checked_in_parts)) == checked_in_parts["provenance"]["result_hash"]


def test_what_a_newer_program_packed_is_refused(checked):
    with pytest.raises(NotAResult):
        unsealed(unpacked(checked) | {"format": 2})


def unpacked(result):
    return json.loads(gzip.decompress(seal(result, uses=USES)))


def test_carried_fragments_have_no_shapes_and_the_same_result_packs_the_same(checked):
    packed = seal(checked, uses=USES)
    assert packed == seal(checked, uses=USES)
    value = unpacked(checked)
    assert all("geometry" not in row for row in value["result"]["fragments"])
