"""Snapshots of the first version are refused with the command that helps, and can be written anew."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatialhub.errors import SnapshotDamaged, SnapshotFormat
from spatialhub.messages import explain
from spatialhub.spatial.snapshot import Snapshot
from spatialhub.spatial.snapshot_format0 import Format0, write_anew
from tests import shapes
from tests.builders import a_layer
from tests.format0 import write_format0

FEATURES = [
    (shapes.SQUARE, {"class": "0101", "area": 1.5, "name": "甲"}),
    (shapely.multipolygons([shapes.L, shapes.square(10.0, 900.0)]), {"class": None, "area": None, "name": ""}),
    (shapes.disc(3_000.0, vertices=2_000), {"class": "1401", "area": 3.0, "name": "乙"}),
]


def test_it_is_refused_and_the_error_names_the_command(tmp_path):
    old = write_format0(Snapshot.open(a_layer(tmp_path, features=FEATURES).snapshot), tmp_path)
    with pytest.raises(SnapshotFormat) as caught:
        Snapshot.open(old)
    assert "spatialhub layers rebuild" in explain(caught.value, "en")["remedy"]


@pytest.mark.parametrize("features", [FEATURES, []])
def test_written_anew_it_is_what_an_import_of_today_writes(tmp_path, features):
    today = a_layer(tmp_path, features=features)
    old = write_format0(Snapshot.open(today.snapshot), tmp_path)
    assert write_anew(Format0.open(old, old.name), tmp_path / "anew") == today.sha256


def test_it_is_read_in_chunks_and_says_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("spatialhub.spatial.snapshot_format0._ROWS_AT_ONCE", 2)
    today = a_layer(tmp_path, features=FEATURES)
    old = write_format0(Snapshot.open(today.snapshot), tmp_path)
    told = []
    name = write_anew(Format0.open(old, old.name), tmp_path / "anew", progress=lambda *counts: told.append(counts))
    assert name == today.sha256
    assert told == [(2, 3), (3, 3)]


@pytest.mark.parametrize("name", ["wkb.bin", "col_0.utf8", "coverage.wkb", "manifest.json"])
def test_a_damaged_one_is_not_used(tmp_path, name):
    old = write_format0(Snapshot.open(a_layer(tmp_path, features=FEATURES).snapshot), tmp_path)
    content = bytearray((old / name).read_bytes())
    content[-4] ^= 1
    (old / name).write_bytes(content)
    with pytest.raises(SnapshotDamaged):
        Format0.open(old, old.name)


def test_one_of_today_is_not_taken_for_it(tmp_path):
    layer = a_layer(tmp_path, features=FEATURES)
    with pytest.raises(SnapshotFormat):
        Format0.open(layer.snapshot, layer.sha256)
    assert np.array_equal(Snapshot.open(layer.snapshot).groups, [0, 1, 2])
