"""The pool: answers, deadlines, deaths; nobody waits for somebody else's task."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import forkserver
from pathlib import Path

import pytest

from spatialhub.errors import HomeUnusable
from spatialhub.pool import Ending, Pool, PoolBroken, expect

DEADLINE_S = 0.6


def prepare(given: str):
    """A worker that does as its tasks say; `given` is a folder in which it leaves marks."""
    if given == "refuse":
        raise HomeUnusable("/there", reason="试")
    if given == "die":
        os._exit(7)
    return lambda task: answer(Path(given), task.decode())


def answer(folder: Path, task: str) -> bytes:
    verb, _, value = task.partition(" ")
    if verb == "sleep":
        time.sleep(float(value))
    elif verb == "spin":  # no signal handler of Python's would run in here
        sum(range(10**11))
    elif verb == "break":
        raise ZeroDivisionError(value)
    elif verb == "die":
        os._exit(3)
    elif verb == "die_once" and not (folder / value).exists():
        (folder / value).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif verb == "pid":
        return str(os.getpid()).encode()
    return task.encode()


@pytest.fixture
def pool(tmp_path):
    with Pool(prepare, str(tmp_path), workers=2, deadline_s=DEADLINE_S, preload=[__name__]) as found:
        yield found


def run(pool, *tasks: str) -> list:
    """Outcomes in the order of the tasks."""
    found = dict(pool.run(task.encode() for task in tasks))
    return [found[number] for number in range(len(tasks))]


def endings(pool, *tasks: str) -> list[str]:
    return [outcome.ending.value for outcome in run(pool, *tasks)]


def test_every_task_is_answered_once_whatever_the_order_they_end_in(pool):
    tasks = [f"echo {number}" for number in range(5000)]
    heard = list(pool.run(task.encode() for task in tasks))
    assert sorted(number for number, _ in heard) == list(range(5000))
    assert all(outcome.value.decode() == tasks[number] for number, outcome in heard)


def test_workers_live_on_between_tasks_and_runs(pool):
    seen = {outcome.value for _ in range(2) for outcome in run(pool, *["pid"] * 50)}
    assert 1 <= len(seen) <= 2 and {int(pid) for pid in seen} <= set(pool.pids)


def test_large_tasks_and_answers_do_not_block_each_other(pool):
    tasks = ["echo " + "x" * 1_000_000] * 20
    assert [len(outcome.value) for outcome in run(pool, *tasks)] == [1_000_005] * 20


@pytest.mark.parametrize("verb", ["sleep 60", "spin"])
def test_a_task_past_its_deadline_ends_and_nobody_else_waits(pool, verb):
    begun = time.monotonic()
    others = [f"echo {number}" for number in range(40)]
    waited = {}
    for number, outcome in pool.run(task.encode() for task in [verb, *others]):
        waited[number] = (outcome.ending, time.monotonic() - begun)
    assert waited.pop(0)[0] is Ending.LATE
    assert {ending for ending, _ in waited.values()} == {Ending.ANSWERED} and len(waited) == 40
    assert time.monotonic() - begun < DEADLINE_S + 3


def test_the_deadline_is_each_tasks_own(pool):
    """Ten tasks of a third of the deadline each take far longer than it, and are all answered."""
    assert endings(pool, *[f"sleep {DEADLINE_S / 3}"] * 10) == ["answered"] * 10


def test_a_worker_that_cannot_even_hear_its_alarm_is_killed(pool):
    assert endings(pool, "stop", "echo 1") == ["late", "answered"]


def test_a_task_whose_worker_was_killed_is_tried_once_more(pool):
    assert endings(pool, "die_once a", "echo 1", "die_once b") == ["answered"] * 3


def test_a_task_that_kills_every_worker_is_given_up_and_the_rest_is_answered(pool):
    found = endings(pool, "echo 1", "die", *(f"echo {number}" for number in range(100)))
    assert found == ["answered", "died", *["answered"] * 100]
    assert endings(pool, "echo 2") == ["answered"] and len(set(pool.pids)) == 2


def test_idle_workers_that_were_killed_are_replaced(pool):
    run(pool, "echo 1")
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    assert endings(pool, *["echo 1"] * 10) == ["answered"] * 10


def test_a_fault_is_told_with_its_trace_and_the_worker_lives_on(pool):
    pids = set(pool.pids)
    broken, after = run(pool, "break 5", "echo 1")
    assert broken.ending is Ending.FAULT and b"ZeroDivisionError: 5" in broken.value
    assert after.ending is Ending.ANSWERED and set(pool.pids) == pids


def test_a_run_left_early_disturbs_no_later_one(pool):
    for _ in pool.run(f"sleep {DEADLINE_S / 2}".encode() for _ in range(10)):
        break
    assert [outcome.value for outcome in run(pool, "echo a", "echo b")] == [b"echo a", b"echo b"]


def test_what_prepare_raises_reaches_the_caller():
    with Pool(prepare, "refuse", workers=1, deadline_s=5) as pool, pytest.raises(HomeUnusable) as refused:
        list(pool.run([b"echo 1"]))
    assert refused.value.place == "/there" and refused.value.params == {"reason": "试"}


def test_workers_that_never_come_up_are_not_started_for_ever():
    with Pool(prepare, "die", workers=1, deadline_s=5) as pool, pytest.raises(PoolBroken, match="the last with 7"):
        list(pool.run([b"echo 1"]))


def test_no_process_is_left_when_the_pool_is_closed(tmp_path):
    with Pool(prepare, str(tmp_path), workers=2, deadline_s=60) as pool:
        pids = pool.pids
        next(pool.run([b"echo 1", b"sleep 30", b"sleep 30"]))
    assert [pid for pid in pids if _alive(pid)] == []


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def test_a_server_expected_is_the_one_that_workers_are_forked_from(tmp_path):
    expect([__name__])
    with Pool(parent_of, "", workers=1, deadline_s=DEADLINE_S, preload=[__name__]) as pool:
        assert run(pool, "")[0].value == str(forkserver._forkserver._forkserver_pid).encode()


def parent_of(_: str):
    """A worker that tells its parent."""
    return lambda task: str(os.getppid()).encode()


def test_a_worker_goes_on_after_it_has_settled(pool):
    assert [one.value for one in run(pool, *(f"echo {number}" for number in range(300)))] == [
        f"echo {number}".encode() for number in range(300)
    ]
