"""The use case: a site, opened snapshots, a policy → what holds there, what follows, whom to ask (check.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spatialhub.catalogue import Catalogue, LayerEntry
from spatialhub.precedence.model import Approval, CheckPolicy
from spatialhub.result import CheckResult
from spatialhub.spatial.model import Areal, Site


@dataclass(frozen=True, slots=True)
class PinnedLayer:
    """A catalogue entry with the version a check uses; `snapshot` is None where none is in force (`reason` says why)."""

    entry: LayerEntry
    version: int | None = None
    snapshot: Path | None = None
    sha256: str = ""
    in_force_from: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the asker adds. `min_area_m2` is the project's own stated minimum; times are ISO text, never read from a clock."""

    min_area_m2: float | None = None
    approvals: tuple[Approval, ...] = ()
    as_of: str = ""
    known_at: str = ""
    checked_at: str = ""


def check_site(
    site: Site,
    layers: Sequence[PinnedLayer],
    *,
    policy: CheckPolicy,
    catalogue: Catalogue,
    jurisdiction: Areal | None = None,
    options: CheckOptions = CheckOptions(),  # noqa: B008 - frozen
) -> CheckResult:
    """Check one site against pinned layers; pure in its arguments and the snapshots they name."""
    raise NotImplementedError
