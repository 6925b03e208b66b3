"""Layer versions as values: what never changes about one, the moves it made, and which one answers for a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from shapely import MultiPolygon

from spatialhub.errors import DatesBackwards, DatesOverlap, MoveNotAllowed
from spatialhub.messages import Words

DAY = timedelta(days=1)


class Status(StrEnum):
    """Where a version stands. What was in force on a day is decided by its dates, so a retired one still answers for
    the days it was in force."""

    DRAFT = "draft"
    CURRENT = "current"
    RETIRED = "retired"


class Act(StrEnum):
    """What moved a version; `bounded`: a later release ended its time in force."""

    IMPORT = "import"
    RELEASE = "release"
    RETIRE = "retire"
    BOUNDED = "bounded"


# Status a version has → what may be done to it → status it has then.
MOVES: Mapping[Status, Mapping[Act, Status]] = {
    Status.DRAFT: {Act.RELEASE: Status.CURRENT},
    Status.CURRENT: {Act.RETIRE: Status.RETIRED},
    Status.RETIRED: {},
}


@dataclass(frozen=True, slots=True)
class Move:
    """Something that happened to a version. Dates are whole days in China time, `in_force_until` the last one."""

    at: datetime
    who: str
    act: Act
    status: Status
    steward: str = ""
    in_force_from: date | None = None
    in_force_until: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether, after this move, the version is in force on a day."""
        if self.status is Status.DRAFT or self.in_force_from is None or day < self.in_force_from:
            return False
        return self.in_force_until is None or day <= self.in_force_until


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """A version of a layer in the registry; areas in m², `coverage` in EPSG:4490, moves in the order they happened."""

    id: int
    city: str
    layer: str
    number: int
    title: str
    source_name: str
    source_sha256: str
    source_format: str
    source_crs: str
    brought_in: str
    encoding: str
    options: Mapping[str, object]
    loader: str
    imported_at: datetime
    feature_count: int
    area_m2: float
    area_plane_m2: float
    buffer_m: float
    coverage: MultiPolygon
    coverage_basis: str
    coverage_sha256: str
    coverage_area_m2: float
    snapshot_sha256: str
    entry_sha256: str
    shareable: bool
    report: Mapping[str, object]
    moves: tuple[Move, ...] = field(default=())

    @property
    def name(self) -> str:
        """`KEY@N`, as the command line takes it."""
        return f"{self.layer}@{self.number}"

    @property
    def now(self) -> Move:
        """The last move: how the version stands."""
        return self.moves[-1]

    @property
    def status(self) -> Status:
        """Where the version stands."""
        return self.now.status

    @property
    def in_force_from(self) -> date | None:
        """First day in force, as known now."""
        return self.now.in_force_from

    @property
    def in_force_until(self) -> date | None:
        """Last day in force, as known now; None while it has no end."""
        return self.now.in_force_until

    @property
    def released(self) -> Move | None:
        """The steward's release."""
        return next((move for move in self.moves if move.act is Act.RELEASE), None)

    @property
    def retired(self) -> Move | None:
        """The move that retired it."""
        return next((move for move in self.moves if move.status is Status.RETIRED), None)

    def known(self, at: datetime | None) -> Move | None:
        """How the version stood as known at an instant (None: now); None where it was not imported yet."""
        if at is None:
            return self.now
        return next((move for move in reversed(self.moves) if move.at <= at), None)


def stands_after(version: LayerVersion, act: Act) -> Status:
    """Return the status a version has after an act.

    Raises
    ------
    MoveNotAllowed
        The table of moves does not have it.
    """
    allowed = MOVES[version.status]
    if act not in allowed:
        raise MoveNotAllowed(
            version.name,
            status=Words.of(f"status_{version.status}"),
            wanted=Words.of(f"act_{act}"),
            allowed=tuple(Words.of(f"act_{other}") for other in allowed) or Words.of("act_none"),
        )
    return allowed[act]


def release(
    version: LayerVersion, others: Iterable[LayerVersion], *, first_day: date, last_day: date | None, move: Move
) -> dict[int, Move]:
    """Return the moves that a release makes: its own, and those that end the time of versions in force before it.

    `move` carries who, when and for which steward; the result is keyed by version number. A version that is current and
    in force from an earlier day ends the day before; it is retired unless it is still in force on the day of release.
    One in force from the same day gives way altogether.

    Raises
    ------
    MoveNotAllowed
        The version is no draft.
    DatesOverlap
        The dates run backwards, or another version comes into force while this one would be: its end must be said.
    """
    status = stands_after(version, Act.RELEASE)
    if last_day is not None and last_day < first_day:
        raise DatesBackwards(version.name, first_day=first_day, last_day=last_day)
    own = replace(move, act=Act.RELEASE, status=status, in_force_from=first_day, in_force_until=last_day)
    moves = {version.number: own}
    for other in others:
        if other.number != version.number and _overlaps(other, first_day, last_day):
            moves[other.number] = _give_way(other, version, own)
    return moves


def _overlaps(other: LayerVersion, first_day: date, last_day: date | None) -> bool:
    standing = other.now
    if standing.status is Status.DRAFT or standing.in_force_from is None:
        return False
    ends_before = standing.in_force_until is not None and standing.in_force_until < first_day
    starts_after = last_day is not None and standing.in_force_from > last_day
    return not (ends_before or starts_after)


def _give_way(other: LayerVersion, version: LayerVersion, own: Move) -> Move:
    first_day = own.in_force_from
    assert first_day is not None and other.in_force_from is not None
    if other.in_force_from > first_day:
        raise DatesOverlap(
            version.name,
            first_day=first_day,
            last_day=own.in_force_until or "—",
            other=other.name,
            other_from=other.in_force_from,
        )
    last_day = first_day - DAY
    retired = other.status is Status.RETIRED or own.at.date() > last_day
    return Move(
        at=own.at,
        who=own.who,
        act=Act.RETIRE if retired and other.status is Status.CURRENT else Act.BOUNDED,
        status=Status.RETIRED if retired else Status.CURRENT,
        steward=own.steward,
        in_force_from=other.in_force_from,
        in_force_until=last_day,
    )


def retire(version: LayerVersion, *, from_day: date, move: Move) -> Move:
    """Return the move that takes a version out of force from a day on.

    Raises
    ------
    MoveNotAllowed
        The version is not current.
    """
    status = stands_after(version, Act.RETIRE)
    last_day = max(from_day, version.in_force_from or from_day) - DAY  # from its first day on: it never was in force
    if version.in_force_until is not None:
        last_day = min(last_day, version.in_force_until)
    return replace(move, act=Act.RETIRE, status=status, in_force_from=version.in_force_from, in_force_until=last_day)


@dataclass(frozen=True, slots=True)
class Pick:
    """The version that answers for a day; None with the message code that says why there is none."""

    version: LayerVersion | None
    standing: Move | None = None
    reason: str = ""


def pick(versions: Sequence[LayerVersion], *, as_of: date, known_at: datetime | None = None) -> Pick:
    """Choose the version of one layer that was in force on `as_of`, by what was known at `known_at` (None: now)."""
    known = [(version, standing) for version in versions if (standing := version.known(known_at)) is not None]
    if not known:
        return Pick(None, reason="layer_no_version")
    if all(standing.status is Status.DRAFT for _, standing in known):
        return Pick(None, reason="layer_not_released")
    in_force = [pair for pair in known if pair[1].in_force(as_of)]
    if not in_force:
        return Pick(None, reason="layer_not_in_force")
    version, standing = max(in_force, key=lambda pair: pair[0].number)
    return Pick(version, standing)
