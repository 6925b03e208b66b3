"""The registry on SQLite and on PostGIS: releasing, retiring, pinning, and two stewards at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from layers.imports import import_layer
from layers.lookup import pin
from layers.model import Status
from layers.versions import find, release_version, retire_version, versions
from spatialhub import audit, db
from spatialhub.errors import MoveNotAllowed, UnknownLayer, UnknownVersion
from spatialhub.messages import say
from spatialhub.spatial.snapshot import Snapshot
from tests import shapes
from tests.builders import an_entry
from tests.layers.fakes import NOW, a_chunk, a_reading, a_workspace, fake_intake

RED, BLUE, GREEN = an_entry("line_red"), an_entry("line_blue"), an_entry("line_green", steward="parks")
TODAY = NOW.date()
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def workspace(request, tmp_path):
    url = request.getfixturevalue("postgis_url") if request.param == "postgis" else ""
    space = a_workspace(tmp_path / "home", RED, BLUE, GREEN, url=url)
    yield space
    space.engine.dispose()


@pytest.fixture
def load(workspace, tmp_path, monkeypatch):
    """Import a layer of `count` squares."""

    def run(entry=RED, count=1, *, now=NOW, **options):
        squares = [shapes.square(100, 200 * number, 0) for number in range(count)]
        path = tmp_path / f"{entry.key}{count}.json"
        fake_intake(monkeypatch, {path.name: a_reading(path, a_chunk(squares, id=[f"f{i}" for i in range(count)]))})
        return import_layer(workspace, entry, path, who="王", now=now, coverage="city", **options)

    return run


def released(workspace, version, *, now=NOW, who="李", **dates):
    with db.writing(workspace.engine) as session:
        return release_version(session, version, who=who, steward="planning", now=now, **dates)


def pinned(workspace, day=TODAY, **options):
    with db.reading(workspace.engine) as session:
        found = pin(session, workspace.catalogue, city="testcity", store=workspace.snapshots, as_of=day, **options)
    return {row.entry.key: row for row in found}


def test_every_layer_of_the_catalogue_is_pinned_in_its_order_with_a_reason_where_none_is_in_force(workspace, load):
    load(BLUE)
    load(RED, release=True, in_force_from=TODAY + DAY)
    found = pinned(workspace)
    assert list(found) == ["line_red", "line_blue", "line_green"]
    reasons = {key: row.reason for key, row in found.items()}
    assert reasons == {
        "line_red": "layer_not_in_force",
        "line_blue": "layer_not_released",
        "line_green": "layer_no_version",
    }
    assert all(row.snapshot is None and row.version is None and say(row.reason) for row in found.values())


def test_a_pinned_layer_names_version_hash_first_day_and_a_snapshot_that_opens(workspace, load):
    version = load(RED, 3, release=True, in_force_from=date(2021, 1, 1))
    row = pinned(workspace)["line_red"]
    assert (row.version, row.sha256, row.in_force_from) == (1, version.snapshot_sha256, "2021-01-01")
    assert Snapshot.open(row.snapshot).meta.feature_count == 3


def test_as_of_and_known_at_choose_among_versions(workspace, load):
    load(RED, 1, release=True, in_force_from=date(2020, 1, 1))
    load(RED, 2, now=NOW + 10 * DAY, release=True, in_force_from=date(2024, 1, 1))
    assert pinned(workspace, date(2023, 12, 31))["line_red"].version == 1
    assert pinned(workspace, date(2024, 1, 1))["line_red"].version == 2
    assert pinned(workspace, date(2024, 1, 1), known_at=NOW + DAY)["line_red"].version == 1
    assert pinned(workspace, date(2024, 1, 1), known_at=NOW - DAY)["line_red"].reason == "layer_no_version"


def test_only_the_layers_asked_for_are_pinned_and_an_unknown_one_is_refused(workspace):
    assert list(pinned(workspace, keys=["line_green", "line_red"])) == ["line_red", "line_green"]
    with pytest.raises(UnknownLayer):
        pinned(workspace, keys=["line_pink"])


def test_versions_of_another_city_are_not_pinned(workspace, load):
    load(RED, release=True)
    with db.reading(workspace.engine) as session:
        (row, *_) = pin(session, workspace.catalogue, city="elsewhere", store=workspace.snapshots, as_of=TODAY)
    assert row.reason == "layer_no_version"


def test_a_release_records_who_for_which_steward_and_what_it_retired(workspace, load):
    load(RED, 1, release=True)
    second = load(RED, 2)
    moved = released(workspace, second, now=NOW + DAY, who="赵")
    assert [(one.name, one.status) for one in moved] == [("line_red@2", Status.CURRENT), ("line_red@1", Status.RETIRED)]
    assert (moved[0].released.who, moved[0].released.steward) == ("赵", "planning")
    with db.reading(workspace.engine) as session:
        rows = session.scalars(select(audit.AuditRow).order_by(audit.AuditRow.number)).all()
        assert audit.verify(session).holds
    assert [row.what for row in rows] == [
        "layer.import", "layer.release", "layer.import", "layer.release", "layer.retire",
    ]  # fmt: skip
    detail = json.loads(rows[-1].detail)
    assert detail["in_force_until"] == str(TODAY) and detail["snapshot_sha256"] == moved[1].snapshot_sha256


def test_a_release_without_a_day_is_in_force_from_the_day_of_release_in_china(workspace, load):
    late = NOW.replace(hour=23, minute=30)
    (version,) = released(workspace, load(RED), now=late)
    assert version.in_force_from == TODAY


def test_a_version_cannot_be_released_twice_nor_retired_as_a_draft(workspace, load):
    version = load(RED)
    with pytest.raises(MoveNotAllowed), db.writing(workspace.engine) as session:
        retire_version(session, version, who="李", from_day=TODAY, now=NOW)
    released(workspace, version)
    with pytest.raises(MoveNotAllowed):
        released(workspace, version)


def test_a_retired_version_answers_for_its_days_only(workspace, load):
    version = load(RED, release=True, in_force_from=date(2021, 1, 1))
    with db.writing(workspace.engine) as session:
        retire_version(session, version, who="李", from_day=TODAY, now=NOW + DAY)
    assert pinned(workspace, TODAY - DAY)["line_red"].version == 1
    assert pinned(workspace, TODAY)["line_red"].reason == "layer_not_in_force"


def test_of_two_releases_at_once_one_wins(workspace, load):
    version = load(RED)

    def one(_):
        try:
            return released(workspace, version)
        except MoveNotAllowed as refused:
            return refused

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one, range(8)))
    assert sum(isinstance(result, tuple) for result in results) == 1
    with db.reading(workspace.engine) as session:
        assert len(find(session, "testcity", "line_red", 1).moves) == 2


def test_the_newest_version_is_found_without_a_number_and_an_unknown_one_is_refused(workspace, load):
    load(RED, 1)
    load(RED, 2)
    with db.reading(workspace.engine) as session:
        assert find(session, "testcity", "line_red").name == "line_red@2"
        assert [version.name for version in versions(session, "testcity")] == ["line_red@1", "line_red@2"]
        with pytest.raises(UnknownVersion) as refused:
            find(session, "testcity", "line_red", 7)
        assert refused.value.params["known"] == ("line_red@1", "line_red@2")


def test_a_version_read_back_is_the_one_imported(workspace, load):
    version = load(RED, 2)
    with db.reading(workspace.engine) as session:
        again = find(session, "testcity", "line_red", 1)
    assert again.coverage.equals_exact(version.coverage, 0)
    assert replace(again, coverage=None) == replace(version, coverage=None)
