"""A small check result made by hand: one hectare of housing, half of it in the ecological red line."""

from __future__ import annotations

from dataclasses import replace

from spatialhub.catalogue import Effect
from spatialhub.findings import (
    ApprovalUse,
    Crossing,
    Discrepancy,
    FeatureHit,
    Fragment,
    LayerResult,
    PartResult,
    Proposal,
    Reason,
    Status,
    Suggestion,
    Unchecked,
)
from spatialhub.precedence.model import (
    Answer,
    Approval,
    AskedBy,
    Conformity,
    Constraint,
    Designation,
    Outcome,
    Plan,
    Referral,
    ReferralReason,
    Ruling,
    Says,
    Verdict,
)
from spatialhub.result import CheckResult
from spatialhub.spatial.model import Issue, Source
from tests import shapes
from tests.builders import ECOLOGY, HOUSING, a_part

HALF_U, WHOLE_U = 49_999_580, 99_999_160
FLOOR_CLAUSE = "Z1-16 三(四)"


def a_result(**fields) -> CheckResult:
    """The result, with fields replaced."""
    return replace(_RESULT, **fields)


def a_ruling(**fields) -> Ruling:
    """A ruling in which both plans allow the use."""
    answers = [_designation(plan, Answer.ALLOWS) for plan in (Plan.LAND_USE, Plan.URBAN_RURAL)]
    given = {"outcome": Outcome.AGREES, "conformity": Conformity.CONFORMS, "candidates": tuple(answers)} | fields
    return Ruling(plan=Plan.LAND_USE, rules_met=("same_answer",), clauses=("三(四)",), **given)


def _designation(plan: Plan, answer: Answer) -> Designation:
    return Designation(plan, Says.CLASS, plan.value, "f1", HOUSING, "二类城镇住宅用地", (HOUSING,), answer)


def _layer(key: str, kind: str, status: Status, **fields) -> LayerResult:
    given = {"title": key, "family": "control", "clause": FLOOR_CLAUSE, "steward": ECOLOGY, "departments": (ECOLOGY,)}
    return LayerResult(key=key, kind=kind, status=status, **{"required": True} | given | fields)


_ATTRIBUTES = {"level": 2, "note": None}
_HIT = FeatureHit("f1", "生态红线一", _ATTRIBUTES, HALF_U, 50_000_000, geometry=shapes.rectangle(50, 100))
_LAYERS = (
    _layer("eco_redline", "floor", Status.HIT, area_u=HALF_U, area_plane_u=50_000_000, features=(_HIT,), version=3,
           version_sha256="a" * 64, in_force_from="2021-01-01"),
    _layer("line_green", "control", Status.CLEAR, required=False, version=1, version_sha256="b" * 64),
    _layer("survey", "information", Status.UNCHECKED, reason="layer_no_version", unchecked_u=WHOLE_U, family="survey"),
)  # fmt: skip
_BARS = Constraint("eco_redline", "f1", Effect.BARS, FLOOR_CLAUSE)
_FRAGMENTS = (
    Fragment("F1", HALF_U, 50_000_000, 1, (1,), (("eco_redline", "f1"),), ("survey",), False, False,
             a_ruling(conformity=Conformity.BARRED, floors=(_BARS,), facts=(("floor", "eco_redline"),)),
             shapes.rectangle(50, 100)),
    Fragment("F2", WHOLE_U - HALF_U, 50_000_000, 1, (1,), (), ("survey",), False, False, a_ruling(),
             shapes.rectangle(50, 100, 50)),
)  # fmt: skip
_PROPOSAL = Proposal(
    Verdict.DOES_NOT_CONFORM,
    reasons=(Reason("kept_below_minimum", "保留面积不足", "verdict.min_kept_share", HALF_U),),
    suggestion=Suggestion(shapes.rectangle(50, 100, 50), WHOLE_U - HALF_U, HALF_U, Conformity.CONFORMS, ()),
    unchecked=(Unchecked("survey", "survey", "layer_no_version", FLOOR_CLAUSE, True, WHOLE_U),),
    crossings=(Crossing(1, "eco_redline", "f1", 0.04, 50.06, HALF_U, Conformity.BARRED),),
)
_REFERRAL = Referral(
    ECOLOGY, "市生态环境局", AskedBy.HIT, (ReferralReason("eco_redline", "生态保护红线", FLOOR_CLAUSE, ("f1",)),)
)
_APPROVAL = Approval("eco_redline", "准入", "省政府", "〔2024〕1号", "2024-05-01", 10.0)
_RESULT = CheckResult(
    name="试验地块",
    epsg=shapes.EPSG,
    parts=(PartResult(a_part(declared_area_m2=10_000.0), WHOLE_U, 100_000_000),),
    area_u=WHOLE_U,
    area_plane_u=100_000_000,
    outside_jurisdiction_u=0,
    geometry=shapes.SQUARE,
    bounds=shapes.SQUARE.bounds,
    site_sha256="c" * 64,
    source=Source("红线.txt", "d" * 64, "boundary-point TXT", "EPSG:4526", "GB18030"),
    issues=(Issue.of("closing_point_added", "地块一", ring=1),),
    layers=_LAYERS,
    fragments=_FRAGMENTS,
    proposal=_PROPOSAL,
    referrals=(_REFERRAL,),
    discrepancies=(Discrepancy("two_floors", ("eco_redline", "farmland_pbf"), ("F1",), HALF_U, "两条底线重叠"),),
    approvals=(ApprovalUse(_APPROVAL, False, HALF_U, "approval_area"),),
    grid_m=1e-5,
    merged_faces=2,
    moved_u={"eco_redline/f1": 12},
    mismatch_u=3,
    city="testcity",
    city_name="试验市",
    policy_version="policy-1",
    catalogue_version="catalogue-1",
    engine_version="0.1.0",
    notices=("演示数据",),
    checked_at="2026-11-21T09:00:00+08:00",
    timings_ms={"search": 1.5},
    as_of="2026-11-21",
)
