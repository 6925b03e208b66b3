"""A site's parts drawn once for all kernels: rings on whole units of 1e-5 m, their box, the frame of the check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from spatialhub.spatial import _kernels
from spatialhub.spatial.model import Areal, Site
from spatialhub.spatial.planar import Frame, grid_for


@dataclass(frozen=True, slots=True)
class SiteLines:
    """`parts` in the plane, labelled 0…; `kernel` their rings."""

    parts: tuple[Areal, ...]
    kernel: _kernels.SiteLines

    @classmethod
    def of_site(cls, site: Site) -> SiteLines:
        """Draw a site's parts, from the WKB that they keep."""
        parts = tuple([part.geometry for part in site.parts])
        try:
            return cls(parts, _kernels.SiteLines([part.wkb for part in site.parts], list(range(len(parts)))))
        except ValueError:
            return cls.of(parts)

    @classmethod
    def of(cls, parts: Sequence[Areal]) -> SiteLines:
        """Draw polygons and multipolygons, or collections of them; empty ones draw nothing."""
        try:
            kernel = _drawn(parts, range(len(parts)))
        except ValueError:  # collections, or empty ones
            kernel = _drawn(*_polygons(parts))
        return cls(tuple(parts), kernel)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Box of the coordinates as given, in metres of the plane."""
        return self.kernel.bounds

    def frame(self, grid_m: float | None = None) -> Frame:
        """Return the record grid around the parts; `grid_m` where it is not to follow from their extent."""
        bounds = self.bounds
        return Frame.around(bounds, grid_m or grid_for(bounds))

    def rings(self, frame: Frame) -> _kernels.Rings:
        """Rings on the grid of `frame`, labelled by part."""
        return self.kernel.rings(frame.per_metre, frame.left, frame.bottom)


def _drawn(shapes: Iterable[Areal], owner: Iterable[int]) -> _kernels.SiteLines:
    # One by one: there is mostly one, and an array of it costs more than its WKB.
    wkb = [shapely.to_wkb(shape, byte_order=1, output_dimension=2) for shape in shapes]
    return _kernels.SiteLines(wkb, list(owner))


def _polygons(parts: Sequence[Areal]) -> tuple[list[Areal], list[int]]:
    shapes = np.empty(len(parts), dtype=object)
    shapes[:] = parts
    members, of_shape = shapely.get_parts(shapes, return_index=True)
    polygons, of_member = shapely.get_parts(members, return_index=True)
    solid = (shapely.get_dimensions(polygons) == 2) & ~shapely.is_empty(polygons)
    return polygons[solid].tolist(), of_shape[of_member[solid]].tolist()
