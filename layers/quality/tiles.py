"""A square of the plane, arranged: where features of a layer overlap, leave gaps, or reach beyond the coverage.

The arrangement is the check's own (spatial/kernels/README.md): exact, on the record grid of 1e-5 m, areas as sums of
faces. Squares lie on whole units of that grid, so that what a seam cuts fits together again (pieces.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from layers.quality.pieces import Kind, Piece
from spatialhub.errors import TooComplex
from spatialhub.spatial import _kernels, integer_recipe
from spatialhub.spatial.arrangement import arrange
from spatialhub.spatial.planar import FINE_GRID_M, Arrangement, Frame
from spatialhub.spatial.site_shape import shape_of
from spatialhub.spatial.snapshot import Snapshot
from spatialhub.spatial.snapshot_format import U5_PER_METRE

_MOST_NEIGHBOURS = 12


@dataclass(frozen=True, slots=True)
class Tile:
    """A square in units of 1e-5 m from the plane's zero: lower left corner and side."""

    x: int
    y: int
    side: int

    @property
    def box(self) -> Polygon:
        """The square in metres."""
        low_x, low_y = self.x / U5_PER_METRE, self.y / U5_PER_METRE
        return shapely.box(low_x, low_y, (self.x + self.side) / U5_PER_METRE, (self.y + self.side) / U5_PER_METRE)

    def quarters(self) -> tuple[Tile, ...]:
        """Its four quarters."""
        half = self.side // 2
        return tuple(Tile(self.x + dx, self.y + dy, half) for dy in (0, half) for dx in (0, half))

    def on_border(self, boxes: np.ndarray) -> np.ndarray:
        """Whether boxes (n, 4) in metres come within a unit of the border, bool (n,)."""
        low = np.array([self.x, self.y]) + 1
        units = np.rint(boxes * U5_PER_METRE).astype(np.int64)
        return (units[:, :2] <= low).any(axis=1) | (units[:, 2:] >= low - 2 + self.side).any(axis=1)


@dataclass(frozen=True)
class Arranged:
    """Faces of a tile: `row` is the feature of each label (-1: the tile or the coverage), `covered` bool (faces,)."""

    faces: Arrangement
    row: np.ndarray
    covered: np.ndarray


def arranged(snapshot: Snapshot, tile: Tile) -> Arranged:
    """Arrange all features and the coverage inside a tile.

    Raises
    ------
    TooComplex
        Neither engine can.
    """
    box = tile.box
    frame = Frame.around(box.bounds, FINE_GRID_M)
    stores = _kernels.Stores([snapshot.store, snapshot.coverage_store])
    gathered = _kernels.gather(stores, shape_of(box), U5_PER_METRE, frame.left, frame.bottom, 0)
    is_feature = np.concatenate([[False], gathered.label_store == 0])
    row = np.where(is_feature, np.concatenate([[-1], gathered.label_group]), -1)
    square = _kernels.Rings()
    integer_recipe.append(square, np.array([box], object), np.zeros(1, np.int64), frame)
    try:
        faces = integer_recipe.arrange_sets([(square, 0), (gathered.rings, 1)], 1, frame, epsg=snapshot.meta.epsg)
    except integer_recipe.Fault:
        faces, row = _plainly(snapshot, box, row)
    is_coverage = row == -1
    is_coverage[0] = False
    covered = np.bincount(faces.cover_face[is_coverage[faces.cover_label]], minlength=len(faces)) > 0
    return Arranged(faces, row, covered)


def _plainly(snapshot: Snapshot, box: Polygon, row: np.ndarray) -> tuple[Arrangement, np.ndarray]:
    """The same by the public door, which falls back to GEOS and says so."""
    rows = np.unique(row[row >= 0])
    shapes = np.array([*snapshot.features(rows), snapshot.coverage], object)
    labels = np.arange(1, len(shapes) + 1)
    faces = arrange([box], shapes, labels, epsg=snapshot.meta.epsg, grid_m=FINE_GRID_M)
    return faces, np.concatenate([[-1], rows, [-1]])


def unexamined(tile: Tile) -> list[Piece]:
    """What is said of a tile that nothing can examine."""
    return [Piece(Kind.UNEXAMINED, (), round(tile.box.area * 1e4), (tile.box,), (tile.box,))]


def pieces_of(snapshot: Snapshot, tile: Tile) -> tuple[list[Piece], str]:
    """What is wrong inside a tile, and the engine that found it ("" where nothing could)."""
    try:
        found = arranged(snapshot, tile)
    except TooComplex:
        return unexamined(tile), ""
    kinds, keys = _wrong(found)
    if not keys:
        return [], found.faces.engine
    return _gathered(found, tile, kinds, keys), found.faces.engine


def _wrong(found: Arranged) -> tuple[np.ndarray, dict[int, tuple[Kind, tuple[int, ...]]]]:
    """Faces that are not covered once, inside the coverage: (kind, features) by face."""
    faces = found.faces
    is_feature = found.row[faces.cover_label] >= 0
    times = np.bincount(faces.cover_face[is_feature], minlength=len(faces))
    kinds = np.zeros(len(faces), np.int8)
    kinds[found.covered & (times == 0)] = Kind.GAP
    kinds[~found.covered & (times > 0)] = Kind.BEYOND
    kinds[times > 1] = Kind.OVERLAP
    keys = {}
    for face in np.flatnonzero(kinds).tolist():
        labels = faces.cover_label[faces.cover_start[face] : faces.cover_start[face + 1]]
        rows = found.row[labels]
        keys[face] = (Kind(kinds[face]), tuple(sorted(rows[rows >= 0].tolist())))
    return kinds, keys


def _gathered(
    found: Arranged, tile: Tile, kinds: np.ndarray, keys: dict[int, tuple[Kind, tuple[int, ...]]]
) -> list[Piece]:
    """Neighbouring faces of one key joined to pieces."""
    faces = found.faces
    first, second, _ = faces.neighbours
    group = _joined(keys, first, second)
    numbers = {root: number for number, root in enumerate(sorted(set(group.values())))}
    of_face = np.full(len(faces), -1, np.int64)
    for face, root in group.items():
        of_face[face] = numbers[root]
    shapes = faces.outlines(of_face, len(numbers))
    area_u = np.zeros(len(numbers), np.int64)
    there = of_face >= 0
    np.add.at(area_u, of_face[there], faces.area_u[there])
    beside, edge = _surroundings(found, first, second, of_face, kinds)
    pieces = []
    for root, number in numbers.items():
        kind, rows = keys[root]
        parts = shapely.get_parts(shapes[number])
        open_parts = parts[tile.on_border(shapely.bounds(parts))]
        piece = Piece(kind, rows, int(area_u[number]), tuple(parts), tuple(open_parts), number in edge)
        pieces.append(piece.beside(beside.get(number, ())))
    return pieces


def _joined(keys: dict[int, tuple], first: np.ndarray, second: np.ndarray) -> dict[int, int]:
    """Face → the least face of those it hangs together with by edges between faces of one key."""
    root = {face: face for face in keys}

    def find(face: int) -> int:
        while root[face] != face:
            root[face] = root[root[face]]
            face = root[face]
        return face

    chosen = np.fromiter(keys, np.int64, len(keys))
    both = np.isin(first, chosen) & np.isin(second, chosen)
    for a, b in zip(first[both].tolist(), second[both].tolist(), strict=True):
        if keys[a] == keys[b]:
            low, high = sorted((find(a), find(b)))
            root[high] = low
    return {face: find(face) for face in keys}


def _surroundings(
    found: Arranged, first: np.ndarray, second: np.ndarray, of_face: np.ndarray, kinds: np.ndarray
) -> tuple[dict[int, tuple[int, ...]], set[int]]:
    """For each gap the features along it, and which gaps lie at the coverage's edge."""
    faces = found.faces
    beside: dict[int, set[int]] = {}
    edge: set[int] = set()
    for inside, outside in ((first, second), (second, first)):
        along = kinds[inside] == Kind.GAP
        for face, other in zip(inside[along].tolist(), outside[along].tolist(), strict=True):
            number = int(of_face[face])
            if not found.covered[other]:
                edge.add(number)
            labels = faces.cover_label[faces.cover_start[other] : faces.cover_start[other + 1]]
            beside.setdefault(number, set()).update(row for row in found.row[labels].tolist() if row >= 0)
    return {number: _few(rows) for number, rows in beside.items()}, edge


def _few(rows: Sequence[int] | set[int]) -> tuple[int, ...]:
    return tuple(sorted(rows)[:_MOST_NEIGHBOURS])
