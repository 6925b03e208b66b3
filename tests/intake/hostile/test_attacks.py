"""Every attack on every carrier, handed to the reader; a share at the other doors; all of it in the slow run."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from tests.intake.hostile import pointing, trap
from tests.intake.hostile.doors import COMMANDS, WEB, Station
from tests.intake.hostile.judging import Stillness, complaints, nothing_left, tried
from tests.intake.hostile.table import ATTACKS, PAIRS, cases

# What is read again by other doors, and which take seconds by design: these are the slow run's.
COSTLY = ("star of 4000", "endless lines", "much of little", "combs across", "bomb of zeros")
DOORS = ("look", "layer", *COMMANDS)  # in CI each attack is handed in at one of them; the slow run tries all
_still = Stillness()


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    with trap.laid(folder / "planted") as laid:
        yield Station(folder / "files", folder / "home", laid, clock=_still.clock)


def some(attack, carrier, at, most=1):
    """Files of an attack on a carrier, spread over all there are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # members twice
        found = list(cases(attack, carrier, at.trap))
    return found[:: max(1, -(-len(found) // most))]


def wrong(case, door, at):
    answer = tried(door, case.payload, at)
    return [f"{case.name} @ {door}: {one}" for one in complaints(case.attack, case.carrier, door, answer, at)]


@pytest.mark.parametrize(("attack", "carrier"), PAIRS, ids=lambda one: one if isinstance(one, str) else one.name)
def test_no_attack_on_any_carrier_gets_anything_of_the_reader(attack, carrier, at):
    most = 3 if carrier == "plain" and attack.name not in COSTLY else 1
    assert [one for case in some(attack, carrier, at, most) for one in wrong(case, "read", at)] == []


@pytest.mark.parametrize("door", DOORS)
def test_nor_at_any_other_door_of_this_machine(door, at):
    cheap = [one for one in ATTACKS if one.name not in COSTLY]
    found = []
    for attack in cheap[DOORS.index(door) :: len(DOORS)]:
        for case in some(attack, "plain", at):
            found += wrong(case, door, at)
    assert found == []


def test_an_import_that_is_refused_leaves_nothing(at):
    sharp = [one for one in ATTACKS if not one.harmless and one.name not in COSTLY]
    for attack in sharp[::4]:
        for case in some(attack, "plain", at):
            with nothing_left(at):
                assert tried("layers import", case.payload, at).refused, case.name


def test_nor_over_the_web_whose_server_lives_on(at, tmp_path_factory):
    from tests.webmap.serving import served_home

    home = tmp_path_factory.mktemp("served") / "home"
    with served_home(home) as server:
        there = Station(at.folder, home, at.trap, address=server.address, clock=_still.clock)
        found = []
        for number, attack in enumerate(one for one in ATTACKS if one.name not in COSTLY):
            for case in some(attack, "plain", there):
                found += wrong(case, list(WEB)[number % len(WEB)], there)
        assert found == []
        assert server.alive
        assert "Traceback" not in server.log().decode()
        assert not trap.shown(server.log())
    assert trap.shown_below(home) == []


def plainly(code: str, *words: str) -> bytes:
    """What GDAL gives without walls: in a process of its own, which may die of it."""
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_without_walls_the_secret_is_shown_and_the_address_called(at):
    """The traps are sharp: what the readers withstand does happen to a plain open."""
    read = "import sys, pyogrio; print(pyogrio.raw.read(sys.argv[1]))"
    vrt = at.put(next(pointing.ATTACKS[0].make(at.trap)))
    assert trap.shown(plainly(read, str(vrt)))
    over = next(one for one in ATTACKS if one.name == "vrt over vsicurl")
    plainly(read, str(at.put(next(iter(over.make(at.trap))))))
    assert at.trap.heard
    at.trap.heard.clear()


@pytest.mark.slow
def test_every_attack_on_every_carrier_at_every_door():
    done = subprocess.run([sys.executable, "-m", "tests.intake.hostile.run"], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()[-8000:]
