"""Sections that run other processes: a new `spatialhub check`, a worker's memory, a batch, an import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import shapely

from benchmarks.lab import Lab
from benchmarks.places import HOUSING, SIZES, places
from benchmarks.report import Table, ms
from benchmarks.timing import Spread

PROCESS_TITLE = "A new process: `spatialhub check` of a WKT site"
MEMORY_TITLE = "Memory of a checking worker"
BATCH_TITLE = "Batch: `spatialhub check-batch`"
IMPORT_TITLE = "Import against PostGIS"
_ROOT = Path(__file__).resolve().parents[1]
_COMMAND = (sys.executable, "-c", "from spatialhub.cli import main; main()")
_LEAST_RUNS = 5


def _run(lab: Lab, command: Sequence[str], *, ok: Sequence[int] = (0,)) -> tuple[float, str]:
    """Wall seconds of a command in the city's home, and what it printed.

    Raises
    ------
    SystemExit
        It ended with another code than `ok`.
    """
    environment = {**os.environ, "SPATIALHUB_HOME": str(lab.home), "SPATIALHUB_CITY": lab.city.workspace.city.key}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode not in ok:
        raise SystemExit(f"{' '.join(map(str, command))[:200]}\nended with {done.returncode}: {done.stderr[-2000:]}")
    return seconds, done.stdout


def run_process(lab: Lab) -> list[Table]:
    """Wall time of new processes, in turns with a Python that does nothing and one that imports the check."""
    hectare = next(size for size in SIZES if size.area_m2 == 1e4)
    count = max(_LEAST_RUNS, lab.effort.repeats // 2)
    sites = places(hectare, count, lab.city.coverage, lab.city.epsg)
    commands = {
        "python, nothing": lambda wkt: [sys.executable, "-c", "pass"],
        "python, import spatialhub.check": lambda wkt: [sys.executable, "-c", "import spatialhub.check"],
        "spatialhub check (1 ha, text)": lambda wkt: [*_COMMAND, "check", wkt, *_options(lab), "--format", "text"],
        "spatialhub check (1 ha, json)": lambda wkt: [*_COMMAND, "check", wkt, *_options(lab), "--format", "json"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for site in sites:
        wkt = shapely.to_wkt(site.parts[0].geometry, rounding_precision=3)
        for name, command in commands.items():
            seconds[name].append(_run(lab, command(wkt))[0] * 1e3)
    rows = tuple((name, ms(Spread.of(values)), f"{max(values):,.0f}") for name, values in seconds.items())
    return [Table(("process", "wall ms, median (quartiles)", "slowest"), rows, f"{len(sites)} sites, in turns.")]


def _options(lab: Lab) -> list[str]:
    return ["--crs", f"EPSG:{lab.city.epsg}", "--use", HOUSING]


def run_memory(lab: Lab) -> list[Table]:
    """Memory of a worker after checks of 0.1 ha to 1 km²."""
    _, said = _run(lab, [sys.executable, "-m", "benchmarks.worker", str(lab.home), str(lab.effort.repeats)])
    facts = json.loads(said)
    stages = {"Python, nothing imported": facts["empty"], "home opened, layers pinned": facts["loaded"]}
    stages |= {f"after {lab.effort.repeats} checks of {size}": value for size, value in facts["after"].items()}
    names = ("private", "proportional", "resident")
    rows = tuple((stage, *(f"{value[name]:.0f}" for name in names)) for stage, value in stages.items())
    below = "Opening the home brings the registry (SQLAlchemy); a pool's worker that is handed its layers needs none."
    return [Table(("MiB", *names), rows, below=below)]


def run_batch(lab: Lab, *, sites: int, repeats: int) -> list[Table]:
    """Checks a second of a batch on one worker and two, in turns, and whether their results are equal."""
    from benchmarks import batch

    ways = {"1": 1, "2": 2}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    hashes: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="spatialhub-batch-") as folder:
        source = batch.write_sites(Path(folder) / "sites.geojson", lab.city.workspace, sites)
        for _ in range(repeats):
            for name, workers in ways.items():
                done, took_s = batch.run_once(lab.city.workspace, source, workers=workers)
                seconds[name].append(took_s)
                hashes[name] = [row.get("result_hash") or row["state"] for row in done.rows]
    spreads = {name: Spread.of(values) for name, values in seconds.items()}
    rows = tuple(
        (name, f"{spread.median:.1f} ({spread.low:.1f}-{spread.high:.1f})", f"{sites / spread.median:,.0f}")
        for name, spread in spreads.items()
    )
    same = "equal, hash for hash" if hashes["1"] == hashes["2"] else "NOT equal"
    above = f"{sites:,} sites of 0.2-20 ha; start of the workers, reading, journal and hashes included."
    below = f"{repeats} runs each, in turns. Results of one and two workers: {same}."
    return [Table(("workers", "s, median (quartiles)", "checks/s"), rows, above, below)]


def run_import(lab: Lab, *, parcels: int, repeats: int) -> list[Table]:
    """What `benchmarks.import_layer` prints."""
    command = [sys.executable, "-m", "benchmarks.import_layer", "--parcels", str(parcels), "--repeats", str(repeats)]
    _, said = _run(lab, command)
    return [Table(("run", "said"), tuple(("", line) for line in said.strip().splitlines()))]
