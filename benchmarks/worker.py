"""A checking worker in a process of its own: `python -m benchmarks.worker HOME SITES`; prints its memory as JSON (MiB).

`private` is what only this process holds, `proportional` counts shared pages in part (the mapped snapshots are shared
by all workers), `resident` counts them in full.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

_FIELDS = {"resident": ("Rss:",), "proportional": ("Pss:",), "private": ("Private_Clean:", "Private_Dirty:")}


def memory_mib() -> dict[str, float]:
    """Memory of this process in MiB."""
    lines = [line.split() for line in Path("/proc/self/smaps_rollup").read_text("utf-8").splitlines()]
    return {
        name: round(sum(int(line[1]) for line in lines if line[0] in fields) / 1024, 1)
        for name, fields in _FIELDS.items()
    }


def main(home: Path, count: int) -> None:
    """Check `count` sites a size and print what the process holds before, with the engine loaded, and after."""
    before = memory_mib()
    from benchmarks.city import City
    from benchmarks.ours import Ours
    from benchmarks.places import SIZES, places

    city = City.open(home)
    ours = Ours(city)
    loaded = memory_mib()
    after = {}
    for size in SIZES:
        if size.area_m2 and size.area_m2 <= 1e6:
            for site in places(size, count, city.coverage, city.epsg):
                ours.check(site)
            after[size.name] = memory_mib()
    print(json.dumps({"empty": before, "loaded": loaded, "after": after}, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
