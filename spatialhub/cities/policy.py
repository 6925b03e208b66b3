"""What a city's check.toml, departments.toml and stewards.toml say on a date, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from spatialhub.cities.model import Department, Document, Reference, Region, Stewardship, in_force, standing
from spatialhub.cities.schema import LISTS, VERDICT
from spatialhub.datafile import DataFile
from spatialhub.errors import WrongValue
from spatialhub.precedence.engine import TOKENS
from spatialhub.precedence.model import (
    Answer,
    Basis,
    Cited,
    Compatibility,
    Duty,
    Outcome,
    PaperFloor,
    Plan,
    ProofKind,
    Rule,
    Subject,
)

_DECIDED_BY_A_PLAN = (Outcome.GOVERNS, Outcome.SOLE, Outcome.PREVAILS)
_RULES = ("rule", "conditions", "verdict", "compatibility", "proof", "paper_floor")
# A city without a basis has no measure of its own: zero holds nothing against anybody.
_NOT_ADOPTED = Cited(0.0, "", Basis.NONE)


@dataclass(frozen=True)
class Reader:
    """A file of a city with what its rows may refer to and the date it is read for."""

    file: DataFile
    documents: Mapping[str, Document]
    departments: Mapping[str, Department]
    names: Mapping[str, str]
    on: date

    def cite(self, row: Mapping, *at: str | int) -> str:
        """Clause of a row, with the number of its document before it."""
        key = row.get("document")
        if not key:
            return row.get("clause", "")
        self.file.refer(key, self.documents, *at, "document", what="document")
        return f"{self.documents[key].number} {row.get('clause', '')}".strip()

    def holds(self, row: Mapping) -> bool:
        """Whether a row holds on the date: its own dates, else from the first day of its document on."""
        document = self.documents.get(row.get("document", ""))
        since = row.get("from") or (document.in_force_from if document else None)
        return in_force(self.on, since, row.get("until"))

    def department(self, key: str, *at: str | int) -> str:
        """Key of the department that has the duties of `key` on the date."""
        self.file.refer(key, self.names, *at, what="department")
        return standing(key, self.departments, self.on)


def check_parts(reader: Reader) -> tuple[dict[str, object], list[Reference]]:
    """Return the fields of `CheckPolicy` that check.toml gives, and what it refers to in the catalogue.

    Raises
    ------
    WrongValue, UnknownReference
        A rule contradicts itself or names something unknown; file and line are named.
    """
    file, table = reader.file, reader.file.table
    if table["basis"] == Basis.NONE:
        for name in _RULES:
            if name in table:
                raise WrongValue(file.place(name), key=name, found="basis = none", allowed="basis = clause")
        return dict.fromkeys(VERDICT, _NOT_ADOPTED), []
    values = {name: _value(reader, "conditions", name) for name in LISTS}
    parts: dict[str, object] = {name: tuple(value.value) for name, value in values.items() if value}  # type: ignore[arg-type]
    parts |= {name: _value(reader, "verdict", name) or _NOT_ADOPTED for name in VERDICT}
    parts["rules"] = _rules(reader)
    parts["compatibility"] = tuple(_compatibility(reader, row, at) for row, at in _rows(file, "compatibility"))
    parts["proofs"] = tuple(_proof(reader, row, at) for row, at in _rows(file, "proof"))
    parts["paper_floors"] = tuple(
        PaperFloor(row["key"], row["title"], reader.cite(row, *at)) for row, at in _rows(file, "paper_floor")
    )
    return parts, _references(file)


def _rows(file: DataFile, name: str) -> list[tuple[Mapping, tuple[str, int]]]:
    return [(row, (name, index)) for index, row in enumerate(file.table.get(name, ()))]


def _value(reader: Reader, group: str, name: str) -> Cited | None:
    """A dated value; None where the city gives none or it is not in force on the date."""
    row = reader.file.table.get(group, {}).get(name)
    if row is None:
        return None
    clause = reader.cite(row, group, name)
    document = reader.documents.get(row.get("document", ""))
    since = row.get("in_force_from") or (document.in_force_from if document else None)
    until = row.get("in_force_until")
    if not in_force(reader.on, since, until):
        return None
    return Cited(
        value=row["value"] if isinstance(row["value"], list) else float(row["value"]),
        clause=clause,
        basis=Basis(row["basis"]),
        unit=row.get("unit", ""),
        document=document.number if document else "",
        in_force_from=since.isoformat() if since else "",
        in_force_until=until.isoformat() if until else "",
        trial=row.get("trial", document.trial if document else False),
    )


def _rules(reader: Reader) -> tuple[Rule, ...]:
    rules = tuple(_rule(reader, row, at) for row, at in _rows(reader.file, "rule"))
    last = len(rules) - 1
    if not rules or rules[-1].all or rules[-1].any or rules[-1].none:
        place = reader.file.place("rule", max(last, 0))
        raise WrongValue(place, key="rule", found="all | any | none", allowed="a last rule without tokens")
    return rules


def _rule(reader: Reader, row: Mapping, at: tuple[str, int]) -> Rule:
    for group in ("all", "any", "none"):
        for token in row.get(group, ()):
            reader.file.refer(token, TOKENS, *at, group, what="token")
    outcome, plan = Outcome(row["outcome"]), Plan(row["plan"]) if "plan" in row else None
    if (outcome in _DECIDED_BY_A_PLAN) != (plan is not None):
        wanted = "a plan" if plan is None else "no plan"
        raise WrongValue(reader.file.place(*at), key=f"{row['id']}.plan", found=repr(plan), allowed=wanted)
    return Rule(
        id=row["id"],
        outcome=outcome,
        clause=reader.cite(row, *at),
        basis=Basis(row["basis"]),
        text=row["text"],
        plan=plan,
        all=tuple(row.get("all", ())),
        any=tuple(row.get("any", ())),
        none=tuple(row.get("none", ())),
        consult=tuple(reader.department(key, *at, "consult") for key in row.get("consult", ())),
    )


def _compatibility(reader: Reader, row: Mapping, at: tuple[str, int]) -> Compatibility:
    clause = reader.cite(row, *at)
    return Compatibility(tuple(row["classes"]), tuple(row["uses"]), Answer(row["answer"]), Basis(row["basis"]), clause)


def _proof(reader: Reader, row: Mapping, at: tuple[str, int]) -> ProofKind:
    clause = reader.cite(row, *at)
    uses = tuple(row.get("uses", ()))
    return ProofKind(row["layer"], row["kind"], clause, Basis(row["basis"]), uses, title=row["title"])


def _references(file: DataFile) -> list[Reference]:
    """Layers and uses that check.toml names; the catalogue lies above, so they are held later (`for_city`)."""
    found: list[Reference] = []

    def note(kind: str, names: list[str], *at: str | int) -> None:
        found.extend(Reference(kind, name, file.place(*at)) for name in names)

    conditions = file.table.get("conditions", {})
    for name in ("cultivated_classes", "ecological_classes"):
        note("use", conditions.get(name, {}).get("value", []), "conditions", name, "value")
    note("layer", conditions.get("cultivated_layers", {}).get("value", []), "conditions", "cultivated_layers", "value")
    for row, at in _rows(file, "compatibility"):
        note("use", row["classes"], *at, "classes")
        note("use", row["uses"], *at, "uses")
    for row, at in _rows(file, "proof"):
        note("layer", [row["layer"]], *at, "layer")
        note("use", row.get("uses", []), *at, "uses")
    return found


# --- departments.toml ------------------------------------------------------------------------------------------------


def departments_of(file: DataFile) -> dict[str, Department]:
    """Return the departments that a city names, by key.

    Raises
    ------
    UnknownReference, WrongValue
        A successor is unknown, or a key stands twice.
    """
    keys = [row["key"] for row in file.table["department"]]
    found: dict[str, Department] = {}
    for index, row in enumerate(file.table["department"]):
        at = ("department", index)
        if row["key"] in found:
            raise WrongValue(file.place(*at, "key"), key="key", found=repr(row["key"]), allowed="a key of its own")
        if "successor" in row:
            file.refer(row["successor"], keys, *at, "successor", what="department")
        found[row["key"]] = Department(
            key=row["key"],
            name=row["name"],
            since=row.get("from"),
            until=row.get("until"),
            successor=row.get("successor", ""),
            standing_member=row.get("standing", False),
            lead=row.get("lead", False),
        )
    return found


def duties(reader: Reader) -> tuple[Duty, ...]:
    """Return the duties of departments.toml, each with the department that has it on the date."""
    return tuple(
        Duty(
            department=reader.department(row["department"], *at, "department"),
            checks=tuple(row["checks"]),
            clause=reader.cite(row, *at),
            basis=Basis(row["basis"]),
            by_letter=row.get("by_letter", False),
        )
        for row, at in _rows(reader.file, "duty")
        if reader.holds(row)
    )


def stewardships(reader: Reader) -> tuple[tuple[Stewardship, ...], list[Reference]]:
    """Return who keeps which data on the date, and the layers that stewards.toml names."""
    found, references = [], []
    for row, at in _rows(reader.file, "stewardship"):
        layers = tuple(row.get("layers", ()))
        references += [Reference("layer", layer, reader.file.place(*at, "layers")) for layer in layers]
        department = reader.department(row["department"], *at, "department")
        if reader.holds(row):
            clause, basis = reader.cite(row, *at), Basis(row["basis"])
            found.append(Stewardship(department, tuple(row["tasks"]), layers, clause, basis))
    return tuple(found), references


def regions(reader: Reader) -> tuple[tuple[Region, ...], tuple[Stewardship, ...]]:
    """Return districts and zones that stand on the date, and what all of them do.

    Raises
    ------
    UnknownReference, WrongValue
        A successor is unknown, or a key stands twice.
    """
    rows = _rows(reader.file, "region")
    keys = [row["key"] for row, _ in rows]
    for number, (row, at) in enumerate(rows):
        if row["key"] in keys[:number]:
            place = reader.file.place(*at, "key")
            raise WrongValue(place, key="key", found=repr(row["key"]), allowed="a key of its own")
        if "successor" in row:
            reader.file.refer(row["successor"], keys, *at, "successor", what="region")
    there = tuple(_region(row) for row, _ in rows if reader.holds(row))
    tasks = tuple(
        Stewardship("", tuple(row["tasks"]), (), reader.cite(row, *at), Basis(row["basis"]))
        for row, at in _rows(reader.file, "region_task")
        if reader.holds(row)
    )
    return there, tasks


def _region(row: Mapping) -> Region:
    return Region(
        key=row["key"],
        name=row["name"],
        kind=row["kind"],
        code=row.get("code", ""),
        since=row.get("from"),
        until=row.get("until"),
        successor=row.get("successor", ""),
        source=row["source"],
    )


def subjects(reader: Reader) -> tuple[tuple[Subject, ...], list[Reference]]:
    """Return whom departments.toml asks because of what is built, and the uses it names."""
    found, references = [], []
    for row, at in _rows(reader.file, "subject"):
        department = reader.department(row["department"], *at, "department")
        clause = reader.cite(row, *at)
        if reader.holds(row):
            found.append(Subject(department, tuple(row["uses"]), row["why"], clause, Basis(row["basis"])))
        references += [Reference("use", use, reader.file.place(*at, "uses")) for use in row["uses"]]
    return tuple(found), references
