"""Gathering brings everything that meets the site, one label a feature, as integers of the record grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialhub.spatial._kernels import Gathered, Stores, gather
from spatialhub.spatial.site_shape import shape_of, u5_rings
from spatialhub.spatial.snapshot import Snapshot, SnapshotBuilder
from tests import shapes
from tests.builders import EVERYWHERE
from tests.spatial.kernels.rings import winding
from tests.spatial.test_snapshot import scattered

FIRST = 7
ORIGIN = np.array([46_400_000_000, 384_500_000_000])
CORRIDOR = shapes.polygon((-20_000, -20_000), (-19_990, -20_000), (20_000, 20_000), (19_990, 20_000))
SITES = {**shapes.ZOO, "corridor": CORRIDOR, "everything": EVERYWHERE}


def snapshot_of(store: Path, geometries, ids=None) -> Snapshot:
    columns = {} if ids is None else {"id": "text"}
    head = {"layer": "x", "epsg": shapes.EPSG, "entry_sha256": "", "coverage": EVERYWHERE, "columns": columns}
    with SnapshotBuilder(store, **head) as builder:
        builder.add(np.array(geometries, object), {} if ids is None else {"id": ids})
        return Snapshot.open(store / builder.publish())


@pytest.fixture(scope="module")
def layers(tmp_path_factory) -> list[tuple[Snapshot, np.ndarray]]:
    folder = tmp_path_factory.mktemp("store")
    ring = shapely.difference(shapes.disc(9_000.0, vertices=5_000), shapes.disc(100.0, 40.0, vertices=300))
    found = [scattered(20_000), np.zeros(0, object), np.array([ring, shapes.disc(50.0, 8_990.0)], object)]
    return [(snapshot_of(folder, geometries), geometries) for geometries in found]


def gathered(layers, site, per_metre: int = 100_000, origin: np.ndarray = ORIGIN) -> Gathered:
    return gather(
        Stores([snapshot.store for snapshot, _ in layers]), shape_of(site), per_metre, *origin.tolist(), FIRST
    )


def rings_of(found: Gathered) -> dict[int, list[np.ndarray]]:
    """Rings by label."""
    points, starts, labels = found.ring_arrays
    rings: dict[int, list[np.ndarray]] = {}
    for label, start, end in zip(labels, starts, starts[1:], strict=False):
        rings.setdefault(int(label), []).append(points[start:end])
    return rings


@pytest.mark.parametrize("name", SITES)
def test_everything_that_meets_the_site_is_there_and_little_else(layers, name):
    site = SITES[name]
    found = gathered(layers, site)
    assert found.part_count == sum(len(snapshot.search(site)) for snapshot, _ in layers)
    for number, (snapshot, geometries) in enumerate(layers):
        rows = found.label_group[found.label_store == number]
        assert set(np.flatnonzero(shapely.intersects(geometries, site))) <= set(rows)
        boxes = shapely.box(*shapely.bounds(geometries[rows]).reshape(-1, 4).T)
        assert np.all(shapely.dwithin(boxes, site, 0.01))  # the tree's boxes are rounded outward by some millimetres
        assert np.array_equal(snapshot.part_features[snapshot.search(site)], _owners(snapshot, site))


def _owners(snapshot: Snapshot, site) -> np.ndarray:
    """By brute force over the leaves of the tree."""
    tree = snapshot._arrays["part.tree"][: snapshot.meta.part_count].astype(np.float64)
    origin = snapshot._manifest["tree"]["part"]
    boxes = tree + np.array([origin["x"], origin["y"]] * 2)
    return snapshot.part_features[shape_of(site).meets((boxes + np.array([-1, -1, 1, 1])).astype(np.int64))]


@pytest.mark.parametrize("name", SITES)
def test_winding_numbers_of_a_label_are_those_of_its_feature_inside_the_site(layers, name):
    site = SITES[name]
    random = np.random.default_rng(3)
    low, high = np.array(site.bounds).reshape(2, 2)
    points = np.rint(random.uniform(low, high, (300, 2)) * 1e5).astype(np.int64)
    points = points[shapely.contains_xy(site, *(points / 1e5).T)][:40]
    found = gathered(layers, site)
    rings = rings_of(found)
    for label, (number, row) in enumerate(zip(found.label_store, found.label_group, strict=True), FIRST):
        if label % (len(rings) // 60 + 1):
            continue
        geometry = layers[number][1][row]
        clear = shapely.distance(shapely.boundary(geometry), shapely.points(points / 1e5)) > 3e-5
        inside = shapely.contains_xy(geometry, *(points[clear] / 1e5).T)
        assert np.array_equal(winding(rings[label], points[clear] - ORIGIN), inside.astype(int))


def test_labels_ascend_by_store_and_feature_and_rings_by_label(layers):
    found = gathered(layers, shapes.TWENTY_SQUARE_KILOMETRES)
    keys = list(zip(found.label_store.tolist(), found.label_group.tolist(), strict=True))
    assert keys == sorted(set(keys))
    labels = found.ring_arrays[2]
    assert np.all(np.diff(labels) >= 0)
    assert set(labels) == set(range(FIRST, FIRST + len(keys)))


def test_rings_are_closed_and_lie_on_the_fine_grid_as_stored(layers):
    found = gathered(layers[:1], shapes.SQUARE)
    points, starts, _ = found.ring_arrays
    assert np.array_equal(points[starts[:-1]], points[starts[1:] - 1])
    small = [row for row in found.label_group if shapely.get_num_coordinates(layers[0][1][row]) < 256]
    own = {tuple(p) for row in small for p in (u5_rings(layers[0][1][row])[0] - ORIGIN).tolist()}
    assert own <= {tuple(p) for p in points.tolist()}


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_the_coarse_grid_rounds_halves_upward_wherever_the_origin_lies(layers, seed):
    random = np.random.default_rng(seed)
    origin = np.array([4_640_000_000, 38_450_000_000]) + random.integers(-(10**6), 10**6, 2)
    site = shapes.square(float(random.uniform(1, 300)), *random.uniform(-2_000, 2_000, 2))
    fine, coarse = gathered(layers, site).ring_arrays, gathered(layers, site, 10_000, origin).ring_arrays
    wide = gathered(layers, site.buffer(1e-3)).ring_arrays
    assert len(fine[2]) <= len(coarse[2]) <= len(wide[2])
    if len(coarse[2]) == len(wide[2]):
        assert np.array_equal((wide[0] + ORIGIN + 5) // 10 - origin, coarse[0])


def test_features_of_one_id_share_a_label(tmp_path):
    halves = [shapes.rectangle(50.0, 100.0), shapes.square(10.0, 500.0, 0.0), shapes.rectangle(50.0, 100.0, 50.0)]
    snapshot = snapshot_of(tmp_path, halves, ["a", "b", "a"])
    assert snapshot.groups.tolist() == [0, 1, 0]
    found = gather(Stores([snapshot.store] * 2), shape_of(shapes.rectangle(1_000.0, 10.0)), 100_000, 0, 0, 0)
    assert found.label_store.tolist() == [0, 0, 1, 1]
    assert found.label_group.tolist() == [0, 1, 0, 1]
    assert found.ring_arrays[2].tolist() == [0, 0, 1, 2, 2, 3]
    assert found.part_count == 6


def test_the_coverage_is_gathered_like_a_layer(tmp_path):
    snapshot = snapshot_of(tmp_path, [shapes.SQUARE])
    found = gather(Stores([snapshot.coverage_store]), shape_of(shapes.SQUARE), 100_000, *ORIGIN.tolist(), 3)
    middle = np.rint(np.array([shapes.ORIGIN]) * 1e5 + 1e6).astype(np.int64) - ORIGIN
    assert winding(rings_of(found)[3], middle).tolist() == [1]
    assert found.label_group.tolist() == [0]


def test_nothing_is_gathered_from_nothing(layers):
    found = gathered(layers, shapes.square(10.0, 90_000.0, 90_000.0))
    assert found.part_count == 0
    assert len(found.label_store) == len(found.ring_arrays[2]) == 0
    assert gathered([], shapes.SQUARE).part_count == 0


def test_another_grid_is_refused(layers):
    with pytest.raises(RuntimeError, match="record grid"):
        gathered(layers, shapes.SQUARE, 1_000)


def test_order_of_what_was_added_changes_numbers_of_rows_alone(tmp_path):
    geometries = scattered(3_000)
    order = np.random.default_rng(5).permutation(len(geometries))
    one = snapshot_of(tmp_path, geometries, [f"f{i}" for i in range(3_000)])
    other = snapshot_of(tmp_path, geometries[order], [f"f{i}" for i in order])
    for site in (shapes.TWENTY_SQUARE_KILOMETRES, CORRIDOR):
        found = [gather(Stores([s.store]), shape_of(site), 100_000, 0, 0, 0) for s in (one, other)]
        named = [s.columns(["id"], f.label_group)["id"] for s, f in zip((one, other), found, strict=True)]
        assert sorted(named[0]) == sorted(named[1])
        by_name = [_points_by_name(f, names) for f, names in zip(found, named, strict=True)]
        assert by_name[0] == by_name[1]


def _points_by_name(found: Gathered, names: list) -> dict:
    return {names[label]: sorted(ring.tolist() for ring in rings) for label, rings in rings_of(found).items()}
