"""Sample sites and the mark of synthetic data."""

import json

import pytest

from spatialhub.errors import OptionError
from webmap import samples


def demo(home):
    folder = home / "demo"
    folder.mkdir()
    options = {"use": "0701", "crs": None}
    row = {"key": "a", "file": "sites/a.txt", "title": "示例甲", "story": "故事", "options": options}
    (folder / "sites.json").write_text(json.dumps([row]), "utf-8")
    (folder / "demo.json").write_text(json.dumps({"synthetic": "示例，非法定界线"}), "utf-8")
    return home


def test_without_a_demo_nothing_is_offered_and_nothing_marked(tmp_path):
    assert samples.offered(tmp_path) == [] and samples.notice(tmp_path) == ""


def test_a_demo_offers_its_sites_with_the_options_they_need(tmp_path):
    (found,) = samples.offered(demo(tmp_path))
    assert (found.title, found.options) == ("示例甲", {"use": "0701"})
    assert found.path == tmp_path / "demo" / "sites" / "a.txt"


def test_a_demo_is_marked_as_synthetic(tmp_path):
    assert samples.notice(demo(tmp_path)) == "演示数据（示例，非法定界线）"


def test_a_sample_that_is_not_offered_is_refused(tmp_path):
    with pytest.raises(OptionError):
        samples.find(demo(tmp_path), "../../etc/passwd")
