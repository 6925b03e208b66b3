"""The whole check as PostGIS SQL, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.answers import SHARE
from benchmarks.city import City
from benchmarks.peers_sql import hex_of
from benchmarks.rules_sql import load_rules
from spatialhub.looking import outline_of
from spatialhub.precedence.model import Conformity
from spatialhub.result import CheckResult
from spatialhub.spatial.arrangement import UNITS_PER_M2, grid_for
from spatialhub.spatial.model import Form, Site

if TYPE_CHECKING:
    import psycopg

_STATEMENT = Path(__file__).with_name("whole_check.sql").read_text("utf-8")
_RANKS = (
    Conformity.BARRED,
    Conformity.REFUSED,
    Conformity.NEEDS_DECISION,
    Conformity.CONDITIONAL,
    Conformity.CONFORMS,
)


@dataclass(frozen=True, slots=True)
class SqlCheck:
    """Verdict, per layer (found, area in m²), area in m² by conformity and by outcome, departments asked."""

    verdict: str
    layers: dict[str, tuple[str, float]]
    conformity: dict[str, float]
    outcome: dict[str, float]
    departments: frozenset[str]


class WholeSql:
    """Our whole check written as one prepared statement."""

    name = "PostGIS SQL"

    def __init__(self, connection: psycopg.Connection, city: City) -> None:
        import psycopg

        load_rules(connection, city)
        # Nobody can estimate what a site's steps will hold: without this, loops at 20 km² took 33 s and not 0.8.
        dsn, plans = connection.info.dsn, "-c enable_nestloop=off -c enable_mergejoin=off"
        self._own = psycopg.connect(dsn, autocommit=True, prepare_threshold=0, options=plans)
        self._cursor = self._own.cursor(binary=True)

    def call(self, site: Site) -> tuple | None:
        """Check a site of one part with a use."""
        outline = outline_of(site)
        (part,) = site.parts
        given = {
            "site": hex_of(site),
            "use": part.use,
            "trimmable": part.form is Form.AREA,
            "grid_m": grid_for(outline.bounds),
        }
        return self._cursor.execute(_STATEMENT, given, prepare=True).fetchone()

    def answer(self, row: tuple) -> SqlCheck:
        """Name the columns."""
        verdict, _, layers, conformity, outcome, departments = row
        return SqlCheck(
            verdict,
            {key: (found, area) for key, (found, area, _) in layers.items()},
            {_RANKS[int(rank)].value: area for rank, area in conformity.items()},
            outcome,
            frozenset(departments),
        )


def answer_of(result: CheckResult) -> SqlCheck:
    """Our result in the same terms; unchecked stands for nothing found."""
    status = {"unchecked": "nothing", "clear": "nothing"}
    conformity: dict[str, float] = {}
    outcome: dict[str, float] = {}
    for row in result.fragments:
        conformity[row.conformity.value] = conformity.get(row.conformity.value, 0) + row.area_plane_u / UNITS_PER_M2
        key = row.ruling.outcome.value
        outcome[key] = outcome.get(key, 0) + row.area_plane_u / UNITS_PER_M2
    return SqlCheck(
        result.proposal.verdict.value,
        {row.key: (status.get(row.status.value, row.status.value), row.area_plane_u / UNITS_PER_M2)
         for row in result.layers},
        conformity,
        outcome,
        frozenset(row.department for row in result.referrals),
    )  # fmt: skip


def disagreement(ours: SqlCheck, sql: SqlCheck, *, site_m2: float, boundary_m: float, grid_m: float) -> str:
    """What differs first: verdict, a layer's status or area, area by conformity or outcome, departments; else empty."""
    bound = max(SHARE * site_m2, grid_m * boundary_m)
    if ours.verdict != sql.verdict:
        return f"verdict {ours.verdict} and {sql.verdict}"
    for key, (found, area) in ours.layers.items():
        other, other_area = sql.layers[key]
        # An adjacent layer of an unchecked rest prints as unchecked: only the area is held then.
        if (found != other and {found, other} != {"nothing", "adjacent"}) or abs(area - other_area) > bound:
            return f"{key}: {found} {area:.4f} and {other} {other_area:.4f} m²"
    for what, mine, theirs in (
        ("conformity", ours.conformity, sql.conformity),
        ("outcome", ours.outcome, sql.outcome),
    ):
        for key in sorted({*mine, *theirs}):
            if abs(mine.get(key, 0) - theirs.get(key, 0)) > bound:
                return f"{what} {key}: {mine.get(key, 0):.4f} and {theirs.get(key, 0):.4f} m²"
    if ours.departments != sql.departments:
        return f"departments {sorted(ours.departments ^ sql.departments)}"
    return ""
