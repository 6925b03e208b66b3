"""What the command line answers to input that cannot be used: a sentence and exit code 2, never a trace."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from spatialhub.cli import main

SQUARE = "POLYGON((467900 3846900,468000 3846900,468000 3847000,467900 3847000,467900 3846900))"
PLANE = ("--crs", "4547")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def run(home, *words):
    return CliRunner().invoke(main, ["--home", str(home), *map(str, words)], env={"COLUMNS": "200"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "LINESTRING(" + ",".join(["467900 3846900"] * 300) + ")", *PLANE), "no_area"),
        (("check", "POINT(467900 3846900)", *PLANE), "no_area"),
        (("check", "x" * 5000), "没有这个文件"),
        (("check", "/tmp"), "这是文件夹或设备，不是文件"),
        (("check", SQUARE, *PLANE, "--min-area-m2", "nan"), "--min-area-m2"),
        (("check", SQUARE, *PLANE, "--min-area-m2", "inf"), "--min-area-m2"),
        (("check", SQUARE, *PLANE, "--as-of", "2020-13-01"), "--as-of"),
        (("check", SQUARE, *PLANE, "--known-at", "9999-12-31"), "--known-at"),
        (("check", SQUARE, *PLANE, "-o", "/nonexistent/result.txt"), "写不进去"),
        (("check", SQUARE, *PLANE, "--format", "html", "-o", "/tmp"), "写不进去"),
        (("layers", "retire", "line_red@1", "--from", "0001-01-01"), "--from"),
    ],
)
def test_input_that_cannot_be_used_is_refused_in_words(home, words, said):
    done = run(home, *words)
    assert (done.exit_code, "Traceback" in done.output) == (2, False)
    assert said in done.output


def test_a_home_that_is_a_file_is_refused_in_words(tmp_path):
    (tmp_path / "file").write_text("x")
    done = run(tmp_path / "file", "check", SQUARE, *PLANE)
    assert done.exit_code == 2 and "--home" in done.output and "Traceback" not in done.output


@pytest.mark.parametrize("words", [("check", SQUARE, "--form", "x"), ("check",), ("check", SQUARE, "--nonsense", "x")])
def test_wrong_usage_is_problem_details_too_where_json_was_asked_for(home, words):
    done = run(home, *words, "--format", "json")
    assert done.exit_code == 2
    assert json.loads(done.stderr)["type"] == "urn:spatialhub:problem:usage"


def test_an_import_that_nobody_watches_leaves_only_the_refusal_on_standard_error(home):
    done = run(home, "layers", "import", "line_red", "nofile.gpkg", "--format", "json")
    assert done.stderr.startswith("{") and json.loads(done.stderr)["code"] == "file_broken"
