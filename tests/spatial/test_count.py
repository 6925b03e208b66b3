"""Answers of layers and fragments from covers: the kernel against the slow and obvious way (check.md §4, §5)."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import translate

from spatialhub.spatial import _kernels
from spatialhub.spatial.arrangement import UNITS_PER_M2
from spatialhub.spatial.candidates import SLIVER_M2, SLIVER_SHARE, Candidates, Terms
from spatialhub.spatial.fragments import distinct_covers
from spatialhub.spatial.overlay import Overlay, overlay
from spatialhub.spatial.regions import Regions
from spatialhub.spatial.site_lines import SiteLines
from spatialhub.spatial.statuses import FOUND, HIT
from tests import shapes
from tests.spatial.drawn import Drawn
from tests.spatial.plain_count import plain_count
from tests.worlds import world

AREAS_M2 = st.sampled_from((50.0, 400.0, 10_000.0, 250_000.0))


def laid(seed: int, area_m2: float) -> tuple[Overlay, Terms]:
    """A random world of six layers: thin and tiny features beside large ones, floors among others, coverages that cut
    the site, a jurisdiction that does."""
    here, rng = world(seed, area_m2), np.random.default_rng(seed)
    layers = [here.layers["blobs"], here.layers["strips"], here.layers["tessellation"], here.layers["giant"]]
    layers += [_slivers(rng, here.site), _shaken(rng, here.layers["tessellation"])]
    tessellates = [False, False, True, False, False, True]
    floor_layer = [True, False, False, False, rng.random() < 0.5, False]
    number = np.repeat(np.arange(len(layers)), [len(row) for row in layers])
    floor = np.array(floor_layer)[number] | (rng.random(len(number)) < 0.3) & np.array(tessellates)[number]
    drawn = np.array([shape for row in layers for shape in row], dtype=object)
    candidates = Candidates(number, np.arange(len(number)), floor, Drawn(drawn, np.arange(len(number))))
    terms = Terms.of(
        floor=floor_layer,
        resolution_m=rng.choice([0.001, 0.1, 2.0], len(layers)),
        trace_below_m2=rng.choice([0.0, 1.0, 50.0], len(layers)),
        trace_narrower_than_m=rng.choice([0.1, 1.0], len(layers)),
        tessellates=tessellates,
    )
    everywhere, half = here.site.buffer(100), _half(here.site)
    coverages = [[everywhere, half, None, here.site][int(k)] for k in rng.integers(0, 4, len(layers))]
    lines = SiteLines.of([here.site, half.intersection(here.site)] if rng.random() < 0.3 else [here.site])
    regions = Regions.of(coverages, [None, half, everywhere][int(rng.integers(0, 3))])
    return overlay(lines, candidates, terms, regions, frame=lines.frame(), epsg=shapes.EPSG), terms


def _slivers(rng: np.random.Generator, site) -> list:
    """Thin and tiny features along the site's edge and inside."""
    edge, west, south = site.boundary, *site.bounds[:2]
    side = float(np.sqrt(site.area))
    thin = [shapely.buffer(edge, float(width)) for width in rng.choice([0.0006, 0.04, 0.6], 1)]
    tiny = [shapely.box(west + x, south + y, west + x + 0.3, south + y + 0.2) for x, y in rng.random((3, 2)) * side]
    return [shapes.to_millimetre(part) for row in (*thin, *tiny) for part in shapely.get_parts(row)]


def _shaken(rng: np.random.Generator, cells: list) -> list:
    """Neighbours that overlap or leave gaps by millimetres."""
    moved = [shapes.to_millimetre(translate(cell, *rng.uniform(-0.006, 0.006, 2))) for cell in cells]
    return [cell for cell in moved if cell.is_valid and cell.area > 0][:40]


def _half(site):
    west, south, east, north = site.bounds
    return shapely.box(west - 1, south - 1, (west + east) / 2, north + 1)


@given(st.integers(0, 2**32 - 1), AREAS_M2)
def test_the_kernel_counts_as_the_slow_way_does(seed, area_m2):
    found, terms = laid(seed, area_m2)
    plain, counted = plain_count(found.arrangement, found.labels, terms), found.counted
    assert [FOUND[code] for code in counted.code] == plain.code
    assert counted.area_u.tolist() == plain.layer_u
    assert counted.unchecked_u.tolist() == plain.unchecked_u
    assert counted.floor_u.tolist() == plain.floor_u
    assert counted.suspected.tolist() == plain.suspected
    assert set(np.flatnonzero(counted.counts).tolist()) == plain.counts
    assert set(np.flatnonzero(counted.mismatch).tolist()) == plain.mismatch


@given(st.integers(0, 2**32 - 1), AREAS_M2)
def test_labels_and_fragments_sum_the_faces_they_cover(seed, area_m2):
    found, _ = laid(seed, area_m2)
    arrangement, counted = found.arrangement, found.counted
    for units, label_u in ((arrangement.area_u, counted.label_u), (arrangement.area_plane_u, counted.label_plane_u)):
        of_label = [arrangement.cover_face[arrangement.cover_label == n] for n in range(len(found.labels))]
        assert label_u.tolist() == [int(units[faces].sum()) for faces in of_label]
    of = counted.fragment
    assert counted.fragment_u.tolist() == [int(arrangement.area_u[of == n].sum()) for n in range(len(counted.key))]
    assert found.area_u == int(arrangement.area_u.sum())
    assert np.flatnonzero(counted.touched).tolist() == sorted(set(arrangement.cover_label.tolist()))


@given(st.integers(0, 2**32 - 1), AREAS_M2)
def test_fragments_are_what_joining_by_what_counts_gives(seed, area_m2):
    """`join_faces` and `distinct_rows` are held against slow ways of their own in test_fragments.py."""
    found, _ = laid(seed, area_m2)
    arrangement, labels, counted = found.arrangement, found.labels, found.counted
    number = np.arange(len(labels))
    governs = counted.counts.copy()
    governs[labels.first :] &= labels.candidates.floor
    key, first = distinct_covers(arrangement, np.where(counted.counts, number, -1), counted.mismatch)
    governing, _ = distinct_covers(arrangement, np.where(governs, number, -1), np.zeros(len(arrangement), bool))
    limit_u = min(SLIVER_M2 * UNITS_PER_M2, SLIVER_SHARE * found.area_u)
    joined = _kernels.join_faces(key, governing, arrangement.area_u, *arrangement.neighbours, limit_u)
    assert [counted.fragment.tolist(), counted.key.tolist(), counted.merged] == [
        value.tolist() if isinstance(value, np.ndarray) else value for value in joined
    ]
    assert (counted.face_key.tolist(), counted.key_first.tolist()) == (key.tolist(), first.tolist())


def test_the_random_worlds_meet_every_answer():
    met = set()
    for seed in range(60):
        found, terms = laid(seed, 10_000.0)
        met |= {(FOUND[code], bool(floor)) for code, floor in zip(found.layers.code, terms.floor, strict=True)}
        hit = (found.layers.code == HIT)[found.labels.candidates.layer]
        thin = hit & found.touched & ~found.counts[found.labels.first :]
        flags = {"suspected": found.layers.suspected, "mismatch": found.counted.mismatch, "thin": thin}
        met |= {name for name, flag in flags.items() if flag.any()}
    answers = {("trace", False), ("adjacent", False), ("adjacent", True), ("nothing", False), ("hit", True)}
    assert met >= {"suspected", "mismatch", "thin", ("hit", False), *answers}


def columns_of(arrangement) -> dict:
    table = arrangement.table
    names = ("area_u", "area_plane_u", "perimeter_m", "cover_face", "cover_label", "neighbours")
    return {name: getattr(table, name) for name in names}


def test_a_table_of_given_columns_has_them_and_the_radii_they_bound():
    found, _ = laid(1, 400.0)
    given = columns_of(found.arrangement)
    made = _kernels.FaceTable(**given)
    assert all(getattr(made, name).tolist() == given[name].tolist() for name in list(given)[:-1])
    assert [each.tolist() for each in made.neighbours] == [each.tolist() for each in given["neighbours"]]
    radius_m = (given["area_plane_u"] - 0.5) / (UNITS_PER_M2 * np.maximum(given["perimeter_m"], 1e-9))
    assert made.radius_m.tolist() == found.arrangement.table.radius_m.tolist() == radius_m.tolist()


def test_columns_of_different_length_and_faces_that_are_not_there_are_refused():
    found, terms = laid(1, 400.0)
    given = columns_of(found.arrangement)
    with pytest.raises(ValueError, match="faces differ"):
        _kernels.FaceTable(**given | {"area_u": given["area_u"][:-1]})
    with pytest.raises(ValueError, match="pairs differ"):
        _kernels.FaceTable(**given | {"cover_face": given["cover_face"][:-1]})
    with pytest.raises(ValueError, match="cover_face: no such face"):
        _kernels.FaceTable(**given | {"cover_face": given["cover_face"] + 1})
    first, second, side_m = given["neighbours"]
    with pytest.raises(ValueError, match="neighbours differ"):
        _kernels.FaceTable(**given | {"neighbours": (first[:-1], second, side_m)})
    candidates = found.labels.candidates
    with pytest.raises(ValueError, match="no such label"):
        _kernels.count_covers(
            found.arrangement.table,
            parts=1,
            regions=0,
            layer=candidates.layer[:-1],
            floor=candidates.floor[:-1],
            region_of_layer=found.labels.around.of_layer,
            terms=terms.kernel,
            ask=lambda face, group, half_m: np.zeros(len(half_m), bool),
        )
