"""Time whole checks on the demo city by size of site: `python -m benchmarks.check_sites [--home DIR] [--repeats N]`.

Every site is checked at `repeats` places, the sizes in turn so that a noisy moment hits all alike. Printed per size:
median and spread of the whole check (overlay, rulings, proposal, referrals; no rendering), and of cutting the same site
with each layer by `shapely.intersection` alone, for scale.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from layers.lookup import pin
from layers.workspace import Workspace, open_workspace
from spatialhub.check import PinnedLayer, check_site
from spatialhub.db import reading
from spatialhub.spatial.model import Site, SitePart
from spatialhub.spatial.snapshot import Snapshot

SIZES_M2 = {"0.1 ha": 1_000, "1 ha": 10_000, "10 ha": 100_000, "1 km²": 1_000_000, "20 km²": 20_000_000}


def site_at(rng: np.random.Generator, box: tuple[float, float, float, float], area_m2: float, epsg: int) -> Site:
    """A rectangle, turned, to a millimetre, somewhere inside a box of the plane."""
    side = float(np.sqrt(area_m2))
    x, y = rng.uniform(box[0], box[2] - side), rng.uniform(box[1], box[3] - side)
    turned = shapely.affinity.rotate(shapely.box(x, y, x + side * 1.25, y + side / 1.25), rng.uniform(0, 90))
    outline = shapely.transform(turned, lambda coords: coords.round(3))
    return Site("bench", (SitePart(1, outline, use="070102"),), epsg)


def cut_only(site: Site, layers: tuple[PinnedLayer, ...]) -> None:
    """Cut the site with every candidate of every layer, nothing more."""
    outline = site.parts[0].geometry
    for layer in layers:
        if layer.snapshot is not None:
            snapshot = Snapshot.open(layer.snapshot)
            shapely.area(shapely.intersection(snapshot.features(snapshot.search(outline)), outline))


def timed_ms(call) -> float:
    """Milliseconds one call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def measure(workspace: Workspace, repeats: int) -> dict[str, list[tuple[float, float]]]:
    """(whole check, cut alone) in milliseconds per size, sizes interleaved."""
    with reading(workspace.engine) as session:
        layers = pin(
            session, workspace.catalogue, city=workspace.city.key, store=workspace.snapshots, as_of=date.today()
        )
    survey = next(layer for layer in layers if layer.entry.key == "survey")
    if survey.snapshot is None:
        raise SystemExit("no demo city in this home: run `make demo SERVE=0` first, or give --home")
    box = Snapshot.open(survey.snapshot).coverage.bounds
    rng = np.random.default_rng(20190817)
    city, catalogue = workspace.city, workspace.catalogue
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in SIZES_M2}
    for _ in range(repeats):
        for name, area_m2 in SIZES_M2.items():
            site = site_at(rng, box, area_m2, city.epsg)
            whole = timed_ms(lambda site=site: check_site(site, layers, policy=city.policy, catalogue=catalogue))
            rows[name].append((whole, timed_ms(lambda site=site: cut_only(site, layers))))
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--repeats", type=int, default=20)
    given = parser.parse_args()
    rows = measure(open_workspace(given.home), given.repeats)
    print(f"GEOS {shapely.geos_version_string}, shapely {shapely.__version__}, {given.repeats} places a size")
    print(f"{'site':>8} {'check ms':>10} {'min-max':>16} {'cut alone ms':>13} {'check/cut':>10}")
    for name, pairs in rows.items():
        checks, cuts = zip(*pairs, strict=True)
        ratio = statistics.median(check / cut for check, cut in pairs)
        spread = f"{min(checks):.0f}-{max(checks):.0f}"
        print(
            f"{name:>8} {statistics.median(checks):>10.1f} {spread:>16} {statistics.median(cuts):>13.1f} {ratio:>10.1f}"
        )


if __name__ == "__main__":
    main()
