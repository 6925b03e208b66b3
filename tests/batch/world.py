"""A small city, and files of sites in it: half of the sites lie on a green line, a quarter on a red line too."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from layers import checks
from layers.workspace import Workspace
from spatialhub.batch.run import Done, Order, run_batch
from spatialhub.batch.source import Asked
from spatialhub.worktime import CHINA
from tests.builders import a_catalogue, a_floor, a_layer, a_policy_with_basis, an_entry
from tests.intake import gis
from tests.layers import fakes
from tests.shapes import square

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=CHINA)
HOUSING, PARK = "070102", "1401"


@dataclass(frozen=True)
class City:
    """A workspace whose layers are pinned as they are here; `pin` pins others from then on."""

    space: Workspace
    pin: Callable[..., None]


def a_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    """A city with a control line and a floor as real snapshots."""
    green = a_layer(tmp_path, an_entry("line_green"), [square(2000.0, 1000.0 * i, 0.0) for i in range(0, 20, 4)])
    floor = a_layer(tmp_path, a_floor("eco_redline"), [square(500.0, 4000.0 * i, 0.0) for i in range(5)])
    space = fakes.a_workspace(tmp_path / "home", catalogue=a_catalogue([green, floor]))
    space = replace(space, city=fakes.a_city(policy=a_policy_with_basis()))

    def pin(*layers) -> None:
        monkeypatch.setattr(checks, "pinned", lambda *_, **__: tuple(layers))

    pin(green, floor)
    return City(space, pin)


def sites(path: Path, count: int) -> Path:
    """A GeoJSON of so many sites, every other one a park, each at a place of its own."""
    shapes = [square(100.0, 500.0 * (i % 40), 200.0 * (i // 40)) for i in range(count)]
    rows = [{"DKMC": f"地块{i + 1}", "YT": HOUSING if i % 2 else PARK} for i in range(count)]
    return gis.geojson(path, *shapes, rows=rows)


@dataclass
class Watch:
    """What a batch told; `at` maps a count of sites done to what then happens."""

    at: Mapping[int, Callable[[], None]] = field(default_factory=dict)
    total: int = 0
    before: int = 0
    rows: list[Mapping[str, Any]] = field(default_factory=list)

    def gathered(self, total: int, done: int) -> None:
        self.total, self.before = total, done

    def advanced(self, row: Mapping[str, Any]) -> None:
        self.rows.append(row)
        self.at.get(len(self.rows), lambda: None)()


def batch(city: City, path: Path, out: Path, *, watch: Watch | None = None, **options) -> Done:
    """Run a batch with the use taken from the file; options of `Order`, or of `Asked` in `asked`."""
    asked = Asked(path, **{"use_field": "YT", "out": out} | options.pop("asked", {}))
    order = Order(asked, out, **{"workers": 1, "deadline_s": 30.0} | options)
    return run_batch(order, city.space, watch or Watch(), now=NOW)


def hashes(done: Done) -> list[str]:
    """What every site came to, in order."""
    return [row.get("result_hash") or row["state"] for row in done.rows]


def kill_a_worker() -> None:
    """Kill one of the pool's processes as the kernel does when memory runs out."""
    victim = next(process for process in active_children() if process.is_alive())
    assert victim.pid is not None
    os.kill(victim.pid, signal.SIGKILL)
