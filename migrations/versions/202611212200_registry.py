"""The audit log and the registry of layer versions.

Revision ID: 202611212200_registry
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from spatialhub.db import Moment, StoredMultiPolygon

revision = "202611212200_registry"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("what", sa.String(80), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_about", "audit", ["about"])
    op.create_table(
        "layer_version",
        sa.Column("id", BIG, nullable=False),
        sa.Column("city", sa.String(80), nullable=False),
        sa.Column("layer", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("source_name", sa.String(400), nullable=False),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("source_format", sa.String(80), nullable=False),
        sa.Column("source_crs", sa.String(200), nullable=False),
        sa.Column("brought_in", sa.String(200), nullable=False),
        sa.Column("encoding", sa.String(40), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("loader", sa.String(200), nullable=False),
        sa.Column("imported_at", Moment(), nullable=False),
        sa.Column("feature_count", sa.BigInteger(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("area_plane_m2", sa.Double(), nullable=False),
        sa.Column("buffer_m", sa.Double(), nullable=False),
        sa.Column("coverage", StoredMultiPolygon(spatial_index=False), nullable=False),
        sa.Column("coverage_basis", sa.String(400), nullable=False),
        sa.Column("coverage_sha256", sa.String(64), nullable=False),
        sa.Column("coverage_area_m2", sa.Double(), nullable=False),
        sa.Column("snapshot_sha256", sa.String(64), nullable=False),
        sa.Column("entry_sha256", sa.String(64), nullable=False),
        sa.Column("shareable", sa.Boolean(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_layer_version"),
        sa.UniqueConstraint("city", "layer", "number", name="uq_layer_version_city_layer_number"),
    )
    op.create_index("ix_layer_version_snapshot_sha256", "layer_version", ["snapshot_sha256"])
    if op.get_context().dialect.name == "postgresql":  # SQLite would index the bytes of the geometry
        op.create_index("idx_layer_version_coverage", "layer_version", ["coverage"], postgresql_using="gist")
    op.create_table(
        "layer_move",
        sa.Column("id", BIG, nullable=False),
        sa.Column("version_id", BIG, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("steward", sa.String(80), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("in_force_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["layer_version.id"], name="fk_layer_move_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_layer_move"),
    )
    op.create_index("ix_layer_move_version_id", "layer_move", ["version_id"])


def downgrade() -> None:
    op.drop_table("layer_move")
    op.drop_table("layer_version")
    op.drop_table("audit")
