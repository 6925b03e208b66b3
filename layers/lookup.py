"""Which version of every layer a check uses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from layers.model import LayerVersion, pick
from layers.versions import versions
from spatialhub.catalogue import Catalogue, LayerEntry
from spatialhub.check import PinnedLayer


def pin(
    session: Session,
    catalogue: Catalogue,
    *,
    city: str,
    store: Path,
    as_of: date,
    known_at: datetime | None = None,
    keys: Iterable[str] | None = None,
) -> tuple[PinnedLayer, ...]:
    """Pin, for every catalogue entry (or those of `keys`) in catalogue order, the version in force on `as_of`.

    `known_at` goes back to what was released by that instant. An entry without such a version is pinned without a
    snapshot, with the reason: it will be unchecked, never clear.

    Raises
    ------
    UnknownLayer
        `keys` names a layer that the catalogue does not have.
    """
    wanted = catalogue.entries if keys is None else {key: catalogue.entry(key) for key in keys}
    by_layer: dict[str, list[LayerVersion]] = {}
    for version in versions(session, city):
        by_layer.setdefault(version.layer, []).append(version)
    return tuple(
        _pinned(entry, by_layer.get(key, []), store=store, as_of=as_of, known_at=known_at)
        for key, entry in catalogue.entries.items()
        if key in wanted
    )


def _pinned(
    entry: LayerEntry, known: list[LayerVersion], *, store: Path, as_of: date, known_at: datetime | None
) -> PinnedLayer:
    found = pick(known, as_of=as_of, known_at=known_at)
    if found.version is None or found.standing is None:
        return PinnedLayer(entry, reason=found.reason)
    return PinnedLayer(
        entry,
        version=found.version.number,
        snapshot=store / found.version.snapshot_sha256,
        sha256=found.version.snapshot_sha256,
        in_force_from=str(found.standing.in_force_from),
        synthetic=bool(found.version.options.get("synthetic")),
    )
