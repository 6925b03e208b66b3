"""Pieces of a result as JSON values: what is published and what is hashed differ only in how an area is written.

`area` is `m2` where a result is published (schemas/check_result.json), `int` where it is hashed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from shapely.geometry import mapping

from spatialhub.findings import Fragment, LayerResult, PartResult, Proposal, Unchecked
from spatialhub.precedence.model import Constraint, Designation, Referral, Ruling

UNITS_PER_M2 = 10_000
Area: TypeAlias = Callable[[int], float]


def m2(units: int) -> float:
    """Square metres, four decimals, of an area in units of 1e-4 m²."""
    return units / UNITS_PER_M2


def share(units: int, of: int) -> float:
    """Share of the site, at most 1."""
    return min(1.0, round(units / of, 9)) if of else 0.0


def constraint_json(value: Constraint) -> dict:
    """Effect of one feature."""
    row = {"layer": value.layer, "feature": value.feature, "effect": value.effect.value, "clause": value.clause}
    return row | ({"note": value.note} if value.note else {})


def candidate_json(value: Designation) -> dict:
    """A plan's answer."""
    return {
        "plan": value.plan.value,
        "says": value.says.value,
        "layer": value.layer,
        "class": value.class_code,
        "class_name": value.class_name,
        "answer": value.answer.value if value.answer else None,
    }


def ruling_json(value: Ruling) -> dict:
    """A ruling, with its features."""
    return {
        "outcome": value.outcome.value,
        "plan": value.plan.value if value.plan else None,
        "rules_met": list(value.rules_met),
        "clauses": list(value.clauses),
        "basis": value.basis.value,
        "floors": [constraint_json(floor) for floor in value.floors],
        "constraints": [constraint_json(row) for row in value.constraints],
        "candidates": [candidate_json(row) for row in value.candidates],
        "consult": list(value.consult),
        "facts": dict(value.facts),
    }


def part_json(value: PartResult, area: Area) -> dict:
    """A site part."""
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


def layer_json(value: LayerResult, site_u: int, area: Area) -> dict:
    """A layer's answer, `site_u` the site's area."""
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


def fragment_json(value: Fragment, area: Area) -> dict:
    """A fragment without its geometry."""
    return {
        "id": value.id,
        "area_m2": area(value.area_u),
        "part": value.part,
        "parts": list(value.parts),
        "layers": [{"key": layer, "feature": feature} for layer, feature in value.covers],
        "unchecked": list(value.unchecked),
        "outside_jurisdiction": value.outside_jurisdiction,
        "mismatch": value.mismatch,
        "ruling": ruling_json(value.ruling),
        "conformity": value.conformity.value,
    }


def unchecked_json(value: Unchecked, area: Area) -> dict:
    """What was not checked."""
    return {
        "key": value.key,
        "title": value.title,
        "reason": value.reason,
        "clause": value.clause,
        "required": value.required,
        "area_m2": area(value.area_u),
    }


def proposal_json(value: Proposal, area, *, geometry: bool) -> dict:
    """The proposal; `geometry`: with the outline suggested."""
    return deciding_json(value, area, geometry=geometry) | {
        "unchecked": [unchecked_json(row, area) for row in value.unchecked]
    }


def deciding_json(value: Proposal, area, *, geometry: bool) -> dict:
    """The proposal but for what was not checked, which is a long list."""
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


def referral_json(value: Referral) -> dict:
    """A department to ask."""
    return {
        "department": value.department,
        "name": value.name,
        "by": value.by.value,
        "reasons": [
            {"about": row.about, "text": row.text, "clause": row.clause, "features": list(row.features)}
            for row in value.reasons
        ],
    }
