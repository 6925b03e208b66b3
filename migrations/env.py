"""Alembic's environment: one history for SQLite and PostGIS. Run by `spatialhub.db.upgrade`, never by hand."""

from __future__ import annotations

from alembic import context

import layers.tables
import spatialhub.audit  # noqa: F401 - registers its table
from spatialhub.db import Base, StoredMultiPolygon


def include_object(thing, name, type_, reflected, compare_to) -> bool:
    """Leave out what is none of the history's business: PostGIS' own tables, R*Tree tables, and on SQLite indexes over
    geometry columns, which only PostGIS has."""
    if type_ == "table":
        return not (name == "spatial_ref_sys" or "_rtree" in name)
    if type_ == "index" and context.get_context().dialect.name == "sqlite":
        return not any(isinstance(column.type, StoredMultiPolygon) for column in thing.columns)
    return True


def run() -> None:
    """Run the revisions on the connection that the caller opened, in the caller's transaction."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    context.run_migrations()


assert layers.tables
run()
