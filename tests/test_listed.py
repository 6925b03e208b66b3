"""Lists and geometry made when they are first read are what they would have been had they been made at once."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import shapely

from spatialhub.findings import FeatureHit, Fragment
from spatialhub.listed import Outlines, Records, Rows, Table
from spatialhub.spatial.arrangement import arrange
from tests import shapes
from tests.results import a_ruling


class Counted:
    """Makes what is given and counts how often it was asked."""

    def __init__(self, made) -> None:
        self.made, self.asked = made, 0

    def __call__(self):
        self.asked += 1
        return self.made


def test_rows_are_made_once_and_only_when_read():
    make = Counted(["a", "b"])
    rows: Rows[str] = Rows(make)
    assert make.asked == 0
    assert (len(rows), list(rows), rows[0], rows[1:], rows) == (2, ["a", "b"], "a", ("b",), ("a", "b"))
    assert rows == Rows(lambda: ("a", "b")) and hash(rows) == hash(("a", "b")) and rows != ("a",)
    assert make.asked == 1


def test_pickled_rows_are_a_tuple():
    copied = pickle.loads(pickle.dumps(Rows(Counted([1, 2]).__call__)))
    assert copied == (1, 2) and type(copied) is tuple


def test_records_are_made_of_their_values_and_only_when_read():
    read, make = Counted([("f1", 3), ("f2", 4)]), Counted("row")
    rows = Records(read, lambda values: (make(), *values))
    assert read.asked == 0
    assert rows.values == (("f1", 3), ("f2", 4)) and (read.asked, make.asked) == (1, 0)
    assert list(rows) == [("row", "f1", 3), ("row", "f2", 4)] and rows[1][1] == "f2"
    assert (read.asked, make.asked) == (1, 2)
    assert pickle.loads(pickle.dumps(rows)) == tuple(rows)


def test_a_table_is_a_dict_made_once_and_only_when_read():
    make = Counted({"eco_redline/f1": 3})
    table: Table[int] = Table(make)
    assert make.asked == 0
    assert table == {"eco_redline/f1": 3} == dict(table) and len(table) == 1
    assert make.asked == 1
    copied = pickle.loads(pickle.dumps(table))
    assert copied == table and type(copied) is dict


def a_fragment(geometry) -> Fragment:
    return Fragment("F1", 1, 1, 1, (1,), (), (), False, False, a_ruling(), geometry)


def test_a_fragment_is_drawn_when_its_geometry_is_read():
    draw = Counted(shapes.SQUARE)
    fragment = a_fragment(draw)
    assert draw.asked == 0
    assert fragment.geometry is fragment.geometry is shapes.SQUARE
    assert draw.asked == 1
    assert fragment == a_fragment(shapes.SQUARE)


def test_a_copy_and_a_pickle_hold_the_geometry():
    fragment = a_fragment(Counted(shapes.SQUARE))
    assert replace(fragment, id="F2").geometry is shapes.SQUARE
    copied = pickle.loads(pickle.dumps(a_fragment(Counted(shapes.SQUARE))))
    assert copied == fragment and "geometry" in copied.__dict__ and not callable(copied.__dict__["geometry"])


def test_a_fragment_needs_a_geometry_and_a_feature_may_have_none():
    with pytest.raises(TypeError, match="geometry"):
        Fragment("F1", 1, 1, 1, (1,), (), (), False, False, a_ruling())  # type: ignore[call-arg]
    assert FeatureHit("f1", "", {}, 1, 1).geometry is None


def test_outlines_are_unions_of_faces():
    half = shapes.rectangle(50, 100)
    found = arrange([shapes.SQUARE], np.array([half], dtype=object), np.array([1]), epsg=shapes.EPSG)
    outlines = Outlines(found, found.cover_face, found.cover_label, 2)
    assert shapely.equals(outlines[0], shapes.SQUARE) and shapely.equals(outlines[1], half)
