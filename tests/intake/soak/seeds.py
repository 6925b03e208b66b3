"""The files that mutants are made of: every variant of the matrix, small, with a hole and with several parts."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import shapely

from tests.intake.gis import SQUARE, moved
from tests.intake.test_matrix import HOLED
from tests.intake.writers import VARIANTS

SHAPES = {
    "hole": [HOLED],
    "several": [SQUARE, shapely.MultiPolygon([moved(SQUARE, 200), moved(HOLED, 400)])],
}


@dataclass(frozen=True, slots=True)
class Seed:
    """A file as it was handed in: format (its ending), name, bytes, the system (EPSG) to be said where it is silent."""

    form: str
    name: str
    data: bytes
    crs: int | None


@cache
def seeds() -> dict[str, tuple[Seed, ...]]:
    """Format → its files."""
    made: dict[str, list[Seed]] = {}
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, variant in enumerate(VARIANTS):
            for kind, shapes in SHAPES.items():
                epsg = variant.systems[number % len(variant.systems)]
                folder = Path(place) / f"{number}{kind}"
                folder.mkdir()
                path = variant.write(folder, shapes, epsg)
                form = path.suffix[1:].replace("ovkml", "kml")
                form = "gdb" if variant.name == "gdb" else form
                row = Seed(form, path.name, path.read_bytes(), None if variant.says else epsg)
                made.setdefault(form, []).append(row)
    return {form: tuple(rows) for form, rows in sorted(made.items())}
