"""Writing the layers of a city that reaches beyond the study area: memory bounded, on several processes if asked.

The study area is drawn as ever, the giants as a whole, the quarters one by one. Rows come into the files in the order
of the quarters, whoever drew them: the bytes depend on the seed and the number of parcels alone.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.demo.classes import classify
from spatialhub.demo.control_tables import NO_GIANTS
from spatialhub.demo.dirt import Dirt, soiled
from spatialhub.demo.metropolis.extent import Extent, core_parcels, extent
from spatialhub.demo.metropolis.landscape import Landscape
from spatialhub.demo.metropolis.layer_files import LayerFile, WrittenLayer
from spatialhub.demo.metropolis.quarter_tables import GIANTS, RING, giant_tables, quarter_tables, ring_tables
from spatialhub.demo.metropolis.zones import draw_zones
from spatialhub.demo.order import Order
from spatialhub.demo.parcels import build_parcels
from spatialhub.demo.special.layout import KEYS as SPECIAL
from spatialhub.demo.special.tables import CITY_WIDE, special_tables
from spatialhub.demo.table import Table
from spatialhub.demo.tables import build_tables

Progress = Callable[[int, int], None]  # parts drawn, parts in all
_PARTIAL = ("detailed_plan", "territorial_plan")  # plans in force in some quarters only
_OUTLINE = ("admin_area",)  # the districts reach as far as they do


Part = list[tuple[Table, Dirt]]  # what a part of the city gives to each layer


def write_layers(
    folder: Path, order: Order, *, workers: int = 1, progress: Progress = lambda done, total: None
) -> list[WrittenLayer]:
    """Draw a city that `grows` and write its layers into `folder`, in the order of the catalogue."""
    whole = extent(order.parcels)
    total = len(whole.quarters) + 2
    with Quarters(order, len(whole.quarters), workers) as drawn:
        core = _core(order)
        study = next(table.coverage for table in core if table.key == "survey")
        progress(1, total)
        files = {table.key: LayerFile(folder, table.key, table.table) for table in core}
        covered = {table.key: [table.coverage] for table in core}
        giants = draw_zones(whole.area, whole.ring, Landscape(order.seed), order.seed)
        progress(2, total)
        units = ((0, core), (GIANTS, giant_tables(giants, whole.area)), (RING, ring_tables(whole.ring, study)))
        for unit, tables in units:
            for rows, dirt in _soiled(tables, order, unit):
                files[rows.key].add(rows, dirt)
        for done, (quarter, part) in enumerate(zip(whole.quarters, drawn, strict=True), start=3):
            for rows, dirt in part:
                files[rows.key].add(rows, dirt)
                covered[rows.key].append(quarter.polygon)
            progress(done, total)
    return [file.close(_coverage(key, covered[key], whole)) for key, file in files.items()]


def _core(order: Order) -> tuple[Table, ...]:
    """The study area with what is planted there, without the giants."""
    rng = np.random.default_rng(order.seed)
    parcels = build_parcels(core_parcels(), rng)
    classes = classify(parcels, rng)
    return (*build_tables(parcels, classes, rng, NO_GIANTS), *special_tables(parcels, classes, order.seed))


def _coverage(key: str, covered: list[Geometry], whole: Extent) -> Geometry:
    if key in _PARTIAL:
        return shapely.coverage_union_all(covered)
    study_alone = key in SPECIAL and key not in CITY_WIDE
    return covered[0] if key in _OUTLINE or study_alone else whole.area


def _soiled(tables: Sequence[Table], order: Order, unit: int) -> Part:
    return [soiled(table, order, unit) for table in tables]


class Quarters:
    """The rows of all quarters, in their order: drawn here, or by workers a few quarters ahead of what is written."""

    def __init__(self, order: Order, count: int, workers: int) -> None:
        self._order, self._numbers = order, iter(range(count))
        self._ahead: deque[Future[Part]] = deque()
        self._pool = None
        if workers > 1:
            # Not forked: whoever calls may hold threads (a progress bar does).
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(workers, mp_context=context)
            for _ in range(2 * workers):
                self._submit()

    def __enter__(self) -> Iterator[Part]:
        return self._rows()

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _rows(self) -> Iterator[Part]:
        if self._pool is None:
            yield from (_quarter_part(self._order, index) for index in self._numbers)
        while self._ahead:
            yield self._ahead.popleft().result()
            self._submit()

    def _submit(self) -> None:
        index = next(self._numbers, None)
        if index is not None and self._pool is not None:
            self._ahead.append(self._pool.submit(_quarter_part, self._order, index))


@cache
def _landscape(seed: int) -> Landscape:
    return Landscape(seed)


def _quarter_part(order: Order, index: int) -> Part:
    """Draw one quarter; workers hold extent and landscape from one to the next."""
    quarter = extent(order.parcels).quarters[index]
    return _soiled(quarter_tables(quarter, _landscape(order.seed), order.seed), order, quarter.number)
