"""The use case: a site, pinned layers, a policy → what holds there, what follows, whom to ask (check.md).

site ─ gather ─▶ evidence ─ overlay ─▶ faces ─ judge ─▶ rulings ─ propose ─▶ proposal ─ refer ─▶ CheckResult

What decides is worked out at once; what tells of it (features, fragments, geometry, the site's own hash) is made when
it is first read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from spatialhub.catalogue import Catalogue
from spatialhub.errors import UnknownUse
from spatialhub.evidence import PinnedLayer
from spatialhub.findings import Discrepancy, PartResult
from spatialhub.layeranswers import LayerAnswers
from spatialhub.listed import Rows, Table
from spatialhub.looking import CheckOptions, Looked, Question, look, outline_of
from spatialhub.precedence.model import CheckPolicy
from spatialhub.precedence.referrals import refer
from spatialhub.proposing import proposal_for
from spatialhub.result import CheckResult
from spatialhub.spatial.model import Areal, Site
from spatialhub.spatial.normal import site_sha256
from spatialhub.spatial.planar import Arrangement

__all__ = ["CheckOptions", "PinnedLayer", "check_site"]


def check_site(
    site: Site,
    layers: Sequence[PinnedLayer],
    *,
    policy: CheckPolicy,
    catalogue: Catalogue,
    jurisdiction: Areal | None = None,
    options: CheckOptions = CheckOptions(),  # noqa: B008 - frozen
    notices: tuple[str, ...] = (),
) -> CheckResult:
    """Check one site against pinned layers; pure in its arguments and the snapshots they name.

    `site` and `jurisdiction` are in the city's plane `policy.epsg`; `notices` come before the city's own. Layers of the
    catalogue that are not given are unchecked.

    Raises
    ------
    UnknownUse
        A part's use is no code of the national classification.
    TooComplex, SnapshotError, CrsConflict
        From the overlay and the snapshots.
    """
    _demand_known_uses(site, catalogue)
    question = Question.of(layers, policy, catalogue, jurisdiction, options)
    looked = look(site, question)
    found, grid_m = looked.overlay, looked.overlay.arrangement.frame.grid_m
    answers = LayerAnswers(looked, question)
    return CheckResult(
        name=site.name,
        epsg=policy.epsg,
        parts=_part_results(looked),
        area_u=found.area_u,
        area_plane_u=found.area_plane_u,
        outside_jurisdiction_u=found.outside_u,
        geometry=partial(outline_of, site),
        bounds=partial(_bounds, site, grid_m),
        site_sha256=partial(site_sha256, site, grid_m),
        source=site.source,
        issues=site.issues,
        layers=answers.rows,
        fragments=looked.fragments,
        proposal=proposal_for(looked, question),
        referrals=refer(answers.found(), _uses(site), catalogue, policy),
        discrepancies=Rows(partial(_discrepancies, looked)),
        approvals=looked.approvals,
        grid_m=grid_m,
        merged_faces=found.joined.merged,
        moved_u=Table(partial(_moved_u, looked)),
        mismatch_u=found.mismatch_u,
        city=policy.city,
        city_name=policy.name,
        policy_version=policy.policy_version,
        catalogue_version=catalogue.version,
        engine_version=_engine(found.arrangement),
        notices=(*notices, *policy.notices),
        checked_at=options.checked_at,
        as_of=options.as_of,
        known_at=options.known_at,
        min_area_m2=options.min_area_m2,
    )


def _demand_known_uses(site: Site, catalogue: Catalogue) -> None:
    for part in site.parts:
        if part.use is not None and part.use not in catalogue.uses:
            raise UnknownUse(f"{site.name} #{part.number}", use=part.use)


def _engine(arrangement: Arrangement) -> str:
    """What made the arrangement, and why, where the usual engine could not."""
    return f"{arrangement.engine} ({arrangement.fallback})" if arrangement.fallback else arrangement.engine


def _bounds(site: Site, grid_m: float) -> tuple[float, float, float, float]:
    """Corners of the site on the record grid, in metres of the plane."""
    per_metre = round(1 / grid_m)
    xmin, ymin, xmax, ymax = zip(*(part.geometry.bounds for part in site.parts), strict=True)
    corners = (round(value * per_metre) / per_metre for value in (min(xmin), min(ymin), max(xmax), max(ymax)))
    west, south, east, north = (round(value, 4) for value in corners)
    return west, south, east, north


def _part_results(looked: Looked) -> tuple[PartResult, ...]:
    return tuple(
        PartResult(part, area_u, area_plane_u)
        for part, (area_u, area_plane_u) in zip(looked.site.parts, looked.overlay.parts, strict=True)
    )


def _moved_u(looked: Looked) -> dict[str, int]:
    """What merging slivers moved, by layer/feature."""
    moved = sorted(looked.overlay.moved_u.items())
    names = looked.evidence.names(np.array([label for label, _ in moved], np.int64) - looked.overlay.labels.first)
    return dict(sorted(("/".join(name), units) for name, (_, units) in zip(names, moved, strict=True)))


def _discrepancies(looked: Looked) -> Iterator[Discrepancy]:
    """Two floors on a fragment, a detailed plan against its master plan."""
    judged = looked.judged
    found: dict[tuple[str, tuple[str, ...], str], list[int]] = {}
    for number, row in enumerate(judged.groups):
        if len(row.ruling.floors) > 1:
            found.setdefault(("two_floors", row.ruling.floors, ""), []).append(number)
        for text in row.ruling.ruling.differences:
            found.setdefault(("detailed_against_master", (), text), []).append(number)
    for (kind, layers, text), groups in sorted(found.items(), key=lambda row: row[0]):
        area_u = sum(judged.groups[number].area_u for number in groups)
        yield Discrepancy(kind, layers, Rows(partial(judged.ids_of, groups)), area_u, text)


def _uses(site: Site) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.use for part in site.parts if part.use is not None))
