"""Exports: a site written as files that others read: 界址点 TXT, Shapefile, GeoPackage, DXF, GeoJSON, KML.

`write_site(site, path)` takes the format from the ending; what each format cannot carry is said in docs/formats.md.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from pathlib import Path

from spatialhub.errors import OptionError, OutputError
from spatialhub.messages.system import system_words, told
from spatialhub.spatial.crs import GEOGRAPHIC, plane_zone
from spatialhub.spatial.model import Site

# ending → (module, whether it is written in degrees where nothing is asked for)
WRITERS: Mapping[str, tuple[str, bool]] = {
    ".txt": ("txt", False),
    ".zip": ("tables", False),
    ".gpkg": ("tables", False),
    ".dxf": ("dxf", False),
    ".geojson": ("geojson", True),
    ".kml": ("kml", True),
}
_CGCS2000 = "EPSG:4490, EPSG:4491-4554"


@dataclass(frozen=True, slots=True)
class Export:
    """How a site is written: `epsg` EPSG:4490 or a CGCS2000 plane (None: what the format is usually in), `uses` names
    of the national codes, `made_on` and `producer` for formats that say who made them and when."""

    epsg: int | None = None
    uses: Mapping[str, str] = field(default_factory=dict)
    made_on: date | None = None
    producer: str = ""


def write_site(site: Site, target: Path, export: Export | None = None) -> None:
    """Write a site to `target`, whole or not at all.

    Raises
    ------
    OptionError
        The ending names no format that is written, or the format is not written in that system.
    OutputError
        There is no such folder, or it cannot be written to.
    """
    export = export or Export()
    known = WRITERS.get(target.suffix.lower())
    if known is None:
        raise OptionError("FILE", found=target.name[-60:], allowed=tuple(WRITERS))
    module, degrees = known
    epsg = export.epsg or (GEOGRAPHIC if degrees else site.epsg)
    _demand_cgcs2000(epsg)
    if not target.resolve().parent.is_dir():
        raise OutputError(str(target), reason=system_words(errno.ENOENT))
    try:
        with tempfile.TemporaryDirectory(prefix=".export-", dir=target.resolve().parent) as folder:
            draft = Path(folder) / f"draft{target.suffix.lower()}"
            import_module(f"spatialhub.exports.{module}").write(site, draft, epsg, export, target.stem)
            os.replace(draft, target)
    except OSError as error:
        raise OutputError(str(target), reason=told(error)) from None


def _demand_cgcs2000(epsg: int) -> None:
    if epsg == GEOGRAPHIC:
        return
    try:
        plane_zone(epsg)
    except ValueError:
        raise OptionError("--to-crs", found=f"EPSG:{epsg}", allowed=_CGCS2000) from None
