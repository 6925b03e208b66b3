"""Engine, sessions, the geometry type: plain SQLite by default, PostGIS by URL, one schema for both.

Exact geometry is computed by GEOS through shapely on both databases; SQL only stores it. On SQLite every writing
transaction begins with BEGIN IMMEDIATE: with a plain BEGIN, read-then-write transactions of several threads fail
"database is locked" at once, in spite of WAL and busy_timeout.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import shapely
from geoalchemy2 import Geometry
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    LargeBinary,
    MetaData,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from spatialhub.errors import DatabaseUnusable
from spatialhub.worktime import CHINA

BUSY_TIMEOUT_MS = 30_000

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table; constraints have predictable names, so that one migration history serves both databases."""

    metadata = MetaData(naming_convention=_NAMES)


class StoredMultiPolygon(TypeDecorator):
    """A shapely multipolygon in EPSG:4490: a PostGIS geometry, or WKB on SQLite. Polygons become multipolygons."""

    impl = Geometry
    cache_ok = True

    def __init__(self, *, spatial_index: bool = True) -> None:
        super().__init__("MULTIPOLYGON", srid=4490, spatial_index=spatial_index)

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine:
        """GeoAlchemy2 asks with `dialect=None` when it only wants to know whether the column is spatial."""
        if dialect is not None and dialect.name == "sqlite":
            return dialect.type_descriptor(LargeBinary())
        return self.impl_instance

    def bind_expression(self, bindvalue):
        """No ST_ function around a value: they do not exist on SQLite, and PostGIS reads hexadecimal EWKB as it is."""
        return bindvalue

    def column_expression(self, column):
        """No ST_ function around a column."""
        return column

    def bind_processor(self, dialect: Dialect):
        """WKB for SQLite, hexadecimal EWKB for PostGIS."""
        to_sqlite = dialect.name == "sqlite"

        def process(value: BaseGeometry | None) -> bytes | str | None:
            if value is None:
                return None
            if value.geom_type == "Polygon":
                value = shapely.multipolygons([value])
            if to_sqlite:
                return shapely.to_wkb(value)
            return shapely.to_wkb(shapely.set_srid(value, 4490), hex=True, include_srid=True)

        return process

    def result_processor(self, dialect: Dialect, coltype: object):
        """Return shapely geometries."""
        return lambda value: None if value is None else shapely.from_wkb(value)


class Moment(TypeDecorator):
    """An instant, always with its offset; read back in China time. Naive times are a mistake and refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs its offset: {value.isoformat()}")
        value = value.astimezone(CHINA)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=CHINA) if value.tzinfo is None else value.astimezone(CHINA)


def database_url(home: Path, url: str = "") -> str:
    """The URL to use: the one configured, else SQLite in the home folder. PostgreSQL is always spoken to by psycopg."""
    if not url:
        return f"sqlite:///{home / 'registry.db'}"
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def connect(url: str) -> Engine:
    """Return an engine whose connections are set up for the house rules."""
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection, _record) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "synchronous = FULL",  # NORMAL may lose acknowledged decisions when the power is cut
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads; nothing is committed."""
    with Session(engine) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One short writing transaction: committed at the end, rolled back on any exception."""
    with Session(engine.execution_options(writing=True), expire_on_commit=False) as session, session.begin():
        yield session


def exclusive(session: Session, what: str) -> None:
    """Keep other writers of `what` out until this transaction ends. SQLite has one writer anyhow (BEGIN IMMEDIATE)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(4490, hashtext(:what))"), {"what": what})


def head_revision() -> str:
    """The newest revision: file names begin with the minute they were written at, and are the revision's name."""
    names = [entry.name for entry in files("migrations.versions").iterdir() if entry.name[:1].isdigit()]
    return max(names).removesuffix(".py")


def revision(connection: Connection) -> str | None:
    """The revision a database stands at; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine, *, to: str = "head") -> None:
    """Bring a database to the newest revision and put every trigger in place. Safe to call by several at once."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "migrations:")
    with _alone(engine), engine.execution_options(writing=True).begin() as connection:
        _demand_postgis(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        if to == "head":
            ensure_triggers(connection)


def upgrade_if_behind(engine: Engine) -> None:
    """Upgrade unless the database already stands at the newest revision: what a command does when it starts."""
    try:
        with engine.connect() as connection:
            current = revision(connection)
        if current != head_revision():
            upgrade(engine)
    except OperationalError as error:
        place = engine.url.render_as_string(hide_password=True)
        raise DatabaseUnusable(place, reason=str(error.orig).strip().splitlines()[0]) from error


def _demand_postgis(connection: Connection) -> None:
    """Create the extension where that is allowed; a database without it cannot hold geometry."""
    if connection.dialect.name != "postgresql":
        return
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
    except DBAPIError as error:
        place = connection.engine.url.render_as_string(hide_password=True)
        raise DatabaseUnusable(place, reason=str(error.orig).strip().splitlines()[0]) from error


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Keep other upgrades of the same database out: a lock file beside SQLite, an advisory lock on PostgreSQL."""
    path = engine.url.database
    if engine.dialect.name == "sqlite" and path not in (None, "", ":memory:"):
        with open(f"{path}.upgrade", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    if engine.dialect.name == "sqlite":
        yield
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(4490)"))
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(4490)"))


# Tables whose rows are written once: name of the table → what the trigger says.
APPEND_ONLY = {"audit": "audit rows are never changed", "layer_move": "moves of a layer version are never changed"}


def ensure_triggers(connection: Connection) -> None:
    """Create the append-only triggers where they are missing; idempotent.

    Alembic's batch mode rebuilds a table on SQLite and silently drops its triggers, hence after every upgrade.
    """
    existing = set(inspect(connection).get_table_names())
    for table, says in APPEND_ONLY.items():
        if table in existing:
            _append_only(connection, table, says)


def _append_only(connection: Connection, table: str, says: str) -> None:
    if connection.dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
            )
        return
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{says}'; END $$"
    )
    connection.exec_driver_sql(
        f"CREATE OR REPLACE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )
