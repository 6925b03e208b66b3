"""Intake: the only place that opens foreign files, each in a contained child process (child.py, contain.py).

`read_site` and its kin give a `Site` in the city's plane; `read_layer` streams a planning layer.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spatialhub.intake.layer import LayerReading
    from spatialhub.spatial.model import Site


def read_site(path: Path, *, epsg: int, **options: Any) -> Site:
    """Read a file as one site in the plane `epsg`; options: `spatialhub.intake.reading.SiteOptions`.

    Raises
    ------
    SpatialHubError
        Every refusal names the place and the remedy.
    """
    from spatialhub.intake.reading import SiteOptions, site_from_path

    return site_from_path(Path(path), epsg, SiteOptions(**options))


def read_site_bytes(name: str, data: bytes, *, epsg: int, **options: Any) -> Site:
    """Read an upload as one site; `name` is what the sender called it and decides with the bytes what it is."""
    from spatialhub.intake.reading import SiteOptions, site_from_bytes

    return site_from_bytes(name, data, epsg, SiteOptions(**options))


def site_from_wkt(text: str, *, epsg: int, **options: Any) -> Site:
    """Read typed WKT or EWKT as one site; without an SRID `crs` must be given."""
    from spatialhub.intake.reading import SiteOptions, site_from_wkt

    return site_from_wkt(text, epsg, SiteOptions(**options))


def site_from_drawing(drawing: dict[str, Any], *, epsg: int, **options: Any) -> Site:
    """Read a drawn site: a GeoJSON object in EPSG:4490, or in the plane where `crs` says so."""
    from spatialhub.intake.reading import SiteOptions, site_from_drawing

    return site_from_drawing(drawing, epsg, SiteOptions(**options))


def read_layer(path: Path, *, epsg: int, **options: Any) -> LayerReading:
    """Open a planning layer for streaming into the plane `epsg`; options: `spatialhub.intake.layer.LayerOptions`."""
    from spatialhub.intake.layer import LayerOptions, LayerReading

    return LayerReading(Path(path), epsg, LayerOptions(**options))
