"""`spatialhub check-batch` as people meet it: words, exit status, and what a kill of the whole program leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from spatialhub.batch.journal import NAME
from spatialhub.cli import main
from tests.batch.world import sites
from tests.places import ROOT


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home without any layer: every answer is 待定, and quick."""
    return tmp_path_factory.mktemp("home")


def run(home, *words):
    return CliRunner().invoke(main, ["--home", str(home), "check-batch", *map(str, words)], env={"COLUMNS": "160"})


def test_a_batch_ends_with_a_summary_in_chinese_and_the_files(home, tmp_path):
    done = run(home, sites(tmp_path / "s.geojson", 5), "--out", tmp_path / "out", "--use-field", "YT")
    assert done.exit_code == 0, done.output
    assert "共 5 宗用地。" in done.stderr and "成批检查：5 宗" in done.stdout
    assert "其中 5 宗有必查图层未检查" in done.stdout and "results.csv" in done.stdout
    again = run(home, tmp_path / "s.geojson", "--out", tmp_path / "out", "--use-field", "YT")
    assert again.exit_code == 0 and "此前已完成 5 宗" in again.stderr and "没有重做" in again.stdout


def test_json_asked_for_is_json_on_standard_output_and_whole_results_on_disk(home, tmp_path):
    words = (sites(tmp_path / "s.geojson", 2), "--out", tmp_path / "out", "--use-field", "YT", "--format", "json")
    done = run(home, *words)
    assert json.loads(done.stdout)["verdicts"]["undetermined"] == 2
    assert sorted(path.name for path in (tmp_path / "out" / "sites").iterdir()) == ["000001.json", "000002.json"]


@pytest.mark.parametrize(("limit", "status"), [("undetermined", 3), ("does_not_conform", 0)])
def test_fail_on_ends_with_3_where_a_verdict_is_as_bad(home, tmp_path, limit, status):
    words = (sites(tmp_path / "s.geojson", 2), "--out", tmp_path / "out", "--fail-on", limit, "--use-field", "YT")
    assert run(home, *words).exit_code == status


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--use", "070102", "--use-field", "YT"), "--use-field"),
        (("--use-field", "XX"), "--use-field"),
        (("--deadline", "nan"), "--deadline"),
        (("--deadline", "0"), "--deadline"),
        (("--layers", "line_pink"), "line_pink"),
    ],
)
def test_what_cannot_be_run_is_refused_in_words(home, tmp_path, words, said):
    done = run(home, sites(tmp_path / "s.geojson", 1), "--out", tmp_path / "out", *words)
    assert (done.exit_code, "Traceback" in done.output) == (2, False) and said in done.output


def test_a_changed_input_is_refused_and_fresh_is_named(home, tmp_path):
    out = tmp_path / "out"
    run(home, sites(tmp_path / "s.geojson", 2), "--out", out, "--use-field", "YT")
    changed = run(home, sites(tmp_path / "s.geojson", 3), "--out", out, "--use-field", "YT")
    assert changed.exit_code == 2 and "--fresh" in changed.output and "输入文件" in changed.output
    assert run(home, tmp_path / "s.geojson", "--out", out, "--use-field", "YT", "--fresh").exit_code == 0


def test_killed_in_the_middle_it_goes_on_and_leaves_no_process(home, tmp_path):
    path, out = sites(tmp_path / "s.geojson", 200), tmp_path / "out"
    words = ["--home", home, "check-batch", path, "--out", out, "--use-field", "YT", "--workers", "2"]
    command = [sys.executable, "-m", "spatialhub.cli", *map(str, words)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: (out / NAME).is_file() and (out / NAME).read_bytes().count(b"\n") > 10)
    family = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and mentions(int(pid), process.pid)]
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = (out / NAME).read_bytes().count(b"\n") - 1
    assert 10 <= kept < 200
    until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in family))
    done = run(home, path, "--out", out, "--use-field", "YT")
    assert done.exit_code == 0 and "此前已完成" in done.stderr
    lines = (out / "results.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["number"] for line in lines] == list(range(1, 201))
    whole = run(home, path, "--out", tmp_path / "whole", "--use-field", "YT")
    assert whole.exit_code == 0 and (tmp_path / "whole" / "results.jsonl").read_text("utf-8").splitlines() == lines


def mentions(pid: int, ancestor: int) -> bool:
    """Whether a process descends from another."""
    while pid > 1:
        try:
            with open(f"/proc/{pid}/stat") as file:
                pid = int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            return False
        if pid == ancestor:
            return True
    return False


def until(holds) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
