"""What an attack hands in: a file by name and bytes; and the sound files beside or around which it hides."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from shapely import Geometry

from tests.intake import gis, writers
from tests.intake.hostile.trap import Trap

DECOY_M2 = gis.SQUARE.area
CRS = 4547


@dataclass(frozen=True)
class Payload:
    """A file handed in; `crs` what its sender says of its system, where the file does not say it itself."""

    name: str
    data: bytes
    crs: int | None = None

    @property
    def ending(self) -> str:
        """Its ending with the dot."""
        return Path(self.name).suffix.lower()


@dataclass(frozen=True)
class Attack:
    """One attack: `make(trap)` gives its files, each of which is the same attack by another way.

    `carried` names the carriers that it is put into; `harmless` says that its file may be read: then only what is
    written in it comes out. `codes`: the refusals that are right where it may not, when handed in as it is.
    """

    name: str
    make: Callable[[Trap], Sequence[Payload]]
    carried: tuple[str, ...] = ("plain",)
    harmless: bool = False
    codes: tuple[str, ...] = ("file_unsafe", "file_broken")
    layer_only: bool = field(default=False)


def zipped(*members: tuple[str, bytes], deflated: bool = True) -> bytes:
    """An archive of members."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return held.getvalue()


def members_of(data: bytes) -> list[tuple[str, bytes]]:
    """The members of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist() if not name.endswith("/")]


def written(variant: str, *shapes: Geometry) -> Payload:
    """A file of shapes of EPSG:4547 as another software writes it; `variant`: a name of `writers.VARIANTS`."""
    known = next(one for one in writers.VARIANTS if one.name == variant)
    epsg = CRS if CRS in known.systems else known.systems[0]
    with tempfile.TemporaryDirectory() as folder:
        path = known.write(Path(folder), shapes, epsg)
        return Payload(path.name, path.read_bytes(), None if known.says else epsg)


@cache
def decoy(variant: str) -> Payload:
    """A sound file of one square."""
    return written(variant, gis.SQUARE)


def text_attack(name: str, text: str | bytes, crs: int | None = None) -> Payload:
    """A payload of text."""
    return Payload(name, text if isinstance(text, bytes) else text.encode(), crs)
