"""From faces to answers: what each layer says (check.md §5), and the fragments on which rules run (check.md §4).

All numbers are sums of faces of one arrangement, taken for all layers and features at once (kernels/count.cpp). Order:
areas of layers and features; status of each layer; covers that are only adjacency or trace drop out; neighbouring faces
with equal covers become fragments; slivers join a neighbour under the same floors. Features are numbers here; names
come later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spatialhub.spatial._kernels import Counted, count_covers
from spatialhub.spatial.arrangement import Arrangement, Frame, arrange_near
from spatialhub.spatial.candidates import Candidates, Terms
from spatialhub.spatial.fragments import Joined, moved_u
from spatialhub.spatial.regions import EVERYWHERE, NOWHERE, Around, Regions
from spatialhub.spatial.site_lines import SiteLines
from spatialhub.spatial.statuses import LayerSums
from spatialhub.spatial.thin import narrow_groups


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
    """Everything counted in one site; areas int64 in units of 1e-4 m²."""

    arrangement: Arrangement
    labels: Labels
    counted: Counted

    @cached_property
    def area_u(self) -> int:
        """Area of the site."""
        return self.counted.site_u

    @cached_property
    def area_plane_u(self) -> int:
        """Area of the site in the plane."""
        return self.counted.site_plane_u

    @cached_property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """(area_u, area_plane_u) of each part; parts that overlap both count."""
        each = slice(self.labels.parts)
        return tuple(zip(self._label_u[each].tolist(), self._label_plane_u[each].tolist(), strict=True))

    @cached_property
    def outside_u(self) -> int:
        """What of the site lies outside the jurisdiction."""
        place = self.labels.around.jurisdiction
        if place in (EVERYWHERE, NOWHERE):
            return 0 if place == EVERYWHERE else self.area_u
        return self.area_u - int(self._label_u[self.labels.parts + place])

    @cached_property
    def layers(self) -> LayerSums:
        """What every layer answers."""
        found = self.counted
        return LayerSums(
            found.code, found.area_u, found.area_plane_u, found.unchecked_u, found.floor_u, found.suspected
        )

    @cached_property
    def feature_u(self) -> np.ndarray:
        """What each feature covers, (candidates,)."""
        return self._label_u[self.labels.first :]

    @cached_property
    def feature_plane_u(self) -> np.ndarray:
        """The same in the plane."""
        return self._label_plane_u[self.labels.first :]

    @cached_property
    def touched(self) -> np.ndarray:
        """Whether a feature covers a face at all, bool (candidates,)."""
        return self.counted.touched[self.labels.first :]

    @cached_property
    def counts(self) -> np.ndarray:
        """Whether a label's covers decide: parts, regions, and features of hit layers that do not merely touch; bool
        (labels,)."""
        return self.counted.counts

    @cached_property
    def joined(self) -> Joined:
        """Fragments."""
        return Joined(self.counted.fragment, self.counted.key, self.counted.merged)

    @cached_property
    def fragment_u(self) -> np.ndarray:
        """Area of each fragment, (fragments,)."""
        return self.counted.fragment_u

    @cached_property
    def fragment_plane_u(self) -> np.ndarray:
        """Area of each fragment in the plane, (fragments,)."""
        return self.counted.fragment_plane_u

    @cached_property
    def key_face(self) -> np.ndarray:
        """A face that is covered as each fragment is, int64 (fragments,)."""
        return self.counted.key_first[self.joined.key]

    @cached_property
    def mismatch(self) -> np.ndarray:
        """Whether a fragment is a thin gap or double cover of a tessellating layer, bool (fragments,)."""
        return self.counted.mismatch[self.key_face]

    @cached_property
    def mismatch_u(self) -> int:
        """Area of the faces that are."""
        return int(self.arrangement.area_u[self.counted.mismatch].sum())

    @cached_property
    def moved_u(self) -> dict[int, int]:
        """What merging slivers moved into or out of each feature's fragments, by label: see `fragments.moved_u`."""
        if not self.joined.merged:
            return {}
        features = self.counts.copy()
        features[: self.labels.first] = False
        return moved_u(self.arrangement, features, self.counted.face_key, self.counted.key_first, self.joined)

    def covers(self, face: int) -> list[int]:
        """Labels that cover a face and count, ascending."""
        start, stop = self.arrangement.cover_start[face : face + 2].tolist()
        labels = self.arrangement.cover_label[start:stop]
        return labels[self.counts[labels]].tolist()

    @cached_property
    def _label_u(self) -> np.ndarray:
        return self.counted.label_u

    @cached_property
    def _label_plane_u(self) -> np.ndarray:
        return self.counted.label_plane_u


def overlay(
    site: SiteLines, candidates: Candidates, terms: Terms, regions: Regions, *, frame: Frame, epsg: int
) -> Overlay:
    """Cut the site by everything and count.

    `site` its parts in the plane `epsg`; `candidates` features that may meet them; `terms` and `regions` of every
    layer; `frame` the site's record grid (`SiteLines.frame`).

    Raises
    ------
    TooComplex
        See `arrangement.arrange`.
    """
    labels = Labels(len(site.parts), regions.around(site), candidates)
    arrangement = arrange_near(site, labels.around.cutting, candidates.source, frame=frame, epsg=epsg)
    return Overlay(arrangement, labels, count(arrangement, labels, terms))


def count(arrangement: Arrangement, labels: Labels, terms: Terms) -> Counted:
    """Answers of layers and fragments from the covers of an arrangement."""
    candidates, around = labels.candidates, labels.around
    return count_covers(
        arrangement.table,
        parts=labels.parts,
        regions=len(around.cutting),
        layer=candidates.layer,
        floor=candidates.floor,
        region_of_layer=around.of_layer,
        terms=terms.kernel,
        ask=lambda face, group, half_m: narrow_groups(arrangement, face, group, half_m),
    )
