"""What every section works with: a city, our engine, the peers that can take part, sites, and how often."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import shapely

from benchmarks import cluster
from benchmarks.city import City
from benchmarks.ours import Ours
from benchmarks.places import SIZES, Size, places
from spatialhub.spatial.model import Site

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True)
class Effort:
    """How much is measured: sizes, places a size, and seconds after which a slow contestant sits out a size's rest."""

    sizes: tuple[Size, ...] = SIZES
    repeats: int = 20
    budget_s: float = 60.0


@dataclass
class Lab:
    """One city with everything loaded. `connection` is None where PostGIS is missing (`without` says why)."""

    city: City
    effort: Effort
    others: tuple[City, ...] = ()
    memory_peers: bool = True
    connection: psycopg.Connection | None = None
    without: str = ""
    load_s: float = 0.0
    ours: Ours = field(init=False)

    def __post_init__(self) -> None:
        self.ours = Ours(self.city)

    @property
    def home(self) -> Path:
        """Home folder of the city."""
        return self.city.workspace.home

    def sites(self, size: Size) -> list[Site]:
        """The places of a size: the same in every section and every run."""
        return places(size, self.effort.repeats, self.city.coverage, self.city.epsg)

    def versions(self) -> str:
        """Engines of both sides with their GEOS."""
        here = f"{self.ours.engine}; peers in Python: shapely {shapely.__version__}, GEOS {shapely.geos_version_string}"
        if self.connection is None:
            return f"{here}; no PostGIS: {self.without or 'not needed here'}"
        return f"{here}; {cluster.versions(self.connection)}"


@contextmanager
def opened(home: Path, effort: Effort, *, others: Sequence[Path] = (), sql: bool, memory_peers: bool) -> Iterator[Lab]:
    """A lab for as long as the block runs; with `sql` a private PostGIS is started and the city streamed into it."""
    from benchmarks.timing import timed

    with ExitStack() as stack:
        lab = Lab(City.open(home), effort, tuple(City.open(path) for path in others), memory_peers)
        if sql:
            lab.without = cluster.why_not()
            if not lab.without:
                lab.connection = connection = stack.enter_context(cluster.cluster())
                ms, _ = timed(lambda: cluster.load(connection, lab.city))
                lab.load_s = ms / 1e3
        gc.collect()
        gc.freeze()  # what stays loaded is not walked again at every collection
        yield lab
