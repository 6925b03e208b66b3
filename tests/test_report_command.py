"""`spatialhub report`: papers of a stored result, verifying one, templates, the overview."""

import json

import pytest
from click.testing import CliRunner

from spatialhub.cli import main
from tests.report.paper.conftest import checked, home, space  # noqa: F401 - fixtures


def run(home, *words):  # noqa: F811
    return CliRunner().invoke(main, ["--home", str(home), "report", *map(str, words)], env={"COLUMNS": "300"})


@pytest.fixture
def stored(checked, tmp_path):  # noqa: F811
    """The real result as a file."""
    path = tmp_path / "甲.json"
    path.write_text(json.dumps(checked, ensure_ascii=False), "utf-8")
    return path


def test_a_result_s_papers_are_written_beside_it(home, stored):  # noqa: F811
    done = run(home, stored, "--format", "xlsx,gpkg")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in stored.parent.iterdir()) == ["甲.gpkg", "甲.json", "甲.xlsx"]


def test_one_form_may_name_its_file(home, stored, tmp_path):  # noqa: F811
    assert run(home, stored, "--format", "docx", "-o", tmp_path / "报告.docx").exit_code == 0
    assert (tmp_path / "报告.docx").read_bytes().startswith(b"PK")


def test_verifying_answers_three_questions_and_fails_where_one_is_no(home, stored, checked):  # noqa: F811
    done = run(home, "verify", stored)
    assert done.exit_code == 0 and done.output.count("：是") == 3
    stored.write_text(json.dumps(checked | {"referrals": []}), "utf-8")
    done = run(home, "verify", stored, "--format", "json")
    said = {row["question"]: row["reply"] for row in json.loads(done.stdout)["answers"]}
    assert done.exit_code == 3 and said["unaltered"] == "no" and said["inputs"] == "yes"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda result: result | {"referrals": []}, "内容已改动"),
        (lambda result: {key: value for key, value in result.items() if key != "site"}, "site"),
        (lambda result: result | {"notices": 3}, "notices"),
        (lambda result: [1], "object"),
    ],
)
def test_no_paper_is_made_of_a_result_that_was_altered(home, stored, checked, change, said):  # noqa: F811
    stored.write_text(json.dumps(change(checked)), "utf-8")
    done = run(home, stored)
    assert done.exit_code == 2 and said in done.output and len(list(stored.parent.iterdir())) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.json",), "nowhere.json"),
        (("verify", "nowhere.pdf"), "nowhere.pdf"),
        (("make", "a.json", "--format", "doc"), "--format"),
        (("make", "a.json", "--format", ""), "--format"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(home, words, said):  # noqa: F811
    done = run(home, *words)
    assert done.exit_code == 2 and said in done.output and "Traceback" not in done.output


def test_a_template_is_copied_once_and_never_over_an_edited_one(home, tmp_path):  # noqa: F811
    target = tmp_path / "own.docx"
    assert run(home, "template", "docx", "-o", target).exit_code == 0
    target.write_bytes(b"edited")
    done = run(home, "template", "docx", "-o", target)
    assert done.exit_code == 2 and target.read_bytes() == b"edited"


def test_the_overview_takes_files_and_folders_of_results(home, stored, tmp_path):  # noqa: F811
    target = tmp_path / "总览" / "a.html"
    done = run(home, "overview", stored, stored.parent, "-o", target)
    assert done.exit_code == 0, done.output
    html = target.read_text("utf-8")
    assert "选址 2 宗" in html and "试验用地" in html and "永久基本农田" in html


def test_a_check_writes_its_report_at_once_and_asks_for_a_file(home, tmp_path):  # noqa: F811
    square = "POLYGON((467900 3846900,468000 3846900,468000 3847000,467900 3847000,467900 3846900))"
    words = ["--home", str(home), "check", square, "--crs", "4547", "--use", "0701", "--format", "pdf"]
    refused = CliRunner().invoke(main, words)
    assert refused.exit_code == 2 and "FILE.pdf" in refused.output
    done = CliRunner().invoke(main, [*words, "-o", str(tmp_path / "a.pdf")])
    assert done.exit_code == 0, done.output
    assert run(home, "verify", tmp_path / "a.pdf").exit_code == 0
