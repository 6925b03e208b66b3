"""What keeps a reader contained: limits, namespaces, Landlock, the drivers GDAL may know (security.md, fix 1-2).

The parent prepares the environment; the child, before it opens anything foreign, gives up what it does not need. What
the machine could not do is reported, never assumed.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Formats that GDAL reads for us, and the only drivers it then has; all other formats are read by parsers of our own.
DRIVERS = {
    "shp": ("ESRI Shapefile",),
    "zip": ("ESRI Shapefile", "OpenFileGDB"),
    "gpkg": ("GPKG",),
    "fgb": ("FlatGeobuf",),
}
_KNOWN = (
    "ESRI Shapefile,GPKG,"
    "MEM,PCIDSK,PDS4,VICAR,PDF,MBTiles,EEDA,OGCAPI,GDALG,MapInfo File,LVBAG,S57,DGN,OGR_VRT,CSV,GML,GPX,LIBKML,KML,"
    "GeoJSON,GeoJSONSeq,ESRIJSON,TopoJSON,OGR_GMT,SQLite,WAsP,OpenFileGDB,DXF,FlatGeobuf,GeoRSS,VFK,PGDUMP,OSM,GPSBabel,"
    "OGR_PDS,WFS,OAPIF,EDIGEO,Idrisi,ODS,XLSX,Elasticsearch,Carto,AmigoCloud,SXF,Selafin,JML,PLSCENES,CSW,VDV,MVT,NGW,"
    "MapML,GTFS,PMTiles,JSONFG,MiraMonVector,ADBC,AVCBin,AVCE00,AIVector,HTTP,VRT,DERIVED,WMS,WMTS,WCS,Zarr,HDF5,netCDF"
)
_NEW_USER, _NEW_NET, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_NO_NEW_PRIVS, _PDEATHSIG = 38, 1
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_EXECUTE, _WRITE, _READ, _READ_DIR = 1, 2, 4, 8
_REMOVE_FILE, _MAKE_REG, _TRUNCATE = 1 << 5, 1 << 8, 1 << 14


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader may use: CPU seconds, memory beyond the imports, bytes of one written file."""

    cpu_s: int
    memory_mib: int
    scratch_mib: int


@dataclass(frozen=True, slots=True)
class Containment:
    """Which walls stand: `missing` names those the machine could not build."""

    missing: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every wall stands."""
        return not self.missing


def environment(format_: str = "") -> dict[str, str]:
    """Environment of a reader: nothing of ours but what it needs; GDAL without network, cache, or any driver but those
    of the format."""
    kept = DRIVERS.get(format_, ())
    skipped = ",".join(name for name in _KNOWN.split(",") if name not in kept)
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "GDAL_SKIP": skipped,
        "GDAL_HTTP_PROXY": "127.0.0.1:9",
        "GDAL_HTTP_TIMEOUT": "1",
        "GDAL_HTTP_CONNECTTIMEOUT": "1",
        "GDAL_HTTP_MAX_RETRY": "0",
        "GDAL_PAM_ENABLED": "NO",
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "OGR_SQLITE_LOAD_EXTENSIONS": "",
        "OGR_ARC_STEPSIZE": "1",
        "OGR_GEOMETRY_ACCEPT_UNCLOSED_RING": "YES",  # else GDAL crashes on one; `features` closes and tells
        "PROJ_NETWORK": "OFF",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }


def limit(limits: Limits) -> tuple[str, ...]:
    """Set the limits of this process, counted from what it uses now; return what could not be set."""
    used_s = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])) + 1
    wanted = (
        (resource.RLIMIT_CPU, used_s + limits.cpu_s),
        (resource.RLIMIT_AS, _address_space() + limits.memory_mib * 2**20),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_FSIZE, limits.scratch_mib * 2**20),
        (resource.RLIMIT_CORE, 0),
    )
    try:
        for what, value in wanted:
            resource.setrlimit(what, (value, value))
    except (ValueError, OSError):
        return ("limits",)
    return ()


def _address_space() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:  # no /proc: be generous, the limit still ends a runaway
        return 2 * 2**30


def die_with_parent() -> None:
    """End this process when its parent ends, however that ends: a killed import leaves no reader behind."""
    libc = _libc()
    if libc is not None and hasattr(libc, "prctl"):
        libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def leave_network() -> tuple[str, ...]:
    """Move this (single-threaded) process into user, network and IPC namespaces of its own; return what is missing."""
    libc = _libc()
    if libc is None or not hasattr(libc, "unshare"):
        return ("namespaces",)
    if libc.unshare(_NEW_USER | _NEW_NET | _NEW_IPC) != 0:
        return ("namespaces",)
    return ()


def keep_to(readable: Iterable[Path], writable: Sequence[Path]) -> tuple[str, ...]:
    """Give up (Landlock) every file but `readable` ones and, to read and write, `writable` folders."""
    libc = _libc()
    if libc is None or not hasattr(libc, "prctl"):
        return ("landlock",)
    abi = landlock_version()
    if abi < 1:
        return ("landlock",)
    ruleset = _create_ruleset(libc, abi)
    if ruleset < 0:
        return ("landlock",)
    try:
        for path in readable:
            _allow(libc, ruleset, path, _READ | (_READ_DIR if path.is_dir() else 0))
        write = _WRITE | _REMOVE_FILE | _MAKE_REG | (_TRUNCATE if abi >= 3 else 0)
        for path in writable:
            _allow(libc, ruleset, path, _READ | _READ_DIR | write)
        if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(_LANDLOCK_RESTRICT, ruleset, ctypes.c_uint32(0)):
            return ("landlock",)
    finally:
        os.close(ruleset)
    return ()


def landlock_version() -> int:
    """The version of Landlock that the kernel has; 0 for none."""
    libc = _libc()
    return max(0, libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))) if libc else 0


def _create_ruleset(libc: ctypes.CDLL, abi: int) -> int:
    """A ruleset that handles all the kernel knows: files, TCP from version 4, signals and abstract sockets from 6."""
    files = (1 << 13) - 1 if abi < 2 else (1 << 14) - 1 if abi < 3 else (1 << 15) - 1 if abi < 5 else (1 << 16) - 1
    fields = [files] + ([0b11] if abi >= 4 else []) + ([0b11] if abi >= 6 else [])
    packed = struct.pack(f"={len(fields)}Q", *fields)
    return libc.syscall(_LANDLOCK_CREATE, packed, ctypes.c_size_t(len(packed)), ctypes.c_uint32(0))


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, access: int) -> None:
    try:
        handle = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    except OSError:
        return  # what is not there cannot be read either
    try:
        rule = struct.pack("=QI", access, handle)
        if libc.syscall(_LANDLOCK_ADD, ruleset, ctypes.c_int(1), rule, ctypes.c_uint32(0)):
            raise OSError(ctypes.get_errno(), f"landlock rule for {path}")
    finally:
        os.close(handle)


def _libc() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None
