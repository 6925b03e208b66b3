"""Values of the rulings (check.md §6-7): what a city has decided, what holds on a fragment, what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from spatialhub.catalogue import Effect
from spatialhub.spatial.model import Form, Level, Manner


class Basis(StrEnum):
    """Where a value or rule of a city comes from; `none`: the city has not adopted it (无本市依据)."""

    CLAUSE = "clause"
    BUREAU = "bureau"
    NONE = "none"


class Plan(StrEnum):
    """The plans that can answer for a fragment."""

    LAND_USE = "land_use_plan"
    URBAN_RURAL = "urban_rural_plan"
    TERRITORIAL = "territorial_plan"
    BLUEPRINT = "blueprint"


class Says(StrEnum):
    """How a plan answers for a fragment."""

    CLASS = "class"
    SILENT = "silent"
    UNKNOWN = "unknown"
    UNCHECKED = "unchecked"


class Answer(StrEnum):
    """A plan's class held against a use."""

    ALLOWS = "allows"
    CONDITIONAL = "conditional"
    FORBIDS = "forbids"


class Outcome(StrEnum):
    """Which plan decides a fragment, and how that came about."""

    GOVERNS = "governs"
    AGREES = "agrees"
    SOLE = "sole"
    PREVAILS = "prevails"
    COORDINATE = "coordinate"
    NO_LOCAL_BASIS = "no_local_basis"


class Conformity(StrEnum):
    """Conformity of a fragment, worst first."""

    BARRED = "barred"
    REFUSED = "refused"
    NEEDS_DECISION = "needs_decision"
    CONDITIONAL = "conditional"
    CONFORMS = "conforms"
    NOT_ASKED = "not_asked"


class Verdict(StrEnum):
    """The proposal for the whole site."""

    DOES_NOT_CONFORM = "does_not_conform"
    UNDETERMINED = "undetermined"
    BASICALLY_CONFORMS = "basically_conforms"
    CONFORMS = "conforms"


@dataclass(frozen=True, slots=True)
class Cited:
    """A number or list of policy with where it comes from."""

    value: object
    clause: str
    basis: Basis
    unit: str = ""
    document: str = ""
    in_force_from: str = ""
    in_force_until: str = ""
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the ordered precedence table; the first whose tokens hold decides.

    `all` must hold, one of `any` must hold (where given), none of `none` may. Tokens are listed in
    `precedence.engine.TOKENS`. `plan` prevails where `outcome` names one; `consult` are departments to coordinate with.
    """

    id: str
    outcome: Outcome
    clause: str
    basis: Basis
    text: str
    plan: Plan | None = None
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    consult: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compatibility:
    """What a class answers to a use beyond identity: first row whose prefixes match decides."""

    classes: tuple[str, ...]
    uses: tuple[str, ...]
    answer: Answer
    basis: Basis
    clause: str


@dataclass(frozen=True, slots=True)
class ProofKind:
    """An approval that a floor accepts, with its clause; without a row no paper opens the floor."""

    layer: str
    kind: str
    clause: str
    basis: Basis
    uses: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval presented for fragments of a floor. `area_m2` must reach what it covers; `features` limits it to
    those of the layer (empty: all of them)."""

    layer: str
    kind: str
    issuer: str
    number: str
    date: str
    area_m2: float
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """A unit with a statutory duty: asked on every project (Z1-07). `by_letter`: asked outside the platform (X-07)."""

    department: str
    checks: tuple[str, ...]
    clause: str
    basis: Basis
    by_letter: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A department asked because of what is to be built."""

    department: str
    uses: tuple[str, ...]
    why: str
    clause: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class PaperFloor:
    """A floor that no layer carries (binding indicators …): listed as unchecked, decided by a person."""

    key: str
    title: str
    clause: str


@dataclass(frozen=True, slots=True)
class CheckPolicy:
    """Everything a check takes from a city, frozen. `rules` empty: the city has no basis for precedence."""

    city: str
    name: str
    epsg: int
    policy_version: str
    departments: Mapping[str, str]
    rules: tuple[Rule, ...] = ()
    cultivated_classes: tuple[str, ...] = ()
    cultivated_layers: tuple[str, ...] = ()
    ecological_classes: tuple[str, ...] = ()
    boundary_zones: tuple[str, ...] = ()
    compatibility: tuple[Compatibility, ...] = ()
    proofs: tuple[ProofKind, ...] = ()
    layer_clauses: Mapping[str, str] = field(default_factory=dict)
    duties: tuple[Duty, ...] = ()
    subjects: tuple[Subject, ...] = ()
    paper_floors: tuple[PaperFloor, ...] = ()
    min_kept_share: Cited = Cited(0.7, "", Basis.BUREAU)
    min_part_m2: Cited = Cited(200.0, "", Basis.BUREAU, "m²")
    min_width_m: Cited = Cited(10.0, "", Basis.BUREAU, "m")
    notices: tuple[str, ...] = ()

    @property
    def has_basis(self) -> bool:
        """Whether the city has adopted the rules of Z1-16 and Z1-17."""
        return bool(self.rules)

    def department(self, key: str) -> str:
        """Name of a department in this city; the key itself where the city names none."""
        return self.departments.get(key, key)


@dataclass(frozen=True, slots=True)
class PartTraits:
    """What of a site part matters to a ruling."""

    number: int
    use: str | None
    level: Level = Level.SURFACE
    form: Form = Form.AREA
    manner: Manner = Manner.NEW
    facility: str | None = None
    max_height_m: float | None = None


@dataclass(frozen=True, slots=True, order=True)
class Cover:
    """A layer feature on a fragment. `class_code` as in the source, `reserved_for` as in the source."""

    layer: str
    feature: str
    class_code: str = ""
    reserved_for: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What holds on a fragment, and all that a ruling depends on.

    `parts` are the site parts that cover it (more than one where parts overlap), `unchecked` the layers that cannot
    answer there, `approved` the floor layers (or layer/feature) whose approval suffices.
    """

    parts: tuple[PartTraits, ...]
    covers: tuple[Cover, ...] = ()
    unchecked: frozenset[str] = frozenset()
    approved: frozenset[tuple[str, str]] = frozenset()
    outside_jurisdiction: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """Effect of one feature of a floor or control line on a fragment."""

    layer: str
    feature: str
    effect: Effect
    clause: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Designation:
    """What a plan answers for a fragment."""

    plan: Plan
    says: Says
    layer: str = ""
    feature: str = ""
    class_code: str = ""
    class_name: str = ""
    pivot: tuple[str, ...] = ()
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a fragment is decided. `candidates` are the plans' answers; `facts` the tokens and values used."""

    outcome: Outcome
    conformity: Conformity
    plan: Plan | None = None
    rules_met: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    basis: Basis = Basis.CLAUSE
    floors: tuple[Constraint, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    candidates: tuple[Designation, ...] = ()
    consult: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    differences: tuple[str, ...] = ()


class AskedBy(StrEnum):
    """Why a department is asked."""

    DUTY = "duty"
    HIT = "hit"
    SUBJECT = "subject"
    STEWARD = "steward"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class ReferralReason:
    """What a department is asked about."""

    about: str
    text: str
    clause: str
    features: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Referral:
    """A department to ask."""

    department: str
    name: str
    by: AskedBy
    reasons: tuple[ReferralReason, ...]
