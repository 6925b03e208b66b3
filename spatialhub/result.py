"""The check result: one frozen value, its JSON (schemas/check_result.json) and its hash (check.md §8).

Areas are integers of 1e-4 m² (`*_u`, "units") inside; JSON writes square metres with four decimals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from shapely import Geometry
from shapely.geometry import mapping

from spatialhub import canonical
from spatialhub.findings import (
    ApprovalUse,
    Discrepancy,
    Fragment,
    LayerResult,
    PartResult,
    Proposal,
)
from spatialhub.listed import Drawable, Drawn
from spatialhub.precedence.model import Constraint, Designation, Referral, Ruling
from spatialhub.spatial.model import Issue, Source

SCHEMA_VERSION = 1
UNITS_PER_M2 = 10_000


@dataclass(frozen=True, kw_only=True)
class CheckResult(Drawable):
    """Everything one check found. `hash` covers what check.md §8 lists.

    What decides nothing may be made when first read: outline, bounds and hash of the site; layers, fragments and what
    they list, from snapshots that stay open until then.
    """

    name: str
    epsg: int
    parts: tuple[PartResult, ...]
    area_u: int
    area_plane_u: int
    outside_jurisdiction_u: int
    geometry: Drawn[Geometry] = Drawn()  # noqa: RUF009
    bounds: Drawn[tuple[float, float, float, float]] = Drawn()  # noqa: RUF009
    site_sha256: Drawn[str] = Drawn()  # noqa: RUF009
    source: Source | None
    issues: tuple[Issue, ...]
    layers: Sequence[LayerResult]
    fragments: Sequence[Fragment]
    proposal: Proposal
    referrals: Sequence[Referral]
    discrepancies: Sequence[Discrepancy]
    approvals: tuple[ApprovalUse, ...]
    grid_m: float
    merged_faces: int
    moved_u: Mapping[str, int]
    mismatch_u: int
    city: str
    city_name: str
    policy_version: str
    catalogue_version: str
    engine_version: str
    notices: tuple[str, ...] = ()
    checked_at: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    as_of: str = ""
    known_at: str = ""

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON (RFC 8785) of what the result says."""
        return hashlib.sha256(canonical.dumps(hashed_value(self))).hexdigest()


def m2(units: int) -> float:
    """Square metres, four decimals, of an area in units of 1e-4 m²."""
    return units / UNITS_PER_M2


def share(units: int, of: int) -> float:
    """Share of the site, at most 1."""
    return min(1.0, round(units / of, 9)) if of else 0.0


def _constraint(value: Constraint) -> dict:
    row = {"layer": value.layer, "feature": value.feature, "effect": value.effect.value, "clause": value.clause}
    return row | ({"note": value.note} if value.note else {})


def _candidate(value: Designation) -> dict:
    return {
        "plan": value.plan.value,
        "says": value.says.value,
        "layer": value.layer,
        "class": value.class_code,
        "class_name": value.class_name,
        "answer": value.answer.value if value.answer else None,
    }


def _ruling(value: Ruling) -> dict:
    return {
        "outcome": value.outcome.value,
        "plan": value.plan.value if value.plan else None,
        "rules_met": list(value.rules_met),
        "clauses": list(value.clauses),
        "basis": value.basis.value,
        "floors": [_constraint(floor) for floor in value.floors],
        "constraints": [_constraint(row) for row in value.constraints],
        "candidates": [_candidate(row) for row in value.candidates],
        "consult": list(value.consult),
        "facts": dict(value.facts),
    }


def _part(value: PartResult, area) -> dict:
    part = value.part
    return {
        "number": part.number,
        "name": part.name,
        "use": part.use,
        "level": part.level.value,
        "land": part.land.value,
        "form": part.form.value,
        "manner": part.manner.value,
        "facility": part.facility,
        "max_height_m": part.max_height_m,
        "declared_area_m2": part.declared_area_m2,
        "area_m2": area(value.area_u),
        "area_plane_m2": area(value.area_plane_u),
    }


def _layer(value: LayerResult, site_u: int, area) -> dict:
    return {
        "key": value.key,
        "title": value.title,
        "family": value.family,
        "kind": value.kind,
        "version": value.version,
        "in_force_from": value.in_force_from or None,
        "status": value.status.value,
        "reason": value.reason or None,
        "required": value.required,
        "area_m2": area(value.area_u),
        "area_plane_m2": area(value.area_plane_u),
        "share": share(value.area_u, site_u),
        "unchecked_area_m2": area(value.unchecked_u),
        "floor_area_m2": area(value.floor_u),
        "suspected_digitising_error": value.suspected_digitising_error,
        "features": [
            {
                "id": hit.id,
                "name": hit.name,
                "class": hit.class_code,
                "class_name": hit.class_name,
                "attributes": dict(hit.attributes),
                "area_m2": area(hit.area_u),
                "area_plane_m2": area(hit.area_plane_u),
                "share": share(hit.area_u, site_u),
            }
            for hit in value.features
        ],
        "departments": list(value.departments),
        "steward": value.steward,
        "clause": value.clause,
    }


def _fragment(value: Fragment, area) -> dict:
    return {
        "id": value.id,
        "area_m2": area(value.area_u),
        "part": value.part,
        "parts": list(value.parts),
        "layers": [{"key": layer, "feature": feature} for layer, feature in value.covers],
        "unchecked": list(value.unchecked),
        "outside_jurisdiction": value.outside_jurisdiction,
        "mismatch": value.mismatch,
        "ruling": _ruling(value.ruling),
        "conformity": value.conformity.value,
    }


def _proposal(value: Proposal, area, *, geometry: bool) -> dict:
    suggestion = None
    if value.suggestion is not None:
        suggestion = {
            "area_m2": area(value.suggestion.area_u),
            "lost_m2": area(value.suggestion.lost_u),
            "recheck": value.suggestion.recheck.value,
            "floors_hit": list(value.suggestion.floors_hit),
        }
        if geometry:
            suggestion["geometry"] = mapping(value.suggestion.geometry)
    return {
        "verdict": value.verdict.value,
        "reasons": [
            {"code": row.code, "text": row.text, "clause": row.clause, "area_m2": area(row.area_u)}
            for row in value.reasons
        ],
        "suggestion": suggestion,
        "unchecked": [
            {
                "key": row.key,
                "title": row.title,
                "reason": row.reason,
                "clause": row.clause,
                "required": row.required,
                "area_m2": area(row.area_u),
            }
            for row in value.unchecked
        ],
        "crossings": [
            {
                "part": row.part,
                "layer": row.layer,
                "feature": row.feature,
                "from_m": round(row.from_m, 1),
                "to_m": round(row.to_m, 1),
                "area_m2": area(row.area_u),
                "conformity": row.conformity.value,
            }
            for row in value.crossings
        ],
    }


def _referral(value: Referral) -> dict:
    return {
        "department": value.department,
        "name": value.name,
        "by": value.by.value,
        "reasons": [
            {"about": row.about, "text": row.text, "clause": row.clause, "features": list(row.features)}
            for row in value.reasons
        ],
    }


def _site(result: CheckResult, area) -> dict:
    return {
        "name": result.name,
        "parts": [_part(part, area) for part in result.parts],
        "area_m2": area(result.area_u),
        "area_plane_m2": area(result.area_plane_u),
        "outside_jurisdiction_m2": area(result.outside_jurisdiction_u),
        "crs": f"EPSG:{result.epsg}",
        "bounds": list(result.bounds),
        "sha256": result.site_sha256,
        "issues": [{"code": row.code, "place": row.place, "params": dict(row.params)} for row in result.issues],
    }


_OF_VERSION = ("version", "in_force_from")


def hashed_value(result: CheckResult) -> dict:
    """The value whose canonical JSON is hashed: no source, no geometry, no versions of data or engine, no time."""
    site = _site(result, int)
    del site["issues"]
    return {
        "site": site,
        "layers": [
            {key: item for key, item in _layer(row, result.area_u, int).items() if key not in _OF_VERSION}
            for row in result.layers
        ],
        "fragments": [_fragment(row, int) for row in result.fragments],
        "proposal": _proposal(result.proposal, int, geometry=False),
        "referrals": [_referral(row) for row in result.referrals],
        "city": result.city,
        "policy_version": result.policy_version,
        "catalogue_version": result.catalogue_version,
    }


def _source(value: Source | None) -> dict | None:
    if value is None:
        return None
    return {
        "name": value.name,
        "sha256": value.sha256,
        "format": value.format,
        "crs": value.crs,
        "encoding": value.encoding,
    }


def _discrepancy(value: Discrepancy) -> dict:
    return {
        "kind": value.kind,
        "layers": list(value.layers),
        "fragments": list(value.fragments),
        "area_m2": m2(value.area_u),
        "text": value.text,
    }


def _approval(value: ApprovalUse) -> dict:
    return {
        "layer": value.approval.layer,
        "kind": value.approval.kind,
        "issuer": value.approval.issuer,
        "number": value.approval.number,
        "date": value.approval.date,
        "area_m2": value.approval.area_m2,
        "needed_m2": m2(value.needed_u),
        "accepted": value.accepted,
        "reason": value.reason or None,
    }


def _provenance(result: CheckResult) -> dict:
    return {
        "city": result.city,
        "city_name": result.city_name,
        "policy_version": result.policy_version,
        "catalogue_version": result.catalogue_version,
        "layer_versions": {
            row.key: {"version": row.version, "sha256": row.version_sha256}
            for row in result.layers
            if row.version is not None
        },
        "engine_version": result.engine_version,
        "area_basis": "CGCS2000 ellipsoid, edges straight in the plane",
        "as_of": result.as_of or None,
        "known_at": result.known_at or None,
        "result_hash": result.hash,
    }


def to_json(result: CheckResult) -> dict:
    """Return the result as published in `schemas/check_result.json`; geometries are GeoJSON in the city's plane."""
    shapes = {"geometry": mapping(result.geometry), "source": _source(result.source)}
    return {
        "schema_version": SCHEMA_VERSION,
        "site": _site(result, m2) | shapes,
        "layers": [_layer(row, result.area_u, m2) for row in result.layers],
        "fragments": [_fragment(row, m2) | {"geometry": mapping(row.geometry)} for row in result.fragments],
        "proposal": _proposal(result.proposal, m2, geometry=True),
        "referrals": [_referral(row) for row in result.referrals],
        "discrepancies": [_discrepancy(row) for row in result.discrepancies],
        "approvals": [_approval(row) for row in result.approvals],
        "grid_m": result.grid_m,
        "merged_faces": result.merged_faces,
        "moved_m2": {key: m2(units) for key, units in sorted(result.moved_u.items())},
        "mismatch_area_m2": m2(result.mismatch_u),
        "notices": list(result.notices),
        "provenance": _provenance(result),
        "checked_at": result.checked_at or None,
        "timings_ms": dict(result.timings_ms),
    }
