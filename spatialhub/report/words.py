"""Labels of the values that a result shows, Chinese and English, and the colour that goes with a status.

A colour never stands alone: wherever one is drawn its word stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

from spatialhub.messages import catalogue, say

LABELS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "verdict": {
        "does_not_conform": ("不符合", "does not conform"),
        "undetermined": ("待定", "undetermined"),
        "basically_conforms": ("基本符合", "basically conforms"),
        "conforms": ("符合", "conforms"),
    },
    "meaning": {
        "undetermined": (
            "“待定”：必查图层未检查、未给用途等，尚不能下结论；不等于符合。",
            "undetermined: a required layer was not checked, no use was given or the like; not the same as conforming",
        ),
        "basically_conforms": (
            "“基本符合”：用地中有须裁减、须综合协调决定或须主管部门答复的部分（见理由），这些部分目前不符合或尚未定；"
            "由牵头部门出具融合建议，调整、协调、答复之后重新提交，复核通过才是“符合”。",
            "basically conforms: parts must first be trimmed, decided or answered for, and the site handed in again",
        ),
    },
    "status": {
        "hit": ("压占", "hit"),
        "trace": ("微量", "trace"),
        "adjacent": ("相邻", "adjacent"),
        "clear": ("未涉及", "clear"),
        "unchecked": ("未检查", "not checked"),
    },
    "conformity": {
        "barred": ("禁止", "barred"),
        "refused": ("不予通过", "refused"),
        "needs_decision": ("需协调决定", "needs a decision"),
        "conditional": ("有条件", "conditional"),
        "conforms": ("符合", "conforms"),
        "not_asked": ("未给用途", "no use given"),
    },
    "outcome": {
        "governs": ("国土空间规划管控", "the territorial plan governs"),
        "agrees": ("两规一致", "the plans agree"),
        "sole": ("仅一规有规定", "one plan speaks"),
        "prevails": ("按优先规则", "one plan prevails"),
        "coordinate": ("需协调", "to be coordinated"),
        "no_local_basis": ("无本市依据", "no local basis"),
    },
    "plan": {
        "land_use_plan": ("土地利用规划", "land-use plan"),
        "urban_rural_plan": ("城乡规划", "urban-rural plan"),
        "territorial_plan": ("国土空间规划", "territorial plan"),
        "blueprint": ("一张蓝图", "blueprint"),
    },
    "says": {
        "class": ("有规定", "designates"),
        "silent": ("无规定", "silent"),
        "unknown": ("分类代码不明", "unknown code"),
        "unchecked": ("未检查", "not checked"),
    },
    "answer": {
        "allows": ("允许", "allows"),
        "conditional": ("有条件允许", "allows conditionally"),
        "forbids": ("不允许", "forbids"),
    },
    "effect": {
        "serves": ("即其用途", "serves it"),
        "conditional": ("须主管部门答复", "its steward must answer"),
        "conflicts": ("冲突", "conflicts"),
        "bars": ("禁止", "bars"),
        "approved": ("已有批准", "approved"),
    },
    "by": {
        "duty": ("法定职责", "duty"),
        "hit": ("涉及图层", "hit"),
        "subject": ("项目性质", "subject"),
        "steward": ("图层未检查", "unchecked layer"),
        "letter": ("发函征求", "by letter"),
    },
    "kind": {
        "floor": ("底线", "floor"),
        "control": ("控制线", "control line"),
        "designation": ("规划用途", "designation"),
        "information": ("参照信息", "information"),
    },
    "family": {
        "six_lines": ("六线", "six lines"),
        "control": ("底线与边界", "control lines"),
        "plans": ("规划", "plans"),
        "survey": ("调查", "survey"),
        "special": ("专项", "special plans"),
    },
    "basis": {
        "clause": ("条款", "clause"),
        "bureau": ("本局规定", "the bureau's own"),
        "none": ("无本市依据", "no local basis"),
    },
    "level": {
        "surface": ("地上", "surface"),
        "elevated": ("高架", "elevated"),
        "underground": ("地下", "underground"),
    },
    "form": {
        "area": ("面状（可调整）", "area"),
        "linear": ("线性工程", "linear"),
        "fixed": ("范围固定", "fixed"),
    },
    "manner": {
        "new": ("新建", "new"),
        "crossing": ("穿越", "crossing"),
        "temporary": ("临时", "temporary"),
        "existing": ("既有", "existing"),
    },
    "note": {
        "outside": ("位于管辖范围之外", "outside the jurisdiction"),
        "blind": ("（另有必查图层未检查）", " (a required layer was not checked)"),
        "lies_in": ("位于其中", "lies in"),
        "how_to_verify": ("核验办法见第十三部分", "how to verify it: part 13"),
        "binds_nobody": ("本结论为系统建议，不具约束力", "a proposal; it binds nobody"),
    },
    "discrepancy": {
        "two_floors": ("两条底线重叠", "two floors on one place"),
        "detailed_against_master": ("详细规划与总体规划不一致", "detailed plan against its master plan"),
    },
    "land": {"net": ("净用地", "net"), "ceded": ("代征地", "ceded")},
}

# Verdicts and conformities: red, purple, amber, green, grey; each darker than 4.5:1 on white.
COLOURS: Mapping[str, str] = {
    "does_not_conform": "#b3261e",
    "undetermined": "#5b4a8a",
    "basically_conforms": "#8a5a00",
    "conforms": "#1b6e3c",
    "barred": "#7a0c16",
    "refused": "#c62828",
    "needs_decision": "#6a3fa0",
    "conditional": "#8a5a00",
    "not_asked": "#55606e",
    "hit": "#b3261e",
    "trace": "#8a5a00",
    "adjacent": "#2a5d8f",
    "clear": "#1b6e3c",
    "unchecked": "#5b4a8a",
    "lies_in": "#2a5d8f",
}

CONFORMITIES = ("barred", "refused", "needs_decision", "conditional", "not_asked", "conforms")
FAMILIES = ("six_lines", "control", "plans", "survey", "special")


def label(group: str, value: str | None, language: str = "zh") -> str:
    """Return the label of a value; an empty value gives an em dash, an unknown one itself."""
    if not value:
        return "—"
    pair = LABELS[group].get(value)
    return pair[language == "en"] if pair else value


def colour(value: str) -> str:
    """Return the colour (#rrggbb) of a verdict, conformity or status."""
    return COLOURS.get(value, "#55606e")


def reason_words(code: str | None, language: str = "zh", /, **params: object) -> str:
    """Return the words of a message code; text that is no code stands as it is."""
    if not code:
        return ""
    return say(code, language, **params) if code in catalogue(language) else code
