"""The soak: `make soak`, or `python -m tests.intake.soak --seed 1 --mutants 20000 --inputs 1000000 --uploads 800`.

Prints seed, duration and counts of every stage; ends with 1 where anything was neither a result nor a refusal, and
keeps those files in `--keep`. `--only N` takes one mutant again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.intake import fuzz
from tests.intake.soak import run, server


def main() -> int:
    """Run the stages asked for; 0 where all is well."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", type=int, default=20_000, help="files through the readers and imports")
    parser.add_argument("--uploads", type=int, default=800, help="files to a live server")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="inputs to the parsers of TXT, WKT and CSV")
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--keep", type=Path, default=Path("soak-failures"), help="folder for files that failed")
    parser.add_argument("--only", type=int, help="number of one mutant, to be taken again here")
    said = parser.parse_args()
    if said.only is not None:
        tally = run.some(said.seed, range(said.only, said.only + 1))
        print(*run.table(tally), *tally.failures.values(), sep="\n")
        return bool(tally.failures)
    failed = _mutants(said) if said.mutants else 0
    failed += _uploads(said) if said.uploads else 0
    return bool(failed + (_inputs(said) if said.inputs else 0))


def _mutants(said: argparse.Namespace) -> int:
    began = time.monotonic()
    steps = {said.mutants * tenth // 10 for tenth in range(1, 10)}

    def told(done: int) -> None:
        if any(done - 250 < step <= done for step in steps):
            print(f"  {done:,} of {said.mutants:,} after {time.monotonic() - began:.0f} s", flush=True)

    tally = run.many(said.seed, said.mutants, workers=said.workers, told=told)
    print(f"{said.mutants:,} mutants of seed {said.seed} in {time.monotonic() - began:.0f} s, the slowest "
          f"{tally.slowest_s:.1f} s: {len(tally.failures)} failures")  # fmt: skip
    print(*run.table(tally), sep="\n", flush=True)
    _keep(said, tally.failures)
    return len(tally.failures)


def _uploads(said: argparse.Namespace) -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as place:
        answers = server.run(said.seed, said.uploads, Path(place) / "home")
    print(f"{said.uploads:,} uploads of seed {said.seed} in {time.monotonic() - began:.0f} s, the slowest answer "
          f"{answers.slowest_s:.1f} s: {len(answers.failures)} failures")  # fmt: skip
    print(*server.table(answers), *answers.failures.values(), sep="\n", flush=True)
    _keep(said, answers.failures)
    return len(answers.failures)


def _inputs(said: argparse.Namespace) -> int:
    failed = 0
    for kind in fuzz.SEEDS:
        began, share = time.monotonic(), -(-said.inputs // len(fuzz.SEEDS))
        try:
            answers = fuzz.run(kind, said.seed, share)
        except AssertionError as error:
            failed += 1
            print(f"{kind}: {error}")
            continue
        told = ", ".join(f"{code} {number:,}" for code, number in answers.most_common())
        print(f"{share:,} inputs to {kind}, seed {said.seed}, in {time.monotonic() - began:.0f} s: {told}", flush=True)
    return failed


def _keep(said: argparse.Namespace, failures: dict[int, str]) -> None:
    """Write what failed, each file with what happened beside it."""
    for number, happened in sorted(failures.items()):
        if number >= 0:
            one = run.mutant(said.seed, number)
            said.keep.mkdir(parents=True, exist_ok=True)
            (said.keep / f"{said.seed}-{number}-{one.seed.name}").write_bytes(one.data)
            (said.keep / f"{said.seed}-{number}.log").write_text(f"{one.way} {one.said}\n{happened}\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
