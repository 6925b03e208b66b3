"""Results on disk."""

import pytest

from spatialhub.errors import UnknownResult
from webmap import store
from webmap.store import ResultStore


def documents(number=1):
    return {store.JSON: f'{{"site": {number}}}', store.MAP: "<html>"}


def test_the_same_result_has_the_same_key_and_stands_once(tmp_path):
    kept = ResultStore(tmp_path / "results")
    assert kept.put(documents()) == kept.put(documents())
    assert len(list((tmp_path / "results").iterdir())) == 1


def test_a_file_that_a_result_does_not_have_is_unknown(tmp_path):
    kept = ResultStore(tmp_path)
    key = kept.put(documents())
    assert kept.path(key, store.MAP).read_text() == "<html>"
    with pytest.raises(UnknownResult):
        kept.path(key, store.SUGGESTION)


def test_a_paper_is_kept_beside_its_result_and_nowhere_else(tmp_path):
    kept = ResultStore(tmp_path)
    key = kept.put(documents())
    kept.add(key, store.PAPERS["pdf"], b"%PDF-")
    assert kept.has(key, "report.pdf") and kept.path(key, "report.pdf").read_bytes() == b"%PDF-"
    for other, name in (("0" * 32, "report.pdf"), (key, "../report.pdf"), (key, "other.pdf"), ("..", "report.pdf")):
        with pytest.raises(UnknownResult):
            kept.add(other, name, b"")
    assert sorted(path.name for path in (tmp_path / key).iterdir()) == ["check.json", "map.html", "report.pdf"]


@pytest.mark.parametrize(("key", "name"), [("../../etc", "passwd"), ("", store.JSON), ("0" * 32, "../check.json")])
def test_nothing_outside_the_folder_is_reached(tmp_path, key, name):
    with pytest.raises(UnknownResult):
        ResultStore(tmp_path).path(key, name)


def test_the_oldest_go_first(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "KEPT", 2)
    kept = ResultStore(tmp_path)
    keys = [kept.put(documents(number)) for number in range(4)]
    assert kept.document(keys[-1]) == {"site": 3}
    with pytest.raises(UnknownResult):
        kept.document(keys[0])
