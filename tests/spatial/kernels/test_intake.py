"""What an import's kernels say is what GEOS, sets and plain loops say; whatever comes from outside, nothing breaks."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.spatial._kernels import (
    DistinctTexts,
    clear_boxes,
    features_fault,
    first_rows,
    read_polygons,
    surely_valid,
)
from spatialhub.spatial.ragged import Ragged
from spatialhub.spatial.table import Texts

# Few places, so that points repeat, edges touch, overlap and cross.
LATTICE = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=9)
NEARLY = st.sampled_from([0.0, 0.1, 1e-9, 1e-16, 3_846_000.123])


def polygon(points, nudge=0.0):
    coords = np.array([*points, points[0]], float) * (1 + nudge) + nudge
    return shapely.polygons(coords)


def flat(ragged):
    return ragged.coords, ragged.rings, ragged.polygons, ragged.features


@given(LATTICE, NEARLY)
def test_what_is_surely_valid_is_valid(points, nudge):
    one = polygon(points, nudge)
    (sure,) = surely_valid(*flat(Ragged.of(np.array([one], object))))
    assert not sure or one.is_valid


@given(st.integers(3, 40), st.floats(0, 6), st.booleans())
def test_rings_without_narrow_places_are_surely_valid_whichever_way_they_turn(count, start, clockwise):
    angles = start + np.linspace(0, 2 * np.pi, count, endpoint=False)[:: -1 if clockwise else 1]
    star = np.stack([np.cos(angles), np.sin(angles)], axis=1) * (20 + 5 * (np.arange(count) % 2))[:, None] + 5e5
    assert surely_valid(*flat(Ragged.of(np.array([polygon(star)], object)))).tolist() == [1]


def test_holes_several_parts_and_many_points_are_left_to_geos():
    square = shapely.box(0, 0, 9, 9)
    several = shapely.multipolygons([shapely.box(0, 0, 1, 1), shapely.box(3, 3, 4, 4)])
    holed = square.difference(shapely.box(2, 2, 3, 3))
    many = shapely.Point(0, 0).buffer(5, quad_segs=16)
    assert surely_valid(*flat(Ragged.of(np.array([square, several, holed, many, square], object)))).tolist() == [
        1, 0, 0, 0, 1,
    ]  # fmt: skip


def read(blobs):
    ends = np.concatenate([[0], np.cumsum([len(blob) for blob in blobs], dtype=np.int64)]).astype(np.int64)
    coords, rings, polygons, features, plain = read_polygons(np.frombuffer(b"".join(blobs), np.uint8), ends)
    return Ragged(coords.reshape(-1, 2), rings, polygons, features), plain.astype(bool).tolist()


SHAPES = [
    shapely.box(0, 0, 1, 1),
    shapely.box(0, 0, 9, 9).difference(shapely.box(2, 2, 3, 3)),
    shapely.multipolygons([shapely.box(0, 0, 1, 1)]),
    shapely.multipolygons([shapely.box(0, 0, 9, 9).difference(shapely.box(2, 2, 3, 3)), shapely.box(10, 0, 11, 1)]),
]
ODD = [
    shapely.Polygon(), shapely.MultiPolygon(), shapely.Point(1, 2), shapely.force_3d(SHAPES[0]), shapely.LineString(),
    shapely.GeometryCollection([SHAPES[0]]), shapely.box(0, 0, np.inf, 1),
]  # fmt: skip


@given(st.lists(st.sampled_from(SHAPES + ODD), max_size=8))
def test_plain_polygons_are_read_as_shapely_reads_them_and_nothing_else_is(shapes):
    ragged, plain = read([shapely.to_wkb(one) for one in shapes])
    assert plain == [one in SHAPES for one in shapes]
    expected = Ragged.of(np.array([one for one in shapes if one in SHAPES], object))
    assert [array.tolist() for array in flat(ragged)] == [array.tolist() for array in flat(expected)]


@given(st.sampled_from(SHAPES), st.data())
def test_damaged_wkb_is_plain_only_if_it_still_says_a_sound_polygon(shape, data):
    blob = bytearray(shapely.to_wkb(shape))
    blob = blob[: data.draw(st.integers(0, len(blob)))] + data.draw(st.binary(max_size=4))
    for _ in range(data.draw(st.integers(0, 3))):
        if blob:
            blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.sampled_from([0, 1, 3, 6, 127, 128, 255]))
    ragged, plain = read([bytes(blob), shapely.to_wkb(SHAPES[0])])
    assert plain[1] and features_fault(*flat(ragged)) == ""
    if plain[0]:
        assert ragged.geometries()[0].equals_exact(Ragged.of(shapely.from_wkb([bytes(blob)])).geometries()[0])


def test_rings_that_are_short_or_open_are_not_plain():
    head = b"\x01" + np.array([3, 1], "<u4").tobytes()
    short = head + np.array([3], "<u4").tobytes() + np.zeros(6).tobytes()
    unclosed = head + np.array([4], "<u4").tobytes() + np.array([0, 0, 1, 0, 1, 1, 0, 1.0]).tobytes()
    assert read([short, unclosed, b""])[1] == [False, False, False]


def test_features_from_outside_are_told_what_is_wrong():
    good = Ragged.of(np.array(SHAPES[:2], object))
    assert features_fault(*flat(good)) == ""
    huge = -(2**63)
    cases = [
        ("not finite", 0, lambda a: a.__setitem__((1, 0), np.nan)),
        ("open ring", 0, lambda a: a.__setitem__((0, 0), 7.0)),
        ("rings", 1, lambda a: a.__setitem__(1, 3)),
        ("rings", 1, lambda a: a.__setitem__(1, huge)),
        ("rings", 1, lambda a: a.__setitem__(-1, 2**62)),
        ("polygons", 2, lambda a: a.__setitem__(1, 0)),
        ("features", 3, lambda a: a.__setitem__(1, 2)),
    ]
    for fault, which, spoil in cases:
        arrays = [array.copy() for array in flat(good)]
        spoil(arrays[which])
        assert features_fault(*arrays) == fault


TEXTS = st.lists(st.none() | st.sampled_from(["", "a", "b", "ab", "01234567", "0123456789"]) | st.text())


@given(st.lists(TEXTS, max_size=4))
def test_texts_that_came_before_are_counted_as_a_set_would(chunks):
    seen, known = DistinctTexts(), set()
    for chunk in chunks:
        given_texts = [one.encode("utf-8", "replace") for one in chunk if one is not None]
        texts = Texts.of(chunk)
        again = len(given_texts) - len({*given_texts} - known)
        assert seen.add(texts.offsets, texts.data, texts.null) == again
        known |= {*given_texts}
        assert len(seen) == len(known)


@given(st.lists(st.none() | st.sampled_from(["", "0", "1", "2", "a"]), max_size=8))
def test_the_first_row_of_a_text_is_that_of_a_dictionary(values):
    texts, seen = Texts.of(values), {}
    expected = [seen.setdefault(value or str(row), row) for row, value in enumerate(values)]
    assert first_rows(texts.offsets, texts.data, texts.null).tolist() == expected


@given(st.lists(st.tuples(*[st.floats(-1, 6) | st.just(np.nan)] * 4), max_size=20), st.integers(0, 2**25 - 1))
def test_a_box_is_clear_where_no_cell_it_touches_is_open(boxes, bits):
    cells = np.array([bits >> i & 1 for i in range(25)], np.int64).reshape(5, 5)
    open_sums = np.zeros((6, 6), np.int64)
    open_sums[1:, 1:] = cells.cumsum(axis=0).cumsum(axis=1)
    found = clear_boxes(np.array(boxes, float).reshape(-1, 4), np.zeros(2), np.ones(2), open_sums, 1e-9)
    expected = []
    for x0, y0, x1, y1 in boxes:
        first, last = np.floor(np.array([x0, y0]) - 1e-9), np.floor(np.array([x1, y1]) + 1e-9)
        within = bool((first >= 0).all() and (last < 5).all() and (first <= last).all())
        (i, j), (k, m) = (first.astype(int), last.astype(int) + 1) if within else ((0, 0), (0, 0))
        expected.append(int(within and not cells[i:k, j:m].any()))
    assert found.tolist() == expected


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="ends"):
        read_polygons(np.zeros(3, np.uint8), np.array([0, 4]))
    with pytest.raises(ValueError, match="features"):
        surely_valid(np.zeros((4, 2)), np.array([0, 4]), np.array([0, 1]), np.array([0, 2]))
    with pytest.raises(ValueError, match="square"):
        clear_boxes(np.zeros((1, 4)), np.zeros(2), np.ones(2), np.zeros((2, 3), np.int64), 0.0)
