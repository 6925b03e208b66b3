"""The database set up for the house rules."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from spatialhub import db
from spatialhub.errors import DatabaseUnusable
from spatialhub.files import FileStore, sha256_of
from spatialhub.messages import explain


@pytest.fixture
def engine(tmp_path):
    engine = db.connect(db.database_url(tmp_path))
    yield engine
    engine.dispose()


def test_sqlite_is_the_default_and_lies_in_the_home_folder(tmp_path):
    assert db.database_url(tmp_path) == f"sqlite:///{tmp_path}/registry.db"


@pytest.mark.parametrize("name", ["postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_to_by_psycopg_and_keeps_its_password(name):
    url = db.database_url(Path("/x"), f"{name}://u:geheim@h/d")
    assert url == "postgresql+psycopg://u:geheim@h/d"


def test_sqlite_flushes_every_commit_and_holds_foreign_keys(engine):
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": db.BUSY_TIMEOUT_MS}


def test_read_then_write_from_many_threads_is_never_locked(engine):
    with db.writing(engine) as session:
        session.execute(text("CREATE TABLE counter (n INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))

    def add_one(_) -> None:
        with db.writing(engine) as session:
            n = session.execute(text("SELECT n FROM counter")).scalar_one()
            session.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add_one, range(200)))
    with db.reading(engine) as session:
        assert session.execute(text("SELECT n FROM counter")).scalar_one() == 200


def test_a_failed_transaction_leaves_nothing(engine):
    with db.writing(engine) as session:
        session.execute(text("CREATE TABLE t (n INTEGER)"))
    with pytest.raises(RuntimeError), db.writing(engine) as session:
        session.execute(text("INSERT INTO t VALUES (1)"))
        raise RuntimeError
    with db.reading(engine) as session:
        assert session.execute(text("SELECT count(*) FROM t")).scalar_one() == 0


def test_an_empty_database_is_brought_up_and_then_left_alone(engine):
    db.upgrade_if_behind(engine)
    with engine.connect() as connection:
        assert db.revision(connection) == db.head_revision()
    db.upgrade_if_behind(engine)


def test_a_file_is_kept_once_under_its_hash(tmp_path):
    source = tmp_path / "红线.txt"
    source.write_bytes(b"abc")
    store = FileStore(tmp_path / "files")
    sha256 = store.put(source)
    assert sha256 == sha256_of(source) and store.path(sha256).read_bytes() == b"abc" and sha256 in store
    assert store.put(source) == sha256
    assert [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()] == [sha256[2:]]


def test_a_file_that_cannot_be_copied_leaves_nothing(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"abc")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        FileStore(tmp_path / "files").put(tmp_path / "a")
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_a_database_that_cannot_be_reached_is_refused_without_showing_its_password():
    engine = db.connect(db.database_url(Path("/x"), "postgresql://u:geheim@127.0.0.1:1/d"))
    with pytest.raises(DatabaseUnusable) as refused:
        db.upgrade_if_behind(engine)
    words = explain(refused.value)
    assert "127.0.0.1:1" in words["what"] and "geheim" not in str(words)


@pytest.mark.postgis
def test_postgis_is_created_where_that_is_allowed_and_asked_for_where_not(postgis_url):
    owner = db.connect(postgis_url)
    with owner.begin() as connection:
        connection.exec_driver_sql("DROP EXTENSION postgis")
        connection.exec_driver_sql("DROP ROLE IF EXISTS clerk")
        connection.exec_driver_sql("CREATE ROLE clerk LOGIN")
        connection.exec_driver_sql("GRANT ALL ON SCHEMA public TO clerk")
    clerk = db.connect(postgis_url.replace("spatialhub@", "clerk@"))
    with pytest.raises(DatabaseUnusable) as refused:
        db.upgrade_if_behind(clerk)
    assert "CREATE EXTENSION postgis" in explain(refused.value)["remedy"]
    clerk.dispose()
    db.upgrade_if_behind(owner)
    with owner.begin() as connection:
        assert db.revision(connection) == db.head_revision()
        connection.exec_driver_sql("REVOKE ALL ON SCHEMA public FROM clerk")
        connection.exec_driver_sql("DROP ROLE clerk")
    owner.dispose()
