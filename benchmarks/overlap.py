"""Section: the overlap step against every peer, everybody doing the same work."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.answers import Answer, compare
from benchmarks.lab import Lab
from benchmarks.ours import NAME, WITH_GEOMETRY
from benchmarks.report import Table, ms, times
from benchmarks.timing import Contestant, Series, Spread, in_turns, ratios
from spatialhub.spatial.model import Site

TITLE = "Overlap step: per layer the union's area, per feature area and geometry"
_ABOVE = """Ours: fragments, unions and both areas (plane and ellipsoid) of all layers, no geometry drawn; beside it the
same with every feature's overlap drawn. Peers: plane areas of every feature's overlap and of every layer's union, and
the geometry of every overlap (PostGIS: as WKB, not parsed). The site comes as WKB. Loading and indexing are in nobody's
time.
At each place another one is asked first."""


def peers(lab: Lab) -> list[Any]:
    """Everybody that can take part: objects with `name`, `call(site)` and `answer(what call gave)`."""
    found: list[Any] = []
    if lab.connection is not None:
        from benchmarks.peers_sql import PerFeature, Plain, Tuned

        found += [kind(lab.connection, lab.city) for kind in (Tuned, Plain, PerFeature)]
    if lab.memory_peers:
        from benchmarks.peers_memory import Frames, Tree, hold

        held = hold(lab.city)
        found += [Frames(held, lab.city.epsg), Tree(held)]
    return found


class Judge:
    """Holds every peer's answer against ours and remembers the largest difference."""

    def __init__(self, lab: Lab, answers: Mapping[str, Callable[[Any], Answer]]) -> None:
        self._lab, self._answers = lab, answers
        self.largest = 0.0

    def __call__(self, site: Site, given: Mapping[str, Any]) -> dict[str, str]:
        """Name → what is wrong, for answers that do not agree."""
        ours = self._lab.ours.answer(given[NAME])
        refused = {}
        for name, value in given.items():
            if name in self._answers:
                agreement = compare(ours, self._answers[name](value))
                self.largest = max(self.largest, agreement.largest)
                if agreement.broken:
                    refused[name] = f"{site.name}: {agreement.broken}"
        return refused


def run(lab: Lab) -> tuple[list[Table], dict[str, Series]]:
    """Measure all sizes; tables, and the series by size for the plot."""
    others = peers(lab)
    named = [Contestant(peer.name, peer.call) for peer in others]
    drawn = Contestant(WITH_GEOMETRY, lab.ours.step_drawn)
    middle = len(named) // 2 + 1  # apart from ours, whose caches it would find warm
    players = [Contestant(NAME, lab.ours.step, measure=True), *named[:middle], drawn, *named[middle:]]
    gc.collect()
    gc.freeze()  # a city held in memory is not walked at every collection, in nobody's time
    judge = Judge(lab, {peer.name: peer.answer for peer in others})
    series: dict[str, Series] = {}
    for size in lab.effort.sizes:
        series[size.name] = in_turns(players, lab.sites(size), judge=judge, budget_s=lab.effort.budget_s)
    return [_table(lab, series, [WITH_GEOMETRY, *(row.name for row in named)], judge)], series


def _table(lab: Lab, series: Mapping[str, Series], names: list[str], judge: Judge) -> Table:
    rows = []
    for size in lab.effort.sizes:
        found = series[size.name]
        cells = [times(ratios(found, name, NAME), lab.effort.repeats) for name in names]
        rows.append((size.name, ms(Spread.of(found.ms[NAME])), *cells))
    wrong = sorted({f"{name}, {note}" for found in series.values() for name, notes in found.notes.items()
                    for note in notes})  # fmt: skip
    agree = f"Largest difference between any peer's area and ours: {judge.largest:.1e} of the site."
    if wrong:
        agree += f" Beyond the bound, not counted, {len(wrong)}: {'; '.join(wrong[:5])}."
    return Table(("site", "ours, ms", *names), tuple(rows), _ABOVE, " ".join(filter(None, (agree, _missing(lab)))))


def _missing(lab: Lab) -> str:
    absent = [] if lab.connection is not None else [f"PostGIS did not take part: {lab.without}"]
    if not lab.memory_peers:
        absent.append("Peers in memory were left out.")
    return " ".join(absent)
