"""Rulings (check.md §6): constraints, designation, conformity. Pure: a situation, a catalogue and a policy → a ruling.

Constraints are read from effect tables, designations from crosswalks; which plan decides is a small ordered table of
rules over tokens that the city's file holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from spatialhub.catalogue import Catalogue, Effect, Kind, LayerEntry, SpeaksFor, matches
from spatialhub.precedence.model import (
    Answer,
    Basis,
    CheckPolicy,
    Conformity,
    Constraint,
    Cover,
    Designation,
    Outcome,
    PartTraits,
    Plan,
    Rule,
    Ruling,
    Says,
    Situation,
)

# Tokens that rules may name; `absent` plans have no token.
TOKENS = (
    *(f"{plan}.{says}" for plan in ("territorial", "blueprint") for says in ("class", "silent", "unknown")),
    *(f"{plan}.{says}" for plan in ("land_use", "urban_rural") for says in ("class", "silent", "unknown", "unchecked")),
    "same_answer",
    "cultivated",
    "inside_boundary",
    "ecological",
    "undecided",
)
_PREFIX = {
    Plan.TERRITORIAL: "territorial",
    Plan.BLUEPRINT: "blueprint",
    Plan.LAND_USE: "land_use",
    Plan.URBAN_RURAL: "urban_rural",
}
_SPEAKS = {
    Plan.TERRITORIAL: SpeaksFor.TERRITORIAL_PLAN,
    Plan.BLUEPRINT: SpeaksFor.BLUEPRINT,
    Plan.LAND_USE: SpeaksFor.LAND_USE_PLAN,
    Plan.URBAN_RURAL: SpeaksFor.URBAN_RURAL_PLAN,
}
_WORST = tuple(Conformity)


def worst(conformities: Iterable[Conformity]) -> Conformity:
    """Return the worst conformity; `not_asked` where there is none."""
    return min(conformities, key=_WORST.index, default=Conformity.NOT_ASKED)


def rule_on(situation: Situation, *, catalogue: Catalogue, policy: CheckPolicy) -> Ruling:
    """Decide one fragment.

    Where parts overlap with different uses, each use is ruled on, the worst stands, and it is at least a matter for
    decision. A city without a basis gets constraints and `no_local_basis`.
    """
    rulings = [_rule_on_part(part, situation, catalogue, policy) for part in situation.parts]
    ruling = min(rulings, key=lambda row: _WORST.index(row.conformity))
    if len({(part.use, part.level, part.manner) for part in situation.parts}) > 1 and policy.has_basis:
        parts = ",".join(str(part.number) for part in situation.parts)
        ruling = _with(ruling, Conformity.NEEDS_DECISION, ("overlapping_parts", parts))
    return ruling


def _rule_on_part(part: PartTraits, situation: Situation, catalogue: Catalogue, policy: CheckPolicy) -> Ruling:
    floors, controls = constraints(part, situation, catalogue=catalogue, policy=policy)
    if not policy.has_basis:
        return Ruling(
            Outcome.NO_LOCAL_BASIS, Conformity.NOT_ASKED, basis=Basis.NONE, floors=floors, constraints=controls
        )
    plans, differences = designations(part, situation, catalogue=catalogue, policy=policy)
    tokens, facts = _tokens(part, situation, plans, catalogue, policy)
    rule = next(rule for rule in policy.rules if _holds(rule, tokens))
    answers = _answers(rule, plans)
    conformity = _conformity(part, floors, controls, rule, answers, plans)
    blind = _floors_of_unknown_class(situation, catalogue)
    if blind and part.use is not None:  # whether it is a floor, nobody can tell: never silently none
        conformity, facts = worst((conformity, Conformity.NEEDS_DECISION)), (*facts, ("unknown_floor", ",".join(blind)))
    for fact, layers in _facts_of_layers(situation, catalogue):  # somebody's right: decided by a person, never refused
        facts = (*facts, (fact, layers))
        conformity = conformity if part.use is None else worst((conformity, Conformity.NEEDS_DECISION))
    clauses = (rule.clause, *(row.clause for row in (*floors, *controls)))
    return Ruling(
        outcome=rule.outcome,
        conformity=conformity,
        plan=rule.plan,
        rules_met=(rule.id,),
        clauses=tuple(dict.fromkeys(clause for clause in clauses if clause)),
        basis=rule.basis,
        floors=floors,
        constraints=controls,
        candidates=tuple(plans.values()) if rule.plan is None else _governing_first(rule.plan, plans),
        consult=rule.consult,
        facts=facts,
        differences=differences,
    )


def _with(ruling: Ruling, at_least: Conformity, fact: tuple[str, str]) -> Ruling:
    return replace(ruling, conformity=worst((ruling.conformity, at_least)), facts=(*ruling.facts, fact))


# --- constraints -----------------------------------------------------------------------------------------------------


def constraints(
    part: PartTraits, situation: Situation, *, catalogue: Catalogue, policy: CheckPolicy
) -> tuple[tuple[Constraint, ...], tuple[Constraint, ...]]:
    """Return effects of (floors, control lines) on a part; all are kept, not the worst one."""
    floors, controls = [], []
    for cover in situation.covers:
        entry = catalogue.entry(cover.layer)
        if not constrains(entry, cover.class_code):
            continue
        effect, note = effect_of(entry, cover, part)
        clause = clause_of(entry, policy)
        if entry.kind is Kind.FLOOR:
            effect = _floor_effect(effect, cover, situation)
            floors.append(Constraint(cover.layer, cover.feature, effect, clause, note))
        else:
            controls.append(Constraint(cover.layer, cover.feature, effect, clause, note))
    return tuple(floors), tuple(controls)


def clause_of(entry: LayerEntry, policy: CheckPolicy) -> str:
    """The city's own clause on a layer, then the national one."""
    return "；".join(filter(None, (policy.layer_clauses.get(entry.key, ""), entry.clause)))


def constrains(entry: LayerEntry, class_code: str) -> bool:
    """Whether a feature of the layer is a floor or control line (`only` may restrict it to some classes)."""
    if entry.kind not in (Kind.FLOOR, Kind.CONTROL):
        return False
    return entry.only is None or matches(class_code or "", entry.only.codes)


def _floors_of_unknown_class(situation: Situation, catalogue: Catalogue) -> tuple[str, ...]:
    """Layers of which only some classes are floors, where a feature's code has no row."""
    layers = set()
    for cover in situation.covers:
        entry = catalogue.entry(cover.layer)
        classes = catalogue.classes.get(entry.classes)
        undecided = classes is not None and classes.find(cover.class_code) is None
        if entry.only and undecided and not constrains(entry, cover.class_code):
            layers.add(entry.key)
    return tuple(sorted(layers))


def _facts_of_layers(situation: Situation, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Facts that layers put on a fragment, each with the layers that do."""
    found: dict[str, set[str]] = {}
    for entry in {cover.layer: catalogue.entry(cover.layer) for cover in situation.covers}.values():
        if entry.fact:
            found.setdefault(entry.fact, set()).add(entry.key)
    return [(fact, ",".join(sorted(layers))) for fact, layers in sorted(found.items())]


def effect_of(entry: LayerEntry, cover: Cover, part: PartTraits) -> tuple[Effect, str]:
    """First row of the effect table that matches; an unlisted use is conditional, never serves."""
    if part.use is None:
        return Effect.CONDITIONAL, ""
    own = _reserved_for_part(cover.reserved_for, part)
    for row in entry.effects:
        if row.uses and not matches(part.use, row.uses):
            continue
        if (row.levels and part.level not in row.levels) or (row.manners and part.manner not in row.manners):
            continue
        if row.reserved and row.reserved != own:
            continue
        if row.classes and not matches(cover.class_code, row.classes):
            continue
        if row.height and row.height != _height_against(cover.class_code, part):
            continue
        return row.effect, row.note
    return Effect.CONDITIONAL, ""


def _reserved_for_part(reserved_for: str, part: PartTraits) -> str:
    """`own`, `other`, or empty where the feature does not say whom it is reserved for."""
    wanted = reserved_for.strip()
    if not wanted:
        return ""
    if part.facility and part.facility.strip() == wanted:
        return "own"
    if part.use and wanted.isdigit() and part.use.startswith(wanted):
        return "own"
    return "other"


def _height_against(limit_m: str, part: PartTraits) -> str:
    """A part's greatest height against a limit in metres: `within`, `above`, `unknown`. A limit that is no number, or
    none, holds nothing against anybody and allows nothing."""
    try:
        limit = float(limit_m)
    except ValueError:
        return "unknown"
    if part.max_height_m is None or not (math.isfinite(limit) and math.isfinite(part.max_height_m)):
        return "unknown"
    return "above" if part.max_height_m > limit else "within"


def _floor_effect(effect: Effect, cover: Cover, situation: Situation) -> Effect:
    if effect is Effect.SERVES:
        return effect
    approved = {(cover.layer, ""), (cover.layer, cover.feature)} & situation.approved
    return Effect.APPROVED if approved else Effect.BARS


# --- designations ----------------------------------------------------------------------------------------------------


def designations(
    part: PartTraits, situation: Situation, *, catalogue: Catalogue, policy: CheckPolicy
) -> tuple[dict[Plan, Designation], tuple[str, ...]]:
    """What every plan says for a fragment, and differences noticed (detailed plan against master plan)."""
    plans: dict[Plan, Designation] = {}
    differences: list[str] = []
    for plan, speaks in _SPEAKS.items():
        said = [_designation(plan, entry, situation, catalogue) for entry in _by_rank(catalogue.speaking(speaks))]
        answer, differs = _choose(plan, said)
        if differs:
            differences.append(differs)
        if answer is None:
            continue
        plans[plan] = _answered(answer, part, policy)
    return plans, tuple(differences)


def _by_rank(entries: Sequence[LayerEntry]) -> list[LayerEntry]:
    return sorted(entries, key=lambda entry: entry.rank != "detailed")


def _designation(plan: Plan, entry: LayerEntry, situation: Situation, catalogue: Catalogue) -> Designation:
    if entry.key in situation.unchecked:  # a feature beyond the coverage speaks for nobody
        return Designation(plan, Says.UNCHECKED, entry.key)
    covers = [cover for cover in situation.covers if cover.layer == entry.key]
    if not covers:
        return Designation(plan, Says.SILENT, entry.key)
    classes = catalogue.classes.get(entry.classes)
    rows = {cover.class_code: classes.find(cover.class_code) if classes else None for cover in covers}
    code, feature = "/".join(sorted(rows)), "/".join(cover.feature for cover in covers)
    pivots = {row.pivot if row else None for row in rows.values()}
    name = "/".join(sorted({row.name for row in rows.values() if row}))
    if len(pivots) > 1 or None in pivots:  # no row, or two features that say different things
        return Designation(plan, Says.UNKNOWN, entry.key, feature, code, name)
    return Designation(plan, Says.CLASS, entry.key, feature, code, name, pivots.pop() or ())


def _choose(plan: Plan, said: Sequence[Designation]) -> tuple[Designation | None, str]:
    """The detailed plan speaks where it says something, else the master plan; new plans are absent where unchecked."""
    if not said:
        return None, ""
    speaking = [row for row in said if row.says in (Says.CLASS, Says.UNKNOWN)]
    known = [row for row in speaking if row.says is Says.CLASS]
    differs = ""
    if len({row.pivot for row in known}) > 1:
        differs = "; ".join(f"{row.layer}: {row.class_code} {row.class_name}" for row in known)
    if speaking:
        return speaking[0], differs
    silent = [row for row in said if row.says is Says.SILENT]
    # The master plan covers the whole city: where it cannot be read, a silent detailed plan is no answer for both.
    last = said[-1] if len(said) > 1 else (silent or list(said))[0]
    if plan in (Plan.TERRITORIAL, Plan.BLUEPRINT) and last.says is Says.UNCHECKED:
        return None, ""
    return last, ""


def _answered(said: Designation, part: PartTraits, policy: CheckPolicy) -> Designation:
    if said.says is not Says.CLASS or part.use is None:
        return said
    answer = answer_of(said.pivot, part.use, policy)
    # Built outright: `replace` takes longer than the answer.
    names = (said.layer, said.feature, said.class_code, said.class_name)
    return Designation(said.plan, said.says, *names, said.pivot, answer)


def answer_of(pivot: Sequence[str], use: str, policy: CheckPolicy) -> Answer:
    """Hold a class (the pivot codes it stands for) against a use.

    A use that refines the class is allowed; then the city's compatibility rows decide; a use coarser than the class is
    conditional (nobody can tell yet); any other use is forbidden.
    """
    if matches(use, pivot):
        return Answer.ALLOWS
    for row in policy.compatibility:
        if matches(use, row.uses) and any(matches(code, row.classes) for code in pivot):
            return row.answer
    if any(code.startswith(use) for code in pivot):
        return Answer.CONDITIONAL
    return Answer.FORBIDS


def compare_classes(first: Sequence[str], second: Sequence[str]) -> str:
    """Compare two classes without a use: `same`, `compatible` (one refines the other) or `contradict`."""
    if set(first) == set(second):
        return "same"
    if all(matches(code, second) for code in first) or all(matches(code, first) for code in second):
        return "compatible"
    return "contradict"


# --- which plan decides ----------------------------------------------------------------------------------------------


def _tokens(
    part: PartTraits,
    situation: Situation,
    plans: dict[Plan, Designation],
    catalogue: Catalogue,
    policy: CheckPolicy,
) -> tuple[frozenset[str], tuple[tuple[str, str], ...]]:
    tokens = {f"{_PREFIX[plan]}.{said.says.value}" for plan, said in plans.items()}
    facts = {plan.value: f"{said.says} {said.class_code} {said.class_name}".strip() for plan, said in plans.items()}
    if _same_answer(part, plans):
        tokens.add("same_answer")
    held, undecided = _conditions(situation, plans, catalogue, policy)
    tokens |= held
    if undecided:
        tokens.add("undecided")
        facts["undecided"] = ",".join(sorted(undecided))
    facts["conditions"] = ",".join(sorted(held))
    if part.use is not None:
        facts["use"] = part.use
    return frozenset(tokens), tuple(sorted(facts.items()))


def _same_answer(part: PartTraits, plans: dict[Plan, Designation]) -> bool:
    first, second = plans.get(Plan.LAND_USE), plans.get(Plan.URBAN_RURAL)
    if first is None or second is None or not (first.says is second.says is Says.CLASS):
        return False
    if part.use is None:
        return compare_classes(first.pivot, second.pivot) != "contradict"
    return first.answer is second.answer


def _conditions(
    situation: Situation, plans: dict[Plan, Designation], catalogue: Catalogue, policy: CheckPolicy
) -> tuple[set[str], set[str]]:
    """Conditions (a) cultivated, (b) inside_boundary, (c) ecological that hold, and layers that could not say."""
    survey = [_designation(Plan.LAND_USE, e, situation, catalogue) for e in catalogue.speaking(SpeaksFor.SURVEY)]
    sources = [*survey, *(plans[plan] for plan in (Plan.LAND_USE, Plan.URBAN_RURAL) if plan in plans)]
    classes = [said.pivot for said in sources if said.says is Says.CLASS and said.pivot]
    covered = {cover.layer for cover in situation.covers}
    held: set[str] = set()
    undecided = {said.layer for said in survey if said.says in (Says.UNCHECKED, Says.UNKNOWN)}
    if any(_wholly(pivot, policy.cultivated_classes) for pivot in classes) or covered & set(policy.cultivated_layers):
        held.add("cultivated")
    undecided |= set(policy.cultivated_layers) & situation.unchecked
    if any(_wholly(pivot, policy.ecological_classes) for pivot in classes):
        held.add("ecological")
    inside, blind = _inside_boundary(situation, catalogue, policy)
    if inside:
        held.add("inside_boundary")
    return held, undecided | blind


def _wholly(pivot: Sequence[str], classes: Sequence[str]) -> bool:
    """Whether all that a class stands for falls under `classes`: town land says nothing of one of its uses."""
    return all(matches(code, classes) for code in pivot)


def _inside_boundary(situation: Situation, catalogue: Catalogue, policy: CheckPolicy) -> tuple[bool, set[str]]:
    blind: set[str] = set()
    for entry in catalogue.speaking(SpeaksFor.URBAN_BOUNDARY):
        if entry.key in situation.unchecked:
            blind.add(entry.key)
            continue
        zones = [cover for cover in situation.covers if cover.layer == entry.key]
        if any(_is_zone(cover, entry, catalogue, policy) for cover in zones):
            return True, set()
    return False, blind


def _is_zone(cover: Cover, entry: LayerEntry, catalogue: Catalogue, policy: CheckPolicy) -> bool:
    classes = catalogue.classes.get(entry.classes)
    row = classes.find(cover.class_code) if classes else None
    code = row.code if row else cover.class_code
    return code in policy.boundary_zones or (row is not None and row.name in policy.boundary_zones)


def _holds(rule: Rule, tokens: frozenset[str]) -> bool:
    return (
        tokens.issuperset(rule.all) and (not rule.any or bool(tokens & set(rule.any))) and not tokens & set(rule.none)
    )


def _answers(rule: Rule, plans: dict[Plan, Designation]) -> tuple[Answer | None, ...]:
    if rule.outcome is Outcome.AGREES:
        return (plans[Plan.LAND_USE].answer,)
    if rule.plan is not None:
        return (plans[rule.plan].answer,)
    return tuple(said.answer for said in plans.values() if said.says is Says.CLASS)


def _governing_first(plan: Plan, plans: dict[Plan, Designation]) -> tuple[Designation, ...]:
    return (plans[plan], *(said for other, said in plans.items() if other is not plan))


# --- conformity ------------------------------------------------------------------------------------------------------

_ANSWER = {
    Answer.ALLOWS: Conformity.CONFORMS,
    Answer.CONDITIONAL: Conformity.CONDITIONAL,
    Answer.FORBIDS: Conformity.REFUSED,
}
_EFFECT = {
    Effect.BARS: Conformity.BARRED,
    Effect.CONFLICTS: Conformity.REFUSED,
    Effect.CONDITIONAL: Conformity.CONDITIONAL,
    Effect.APPROVED: Conformity.CONDITIONAL,
    Effect.SERVES: Conformity.CONFORMS,
}


def _conformity(
    part: PartTraits,
    floors: Sequence[Constraint],
    controls: Sequence[Constraint],
    rule: Rule,
    answers: Sequence[Answer | None],
    plans: Mapping[Plan, Designation],
) -> Conformity:
    if part.use is None:
        return Conformity.NOT_ASKED
    found = [_EFFECT[row.effect] for row in (*floors, *controls)]
    return worst([*found, _designated(rule, answers, plans)])


def _designated(rule: Rule, answers: Sequence[Answer | None], plans: Mapping[Plan, Designation]) -> Conformity:
    if rule.outcome is not Outcome.COORDINATE:
        return _ANSWER[answers[0]] if answers and answers[0] else Conformity.NEEDS_DECISION
    # A plan that could not be read is a candidate whose answer nobody knows: then not all forbid.
    unread = any(said.says in (Says.UNKNOWN, Says.UNCHECKED) for said in plans.values())
    candidates = [answer for answer in answers if answer]
    if candidates and not unread and all(answer is Answer.FORBIDS for answer in candidates):
        return Conformity.REFUSED
    return Conformity.NEEDS_DECISION
