"""Counts every finding and keeps the worst of each rule: memory is bounded by what is kept, not by what is wrong."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable

import numpy as np

from layers.quality.model import LEAST_IS_WORST, Finding, Rule, RuleCount

MOST_KEPT = 20_000


class Tally:
    """Findings of a pass by rule."""

    def __init__(self, rules: Iterable[Rule], most_kept: int = MOST_KEPT) -> None:
        self._most = most_kept
        self._sign = {rule.key: -1.0 if rule.check in LEAST_IS_WORST else 1.0 for rule in rules}
        self._count = dict.fromkeys(self._sign, 0)
        self._total = dict.fromkeys(self._sign, 0.0)
        self._kept: dict[str, list[tuple[float, tuple[int, ...], int, Finding]]] = {key: [] for key in self._sign}
        self._serial = 0

    def add(self, finding: Finding) -> None:
        """Count a finding; keep it while it is among the worst of its rule."""
        self._count[finding.rule] += 1
        self._total[finding.rule] += finding.measure
        self._keep(finding)

    def add_rows(self, rule: Rule, rows: np.ndarray, measures: np.ndarray, make: Callable[[int], Finding]) -> None:
        """Count one finding for each of `rows` (k,); `make(i)` gives the i-th, asked only of those to be kept."""
        if not len(rows):
            return
        self._count[rule.key] += len(rows)
        self._total[rule.key] += float(measures.sum())
        badness = measures * self._sign[rule.key]
        for at in np.lexsort((rows, -badness))[: self._most].tolist():
            self._keep(make(at))

    def _keep(self, finding: Finding) -> None:
        kept = self._kept[finding.rule]
        self._serial += 1
        # of equals the lesser rows stay: what is kept does not depend on the order of discovery
        badness = finding.measure * self._sign[finding.rule]
        entry = (badness, tuple(-row for row in finding.rows), self._serial, finding)
        if len(kept) < self._most:
            heapq.heappush(kept, entry)
        else:
            heapq.heappushpop(kept, entry)

    def counts(self) -> dict[str, RuleCount]:
        """How many each rule found, their sum, and how many are listed."""
        return {key: RuleCount(self._count[key], self._total[key], len(self._kept[key])) for key in self._sign}

    def findings(self) -> tuple[Finding, ...]:
        """What was kept: rule by rule, the worst first."""
        return tuple(entry[3] for kept in self._kept.values() for entry in sorted(kept, key=_worst_first))


def _worst_first(entry: tuple[float, tuple[int, ...], int, Finding]) -> tuple:
    return (-entry[0], tuple(-row for row in entry[1]), entry[2])
