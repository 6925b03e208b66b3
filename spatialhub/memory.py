"""How much memory this process may take for itself, and how it is told that there is no more.

Counted is what no file backs (RLIMIT_DATA): snapshots that are mapped cost nothing of it, however large the city.
"""

from __future__ import annotations

import ctypes
import gc
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MIB = 2**20


def private_mib(pid: int | str = "self") -> int:
    """Memory that a process has for itself, in MiB; 0 where the system does not tell."""
    try:
        resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * resource.getpagesize() // MIB


def limit_memory(mib: int) -> int:
    """Let this process take `mib` more than it has, a MemoryError beyond; return the limit in bytes there was before.

    A limit that is lower stays.
    """
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    known = [limit for limit in (before, hard) if limit != resource.RLIM_INFINITY]
    _set(min(_held() + mib * MIB, *known) if known else _held() + mib * MIB, hard)
    return before


@contextmanager
def limited_memory(mib: int) -> Iterator[None]:
    """`limit_memory` for as long as the block takes."""
    before = limit_memory(mib)
    try:
        yield
    finally:
        _set(before, resource.getrlimit(resource.RLIMIT_DATA)[1])


def out_of_memory(error: BaseException) -> bool:
    """Python's own error, or a library's in which C++ says it: GEOS passes it on as any other."""
    return isinstance(error, MemoryError) or "bad_alloc" in str(error)


def give_back() -> None:
    """Give what is free back to the system; the allocator keeps most of it for itself."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
    if trim is not None:
        trim(0)


def _set(soft: int, hard: int) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _held() -> int:
    """Bytes of data, stacks and heap that are reserved now; none where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), 0)
