"""Checking a site in a workspace: what the command line, the web front and the demo all do.

site = read(workspace, lambda common: intake.read_site(path, **common))
result = check(workspace, site, pinned(workspace, as_of=today), CheckOptions(...))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

import shapely
from shapely import Geometry

from layers.lookup import pin
from layers.shifts import shift_issue
from layers.workspace import Workspace
from spatialhub.catalogue import Catalogue
from spatialhub.check import CheckOptions, PinnedLayer, check_site
from spatialhub.cities.model import City
from spatialhub.db import reading
from spatialhub.messages import say
from spatialhub.remembered import ByIdentity
from spatialhub.result import CheckResult
from spatialhub.spatial.model import Issue, Site

if TYPE_CHECKING:  # the check itself needs no readers
    from spatialhub.intake.inspected import Inspection


class Rules(Protocol):
    """What a check goes by: a workspace, or its city and catalogue alone (a worker of a batch has no database)."""

    @property
    def city(self) -> City:
        """The city with its policy."""

    @property
    def catalogue(self) -> Catalogue:
        """The layers and uses there are."""


def pinned(
    workspace: Workspace, *, as_of: date, known_at: datetime | None = None, only: Iterable[str] = ()
) -> tuple[PinnedLayer, ...]:
    """Pin every layer of the catalogue; with `only`, the others are unchecked and the result says so.

    Raises
    ------
    UnknownLayer
        `only` names a layer that the catalogue does not have.
    """
    wanted = {workspace.catalogue.entry(key).key for key in only}
    with reading(workspace.engine) as session:
        rows = pin(
            session,
            workspace.catalogue,
            city=workspace.city.key,
            store=workspace.snapshots,
            as_of=as_of,
            known_at=known_at,
        )
    if not wanted:
        return rows
    return tuple(row if row.entry.key in wanted else PinnedLayer(row.entry, reason="layer_not_asked") for row in rows)


def read(workspace: Rules, reader: Callable[..., Site], *, layers: Sequence[PinnedLayer] = ()) -> Site:
    """Read a site with what the city knows: `reader` takes epsg, frame and uses by name. With `layers`, coordinates
    that carry the offset of a map datum are noticed against the layer that the city file names."""
    site = reader(**_known(workspace))
    issue = _shift(workspace, _outline(site), layers, site.name)
    return replace(site, issues=(*site.issues, issue)) if issue else site


def inspect(workspace: Rules, reader: Callable[..., Inspection], *, layers: Sequence[PinnedLayer] = ()) -> Inspection:
    """Look at a file as `read` reads it, with the same knowledge of the city; nothing is kept."""
    found = reader(**_known(workspace))
    if found.site is not None:
        issue = _shift(workspace, _outline(found.site), layers, found.name)
        return found.noticed(issue) if issue else found
    remedies = tuple(
        one if one.shape is None else replace(one, shift=_shift(workspace, one.shape, layers, found.name))
        for one in found.remedies
    )
    return replace(found, remedies=remedies)


def _known(workspace: Rules) -> dict[str, Any]:
    """What the city knows of any file: its plane, its frame, the uses there are."""
    return {
        "epsg": workspace.city.epsg,
        "frame": workspace.city.frame.boundary,
        "uses": _use_names(workspace.catalogue),
        "survey": survey_rows(workspace.catalogue),
    }


def _outline(site: Site) -> Geometry:
    """All parts as they are: boundaries are looked at, and what a union of hostile ones costs has no bound."""
    return shapely.multipolygons(shapely.get_parts([part.geometry for part in site.parts]))


def _shift(workspace: Rules, outline: Geometry, layers: Sequence[PinnedLayer], place: str) -> Issue | None:
    key = workspace.city.frame.shift_reference
    reference = next((row.snapshot for row in layers if row.entry.key == key), None)
    return shift_issue(workspace.city, outline, reference, place=place)


def survey_rows(catalogue: Catalogue) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Codes of the land survey with their names and national codes: what a file's 地类编码 may mean."""
    classes = catalogue.classes.get("survey_dlbm")
    return {} if classes is None else {row.code: (row.name, row.pivot) for row in classes.rows.values()}


def check(workspace: Rules, site: Site, layers: Sequence[PinnedLayer], options: CheckOptions) -> CheckResult:
    """Check a site against pinned layers by the city's rules; synthetic layers are named on the result.

    Raises
    ------
    SpatialHubError
        See `spatialhub.check.check_site`.
    """
    return check_site(
        site,
        layers,
        policy=workspace.city.policy,
        catalogue=workspace.catalogue,
        jurisdiction=workspace.city.frame.boundary,
        options=options,
        notices=(say("synthetic_layers", "zh"),) if any(layer.synthetic for layer in layers) else (),
    )


_use_names_of = ByIdentity[dict[str, str]](most=8)


def _use_names(catalogue: Catalogue) -> dict[str, str]:
    return _use_names_of.of((catalogue,), lambda: {code: use.name_zh for code, use in catalogue.uses.items()})
