"""The demo's tables as pinned layers, without any file between: what the check must say whatever the importer does."""

from __future__ import annotations

from pathlib import Path

from spatialhub.catalogue import Catalogue
from spatialhub.check import PinnedLayer
from spatialhub.demo.outline import EPSG
from spatialhub.demo.sites import SampleSite
from spatialhub.demo.table import Table
from spatialhub.spatial.model import Site, SitePart
from spatialhub.spatial.snapshot import SnapshotBuilder

ROLES = ("id", "name", "class", "reserved_for")


def pin_tables(tables: tuple[Table, ...], catalogue: Catalogue, store: Path) -> tuple[PinnedLayer, ...]:
    """Snapshot every table under its catalogue entry."""
    by_key = {table.key: table for table in tables}
    return tuple(_pin(by_key[key], catalogue, store) for key in catalogue.entries if key in by_key)


def _pin(table: Table, catalogue: Catalogue, store: Path) -> PinnedLayer:
    entry = catalogue.entry(table.key)
    values = {role: _column(table, entry.aliases.get(role, ())) for role in ROLES}
    kinds = dict.fromkeys(ROLES, "text")
    with SnapshotBuilder(
        store, layer=table.key, epsg=EPSG, entry_sha256=entry.sha256, coverage=table.coverage, columns=kinds
    ) as builder:
        builder.add(table.geometry, values)
        sha256 = builder.publish()
    return PinnedLayer(entry, version=1, snapshot=store / sha256, sha256=sha256, in_force_from="2019-08-17")


def _column(table: Table, aliases: tuple[str, ...]) -> list:
    """The first alias that the table has, as the importer takes it."""
    source = next((alias for alias in aliases if alias in table.columns), None)
    return [None] * len(table) if source is None else [str(value) or None for value in table.columns[source]]


def drawn(sample: SampleSite) -> Site:
    """The sample site as drawn, without its file; parts without a use in a story without one."""
    traits = {"form": sample.form, "level": sample.level}
    parts = tuple(
        SitePart(
            number,
            part.geometry,
            name=part.name,
            use=sample.use or part.use or None,
            max_height_m=part.max_height_m,
            **traits,
        )
        for number, part in enumerate(sample.parts, start=1)
    )
    return Site(sample.title, parts, EPSG)
