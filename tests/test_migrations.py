"""One history for both databases: what it builds is what the models say, and the triggers are there afterwards."""

from __future__ import annotations

import json
import threading
from datetime import datetime

import pytest
import shapely
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError, IntegrityError

import layers.tables as tables
import spatialhub.audit as audit
from spatialhub import db
from spatialhub.worktime import CHINA

AT = datetime(2026, 3, 2, 9, 30, 0, 123456, CHINA)
DONUT = shapely.MultiPolygon(
    [shapely.Polygon([(113, 34), (114, 34), (114, 35), (113, 35)], [[(113.2, 34.2), (113.4, 34.2), (113.3, 34.4)]])]
)


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def engine(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'registry.db'}"
    if request.param == "postgis":
        url = request.getfixturevalue("postgis_url")
    engine = db.connect(url)
    db.upgrade(engine)
    yield engine
    engine.dispose()


def version(**given):
    values = {
        "city": "zhengzhou",
        "layer": "line_red",
        "number": 1,
        "title": "道路红线",
        "source_name": "红线.zip",
        "source_sha256": "a" * 64,
        "source_format": "ESRI Shapefile",
        "source_crs": "EPSG:4526",
        "brought_in": "identity",
        "encoding": "GB18030",
        "options": "{}",
        "loader": "王",
        "imported_at": AT,
        "feature_count": 3,
        "area_m2": 12.3456789012345,
        "area_plane_m2": 12.4,
        "buffer_m": 0.0,
        "coverage": DONUT,
        "coverage_basis": "city",
        "coverage_sha256": "d" * 64,
        "coverage_area_m2": 1.0,
        "snapshot_sha256": "b" * 64,
        "entry_sha256": "c" * 64,
        "shareable": True,
        "report": json.dumps({"空": 1}, ensure_ascii=False),
    }
    return tables.LayerVersionRow(**(values | given))


def test_history_builds_exactly_what_the_models_say(engine):
    context_options = {"compare_type": True, "include_object": _include_object(engine)}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=context_options)
        assert compare_metadata(context, db.Base.metadata) == []


def test_there_is_one_head_and_its_name_is_the_newest_file():
    config = Config()
    config.set_main_option("script_location", "migrations:")
    assert ScriptDirectory.from_config(config).get_heads() == [db.head_revision()]


def test_the_same_rows_come_back(engine):
    with db.writing(engine) as session:
        session.add(version())
    with db.reading(engine) as session:
        row = session.get(tables.LayerVersionRow, 1)
        assert row.coverage.equals_exact(DONUT) and row.coverage.geom_type == "MultiPolygon"
        assert row.imported_at == AT and row.imported_at.isoformat() == "2026-03-02T09:30:00.123456+08:00"
        assert row.area_m2 == 12.3456789012345
        assert json.loads(row.report) == {"空": 1}
        assert row.shareable is True


def test_a_single_polygon_is_stored_as_a_multipolygon(engine):
    with db.writing(engine) as session:
        session.add(version(coverage=shapely.box(113, 34, 114, 35)))
    with db.reading(engine) as session:
        assert session.get(tables.LayerVersionRow, 1).coverage == shapely.MultiPolygon([shapely.box(113, 34, 114, 35)])


def test_a_number_is_given_once_per_city_and_layer(engine):
    with db.writing(engine) as session:
        session.add(version())
    with pytest.raises(IntegrityError), db.writing(engine) as session:
        session.add(version())


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'x'", "DELETE FROM audit"])
def test_audit_rows_cannot_be_changed_nor_deleted(engine, statement):
    with db.writing(engine) as session:
        audit.record(session, at=AT, who="王", what="test", about="x")
    with pytest.raises(DBAPIError, match="audit rows are never changed"), engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_triggers_stand_again_after_batch_mode_has_rebuilt_the_table(engine):
    with engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection, opts={"render_as_batch": True}))
        with operations.batch_alter_table("audit", recreate="always" if engine.name == "sqlite" else "auto") as batch:
            batch.alter_column("who", nullable=True)
        if engine.name == "sqlite":
            gone = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            assert not any(name.startswith("audit") for name in gone)  # the trap is real
        db.ensure_triggers(connection)
    test_audit_rows_cannot_be_changed_nor_deleted(engine, "DELETE FROM audit")


def test_upgrade_is_idempotent_and_safe_to_start_twice_at_once(engine, tmp_path):
    fresh = db.connect(f"sqlite:///{tmp_path / 'other.db'}") if engine.name == "sqlite" else engine
    errors: list[BaseException] = []

    def one() -> None:
        try:
            db.upgrade_if_behind(fresh)
            db.upgrade(fresh)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == []
    with fresh.connect() as connection:
        assert db.revision(connection) == db.head_revision()


def test_only_postgis_has_an_index_over_the_geometry(engine):
    names = {index["name"] for index in inspect(engine).get_indexes("layer_version")}
    assert ("idx_layer_version_coverage" in names) == (engine.name == "postgresql")


def test_the_history_can_be_taken_back(engine):
    config = Config()
    config.set_main_option("script_location", "migrations:")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert "layer_version" not in inspect(engine).get_table_names()


def _include_object(engine):
    """The filter of migrations/env.py, for the dialect at hand (env.py itself runs when imported)."""

    def include(thing, name, type_, reflected, compare_to):
        if type_ == "table":
            return name != "spatial_ref_sys"
        on_geometry = type_ == "index" and any(isinstance(c.type, db.StoredMultiPolygon) for c in thing.columns)
        return not (on_geometry and engine.name == "sqlite")

    return include
