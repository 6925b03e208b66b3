"""Measure what we claim about speed: `python -m benchmarks --home HOME` (or `--parcels N` to build a city first).

Sections: overlap, whole, growth, process, memory, batch, import. All run in one go, or some by `--only`. Everything
that is compared is asked in turns in one run. `--write` puts what was run into benchmarks/RESULTS.md and the picture
beside it; sections that were not run keep what stood there, each with its own date.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks import growth, overlap, plot, processes, report, whole
from benchmarks.city import describe
from benchmarks.lab import Effort, Lab, opened
from benchmarks.places import SIZES, Size

RESULTS = Path(__file__).with_name("RESULTS.md")
PICTURE = "results.png"
NEEDS_SQL = {"overlap", "whole"}
Blocks = list[report.Table | report.Picture]
Run = Callable[[Lab], Sequence[report.Table | report.Picture]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sections asked for; print them, and write them where that is wanted."""
    given = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # told to stop, it takes its database server down with it
    with tempfile.TemporaryDirectory(prefix="spatialhub-city-") as scratch:
        home = given.home or _built(Path(scratch), given.parcels, dirty=given.dirty)
        effort = Effort(given.sizes, given.repeats, given.budget)
        sql = bool(NEEDS_SQL & set(given.only)) and not given.no_postgis
        with opened(home, effort, others=given.grow, sql=sql, memory_peers=not given.no_memory_peers) as lab:
            lab.without = lab.without or ("left out" if given.no_postgis else "")
            _sections(lab, given)


def _sections(lab: Lab, given: argparse.Namespace) -> None:
    picture = given.results.with_name(PICTURE)
    known: dict[str, tuple[str, Run]] = {
        "overlap": (overlap.TITLE, partial(_overlap, picture=picture if given.write else None)),
        "whole": (whole.TITLE, whole.run),
        "growth": (growth.TITLE, growth.run),
        "process": (processes.PROCESS_TITLE, processes.run_process),
        "memory": (processes.MEMORY_TITLE, processes.run_memory),
        "batch": (
            processes.BATCH_TITLE,
            partial(processes.run_batch, sites=given.batch_sites, repeats=given.batch_repeats),
        ),
        "import": (
            processes.IMPORT_TITLE,
            partial(processes.run_import, parcels=given.import_parcels, repeats=given.import_repeats),
        ),
    }
    if "growth" in given.only and not lab.others and given.only == _ALL:
        print("growth is left out: no other city was given (--grow HOME)", file=sys.stderr)
        known.pop("growth")
    for name in [name for name in known if name in given.only]:
        title, run = known[name]
        cities = describe((lab.city, *(lab.others if name == "growth" else ())))
        start = f"Run on {report.today()}: {cities}. {report.machine()}."
        tables = run(lab)
        block = report.section(name, title, tables, run=f"{start} {lab.versions()}. {_effort(lab)}")
        print(block, flush=True)
        if given.write:  # at once: a long run that is stopped keeps what it has
            report.merge(given.results, {name: block}, _ALL)


def _overlap(lab: Lab, *, picture: Path | None) -> Blocks:
    tables, series = overlap.run(lab)
    blocks: Blocks = [*tables]
    if picture is None:
        return blocks
    missing = plot.draw(series, picture, subtitle=describe((lab.city,)))
    if missing:
        print(missing, file=sys.stderr)
        return blocks
    return [*blocks, report.Picture(picture.name, "Time of each peer as a multiple of ours")]


def _effort(lab: Lab) -> str:
    loaded = f" Loading the city into PostGIS took {lab.load_s:.0f} s." if lab.connection else ""
    return f"{lab.effort.repeats} places a size, at most {lab.effort.budget_s:g} s a contestant and size.{loaded}"


def _built(scratch: Path, parcels: int, *, dirty: bool) -> Path:
    """A home with a demo city of so many parcels, as `spatialhub demo build` makes it."""
    command = [sys.executable, "-c", "from spatialhub.cli import main; main()", "demo", "build"]
    command += ["--parcels", str(parcels), *(["--dirty"] if dirty else [])]
    environment = {**os.environ, "SPATIALHUB_HOME": str(scratch)}
    subprocess.run(command, cwd=Path(__file__).parents[1], env=environment, stdout=sys.stderr, check=True)
    return scratch


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    city = parser.add_mutually_exclusive_group(required=True)
    city.add_argument("--home", type=Path, help="a SPATIALHUB_HOME with layers released")
    city.add_argument("--parcels", type=int, help="build a demo city of so many parcels for this run")
    parser.add_argument("--dirty", action="store_true", help="with --parcels: mismatches of millimetres")
    parser.add_argument("--grow", type=Path, action="append", default=[], help="another home, for growth; repeatable")
    parser.add_argument("--only", type=_names, default=_ALL, help=f"of {','.join(_ALL)} (default: all)")
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help=f"of {','.join(_SHORT)} (default: all)")
    parser.add_argument("--repeats", type=int, default=20, help="places a size (default 20)")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds a contestant and size (default 60)")
    parser.add_argument("--batch-sites", type=int, default=10_000)
    parser.add_argument("--batch-repeats", type=int, default=3)
    parser.add_argument("--import-parcels", type=int, default=1_000_000)
    parser.add_argument("--import-repeats", type=int, default=3)
    parser.add_argument("--no-memory-peers", action="store_true", help="leave out geopandas and STRtree (gigabytes)")
    parser.add_argument("--no-postgis", action="store_true", help="leave out PostGIS")
    parser.add_argument("--write", action="store_true", help=f"write into {RESULTS.name} and {PICTURE}")
    parser.add_argument("--results", type=Path, default=RESULTS, help="another file than benchmarks/RESULTS.md")
    return parser


_ALL = ("overlap", "whole", "growth", "process", "memory", "batch", "import")
_SHORT: dict[str, Size] = dict(zip(("0.1ha", "1ha", "10ha", "1km2", "20km2", "corridor"), SIZES, strict=True))


def _names(text: str) -> tuple[str, ...]:
    return _of(text, _ALL)


def _sizes(text: str) -> tuple[Size, ...]:
    return tuple(_SHORT[name] for name in _of(text, tuple(_SHORT)))


def _of(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    wanted = tuple(text.split(","))
    for name in wanted:
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name}: none of {', '.join(known)}")
    return wanted


if __name__ == "__main__":
    main()
