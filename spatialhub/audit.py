"""The audit log: append-only rows chained by hash, written in the transaction of the change they record.

A row's hash covers the row and the hash before it, so a changed or missing row breaks the chain. What a chain cannot
show by itself is that its tail was cut off: the head is therefore anchored outside the database (`anchor`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785
from sqlalchemy import BigInteger, Integer, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spatialhub.db import Base, Moment, exclusive
from spatialhub.worktime import CHINA

GENESIS = "0" * 64


class AuditRow(Base):
    """One recorded act. `detail` is canonical JSON text: it is hashed as it stands."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(Moment)
    who: Mapped[str] = mapped_column(String(200))
    what: Mapped[str] = mapped_column(String(80))
    about: Mapped[str] = mapped_column(String(200), index=True)
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Head:
    """The newest row of the chain: what is printed on documents and kept in the anchor file."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Result of `verify`: `broken_at` is the number of the first row that does not fit, None when all do."""

    rows: int
    broken_at: int | None = None
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether the whole chain holds."""
        return self.broken_at is None


def record(
    session: Session, *, at: datetime, who: str, what: str, about: str, detail: Mapping[str, Any] | None = None
) -> Head:
    """Append one row in the caller's transaction and return the new head.

    `what` is a dotted code (`layer.release`), `about` what it was done to (`zhengzhou/line_red@3`), `detail` plain JSON
    with the versions used.
    """
    exclusive(session, "audit")
    last = head(session)
    row = AuditRow(
        number=last.number + 1,
        at=at.astimezone(CHINA),
        who=who,
        what=what,
        about=about,
        detail=rfc8785.dumps(dict(detail or {})).decode(),
        previous=last.hash,
    )
    row.hash = _hash(row)
    session.add(row)
    session.flush()
    return Head(row.number, row.hash)


def head(session: Session) -> Head:
    """The newest row; number 0 and the genesis hash where nothing was recorded yet."""
    newest = session.execute(select(AuditRow.number, AuditRow.hash).order_by(AuditRow.number.desc()).limit(1)).first()
    return Head(newest.number, newest.hash) if newest else Head(0, GENESIS)


def verify(session: Session, *, anchors: tuple[Head, ...] = ()) -> Verification:
    """Walk the chain from its beginning and hold it against heads anchored outside the database."""
    known = {anchor.number: anchor.hash for anchor in anchors if anchor.number}
    previous, count = GENESIS, 0
    for row in session.scalars(select(AuditRow).order_by(AuditRow.number)).yield_per(1000):
        count += 1
        reason = _fault(row, number=count, previous=previous, anchored=known.pop(row.number, None))
        if reason:
            return Verification(count, count, reason)
        previous = row.hash
    if known:
        return Verification(count, min(known), "row missing that an anchor names")
    return Verification(count)


def anchor(path: Path, newest: Head) -> None:
    """Append a head to the anchor file, one line `number hash`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{newest.number} {newest.hash}\n")


def anchors(path: Path) -> tuple[Head, ...]:
    """Heads of an anchor file; none where there is no file. A torn last line (power cut) is left out."""
    if not path.exists():
        return ()
    lines = [line.split() for line in path.read_text("utf-8").splitlines()]
    return tuple(Head(int(parts[0]), parts[1]) for parts in lines if len(parts) == 2 and len(parts[1]) == 64)


def _fault(row: AuditRow, *, number: int, previous: str, anchored: str | None) -> str:
    if row.number != number:
        return "row missing"
    if row.previous != previous:
        return "chain broken"
    if row.hash != _hash(row):
        return "row changed"
    if anchored not in (None, row.hash):
        return "row differs from its anchor"
    return ""


def _hash(row: AuditRow) -> str:
    value = {
        "number": row.number,
        "at": row.at.astimezone(CHINA).isoformat(timespec="microseconds"),
        "who": row.who,
        "what": row.what,
        "about": row.about,
        "detail": json.loads(row.detail),
        "previous": row.previous,
    }
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
