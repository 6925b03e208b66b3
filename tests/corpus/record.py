"""`python -m tests.corpus.record`: check all cases and store what the engine answers, or compare with what is stored.

Recording anew throws the old answers away: do it only where the difference was looked into case by case (a case of
which `--compare` says that its inputs or rules changed was not compared at all), and say why in the commit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import shapely

from tests.corpus.cases import NUMBERS, case
from tests.corpus.compare import differences
from tests.corpus.condense import STORE, condense, read, write
from tests.corpus.lab import Lab, digests_of_rules


def records(lab: Lab, numbers: Iterator[int] | range, *, measure: bool = True) -> Iterator[dict]:
    """A record for each case: what was asked and what was answered."""
    for number in numbers:
        found = case(number)
        yield {
            "number": number,
            "name": found.name,
            "inputs": lab.digest(found),
            "rules": digests_of_rules(found.rules),
            "boundaries_m": lab.boundaries_m(found) if measure else {},
            "result": condense(lab.run(found)),
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compare", action="store_true", help="compare with the stored results, write nothing")
    parser.add_argument("--store", type=Path, default=STORE, help="file of results")
    parser.add_argument("cases", nargs="*", type=int, help="numbers of cases to compare (all)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return _compare(Lab(Path(folder)), asked) if asked.compare else _record(Lab(Path(folder)), asked.store)


def _record(lab: Lab, path: Path) -> int:
    started = time.perf_counter()
    rows = list(records(lab, NUMBERS))
    engines = sorted({row["result"]["provenance"]["engine_version"] for row in rows if "error" not in row["result"]})
    write([{"engine_version": engines, "geos": shapely.geos_version_string, "cases": len(rows)}, *rows], path)
    print(f"{len(rows)} results in {time.perf_counter() - started:.0f} s, {path.stat().st_size:,} bytes: {path}")
    return 0


def _compare(lab: Lab, asked: argparse.Namespace) -> int:
    head, *rows = read(asked.store)
    wanted = set(asked.cases or NUMBERS)
    counts: Counter = Counter()
    for old in (row for row in rows if row["number"] in wanted):
        (new,) = records(lab, [old["number"]], measure=False)
        found = differences(old, new)
        same_hash = _hash(old) == _hash(new)
        counts.update({"cases": 1, "agree": not found, "of equal hash": same_hash})
        for line in found:
            print(f"case {old['number']} ({old['name']}): {line}", flush=True)
    print(f"recorded with {', '.join(head['engine_version'])}")
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return int(counts["agree"] != counts["cases"])


def _hash(record: dict) -> str:
    result = record["result"]
    return result["provenance"]["result_hash"] if "error" not in result else result["error"]


if __name__ == "__main__":
    sys.exit(main())
