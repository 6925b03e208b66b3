"""The use case: a site, pinned layers, a policy → what holds there, what follows, whom to ask (check.md).

site ─ gather ─▶ evidence ─ overlay ─▶ pieces ─ rule ─▶ fragments ─ propose ─▶ proposal ─ refer ─▶ CheckResult
"""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from spatialhub.catalogue import Catalogue
from spatialhub.errors import UnknownUse
from spatialhub.evidence import PinnedLayer
from spatialhub.findings import Discrepancy, FeatureHit, Fragment, LayerResult, PartResult, Status
from spatialhub.looking import CheckOptions, Looked, Question, look, outline_of
from spatialhub.precedence.model import CheckPolicy
from spatialhub.precedence.referrals import Finding, refer
from spatialhub.proposing import proposal_for
from spatialhub.result import CheckResult
from spatialhub.spatial.arrangement import ENGINE, union_of
from spatialhub.spatial.model import Areal, Site
from spatialhub.spatial.normal import site_sha256
from spatialhub.spatial.overlay import LayerOverlap

__all__ = ["CheckOptions", "PinnedLayer", "check_site"]


def check_site(
    site: Site,
    layers: Sequence[PinnedLayer],
    *,
    policy: CheckPolicy,
    catalogue: Catalogue,
    jurisdiction: Areal | None = None,
    options: CheckOptions = CheckOptions(),  # noqa: B008 - frozen
) -> CheckResult:
    """Check one site against pinned layers; pure in its arguments and the snapshots they name.

    `site` and `jurisdiction` are in the city's plane `policy.epsg`. Layers of the catalogue that are not given are
    unchecked.

    Raises
    ------
    UnknownUse
        A part's use is no code of the national classification.
    TooComplex, SnapshotError, CrsConflict
        From the overlay and the snapshots.
    """
    for part in site.parts:
        if part.use is not None and part.use not in catalogue.uses:
            raise UnknownUse(f"{site.name} #{part.number}", use=part.use)
    question = Question((*layers, *_not_given(layers, catalogue)), policy, catalogue, jurisdiction, options)
    looked = look(site, question)
    layer_results = tuple(_layer_result(row, looked, question) for row in looked.overlay.layers)
    proposal = proposal_for(looked, layer_results, question)
    return CheckResult(
        name=site.name,
        epsg=policy.epsg,
        parts=_part_results(looked),
        area_u=looked.overlay.area_u,
        area_plane_u=looked.overlay.area_plane_u,
        outside_jurisdiction_u=looked.overlay.outside_u,
        geometry=outline_of(site),
        bounds=tuple(round(float(v), 4) for v in shapely.total_bounds(looked.overlay.arrangement.faces)),  # type: ignore[arg-type]
        site_sha256=site_sha256(site, looked.overlay.arrangement.frame.grid_m),
        source=site.source,
        issues=site.issues,
        layers=layer_results,
        fragments=looked.fragments,
        proposal=proposal,
        referrals=refer(_findings(layer_results, catalogue), _uses(site), policy),
        discrepancies=_discrepancies(looked.fragments),
        approvals=looked.approvals,
        grid_m=looked.overlay.arrangement.frame.grid_m,
        merged_faces=looked.overlay.merged_faces,
        moved_u=looked.overlay.moved_u,
        mismatch_u=looked.overlay.mismatch_u,
        city=policy.city,
        city_name=policy.name,
        policy_version=policy.policy_version,
        catalogue_version=catalogue.version,
        engine_version=ENGINE,
        notices=policy.notices,
        checked_at=options.checked_at,
        as_of=options.as_of,
        known_at=options.known_at,
    )


def _not_given(layers: Sequence[PinnedLayer], catalogue: Catalogue) -> list[PinnedLayer]:
    """Entries of the catalogue that the caller left out: unchecked, never silent or clear."""
    given = {row.entry.key for row in layers}
    return [PinnedLayer(row, reason="layer_not_asked") for key, row in catalogue.entries.items() if key not in given]


def _layer_result(row: LayerOverlap, looked: Looked, question: Question) -> LayerResult:
    policy = question.policy
    evidence = looked.evidence[row.layer]
    entry, pinned = evidence.entry, evidence.pinned
    status = _status(row)
    reason = pinned.reason or ("outside_coverage" if row.unchecked_u else "")
    return LayerResult(
        key=entry.key,
        title=entry.title_zh,
        family=entry.family.value,
        kind=entry.kind.value,
        status=status,
        clause="；".join(filter(None, (policy.layer_clauses.get(entry.key, ""), entry.clause))),
        steward=policy.department(entry.steward),
        departments=tuple(policy.department(row.department) for row in entry.consulted),
        required=entry.required,
        version=pinned.version,
        version_sha256=pinned.sha256,
        in_force_from=pinned.in_force_from,
        reason=reason,
        area_u=row.area_u,
        area_plane_u=row.area_plane_u,
        unchecked_u=row.unchecked_u,
        floor_u=row.floor_u,
        suspected_digitising_error=row.suspected_digitising_error,
        features=tuple(_feature_hit(id, row, looked, question.catalogue) for id in sorted(row.features)),
    )


def _status(row: LayerOverlap) -> Status:
    if row.found in ("nothing", "adjacent") and row.unchecked_u:
        return Status.UNCHECKED
    return Status.CLEAR if row.found == "nothing" else Status(row.found)


def _feature_hit(id: str, row: LayerOverlap, looked: Looked, catalogue: Catalogue) -> FeatureHit:
    evidence = looked.evidence[row.layer]
    feature = evidence.features[id]
    area_u, area_plane_u, faces = row.features[id]
    classes = catalogue.classes.get(evidence.entry.classes)
    known = classes.find(feature.class_code) if classes else None
    return FeatureHit(
        id=id,
        name=feature.name,
        attributes=feature.shown,
        area_u=area_u,
        area_plane_u=area_plane_u,
        class_code=feature.class_code,
        class_name=known.name if known else "",
        geometry=union_of(looked.overlay.arrangement.faces[faces]),
    )


def _part_results(looked: Looked) -> tuple[PartResult, ...]:
    return tuple(
        PartResult(part, area_u, area_plane_u)
        for part, (area_u, area_plane_u) in zip(looked.site.parts, looked.overlay.parts, strict=True)
    )


def _discrepancies(fragments: Sequence[Fragment]) -> tuple[Discrepancy, ...]:
    found: dict[tuple[str, tuple[str, ...], str], list[Fragment]] = {}
    for fragment in fragments:
        floors = tuple(sorted({row.layer for row in fragment.ruling.floors}))
        if len(floors) > 1:
            found.setdefault(("two_floors", floors, ""), []).append(fragment)
        for text in fragment.ruling.differences:
            found.setdefault(("detailed_against_master", (), text), []).append(fragment)
    return tuple(
        Discrepancy(kind, layers, tuple(row.id for row in rows), sum(row.area_u for row in rows), text)
        for (kind, layers, text), rows in sorted(found.items(), key=lambda row: row[0])
    )


def _findings(layers: tuple[LayerResult, ...], catalogue: Catalogue) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            entry=catalogue.entry(row.key),
            hit=row.status is Status.HIT,
            unchecked=bool(row.unchecked_u),
            features=tuple(hit.name or hit.id for hit in row.features) if row.status is Status.HIT else (),
        )
        for row in layers
    )


def _uses(site: Site) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.use for part in site.parts if part.use is not None))
