"""The journal: what is in it is what was written; torn ends are cut, damage is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.batch.journal import NAME, Journal, terms_of
from spatialhub.errors import BatchChanged, BatchDamaged, BatchRunning, OutputError

TERMS = {"city": "某市", "as_of": "2026-03-02"}


def a_row(number: int, **values) -> dict:
    return {"number": number, "name": f"地块{number}", **values}


def written(folder, count: int):
    with Journal.open(folder, TERMS) as journal:
        for number in range(1, count + 1):
            journal.add(a_row(number))
    return folder / NAME


def test_what_is_added_is_there_when_it_is_opened_again(tmp_path):
    written(tmp_path, 3)
    with Journal.open(tmp_path, TERMS) as journal:
        assert journal.rows == {number: a_row(number) for number in (1, 2, 3)}
    assert terms_of(tmp_path) == TERMS and terms_of(tmp_path / "nowhere") is None


def test_of_two_lines_about_one_site_the_later_counts(tmp_path):
    written(tmp_path, 2)
    with Journal.open(tmp_path, TERMS) as journal:
        journal.add(a_row(1, state="checked"))
    with Journal.open(tmp_path, TERMS) as journal:
        assert journal.rows == {1: a_row(1, state="checked"), 2: a_row(2)}


@given(cut=st.integers(0, 400))
def test_cut_anywhere_it_keeps_whole_lines_and_goes_on(cut, tmp_path_factory):
    folder = tmp_path_factory.mktemp("journal")
    path = written(folder, 3)
    data = path.read_bytes()
    left = data[: max(0, len(data) - cut)]
    path.write_bytes(left)
    whole = left[: left.rfind(b"\n") + 1].count(b"\n")
    with Journal.open(folder, TERMS) as journal:
        assert sorted(journal.rows) == list(range(1, whole))
        journal.add(a_row(9))
    with Journal.open(folder, TERMS) as journal:
        assert 9 in journal.rows and len(journal.rows) == max(whole, 1)


def test_zeros_that_a_crash_of_the_machine_left_at_the_end_are_cut_off(tmp_path):
    path = written(tmp_path, 2)
    path.write_bytes(path.read_bytes() + bytes(500))
    with Journal.open(tmp_path, TERMS) as journal:
        assert sorted(journal.rows) == [1, 2]


def test_a_wrong_line_before_the_last_is_refused(tmp_path):
    path = written(tmp_path, 3)
    path.write_bytes(path.read_bytes().replace("地块2".encode(), "地块7".encode()))
    with pytest.raises(BatchDamaged) as refused:
        Journal.open(tmp_path, TERMS)
    assert refused.value.params["line"] == 3
    with Journal.open(tmp_path, TERMS, fresh=True) as journal:
        assert journal.rows == {}


def test_other_terms_are_refused_and_named(tmp_path):
    written(tmp_path, 1)
    with pytest.raises(BatchChanged) as refused:
        Journal.open(tmp_path, TERMS | {"as_of": "2026-03-03"})
    assert [word.code for word in refused.value.params["changed"]] == ["batch_term_as_of"]
    assert terms_of(tmp_path) == TERMS


def test_two_cannot_write_it_at_once(tmp_path):
    with Journal.open(tmp_path, TERMS), pytest.raises(BatchRunning):
        Journal.open(tmp_path, TERMS)
    Journal.open(tmp_path, TERMS).__exit__()


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        Journal.open(tmp_path / "file", TERMS)


def test_a_row_may_be_given_with_its_json(tmp_path):
    with Journal.open(tmp_path, TERMS) as journal:
        journal.add(a_row(1), '{"number":1,"name":"地块1"}'.encode())
    with Journal.open(tmp_path, TERMS) as journal:
        assert journal.rows == {1: a_row(1)}
