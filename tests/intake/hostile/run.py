"""Every attack on every carrier at every door, once.

`python -m tests.intake.hostile.run [DOOR …] [--only WORD] [--from NUMBER]`
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

from tests.intake.hostile import trap
from tests.intake.hostile.doors import DOORS, WEB, Station
from tests.intake.hostile.judging import Stillness, complaints, tried
from tests.intake.hostile.table import PAIRS, cases


def run(at: Station, doors: list[str], only: str = "", first: int = 1) -> tuple[Counter[str], list[str]]:
    """Try all; return how often what was answered, and every complaint with its case."""
    answers: Counter[str] = Counter()
    wrong: list[str] = []
    slowest: dict[str, tuple[float, str]] = {}
    for number, (attack, carrier) in enumerate(PAIRS, start=1):
        if number < first or (only not in attack.name and only != carrier):
            continue
        print(f"{number}/{len(PAIRS)} {attack.name} / {carrier}: {answers.total()} answers so far", flush=True)
        for case in cases(attack, carrier, at.trap):
            for door in doors:
                answer = tried(door, case.payload, at)
                answers[f"{door}: {answer.code or 'taken'}"] += 1
                slowest[door] = max(slowest.get(door, (0.0, "")), (answer.processor_s or answer.seconds, case.name))
                found = list(complaints(attack, carrier, door, answer, at))
                wrong += [f"{case.name} @ {door}: {one}" for one in found]
                for one in found:
                    print(f"  ! {case.name} @ {door}: {one}"[:600], flush=True)
    for door, (seconds, name) in slowest.items():
        print(f"slowest at {door}: {seconds:.1f} s, {name}")
    return answers, wrong


def main(arguments: list[str]) -> int:
    """Run and tell; the exit status is 1 where something was wrong."""
    only = arguments[arguments.index("--only") + 1] if "--only" in arguments else ""
    first = int(arguments[arguments.index("--from") + 1]) if "--from" in arguments else 1
    doors = [one for one in arguments if one in DOORS] or list(DOORS)
    warnings.simplefilter("ignore")
    still = Stillness()
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        folder = Path(name)
        with trap.laid(folder / "planted") as laid:
            at = Station(folder / "files", folder / "home", laid, clock=still.clock)
            if set(doors) & set(WEB):
                from tests.webmap.serving import served_home

                with served_home(at.home) as server:
                    at.address = server.address
                    answers, wrong = run(at, doors, only, first)
                    assert server.alive, "the server died"
                    assert not trap.shown(server.log()), "the planted secret is in the server's log"
            else:
                answers, wrong = run(at, doors, only, first)
            if at.home.exists():
                assert not trap.shown_below(at.home), "the planted secret lies in the home folder"
    for said, count in sorted(answers.items()):
        print(f"{said}: {count}")
    print(f"{answers.total()} answers, {len(wrong)} wrong; stood still {still.seconds:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
