"""Our side: the one file that knows how the engine is called. Point it elsewhere when the engine is replaced.

What it must deliver: `step(site)` does all that the peers do but for geometry: for every layer the area of the union
and of every feature, and the fragments (none of it left to be computed later); `geometries(step)` the geometry of every
feature's overlap, on demand; `answer(step)` the numbers, outside the clock. `STEPS` names the functions whose own time
is the share of each step of a whole check.
"""

from __future__ import annotations

from typing import Any

from benchmarks.answers import Answer, LayerAnswer
from benchmarks.city import City
from spatialhub.check import check_site
from spatialhub.evidence import gather
from spatialhub.looking import outline_of
from spatialhub.result import CheckResult
from spatialhub.spatial.arrangement import ENGINE, UNITS_PER_M2, union_of
from spatialhub.spatial.model import Site
from spatialhub.spatial.overlay import Overlay, overlay

NAME = "ours"
WITH_GEOMETRY = "ours, every overlap drawn"
WHOLE = "our whole check"
LISTED = "our whole check, every row listed"

# Step → functions (module, name) as their callers look them up. A step's time is without the steps inside it, but for
# those in CLOSED, which keep what runs inside them: the second look at a suggestion belongs to the proposal.
STEPS = {
    "search and gather": (("spatialhub.looking", "gather"),),
    "arrangement": (("spatialhub.spatial.overlay", "arrange"),),
    "overlay and fragments": (("spatialhub.looking", "overlay"),),
    "rulings": (("spatialhub.looking", "_situation"), ("spatialhub.looking", "_rule")),
    "proposal and second look": (("spatialhub.check", "proposal_for"),),
}
CLOSED = ("proposal and second look",)
REST = "assembly, referrals"


class Ours:
    """Our engine over one city."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._pinned = sorted(city.layers, key=lambda row: (row.entry.order, row.entry.key))

    @property
    def engine(self) -> str:
        """Name and versions of what runs."""
        return ENGINE

    def step(self, site: Site) -> Overlay:
        """The arrangement step: search, gather, arrange, count."""
        evidence = gather(outline_of(site), self._pinned, epsg=site.epsg)
        return overlay(
            [part.geometry for part in site.parts],
            [row.input for row in evidence],
            epsg=site.epsg,
            jurisdiction=self.city.workspace.city.frame.boundary,
        )

    def geometries(self, found: Overlay) -> list[Any]:
        """The geometry of every feature's overlap."""
        faces = found.arrangement.faces
        return [union_of(faces[row[2]]) for layer in found.layers for row in layer.features.values()]

    def step_drawn(self, site: Site) -> tuple[Overlay, list[Any]]:
        """The arrangement step, and every overlap drawn."""
        found = self.step(site)
        return found, self.geometries(found)

    def answer(self, found: Overlay) -> Answer:
        """Plane areas in m², to be held against the peers."""
        layers = {
            row.layer: LayerAnswer(
                row.area_plane_u / UNITS_PER_M2,
                {id: feature[1] / UNITS_PER_M2 for id, feature in row.features.items()},
            )
            for row in found.layers
        }
        return Answer(layers, found.area_plane_u / UNITS_PER_M2, found.arrangement.frame.grid_m, len(found.pieces))

    def check(self, site: Site) -> CheckResult:
        """The whole check: no JSON, nothing drawn."""
        return check_site(
            site,
            self.city.layers,
            policy=self.city.workspace.city.policy,
            catalogue=self.city.workspace.catalogue,
            jurisdiction=self.city.workspace.city.frame.boundary,
        )

    def check_listed(self, site: Site) -> CheckResult:
        """The whole check with every row read that is made only when asked for: layers, features, fragments."""
        result = self.check(site)
        for layer in result.layers:
            for _ in layer.features:
                pass
        for _ in result.fragments:
            pass
        return result
