"""The streaming pass over the plane: squares of few features one after the other, what seams cut joined as it goes.

Memory holds one square's features and the pieces that touch the seams of squares not yet done, nothing else: parts
come from the memory-mapped snapshot, found by its packed R-tree. Order: quarters of quarters (Z-order).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

from layers.quality.pieces import Piece, join
from layers.quality.tiles import Tile, pieces_of, unexamined
from spatialhub.spatial.snapshot import Snapshot
from spatialhub.spatial.snapshot_format import U5_PER_METRE

MOST_PARTS = 2_000
_SMALLEST_U5 = 16 * U5_PER_METRE  # where more parts than that lie in 16 m, they lie on each other
_TOO_MANY = 5  # times as many in one square: nothing arranges tens of thousands of features that lie on each other
_LARGEST_U5 = 5_000 * U5_PER_METRE  # the fine record grid's reach (check.md §4)
Progress = Callable[[int, int], None]


class Sweep:
    """One pass. `done(pieces)` is called with pieces that are complete; after `run`, `tiles` and `engines` stand."""

    def __init__(
        self,
        snapshot: Snapshot,
        done: Callable[[list[Piece]], None],
        *,
        progress: Progress = lambda done, total: None,
        most_parts: int = MOST_PARTS,
    ) -> None:
        self._snapshot, self._done, self._progress, self._most_parts = snapshot, done, progress, most_parts
        shapely.prepare(snapshot.coverage)
        self._parts, self._swept = snapshot.meta.part_count, 0
        self.tiles = 0
        self.engines: set[str] = set()

    def run(self) -> None:
        """Look at every place where there is a feature or the coverage."""
        whole = _around(self._snapshot)
        left = self._node(whole)
        if left:  # nothing lies on the outermost border
            self._done(left)
        self._progress(self._parts, self._parts)

    def _node(self, tile: Tile) -> list[Piece]:
        """Examine a square; returns pieces that touch its border, hands on the others."""
        count = len(self._snapshot.store.scan(tile.x, tile.y, tile.x + tile.side, tile.y + tile.side))
        if not count and not shapely.intersects(self._snapshot.coverage, tile.box):
            return []
        if tile.side > _LARGEST_U5 or (count > self._most_parts and tile.side > _SMALLEST_U5):
            found = join([piece for quarter in tile.quarters() for piece in self._node(quarter)])
        else:
            many = count > _TOO_MANY * self._most_parts
            found, engine = (unexamined(tile), "") if many else pieces_of(self._snapshot, tile)
            self.tiles += 1
            self.engines.add(engine)
            self._swept += count  # a part on a seam counts on both sides
            self._progress(min(self._swept, self._parts), self._parts)
        return self._sorted_out(tile, found)

    def _sorted_out(self, tile: Tile, found: list[Piece]) -> list[Piece]:
        """Hand on what no longer touches the border; return the rest."""
        pending: list[Piece] = []
        complete: list[Piece] = []
        for piece in found:
            if not piece.open_parts:
                complete.append(piece)
                continue
            parts = np.array(piece.open_parts, object)
            still = parts[tile.on_border(shapely.bounds(parts))]
            piece = piece.opened(tuple(still))
            (pending if len(still) else complete).append(piece)
        if complete:
            self._done(complete)
        return pending


def _around(snapshot: Snapshot) -> Tile:
    """A square around features and coverage that both keep away from, whose side can be halved often."""
    bounds = [snapshot.coverage.bounds] if not snapshot.coverage.is_empty else []
    boxes = np.concatenate([snapshot.boxes, np.array(bounds).reshape(-1, 4)])
    low = np.floor(boxes[:, :2].min(axis=0) * U5_PER_METRE).astype(np.int64) - 777
    high = np.ceil(boxes[:, 2:].max(axis=0) * U5_PER_METRE).astype(np.int64) + 777
    side = 1 << int((high - low).max()).bit_length()
    return Tile(int(low[0]), int(low[1]), side)
