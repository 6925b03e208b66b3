"""Repair with a deadline: GEOS cannot be interrupted, so a large repair runs in a fork that an alarm ends."""

from __future__ import annotations

import os
import signal
import struct

import shapely

from spatialhub.spatial.model import Areal
from spatialhub.spatial.validate import Repair, defect, repair

_AT_ONCE_VERTICES = 100  # a star of a hundred points is repaired in some tens of milliseconds
_HEAD = struct.Struct("<?dd")


def repair_within(geometry: Areal, epsg: int, seconds: int) -> Repair:
    """Repair a polygon of the plane; what takes longer than `seconds` counts as not repairable."""
    if shapely.get_num_coordinates(geometry) <= _AT_ONCE_VERTICES:
        return repair(geometry, epsg)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _repair_and_exit(geometry, epsg, seconds, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    reason, where = defect(geometry)
    if len(answer) < _HEAD.size:
        return Repair(None, reason, where, 0.0, 0.0)
    done, before, after = _HEAD.unpack_from(answer)
    made = shapely.from_wkb(answer[_HEAD.size :]) if done else None
    return Repair(made, reason, where, before, after)


def _repair_and_exit(geometry: Areal, epsg: int, seconds: int, writing: int) -> None:
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)
        made = repair(geometry, epsg)
        head = _HEAD.pack(made.geometry is not None, made.area_before_m2, made.area_after_m2)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(head + (shapely.to_wkb(made.geometry) if made.geometry is not None else b""))
    finally:
        os._exit(0)
