"""Small integer worlds from a seed, made to be degenerate: collinear overlaps, T-junctions, holes touching their shell,
parts that touch at points, duplicates, needles, seams, features far larger than the site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from shapely import Geometry, Polygon

from spatialhub.spatial import _kernels


@dataclass(frozen=True)
class Lattice:
    """Polygons with whole coordinates: the site's parts are labels 0…parts-1; a label may have several geometries."""

    geometries: np.ndarray
    labels: np.ndarray
    parts: int

    def scaled(self, by: int) -> Lattice:
        """The same world with every coordinate multiplied: what was degenerate stays so, crossings become generic."""
        return Lattice(shapely.transform(self.geometries, lambda coords: coords * by), self.labels, self.parts)

    @cached_property
    def window(self) -> tuple[int, int, int, int]:
        """The site's box."""
        xmin, ymin, xmax, ymax = shapely.total_bounds(self.geometries[: self.parts]).astype(int).tolist()
        return xmin, ymin, xmax, ymax

    @cached_property
    def regions(self) -> np.ndarray:
        """What each label covers (labels,), all geometries of a label united."""
        return np.array(
            [shapely.union_all(self.geometries[self.labels == n]) for n in range(int(self.labels.max()) + 1)]
        )

    def rings(self, flips: np.random.Generator | None = None) -> _kernels.Rings:
        """For the kernels; with `flips` some rings run the other way, and turn the other way."""
        polygons, owner = shapely.get_parts(self.geometries, return_index=True)
        lines, polygon_of = shapely.get_rings(polygons, return_index=True)
        shell = np.diff(polygon_of, prepend=-1) != 0
        if flips is not None:
            lines = np.where(flips.random(len(lines)) < 0.5, shapely.reverse(lines), lines)
        starts = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(lines))]).astype(np.int64)
        points = shapely.get_coordinates(lines).astype(np.int64)
        turns = np.where(shapely.is_ccw(lines) == shell, 1, -1).astype(np.int8)
        rings = _kernels.Rings()
        rings.append(points, starts, self.labels[owner[polygon_of]].astype(np.int32), turns)
        return rings


def lattice(seed: int, size: int = 8, features: int = 5) -> Lattice:
    """A world in about 0…size."""
    rng = np.random.default_rng(seed)
    site = _site(rng, size)
    geometries: list[Geometry] = [*site]
    labels = list(range(len(site)))
    for label in range(len(site), len(site) + int(rng.integers(1, features + 1))):
        for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
            copied = rng.random() < 0.15
            geometries.append(geometries[rng.integers(len(geometries))] if copied else _shape(rng, size))
            labels.append(label)
    return Lattice(np.array(geometries, dtype=object), np.array(labels), len(site))


def _site(rng: np.random.Generator, size: int) -> list[Polygon]:
    while True:
        made = _blob(rng, size) if rng.random() < 0.5 else _shape(rng, size)
        parts = [part for part in shapely.get_parts(made) if part.area > 0]
        if parts:
            return parts[: int(rng.integers(1, 4))]


def _shape(rng: np.random.Generator, size: int) -> Geometry:
    while True:
        make: Callable = _MAKERS[rng.integers(len(_MAKERS))]
        made = make(rng, size)
        if made.area > 0 and made.is_valid:
            return made


def _triangle(rng: np.random.Generator, size: int) -> Geometry:
    return Polygon(rng.integers(0, size + 1, (3, 2)))


def _rectangle(rng: np.random.Generator, size: int) -> Geometry:
    (x0, x1), (y0, y1) = np.sort(rng.integers(0, size + 1, (2, 2)))
    return shapely.box(x0, y0, x1, y1)


def _needle(rng: np.random.Generator, size: int) -> Geometry:
    a, b = rng.integers(0, size + 1, (2, 2))
    return Polygon([a, b, b + rng.integers(-1, 2, 2)])


def _star(rng: np.random.Generator, size: int) -> Geometry:
    points = rng.integers(0, size + 1, (int(rng.integers(4, 9)), 2))
    offset = points - points.mean(axis=0)
    return Polygon(points[np.argsort(np.arctan2(offset[:, 1], offset[:, 0]), kind="stable")])


def _blob(rng: np.random.Generator, size: int) -> Geometry:
    """Some triangles of a lattice, united: holes and parts that touch at points, long straight borders."""
    cells = int(rng.integers(2, 5))
    step = max(1, size // cells)
    x, y = (v.ravel() * step for v in np.meshgrid(np.arange(cells), np.arange(cells)))
    low, high = np.stack([x, y], axis=1), np.stack([x, y], axis=1) + step
    right, left = np.stack([x + step, y], axis=1), np.stack([x, y + step], axis=1)
    corners = np.concatenate([np.stack([low, right, high, low], axis=1), np.stack([low, high, left, low], axis=1)])
    chosen = corners[rng.random(len(corners)) < rng.uniform(0.3, 0.95)] + rng.integers(0, 2, 2)
    return shapely.union_all(shapely.polygons(chosen)) if len(chosen) else Polygon()


def _pierced(rng: np.random.Generator, size: int) -> Geometry:
    """A shape less another within it that mostly touches its border at a vertex: whole coordinates, or nothing."""
    outer = _triangle(rng, size) if rng.random() < 0.5 else _rectangle(rng, size)
    corner = shapely.get_coordinates(outer)[rng.integers(3)]
    hole = Polygon([corner, *rng.integers(0, size + 1, (2, 2))])
    if not (hole.area > 0 and outer.is_valid and outer.area > hole.area and outer.covers(hole)):
        return Polygon()
    return shapely.difference(outer, hole)


def _giant(rng: np.random.Generator, size: int) -> Geometry:
    return Polygon(rng.integers(-40 * size, 40 * size, (4, 2))[[0, 1, 2]])


_MAKERS = (_triangle, _rectangle, _needle, _star, _blob, _blob, _pierced, _pierced, _giant)
