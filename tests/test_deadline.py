"""A check on the command line is given up in time, although nothing can interrupt GEOS or the kernels."""

import json
import subprocess
import sys
import textwrap
import time

import pytest

from spatialhub.deadline import given_up_after

PROGRAM = """
import shapely
from shapely import affinity
from spatialhub.deadline import given_up_after
teeth = [(x, y) for i in range(4000) for x, y in ((i, 0), (i, 4000), (i + .5, 4000), (i + .5, 0))]
comb = shapely.Polygon([*teeth, (4000, -1), (0, -1)])
with given_up_after(1.0, "梳.txt", as_json={as_json}):
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
    with given_up_after(0.2, "a", as_json=False):
        pass
    time.sleep(0.4)


def test_a_refusal_within_the_block_stays_what_it_is():
    with pytest.raises(ValueError, match="x"), given_up_after(60, "a", as_json=False):
        raise ValueError("x")
