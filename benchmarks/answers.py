"""What contestants answer, and whether they agree within check.md §4: a peer's time counts only where it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SHARE = 1e-6


@dataclass(frozen=True, slots=True)
class LayerAnswer:
    """Plane areas in m²: of the union of a layer's features inside the site, and of each feature by id. `boundary_m`
    is the length of the boundaries that were cut, where it is known."""

    union_m2: float
    features: Mapping[str, float]
    boundary_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """All layers by key. `site_m2`, `grid_m` and `fragments` are what ours says of itself; 0 for a peer."""

    layers: Mapping[str, LayerAnswer]
    site_m2: float = 0.0
    grid_m: float = 0.0
    fragments: int = 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """Largest difference of any area as a share of the site; `broken` names the first beyond the bound, else empty."""

    largest: float
    broken: str = ""


_NOTHING = LayerAnswer(0.0, {})


def compare(ours: Answer, theirs: Answer) -> Agreement:
    """Hold every layer's and every feature's area against ours.

    The bound is 1e-6 of the site or `grid_m` x boundary length, whichever is larger.
    """
    largest, broken = 0.0, ""
    for key in sorted({*ours.layers, *theirs.layers}):
        mine, other = ours.layers.get(key, _NOTHING), theirs.layers.get(key, _NOTHING)
        bound = max(SHARE * ours.site_m2, ours.grid_m * max(mine.boundary_m, other.boundary_m))
        for what, a, b in _pairs(mine, other):
            difference = abs(a - b)
            largest = max(largest, difference)
            if difference > bound and not broken:
                broken = f"{key} {what}: {a:.6f} and {b:.6f} m², bound {bound:.2g}".replace("  ", " ")
    return Agreement(largest / ours.site_m2 if ours.site_m2 else 0.0, broken)


def _pairs(mine: LayerAnswer, other: LayerAnswer):
    yield "union", mine.union_m2, other.union_m2
    for id in sorted({*mine.features, *other.features}):
        yield id, mine.features.get(id, 0.0), other.features.get(id, 0.0)
