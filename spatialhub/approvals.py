"""Approval files: a paper that opens a floor, as TOML (check.md §6, by_proof)."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

from spatialhub.datafile import Key, read
from spatialhub.errors import BrokenFile, WrongValue
from spatialhub.messages import Words
from spatialhub.precedence.model import Approval

SCHEMA = {
    "layer": Key(str, required=True),
    "kind": Key(str, required=True),
    "issuer": Key(str, required=True),
    "number": Key(str, required=True),
    "date": Key((str, date), required=True),
    "area_m2": Key(float, required=True),
    "features": Key(list),
}


def read_approval(path: Path) -> Approval:
    """Read one approval; `area_m2` in square metres, `date` ISO.

    Raises
    ------
    BrokenFile
        There is no such file.
    DataFileError
        The file is no such TOML; the message names line and key.
    """
    if not path.is_file():
        raise BrokenFile(str(path), reason=Words.of("broken_no_file"))
    table = read(path, SCHEMA)
    try:
        day = date.fromisoformat(str(table["date"]))
    except ValueError:
        raise WrongValue(str(path), key="date", found=table["date"], allowed="YYYY-MM-DD") from None
    if not math.isfinite(table["area_m2"]) or table["area_m2"] < 0:
        raise WrongValue(str(path), key="area_m2", found=table["area_m2"], allowed="m²")
    return Approval(
        layer=table["layer"],
        kind=table["kind"],
        issuer=table["issuer"],
        number=table["number"],
        date=day.isoformat(),
        area_m2=float(table["area_m2"]),
        features=tuple(str(feature) for feature in table.get("features", ())),
    )
