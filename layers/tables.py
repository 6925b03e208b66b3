"""The registry of layer versions: what never changes about a version, and the moves it has made."""

from __future__ import annotations

from datetime import date, datetime

from shapely import Geometry
from sqlalchemy import BigInteger, Boolean, Double, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from spatialhub.db import Base, Moment, StoredMultiPolygon

_Id = BigInteger().with_variant(Integer, "sqlite")


class LayerVersionRow(Base):
    """A layer version as imported. Only `snapshot_sha256` may change later, by `layers rebuild`.

    `coverage` is in EPSG:4490 (for exchange and maps; checks use the plane coverage of the snapshot). `options` and
    `report` are JSON text.
    """

    __tablename__ = "layer_version"
    __table_args__ = (UniqueConstraint("city", "layer", "number"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    city: Mapped[str] = mapped_column(String(80))
    layer: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    source_name: Mapped[str] = mapped_column(String(400))
    source_sha256: Mapped[str] = mapped_column(String(64))
    source_format: Mapped[str] = mapped_column(String(80))
    source_crs: Mapped[str] = mapped_column(String(200))
    brought_in: Mapped[str] = mapped_column(String(200))
    encoding: Mapped[str] = mapped_column(String(40))
    options: Mapped[str] = mapped_column(Text)
    loader: Mapped[str] = mapped_column(String(200))
    imported_at: Mapped[datetime] = mapped_column(Moment)
    feature_count: Mapped[int] = mapped_column(BigInteger)
    area_m2: Mapped[float] = mapped_column(Double)
    area_plane_m2: Mapped[float] = mapped_column(Double)
    buffer_m: Mapped[float] = mapped_column(Double)
    coverage: Mapped[Geometry] = mapped_column(StoredMultiPolygon())
    coverage_basis: Mapped[str] = mapped_column(String(400))
    coverage_sha256: Mapped[str] = mapped_column(String(64))
    coverage_area_m2: Mapped[float] = mapped_column(Double)
    snapshot_sha256: Mapped[str] = mapped_column(String(64), index=True)
    entry_sha256: Mapped[str] = mapped_column(String(64))
    shareable: Mapped[bool] = mapped_column(Boolean)
    report: Mapped[str] = mapped_column(Text)

    moves: Mapped[list[LayerMoveRow]] = relationship(order_by="LayerMoveRow.id", lazy="selectin")


class LayerMoveRow(Base):
    """Something that happened to a version: imported, released, retired, or its dates bounded by a later release.

    Append-only, so that what was known at an instant can always be told: the last move by then holds.
    """

    __tablename__ = "layer_move"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(_Id, ForeignKey("layer_version.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    who: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    steward: Mapped[str] = mapped_column(String(80))
    in_force_from: Mapped[date | None]
    in_force_until: Mapped[date | None]
