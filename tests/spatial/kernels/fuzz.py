"""Many small integer worlds against what must hold: `python -m tests.spatial.kernels.fuzz --worlds 100000`.

Every world is arranged as it stands, where crossings collapse into each other and the arrangement is held to be planar,
consistent and free of what was not there before; and a thousand times larger, where every area of a label and of two
labels is held against GEOS within what rounding to the grid can move.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.spatial import _kernels
from tests.spatial.exact import shared_areas
from tests.spatial.kernels import slow
from tests.spatial.kernels.lattice import Lattice, lattice

FLAT = _kernels.Surface(1e-4, 0, 0, 0.0, 0.0, [0.0])
SIZES = (4, 6, 8, 12)
Shared = dict[tuple[int, int], tuple[float, float]]


def wrongs(seed: int) -> Iterator[str]:
    """What is wrong with the arrangements of a seed's world; nothing if all is well."""
    world = lattice(seed, SIZES[seed % len(SIZES)])
    for scale in (1, 1000):
        for wrong in _wrongs(world.scaled(scale), seed, exact=scale > 1):
            yield f"seed {seed} x{scale}: {wrong}"


def _wrongs(world: Lattice, seed: int, *, exact: bool) -> Iterator[str]:
    rng = np.random.default_rng(seed)
    rings = world.rings(rng)
    planar = _kernels.arrange(rings, world.parts, world.window, FLAT)
    if planar.fault:
        if not (planar.fault == "nothing_left" and not exact):
            yield f"fault {planar.fault}"
        return
    if (planar.plane <= 0).any() or (planar.plane != planar.ellipsoid).any():
        yield "a face without area"
    faces = polygons(planar, np.arange(planar.count), planar.count)
    yield from _wrong_outlines(planar, faces, rng)
    yield from _wrong_linework(world, rings, planar, faces)
    yield from _wrong_areas(world, planar, exact=exact)


def polygons(planar: _kernels.Planar, group: np.ndarray, count: int) -> np.ndarray:
    """Geometry of groups of faces, (count,): polygons and multipolygons."""
    points, rings, polygons, groups = planar.outlines(group.astype(np.int32), count)
    if not len(points):
        return np.full(count, shapely.MultiPolygon(), dtype=object)
    return shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, points.astype(float), (rings, polygons, groups))


def _wrong_outlines(planar: _kernels.Planar, faces: np.ndarray, rng: np.random.Generator) -> Iterator[str]:
    if not shapely.is_valid(faces).all():
        yield "an outline of a face is not valid"
    if (2 * shapely.area(faces) != planar.plane).any() or (shapely.get_num_geometries(faces) != 1).any():
        yield "outlines of faces differ from the faces"
    group = rng.integers(-1, 3, planar.count)
    united = polygons(planar, group, 3)
    if not shapely.is_valid(united).all():
        yield "an outline of a group is not valid"
        return
    chosen = group >= 0
    if (2 * shapely.area(united) != np.bincount(group[chosen], planar.plane[chosen], minlength=3)).any():
        yield "outlines of groups differ from their faces"
    for number in range(3):
        other = shapely.union_all(faces[group == number])
        if shapely.symmetric_difference(united[number], other).area > 1e-6:
            yield "an outline of a group is not the union of its faces"


def _wrong_linework(world: Lattice, rings: _kernels.Rings, planar: _kernels.Planar, faces: np.ndarray) -> Iterator[str]:
    vertices, start, stop, windings_from, labels, differences = _kernels.noded(rings, world.window)
    if len(slow.touching_pairs(vertices, start, stop)):
        yield "edges meet elsewhere than at ends"
    edge_of = np.repeat(np.arange(len(start)), np.diff(windings_from))
    a, b = vertices[start[edge_of]], vertices[stop[edge_of]]
    found = np.zeros((planar.count, int(world.labels.max()) + 1), bool)
    found[planar.cover_face, planar.cover_label] = True
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    if (_windings_at(inside, a, b, labels, differences, found.shape[1]) > 0).tolist() != found.tolist():
        yield "covers differ from winding numbers at points of faces"


def _windings_at(
    points: np.ndarray, a: np.ndarray, b: np.ndarray, labels: np.ndarray, differences: np.ndarray, count: int
) -> np.ndarray:
    """Winding numbers (points, count), by rays to the left; exact in 64 bits, for points lie on halves of halves."""
    result = np.zeros((len(points), count), np.int64)
    for number, (x, y) in enumerate(points):
        rising = np.where(b[:, 1] > a[:, 1], 1, -1)
        side = (b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (x - a[:, 0]) * (b[:, 1] - a[:, 1])
        left = ((a[:, 1] > y) != (b[:, 1] > y)) & (side * rising < 0)
        np.add.at(result[number], labels[left], (-rising * differences)[left])
    return result


def _wrong_areas(world: Lattice, planar: _kernels.Planar, *, exact: bool) -> Iterator[str]:
    """Areas of labels and pairs inside the site: within rounding where `exact`; what did not overlap never does."""
    covered = np.zeros((planar.count, int(world.labels.max()) + 1), bool)
    covered[planar.cover_face, planar.cover_label] = True
    try:
        found = list(_differing(covered, planar.plane / 2, _shared_by_geos(world), exact=exact))
    except shapely.errors.GEOSException:
        found = ["GEOS gave up"]
    if found:  # GEOS errs now and then where edges touch
        yield from _differing(covered, planar.plane / 2, _shared_exactly(world), exact=exact)


def _differing(covered: np.ndarray, areas: np.ndarray, expected: Shared, *, exact: bool) -> Iterator[str]:
    for (i, j), (area, length) in expected.items():
        measured = areas[covered[:, i] & covered[:, j]].sum()
        if area < 1e-9 and measured:
            yield f"labels {i} and {j} share {measured}, before nothing"
        if exact and abs(measured - area) > 0.75 * length + 4:
            yield f"labels {i} and {j} share {measured} instead of {area}, border {length}"


def _shared_by_geos(world: Lattice) -> Shared:
    """Area and border of what every label, and every two, share inside the site."""
    site = shapely.union_all(world.geometries[: world.parts])
    regions = np.array([_areal(region) for region in shapely.intersection(site, world.regions)])
    pairs = list(combinations_with_replacement(range(len(regions)), 2))
    shared = shapely.intersection(regions[[i for i, _ in pairs]], regions[[j for _, j in pairs]])
    return {pair: (part.area, _areal(part).length) for pair, part in zip(pairs, shared, strict=True)}


def _shared_exactly(world: Lattice) -> Shared:
    """The same in fractions; the border is at most all borders near the site."""
    parts = world.parts
    areas = shared_areas(
        world.geometries[:parts].tolist(), world.geometries[parts:].tolist(), world.labels[parts:].tolist()
    )
    near = shapely.box(*world.window).buffer(1)
    length = float(shapely.length(shapely.intersection(near, shapely.boundary(world.geometries))).sum())
    pairs = combinations_with_replacement(range(int(world.labels.max()) + 1), 2)
    return {pair: (float(areas.get(pair, 0)), length) for pair in pairs}


def _areal(geometry: Geometry) -> Geometry:
    """Only the polygons of what GEOS answers."""
    if geometry.geom_type != "GeometryCollection":
        return geometry if geometry.area else shapely.MultiPolygon()
    return shapely.MultiPolygon([part for part in shapely.get_parts(geometry) if part.area])


def main(arguments: list[str]) -> int:
    """Run; the exit code tells whether anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--snap", type=int, default=50, help="each how manieth world is also snapped in fractions")
    chosen = parser.parse_args(arguments)
    wrong = 0
    for seed in range(chosen.first, chosen.first + chosen.worlds):
        found = list(wrongs(seed))
        if seed % chosen.snap == 0:
            found += list(wrong_snaps(seed))
        wrong += bool(found)
        for line in found:
            print(line, flush=True)
        if (seed + 1) % 1_000 == 0:
            print(f"{seed + 1 - chosen.first} worlds, {wrong} wrong", flush=True)
    print(f"{chosen.worlds} worlds, {2 * chosen.worlds} arrangements, {wrong} worlds wrong")
    return wrong > 0


def wrong_snaps(seed: int) -> Iterator[str]:
    """Whether the kernel's linework of a seed's world is the one of snap rounding in fractions, edge by edge."""
    world = lattice(seed, SIZES[seed % len(SIZES)], features=3)
    for scale in (1, 7):
        scaled = world.scaled(scale)
        if snapped_by_kernel(scaled) != snapped_slowly(scaled):
            yield f"seed {seed} x{scale}: snapped linework differs from fractions"


def snapped_by_kernel(world: Lattice) -> slow.Windings:
    """Noded edges with what they separate; the window holds everything, so that nothing is shortened."""
    xmin, ymin, xmax, ymax = shapely.total_bounds(world.geometries).astype(int).tolist()
    vertices, start, stop, windings_from, labels, differences = _kernels.noded(world.rings(), (xmin, ymin, xmax, ymax))
    ends = [tuple(p) for p in vertices.tolist()]
    edge_of = np.repeat(np.arange(len(start)), np.diff(windings_from)).tolist()
    rows = zip(edge_of, labels.tolist(), differences.tolist(), strict=True)
    return {((ends[start[e]], ends[stop[e]]), label): difference for e, label, difference in rows}


def snapped_slowly(world: Lattice) -> slow.Windings:
    """The same in fractions."""
    polygons, owner = shapely.get_parts(world.geometries, return_index=True)
    lines, polygon_of = shapely.get_rings(polygons, return_index=True)
    shell = np.diff(polygon_of, prepend=-1) != 0
    starts = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(lines))])
    points = shapely.get_coordinates(lines).astype(np.int64)
    turns = np.where(shapely.is_ccw(lines) == shell, 1, -1)
    return slow.snapped(slow.windings_of(points, starts, world.labels[owner[polygon_of]], turns))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
