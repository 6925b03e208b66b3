"""The quality pass: a snapshot and its rules → what is wrong, counted completely, the worst listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from layers.quality import attributes, cover, shapes
from layers.quality.attributes import Attributes
from layers.quality.cover import Cover
from layers.quality.model import Examined, Rule
from layers.quality.shapes import Shapes
from layers.quality.sweep import MOST_PARTS, Sweep
from layers.quality.tally import MOST_KEPT, Tally
from spatialhub.catalogue import Classes
from spatialhub.spatial.snapshot import Snapshot

# A window holds so many parts of at most 256 vertices each: some tens of megabytes at the worst.
_WINDOW_PARTS = 10_000
Progress = Callable[[str, int, int], None]


def examine(
    snapshot: Snapshot,
    rules: Sequence[Rule],
    *,
    classes: Classes | None = None,
    progress: Progress = lambda stage, done, total: None,
    most_kept: int = MOST_KEPT,
    most_parts: int = MOST_PARTS,
) -> Examined:
    """Look for everything that `rules` name; `progress(stage, done, total)`, stages `features` and `places`.

    Geometry is in memory window by window: first feature by feature, then square by square of the plane. Beside it,
    some bytes a feature and at most `most_kept` findings of each rule.
    """
    tally = Tally(rules, most_kept)
    by_check = {rule.check: rule for rule in rules if rule.check in cover.CHECKS | shapes.CHECKS}
    own = Attributes([rule for rule in rules if rule.check in attributes.CHECKS], tally, snapshot, classes)
    outlines = Shapes(by_check, tally, snapshot)
    total = snapshot.meta.feature_count
    for rows in windows(snapshot):
        outlines.take(rows, snapshot.features(rows))
        own.take(rows)
        progress("features", int(rows[-1]) + 1, total)
    own.finish()
    judge = Cover(by_check, tally, same=outlines.same(), areas_m2=snapshot.areas[:, 0])
    swept = _sweep(snapshot, judge, bool(cover.CHECKS & by_check.keys()), progress, most_parts)
    return Examined(
        rules=tuple(rules),
        skipped=own.skipped,
        counts=tally.counts(),
        findings=tally.findings(),
        features=total,
        tiles=swept.tiles if swept else 0,
        rounding_count=judge.rounding_count,
        rounding_m2=judge.rounding_u / 10_000,
        double_m2=judge.double_u / 10_000,
        uncovered_m2=judge.uncovered_u / 10_000,
        engines=tuple(sorted(engine for engine in swept.engines if engine)) if swept else (),
    )


def windows(snapshot: Snapshot, most_parts: int = _WINDOW_PARTS) -> Iterator[np.ndarray]:
    """Rows of all features in ascending runs (int64), each of at most so many parts, or of one feature."""
    parts = np.bincount(snapshot.part_features, minlength=snapshot.meta.feature_count)
    ends = np.cumsum(parts)
    start, count = 0, len(parts)
    while start < count:
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + most_parts, side="right")))
        yield np.arange(start, stop, dtype=np.int64)
        start = stop


def _sweep(snapshot: Snapshot, judge: Cover, wanted: bool, progress: Progress, most_parts: int) -> Any:
    if not wanted or not snapshot.meta.part_count:
        return None
    told = lambda done, total: progress("places", done, total)  # noqa: E731
    sweep = Sweep(snapshot, judge.take, progress=told, most_parts=most_parts)
    sweep.run()
    return sweep
