"""A made-up check result with everything in it: layers of every status, fragments of every conformity."""

from __future__ import annotations

from dataclasses import replace

from shapely import box
from shapely.geometry import Polygon

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
    Basis,
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
from spatialhub.spatial.model import Issue, SitePart, Source

X, Y = 467_900.0, 3_846_900.0
CLAUSE = "郑政办〔2019〕50号 多规合一方案 三(四)"
HOSTILE = "<img src=x onerror=alert(1)>"


def units(polygon: Polygon) -> int:
    """Area in 1e-4 m²; the plane's is good enough for a picture."""
    return round(polygon.area * 10_000)


def strip(start_m: float, end_m: float, *, top_m: float = 100.0) -> Polygon:
    """A vertical strip of the 200 m x 100 m site."""
    return box(X + start_m, Y, X + end_m, Y + top_m)


SITE = strip(0, 200)
TITLES = {
    "farmland_pbf": "永久基本农田",
    "eco_redline": "生态保护红线",
    "line_red": "道路红线",
    "line_green": "绿化绿线",
    "line_blue": "河道蓝线",
    "line_yellow": "基础设施黄线",
    "land_use_plan": "土地利用总体规划",
    "urban_plan": "城乡规划",
    "urban_boundary": "城镇开发边界",
    "land_survey": "国土调查",
    "line_purple": "文物紫线",
}
FAMILY = {"farmland_pbf": "control", "eco_redline": "control", "urban_boundary": "control", "land_survey": "survey"}
KIND = {"farmland_pbf": "floor", "eco_redline": "floor", "land_survey": "information"}


def layer(key: str, status: Status, polygon: Polygon | None = None, **changes: object) -> LayerResult:
    """A layer's answer with every default filled."""
    plan = key.endswith("_plan") or key == "urban_boundary"
    hits = ()
    if polygon is not None:
        attributes = {"来源": HOSTILE}
        area = units(polygon)
        hits = (FeatureHit(f"{key}-1", f"{TITLES[key]}{HOSTILE}", attributes, area, area, geometry=polygon),)
    base = LayerResult(
        key=key,
        title=TITLES[key],
        family=FAMILY.get(key, "plans" if plan else "six_lines"),
        kind=KIND.get(key, "designation" if plan else "control"),
        status=status,
        clause=CLAUSE,
        steward="natural_resources",
        departments=("natural_resources", "water"),
        required=True,
        version=3,
        version_sha256="ab" * 32,
        in_force_from="2026-01-01",
        area_u=units(polygon) if polygon is not None else 0,
        area_plane_u=units(polygon) if polygon is not None else 0,
        features=hits,
    )
    return replace(base, **changes)


LAYERS = (
    layer("farmland_pbf", Status.HIT, strip(0, 20)),
    layer("line_red", Status.HIT, strip(20, 50)),
    layer("line_green", Status.HIT, strip(50, 80), suspected_digitising_error=True),
    layer("land_use_plan", Status.HIT, SITE),
    layer("urban_plan", Status.HIT, SITE),
    layer("land_survey", Status.HIT, SITE, required=False),
    layer("line_blue", Status.TRACE, strip(199.995, 200)),
    layer("line_yellow", Status.ADJACENT, strip(199.9999, 200)),
    layer("urban_boundary", Status.CLEAR),
    layer("eco_redline", Status.UNCHECKED, version=None, reason="layer_not_loaded", unchecked_u=units(SITE)),
    layer("line_purple", Status.UNCHECKED, reason="outside_coverage", unchecked_u=units(strip(150, 200))),
)


def says(plan: Plan, name: str, code: str, answer: Answer) -> Designation:
    """A plan's answer for a fragment."""
    return Designation(plan, Says.CLASS, plan.value, "1", code, name, (code,), answer)


def fragment(start_m: float, end_m: float, conformity: Conformity, *covers: str, **ruling: object) -> Fragment:
    """A fragment between two chainages of the sample site."""
    polygon = strip(start_m, end_m)
    plans = (
        says(Plan.LAND_USE, "城镇用地", "20", Answer.ALLOWS),
        says(Plan.URBAN_RURAL, "居住用地", "0701", Answer.ALLOWS),
    )
    base = Ruling(
        outcome=Outcome.AGREES,
        conformity=conformity,
        rules_met=("R1",),
        clauses=(CLAUSE,),
        basis=Basis.CLAUSE,
        candidates=plans,
    )
    return Fragment(
        id=f"f{start_m:g}",
        area_u=units(polygon),
        area_plane_u=units(polygon),
        part=1,
        parts=(1,),
        covers=tuple((key, f"{key}-1") for key in covers),
        unchecked=("eco_redline",),
        outside_jurisdiction=False,
        mismatch=False,
        ruling=replace(base, **ruling),
        geometry=polygon,
    )


def constraint(key: str, effect: Effect, note: str = "") -> Constraint:
    """A constraint of a layer's first feature."""
    return Constraint(key, f"{key}-1", effect, CLAUSE, note)


ASKED = Effect.CONDITIONAL
PLANS = ("land_use_plan", "urban_plan")
FRAGMENTS = (
    fragment(0, 20, Conformity.BARRED, "farmland_pbf", *PLANS, floors=(constraint("farmland_pbf", Effect.BARS),)),
    fragment(20, 50, Conformity.REFUSED, "line_red", *PLANS, constraints=(constraint("line_red", Effect.CONFLICTS),)),
    fragment(50, 80, Conformity.CONDITIONAL, "line_green", *PLANS, constraints=(constraint("line_green", ASKED),)),
    fragment(80, 100, Conformity.NEEDS_DECISION, *PLANS, outcome=Outcome.COORDINATE, consult=("forestry",)),
    fragment(100, 110, Conformity.NOT_ASKED, *PLANS),
    fragment(110, 200, Conformity.CONFORMS, *PLANS, outcome=Outcome.PREVAILS, plan=Plan.LAND_USE),
)


def sample_result(**changes: object) -> CheckResult:
    """The whole result; `changes` replace fields of it."""
    kept = strip(50, 200)
    suggestion = Suggestion(kept, units(kept), units(strip(0, 50)), Conformity.NEEDS_DECISION, ())
    proposal = Proposal(
        verdict=Verdict.UNDETERMINED,
        reasons=(
            Reason("required_unchecked", "必查图层“生态保护红线”未检查", CLAUSE, units(SITE)),
            Reason("barred_trimmed", "占用永久基本农田", CLAUSE, units(strip(0, 20))),
        ),
        suggestion=suggestion,
        unchecked=(
            Unchecked("eco_redline", "生态保护红线", "layer_not_loaded", CLAUSE, True, units(SITE)),
            Unchecked("line_purple", "文物紫线", "outside_coverage", CLAUSE, False, units(strip(150, 200))),
            Unchecked("binding_indicators", "土地利用规划约束性指标", "floor_without_geometry", CLAUSE, False),
        ),
        crossings=(Crossing(1, "line_green", "line_green-1", 50, 80, units(strip(50, 80)), Conformity.CONDITIONAL),),
    )
    approval = Approval("farmland_pbf", "国务院批准", "国务院", "国土资函〔2018〕1号", "2018-05-01", 1500.0)
    result = CheckResult(
        name=f"示例地块{HOSTILE}",
        epsg=4547,
        parts=(PartResult(SitePart(1, SITE, "一号地块", "0701"), units(SITE), units(SITE)),),
        area_u=units(SITE),
        area_plane_u=units(SITE),
        outside_jurisdiction_u=0,
        geometry=SITE,
        bounds=SITE.bounds,
        site_sha256="cd" * 32,
        source=Source("示例.txt", "ef" * 32, "boundary_point_txt", "EPSG:4547", "utf-8"),
        issues=(Issue.of("geometry_repaired", "地块 1"),),
        layers=LAYERS,
        fragments=FRAGMENTS,
        proposal=proposal,
        referrals=(
            Referral(
                "natural_resources",
                "市资源规划局",
                AskedBy.HIT,
                (ReferralReason("farmland_pbf", "占用永久基本农田", CLAUSE, ("farmland_pbf-1",)),),
            ),
            Referral("water", "市水利局", AskedBy.DUTY, (ReferralReason("duty", "河道蓝线管理", "附件·二(二)"),)),
            Referral("security", "市国家安全局", AskedBy.LETTER, (ReferralReason("duty", "发函征求意见", "X-07"),)),
        ),
        discrepancies=(Discrepancy("plans_differ", PLANS, ("f80",), units(strip(80, 100)), "两规不一致"),),
        approvals=(ApprovalUse(approval, False, units(strip(0, 20)), "approval_area_short"),),
        grid_m=1e-5,
        merged_faces=0,
        moved_u={},
        mismatch_u=0,
        city="zhengzhou",
        city_name="郑州市",
        policy_version="policy-1",
        catalogue_version="catalogue-1",
        engine_version="0.1.0",
        notices=("示例数据，非法定成果",),
        checked_at="2026-11-21T09:00:00+08:00",
    )
    return replace(result, **changes)
