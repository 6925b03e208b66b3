"""Columns come back as they were given, however they came: text, numbers, chunks of both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialhub.errors import SnapshotDamaged
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.snapshot import Snapshot, SnapshotBuilder
from spatialhub.spatial.table import Numbers, Texts
from tests import shapes
from tests.builders import EVERYWHERE

TEXT = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=4))
NUMBER = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53))


def builder_of(store: Path, kinds: dict) -> SnapshotBuilder:
    return SnapshotBuilder(store, layer="x", epsg=shapes.EPSG, entry_sha256="", coverage=EVERYWHERE, columns=kinds)


def squares(count: int, first: int = 0) -> np.ndarray:
    return np.array([shapes.square(10.0, 20.0 * i) for i in range(first, first + count)], object)


def snapshot_of(store: Path, chunks: list[dict], declared: dict, **published) -> Snapshot:
    with builder_of(store, declared) as builder:
        first = 0
        for columns in chunks:
            count = len(next(iter(columns.values())))
            builder.add(squares(count, first), columns)
            first += count
        return Snapshot.open(store / builder.publish(**published))


def read(snapshot: Snapshot, name: str) -> list:
    return snapshot.columns([name], np.arange(snapshot.meta.feature_count))[name]


@given(st.lists(TEXT, max_size=40), st.integers(0, 40))
@settings(max_examples=10, deadline=None)
def test_texts_come_back_however_they_are_cut_and_given(tmp_path_factory, values, cut):
    store = tmp_path_factory.mktemp("store")
    plain = snapshot_of(store, [{"t": values}], {"t": "text"})
    cut_up = snapshot_of(store, [{"t": Texts.of(values[:cut])}, {"t": values[cut:]}], {"t": "text"})
    assert read(plain, "t") == values
    assert plain.sha256 == cut_up.sha256


@given(st.lists(NUMBER, max_size=40), st.integers(0, 40))
@settings(max_examples=10, deadline=None)
def test_numbers_come_back_however_they_are_cut_and_given(tmp_path_factory, values, cut):
    store = tmp_path_factory.mktemp("store")
    floats = np.array([np.nan if v is None else v for v in values], np.float64)
    plain = snapshot_of(store, [{"n": values}], {"n": "number"})
    cut_up = snapshot_of(
        store, [{"n": Numbers(floats[:cut], np.isnan(floats[:cut]))}, {"n": floats[cut:]}], {"n": "number"}
    )
    assert read(plain, "n") == [None if v is None else float(v) for v in values]
    assert plain.sha256 == cut_up.sha256


def test_a_column_of_whole_numbers_that_ends_as_text_says_them_whole(tmp_path):
    none = np.zeros(2, bool)
    chunks = [
        {"c": Numbers(np.array([5, 2**60 + 1]), none)},
        {"c": Numbers(np.array([1.5, np.nan]), np.array([False, True]))},
        {"c": Numbers(np.array([7, 0]), np.array([False, True]))},
        {"c": Texts.of(["甲", None])},
        {"c": Numbers(np.array([True, False]), none)},
    ]
    snapshot = snapshot_of(tmp_path, chunks, {"c": "text"})
    assert read(snapshot, "c") == ["5", str(2**60 + 1), "1.5", None, "7", None, "甲", None, "True", "False"]


def test_a_kind_may_be_known_only_at_the_end(tmp_path):
    chunks = [{"c": [None, None]}, {"c": np.array([1.0, np.nan])}, {"c": [3, True]}]
    snapshot = snapshot_of(tmp_path, chunks, {"c": "text"}, kinds={"c": "number"})
    assert read(snapshot, "c") == [None, None, 1.0, None, 3.0, 1.0]
    assert snapshot.meta.columns == {"c": "number"}


def test_a_text_that_is_no_number_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="could not convert"):
        snapshot_of(tmp_path, [{"c": ["1", "甲"]}], {"c": "number"})
    assert list(tmp_path.iterdir()) == []


def test_values_given_at_the_end_replace_those_before(tmp_path):
    snapshot = snapshot_of(tmp_path, [{"id": ["a", "a"], "x": ["1", "2"]}], {"id": "text", "x": "text"},
                           columns={"id": Texts.of(["p", "q"])})  # fmt: skip
    assert read(snapshot, "id") == ["p", "q"]
    with builder_of(tmp_path, {"id": "text"}) as builder:
        builder.add(squares(2), {"id": ["a", "b"]})
        with pytest.raises(ValueError, match="column id: 1 values for 2 features"):
            builder.publish(columns={"id": ["a"]})


@pytest.mark.parametrize("count", [1, 300, 5_000])
def test_codes_stand_for_the_texts_of_features(tmp_path, count):
    few = [None if i % 5 == 0 else f"07{i % 13:02d}" for i in range(count)]
    many = [f"g{i}" for i in range(count)]
    snapshot = snapshot_of(tmp_path, [{"few": few, "many": many, "n": [1.0] * count}],
                           {"few": "text", "many": "text", "n": "number"})  # fmt: skip
    ids = np.random.default_rng(1).integers(0, count, 100)
    for name, values in (("few", few), ("many", many)):
        codes, words = snapshot.codes(name, ids)
        assert codes.dtype == np.int32 and words[0] is None
        assert [words[code] for code in codes] == [values[i] for i in ids] == snapshot.columns([name], ids)[name]
    assert snapshot.codes("few", ids)[1] is snapshot.codes("few", ids[:3])[1]
    for name in ("n", "absent"):
        with pytest.raises(KeyError):
            snapshot.codes(name, ids)


def test_a_dictionary_does_not_depend_on_the_order_of_features(tmp_path):
    values = ["b", "a", None, "c", "a"] * 20
    one, other = (snapshot_of(tmp_path, [{"t": given}], {"t": "text"}) for given in (values, values[::-1]))
    assert one.codes("t", np.arange(5))[1] == other.codes("t", np.arange(5))[1] == (None, "a", "b", "c")


def test_rows_of_one_id_that_say_the_same_are_one_group(tmp_path):
    columns = {"id": ["a", "b", "a", None, "3", ""], "class": ["1", "2", "1", "4", "4", "6"]}
    snapshot = snapshot_of(tmp_path, [columns], {"id": "text", "class": "text"})
    # The fourth has no id: it is named by its row, 3, which is another's id and says the same.
    assert snapshot.groups.tolist() == [0, 1, 0, 3, 3, 5]


@pytest.mark.parametrize("other", [{"class": ["1", "2"]}, {"size": [1.0, None]}, {"size": [1.0, 2.0]}])
def test_one_id_with_two_meanings_is_refused_and_leaves_nothing(tmp_path, other):
    columns = {"id": ["a", "a"], "class": ["1", "1"], "size": [1.0, 1.0]} | other
    with pytest.raises(SnapshotDamaged) as caught:
        snapshot_of(tmp_path, [columns], {"id": "text", "class": "text", "size": "number"})
    assert caught.value.params["reason"] == f"id a: {next(iter(other))}"
    assert list(tmp_path.iterdir()) == []


def test_flat_arrays_and_geometries_make_the_same_snapshot(tmp_path):
    geometries = np.array([shapes.L, shapely.multipolygons([shapes.SQUARE, shapes.square(5.0, 400.0)])], object)
    names = []
    for given_as in (geometries, Ragged.of(geometries)):
        with builder_of(tmp_path, {}) as builder:
            builder.add(given_as, {})
            names.append(builder.publish())
    assert names[0] == names[1]
    assert np.all(shapely.equals_exact(Snapshot.open(tmp_path / names[0]).features([0, 1]), geometries, 0.0))


def test_a_multipolygon_of_one_polygon_stays_one(tmp_path):
    one = shapely.multipolygons([shapes.SQUARE])
    with builder_of(tmp_path, {}) as builder:
        builder.add(np.array([one], object), {})
        snapshot = Snapshot.open(tmp_path / builder.publish())
    assert snapshot.features([0])[0].geom_type == "MultiPolygon"
