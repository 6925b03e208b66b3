"""JSON of foreign files, strictly: finite numbers, no depth, no surprises."""

from __future__ import annotations

import json
from typing import Any

from spatialhub.errors import BrokenFile, UnsafeFile
from spatialhub.messages import Words


def parse_json(text: str, name: str) -> Any:
    """Parse JSON text.

    Raises
    ------
    BrokenFile
        It is no JSON; the place has line and column.
    UnsafeFile
        It holds NaN or Infinity, or nests deeper than any GeoJSON.
    """

    def refuse(constant: str) -> None:
        raise UnsafeFile(name, reason=Words.of("unsafe_not_finite", text=constant))

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}:{error.colno}"
        raise BrokenFile(place, reason=Words.of("broken_json", detail=error.msg)) from None
    except RecursionError:
        raise UnsafeFile(name, reason=Words.of("unsafe_deep")) from None
    except ValueError as error:  # an integer of thousands of digits
        raise BrokenFile(name, reason=Words.of("broken_json", detail=str(error)[:80])) from None
