"""Our side: the one file that knows how the engine is called. Point it elsewhere when the engine is replaced.

What it must deliver: `step(site)` does all that the peers do but for geometry: for every layer the area of the union
and of every feature, and the fragments (none of it left to be computed later); `geometries(step)` the geometry of every
feature's overlap, on demand; `answer(step)` the numbers, outside the clock. `STEPS` names the functions whose own time
is the share of each step of a whole check.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from benchmarks.answers import Answer, LayerAnswer
from benchmarks.city import City
from spatialhub.check import check_site
from spatialhub.evidence import Evidence, gather
from spatialhub.looking import CheckOptions, Question
from spatialhub.result import CheckResult
from spatialhub.spatial.arrangement import ENGINE, UNITS_PER_M2
from spatialhub.spatial.model import Site
from spatialhub.spatial.overlay import Overlay, overlay
from spatialhub.spatial.site_lines import SiteLines
from spatialhub.spatial.thin import outlines_of

Step: TypeAlias = tuple[Evidence, Overlay]
NAME = "ours"
WITH_GEOMETRY = "ours, every overlap drawn"
WHOLE = "our whole check"
LISTED = "our whole check, every row listed"

# Step → functions (module, name) as their callers look them up. A step's time is without the steps inside it, but for
# those in CLOSED, which keep what runs inside them: the second look at a suggestion belongs to the proposal.
STEPS = {
    "search and gather": (("spatialhub.looking", "gather"),),
    "arrangement": (("spatialhub.spatial.overlay", "arrange_near"),),
    "overlay and fragments": (("spatialhub.looking", "overlay"),),
    "rulings": (("spatialhub.looking", "judge"),),
    "proposal and second look": (("spatialhub.check", "proposal_for"),),
}
CLOSED = ("proposal and second look",)
REST = "assembly, referrals"


class Ours:
    """Our engine over one city."""

    def __init__(self, city: City) -> None:
        self.city = city
        workspace = city.workspace
        rules, frame = workspace.city.policy, workspace.city.frame
        asked = Question.of(city.layers, rules, workspace.catalogue, frame.boundary, CheckOptions())
        self._standing = asked.standing

    @property
    def engine(self) -> str:
        """Name and versions of what runs."""
        return ENGINE

    def step(self, site: Site) -> Step:
        """The arrangement step: search, gather, arrange, count."""
        lines = SiteLines.of_site(site)
        frame = lines.frame()
        evidence = gather(lines, self._standing, frame)
        standing = self._standing
        found = overlay(lines, evidence.candidates, standing.terms, standing.regions, frame=frame, epsg=site.epsg)
        _ = found.fragment_u, found.fragment_plane_u  # made when first read: the step holds them
        return evidence, found

    def geometries(self, step: Step) -> list[Any]:
        """The geometry of every feature's overlap."""
        _, found = step
        own = found.arrangement.cover_label >= found.labels.first
        face, label = found.arrangement.cover_face[own], found.arrangement.cover_label[own] - found.labels.first
        return outlines_of(found.arrangement, face, label, len(found.labels.candidates))[found.touched].tolist()

    def step_drawn(self, site: Site) -> tuple[Step, list[Any]]:
        """The arrangement step, and every overlap drawn."""
        step = self.step(site)
        return step, self.geometries(step)

    def answer(self, step: Step) -> Answer:
        """Plane areas in m², to be held against the peers."""
        evidence, found = step
        features: list[dict[str, float]] = [{} for _ in self._standing.layers]
        for label in found.touched.nonzero()[0].tolist():
            layer, units = int(evidence.candidates.layer[label]), int(found.feature_plane_u[label])
            features[layer][evidence.ids[label]] = units / UNITS_PER_M2
        area_m2 = (found.layers.area_plane_u / UNITS_PER_M2).tolist()
        layers = {key: LayerAnswer(area_m2[i], features[i]) for i, key in enumerate(self._standing.keys)}
        return Answer(layers, found.area_plane_u / UNITS_PER_M2, found.arrangement.frame.grid_m, len(found.joined))

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
        """The whole check with every row read that is made only when asked for: layers, features, fragments, reasons
        (which may need an outline drawn), what was not checked, referrals, discrepancies."""
        result = self.check(site)
        for layer in result.layers:
            for _ in layer.features:
                pass
        told = result.proposal.reasons, result.proposal.unchecked, result.referrals, result.discrepancies
        for rows in (result.fragments, *told):
            for _ in rows:
                pass
        return result
