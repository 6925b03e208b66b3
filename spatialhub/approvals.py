"""Approval files: a paper that opens a floor, as TOML (check.md §6, by_proof)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from spatialhub.datafile import Key, read
from spatialhub.errors import WrongValue
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
    DataFileError
        The file is no such TOML; the message names line and key.
    """
    table = read(path, SCHEMA)
    try:
        day = date.fromisoformat(str(table["date"]))
    except ValueError:
        raise WrongValue(str(path), key="date", found=table["date"], allowed="YYYY-MM-DD") from None
    return Approval(
        layer=table["layer"],
        kind=table["kind"],
        issuer=table["issuer"],
        number=table["number"],
        date=day.isoformat(),
        area_m2=float(table["area_m2"]),
        features=tuple(str(feature) for feature in table.get("features", ())),
    )
