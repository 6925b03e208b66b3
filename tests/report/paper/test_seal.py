"""What a report carries: the way back to the hash, and back from every form of paper."""

import copy
import gzip
import json
import random
import sqlite3

import pytest
import shapely
from shapely.geometry import shape

from spatialhub.errors import NotAResult
from spatialhub.report.paper.making import FORMS, Papers
from spatialhub.report.paper.seal import part_shapes, read_carried, recomputed_hash, seal
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


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_back_the_result_it_carries(form, checked, space, tmp_path):
    path = tmp_path / f"报告.{form}"
    path.write_bytes(Papers(checked, space).make(form))
    carried = read_carried(path)
    assert recomputed_hash(carried.document) == checked["provenance"]["result_hash"]
    assert carried.uses == {"0701": space.catalogue.uses["0701"].name_zh}
    assert shape(carried.parts[1]).equals(shape(checked["site"]["geometry"]))
    assert bool(carried.template) is (form in ("docx", "pdf"))


def test_parts_are_put_together_from_their_fragments(checked_in_parts):
    shapes = part_shapes(checked_in_parts)
    assert sorted(shapes) == [1, 2]
    whole = shapely.union_all([shape(each) for each in shapes.values()])
    assert whole.symmetric_difference(shape(checked_in_parts["site"]["geometry"])).area < 0.01


def test_carried_fragments_have_no_shapes_and_the_same_result_packs_the_same(checked):
    packed = seal(checked, uses=USES)
    assert packed == seal(checked, uses=USES)
    value = json.loads(gzip.decompress(packed))
    assert all("geometry" not in row for row in value["result"]["fragments"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"[1]"), ("b.json", b"{"), ("c.docx", b"PK"), ("d.pdf", b"%PDF-1.7"), ("e.xlsx", b""),
        ("f.gpkg", b"SQLite format 3\0" + b"\0" * 100), ("g.txt", b"x"), ("h.json", b"[" * 100_000), ("i.json", b"{}"),
    ],
)  # fmt: skip
def test_a_file_that_carries_nothing_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NotAResult):
        read_carried(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(NotAResult):
        read_carried(tmp_path / "none.json")


def test_a_view_in_the_place_of_a_table_is_not_read(tmp_path):
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i as name, i as value from n"
        database.execute(f"create view result as {endless}")
    with pytest.raises(NotAResult):
        read_carried(path)
