"""Values of a quality pass: rules, findings, the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shapely import Geometry


class Severity(StrEnum):
    """How bad a finding of a rule is; `off`: not looked for."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    OFF = "off"


SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class Rule:
    """What is looked for in a layer. `check` names how, `values` its thresholds and fields (rules_schema.py says which
    check takes which); `blocks`: no release while a finding of it is not accepted; `source`: what it stands on."""

    key: str
    check: str
    severity: Severity
    blocks: bool
    source: str
    title: Mapping[str, str] = field(default_factory=dict)
    remedy: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """A threshold."""
        return float(self.values[name])  # type: ignore[arg-type]

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of fields or codes; empty where none is given."""
        return tuple(self.values.get(name, ()))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a place. `rows` are the features concerned (rows of the snapshot), `measure` in the unit of
    the check; `geometry` in the plane, None where it is the first feature itself; `said` further values in words."""

    rule: str
    rows: tuple[int, ...]
    measure: float
    geometry: Geometry | None = None
    said: tuple[tuple[str, str], ...] = ()


# What the measure of each check is in: m², m, degrees, or the area of the feature that an attribute is wrong on.
UNITS: Mapping[str, str] = {
    "duplicate": "m2", "near_duplicate": "m2", "overlap": "m2", "gap": "m2", "edge_gap": "m2", "beyond": "m2",
    "mismatch": "m2", "unexamined": "m2", "sliver": "m2", "least_area": "m2", "long_edge": "m", "spike": "deg",
    "mandatory": "m2", "unique": "m2", "code": "m2", "length": "m2", "range": "m2", "area_field": "m2",
    "difference": "m2",
}  # fmt: skip
# The smaller, the worse: an angle, what is too small.
LEAST_IS_WORST = frozenset({"spike", "sliver", "least_area"})


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What a rule found: how many, the sum of their measures, and how many of them are listed (the worst)."""

    count: int = 0
    total: float = 0.0
    listed: int = 0


@dataclass(frozen=True, slots=True)
class Examined:
    """What a pass saw. `findings` are worst first, rule by rule, at most so many of each as were to be kept; `counts`
    tell of all. `rounding`: faces thinner than the record grid, which are none of anybody's making."""

    rules: tuple[Rule, ...]
    skipped: Mapping[str, str]
    counts: Mapping[str, RuleCount]
    findings: tuple[Finding, ...]
    features: int
    tiles: int
    rounding_count: int
    rounding_m2: float
    double_m2: float
    uncovered_m2: float
    engines: tuple[str, ...]
