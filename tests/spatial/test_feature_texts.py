"""The kernel writes features as the standard's own program writes what Python reads of them, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from spatialhub.resultrows import share
from spatialhub.spatial._kernels import FeatureTexts, text_column
from spatialhub.spatial.feature_texts import feature_texts
from spatialhub.spatial.snapshot_columns import CodedColumn, Column, NumberColumn, TextColumn
from spatialhub.spatial.table import Texts

SITE_U = 99_999_160
LARGE = 1e16  # from here on numbers have ways of their own
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.text('"\\/\b\t\n\f\r\0\x1f\x7f一\U00020000')
VALUE = st.none() | TEXT
NUMBER = st.none() | st.floats(-1e15, 1e15) | st.integers(-5, 5).map(float) | st.floats(-1e-5, 1e-5)
UNITS = st.integers(0, 2 * SITE_U)
SHOWN = ("面积", "id", "name", "", "Z", "a\n", "\uffee")

# Ends early, a byte that only follows, longer than need be, half a surrogate pair, beyond the last character.
OFTEN_WRONG = [
    *(b"\xc3", b"\x80", b"\xc0\x80", b"\xc1\xbf", b"\xe4\xb8", b"\xe0\x9f\x80", b"\xe0\xa0\x80", b"\xed\xa0\x80"),
    *(b"\xed\x9f\xbf", b"\xf0\x8f\x80\x80", b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80"),
    *(b"\xf5\x80\x80\x80", b"\xf0\x90\x80", b"\xff", b"\xe4\xb8A", b"A\xe4\xb8\x80"),
]


def texts(values: Sequence[str | None]) -> TextColumn:
    held = Texts.of(values)
    return TextColumn(held.offsets, held.data, np.packbits(held.null))


def coded(values: Sequence[str | None]) -> CodedColumn:
    words = [None, *sorted({value for value in values if value is not None})]
    return CodedColumn(np.array([words.index(value) for value in values], np.int32), tuple(words))


def numbers(values: Sequence[float | None]) -> NumberColumn:
    return NumberColumn(np.array(values, np.float64))


def writer(
    rows: int, columns: dict[str, Column], shown: Sequence[str] = (), name: Callable[[str], str] | None = None
) -> FeatureTexts | None:
    meta = SimpleNamespace(feature_count=rows, columns=columns)
    return feature_texts(SimpleNamespace(meta=meta, column=columns.__getitem__), shown, name)  # type: ignore[arg-type]


def whole(values: Sequence[int]) -> np.ndarray:
    return np.array(values, np.int64)


def said(columns: dict[str, Column], role: str, row: int) -> str:
    return columns[role].read([row])[0] or "" if role in columns else ""


def hit(columns: dict[str, Column], shown: Sequence[str], row: int, area_u: int, plane_u: int, class_name) -> dict:
    attributes = {key: columns[key].read([row])[0] for key in shown}
    code = said(columns, "class", row)
    return {
        "id": said(columns, "id", row) or str(row),
        "name": said(columns, "name", row),
        "class": code,
        "class_name": class_name(code) if class_name and code else "",
        "attributes": {key: value for key, value in attributes.items() if value is not None},
        "area_m2": area_u,
        "area_plane_m2": plane_u,
        "share": share(area_u, SITE_U),
    }


@st.composite
def worlds(draw) -> tuple[int, dict[str, Column], list[str]]:
    """Columns of every kind under roles and names, and which are shown."""
    rows = draw(st.integers(1, 9))
    columns: dict[str, Column] = {}
    for key in draw(st.sets(st.sampled_from(["id", "name", "class", *SHOWN]))):
        kinds = [texts, coded] if key in ("id", "name") else [texts, coded, numbers]
        kind = coded if key == "class" else draw(st.sampled_from(kinds))
        values = st.lists(NUMBER if kind is numbers else VALUE, min_size=rows, max_size=rows)
        columns[key] = kind(draw(values))
    return rows, columns, [key for key in SHOWN if key in columns]


@given(worlds(), st.data())
def test_features_are_written_as_the_standard_says(world, data):
    rows, columns, shown = world
    chosen = data.draw(st.lists(st.integers(0, rows - 1), unique=True))
    area_u, plane_u = (data.draw(st.lists(UNITS, min_size=len(chosen), max_size=len(chosen))) for _ in range(2))
    class_name = data.draw(st.sampled_from([None, lambda code: f'类"{code}']))
    texts = writer(rows, columns, shown, class_name)
    assert texts is not None
    hits = [hit(columns, shown, *values, class_name) for values in zip(chosen, area_u, plane_u, strict=True)]
    hits.sort(key=lambda row: row["id"])
    found = texts.json(whole(chosen), whole(area_u), whole(plane_u), SITE_U)
    assert b"[" + found + b"]" == rfc8785.dumps(hits)
    assert texts.names(whole(chosen)) == [row["name"] or row["id"] for row in hits]


def test_features_of_one_id_stay_in_the_order_of_their_rows():
    columns = {"id": texts(["乙", "\uffff", "\U00020000", "乙", None, ""])}
    found = json.loads(b"[" + writer(6, columns).json(*[whole(range(6))] * 3, 9) + b"]")
    assert [(row["id"], row["area_m2"]) for row in found] == [
        ("4", 4), ("5", 5), ("乙", 0), ("乙", 3), ("\uffff", 1), ("\U00020000", 2),
    ]  # fmt: skip


@given(st.floats(allow_nan=False))
@example(-0.0)
@example(5e-324)
@example(1e-6)
@example(9.999999999999999e-7)
@example(1e-10)
@example(9999999999999998.0)
@example(2.0**53 + 2)
@example(1e16)
@example(1.7976931348623157e308)
def test_numbers_of_every_size_are_written_as_the_standard_says_or_left_to_it(value):
    texts = writer(1, {"n": numbers([value])}, ["n"])
    found = texts.json(whole([0]), whole([0]), whole([0]), 1)
    if abs(value) >= LARGE:
        assert found is None
    else:
        assert b'"attributes":{"n":' + rfc8785.dumps(value) + b"}" in found


@given(st.integers(0, 2**53 - 1), st.integers(0, 2**53 - 1))
@example(1, 1024)  # ties: ten decimals, the last a five
@example(3, 1024)
@example(1, 2 * 10**9)
@example(3, 2 * 10**9)
@example(1, 10**10)
@example(0, 7)
@example(7, 0)
@example(2**53 - 1, 1)
def test_a_share_is_rounded_as_python_rounds(units, of):
    texts = writer(1, {})
    assert texts is not None
    found = texts.json(whole([0]), whole([units]), whole([0]), of)
    assert found.endswith(b',"share":' + rfc8785.dumps(share(units, of)) + b"}")


@given(st.integers(0, 1023), st.integers(0, 10**9), st.integers(-2, 2))
def test_shares_that_lie_between_two_decimals_or_next_to_it_are_rounded_as_python_rounds(numerator, place, off):
    texts = writer(1, {})
    for units, of in ((numerator, 1024), (2 * place + 1, 2 * 10**9), ((2 * place + 1) * 10**6 + off, 2 * 10**15)):
        found = texts.json(whole([0]), whole([units]), whole([0]), of)
        assert found.endswith(b',"share":' + rfc8785.dumps(share(units, of)) + b"}")


@pytest.mark.parametrize("areas", [(2**53, 0, 1), (0, -(2**53), 1), (0, 0, 2**53)])
def test_areas_that_no_double_holds_are_left_to_python(areas):
    area_u, plane_u, site_u = areas
    assert writer(1, {}).json(whole([0]), whole([area_u]), whole([plane_u]), site_u) is None


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ({"id": numbers([1.0])}, []),
        ({"name": numbers([1.0])}, []),
        ({"class": numbers([1.0])}, []),
        ({"class": texts(["07"])}, []),
        ({"\U00020000": texts(["07"])}, ["\U00020000"]),
    ],
)
def test_columns_that_only_python_writes_have_no_writer(columns, shown):
    assert writer(1, columns, shown, lambda code: code) is None


def test_classes_without_names_may_be_any_texts():
    texts_of = writer(1, {"class": texts(["07"])})
    assert b'"class":"07","class_name":""' in texts_of.json(whole([0]), whole([0]), whole([0]), 1)


def test_what_does_not_fit_is_refused():
    texts_of = writer(2, {"id": texts(["a", "b"])})
    with pytest.raises(ValueError, match="no such row"):
        texts_of.json(whole([2]), whole([0]), whole([0]), 1)
    with pytest.raises(ValueError, match="no such row"):
        texts_of.names(whole([-1]))
    with pytest.raises(ValueError, match="areas for each row"):
        texts_of.json(whole([0]), whole([]), whole([0]), 1)
    with pytest.raises(ValueError, match="columns differ in length"):
        writer(3, {"id": texts(["a", "b"])})
    with pytest.raises(ValueError, match="starts"):
        text_column(whole([]), np.zeros(0, np.uint8), np.zeros(0, np.uint8))


@given(st.binary(max_size=6) | st.sampled_from(OFTEN_WRONG))
def test_bytes_that_are_no_text_are_left_to_python_which_refuses_them(data):
    column = TextColumn(whole([0, len(data)]), np.frombuffer(data, np.uint8), np.zeros(1, np.uint8))
    texts_of = writer(1, {"name": column})
    found = texts_of.json(whole([0]), whole([0]), whole([0]), 1)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        assert found is None
        with pytest.raises(UnicodeDecodeError):
            assert data and texts_of.names(whole([0]))
        with pytest.raises(UnicodeDecodeError):
            column.read([0])
    else:
        assert json.loads(found)["name"] == text


def test_columns_that_are_damaged_are_refused():
    beyond = TextColumn(whole([0, 9]), np.array([65], np.uint8), np.zeros(1, np.uint8))
    with pytest.raises(RuntimeError, match="beyond its column"):
        writer(1, {"id": beyond}).names(whole([0]))
    without_word = CodedColumn(np.array([2], np.int32), (None, "a"))
    with pytest.raises(IndexError):
        writer(1, {"id": without_word}).names(whole([0]))
