"""Values of command-line options that several commands take: read strictly, refused in words."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta

import click

from spatialhub import settings
from spatialhub.errors import OptionError
from spatialhub.precedence.model import Verdict
from spatialhub.worktime import CHINA

# Best first; --fail-on V fails where a proposal is V or worse.
_RANK = (Verdict.CONFORMS, Verdict.BASICALLY_CONFORMS, Verdict.UNDETERMINED, Verdict.DOES_NOT_CONFORM)
VERDICTS = tuple(row.value for row in _RANK)


def as_bad_as(verdict: str, limit: str) -> bool:
    """Whether a verdict is `limit` or worse."""
    return VERDICTS.index(verdict) >= VERDICTS.index(limit)


def crs(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """EPSG code of `EPSG:4526` or `4526`."""
    if value is None:
        return None
    found = re.fullmatch(r"(?:EPSG:)?(\d{4,6})", value.strip(), re.IGNORECASE)
    if not found:
        raise OptionError("--crs", found=value, allowed="EPSG:4490、EPSG:4526、EPSG:4547 …")
    return int(found[1])


def day(_: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """A date."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise OptionError(parameter.opts[0], found=value, allowed="YYYY-MM-DD") from None


def instant(_: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """A moment; a day means its end in China time: what was released by then counts."""
    if not value:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return datetime.combine(date.fromisoformat(value) + timedelta(days=1), datetime.min.time(), CHINA)
        found = datetime.fromisoformat(value)
    except (ValueError, OverflowError):  # 9999-12-31 has no next day
        raise OptionError(parameter.opts[0], found=value, allowed="YYYY-MM-DD[THH:MM[+08:00]]") from None
    return found if found.tzinfo else found.replace(tzinfo=CHINA)


def deadline(_: click.Context, parameter: click.Parameter, value: float | None) -> float:
    """Seconds that one site may take; the setting where none are given."""
    deadline_s = settings.number("SPATIALHUB_CHECK_DEADLINE_S") if value is None else value
    if not 0 < deadline_s <= 86_400:
        raise OptionError(parameter.opts[0], found=f"{deadline_s:g}", allowed="> 0, <= 86400")
    return deadline_s


def area(_: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """An area in m²; a click range lets `nan` and `inf` pass, and a minimum of no number would let every share pass."""
    if value is not None and not (math.isfinite(value) and value >= 0):
        raise OptionError(parameter.opts[0], found=f"{value:g}", allowed=">= 0")
    return value


def keys(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    """A comma list."""
    return tuple(key.strip() for key in value.split(",") if key.strip())
