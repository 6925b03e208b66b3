"""Frames: what goes in comes out, and a lying reader is caught."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import shapely

from spatialhub.errors import BrokenFile
from spatialhub.intake import wire
from spatialhub.messages import Words
from spatialhub.spatial.model import Issue

HOLED = shapely.box(0, 0, 10, 10).difference(shapely.box(2, 2, 4, 4))
SHAPES = [
    shapely.box(0, 0, 1, 1),
    shapely.LineString([(0, 0), (5, 5)]),
    HOLED,
    shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(3, 3, 4, 4)]),
]


def test_geometries_travel_unchanged():
    groups, blob = wire.pack(np.array(SHAPES, object))
    back = wire.unpack(groups, blob, len(SHAPES))
    assert [a.wkt for a in back] == [b.wkt for b in SHAPES]


def test_frames_are_cut_wherever_the_pipe_cuts_them():
    stream = io.BytesIO()
    wire.write(stream, {"kind": "start", "name": "甲"}, b"blob")
    wire.write(stream, {"kind": "end"})
    frames, found = wire.Frames(), []
    for byte in stream.getvalue():
        found += frames.feed(bytes([byte]))
    assert found == [({"kind": "start", "name": "甲"}, b"blob"), ({"kind": "end"}, b"")]


def test_refusals_travel_with_words_inside_words():
    error = BrokenFile("a.txt:3", reason=Words.of("broken_txt_number", text="x"), tried=("a", "b"))
    back = wire.error_from_json(wire.error_to_json(error))
    assert (type(back), back.place, dict(back.params)) == (BrokenFile, "a.txt:3", dict(error.params))


def test_issues_travel():
    issue = Issue.of("repaired", "a", before_m2="1")
    assert wire.issue_from_json(wire.issue_to_json(issue)) == issue


@pytest.mark.parametrize("name", ["SystemExit", "annotations", "Exception", "__builtins__"])
def test_only_our_own_refusals_are_built(name):
    with pytest.raises(wire.BrokenFrame):
        wire.error_from_json({"class": name, "place": "", "params": {}})


def test_reader_that_lies_about_sizes_is_caught():
    groups, blob = wire.pack(np.array(SHAPES[:1], object))
    lies = [
        [{**groups[0], "sizes": [10**9] * 5}],
        [{**groups[0], "sizes": [-1]}],
        [{**groups[0], "kind": "evil"}],
        [{"kind": "polygon"}],
    ]
    for lie in lies:
        with pytest.raises(wire.BrokenFrame):
            wire.unpack(lie, blob, 1)
    with pytest.raises(wire.BrokenFrame):
        wire.unpack(groups, blob, 0)
    with pytest.raises(wire.BrokenFrame):
        wire.unpack(groups, b"\xff" * len(blob), 1)


def test_frame_larger_than_any_is_refused_before_it_is_stored():
    with pytest.raises(wire.BrokenFrame):
        wire.Frames().feed(struct.pack("<QQ", 2**60, 0))
    with pytest.raises(wire.BrokenFrame):
        wire.Frames().feed(struct.pack("<QQ", 3, 0) + b"[1]")


def test_reader_that_lies_about_its_columns_is_caught():
    groups, blob = wire.pack(np.array(SHAPES[:1], object))
    head = {"kind": "chunk", "count": 1, "groups": groups, "attributes": {"a": [1]}, "places": ["x"]}
    assert len(wire.geometries_of(head, blob)) == 1
    for lie in ({"attributes": {"a": []}}, {"places": []}, {"places": None}, {"groups": []}, {"count": "many"}):
        with pytest.raises(wire.BrokenFrame):
            wire.geometries_of({**head, **lie}, blob)
