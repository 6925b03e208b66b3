"""The exact arrangement against exact overlay and the plain recipe, and what happens where it fails its own checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.errors import TooComplex
from spatialhub.spatial import _kernels, arrangement, geos_recipe, integer_recipe
from spatialhub.spatial.area import _curvature_by_series, areas_m2, curvature_series
from spatialhub.spatial.arrangement import Arrangement, arrange, grid_for
from tests import shapes
from tests.spatial.exact import shared_areas
from tests.spatial.kernels import fuzz
from tests.spatial.kernels.lattice import lattice
from tests.worlds import AREAS_M2, world

SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Case:
    """A site in metres of the plane and features with labels."""

    site: list
    features: np.ndarray
    labels: np.ndarray

    def arranged(self) -> Arrangement:
        found = arrange(self.site, self.features, self.labels, epsg=shapes.EPSG)
        # Beyond 23,000 km² a face may not fit 64 bits: then the plain recipe answers, and says why.
        width, height = found.frame.window[2:]
        assert found.fallback == ("too_large" if 2 * width * height > 2**62 else "")
        return found

    @property
    def bound_m2(self) -> float:
        """check.md §4: 1e-6 of the site, or the grid times the length of the boundaries near it."""
        site = shapely.union_all(self.site)
        near = shapely.box(*site.bounds).buffer(1.0)
        length = site.length + sum(shapely.intersection(near, shapely.boundary(f)).length for f in self.features)
        return max(1e-6 * site.area, grid_for(site.bounds) * length)


def case(seed: int) -> Case:
    """A degenerate world on the ground: of any size, mostly turned, its features sometimes moved by next to nothing."""
    rng = np.random.default_rng(seed)
    drawn = lattice(seed, int(rng.choice([4, 6, 8])), features=4)
    step_m = float(rng.choice([0.3, 7.0, 60.0, 400.0]))
    angle = float(rng.choice([0.0, 1e-7, rng.uniform(0, 2 * np.pi)]))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    on_ground = shapely.transform(drawn.geometries, lambda coords: shapes.ORIGIN + step_m * coords @ turn.T)
    moves_m = rng.choice([0.0, 0.0, 1e-9, 1e-5, 4e-4])
    moved = [_moved(geometry, rng, moves_m) for geometry in on_ground[drawn.parts :]]
    features = np.empty(len(moved), dtype=object)
    features[:] = moved
    return Case(list(on_ground[: drawn.parts]), features, drawn.labels[drawn.parts :])


def _moved(geometry, rng: np.random.Generator, by_m: float):
    """Every vertex moved by up to `by_m`, the same vertex always alike: touching rings go on touching."""
    moves: dict = {}

    def move(coords: np.ndarray) -> np.ndarray:
        return np.array([moves.setdefault(tuple(p), p + rng.uniform(-by_m, by_m, 2)) for p in coords.tolist()])

    moved = shapely.transform(geometry, move) if by_m else geometry
    return moved if moved.is_valid else geometry


def disagreements(seed: int) -> Iterator[str]:
    """Areas of labels and of pairs of labels that lie further from exact ones than check.md §4 allows."""
    drawn = case(seed)
    found = drawn.arranged()
    exact = shared_areas(drawn.site, drawn.features.tolist(), drawn.labels.tolist())
    covered = np.zeros((len(found), int(max(drawn.labels)) + 1), bool)
    covered[found.cover_face, found.cover_label] = True
    for i in range(covered.shape[1]):
        for j in range(i, covered.shape[1]):
            faces = covered[:, i] & covered[:, j]
            off = abs(found.area_plane_u[faces].sum() / 1e4 - float(exact.get((i, j), 0)))
            if off > drawn.bound_m2 + 0.5e-4 * faces.sum():
                yield f"seed {seed}: labels {i} and {j} off by {off} m2"


@pytest.mark.parametrize("block", range(5))
def test_areas_of_labels_and_pairs_agree_with_exact_overlay(block):
    assert [wrong for seed in range(30 * block, 30 * block + 30) for wrong in disagreements(seed)] == []


@pytest.mark.slow
def test_areas_agree_with_exact_overlay_in_two_thousand_cases():
    assert [wrong for seed in range(10_000, 12_000) for wrong in disagreements(seed)] == []


def test_edges_that_all_but_coincide_over_kilometres_share_what_they_share():
    long = shapes.polygon((0, 0), (4_000, 0), (4_000, 50), (0, 50))
    tilted = shapes.polygon((0, 49.9999), (4_000, 50.0001), (4_000, 120), (0, 120))
    drawn = Case([long], np.array([tilted]), np.array([1]))
    found = drawn.arranged()
    exact = float(shared_areas([long], [tilted], [1])[1, 1])
    assert found.area_plane_u[found.cover_face[found.cover_label == 1]].sum() / 1e4 == pytest.approx(
        exact, abs=drawn.bound_m2
    )


def dirty(seed: int, area_m2: float, by_m: float) -> Case:
    """A world of tests/worlds.py; with `by_m` no two features have a border in common any more."""
    rng = np.random.default_rng(seed)
    drawn = world(seed, area_m2)
    features = np.array([_moved(p, rng, by_m) for layer in drawn.layers.values() for p in layer], dtype=object)
    return Case([drawn.site], features, np.arange(1, len(features) + 1))


@given(SEEDS, st.sampled_from(AREAS_M2), st.sampled_from([0.0, 1e-5, 1e-4, 1e-3]))
def test_the_plain_recipe_finds_the_same_areas_and_covers(seed, area_m2, by_m):
    drawn = dirty(seed, area_m2, by_m)
    found = drawn.arranged()
    plain = geos_recipe.arrange(drawn.site, drawn.features, drawn.labels, epsg=shapes.EPSG)
    slack_u = 1e4 * drawn.bound_m2 + (len(found) + len(plain)) / 2
    for label in (0, *drawn.labels):
        sums = [a.area_plane_u[a.cover_face[a.cover_label == label]].sum() for a in (found, plain)]
        assert abs(sums[0] - sums[1]) <= slack_u
    mine, others = _by_cover(found), _by_cover(plain)
    for cover in mine.keys() | others.keys():
        assert abs(mine[cover] - others[cover]) <= slack_u  # a cover that only one knows has next to no area


def _by_cover(found: Arrangement) -> Counter:
    areas: Counter = Counter()
    for cover, area in zip(found.covers(), found.area_plane_u.tolist(), strict=True):
        areas[cover] += area
    return areas


@pytest.mark.parametrize("off_m", [-130_000.0, -80_000.0, 0.0, 35.0, 80_000.0])
@pytest.mark.parametrize("northing_m", [1_000.0, 2_000_000.0, 3_846_000.0, 5_900_000.0])
def test_areas_on_the_ellipsoid_are_those_of_areas_m2_to_a_hundred_millionth(off_m, northing_m):
    x, y = 500_000.0 + off_m - shapes.ORIGIN[0], northing_m - shapes.ORIGIN[1]
    for side_m in (100.0, 3_300.0, 40_000.0):
        site = shapely.affinity.rotate(shapes.square(side_m, x, y), 20)
        cutter = shapely.affinity.rotate(shapes.rectangle(side_m, side_m / 3, x, y + side_m / 5), -33)
        found = Case([site], np.array([cutter]), np.array([1])).arranged()
        exact_m2 = areas_m2(found.faces, shapes.EPSG)
        assert (np.abs(found.area_u / 1e4 - exact_m2) <= 0.5e-4 + 1e-8 * exact_m2).all()
        whole_m2 = float(areas_m2(np.array([site]), shapes.EPSG)[0])
        rounding_m2 = grid_for(site.bounds) * site.length
        assert found.area_u.sum() / 1e4 == pytest.approx(whole_m2, abs=1e-8 * whole_m2 + rounding_m2)


@given(st.floats(0, 6_000_000), st.floats(1, 150_000))
def test_the_curvature_polynomial_is_the_series(low_m, extent_m):
    centre_m, coefficients = curvature_series(low_m, low_m + extent_m)
    northings_m = np.linspace(low_m, low_m + extent_m, 50)
    series = _curvature_by_series(northings_m)
    assert (np.abs(np.polynomial.polynomial.polyval(northings_m - centre_m, coefficients) / series - 1) < 5e-14).all()


def test_a_feature_beyond_the_grid_is_arranged_by_the_plain_recipe_and_the_result_says_so():
    endless = shapes.polygon((-800_000, 50), (800_000, 50), (800_000, 900_000), (-800_000, 900_000))
    found = arrange([shapes.SQUARE], np.array([endless]), np.array([1]), epsg=shapes.EPSG)
    assert (found.fallback, found.engine) == ("too_far", geos_recipe.ENGINE)
    assert found.area_plane_u[found.cover_face[found.cover_label == 1]].sum() == 5_000 * 10_000


def test_a_site_too_large_for_areas_in_64_bits_is_arranged_by_the_plain_recipe():
    found = arrange([shapes.square(220_000.0)], np.array([shapes.square(7_000)]), np.array([1]), epsg=shapes.EPSG)
    assert (found.fallback, found.engine) == ("too_large", geos_recipe.ENGINE)
    assert found.area_plane_u.sum() == 220_000**2 * 10_000


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_coordinate_that_is_no_number_is_no_coordinate_of_the_grid(value):
    broken = shapely.Polygon([(0, 0), (value, 0), (0, 1)])
    with pytest.raises(integer_recipe.Fault, match="too_far"):
        integer_recipe.append(_kernels.Rings(), np.array([broken]), np.array([1]), _frame())


def _frame() -> arrangement.Frame:
    return arrangement.Frame.around(shapes.SQUARE.bounds, 1e-5)


@pytest.mark.parametrize("reason", ["not_planar", "covers_open", "sums_differ", "moved_too_far", "too_far"])
def test_whatever_the_exact_arrangement_fails_by_the_plain_one_takes_over_and_says_why(monkeypatch, reason):
    def fail(*_args, **_kwargs):
        raise integer_recipe.Fault(reason)

    drawn = Case([shapes.SQUARE], np.array([shapes.rectangle(30, 100)]), np.array([1]))
    exact = drawn.arranged()
    monkeypatch.setattr(integer_recipe, "arrange", fail)
    found = arrange(drawn.site, drawn.features, drawn.labels, epsg=shapes.EPSG)
    assert (found.fallback, found.engine) == (reason, geos_recipe.ENGINE)
    assert found.area_u.tolist() == exact.area_u.tolist()
    assert found.covers() == exact.covers()


def test_a_site_that_vanishes_is_refused_and_not_tried_again(monkeypatch):
    monkeypatch.setattr(geos_recipe, "arrange", lambda *_args, **_kwargs: pytest.fail("the plain recipe was asked"))
    with pytest.raises(TooComplex):
        arrange([shapes.square(1e-6)], np.zeros(0, object), np.zeros(0, int), epsg=shapes.EPSG)


def faults(*rings: list[tuple[int, int]]) -> str:
    """The fault of an arrangement of rings, the first of which is the site; nothing is closed for them."""
    given = _kernels.Rings()
    for label, ring in enumerate(rings):
        points = np.array(ring, np.int64)
        given.append(points, np.array([0, len(points)]), np.array([label], np.int32), np.array([1], np.int8))
    return _kernels.arrange(given, 1, (0, 0, 8, 8), fuzz.FLAT).fault


BOX = [(0, 0), (8, 0), (8, 8), (0, 8), (0, 0)]


def test_rings_that_do_not_close_are_told_by_the_arrangement_s_own_checks():
    assert faults(BOX) == ""
    assert faults(BOX, [(0, 4), (4, 5), (8, 4)]) == "covers_open"  # parts the box, and bounds nothing
    assert faults(BOX, [(2, 4), (4, 5), (6, 4)]) == "not_planar"  # hangs in the air
    assert faults([(0, 0), (8, 0), (0, 0)]) == "nothing_left"  # there and back
