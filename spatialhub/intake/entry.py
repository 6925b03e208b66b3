"""The contained child's side: give up everything, then read one file and send it as frames.

Everything that will be needed is imported before Landlock closes the disk; the file is opened after.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import sysconfig
import traceback
from pathlib import Path
from typing import BinaryIO

from spatialhub.errors import ContainmentMissing, SpatialHubError, TooLarge
from spatialhub.intake import contain, limits, readers, wire
from spatialhub.intake.raw import Job
from spatialhub.memory import out_of_memory
from spatialhub.messages import Words

_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk", "latin-1", "ascii", "cp437", "cp1252")


def main() -> None:
    """Read a job from standard input, answer on standard output."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not look like a frame
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it: too much written would look like our fault
    job = Job.from_json(json.loads(sys.stdin.buffer.read()))
    try:
        _read(job, out)
    except SpatialHubError as error:
        wire.write(out, {"kind": "error", "error": wire.error_to_json(error)})
    except Exception as error:
        if out_of_memory(error):
            refusal = TooLarge(job.name, limit=limits.memory(job), found=Words.of("found_more"))
            wire.write(out, {"kind": "error", "error": wire.error_to_json(refusal)})
        else:
            wire.write(out, {"kind": "fault", "trace": traceback.format_exc()[-4000:]})
    out.flush()
    os._exit(0)  # no destructor of a library may touch the hostile state again


def _read(job: Job, out: BinaryIO) -> None:
    missing = contain.leave_network()
    contain.die_with_parent()  # after it: new credentials forget the wish
    _import_all(job)
    missing += contain.limit(contain.Limits(job.cpu_s, job.memory_mib, job.unpacked_mib))
    missing += contain.keep_to(_readable(job), [Path(job.scratch)])
    missing += _foreign_drivers(job)
    if missing and not job.allow_weak:
        raise ContainmentMissing(job.name, missing=missing)
    if job.task:
        importlib.import_module(job.task).send(job, out)
        return
    from spatialhub.intake import pipeline, survey

    if job.survey:
        survey.send(job, out, missing=missing)
    else:
        pipeline.send(readers.open_file(job), job, out, missing=missing)


def _import_all(job: Job) -> None:
    for name in _ENCODINGS:
        "".encode(name)
    if job.task:
        importlib.import_module(job.task)
        return
    names = ["numpy", "shapely", "pyproj", "zipfile", "sqlite3"]
    names += ["spatialhub.intake.pipeline", "spatialhub.intake.readers", "spatialhub.intake.survey"]
    if job.format in contain.DRIVERS:
        for unwanted in ("pandas", "geopandas", "pyarrow"):  # pyogrio would spend a second on them
            sys.modules[unwanted] = None  # type: ignore[assignment]
        names += ["pyogrio.raw", "spatialhub.intake.ogr"]
    elif job.format in readers.OWN:
        names.append(f"spatialhub.intake.{readers.OWN[job.format][0]}")
    for name in names:
        importlib.import_module(name)
    from spatialhub.spatial.crs import mover

    mover(4490, job.epsg)  # opens PROJ's database once, before the walls


def _readable(job: Job) -> list[Path]:
    import pyproj.datadir

    paths = [Path(one) for one in job.readable]
    paths += [Path("/dev/urandom"), Path("/dev/null"), Path(pyproj.datadir.get_data_dir())]
    # The installed libraries' own code and data: some import lazily, and there is nothing in there to leak.
    return paths + [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]


def _foreign_drivers(job: Job) -> tuple[str, ...]:
    """Drivers that this GDAL has beyond ours in spite of GDAL_SKIP: a newer library, so a hole in the wall."""
    if "pyogrio" not in sys.modules:
        return ()
    import pyogrio

    known = contain.DRIVERS.get(job.format, ())
    return tuple(f"GDAL {name}" for name in pyogrio.list_drivers() if name not in known)
