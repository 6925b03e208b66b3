"""From faces to answers: what each layer says (check.md §5), and the fragments on which rules run (check.md §4).

All numbers are sums of faces of one arrangement, taken for all layers and features at once. Order: areas of layers and
features; status of each layer; covers that are only adjacency or trace drop out; neighbouring faces with equal covers
become fragments; slivers join a neighbour under the same floors. Features are numbers here; names come later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from spatialhub.spatial.arrangement import Arrangement, Frame, arrange_near
from spatialhub.spatial.candidates import Candidates, Terms
from spatialhub.spatial.fragments import Joined, components, distinct_covers, join, moved_u
from spatialhub.spatial.model import Areal
from spatialhub.spatial.regions import EVERYWHERE, NOWHERE, Around, Regions
from spatialhub.spatial.statuses import HIT, LayerSums, judge, sums
from spatialhub.spatial.thin import inscribed_m, vanishing

MISMATCH_WIDTH_M = 0.02


@dataclass(frozen=True, slots=True)
class Labels:
    """How labels of the arrangement are numbered: parts, then regions that cut the site, then candidates."""

    parts: int
    around: Around
    candidates: Candidates

    @property
    def first(self) -> int:
        """Label of the first candidate."""
        return self.parts + len(self.around.cutting)

    def __len__(self) -> int:
        return self.first + len(self.candidates)


@dataclass(frozen=True)
class Overlay:
    """Everything counted in one site.

    `parts` are (area_u, area_plane_u) of each part; parts that overlap both count. `feature_u`, `feature_plane_u` int64
    (candidates,) are what each feature covers, `touched` bool (candidates,) whether it covers a face at all; `counts`
    bool (labels,) whether a label's covers decide: parts, regions, and features of hit layers that do not merely touch.
    """

    arrangement: Arrangement
    labels: Labels
    area_u: int
    area_plane_u: int
    parts: tuple[tuple[int, int], ...]
    outside_u: int
    layers: LayerSums
    feature_u: np.ndarray
    feature_plane_u: np.ndarray
    touched: np.ndarray
    counts: np.ndarray
    joined: Joined
    key_face: np.ndarray
    mismatch_face: np.ndarray
    moved_u: dict[int, int]

    @cached_property
    def fragment_u(self) -> np.ndarray:
        """Area of each fragment in units of 1e-4 m², int64 (fragments,)."""
        return sums(self.joined.fragment, self.arrangement.area_u, len(self.joined))

    @cached_property
    def fragment_plane_u(self) -> np.ndarray:
        """Area of each fragment in the plane, int64 (fragments,)."""
        return sums(self.joined.fragment, self.arrangement.area_plane_u, len(self.joined))

    @cached_property
    def mismatch(self) -> np.ndarray:
        """Whether a fragment is a thin gap or double cover of a tessellating layer, bool (fragments,)."""
        return self.mismatch_face[self.key_face]

    @property
    def mismatch_u(self) -> int:
        """Area of those faces."""
        return int(self.arrangement.area_u[self.mismatch_face].sum())

    def covers(self, face: int) -> list[int]:
        """Labels that cover a face and count, ascending."""
        start, stop = self.arrangement.cover_start[face : face + 2].tolist()
        labels = self.arrangement.cover_label[start:stop]
        return labels[self.counts[labels]].tolist()


def overlay(
    parts: Sequence[Areal], candidates: Candidates, terms: Terms, regions: Regions, *, frame: Frame, epsg: int
) -> Overlay:
    """Cut the site by everything and count.

    `parts` in the plane `epsg`; `candidates` features that may meet them; `terms` and `regions` of every layer; `frame`
    the site's record grid (`arrangement.frame_of`).

    Raises
    ------
    TooComplex
        See `arrangement.arrange`.
    """
    site = parts[0] if len(parts) == 1 else shapely.union_all(list(parts))
    labels = Labels(len(parts), regions.around(site), candidates)
    arrangement = arrange_near(parts, labels.around.cutting, candidates.source, frame=frame, epsg=epsg)
    return _Count(arrangement, labels, terms).overlay()


class _Count:
    """One pass over the covers of an arrangement: what each step needs is made once."""

    def __init__(self, arrangement: Arrangement, labels: Labels, terms: Terms) -> None:
        self.arrangement, self.labels, self.terms = arrangement, labels, terms
        self.faces = len(arrangement)
        own = arrangement.cover_label >= labels.first
        self.face = arrangement.cover_face[own]
        self.label = arrangement.cover_label[own] - labels.first
        self.layer = labels.candidates.layer[self.label]
        self.radius_m = inscribed_m(arrangement)
        self.unchecked = self._unchecked()

    def overlay(self) -> Overlay:
        arrangement, labels = self.arrangement, self.labels
        thin = self._thin()
        layers = judge(self, thin)
        counts = np.ones(len(labels), bool)
        counts[labels.first :] = (layers.code == HIT)[labels.candidates.layer] & ~thin
        mismatch = self._mismatch(counts, layers)
        key, first = distinct_covers(arrangement, np.where(counts, np.arange(len(labels)), -1), mismatch)
        joined = join(arrangement, key, self._governing(counts))
        per_label = np.bincount(arrangement.cover_label, minlength=len(labels))
        area_u = sums(arrangement.cover_label, arrangement.area_u[arrangement.cover_face], len(labels))
        plane_u = sums(arrangement.cover_label, arrangement.area_plane_u[arrangement.cover_face], len(labels))
        site_u, own = int(arrangement.area_u.sum()), slice(labels.first, None)
        features = counts.copy()
        features[: labels.first] = False
        return Overlay(
            arrangement=arrangement,
            labels=labels,
            area_u=site_u,
            area_plane_u=int(arrangement.area_plane_u.sum()),
            parts=tuple(zip(area_u[: labels.parts].tolist(), plane_u[: labels.parts].tolist(), strict=True)),
            outside_u=self._outside_u(site_u, area_u),
            layers=layers,
            feature_u=area_u[own],
            feature_plane_u=plane_u[own],
            touched=per_label[own] > 0,
            counts=counts,
            joined=joined,
            key_face=first[joined.key],
            mismatch_face=mismatch,
            moved_u=moved_u(arrangement, features, key, first, joined) if joined.merged else {},
        )

    def _unchecked(self) -> np.ndarray:
        """Faces where each layer cannot answer, bool (layers, faces)."""
        around = self.labels.around
        inside = np.zeros((len(around.cutting) + 2, self.faces), bool)  # the last two: EVERYWHERE, NOWHERE
        inside[EVERYWHERE] = True
        if around.cutting:
            parts, first = self.labels.parts, self.labels.first
            of_region = (self.arrangement.cover_label >= parts) & (self.arrangement.cover_label < first)
            inside[self.arrangement.cover_label[of_region] - parts, self.arrangement.cover_face[of_region]] = True
        return ~inside[around.of_layer]

    def _outside_u(self, site_u: int, area_u: np.ndarray) -> int:
        place = self.labels.around.jurisdiction
        if place in (EVERYWHERE, NOWHERE):
            return 0 if place == EVERYWHERE else site_u
        return site_u - int(area_u[self.labels.parts + place])

    def _thin(self) -> np.ndarray:
        """Features of a tessellating layer that only touch: a neighbour's rounded edge designates nothing.

        Its floors are judged together, as a floor layer is: pieces that add up are no adjacency.
        """
        found, terms = self.labels.candidates, self.terms
        of_tessellation = terms.tessellates[found.layer]
        # One group a feature, and after them one for all floors of each layer.
        group = np.where(found.floor, len(found) + found.layer, np.arange(len(found)))
        half_m = np.concatenate([terms.adjacent_m[found.layer], terms.adjacent_m])
        asked = of_tessellation[self.label]
        gone = vanishing(self.arrangement, self.radius_m, self.face[asked], group[self.label[asked]], half_m)
        return of_tessellation & gone[group] & self.present

    @cached_property
    def present(self) -> np.ndarray:
        """Candidates that cover a face, bool (candidates,)."""
        return np.bincount(self.label, minlength=len(self.labels.candidates)) > 0

    def _mismatch(self, counts: np.ndarray, layers: LayerSums) -> np.ndarray:
        """Faces that are thin gaps or thin double covers of a tessellating layer that answers there."""
        flagged = np.zeros(self.faces, bool)
        counting = counts[self.labels.first :][self.label]
        for number in np.flatnonzero(self.terms.tessellates & (layers.code == HIT)).tolist():
            depth = np.bincount(self.face[counting & (self.layer == number)], minlength=self.faces)
            for odd in ((depth == 0) & ~self.unchecked[number], depth > 1):
                if not odd.any():
                    continue
                group, count = components(self.arrangement, odd)
                faces = np.flatnonzero(odd)
                half_m = np.full(count, MISMATCH_WIDTH_M / 2)
                gone = vanishing(self.arrangement, self.radius_m, faces, group[faces], half_m)
                flagged[faces[gone[group[faces]]]] = True
        return flagged

    def _governing(self, counts: np.ndarray) -> np.ndarray:
        """What a merge must leave as it is: floors, parts, where layers are unchecked, the jurisdiction."""
        governs = counts.copy()
        governs[self.labels.first :] &= self.labels.candidates.floor
        value = np.where(governs, np.arange(len(governs)), -1)
        return distinct_covers(self.arrangement, value, np.zeros(self.faces, bool))[0]
