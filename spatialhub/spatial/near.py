"""What snapshots have near a site: rings on the record grid, gathered in one go without making a geometry of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from spatialhub.spatial import _kernels
from spatialhub.spatial.planar import Frame
from spatialhub.spatial.site_lines import SiteLines
from spatialhub.spatial.snapshot import Snapshot


class Source(Protocol):
    """Where the boundaries of candidate features come from; candidates are numbered from 0."""

    def rings(self, frame: Frame) -> _kernels.Rings:
        """Their rings on the grid of `frame`, labelled by candidate."""
        ...

    def geometries(self) -> tuple[np.ndarray, np.ndarray]:
        """The same as whole polygons of the plane (k,) and the candidate of each, int64 (k,): for the plain recipe."""
        ...


@dataclass(frozen=True, slots=True)
class Near:
    """Candidates of many snapshots: candidate i is what the feature rows of one id cover, `row[i]` the first of them,
    in `opened.snapshots[snapshot[i]]`; int64 and int32 (n,), ascending."""

    opened: Opened
    snapshot: np.ndarray
    row: np.ndarray
    frame: Frame
    gathered: _kernels.Gathered

    def rings(self, frame: Frame) -> _kernels.Rings:
        """See `Source.rings`; `frame` is the one they were gathered for."""
        assert frame is self.frame
        return self.gathered.rings

    def geometries(self) -> tuple[np.ndarray, np.ndarray]:
        """See `Source.geometries`."""
        shapes, labels = [np.zeros(0, dtype=object)], [np.zeros(0, np.int64)]
        for number, snapshot in enumerate(self.opened.snapshots):
            own = np.flatnonzero(self.snapshot == number)
            rows = np.flatnonzero(np.isin(snapshot.groups, self.row[own]))
            shapes.append(snapshot.features(rows))
            labels.append(own[np.searchsorted(self.row[own], snapshot.groups[rows])])
        return np.concatenate(shapes), np.concatenate(labels)


@dataclass(frozen=True)
class Opened:
    """Snapshots of one plane that are searched together."""

    snapshots: tuple[Snapshot, ...]

    @cached_property
    def stores(self) -> _kernels.Stores:
        """For the gather kernel."""
        return _kernels.Stores([snapshot.store for snapshot in self.snapshots])


def near(opened: Opened, site: SiteLines, frame: Frame) -> Near:
    """Gather whatever may meet a site, on the grid of `frame`."""
    kernel = site.kernel
    gathered = _kernels.gather(opened.stores, kernel.shape, frame.per_metre, frame.left, frame.bottom, 0)
    return Near(opened, gathered.label_store, gathered.label_group, frame, gathered)
