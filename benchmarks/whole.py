"""Section: the whole check against our own arrangement step and against the same check written as PostGIS SQL."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from benchmarks import ours as engine
from benchmarks.lab import Lab
from benchmarks.report import Table, ms, times
from benchmarks.steps import shares
from benchmarks.timing import Contestant, Series, Spread, in_turns, ratios
from spatialhub.spatial.arrangement import grid_for
from spatialhub.spatial.model import Site

TITLE = "Whole check: fragments, rulings, proposal, referrals"
_ABOVE = """No JSON, nothing drawn but an outline that decides the verdict; layers, features, fragments, reasons and
referrals are listed when first read, so the check is timed without and with reading every row. The SQL is
`whole_check.sql`: one prepared statement over subdivided parts and tables of the city's rules (noding on the record
grid, polygonising, covers by points, statuses, rulings, verdict, departments). It is spared connected fragments,
crossings by chainage, the second check of a suggestion, clauses and reasons. Its time counts where verdict, status
and area of every layer, areas by conformity and by outcome, and departments are ours."""


class Judge:
    """Holds the SQL's result against ours."""

    def __init__(self, sql: Any) -> None:
        self._sql = sql
        self.agreed = self.asked = 0

    def __call__(self, site: Site, given: Mapping[str, Any]) -> dict[str, str]:
        """Name → what differs."""
        from benchmarks.whole_sql import answer_of, disagreement

        if self._sql is None or self._sql.name not in given:
            return {}
        outline = site.parts[0].geometry
        result = given[engine.WHOLE]
        # The boundaries that areas hang on: each fragment's own, drawn outside the clock.
        length = sum(row.geometry.length for row in result.fragments)
        wrong = disagreement(
            answer_of(result), self._sql.answer(given[self._sql.name]),
            site_m2=outline.area, boundary_m=length, grid_m=grid_for(outline.bounds),
        )  # fmt: skip
        self.asked += 1
        self.agreed += not wrong
        return {self._sql.name: f"{site.name}: {wrong}"} if wrong else {}


def run(lab: Lab) -> list[Table]:
    """Measure all sizes, then the share of each step."""
    sql = None
    if lab.connection is not None:
        from benchmarks.whole_sql import WholeSql

        sql = WholeSql(lab.connection, lab.city)
    players = [
        Contestant(engine.NAME, lab.ours.step, measure=True),
        Contestant(engine.WHOLE, lab.ours.check, measure=True),
        Contestant(engine.LISTED, lab.ours.check_listed),
    ]
    if sql is not None:
        players.append(Contestant(sql.name, sql.call))
    judge = Judge(sql)
    series = {
        size.name: in_turns(players, lab.sites(size), judge=judge, budget_s=lab.effort.budget_s)
        for size in lab.effort.sizes
    }
    return [_table(lab, series, sql, judge), _steps(lab)]


def _table(lab: Lab, series: Mapping[str, Series], sql: Any, judge: Judge) -> Table:
    head = ["site", "check, ms", "check / arrangement step", "with every row listed"]
    rows = []
    for size in lab.effort.sizes:
        found = series[size.name]
        row = [size.name, ms(Spread.of(found.ms[engine.WHOLE]))]
        row += [times(ratios(found, name, engine.NAME), lab.effort.repeats) for name in (engine.WHOLE, engine.LISTED)]
        if sql is not None:
            row.append(times(ratios(found, sql.name, engine.WHOLE), lab.effort.repeats))
        rows.append(tuple(row))
    if sql is None:
        return Table(tuple(head), tuple(rows), _ABOVE, f"PostGIS did not take part: {lab.without}")
    notes = [note for found in series.values() for note in sorted(found.notes.get(sql.name, ()))]
    below = f"The SQL's result was ours at {judge.agreed} of {judge.asked} places."
    below += f" Not counted: {'; '.join(notes[:5])}." if notes else ""
    return Table((*head, "PostGIS SQL / check"), tuple(rows), _ABOVE, below)


def _steps(lab: Lab) -> Table:
    """Share of each step in the time of all checks of a size."""
    names = (*engine.STEPS, engine.REST)
    rows = []
    for size in lab.effort.sizes:
        calls = [partial(lab.ours.check, site) for site in lab.sites(size)[: max(3, lab.effort.repeats // 2)]]
        found = shares(calls, engine.STEPS, closed=engine.CLOSED, rest=engine.REST)
        rows.append((size.name, *(f"{found[name]:.0%}" for name in names)))
    return Table(("site", *names), tuple(rows), "Share of each step in the time of a whole check:")
