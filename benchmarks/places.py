"""The sites that are measured: the demo's trial sites of every size and its corridor, with a use, inside the survey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely import Geometry, Polygon

from spatialhub.demo.trial_sites import CORRIDOR, SIZES_M2, corridor, sites_of
from spatialhub.spatial.model import Form, Site, SitePart

SEED = 20190817
HOUSING, ROAD = "070102", "1202"


@dataclass(frozen=True, slots=True)
class Size:
    """A row of the tables. `area_m2` None: the corridor."""

    name: str
    area_m2: float | None


SIZES = (*(Size(name, area_m2) for name, area_m2 in SIZES_M2.items()), Size(CORRIDOR, None))


def places(size: Size, count: int, inside: Geometry, epsg: int) -> list[Site]:
    """`count` sites of a size wholly inside the largest part of `inside`, the same in every run.

    Raises
    ------
    ValueError
        There is no room for one.
    """
    room = _room(inside)
    if size.area_m2 is None:
        bands = [corridor(within=room, seed=SEED + number) for number in range(count)]
        return _sites(size.name, bands, epsg, use=ROAD, form=Form.LINEAR)
    return _sites(size.name, sites_of(size.area_m2, count, within=room, seed=SEED), epsg, use=HOUSING)


def _room(inside: Geometry) -> Polygon:
    """The largest polygon; a copy, so that preparing it does not touch what others hold."""
    largest = max(shapely.get_parts(inside), key=lambda part: part.area)
    return shapely.force_2d(largest)


def _sites(name: str, outlines: Sequence[Polygon], epsg: int, *, use: str, form: Form = Form.AREA) -> list[Site]:
    return [
        Site(f"{name} #{number}", (SitePart(1, outline, use=use, form=form),), epsg)
        for number, outline in enumerate(outlines, 1)
    ]
