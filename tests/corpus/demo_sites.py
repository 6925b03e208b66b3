"""Cases 0-199: sites of 0.1 ha to 20 km² on the demo city, across its edges and the edges of its coverages."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely
from shapely import Polygon

from spatialhub.check import CheckOptions
from spatialhub.demo.design import CENTRE
from spatialhub.precedence.model import Approval
from spatialhub.spatial.model import Form, SitePart
from tests.corpus import outlines
from tests.corpus.cases import Case, numbers_of, site_of, traits

# Where plans cover: the study area's east edge, the new district's west edge, the core's south edge (m, EPSG:4547).
COVERAGE_EDGES = ((476_122.0, 3_846_800.0), (470_878.0, 3_851_200.0), (467_900.0, 3_841_545.0))
_LARGE = {30: 5.0, 31: 8.0, 32: 12.0, 33: 20.0}  # km²
_KINDS = ("star", "turned", "several", "corridor", "coverage edge", "city edge", "open land", "planted")


def case(number: int) -> Case:
    rng = numbers_of(number)
    kind = "large" if number in _LARGE else _KINDS[number % len(_KINDS)]
    area_m2 = 1e6 * _LARGE.get(number, float(np.exp(rng.uniform(np.log(1e-3), np.log(0.6)))))
    parts = _parts(kind, rng, area_m2)
    rules = {0: "jiaozuo", 5: "own", 7: "foshan"}.get(number % 20, "zhengzhou")
    return Case(
        number,
        f"demo, {kind}",
        site_of(f"示例{number}", *parts),
        rules=rules,
        jurisdiction="city" if rules == "zhengzhou" or rng.random() < 0.5 else None,
        options=_options(rng),
    )


def _parts(kind: str, rng: np.random.Generator, area_m2: float) -> list[SitePart]:
    side = float(np.sqrt(area_m2))
    at = _place(kind, rng)
    if kind == "several":
        return _several(rng, at, side)
    if kind == "corridor":
        length = float(np.clip(side * 6, 200, 5_000))
        outline = outlines.corridor(rng, at, length, float(rng.uniform(6, 45)))
        return [SitePart(1, outline, **traits(rng, form=Form.LINEAR if rng.random() < 0.8 else Form.AREA))]
    if kind == "turned":
        outline = outlines.turned(rng, at, side * rng.uniform(0.5, 2), side * rng.uniform(0.5, 1.5))
        return [SitePart(1, outline, **traits(rng))]
    outline = outlines.star(rng, at, side * 0.7)
    if rng.random() < 0.3:
        outline = outlines.with_holes(rng, outline, at, side * 0.7, int(rng.integers(1, 5)))
    return [SitePart(1, outline, **traits(rng))]


def _several(rng: np.random.Generator, at: outlines.Point, side: float) -> list[SitePart]:
    """Two to four parcels, some of several polygons, some with holes; in every third site two overlap."""
    overlapping = rng.random() < 1 / 3
    parts, shared = [], traits(rng)
    for number in range(1, int(rng.integers(3, 6))):
        step = side * (0.8 if overlapping else 1.2) * (number - 1)
        middle = (at[0] + step, at[1] + side * rng.uniform(-0.2, 0.2))
        outline = outlines.star(rng, middle, side * 0.5)
        if rng.random() < 0.5:
            outline = outlines.with_holes(rng, outline, middle, side * 0.5, int(rng.integers(1, 4)))
        if rng.random() < 0.3:
            beside = (middle[0], middle[1] + side * 1.6)
            outline = outlines.apart(outline, outlines.star(rng, beside, side * 0.4))
        parts.append(SitePart(number, outline, **(shared if rng.random() < 0.5 else traits(rng))))
    return parts


def _place(kind: str, rng: np.random.Generator) -> outlines.Point:
    if kind == "coverage edge":
        x, y = COVERAGE_EDGES[int(rng.integers(len(COVERAGE_EDGES)))]
        return x, y + float(rng.integers(-600, 600))
    if kind == "city edge":
        east = _eastern_edge()[int(rng.integers(len(_eastern_edge())))]
        return float(np.round(east[0])), float(np.round(east[1]))
    reach = {"open land": 9_000, "planted": 1_500, "large": 1_000}.get(kind, 5_000)
    x, y = CENTRE + rng.integers(-reach, reach + 1, 2)
    return float(x), float(y)


@cache
def _eastern_edge() -> np.ndarray:
    """Vertices of the city's outline: sites around them lie partly outside."""
    from tests.corpus.lab import city

    polygons = shapely.get_parts(city("zhengzhou").frame.boundary)
    largest: Polygon = max(polygons, key=lambda polygon: polygon.area)
    return shapely.get_coordinates(largest.exterior)[::7]


def _options(rng: np.random.Generator) -> CheckOptions:
    minimum = float(rng.integers(500, 20_000)) if rng.random() < 0.25 else None
    approvals = ()
    if rng.random() < 0.2:
        kinds = (("farmland_pbf", "state_council_conversion"), ("eco_redline", "limited_activity_opinion"))
        layer, kind = kinds[int(rng.integers(2))]
        approvals = (Approval(layer, kind, "省政府", "〔2024〕1号", "2024-05-01", float(rng.integers(100, 2_000_000))),)
    return CheckOptions(min_area_m2=minimum, approvals=approvals)
