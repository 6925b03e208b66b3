"""What each layer answers: hit, trace, adjacent or nothing, judged on the layer's total (check.md §5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from spatialhub.spatial.candidates import Terms
from spatialhub.spatial.planar import UNITS_PER_M2, Arrangement
from spatialhub.spatial.thin import vanishing

TRACE_TOTAL_FACTOR = 10
DIGITISING_ERROR_M2 = 1.0
NOTHING, ADJACENT, TRACE, HIT = range(4)
FOUND = ("nothing", "adjacent", "trace", "hit")


@dataclass(frozen=True)
class LayerSums:
    """Answers of all layers, arrays (layers,): `code` one of NOTHING … HIT; areas int64 in units of 1e-4 m², each the
    union of the layer's features; `floor_u` that of its floors alone; `suspected` bool a floor hit below 1 m²."""

    code: np.ndarray
    area_u: np.ndarray
    area_plane_u: np.ndarray
    unchecked_u: np.ndarray
    floor_u: np.ndarray
    suspected: np.ndarray


class Covered(Protocol):
    """Covers of an arrangement by features: pairs of `face` and candidate `label` with its `layer`, sorted; `present`
    the candidates that cover a face; `unchecked` bool (layers, faces); `radius_m` as `thin.inscribed_m`."""

    arrangement: Arrangement
    terms: Terms
    face: np.ndarray
    label: np.ndarray
    layer: np.ndarray
    radius_m: np.ndarray
    unchecked: np.ndarray

    @property
    def labels(self): ...

    @property
    def present(self) -> np.ndarray: ...


def sums(group: np.ndarray, units: np.ndarray, count: int) -> np.ndarray:
    """Sum whole units by group, int64 (count,): exact, a city is below 2^53 units."""
    return np.bincount(group, weights=units, minlength=count).astype(np.int64)


def judge(covered: Covered, thin: np.ndarray) -> LayerSums:
    """Answer for all layers; `thin` bool (candidates,) are features of tessellating layers that only touch."""
    arrangement, terms, found = covered.arrangement, covered.terms, covered.labels.candidates
    layers = len(terms)
    face, layer = _once(covered.face, covered.layer)
    area_u = sums(layer, arrangement.area_u[face], layers)
    solid = (found.floor & ~thin)[covered.label]
    floor_face, floor_layer = _once(covered.face[solid], covered.layer[solid])
    floor_u = sums(floor_layer, arrangement.area_u[floor_face], layers)
    counting = np.bincount(found.layer[covered.present & ~thin], minlength=layers) > 0
    code = _codes(covered, face, layer, area_u, terms.tessellates & ~counting)
    return LayerSums(
        code=code,
        area_u=area_u,
        area_plane_u=sums(layer, arrangement.area_plane_u[face], layers),
        unchecked_u=(covered.unchecked @ arrangement.area_u),
        floor_u=np.where(code == HIT, floor_u, 0),
        suspected=(code == HIT) & (floor_u > 0) & (floor_u < DIGITISING_ERROR_M2 * UNITS_PER_M2),
    )


def _once(face: np.ndarray, layer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of face and layer, each once; they come sorted."""
    new = np.ones(len(face), bool)
    new[1:] = (face[1:] != face[:-1]) | (layer[1:] != layer[:-1])
    return face[new], layer[new]


def _codes(
    covered: Covered, face: np.ndarray, layer: np.ndarray, area_u: np.ndarray, all_thin: np.ndarray
) -> np.ndarray:
    arrangement, radius_m, terms = covered.arrangement, covered.radius_m, covered.terms
    code = np.full(len(terms), HIT)
    code[np.bincount(layer, minlength=len(terms)) == 0] = NOTHING
    adjacent = all_thin | vanishing(arrangement, radius_m, face, layer, terms.adjacent_m)
    code[(code == HIT) & adjacent] = ADJACENT
    band = (code == HIT) & ~terms.floor
    code[band & (area_u < terms.trace_below_u)] = TRACE
    narrow = (code == HIT) & band & (area_u < TRACE_TOTAL_FACTOR * terms.trace_below_u)
    if narrow.any():
        asked = narrow[layer]
        gone = vanishing(arrangement, radius_m, face[asked], layer[asked], terms.trace_half_m)
        code[narrow & gone] = TRACE
    return code
