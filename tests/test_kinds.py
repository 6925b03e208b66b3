"""Of which kind features are, whether their columns are dictionaries or not."""

from __future__ import annotations

import numpy as np

from spatialhub.catalogue import Only
from spatialhub.kinds import Kinds
from spatialhub.precedence.rulebook import Rulebook
from spatialhub.spatial.snapshot import Snapshot
from tests import shapes
from tests.builders import a_catalogue, a_floor, a_layer, a_policy, an_entry

MANY = 300  # different words: too many for a dictionary
BARRED = ("0101", "0301")


def opened(tmp_path, entry, classes, reserved) -> Snapshot:
    rows = [
        (shapes.square(1, 2 * number, 0), {"class": code, "reserved_for": use})
        for number, (code, use) in enumerate(zip(classes, reserved, strict=True))
    ]
    return Snapshot.open(a_layer(tmp_path / entry.key, entry, rows).snapshot)


def test_a_kind_is_the_layer_the_class_and_the_reserved_use(tmp_path):
    line, floor = an_entry("line_yellow"), a_floor("eco_redline", only=Only(BARRED))
    words = [f"用途{number}" for number in range(MANY)]
    coded = opened(tmp_path, floor, ["0101", "0201", None] * 20, [None] * 60)
    uncoded = opened(tmp_path, line, ["A"] * MANY, words)
    assert coded.dictionary("class") is not None
    assert uncoded.dictionary("reserved_for") is None
    book = Rulebook(a_catalogue([line, floor]), a_policy())
    kinds = Kinds([(floor, coded), (a_floor("farmland"), None), (line, uncoded)], book)
    snapshot = np.array([0, 0, 0, 0, 1, 1, 1], np.int32)
    row = np.array([0, 1, 2, 3, 7, 8, 7])
    for _ in range(2):  # looked up, then remembered
        layer, kind, is_floor = kinds.of(snapshot, row)
        assert layer.tolist() == [0, 0, 0, 0, 2, 2, 2]
        assert is_floor.tolist() == [True, False, False, True, False, False, False]
        assert kind[0] == kind[3] and kind[4] == kind[6] and len(set(kind[[0, 4, 5]].tolist())) == 3
        found = [book.kind_of(number) for number in kind.tolist() if number >= 0]
        assert {(each.layer, each.class_code) for each in found} >= {("eco_redline", "0101"), ("line_yellow", "A")}
        assert {each.reserved_for for each in found if each.layer == "line_yellow"} == {"用途7", "用途8"}


def test_no_candidates_are_no_kinds(tmp_path):
    entry = an_entry()
    kinds = Kinds([(entry, opened(tmp_path, entry, ["A"], ["B"]))], Rulebook(a_catalogue([entry]), a_policy()))
    assert [len(each) for each in kinds.of(np.zeros(0, np.int32), np.zeros(0, np.int64))] == [0, 0, 0]
