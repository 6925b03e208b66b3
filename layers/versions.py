"""The registry's service: look versions up, add, release, retire. One transaction each, with its audit row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from layers.model import Act, LayerVersion, Move, Status, release, retire
from layers.quality.standing import demand_releasable
from layers.tables import LayerMoveRow, LayerVersionRow
from spatialhub import audit
from spatialhub.db import exclusive
from spatialhub.errors import UnknownVersion
from spatialhub.worktime import CHINA

_COPIED = (
    "id", "city", "layer", "number", "title", "source_name", "source_sha256", "source_format", "source_crs",
    "brought_in", "encoding", "loader", "imported_at", "feature_count", "area_m2", "area_plane_m2", "buffer_m",
    "coverage", "coverage_basis", "coverage_sha256", "coverage_area_m2", "snapshot_sha256", "entry_sha256", "shareable",
)  # fmt: skip


def versions(session: Session, city: str, layer: str | None = None) -> tuple[LayerVersion, ...]:
    """All versions of a city, or of one layer of it, by layer and number."""
    query = select(LayerVersionRow).where(LayerVersionRow.city == city)
    if layer is not None:
        query = query.where(LayerVersionRow.layer == layer)
    rows = session.scalars(query.order_by(LayerVersionRow.layer, LayerVersionRow.number))
    return tuple(_value(row) for row in rows)


def find(session: Session, city: str, layer: str, number: int | None = None) -> LayerVersion:
    """Return a version; without a number the newest one.

    Raises
    ------
    UnknownVersion
        The layer has no such version.
    """
    known = versions(session, city, layer)
    if known and number is None:
        return known[-1]
    for version in known:
        if version.number == number:
            return version
    place = layer if number is None else f"{layer}@{number}"
    raise UnknownVersion(place, known=tuple(version.name for version in known) or "—")


def add(
    session: Session, facts: Mapping[str, object], *, who: str, now: datetime, dates: tuple[date | None, date | None]
) -> LayerVersion:
    """Register a version as a draft under the next number of its city and layer; `facts` are columns of its row."""
    city, layer = str(facts["city"]), str(facts["layer"])
    exclusive(session, f"{city}/{layer}")
    row = LayerVersionRow(**facts, number=_next_number(session, city, layer), loader=who, imported_at=now)
    row.moves.append(_row(Move(now, who, Act.IMPORT, Status.DRAFT, "", *dates)))
    session.add(row)
    session.flush()
    version = _value(row)
    detail = {"source_sha256": version.source_sha256, "snapshot_sha256": version.snapshot_sha256}
    audit.record(session, at=now, who=who, what="layer.import", about=f"{city}/{version.name}", detail=detail)
    return version


def release_version(
    session: Session,
    version: LayerVersion,
    *,
    who: str,
    steward: str,
    now: datetime,
    in_force_from: date | None = None,
    in_force_until: date | None = None,
) -> tuple[LayerVersion, ...]:
    """Release a draft for its steward; return every version that moved, the released one first.

    In force from the day given, else the day given at import, else the day of release.

    Raises
    ------
    MoveNotAllowed, DatesOverlap
        See `layers.model.release`.
    QualityBlocks
        Blocking quality findings are not accepted.
    """
    exclusive(session, f"{version.city}/{version.layer}")
    demand_releasable(session, version)
    known = {other.number: other for other in versions(session, version.city, version.layer)}
    version = known[version.number]
    first_day = in_force_from or version.in_force_from or now.astimezone(CHINA).date()
    move = Move(now.astimezone(CHINA), who, Act.RELEASE, Status.CURRENT, steward)
    last_day = in_force_until or version.in_force_until
    moves = release(version, known.values(), first_day=first_day, last_day=last_day, move=move)
    for number, made in moves.items():
        _make(session, known[number], made)
    return tuple(find(session, version.city, version.layer, number) for number in moves)


def retire_version(session: Session, version: LayerVersion, *, who: str, from_day: date, now: datetime) -> LayerVersion:
    """Take a current version out of force from a day on.

    Raises
    ------
    MoveNotAllowed
        The version is not current.
    """
    exclusive(session, f"{version.city}/{version.layer}")
    version = find(session, version.city, version.layer, version.number)
    steward = version.released.steward if version.released else ""
    move = Move(now.astimezone(CHINA), who, Act.RETIRE, Status.RETIRED, steward)
    _make(session, version, retire(version, from_day=from_day, move=move))
    return find(session, version.city, version.layer, version.number)


def replace_snapshot(session: Session, version: LayerVersion, sha256: str, *, who: str, now: datetime) -> LayerVersion:
    """Point a version to a snapshot written anew; the audit row keeps both names."""
    row = session.get_one(LayerVersionRow, version.id)
    detail = {"before": row.snapshot_sha256, "after": sha256, "source_sha256": row.source_sha256}
    row.snapshot_sha256 = sha256
    session.flush()
    audit.record(session, at=now, who=who, what="layer.rebuild", about=f"{row.city}/{version.name}", detail=detail)
    return _value(row)


def uses_snapshot(session: Session, sha256: str) -> bool:
    """Whether any version of any city uses a snapshot."""
    query = select(LayerVersionRow.id).where(LayerVersionRow.snapshot_sha256 == sha256).limit(1)
    return session.execute(query).first() is not None


def uses_file(session: Session, sha256: str) -> bool:
    """Whether any version of any city came from a file or has its coverage in it."""
    matches = (LayerVersionRow.source_sha256 == sha256) | (LayerVersionRow.coverage_sha256 == sha256)
    return session.execute(select(LayerVersionRow.id).where(matches).limit(1)).first() is not None


def _make(session: Session, version: LayerVersion, move: Move) -> None:
    row = session.get_one(LayerVersionRow, version.id)  # held: the session itself only keeps weak references
    row.moves.append(_row(move))
    session.flush()
    detail = {
        "status": move.status.value,
        "steward": move.steward,
        "in_force_from": str(move.in_force_from or ""),
        "in_force_until": str(move.in_force_until or ""),
        "snapshot_sha256": version.snapshot_sha256,
    }
    about = f"{version.city}/{version.name}"
    audit.record(session, at=move.at, who=move.who, what=f"layer.{move.act.value}", about=about, detail=detail)


def _next_number(session: Session, city: str, layer: str) -> int:
    query = select(func.max(LayerVersionRow.number)).where(LayerVersionRow.city == city, LayerVersionRow.layer == layer)
    return (session.execute(query).scalar() or 0) + 1


def _row(move: Move) -> LayerMoveRow:
    return LayerMoveRow(
        at=move.at,
        who=move.who,
        kind=move.act.value,
        status=move.status.value,
        steward=move.steward,
        in_force_from=move.in_force_from,
        in_force_until=move.in_force_until,
    )


def _value(row: LayerVersionRow) -> LayerVersion:
    moves = tuple(
        Move(
            move.at, move.who, Act(move.kind), Status(move.status), move.steward,
            move.in_force_from, move.in_force_until,
        )
        for move in row.moves
    )  # fmt: skip
    values = {name: getattr(row, name) for name in _COPIED}
    return LayerVersion(**values, options=json.loads(row.options), report=json.loads(row.report), moves=moves)
