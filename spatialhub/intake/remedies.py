"""Remedies that a user takes by name for what a file says wrongly; each is written into the result, none is silent."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spatialhub.errors import OptionError
from spatialhub.spatial.crs import accept
from spatialhub.spatial.model import Issue

FORMS = ("swap", "read-as=EPSG:4547", "add=400000,3800000", "use")
_READ_AS = re.compile(r"read-as=(?:EPSG:)?(\d{4,5})", re.IGNORECASE)
_ADD = re.compile(r"add=([+-]?\d{1,9}(?:\.\d{1,4})?),([+-]?\d{1,9}(?:\.\d{1,4})?)")


@dataclass(frozen=True, slots=True)
class Remedies:
    """What was taken: the two numbers swapped, constants added (easting, northing), another system than the file says,
    the use that the file's fields say."""

    swap: bool = False
    add: tuple[float, float] | None = None
    read_as: int | None = None
    use: bool = False

    @property
    def moves(self) -> bool:
        """Whether any of them changes the numbers."""
        return self.swap or self.add is not None

    def moved(self, coords: np.ndarray) -> np.ndarray:
        """Coordinates (float64, (n, 2)) as they are meant."""
        coords = coords[:, ::-1] if self.swap else coords
        return coords + np.array(self.add) if self.add is not None else coords

    def issues(self, place: str, said: str) -> list[Issue]:
        """What was taken, to be kept with the result; `said` is what the file says of its system."""
        found = []
        if self.swap:
            found.append(Issue.of("accepted_swap", place))
        if self.add is not None:
            found.append(Issue.of("accepted_add", place, east_m=f"{self.add[0]:.12g}", north_m=f"{self.add[1]:.12g}"))
        if self.read_as is not None:
            found.append(Issue.of("accepted_read_as", place, crs=f"EPSG:{self.read_as}", said=said or "—"))
        return found


def parse(taken: Sequence[str]) -> Remedies:
    """Read the names of remedies, each as `spatialhub inspect` prints it.

    Raises
    ------
    OptionError
        A name is none of `FORMS`.
    CrsRefused
        A file shall be read as a system that cannot be brought to CGCS2000.
    """
    remedies = Remedies()
    for one in taken:
        remedies = _with(remedies, one.strip())
    return remedies


def _with(known: Remedies, text: str) -> Remedies:
    read_as, add = _READ_AS.fullmatch(text), _ADD.fullmatch(text)
    if text == "swap":
        return Remedies(True, known.add, known.read_as, known.use)
    if text == "use":
        return Remedies(known.swap, known.add, known.read_as, True)
    if read_as:
        return Remedies(known.swap, known.add, accept(int(read_as[1]), "--accept"), known.use)
    if add and all(map(math.isfinite, map(float, add.groups()))):
        return Remedies(known.swap, (float(add[1]), float(add[2])), known.read_as, known.use)
    raise OptionError("--accept", found=text[:60], allowed=FORMS)
