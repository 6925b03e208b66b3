"""What the layers have near a site: pinned snapshots opened, candidates gathered, attributes at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.catalogue import Kind, LayerEntry
from spatialhub.errors import CrsConflict, SnapshotDamaged
from spatialhub.precedence.engine import constrains
from spatialhub.precedence.model import Cover
from spatialhub.spatial.overlay import LayerInput
from spatialhub.spatial.snapshot import Snapshot

ROLES = ("id", "name", "class", "reserved_for")


@dataclass(frozen=True, slots=True)
class PinnedLayer:
    """A catalogue entry with the version a check uses; `snapshot` None: none is in force (`reason`: why).
    `synthetic`: made-up data (a demo)."""

    entry: LayerEntry
    version: int | None = None
    snapshot: Path | None = None
    sha256: str = ""
    in_force_from: str = ""
    reason: str = ""
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """Attributes of a candidate feature: its roles, and what analysts may see."""

    id: str
    name: str
    class_code: str
    reserved_for: str
    shown: Mapping[str, object]


@dataclass(frozen=True)
class Evidence:
    """One layer near the site: its input to the overlay and its features by id."""

    pinned: PinnedLayer
    input: LayerInput
    features: Mapping[str, Feature]

    @property
    def entry(self) -> LayerEntry:
        """The catalogue entry."""
        return self.pinned.entry

    def cover(self, feature: str) -> Cover:
        """The feature as a cover of a fragment."""
        found = self.features[feature]
        return Cover(self.entry.key, feature, found.class_code, found.reserved_for)


def gather(site: Geometry, layers: Sequence[PinnedLayer], *, epsg: int) -> tuple[Evidence, ...]:
    """Open every pinned snapshot and take what may meet the site (plane `epsg`), in the order given.

    Raises
    ------
    CrsConflict
        A snapshot was made for another plane.
    SnapshotError
        A snapshot cannot be opened, or gives one id to features that differ.
    """
    return tuple(_gather_one(site, pinned, epsg) for pinned in layers)


def _gather_one(site: Geometry, pinned: PinnedLayer, epsg: int) -> Evidence:
    if pinned.snapshot is None:
        nothing = np.zeros(0, dtype=object)
        return Evidence(pinned, _input(pinned.entry, nothing, (), {}, None), {})
    snapshot = Snapshot.open(pinned.snapshot)
    if snapshot.meta.epsg != epsg:
        raise CrsConflict(pinned.entry.key, named=f"EPSG:{snapshot.meta.epsg}", found=f"EPSG:{epsg}")
    geometries, owners = snapshot.parts(snapshot.search(site))
    touching = shapely.intersects(geometries, site) if len(geometries) else np.zeros(0, bool)
    geometries, owners = geometries[touching], owners[touching]
    features = _features(pinned.entry, snapshot, owners)
    ids = tuple(feature.id for feature in features)
    by_id = {feature.id: feature for feature in features}
    for feature in features:
        if by_id[feature.id] != feature:  # one id, two meanings: which one holds would depend on their order
            raise SnapshotDamaged(str(pinned.snapshot), reason=f"id {feature.id}")
    return Evidence(pinned, _input(pinned.entry, geometries, ids, by_id, snapshot.coverage), by_id)


def _features(entry: LayerEntry, snapshot: Snapshot, owners: np.ndarray) -> list[Feature]:
    shown = [name for name in entry.shown_fields.get("analyst", ()) if name in snapshot.meta.columns]
    names = [role for role in ROLES if role in snapshot.meta.columns]
    columns = snapshot.columns([*dict.fromkeys([*names, *shown])], owners)
    return [_feature(columns, row, int(owner), shown) for row, owner in enumerate(owners)]


def _feature(columns: Mapping[str, list], row: int, owner: int, shown: Sequence[str]) -> Feature:
    def text(role: str) -> str:
        value = columns[role][row] if role in columns else None
        return "" if value is None else str(value)

    return Feature(
        id=text("id") or str(owner),
        name=text("name"),
        class_code=text("class"),
        reserved_for=text("reserved_for"),
        shown={name: columns[name][row] for name in shown if columns[name][row] is not None},
    )


def _input(
    entry: LayerEntry,
    geometries: np.ndarray,
    ids: tuple[str, ...],
    features: Mapping[str, Feature],
    coverage: Geometry | None,
) -> LayerInput:
    floor = entry.kind is Kind.FLOOR
    return LayerInput(
        layer=entry.key,
        geometries=geometries,
        features=ids,
        floor=tuple(floor and constrains(entry, features[id].class_code) for id in ids),
        coverage=coverage,
        floor_layer=floor,
        resolution_m=entry.resolution_m,
        trace_below_m2=entry.trace_below_m2,
        trace_narrower_than_m=entry.trace_narrower_than_m,
        tessellates=entry.tessellates,
    )
