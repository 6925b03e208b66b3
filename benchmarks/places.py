"""Sites to measure: rectangles turned at random and a corridor, to a millimetre, inside what the city's survey covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.spatial.model import Areal, Form, Site, SitePart

SEED = 20190817
CORRIDOR = "50 km corridor"
CORRIDOR_LENGTH_M, CORRIDOR_WIDTH_M, CORRIDOR_STEP_M = 50_000.0, 40.0, 500.0
HOUSING, ROAD = "070102", "1202"
_TRIES = 2_000


@dataclass(frozen=True, slots=True)
class Size:
    """A row of the tables. `area_m2` None: the corridor."""

    name: str
    area_m2: float | None


SIZES = (
    Size("0.1 ha", 1e3),
    Size("1 ha", 1e4),
    Size("10 ha", 1e5),
    Size("1 km²", 1e6),
    Size("20 km²", 2e7),
    Size(CORRIDOR, None),
)


def places(size: Size, count: int, inside: Geometry, epsg: int, seed: int = SEED) -> list[Site]:
    """`count` sites of a size, the same for the same seed; wholly inside `inside` where such a place is found."""
    # Each size has a stream of its own: leaving a size out does not move the others.
    rng = np.random.default_rng([seed, SIZES.index(size) if size in SIZES else len(SIZES)])
    shapely.prepare(inside)
    return [_site(rng, size, inside, epsg, number) for number in range(count)]


def rectangle(rng: np.random.Generator, inside: Geometry, area_m2: float) -> Areal:
    """A rectangle of an area in m², sides 5 : 4, turned at random."""
    box = inside.bounds
    side = float(np.sqrt(area_m2))
    turned = shapely.box(box[0], box[1], box[2], box[3])
    for _ in range(_TRIES):
        x, y = rng.uniform(box[0], max(box[0], box[2] - side)), rng.uniform(box[1], max(box[1], box[3] - side))
        turned = shapely.affinity.rotate(shapely.box(x, y, x + side * 1.25, y + side * 0.8), rng.uniform(0, 90))
        if inside.contains(turned):
            break
    return _millimetre(turned)


def corridor(
    rng: np.random.Generator, inside: Geometry, length_m: float = CORRIDOR_LENGTH_M, width_m: float = CORRIDOR_WIDTH_M
) -> Areal:
    """A band along a line that winds through `inside`; where the city is small it may cross itself."""
    steps = round(length_m / CORRIDOR_STEP_M)
    point = np.array(_point_in(rng, inside))
    heading = rng.uniform(0, 2 * np.pi)
    line = [point]
    for _ in range(steps):
        heading, point = _onward(rng, inside, point, heading)
        line.append(point)
    band = shapely.buffer(shapely.LineString(line), width_m / 2, cap_style="flat", join_style="mitre")
    parts = shapely.get_parts(shapely.make_valid(_millimetre(band), method="structure"))
    return max(parts, key=lambda part: part.area)


def _site(rng: np.random.Generator, size: Size, inside: Geometry, epsg: int, number: int) -> Site:
    if size.area_m2 is None:
        part = SitePart(1, corridor(rng, inside), use=ROAD, form=Form.LINEAR)
    else:
        part = SitePart(1, rectangle(rng, inside, size.area_m2), use=HOUSING)
    return Site(f"{size.name} #{number}", (part,), epsg)


def _point_in(rng: np.random.Generator, inside: Geometry) -> tuple[float, float]:
    box = inside.bounds
    while True:
        x, y = rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])
        if shapely.contains_xy(inside, x, y):
            return x, y


def _onward(
    rng: np.random.Generator, inside: Geometry, point: np.ndarray, heading: float
) -> tuple[float, np.ndarray]:
    """The next heading and vertex: nearly straight on, turning as much as it must to stay inside."""
    for turn in np.concatenate([np.full(4, 0.12), np.linspace(0.3, np.pi, 60)]):
        tried = heading + rng.normal(0, turn)
        there = point + CORRIDOR_STEP_M * np.array([np.cos(tried), np.sin(tried)])
        if inside.contains(shapely.LineString([point, there]).buffer(CORRIDOR_WIDTH_M)):
            return tried, there
    return heading + np.pi / 2, point + 1.0


def _millimetre(geometry: Areal) -> Areal:
    return shapely.transform(geometry, lambda coords: coords.round(3))
