"""Time a whole import against PostGIS: `python -m benchmarks.import_layer [--parcels N] [--repeats R] [--keep DIR]`.

A made-up cadastre of N parcels (shared edges to the millimetre, 4-12 vertices, id, code, name, area) is written as a
GeoPackage. In turns, R times: `spatialhub layers import` of it into a fresh home, as a user runs it, in a process of
its own; and PostGIS takes the same polygons and attributes by `COPY` (prepared text, hex EWKB) and builds a GiST index
on them. Our time holds the start of Python, hashing and keeping the source file, repair, identity, counts, the snapshot
flushed to disk; that of PostGIS neither reading the GeoPackage nor writing to a safe disk (fsync is off). The
examination of quality that follows an import is left out (`--no-quality`): PostGIS does nothing of the kind here.

Printed: seconds, processor seconds (which other work on the machine does not stretch), peak private memory of our
processes together, ratios of medians, versions.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from spatialhub.cities.loader import load_city

CITY, LAYER = "zhengzhou", "survey"
SIDE_M = 50.0
CODES = ("0101", "0103", "0301", "0701", "0702", "1003", "1101", "0807")
_HERE = Path(__file__).resolve().parents[1]


def parcels(count: int, seed: int = 20190817) -> np.ndarray:
    """About 50 m wide parcels (count,) of the city's plane that share every vertex with their neighbours, to 1 mm."""
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    rng = np.random.default_rng(seed)
    middle = shapely.point_on_surface(load_city(CITY).frame.boundary)
    origin = np.round([middle.x - columns * SIDE_M / 2, middle.y - rows * SIDE_M / 2])
    corners = _moved(np.mgrid[0 : rows + 1, 0 : columns + 1][::-1].transpose(1, 2, 0) * SIDE_M, rng, 12.0)
    along, along_there = _between(corners[:, :-1], corners[:, 1:], rng)
    up, up_there = _between(corners[:-1], corners[1:], rng)
    rings = [
        corners[:-1, :-1, None], along[:-1], corners[:-1, 1:, None], up[:, 1:],
        corners[1:, 1:, None], along[1:, :, ::-1], corners[1:, :-1, None], up[:, :-1, ::-1], corners[:-1, :-1, None],
    ]  # fmt: skip
    one = np.ones((rows, columns, 1), bool)
    there = [
        one,
        along_there[:-1],
        one,
        up_there[:, 1:],
        one,
        along_there[1:, :, ::-1],
        one,
        up_there[:, :-1, ::-1],
        one,
    ]
    slots = np.concatenate(rings, axis=2).reshape(rows * columns, -1, 2)[:count]
    used = np.concatenate(there, axis=2).reshape(rows * columns, -1)[:count]
    ends = np.concatenate([[0], np.cumsum(used.sum(axis=1))])
    coords = np.round(slots[used] + origin, 3)
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, coords, (ends, np.arange(count + 1)))


def _moved(points: np.ndarray, rng: np.random.Generator, most_m: float) -> np.ndarray:
    return points + rng.uniform(-most_m, most_m, points.shape)


def _between(start: np.ndarray, end: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two slots for vertices on each edge, (r, c, 2, 2), and which are used: none, one or both."""
    step = (end - start)[:, :, None] * np.array([1 / 3, 2 / 3])[:, None]
    return _moved(start[:, :, None] + step, rng, 2.0), rng.random((*start.shape[:2], 2)) < 0.5


def attributes(geometries: np.ndarray, seed: int = 7) -> dict[str, np.ndarray]:
    """Columns of a cadastre: BSM (unique), DLBM, QLR (a name), TBMJ (m²)."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(len(geometries))
    names = np.array([f"第{number}村民小组" for number in range(5000)], object)
    return {
        "BSM": np.array([f"410100{number:012d}" for number in numbers], object),
        "DLBM": np.array(CODES, object)[rng.integers(0, len(CODES), len(geometries))],
        "QLR": names[rng.integers(0, len(names), len(geometries))],
        "TBMJ": np.round(shapely.area(geometries), 2),
    }


def write_file(path: Path, geometries: np.ndarray, columns: dict[str, np.ndarray], epsg: int) -> None:
    """Write a GeoPackage, Shapefile or GeoJSON, by the ending."""
    import pyogrio

    drivers = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}
    names = np.array(list(columns), object)
    options: dict[str, Any] = {"RFC7946": "NO"} if path.suffix == ".geojson" else {}
    pyogrio.raw.write(
        path, shapely.to_wkb(geometries), list(columns.values()), names, driver=drivers[path.suffix],
        geometry_type="Polygon", crs=f"EPSG:{epsg}", encoding="UTF-8", **options,
    )  # fmt: skip


def write_copy(path: Path, geometries: np.ndarray, columns: dict[str, np.ndarray], epsg: int) -> None:
    """Write the same as text for COPY: hex EWKB and the attributes, tab by tab."""
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, len(geometries), 50_000):
            some = slice(start, start + 50_000)
            blobs = shapely.to_wkb(shapely.set_srid(geometries[some], epsg), hex=True, include_srid=True)
            rows = zip(*(values[some] for values in columns.values()), blobs, strict=True)
            file.writelines("\t".join(map(str, row)) + "\n" for row in rows)


class Meter:
    """Peak of the private memory (MiB) of a process and its descendants together, and the largest part of the first."""

    def __init__(self, pid: int, every_s: float = 0.1) -> None:
        self.peak_mib = self.peak_first_mib = 0.0
        self._pid, self._every_s, self._done = pid, every_s, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Meter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(self._every_s):
            sizes = [private_mib(pid) for pid in tree(self._pid)]
            self.peak_mib = max(self.peak_mib, sum(sizes))
            self.peak_first_mib = max(self.peak_first_mib, sizes[0])


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def private_mib(pid: int) -> float:
    """Memory (MiB) that only this process holds; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


@dataclass(frozen=True)
class Took:
    """Seconds on the wall and of the processor."""

    wall_s: float
    cpu_s: float


def import_once(path: Path, scratch: Path, *options: str) -> tuple[Took, Meter]:
    """What `spatialhub layers import` takes into a fresh home, and its memory."""
    with tempfile.TemporaryDirectory(dir=scratch) as home:
        environment = {**os.environ, "SPATIALHUB_HOME": home, "SPATIALHUB_CITY": CITY}
        command = [
            sys.executable,
            "-c",
            "from spatialhub.cli import main; main()",
            "layers",
            "import",
            LAYER,
            str(path),
        ]
        start, used_s = time.perf_counter(), _children_s()
        process = subprocess.Popen(
            [*command, "--coverage", "city", "--no-quality", *options],
            env=environment,
            cwd=_HERE,
            stdout=subprocess.DEVNULL,
        )
        with Meter(process.pid) as meter:
            code = process.wait()
        seconds = time.perf_counter() - start
        if code:
            raise SystemExit(f"the import ended with {code}")
        return Took(seconds, _children_s() - used_s), meter


def _children_s() -> float:
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def _server_s(pid: int) -> float:
    """Processor seconds of a database server's process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def cluster() -> Iterator[str]:
    """A private PostgreSQL with PostGIS for as long as the block runs; gives a URL for psycopg."""
    from tests.postgis import postgis_cluster, postgis_template

    running = postgis_cluster.__wrapped__()  # the fixture's own generator
    with closing(running):
        url = next(running)
        name = postgis_template.__wrapped__(url)
        yield url.replace("+psycopg", "").removesuffix("postgres") + name


def copy_once(url: str, path: Path, epsg: int) -> tuple[Took, Took]:
    """What COPY and building the GiST index take; processor seconds are the server's."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS parcels")
        connection.execute(
            f'CREATE TABLE parcels ("BSM" text, "DLBM" text, "QLR" text, "TBMJ" float8, geom geometry(Polygon, {epsg}))'
        )
        pid = connection.info.backend_pid
        start, used_s = time.perf_counter(), _server_s(pid)
        with connection.cursor().copy("COPY parcels FROM STDIN") as copy, path.open("rb") as file:
            while block := file.read(1 << 20):
                copy.write(block)
        copied, copied_s = time.perf_counter(), _server_s(pid)
        connection.execute("CREATE INDEX ON parcels USING gist (geom)")
        index = Took(time.perf_counter() - copied, _server_s(pid) - copied_s)
        return Took(copied - start, copied_s - used_s), index


def versions(url: str) -> str:
    """What was measured."""
    import psycopg

    with psycopg.connect(url) as connection:
        server = connection.execute("SELECT version(), postgis_full_version()").fetchone()
    assert server is not None
    return (
        f"shapely {shapely.__version__}, GEOS {shapely.geos_version_string}; {server[0].split(' on ')[0]}, {server[1]}"
    )


def main() -> None:
    """Make the file, measure both in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parcels", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--suffix", choices=[".gpkg", ".shp", ".geojson"], default=".gpkg")
    given = parser.parse_args()
    epsg = load_city(CITY).epsg
    with tempfile.TemporaryDirectory(prefix="spatialhub-bench-") as folder:
        file, text = Path(folder) / f"parcels{given.suffix}", Path(folder) / "parcels.copy"
        geometries = parcels(given.parcels)
        columns = attributes(geometries)
        write_file(file, geometries, columns, epsg)
        write_copy(text, geometries, columns, epsg)
        vertices = shapely.get_num_coordinates(geometries).mean()
        print(f"{given.parcels:,} parcels, {vertices:.1f} vertices each, {file.stat().st_size >> 20} MiB", flush=True)
        del geometries, columns
        with cluster() as url:
            rounds = [_round(url, file, text, epsg) for _ in range(given.repeats)]
            for name in ("wall_s", "cpu_s"):
                ours, theirs = (statistics.median(getattr(one[i], name) for one in rounds) for i in (0, 1))
                print(f"median {name}: {ours:.2f} / {theirs:.2f} = {ours / theirs:.2f}")
            print(versions(url))


def _round(url: str, file: Path, text: Path, epsg: int) -> tuple[Took, Took]:
    """Both once, and a line about it."""
    ours, meter = import_once(file, file.parent)
    copied, index = copy_once(url, text, epsg)
    theirs = Took(copied.wall_s + index.wall_s, copied.cpu_s + index.cpu_s)
    print(
        f"import {ours.wall_s:.2f} s (processor {ours.cpu_s:.2f}), {meter.peak_mib:.0f} MiB (parent"
        f" {meter.peak_first_mib:.0f}); COPY {copied.wall_s:.2f} s + GiST {index.wall_s:.2f} s (processor"
        f" {theirs.cpu_s:.2f}); ratio {ours.wall_s / theirs.wall_s:.2f}, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return ours, theirs


if __name__ == "__main__":
    main()
