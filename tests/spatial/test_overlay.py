"""What each layer answers (check.md §5), and fragments from faces (check.md §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import rotate, translate

from spatialhub.spatial.candidates import Candidates, Terms
from spatialhub.spatial.overlay import Overlay, overlay
from spatialhub.spatial.regions import EVERYWHERE as ALL
from spatialhub.spatial.regions import Regions
from spatialhub.spatial.site_lines import SiteLines
from spatialhub.spatial.statuses import FOUND
from tests import shapes
from tests.spatial.drawn import Drawn
from tests.worlds import AREAS_M2, world

SEEDS = st.integers(0, 2**32 - 1)
AREAS = st.sampled_from(AREAS_M2)
EVERYWHERE = shapes.square(200_000.0, -100_000, -100_000)


@dataclass(frozen=True)
class Layer:
    """A layer near the site, by name: features, their geometries and whether each is a floor."""

    layer: str
    geometries: np.ndarray
    features: tuple[str, ...]
    floor: tuple[bool, ...]
    coverage: shapely.Geometry | None
    floor_layer: bool = False
    tessellates: bool = False


@dataclass(frozen=True)
class Row:
    """A layer's answer by name: `features` id → (area_u, area_plane_u)."""

    layer: str
    found: str
    area_u: int
    area_plane_u: int
    unchecked_u: int
    suspected_digitising_error: bool
    features: dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Piece:
    """A fragment by name."""

    covers: tuple[tuple[str, str], ...]
    unchecked: tuple[str, ...]
    outside: bool
    mismatch: bool
    area_u: int
    area_plane_u: int


class Laid:
    """An overlay with names."""

    def __init__(self, result: Overlay, layers: Sequence[Layer], names: Sequence[tuple[str, str]]) -> None:
        self.overlay, self._given, self._names = result, layers, names
        self.area_u, self.area_plane_u, self.outside_u = result.area_u, result.area_plane_u, result.outside_u
        self.merged_faces, self.mismatch_u = result.joined.merged, result.mismatch_u
        self.moved_u = {"/".join(self._name(label)): units for label, units in result.moved_u.items()}
        self.layers = [self._row(number, layer) for number, layer in enumerate(layers)]
        pieces = [self._piece(number) for number in range(len(result.joined))]
        self.pieces = sorted(pieces, key=lambda piece: (piece.covers, piece.area_u))

    def _name(self, label: int) -> tuple[str, str]:
        return self._names[label - self.overlay.labels.first]

    def _row(self, number: int, layer: Layer) -> Row:
        result, sums = self.overlay, self.overlay.layers
        own = [i for i, (key, _) in enumerate(self._names) if key == layer.layer and result.touched[i]]
        return Row(
            layer.layer,
            FOUND[sums.code[number]],
            int(sums.area_u[number]),
            int(sums.area_plane_u[number]),
            int(sums.unchecked_u[number]),
            bool(sums.suspected[number]),
            {self._names[i][1]: (int(result.feature_u[i]), int(result.feature_plane_u[i])) for i in own},
        )

    def _piece(self, number: int) -> Piece:
        result = self.overlay
        labels, around = result.covers(int(result.key_face[number])), result.labels.around
        inside = {ALL, *(label - result.labels.parts for label in labels if label >= result.labels.parts)}
        places = zip(self._given, around.of_layer.tolist(), strict=True)
        return Piece(
            tuple(sorted(self._name(label) for label in labels if label >= result.labels.first)),
            tuple(sorted(layer.layer for layer, place in places if place not in inside)),
            around.jurisdiction not in inside,
            bool(result.mismatch[number]),
            int(result.fragment_u[number]),
            int(result.fragment_plane_u[number]),
        )


def a_layer(*geometries, layer="line_green", floor=False, coverage=EVERYWHERE, tessellates=False) -> Layer:
    return Layer(
        layer=layer,
        geometries=np.array(geometries, dtype=object),
        features=tuple(f"f{number}" for number in range(1, len(geometries) + 1)),
        floor=(floor,) * len(geometries),
        coverage=coverage,
        floor_layer=floor,
        tessellates=tessellates,
    )


def laid(site, *layers: Layer, jurisdiction=None) -> Laid:
    names = list(dict.fromkeys((layer.layer, feature) for layer in layers for feature in layer.features))
    number = {layer.layer: i for i, layer in enumerate(layers)}
    floors = {(row.layer, id): floor for row in layers for id, floor in zip(row.features, row.floor, strict=True)}
    shape_names = [(layer.layer, feature) for layer in layers for feature in layer.features]
    candidates = Candidates(
        layer=np.array([number[key] for key, _ in names], np.int64),
        row=np.arange(len(names)),
        floor=np.array([floors[name] for name in names], bool),
        source=Drawn(
            np.concatenate([np.zeros(0, object), *(layer.geometries for layer in layers)]),
            np.array([names.index(name) for name in shape_names], np.int64),
        ),
    )
    terms = Terms.of(
        floor=[layer.floor_layer for layer in layers],
        resolution_m=[0.001] * len(layers),
        trace_below_m2=[1.0] * len(layers),
        trace_narrower_than_m=[0.1] * len(layers),
        tessellates=[layer.tessellates for layer in layers],
    )
    regions = Regions.of([layer.coverage for layer in layers], jurisdiction)
    lines = SiteLines.of([site])
    laid_over = overlay(lines, candidates, terms, regions, frame=lines.frame(), epsg=shapes.EPSG)
    return Laid(laid_over, layers, names)


def found(result: Laid, layer: str = "line_green") -> str:
    return next(row.found for row in result.layers if row.layer == layer)


def layers_of(seed: int, area_m2: float):
    here = world(seed, area_m2)
    floors = {"blobs": True}
    layers = [
        a_layer(*geometries, layer=name, floor=floors.get(name, False), tessellates=name == "tessellation")
        for name, geometries in here.layers.items()
    ]
    return here.site, layers


# --- identities ------------------------------------------------------------------------------------------------------


@given(SEEDS, AREAS)
def test_fragments_sum_to_the_site_and_no_union_exceeds_it(seed, area_m2):
    site, layers = layers_of(seed, area_m2)
    result = laid(site, *layers)
    assert sum(piece.area_u for piece in result.pieces) == result.area_u
    assert sum(piece.area_plane_u for piece in result.pieces) == result.area_plane_u
    for row in result.layers:
        own = sum(area_u for area_u, _ in row.features.values())
        assert max((area for area, _ in row.features.values()), default=0) <= row.area_u <= min(own, result.area_u)


@given(SEEDS, AREAS)
def test_fragments_of_a_hit_layer_sum_to_its_union_but_for_what_merging_moved(seed, area_m2):
    site, layers = layers_of(seed, area_m2)
    result = laid(site, *layers)
    for row in result.layers:
        if row.found != "hit" or row.layer == "tessellation":
            continue
        pieces = sum(p.area_u for p in result.pieces if any(layer == row.layer for layer, _ in p.covers))
        moved = sum(units for name, units in result.moved_u.items() if name.startswith(row.layer))
        assert abs(pieces - row.area_u) <= moved


@given(SEEDS, AREAS)
def test_fragments_of_a_feature_sum_to_its_area_but_for_what_merging_moved(seed, area_m2):
    site, layers = layers_of(seed, area_m2)
    result = laid(site, *layers)
    for row in result.layers:
        for feature, (area_u, _) in row.features.items():
            pieces = sum(p.area_u for p in result.pieces if (row.layer, feature) in p.covers)
            if row.found == "hit" and row.layer != "tessellation":
                assert abs(pieces - area_u) <= result.moved_u.get(f"{row.layer}/{feature}", 0)


@given(SEEDS, AREAS)
def test_a_floor_that_hits_has_a_fragment_and_merging_never_moves_it(seed, area_m2):
    site, layers = layers_of(seed, area_m2)
    result = laid(site, *layers)
    floor = next(row for row in result.layers if row.layer == "blobs")
    if floor.found == "hit":
        pieces = sum(p.area_u for p in result.pieces if any(layer == "blobs" for layer, _ in p.covers))
        assert pieces == floor.area_u > 0
    assert not any(name.startswith("blobs/") for name in result.moved_u)


@given(SEEDS, AREAS)
def test_order_of_layers_changes_no_number(seed, area_m2):
    site, layers = layers_of(seed, area_m2)
    first, second = laid(site, *layers), laid(site, *reversed(layers))
    assert {row.layer: (row.found, row.area_u) for row in first.layers} == {
        row.layer: (row.found, row.area_u) for row in second.layers
    }
    assert [(p.covers, p.area_u, p.mismatch) for p in first.pieces] == [
        (p.covers, p.area_u, p.mismatch) for p in second.pieces
    ]


@given(SEEDS, AREAS, st.floats(0, 360))
def test_cutting_a_feature_anywhere_keeps_area_and_status(seed, area_m2, angle):
    site, layers = layers_of(seed, area_m2)
    target = layers[0]
    knife = rotate(shapes.rectangle(1e6, 1e6, 0, area_m2**0.5 / 2), angle, origin=site.centroid)
    halves = [shapely.intersection(target.geometries[0], knife), shapely.difference(target.geometries[0], knife)]
    polygons = [part for half in halves for part in shapely.get_parts(half) if part.geom_type == "Polygon"]
    cut = Layer(
        "blobs",
        np.array([*polygons, *target.geometries[1:]], dtype=object),
        (*("f1" for _ in polygons), *target.features[1:]),
        (True,) * (len(polygons) + len(target.geometries) - 1),
        EVERYWHERE,
        floor_layer=True,
    )
    whole, parts = laid(site, *layers).layers[0], laid(site, cut, *layers[1:]).layers[0]
    bound_u = 1e4 * max(1e-6 * site.area, 1e-4 * (site.length + knife.intersection(site).length)) + 20
    assert whole.found == parts.found
    assert abs(whole.area_u - parts.area_u) <= bound_u


def test_a_feature_cut_through_existing_vertices_gives_equal_numbers():
    zigzag = shapes.polygon((10, 10), (50, 20), (90, 10), (80, 55), (90, 90), (50, 85), (10, 90), (25, 40))
    ring = list(zigzag.exterior.coords)
    first, second = shapely.Polygon([*ring[1:6], ring[1]]), shapely.Polygon([*ring[5:], ring[1], ring[5]])
    whole = laid(shapes.SQUARE, a_layer(zigzag))
    cut = Layer("line_green", np.array([first, second]), ("f1", "f1"), (False, False), EVERYWHERE)
    assert laid(shapes.SQUARE, cut).layers[0].area_u == whole.layers[0].area_u
    assert [p.area_u for p in laid(shapes.SQUARE, cut).pieces] == [p.area_u for p in whole.pieces]


# --- hit, trace, adjacent, clear -------------------------------------------------------------------------------------


def test_millimetre_rounded_neighbours_are_adjacent_not_hits_for_floors_too():
    for angle in range(0, 90, 7):
        both = rotate(shapes.rectangle(286, 143), angle, origin=shapes.at((0, 0))[0])
        middle = [np.array(both.exterior.coords[i]) for i in range(4)]
        low, high = (middle[0] + middle[1]) / 2, (middle[2] + middle[3]) / 2
        site = shapes.to_millimetre(shapely.Polygon([middle[0], low, high, middle[3]]))
        shared = [low + (high - low) * t for t in (0.0, 0.31, 0.77, 1.0)]
        neighbour = shapes.to_millimetre(shapely.Polygon([*shared, middle[2], middle[1]]))
        for floor in (False, True):
            assert found(laid(site, a_layer(neighbour, floor=floor))) in ("adjacent", "nothing")


def test_an_overlap_of_one_millimetre_along_a_border_is_adjacent_and_listed_with_its_area():
    neighbour = shapes.rectangle(50, 100, 99.999, 0)
    result = laid(shapes.SQUARE, a_layer(neighbour, floor=True))
    assert found(result) == "adjacent"
    assert result.layers[0].area_plane_u == 1_000  # 0.1 m²
    assert [piece.covers for piece in result.pieces] == [()]


def test_three_hundred_pieces_below_tolerance_are_still_a_hit():
    pieces = [shapes.rectangle(1.0, 0.9, 3 * column, 4 * row) for column in range(20) for row in range(15)]
    result = laid(shapes.SQUARE, a_layer(*pieces))
    assert found(result) == "hit"
    assert result.layers[0].area_plane_u == 270 * 10_000


def test_less_than_a_square_metre_of_a_control_line_is_a_trace():
    assert found(laid(shapes.SQUARE, a_layer(shapes.square(0.99, 50, 50)))) == "trace"


def test_a_narrow_strip_of_less_than_ten_square_metres_is_a_trace_and_a_wider_one_a_hit():
    assert found(laid(shapes.SQUARE, a_layer(shapes.rectangle(90, 0.09, 5, 50)))) == "trace"
    assert found(laid(shapes.SQUARE, a_layer(shapes.rectangle(50, 0.12, 5, 50)))) == "hit"


def test_a_floor_has_no_trace_band_and_a_hit_below_one_square_metre_is_marked():
    result = laid(shapes.SQUARE, a_layer(shapes.square(0.1, 50, 50), floor=True))
    assert found(result) == "hit"
    assert result.layers[0].suspected_digitising_error
    assert [piece.covers for piece in result.pieces if piece.covers] == [(("line_green", "f1"),)]


def test_touching_without_overlap_is_nothing():
    assert found(laid(shapes.SQUARE, a_layer(shapes.square(50, 100, 0)))) == "nothing"


@given(st.floats(1.0, 500.0), st.floats(0, 90), st.floats(0, 60), st.floats(0, 60))
def test_an_overlap_from_one_square_metre_up_is_never_missed(area_m2, angle, x, y):
    width = area_m2**0.5
    inside = rotate(shapes.square(width, x + 10, y + 10), angle)
    result = laid(shapes.SQUARE, a_layer(inside, floor=True))
    expected = shapely.intersection(shapes.SQUARE, inside).area
    assert abs(result.layers[0].area_plane_u / 1e4 - expected) < 0.01
    if expected >= 1.0:
        assert found(result) == "hit"


# --- coverage --------------------------------------------------------------------------------------------------------


@given(st.floats(0.0, 100.0))
def test_nothing_outside_a_coverage_is_ever_clear(reach):
    coverage = shapes.rectangle(1_000 + reach, 2_000, -1_000, -1_000)
    result = laid(shapes.SQUARE, a_layer(coverage=coverage))
    row = result.layers[0]
    assert row.found == "nothing"
    assert abs(row.unchecked_u / 1e4 - (100 - reach) * 100) <= 0.3 + 0.01
    blind = sum(piece.area_u for piece in result.pieces if piece.unchecked)
    assert blind == row.unchecked_u or row.unchecked_u < 100


def test_a_layer_without_a_version_is_unchecked_everywhere():
    result = laid(shapes.SQUARE, a_layer(coverage=None))
    assert result.layers[0].unchecked_u == result.area_u


def test_a_hole_in_the_coverage_is_unchecked():
    hole = list(shapes.square(20, 40, 40).exterior.coords)
    coverage = shapely.Polygon(EVERYWHERE.exterior.coords, [hole])
    result = laid(shapes.SQUARE, a_layer(coverage=coverage))
    assert abs(result.layers[0].unchecked_u / 1e4 - 400) < 0.1


def test_the_part_outside_the_jurisdiction_is_counted_and_cut_off():
    result = laid(shapes.SQUARE, a_layer(), jurisdiction=shapes.rectangle(70, 200, 0, -50))
    assert abs(result.outside_u / 1e4 - 3_000) < 0.3
    assert {piece.outside for piece in result.pieces} == {False, True}


# --- slivers and mismatch --------------------------------------------------------------------------------------------


def test_a_sliver_joins_a_neighbour_under_the_same_floors():
    greens = a_layer(shapes.rectangle(60, 100, 0, 0), layer="line_green")
    blues = a_layer(shapes.rectangle(40, 50, 60.00001, 0), shapes.rectangle(40, 50, 60, 50), layer="line_blue")
    result = laid(shapes.SQUARE, greens, blues)
    assert result.merged_faces == 1
    assert {piece.covers for piece in result.pieces} == {
        (("line_blue", "f1"),), (("line_blue", "f2"),), (("line_green", "f1"),)
    }  # fmt: skip
    assert set(result.moved_u.values()) == {5}  # 1e-5 m x 50 m
    assert sum(piece.area_u for piece in result.pieces) == result.area_u


def test_a_merge_never_hides_a_floor():
    floor = a_layer(shapes.square(0.05, 50, 50), layer="eco_redline", floor=True)
    green = a_layer(shapes.rectangle(60, 100), layer="line_green")
    result = laid(shapes.SQUARE, floor, green)
    assert any(layer == "eco_redline" for piece in result.pieces for layer, _ in piece.covers)


def test_gaps_and_overlaps_below_two_centimetres_in_a_tessellation_are_mismatch():
    left, right = shapes.rectangle(49.99, 200, -0.0, -50), shapes.rectangle(100, 200, 50, -50)
    gap = laid(shapes.SQUARE, a_layer(left, right, tessellates=True))
    assert abs(gap.mismatch_u / 1e4 - 1.0) < 0.01
    assert [piece.mismatch for piece in gap.pieces].count(True) == 1
    double = laid(shapes.SQUARE, a_layer(translate(left, 0.025), right, tessellates=True))
    assert abs(double.mismatch_u / 1e4 - 1.5) < 0.01
    wide = laid(shapes.SQUARE, a_layer(translate(left, -0.5), right, tessellates=True))
    assert wide.mismatch_u == 0


def test_the_rounded_edge_of_a_neighbouring_parcel_designates_nothing():
    own, neighbour = shapes.rectangle(100, 300, 0, -100), shapes.rectangle(100, 300, 99.999, -100)
    result = laid(shapes.SQUARE, a_layer(own, neighbour, tessellates=True))
    assert {piece.covers for piece in result.pieces} == {(("line_green", "f1"),)}
    assert result.layers[0].features["f2"][1] == 1_000  # listed with its area all the same
