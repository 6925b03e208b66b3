"""Worker processes: answers, refusals, the deadline."""

import os
import signal
import time
from pathlib import Path

import pytest

from spatialhub.errors import BrokenFile, Busy, ProgramFault, Superseded, TooComplex
from webmap.runner import MOST_WAITING, NICENESS, Runner


def work(question):
    """Do as the question says."""
    kind, value = question
    if kind == "sleep":
        time.sleep(value)
    if kind == "refuse":
        raise BrokenFile(value, reason="试")
    if kind == "break":
        raise ZeroDivisionError(value)
    if kind == "die":
        os._exit(3)
    if kind == "pid":
        return f"{os.getpid()}-"
    if kind == "nice":
        return f"{os.nice(0)}-"
    if kind == "mark":
        Path(value).touch()
    return f"{value}-{os.getpid() != int(os.environ.get('PYTEST_PID', 0))}"


@pytest.fixture(scope="module")
def runner():
    found = Runner(work, deadline_s=1.0)
    found.warm()
    return found


def test_an_answer_comes_from_another_process(runner, monkeypatch):
    assert runner.ask(("echo", "a")) == "a-True"


def test_a_refusal_keeps_its_place_and_values(runner):
    with pytest.raises(BrokenFile) as refused:
        runner.ask(("refuse", "红线.txt:7"))
    assert refused.value.place == "红线.txt:7" and refused.value.params["reason"] == "试"


def test_a_worker_past_the_deadline_is_killed_and_the_answer_is_too_complex(runner):
    begun = time.monotonic()
    job = runner.start(("sleep", 60))
    while job.worker is None:
        time.sleep(0.01)
    process = job.worker.process
    assert job.finished.wait(5) and isinstance(job.error, TooComplex)
    assert time.monotonic() - begun < 4 and not process.is_alive()


@pytest.mark.parametrize("kind", ["break", "die"])
def test_a_fault_of_ours_is_no_refusal(runner, kind):
    with pytest.raises(ProgramFault):
        runner.ask((kind, "x"))


def test_a_newer_question_of_the_same_page_takes_the_place_of_the_older(runner):
    older = runner.start(("sleep", 30), page="p")
    time.sleep(0.3)
    newer = runner.start(("echo", "b"), page="p")
    assert newer.finished.wait(5) and newer.key.startswith("b")
    assert older.finished.wait(5) and isinstance(older.error, Superseded)


def test_a_worker_lives_on_from_check_to_check(runner):
    assert len({runner.ask(("pid", "")) for _ in range(5)}) == 1


def test_a_worker_that_was_killed_while_it_was_idle_is_missed_by_nobody(runner):
    pid = int(runner.ask(("pid", "")).split("-")[0])
    os.kill(pid, signal.SIGKILL)
    assert runner.ask(("echo", "c")) == "c-True"
    assert int(runner.ask(("pid", "")).split("-")[0]) != pid


def test_workers_run_below_the_priority_of_the_server(runner):
    assert int(runner.ask(("nice", "")).split("-")[0]) == os.nice(0) + NICENESS


def test_who_would_wait_behind_too_many_is_told_so_at_once():
    runner = Runner(work, deadline_s=30.0, slots=1)
    jobs = [runner.start(("sleep", 0.2)) for _ in range(1 + MOST_WAITING)]
    with pytest.raises(Busy):
        runner.start(("echo", "e"))
    assert all(job.finished.wait(20) and job.error is None for job in jobs)
    assert runner.ask(("echo", "e")) == "e-True"


def test_what_is_cancelled_while_it_waits_never_runs(runner, tmp_path):
    busy = [runner.start(("sleep", 0.5)) for _ in range(2)]
    waiting = runner.start(("mark", str(tmp_path / "mark")), page="q")
    newer = runner.start(("echo", "d"), page="q")
    assert newer.finished.wait(5) and waiting.finished.wait(5) and all(job.finished.wait(5) for job in busy)
    assert isinstance(waiting.error, Superseded) and not (tmp_path / "mark").exists()
