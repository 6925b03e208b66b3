"""Which walls this machine can build around a reader, tried once in a process of its own and said at start-up."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from spatialhub.intake import child, contain

_PROBE = """
import json, sys; sys.path.insert(0, sys.argv[1])
for unwanted in ("pandas", "geopandas", "pyarrow"):
    sys.modules[unwanted] = None
from pathlib import Path
from spatialhub.intake import contain
missing = contain.leave_network()
import pyogrio.raw
missing += tuple("GDAL " + name for name in pyogrio.list_drivers())
missing += contain.limit(contain.Limits(5, 1024, 1))
missing += contain.keep_to([], [Path(sys.argv[2])])
print(json.dumps([contain.landlock_version(), missing]))
"""
_LONGEST_S = 30.0


@dataclass(frozen=True, slots=True)
class Walls:
    """What stands: the kernel's version of Landlock (0: none) and the names of what is missing."""

    landlock: int
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing: uploads over the web are taken then."""
        return not self.missing


def walls() -> Walls:
    """Try every wall in a child that reads nothing; what cannot be tried counts as missing."""
    with tempfile.TemporaryDirectory(prefix="spatialhub-walls-") as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", _PROBE, str(child.ROOT), str(Path(folder))],
                env={**contain.environment(), "TMPDIR": folder},
                capture_output=True,
                timeout=_LONGEST_S,
                check=True,
            )
            landlock, missing = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError):
            return Walls(0, ("namespaces", "landlock", "limits"))
    return Walls(int(landlock), tuple(map(str, missing)))
