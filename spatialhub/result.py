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
from spatialhub.hashed import fragments_bytes, layers_bytes, proposal_text, referrals_text
from spatialhub.listed import Drawable, Drawn
from spatialhub.precedence.model import Referral
from spatialhub.resultrows import Area, fragment_json, layer_json, m2, part_json, proposal_json, referral_json
from spatialhub.spatial.model import Issue, Source

SCHEMA_VERSION = 1


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
    min_area_m2: float | None = None

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON (RFC 8785) of what the result says."""
        return hashlib.sha256(hashed_text(self)).hexdigest()


def _site(result: CheckResult, area: Area) -> dict:
    return {
        "name": result.name,
        "parts": [part_json(part, area) for part in result.parts],
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
    return _hashed_but_lists(result) | {
        "proposal": proposal_json(result.proposal, int, geometry=False),
        "layers": [
            {key: item for key, item in layer_json(row, result.area_u, int).items() if key not in _OF_VERSION}
            for row in result.layers
        ],
        "fragments": [fragment_json(row, int) for row in result.fragments],
        "referrals": [referral_json(row) for row in result.referrals],
    }


def hashed_text(result: CheckResult) -> bytes:
    """Canonical JSON of `hashed_value`, its long lists written straight.

    Raises
    ------
    rfc8785.CanonicalizationError
        A value that JSON cannot hold.
    """
    try:
        written = {key: [canonical.text(value).encode()] for key, value in _hashed_but_lists(result).items()} | {
            "proposal": [proposal_text(result.proposal).encode()],
            "layers": layers_bytes(result.layers, result.area_u),
            "fragments": fragments_bytes(result.fragments),
            "referrals": [referrals_text(result.referrals).encode()],
        }
        members = [piece for key in sorted(written) for piece in (f',"{key}":'.encode(), *written[key])]
        return b"{" + b"".join(members)[1:] + b"}"
    except (canonical.NotPlain, UnicodeEncodeError):
        return canonical.dumps(hashed_value(result))


def _hashed_but_lists(result: CheckResult) -> dict:
    site = _site(result, int)
    del site["issues"]
    return {
        "site": site,
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
    limited = {"features": list(value.approval.features)} if value.approval.features else {}
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
        **limited,
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
    outlines = [mapping(part.part.geometry) for part in result.parts]
    parts = [part_json(part, m2) | {"geometry": each} for part, each in zip(result.parts, outlines, strict=True)]
    shapes = {"parts": parts, "geometry": mapping(result.geometry), "source": _source(result.source)}
    return {
        "schema_version": SCHEMA_VERSION,
        "site": _site(result, m2) | shapes,
        "layers": [layer_json(row, result.area_u, m2) for row in result.layers],
        "fragments": [fragment_json(row, m2) | {"geometry": mapping(row.geometry)} for row in result.fragments],
        "proposal": proposal_json(result.proposal, m2, geometry=True),
        "referrals": [referral_json(row) for row in result.referrals],
        "discrepancies": [_discrepancy(row) for row in result.discrepancies],
        "approvals": [_approval(row) for row in result.approvals],
        "min_area_m2": result.min_area_m2,
        "grid_m": result.grid_m,
        "merged_faces": result.merged_faces,
        "moved_m2": {key: m2(units) for key, units in sorted(result.moved_u.items())},
        "mismatch_area_m2": m2(result.mismatch_u),
        "notices": list(result.notices),
        "provenance": _provenance(result),
        "checked_at": result.checked_at or None,
        "timings_ms": dict(result.timings_ms),
    }
