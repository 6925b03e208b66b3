"""Limits as a refusal tells them: the number, and the setting that an administrator can change, or that it is fixed."""

from __future__ import annotations

from spatialhub import settings
from spatialhub.errors import TooLarge
from spatialhub.intake.raw import Job
from spatialhub.messages import Words


def demand_few(found: int, job: Job, place: str) -> None:
    """Demand no more vertices than the job takes.

    Raises
    ------
    TooLarge
        There are more.
    """
    if job.max_vertices is not None and found > job.max_vertices:
        raise TooLarge(place or job.name, limit=vertices(job.max_vertices), found=found)


def vertices(count: int) -> Words:
    """Most vertices of a site."""
    return _set(Words.of("limit_vertices", count=count), "SPATIALHUB_SITE_MAX_VERTICES")


def area(km2: int) -> Words:
    """Largest site."""
    return _set(Words.of("limit_area", km2=km2), "SPATIALHUB_SITE_MAX_KM2")


def size(mib: int) -> Words:
    """Largest file taken as a site."""
    return _set(Words.of("limit_size", mib=mib), "SPATIALHUB_SITE_MAX_MIB")


def unpacked(job: Job) -> Words:
    """Most that an archive may hold, or a reader may write."""
    said = Words.of("limit_unpacked", mib=job.unpacked_mib)
    if job.profile == "layer":
        return _fixed(said)
    return Words.of("limit_set_times", limit=said, times=4, setting="SPATIALHUB_SITE_MAX_MIB")


def memory_of_check() -> Words:
    """Memory of one check, as this process is set."""
    name = "SPATIALHUB_CHECK_MEMORY_MIB"
    return _set(Words.of("limit_memory", mib=settings.number(name)), name)


def processor(job: Job) -> Words:
    """Processor time of a reader."""
    said = Words.of("limit_cpu", seconds=job.cpu_s)
    return _set(said, "SPATIALHUB_SITE_CPU_S") if job.profile == "site" else _fixed(said)


def memory(job: Job) -> Words:
    """Memory of a reader."""
    name = "SPATIALHUB_SITE_MEMORY_MIB" if job.profile == "site" else "SPATIALHUB_LAYER_MEMORY_MIB"
    return _set(Words.of("limit_memory", mib=job.memory_mib), name)


def stillness(job: Job, seconds: float) -> Words:
    """Time without a word from a reader; that of a site follows from its processor time."""
    said = Words.of("limit_time", seconds=f"{seconds:.0f}")
    return _set(said, "SPATIALHUB_SITE_CPU_S" if job.profile == "site" else "SPATIALHUB_LAYER_STALL_S")


def files(count: int) -> Words:
    """Most members of an archive."""
    return _fixed(Words.of("limit_files", count=count))


def rows(count: int) -> Words:
    """Most rows of a table."""
    return _fixed(Words.of("limit_rows", count=count))


def characters(count: int) -> Words:
    """Most characters of WKT."""
    return _fixed(Words.of("limit_characters", count=count))


def _set(limit: Words, setting: str) -> Words:
    return Words.of("limit_set", limit=limit, setting=setting)


def _fixed(limit: Words) -> Words:
    return Words.of("limit_fixed", limit=limit)
