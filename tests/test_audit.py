"""The audit log shows every tampering that its chain and its anchors can show."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from spatialhub import audit, db
from spatialhub.worktime import CHINA

AT = datetime(2026, 3, 2, 9, 30, tzinfo=CHINA)


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def engine(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    if request.param == "postgis":
        url = request.getfixturevalue("postgis_url")
    engine = db.connect(url)
    db.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine):
    """Three recorded acts."""
    with db.writing(engine) as session:
        for number in (1, 2, 3):
            audit.record(session, at=AT, who="王", what="layer.import", about=f"x@{number}", detail={"宽": 1.5})
    return engine


def verified(engine, anchors=()):
    with db.reading(engine) as session:
        return audit.verify(session, anchors=anchors)


def tamper(engine, statement):
    """Change rows the way a database administrator could: past the triggers."""
    with engine.begin() as connection:
        if engine.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER audit_no_update")
            connection.exec_driver_sql("DROP TRIGGER audit_no_delete")
        else:
            connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER ALL")
        connection.exec_driver_sql(statement)


def test_an_untouched_log_verifies(log):
    assert verified(log) == audit.Verification(rows=3)


@pytest.mark.parametrize(
    ("statement", "broken_at", "reason"),
    [
        ("UPDATE audit SET who = '李' WHERE number = 2", 2, "row changed"),
        ("UPDATE audit SET at = '2026-03-02 09:31:00' WHERE number = 2", 2, "row changed"),
        ("UPDATE audit SET detail = '{}' WHERE number = 2", 2, "row changed"),
        ("DELETE FROM audit WHERE number = 2", 2, "row missing"),
        ("DELETE FROM audit WHERE number = 1", 1, "row missing"),
    ],
)
def test_a_changed_or_missing_row_breaks_the_chain(log, statement, broken_at, reason):
    tamper(log, statement)
    result = verified(log)
    assert (result.broken_at, result.reason) == (broken_at, reason)


def test_a_tail_cut_off_is_seen_by_the_anchor_only(log, tmp_path):
    with db.reading(log) as session:
        audit.anchor(tmp_path / "heads", audit.head(session))
    tamper(log, "DELETE FROM audit WHERE number = 3")
    assert verified(log).holds
    assert verified(log, audit.anchors(tmp_path / "heads")).broken_at == 3


def test_a_chain_rewritten_from_the_start_differs_from_its_anchor(log):
    with db.reading(log) as session:
        before = audit.head(session)
    tamper(log, "DELETE FROM audit")
    with db.writing(log) as session:
        for _ in range(3):
            audit.record(session, at=AT, who="李", what="layer.import", about="x")
    assert verified(log).holds
    assert verified(log, (before,)).reason == "row differs from its anchor"


def test_a_torn_last_line_of_the_anchor_file_is_left_out(tmp_path):
    audit.anchor(tmp_path / "heads", audit.Head(1, "a" * 64))
    with (tmp_path / "heads").open("a") as file:
        file.write("2 abc")
    assert audit.anchors(tmp_path / "heads") == (audit.Head(1, "a" * 64),)


def test_a_rolled_back_change_leaves_no_row(log):
    with pytest.raises(RuntimeError), db.writing(log) as session:
        audit.record(session, at=AT, who="王", what="x", about="x")
        raise RuntimeError
    assert verified(log).rows == 3


def test_times_are_kept_in_china_time_whatever_they_came_in(engine):
    with db.writing(engine) as session:
        audit.record(session, at=datetime(2026, 3, 1, 23, 0, tzinfo=UTC), who="王", what="x", about="x")
    with db.reading(engine) as session:
        assert session.scalars(select(audit.AuditRow)).one().at.isoformat() == "2026-03-02T07:00:00+08:00"


def test_naive_times_are_refused(engine):
    with pytest.raises(Exception, match="an instant needs its offset"), db.writing(engine) as session:
        session.add(audit.AuditRow(number=9, at=datetime(2026, 1, 1), who="", what="", about="", detail="{}",
                                   previous="", hash=""))  # fmt: skip


def test_fifty_writers_at_once_make_one_chain(engine):
    def one(number: int) -> None:
        with db.writing(engine) as session:
            audit.record(session, at=AT, who=str(number), what="x", about="x")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(50)))
    assert verified(engine) == audit.Verification(rows=50)
