"""A check on the command line is given up in time and memory, although nothing can interrupt GEOS or the kernels."""

import json
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import shapely

from spatialhub.deadline import within_limits
from spatialhub.errors import TooComplex
from spatialhub.messages import explain

PROGRAM = """
import shapely
from shapely import affinity
from spatialhub.deadline import within_limits
teeth = [(x, y) for i in range(4000) for x, y in ((i, 0), (i, 4000), (i + .5, 4000), (i + .5, 0))]
comb = shapely.Polygon([*teeth, (4000, -1), (0, -1)])
with within_limits(1.0, "梳.txt", as_json={as_json}):
    shapely.intersection(comb, affinity.rotate(comb, 90))
print("done")
"""


def run(*, as_json=False):
    code = textwrap.dedent(PROGRAM.format(as_json=as_json))
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    return done, time.monotonic() - began


@pytest.mark.parametrize("as_json", [False, True])
def test_work_past_its_deadline_ends_the_program_with_the_refusal_in_words(as_json):
    done, took_s = run(as_json=as_json)
    assert (done.returncode, done.stdout) == (2, "") and took_s < 10
    if as_json:
        told = json.loads(done.stderr)
        assert (told["code"], told["place"]) == ("too_complex", "梳.txt")
    else:
        assert "梳.txt" in done.stderr and "--deadline" in done.stderr


def test_work_in_time_is_left_alone():
    with within_limits(0.2, "a", as_json=False):
        pass
    time.sleep(0.4)


def test_a_refusal_within_the_block_stays_what_it_is():
    with pytest.raises(ValueError, match="x"), within_limits(60, "a", as_json=False):
        raise ValueError("x")


def test_more_memory_than_a_check_may_take_is_a_refusal_and_the_limit_ends_with_the_block(monkeypatch):
    monkeypatch.setenv("SPATIALHUB_CHECK_MEMORY_MIB", "64")
    with pytest.raises(TooComplex) as refusal, within_limits(60, "梳.txt", as_json=False):
        bytearray(256 * 2**20)
    said = explain(refusal.value, "zh")
    assert "64 MiB 内存" in said["what"] and "SPATIALHUB_CHECK_MEMORY_MIB" in said["what"]
    assert len(bytearray(256 * 2**20)) == 256 * 2**20


def test_memory_that_geos_runs_out_of_is_the_same_refusal(monkeypatch):
    monkeypatch.setenv("SPATIALHUB_CHECK_MEMORY_MIB", "16")
    points = np.random.default_rng(1).random((200_000, 2))
    with pytest.raises(TooComplex), within_limits(60, "a", as_json=False):
        shapely.delaunay_triangles(shapely.multipoints(points))
