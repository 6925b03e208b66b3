"""Time a batch: `python -m benchmarks.batch --home H [--sites 1000] [--workers 2] [--dask ADDRESS]`.

Sites of 0.2-20 ha, turned, anywhere the survey speaks for, checked as `spatialhub check-batch` checks them (journal
and hash included). Printed: checks a second with one worker and with `workers`, in turns so that a noisy moment hits
both; whether their hashes agree; what the pool itself costs on tasks that do nothing; the share of each step in one
process.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from layers import checks
from layers.workspace import Workspace, open_workspace
from spatialhub import worktime
from spatialhub.batch import work
from spatialhub.batch.run import Done, Order, run_batch
from spatialhub.batch.source import Asked, gather
from spatialhub.check import CheckOptions
from spatialhub.pool import Pool
from spatialhub.spatial.snapshot import Snapshot

USES = ("070102", "1207", "1401", "0804", "100101")


@dataclass
class Quiet:
    """A watcher that only counts."""

    total: int = 0

    def gathered(self, total: int, done: int) -> None:
        """Note how many there are."""
        self.total = total

    def advanced(self, row: Any) -> None:
        """Nothing."""


def write_sites(path: Path, workspace: Workspace, count: int, *, seed: int = 20190817) -> Path:
    """Write so many sites of 0.2-20 ha (log-uniform), to a millimetre, with uses, as GeoJSON in the city's plane."""
    layers = checks.pinned(workspace, as_of=date.today(), only=["survey"])
    survey = next(row for row in layers if row.snapshot is not None)
    assert survey.snapshot is not None
    coverage = Snapshot.open(survey.snapshot).coverage
    shapely.prepare(coverage)
    rng = np.random.default_rng(seed)
    features: list[dict[str, Any]] = []
    while len(features) < count:
        shape = _anywhere(rng, coverage.bounds)
        if not coverage.contains_properly(shape):  # what lies outside the city is refused, and checked in no time
            continue
        number = len(features)
        properties = {"DKMC": f"地块{number + 1}", "YT": USES[number % len(USES)]}
        features.append(
            {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(shape))}
        )
    crs = {"type": "name", "properties": {"name": f"EPSG:{workspace.city.epsg}"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    return path


def _anywhere(rng: np.random.Generator, bounds: Sequence[float]) -> shapely.Polygon:
    west, south, east, north = bounds
    side = float(np.sqrt(10 ** rng.uniform(np.log10(2_000), np.log10(200_000))))
    x, y = rng.uniform(west, east - side), rng.uniform(south, north - side)
    turned = shapely.affinity.rotate(shapely.box(x, y, x + side * 1.25, y + side / 1.25), rng.uniform(0, 90))
    return shapely.transform(turned, lambda coords: coords.round(3))


def run_once(workspace: Workspace, sites: Path, *, workers: int = 1, dask: str | None = None) -> tuple[Done, float]:
    """Run a fresh batch over a file; the batch and the seconds it took, reading and start of workers included."""
    with tempfile.TemporaryDirectory(prefix="spatialhub-bench-") as folder:
        order = Order(Asked(sites, use_field="YT"), Path(folder), workers=workers, dask=dask)
        start = time.perf_counter()
        done = run_batch(order, workspace, Quiet(), now=worktime.now())
        return done, time.perf_counter() - start


def pool_rate(workers: int, *, tasks: int = 20_000, size: int = 500) -> tuple[float, float]:
    """(tasks a second, parent's CPU seconds a task) of a pool whose tasks do nothing."""
    with Pool(_nothing, None, workers=workers, deadline_s=10.0, preload=("benchmarks.batch",)) as pool:
        list(pool.run([b"warm"] * 200))
        start, spent = time.perf_counter(), time.process_time()
        assert sum(1 for _ in pool.run(b"x" * size for _ in range(tasks))) == tasks
        return tasks / (time.perf_counter() - start), (time.process_time() - spent) / tasks


def _nothing(_: None) -> Callable[[bytes], bytes]:
    return _echo


def _echo(task: bytes) -> bytes:
    return task


def profile(workspace: Workspace, sites: Path, most: int = 200) -> tuple[float, pstats.Stats]:
    """Answer up to `most` sites in this process; CPU seconds a site without the profiler, and the profile."""
    found = gather(Asked(sites, use_field="YT"), epsg=workspace.city.epsg)
    layers = checks.pinned(workspace, as_of=date.today())
    brief = work.Brief(workspace.city, workspace.catalogue, layers, CheckOptions(), files=found.files)
    answer, jobs = work.prepare(brief), [work.pack(job) for job in found.jobs[:most]]
    answer(jobs[0])
    start = time.process_time()
    for job in jobs:
        answer(job)
    alone_s = (time.process_time() - start) / len(jobs)
    profiler = cProfile.Profile()
    profiler.enable()
    for job in jobs:
        answer(job)
    profiler.disable()
    return alone_s, pstats.Stats(profiler)


def _hashes(done: Done) -> Sequence[str]:
    return [row.get("result_hash") or row["state"] for row in done.rows]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--dask", help="address of a scheduler, to run there too")
    given = parser.parse_args()
    workspace = open_workspace(given.home)
    with tempfile.TemporaryDirectory(prefix="spatialhub-bench-") as folder:
        sites = write_sites(Path(folder) / "sites.geojson", workspace, given.sites)
        ways: dict[str, dict[str, Any]] = {"1 worker": {}, f"{given.workers} workers": {"workers": given.workers}}
        ways |= {"dask": {"dask": given.dask}} if given.dask else {}
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        hashes = {}
        for _ in range(given.repeats):
            for name, options in ways.items():
                done, took_s = run_once(workspace, sites, **options)
                seconds[name].append(took_s)
                hashes[name] = _hashes(done)
        for name, took in seconds.items():
            rate = given.sites / statistics.median(took)
            print(f"{name:>10}: {rate:8.1f} checks/s  ({min(took):.1f}-{max(took):.1f} s)")
        print("hashes agree:", all(found == hashes["1 worker"] for found in hashes.values()))
        for workers in (1, given.workers):
            rate, cpu_s = pool_rate(workers)
            print(f"pool alone, {workers} workers: {rate:,.0f} tasks/s, parent {cpu_s * 1e6:.1f} µs a task")
        alone_s, stats = profile(workspace, sites)
        print(f"one process, no pool: {alone_s * 1e3:.1f} ms CPU a check; where the time goes (cumulative, profiled):")
        stats.sort_stats("cumulative").print_stats(r"spatialhub|layers", 40)


if __name__ == "__main__":
    main()
