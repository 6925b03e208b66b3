"""Timing in turns: A B C at one place, B C A at the next, so that a noisy moment hits all alike, and so does coming
first; ratios per place."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from spatialhub.spatial.model import Site

LEAST_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who answers a site. `call` is timed; what it returns is handed to the judge outside the clock. Who is
    the measure of the others never sits out."""

    name: str
    call: Callable[[Site], Any]
    measure: bool = False


@dataclass
class Series:
    """Milliseconds by contestant, one value a place; NaN where it did not run or its answer did not count."""

    ms: dict[str, list[float]] = field(default_factory=dict)
    notes: dict[str, set[str]] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """Places that counted."""
        return sum(not math.isnan(value) for value in self.ms[name])


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Spread of the values that are numbers; NaN where there is none."""
        given = np.array([value for value in values if not math.isnan(value)])
        if not len(given):
            return cls(math.nan, math.nan, math.nan, 0)
        low, median, high = np.percentile(given, [25, 50, 75])
        return cls(float(median), float(low), float(high), len(given))


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds a call takes, and what it returns."""
    start = time.perf_counter()
    result = call()
    return (time.perf_counter() - start) * 1e3, result


def in_turns(
    contestants: Sequence[Contestant],
    sites: Sequence[Site],
    *,
    judge: Callable[[Site, Mapping[str, Any]], Mapping[str, str]] = lambda site, answers: {},
    budget_s: float = math.inf,
) -> Series:
    """Time all contestants at every site, interleaved.

    At each site everybody answers once unclocked (this warms caches and statements; `judge` gets these answers and
    returns name → why an answer does not count), then everybody is timed in turn, at each site beginning with the next:
    whoever comes first after a pause, or after somebody who used the same data, finds other caches. Who has used more
    than `budget_s` seconds at one size sits out the rest of its places, but not before `LEAST_REPEATS`.
    """
    series = Series({row.name: [] for row in contestants})
    used = dict.fromkeys(series.ms, 0.0)
    for place, site in enumerate(sites):
        first = place % len(contestants)
        playing = [
            row
            for row in (*contestants[first:], *contestants[:first])
            if row.measure or used[row.name] < budget_s or series.count(row.name) < LEAST_REPEATS
        ]
        answers = {}
        for row in playing:
            ms, answers[row.name] = timed(partial(row.call, site))
            used[row.name] += ms / 1e3
        refused = judge(site, answers)
        del answers
        gc.collect()
        _one_place(playing, site, refused, series, used)
    return series


def _one_place(
    playing: Sequence[Contestant],
    site: Site,
    refused: Mapping[str, str],
    series: Series,
    used: dict[str, float],
) -> None:
    present = {row.name for row in playing}
    for name in set(series.ms) - present:
        series.ms[name].append(math.nan)
    for row in playing:
        ms, _ = timed(partial(row.call, site))
        used[row.name] += ms / 1e3
        if row.name in refused:
            series.notes.setdefault(row.name, set()).add(refused[row.name])
        series.ms[row.name].append(math.nan if row.name in refused else ms)


def ratios(series: Series, name: str, to: str) -> Spread:
    """Spread of `name` / `to`, place by place."""
    pairs = zip(series.ms[name], series.ms[to], strict=True)
    return Spread.of(top / bottom for top, bottom in pairs)
