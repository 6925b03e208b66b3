"""Section: the same sites in cities of growing size, cities in turns."""

from __future__ import annotations

from itertools import pairwise

from benchmarks.lab import Lab
from benchmarks.ours import Ours
from benchmarks.places import places
from benchmarks.report import Table, ms, times
from benchmarks.timing import Contestant, Series, Spread, in_turns, ratios

TITLE = "Growth with the city"
_ABOVE = """The same places of the smallest city are asked in every city, in turns. Cities of more parcels have smaller
ones or reach further, so a site may hold more of them: what is found is given beside the time."""


def run(lab: Lab) -> list[Table]:
    """Compare arrangement step and whole check between `lab.city` and the other cities.

    Raises
    ------
    SystemExit
        No other city was given.
    """
    if not lab.others:
        raise SystemExit("growth needs other cities: --grow HOME, once for each")
    cities = sorted((lab.city, *lab.others), key=lambda city: city.parcels)
    engines = {f"{city.parcels:,}": Ours(city) for city in cities}
    if len(engines) != len(cities):
        raise SystemExit("growth needs cities of different size")
    smallest = cities[0]
    step: dict[str, Series] = {}
    whole: dict[str, Series] = {}
    held: dict[str, list[str]] = {}
    for size in lab.effort.sizes:
        sites = places(size, lab.effort.repeats, smallest.coverage, smallest.epsg)
        budget_s = lab.effort.budget_s
        step[size.name] = in_turns([Contestant(n, e.step) for n, e in engines.items()], sites, budget_s=budget_s)
        whole[size.name] = in_turns([Contestant(n, e.check) for n, e in engines.items()], sites, budget_s=budget_s)
        held[size.name] = [_features(engine, sites) for engine in engines.values()]
    names = list(engines)
    return [_table("arrangement step", step, names, held, lab), _table("whole check", whole, names, held, lab)]


def _features(engine: Ours, sites: list) -> str:
    """Median number of features that a site meets."""
    counts = [sum(len(layer.features) for layer in engine.answer(engine.step(site)).layers.values()) for site in sites]
    return f"{Spread.of(counts).median:.0f}"


def _table(what: str, series: dict[str, Series], names: list[str], held: dict[str, list[str]], lab: Lab) -> Table:
    head = ["site", *(f"{name} parcels, ms" for name in names)]
    head += [f"{b} / {a}" for a, b in pairwise(names)]
    rows = []
    for size, found in series.items():
        cells = [f"{ms(Spread.of(found.ms[name]))}, {n} features" for name, n in zip(names, held[size], strict=True)]
        cells += [times(ratios(found, b, a), lab.effort.repeats) for a, b in pairwise(names)]
        rows.append((size, *cells))
    return Table(tuple(head), tuple(rows), f"{what.capitalize()}. {_ABOVE}")
