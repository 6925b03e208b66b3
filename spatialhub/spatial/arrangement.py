"""One arrangement of all boundaries inside a site: disjoint faces, their covers, areas as integers (check.md §4).

`arrange` is the one door. Behind it `integer_recipe` does the work; `geos_recipe` is the plain implementation: the
fallback where the exact one does not pass its own checks (then the arrangement says so), and the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.errors import TooComplex
from spatialhub.spatial import _kernels, geos_recipe, integer_recipe
from spatialhub.spatial.model import Areal
from spatialhub.spatial.near import Source
from spatialhub.spatial.planar import FINE_GRID_M, UNITS_PER_M2, Arrangement, Frame, grid_for
from spatialhub.spatial.site_lines import SiteLines

__all__ = [
    "ENGINE",
    "FINE_GRID_M",
    "UNITS_PER_M2",
    "Arrangement",
    "Frame",
    "arrange",
    "arrange_near",
    "common",
    "frame_of",
    "grid_for",
]

_ANY_PLANE = 4547  # where only geometry is wanted, the plane in which areas are taken does not matter
ENGINE = integer_recipe.ENGINE


def arrange(
    site: Sequence[Areal], geometries: np.ndarray, labels: np.ndarray, *, epsg: int, grid_m: float | None = None
) -> Arrangement:
    """Cut a site by the boundaries of polygons.

    `site` are its parts, labelled 0…len(site)-1; `geometries` (n,) polygons or multipolygons of the plane `epsg` with
    `labels` int (n,) ≥ len(site); geometries of one label are united (seams vanish). Only faces inside a part stay.

    Raises
    ------
    TooComplex
        No face is left on the grid, or neither engine can cut it.
    """
    frame = frame_of(site, grid_m)
    return _exactly(
        lambda: integer_recipe.arrange(frame, site, geometries, labels, epsg=epsg),
        lambda: geos_recipe.arrange(site, geometries, labels, epsg=epsg, grid_m=frame.grid_m),
    )


def arrange_near(site: SiteLines, regions: Sequence[Areal], source: Source, *, frame: Frame, epsg: int) -> Arrangement:
    """Cut a site by regions and by the candidate features of a source, without making geometries of them.

    Labels: the site's parts, then `regions`, then candidates. `frame` is that of the site (`SiteLines.frame`).

    Raises
    ------
    TooComplex
        See `arrange`.
    """
    parts = len(site.parts)
    first = parts + len(regions)

    def exact() -> Arrangement:
        sets = [(site.rings(frame), 0), (source.rings(frame), first)]
        if regions:
            sets.append((_rings_of(regions, frame), parts))
        return integer_recipe.arrange_sets(sets, parts, frame, epsg=epsg)

    def plain() -> Arrangement:
        shapes, candidate = source.geometries()
        labels = np.concatenate([np.arange(parts, first), candidate + first])
        geometries = np.concatenate([np.array([*regions], dtype=object), shapes])
        return geos_recipe.arrange(site.parts, geometries, labels, epsg=epsg, grid_m=frame.grid_m)

    return _exactly(exact, plain)


def _rings_of(regions: Sequence[Areal], frame: Frame) -> _kernels.Rings:
    rings = _kernels.Rings()
    integer_recipe.append(rings, np.array([*regions], dtype=object), np.arange(len(regions)), frame)
    return rings


def frame_of(site: Sequence[Areal], grid_m: float | None = None) -> Frame:
    """Return the record grid around a site's parts; `grid_m` where it is not to follow from their extent."""
    bounds = tuple(shapely.total_bounds(np.asarray([*site], dtype=object)))
    return Frame.around(bounds, grid_m or grid_for(bounds))


def _exactly(exact: Callable[[], Arrangement], plain: Callable[[], Arrangement]) -> Arrangement:
    """The exact arrangement, or the plain one that says why it is."""
    try:
        return exact()
    except integer_recipe.Fault as fault:
        if fault.reason == "nothing_left":
            raise TooComplex("arrangement", reason="no face on the grid") from None
        return replace(plain(), fallback=fault.reason)


def common(first: Areal, second: Areal, *, grid_m: float) -> Geometry:
    """Return the area that two polygons share, on the record grid, in the plane; empty where they share none.

    GEOS's own intersection fails, or answers one of the two, where their edges all but coincide; noding by snap
    rounding does neither.
    """
    if first.is_empty or second.is_empty:
        return shapely.MultiPolygon()
    lines, others = SiteLines.of([first]), SiteLines.of([second])
    frame = lines.frame(grid_m)
    other = np.array([second], dtype=object)
    try:
        found = _exactly(
            lambda: integer_recipe.arrange_sets(
                [(lines.rings(frame), 0), (others.rings(frame), 1)], 1, frame, epsg=_ANY_PLANE
            ),
            lambda: geos_recipe.arrange([first], other, np.array([1]), epsg=_ANY_PLANE, grid_m=grid_m),
        )
    except TooComplex:  # nothing of the first is left on the grid
        return shapely.MultiPolygon()
    shared = found.cover_face[found.cover_label == 1]
    return found.outline(shared) if len(shared) else shapely.MultiPolygon()
