"""Hilbert's curve, the packed tree, WKB and texts against slow obvious versions."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialhub.spatial._kernels import (
    TextCodes,
    features_to_wkb,
    first_rows,
    hilbert_key,
    hilbert_keys,
    pack_tree,
    take_runs,
)
from spatialhub.spatial.table import Texts
from tests import shapes
from tests.spatial.kernels.rings import ragged

TEXTS = st.lists(st.one_of(st.none(), st.sampled_from(["", "a", "0101", "图斑", "1", "2"]), st.text(max_size=3)))


def hilbert(order: int) -> list[tuple[int, int]]:
    """Cells of a square of 2^order in the order of the curve, by its four smaller copies."""
    if order == 0:
        return [(0, 0)]
    small, half = hilbert(order - 1), 1 << (order - 1)
    first = [(y, x) for x, y in small]
    second = [(x, y + half) for x, y in small]
    third = [(x + half, y + half) for x, y in small]
    last = [(2 * half - 1 - y, half - 1 - x) for x, y in small]
    return [*first, *second, *third, *last]


def test_keys_follow_the_curve_of_hilbert():
    cells = hilbert(4)
    keys = np.array([hilbert_key(x << 12, y << 12) for x, y in cells])
    order = np.argsort(keys)
    assert np.array_equal(keys >> 24, np.sort(keys >> 24))
    assert [cells[i] for i in order] == cells


@given(st.integers(0, 65_534), st.integers(0, 65_535))
def test_keys_of_neighbours_differ_and_are_of_32_bits(x, y):
    assert hilbert_key(x, y) != hilbert_key(x + 1, y)
    assert 0 <= hilbert_key(x, y) < 2**32


def test_steps_along_the_curve_are_steps_in_the_plane():
    cells = {hilbert_key(x, y): (x, y) for x in range(16) for y in range(16)}
    path = [cells[key] for key in sorted(cells)]
    assert all(abs(ax - bx) + abs(ay - by) == 1 for (ax, ay), (bx, by) in pairwise(path))


def test_keys_of_boxes_are_those_of_their_centres_in_the_common_square():
    boxes = np.array([[0, 0, 10, 10], [65_530, 65_530, 65_535, 65_535], [0, 65_000, 4, 65_535]], np.int64)
    middles = [(5, 5), (65_532, 65_532), (2, 65_267)]
    assert hilbert_keys(boxes).tolist() == [hilbert_key(x, y) for x, y in middles]
    assert len(hilbert_keys(np.zeros((0, 4), np.int64))) == 0


@pytest.mark.parametrize("count", [0, 1, 2, 16, 17, 256, 257, 5_000])
def test_every_node_is_the_box_of_its_sixteen(count):
    random = np.random.default_rng(count)
    low = random.integers(-(10**12), 10**12, (count, 2))
    boxes = np.concatenate([low, low + random.integers(0, 10**9, (count, 2))], axis=1)
    tree, starts = pack_tree(boxes, 7, -9)
    tree = tree.reshape(-1, 4)
    levels = [tree[a:b] for a, b in pairwise(starts)]
    assert [len(level) for level in levels] == _level_lengths(count)
    if count:
        exact = boxes - np.array([7, -9, 7, -9])
        assert np.all(levels[0][:, :2].astype(np.float64) <= exact[:, :2])
        assert np.all(levels[0][:, 2:].astype(np.float64) >= exact[:, 2:])
        assert np.all(np.abs(levels[0] - exact) <= np.abs(exact) * 2.0**-23)
    for below, above in pairwise(levels):
        for i, node in enumerate(above):
            held = below[16 * i : 16 * i + 16]
            assert node.tolist() == [*held[:, :2].min(axis=0).tolist(), *held[:, 2:].max(axis=0).tolist()]


def _level_lengths(count: int) -> list[int]:
    lengths = [count] if count else []
    while lengths and lengths[-1] > 1:
        lengths.append(-(-lengths[-1] // 16))
    return lengths


def test_wkb_is_what_shapely_writes():
    several = shapely.multipolygons([shapes.SQUARE, shapes.moved(shapes.L, 500.0, 0.0)])
    one = shapely.multipolygons([shapes.SQUARE])
    geometries = [*shapes.ZOO.values(), several, one]
    multi = (shapely.get_type_id(np.array(geometries, object)) == 6).astype(np.uint8)
    blob, lengths = features_to_wkb(*ragged(geometries), multi)
    written = shapely.to_wkb(np.array(geometries, object), output_dimension=2, byte_order=1)
    assert blob.tobytes() == b"".join(written)
    assert lengths.tolist() == [len(one) for one in written]


@given(TEXTS)
@settings(deadline=None)
def test_first_rows_are_the_first_with_the_same_text(values):
    texts = Texts.of(values)
    named = [value or str(row) for row, value in enumerate(texts.to_list())]
    assert first_rows(texts.offsets, texts.data, texts.null).tolist() == [named.index(name) for name in named]


@given(TEXTS, st.integers(1, 6), st.integers(0, 4))
@settings(deadline=None)
def test_codes_number_texts_until_there_are_too_many(values, most, cut):
    codes, found = TextCodes(most), []
    for chunk in (values[:cut], values[cut:]):
        texts = Texts.of(chunk)
        found += codes.add(texts.offsets, texts.data, texts.null).tolist()
    values = Texts.of(values).to_list()
    different = list(dict.fromkeys(value for value in values if value is not None))
    assert codes.overflowed == (len(different) > most)
    if not codes.overflowed:
        assert codes.values == [value.encode() for value in different]
        assert found == [-1 if value is None else different.index(value) for value in values]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=8), st.data())
def test_runs_are_taken_in_the_order_asked_for(lengths, data):
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    values = np.arange(starts[-1], dtype=np.int64)
    ids = np.array(data.draw(st.lists(st.integers(0, len(lengths) - 1))), np.int64)
    taken = take_runs(values.view(np.uint8), starts, ids, 8).view(np.int64)
    assert taken.tolist() == [value for i in ids for value in values[starts[i] : starts[i + 1]]]
    with pytest.raises(ValueError, match="no such run"):
        take_runs(values.view(np.uint8), starts, np.array([len(lengths)]), 8)
