"""A made-up survey that tessellates exactly, and faults planted in it: what must be found is known before anyone looks.

Cells share every corner with their neighbours, to the millimetre. Faults go into cells that are three apart, so that
none touches another's neighbours; `Planted.touched` are the rows whose own or whose neighbour's outline was changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import Geometry, Polygon

from spatialhub.spatial.area import areas_m2
from tests import shapes

SIDE_M = 50.0
COLUMNS = (
    "BSM", "YSDM", "TBBH", "DLBM", "DLMC", "QSXZ", "QSDWDM", "QSDWMC", "ZLDWDM", "ZLDWMC", "TBMJ", "TBDLMJ", "SJNF",
    "MSSM",
)  # fmt: skip
TEXTS = {
    "YSDM": "2001010100", "DLMC": "水浇地", "QSXZ": "20", "QSDWDM": "4101001", "QSDWMC": "示例村",
    "ZLDWDM": "4101001", "ZLDWMC": "示例村", "SJNF": "2019", "MSSM": "00",
}  # fmt: skip
GEOMETRIC = ("gap", "overlap", "mismatch", "duplicate", "near_duplicate", "sliver", "spike", "least_area")
ATTRIBUTES = {
    "survey_mandatory": ("QSDWMC", None),
    "class_known": ("DLBM", "9999"),
    "survey_bsm_length": ("BSM", "123"),
    "survey_area_field": ("TBMJ", 5.0),
    "survey_areas_positive": ("TBDLMJ", -1.0),
    "survey_area_difference": ("TBDLMJ", 3.0),
    "survey_bsm_unique": ("BSM", None),
}
PLACES = ("edge_gap", "beyond", "long_edge")


@dataclass(frozen=True)
class Expected:
    """A finding that must be there: its rule, rows that it must name, its measure and how far that may be off."""

    rule: str
    rows: frozenset[int]
    measure: float | None = None
    within: float = 0.01


@dataclass
class Planted:
    """Features (n,), their attributes, the coverage, what must be found, and rows that any finding may name."""

    geometry: list[Geometry]
    attributes: dict[str, list]
    coverage: Geometry
    expected: list[Expected] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)

    def add(self, polygon: Geometry, like: int) -> int:
        """Append a feature with the attributes of another; returns its row."""
        self.geometry.append(polygon)
        for values in self.attributes.values():
            values.append(values[like])
        row = len(self.geometry) - 1
        self.attributes["BSM"][row] = f"{900_000_000_000_000_000 + row}"
        self.measured([like, row])
        self.touched.add(row)
        return row

    def measured(self, rows: list[int]) -> None:
        """State the true areas of features whose outline was changed."""
        areas = np.round(areas_m2(np.array([self.geometry[row] for row in rows], object), shapes.EPSG), 2)
        for row, area in zip(rows, areas.tolist(), strict=True):
            self.attributes["TBMJ"][row] = self.attributes["TBDLMJ"][row] = area


def town(columns: int, rows: int, seed: int, origin: tuple[float, float] | None = None) -> tuple[Planted, np.ndarray]:
    """A sound survey of columns x rows cells, row by row, and its corners (rows + 1, columns + 1, 2)."""
    rng = np.random.default_rng(seed)
    west, south = origin or shapes.at((0.0, 0.0))[0]
    x, y = np.meshgrid(np.arange(columns + 1) * SIDE_M, np.arange(rows + 1) * SIDE_M)
    corners = np.stack([x, y], axis=-1) + rng.uniform(-12, 12, (rows + 1, columns + 1, 2))
    corners = np.round(corners + np.round([west, south]), 3)
    rings = np.stack(
        [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1], corners[:-1, :-1]], axis=2
    )
    cells = shapely.polygons(rings.reshape(-1, 5, 2))
    count = len(cells)
    areas = np.round(areas_m2(cells, shapes.EPSG), 2).tolist()
    attributes: dict[str, list] = {name: [value] * count for name, value in TEXTS.items()}
    attributes |= {
        "BSM": [f"{410_100_000_000_000_000 + at}" for at in range(count)],
        "TBBH": [f"{at:08d}" for at in range(count)],
        "DLBM": rng.choice(["0102", "0701", "1003", "0301"], count).tolist(),
        "TBMJ": areas,
        "TBDLMJ": list(areas),
    }
    outline = np.concatenate([corners[0], corners[1:, -1], corners[-1, -2::-1], corners[-2::-1, 0]])
    return Planted(list(cells), {name: attributes[name] for name in COLUMNS}, Polygon(outline)), corners


def plant(columns: int, rows: int, kinds: list[str], seed: int, origin: tuple[float, float] | None = None) -> Planted:
    """A survey with one fault of each kind that is listed, in order, as often as it is listed."""
    found, _ = town(columns, rows, seed, origin)
    rng = np.random.default_rng([seed, 1])
    spots = [(r, c) for r in range(1, rows - 1, 3) for c in range(1, columns - 1, 3)]
    order = rng.permutation(len(spots))
    inside = [kind for kind in kinds if kind not in PLACES]
    assert len(inside) <= len(spots), "town too small"
    gone: list[int] = []
    for kind, at in zip(inside, order.tolist(), strict=False):
        r, c = spots[at]
        row = r * columns + c
        around = {(r + dr) * columns + c + dc for dr in (-1, 0, 1) for dc in (-1, 0, 1)}
        if kind in ATTRIBUTES:
            _attribute(found, kind, row)
            found.touched.add(row)
            continue
        found.touched |= around
        (gone.append(row) if kind == "gap" else _PLANTERS[kind](found, row, around - {row}))
        if kind == "gap":
            area_m2 = float(areas_m2(np.array([found.geometry[row]], object), shapes.EPSG)[0])
            sides = frozenset({row - 1, row + 1, row - columns, row + columns})
            found.expected.append(Expected("gap", sides, area_m2))
    for kind in [kind for kind in kinds if kind in PLACES]:
        _OUTSIDE[kind](found)
    return _without(found, gone)


def _without(found: Planted, gone: list[int]) -> Planted:
    """Take features out: the rows of all others move up."""
    if not gone:
        return found
    keep = np.setdiff1d(np.arange(len(found.geometry)), gone)
    new = {int(old): at for at, old in enumerate(keep.tolist())}
    return Planted(
        [found.geometry[at] for at in keep],
        {name: [values[at] for at in keep] for name, values in found.attributes.items()},
        found.coverage,
        [Expected(e.rule, frozenset(new[r] for r in e.rows if r in new), e.measure, e.within) for e in found.expected],
        {new[row] for row in found.touched if row in new},
    )


def _attribute(found: Planted, kind: str, row: int) -> None:
    name, value = ATTRIBUTES[kind]
    values = found.attributes[name]
    if kind == "survey_bsm_unique":
        values[row + 1] = values[row]
        found.touched.add(row + 1)
        found.expected += [Expected(kind, frozenset({row})), Expected(kind, frozenset({row + 1}))]
        return
    measure = None
    if isinstance(value, float) and value > 0:  # a figure off by so much
        measure, value = value, values[row] + value
    values[row] = value
    found.expected.append(Expected(kind, frozenset({row}), measure, 0.02))


def _overlap(found: Planted, row: int, around: set[int]) -> None:
    """One corner pushed far into the neighbour across it."""
    coords = shapely.get_coordinates(found.geometry[row]).copy()
    middle = coords[:4].mean(axis=0)
    coords[2] = np.round(coords[2] + (coords[2] - middle) * 0.3, 3)
    found.geometry[row] = Polygon(coords)
    found.measured([row])
    for other in sorted(around):
        shared = shapely.intersection(found.geometry[row], found.geometry[other])
        area_m2 = float(areas_m2(np.array([shared], object), shapes.EPSG)[0]) if shared.area else 0.0
        if area_m2 > 1.0:
            found.expected.append(Expected("overlap", frozenset({row, other}), area_m2))


def _mismatch(found: Planted, row: int, around: set[int]) -> None:
    """One corner off by some millimetres."""
    coords = shapely.get_coordinates(found.geometry[row]).copy()
    coords[2] = np.round(coords[2] + [0.004, 0.003], 3)
    found.geometry[row] = Polygon(coords)
    found.measured([row])
    found.expected.append(Expected("mismatch", frozenset({row})))


def _duplicate(found: Planted, row: int, around: set[int]) -> None:
    """The same outline again, begun at another corner and drawn the other way round."""
    ring = shapely.get_coordinates(found.geometry[row])[:4][::-1]
    ring = np.roll(ring, 1, axis=0)
    twin = found.add(Polygon(ring), row)
    area_m2 = float(areas_m2(np.array([found.geometry[row]], object), shapes.EPSG)[0])
    found.expected.append(Expected("duplicate", frozenset({row, twin}), area_m2))


def _near_duplicate(found: Planted, row: int, around: set[int]) -> None:
    coords = shapely.get_coordinates(found.geometry[row]).copy()
    middle = coords[:4].mean(axis=0)
    coords[1] = np.round(coords[1] + (middle - coords[1]) * 0.002, 3)
    twin = found.add(Polygon(coords), row)
    found.expected.append(Expected("near_duplicate", frozenset({row, twin})))


def _sliver(found: Planted, row: int, around: set[int]) -> None:
    """A strip of some centimetres cut off along an edge, both pieces sharing their corners."""
    a, b, c, d, _ = shapely.get_coordinates(found.geometry[row])
    middle = (a + b + c + d) / 4
    foot = (a + b) / 2
    inner = np.round(foot + (middle - foot) / np.linalg.norm(middle - foot) * 0.12, 3)
    found.geometry[row] = Polygon([a, inner, b, c, d])
    strip = found.add(Polygon([a, b, inner]), row)
    found.expected.append(Expected("sliver", frozenset({strip})))


def _spike(found: Planted, row: int, around: set[int]) -> None:
    """A line that goes 8 m inward from a corner and back to a point 3 mm beside it."""
    a, b, c, d, _ = shapely.get_coordinates(found.geometry[row])
    middle = (a + b + c + d) / 4
    tip = np.round(a + (middle - a) / np.linalg.norm(middle - a) * 8, 3)
    beside = np.round(a + (b - a) / np.linalg.norm(b - a) * 0.003, 3)
    found.geometry[row] = Polygon([a, tip, beside, b, c, d])
    found.measured([row])
    found.expected.append(Expected("spike", frozenset({row})))


def _least_area(found: Planted, row: int, around: set[int]) -> None:
    """A corner of less than 200 m² cut off as a feature of its own."""
    a, b, c, d, _ = shapely.get_coordinates(found.geometry[row])
    middle = (a + b + c + d) / 4
    inner = np.round(a + (middle - a) * 0.08 + ((b + a) / 2 - a) * 0.8, 3)
    found.geometry[row] = Polygon([a, inner, b, c, d])
    small = found.add(Polygon([a, b, inner]), row)
    area_m2 = found.attributes["TBMJ"][small]
    assert area_m2 < 200
    found.expected.append(Expected("least_area", frozenset({small}), area_m2))


def _edge_gap(found: Planted) -> None:
    """A coverage that reaches 40 m further west than any feature."""
    west, south, _, north = found.coverage.bounds
    strip = shapely.box(west - 40, south, west + 20, north)
    found.coverage = shapely.union(found.coverage, strip)
    found.expected.append(Expected("edge_gap", frozenset()))


def _beyond(found: Planted) -> None:
    """A feature in nobody's coverage."""
    _, south, east, _ = found.coverage.bounds
    row = found.add(shapely.box(east + 100, south, east + 130, south + 40), 0)
    area_m2 = float(areas_m2(np.array([found.geometry[row]], object), shapes.EPSG)[0])
    found.expected.append(Expected("beyond", frozenset({row}), area_m2))


def _long_edge(found: Planted) -> None:
    """A feature 6 km long, in a coverage of its own."""
    west, south, _, _ = found.coverage.bounds
    shape = shapely.box(west, south - 400, west + 6_000, south - 340)
    row = found.add(shape, 0)
    found.coverage = shapely.union(found.coverage, shape)
    found.expected.append(Expected("long_edge", frozenset({row}), 6_000.0))


_PLANTERS: dict[str, Callable] = {
    "overlap": _overlap, "mismatch": _mismatch, "duplicate": _duplicate, "near_duplicate": _near_duplicate,
    "sliver": _sliver, "spike": _spike, "least_area": _least_area,
}  # fmt: skip
_OUTSIDE: dict[str, Callable] = {"edge_gap": _edge_gap, "beyond": _beyond, "long_edge": _long_edge}
