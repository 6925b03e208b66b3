"""What a check found, piece by piece: frozen values of which `result.CheckResult` is made (check.md §8).

Areas are integers of 1e-4 m² (`*_u`, "units"). What decides is there at once; long lists and geometry may be made when
they are first read (`listed`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shapely import Geometry

from spatialhub.listed import Drawable, Drawn
from spatialhub.precedence.model import Approval, Conformity, Ruling, Verdict
from spatialhub.precedence.rulebook import Filled
from spatialhub.spatial.model import SitePart


class Status(StrEnum):
    """What a layer answers (check.md §5)."""

    HIT = "hit"
    TRACE = "trace"
    ADJACENT = "adjacent"
    CLEAR = "clear"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class PartResult:
    """A site part with its areas."""

    part: SitePart
    area_u: int
    area_plane_u: int


@dataclass(frozen=True)
class FeatureHit(Drawable):
    """A feature's own overlap with the site. `geometry` is the overlap in the plane, or a call that draws it."""

    id: str
    name: str
    attributes: Mapping[str, object]
    area_u: int
    area_plane_u: int
    class_code: str = ""
    class_name: str = ""
    geometry: Drawn[Geometry | None] = Drawn(optional=True)  # noqa: RUF009


@dataclass(frozen=True, slots=True)
class LayerResult:
    """A layer's answer. `area_u` is the union of its features, `floor_u` of
    those that are floors; `reason` a message code where it is unchecked."""

    key: str
    title: str
    family: str
    kind: str
    status: Status
    clause: str
    steward: str
    departments: tuple[str, ...]
    required: bool
    version: int | None = None
    version_sha256: str = ""
    in_force_from: str = ""
    reason: str = ""
    area_u: int = 0
    area_plane_u: int = 0
    unchecked_u: int = 0
    floor_u: int = 0
    suspected_digitising_error: bool = False
    features: Sequence[FeatureHit] = ()


_RULING: Drawn[Ruling] = Drawn()


@dataclass(frozen=True)
class Fragment(Drawable):
    """A fragment (叠加碎块): the same covers and part throughout. `covers` are (layer, feature id); `ruling` may be
    given as a `Filled`, `geometry` as a call that draws it."""

    id: str
    area_u: int
    area_plane_u: int
    part: int
    parts: tuple[int, ...]
    covers: tuple[tuple[str, str], ...]
    unchecked: tuple[str, ...]
    outside_jurisdiction: bool
    mismatch: bool
    ruling: Drawn[Ruling] = _RULING
    geometry: Drawn[Geometry] = Drawn()  # noqa: RUF009

    @property
    def given_ruling(self) -> Ruling | Filled:
        """The ruling as it stands: with its features, or before they are put in."""
        return _RULING.given(self)  # type: ignore[return-value]

    @property
    def conformity(self) -> Conformity:
        """Conformity of the ruling."""
        return self.given_ruling.conformity


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the proposal is what it is. `code` is a key of `messages/`."""

    code: str
    text: str
    clause: str
    area_u: int = 0


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a linear part meets a layer, by chainage along its axis."""

    part: int
    layer: str
    feature: str
    from_m: float
    to_m: float
    area_u: int
    conformity: Conformity


@dataclass(frozen=True)
class Suggestion(Drawable):
    """The site without what must be trimmed (融合建议, a draft). `recheck` is the worst conformity found when the
    suggestion itself was checked, `floors_hit` the floors still hit (none, unless something is wrong); each may be a
    call: the second check is made when one of them is first read."""

    geometry: Geometry
    area_u: int
    lost_u: int
    recheck: Drawn[Conformity] = Drawn()  # noqa: RUF009
    floors_hit: Drawn[tuple[str, ...]] = Drawn()  # noqa: RUF009


@dataclass(frozen=True, slots=True)
class Unchecked:
    """What was not checked: a layer (with area) or a floor that no layer carries."""

    key: str
    title: str
    reason: str
    clause: str
    required: bool
    area_u: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """The proposed verdict; it binds nobody."""

    verdict: Verdict
    reasons: Sequence[Reason]
    suggestion: Suggestion | None
    unchecked: Sequence[Unchecked]
    crossings: Sequence[Crossing] = ()


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A contradiction seen on the way: two floors on a fragment, detailed plan against master plan."""

    kind: str
    layers: tuple[str, ...]
    fragments: Sequence[str]
    area_u: int
    text: str


@dataclass(frozen=True, slots=True)
class ApprovalUse:
    """An approval presented, whether it was accepted, and the area it had to cover."""

    approval: Approval
    accepted: bool
    needed_u: int
    reason: str = ""
