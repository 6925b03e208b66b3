"""Ten people at work while somebody hands in every hostile file there is: what their pages take, quiet and attacked.

`python -m tests.webmap.siege [--rounds 3] [--seconds 20] [--attackers 1,2]` starts a real server, measures quiet and
attacked phases in turn, and prints the 95th percentile of each and the median ratio (docs/hostile.md).
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
import warnings
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.intake.hostile import trap
from tests.intake.hostile.doors import Station, posted
from tests.intake.hostile.judging import Stillness
from tests.intake.hostile.payloads import Payload, decoy
from tests.intake.hostile.table import PAIRS, cases
from tests.webmap.serving import Server, served_home

USERS, PAUSE_S = 10, 1.5
PATHS = ("/inspect", "/api/v1/inspect", "/api/v1/check", "/check")
_still = Stillness()
_LARGEST = 12 * 2**20  # of an attacker's file: above, the line is what is measured


@dataclass
class Phase:
    """Latencies (s) of the users' requests under `attackers`, requests that failed, and what attackers were told."""

    attackers: int
    taken: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    told: Counter = field(default_factory=Counter)

    @property
    def p95_s(self) -> float:
        """The 95th percentile."""
        return statistics.quantiles(self.taken, n=20)[-1]

    def words(self) -> str:
        """One line of a report."""
        middle, told = statistics.median(self.taken) * 1000, dict(self.told)
        times = f"median {middle:.0f} ms, p95 {self.p95_s * 1000:.0f} ms"
        return f"{self.attackers} attackers: {len(self.taken)} pages, {times}, {len(self.failed)} failed; told {told}"


def payloads(laid: trap.Trap) -> list[Payload]:
    """Every attack as it is; inside a carrier it costs no more."""
    found = [case.payload for attack, carrier in PAIRS if carrier == "plain" for case in cases(attack, carrier, laid)]
    return [one for one in found if len(one.data) <= _LARGEST]


def pages(server: Server) -> list[str]:
    """What ten people ask for: the workbench, the layers, a result, the state of the layers as JSON."""
    at = Station(Path(), Path(), trap.Trap(Path(), ""), address=server.address)
    key = posted(decoy("geojson"), at, "/api/v1/check")[2]["Content-Location"].split("/")[2]
    return ["/map", "/layers", f"/results/{key}", "/api/v1/layers"]


_phases = itertools.count()


def phase(server: Server, paths: Sequence[str], attackers: int, files: Sequence[Payload], seconds: float) -> Phase:
    """Ten users for so many seconds, with so many attackers beside them."""
    found, seed = Phase(attackers), next(_phases)  # every phase begins with other files
    stop = multiprocessing.Event()
    told: multiprocessing.Queue = multiprocessing.Queue()
    beside = [
        multiprocessing.Process(target=_attack, args=(server.address, files, name, stop, told), daemon=True)
        for name in (f"{seed} {number}" for number in range(attackers))
    ]
    for one in beside:
        one.start()
    time.sleep(2.0 if attackers else 0.0)
    until = time.monotonic() + seconds
    users = [threading.Thread(target=_use, args=(server, paths, number, until, found)) for number in range(USERS)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    stop.set()
    for _ in beside:
        found.told.update(told.get(timeout=200))
    for one in beside:
        one.join(10)
    return found


def _use(server: Server, paths: Sequence[str], number: int, until: float, found: Phase) -> None:
    _at_once()
    chance = random.Random(number)
    time.sleep(chance.random() * PAUSE_S)
    while time.monotonic() < until:
        path = chance.choice(paths)
        began, still = time.monotonic(), _still.seconds
        try:
            with urllib.request.urlopen(server.address + path, timeout=120) as response:
                response.read()
            took = time.monotonic() - began
            if took > 2.0:  # was it the machine that stood still?
                time.sleep(0.6)
                took -= _still.seconds - still
            found.taken.append(took)
        except OSError as error:
            found.failed.append(f"{path}: {error}")
        time.sleep(PAUSE_S * (0.5 + chance.random()))


def _attack(address: str, files: Sequence[Payload], seed: str, stop, told) -> None:
    _elsewhere()
    at = Station(Path(), Path(), trap.Trap(Path(), ""), address=address)
    chance, answers = random.Random(seed), Counter[int]()
    while not stop.is_set():
        for one in chance.sample(files, len(files)):
            if stop.is_set():
                break
            try:
                answers[posted(one, at, chance.choice(PATHS))[0]] += 1
            except OSError:
                answers[0] += 1
    told.put(dict(answers))


def _elsewhere() -> None:
    """As far as one machine can play two: an attacker's own work gives way to all else (in a session of its own, as
    Linux shares processors between sessions first)."""
    os.setsid()
    os.nice(19)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text("19")


def _at_once() -> None:
    """Let a user's thread run whenever an answer is there, where this process may ask for it (root)."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def siege(
    server: Server, files: Sequence[Payload], rounds: int, seconds: float, attackers: Sequence[int]
) -> list[Phase]:
    """Quiet and attacked phases in turn, as a list."""
    paths = pages(server)
    phase(server, paths, 0, files, 3.0)  # imports and caches
    found = []
    for _ in range(rounds):
        for count in attackers:
            for beside in (0, count):
                found.append(phase(server, paths, beside, files, seconds))
                print(found[-1].words(), flush=True)
    return found


def ratios(phases: Sequence[Phase]) -> dict[int, float]:
    """Attackers → median over the rounds of the attacked p95 over that of the quiet phase just before."""
    pairs: dict[int, list[float]] = {}
    for quiet, attacked in zip(phases[::2], phases[1::2], strict=True):
        pairs.setdefault(attacked.attackers, []).append(attacked.p95_s / quiet.p95_s)
    return {count: statistics.median(found) for count, found in pairs.items()}


def main(arguments: list[str]) -> int:
    """Run and tell; the exit status is 1 where p95 more than doubled or a page failed."""
    said = dict(zip(arguments[::2], arguments[1::2], strict=True))
    rounds, seconds = int(said.get("--rounds", "3")), float(said.get("--seconds", "20"))
    attackers = [int(one) for one in said.get("--attackers", "1,2").split(",")]
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="siege-") as name, trap.laid(Path(name) / "planted") as laid:
        files = payloads(laid)
        with served_home(Path(name) / "home") as server:
            phases = siege(server, files, rounds, seconds, attackers)
            alive = server.alive
    found = ratios(phases)
    print(f"{len(files)} files; p95 attacked / quiet: {found}; heard {laid.heard}; server alive: {alive}")
    return int(any(ratio > 2 for ratio in found.values()) or any(one.failed for one in phases) or not alive)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
