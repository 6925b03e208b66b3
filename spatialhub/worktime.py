"""China time: +08:00, fixed, whatever the machine's clock is set to."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "+08:00")


def now() -> datetime:
    """The instant, in China time. Called at the edges only; everything below is told the time."""
    return datetime.now(CHINA)
