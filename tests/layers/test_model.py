"""Moves of a layer version, and which one answers for a day (check.md §3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import shapely

from layers.model import Act, LayerVersion, Move, Status, pick, release, retire
from spatialhub.errors import DatesOverlap, MoveNotAllowed
from spatialhub.messages import explain
from spatialhub.worktime import CHINA

IMPORTED = datetime(2026, 1, 5, 9, 0, tzinfo=CHINA)
DAY = timedelta(days=1)


def a_version(number=1, **fields):
    values = {
        "id": number, "city": "testcity", "layer": "line_red", "number": number, "title": "道路红线",
        "source_name": "a.zip", "source_sha256": "a" * 64, "source_format": "", "source_crs": "", "brought_in": "as_is",
        "encoding": "", "options": {}, "loader": "王", "imported_at": IMPORTED, "feature_count": 1, "area_m2": 1.0,
        "area_plane_m2": 1.0, "buffer_m": 0.0, "coverage": shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]),
        "coverage_basis": "city", "coverage_sha256": "c" * 64, "coverage_area_m2": 1.0, "snapshot_sha256": "b" * 64,
        "entry_sha256": "e" * 64, "shareable": True, "report": {},
        "moves": (Move(IMPORTED, "王", Act.IMPORT, Status.DRAFT),),
    }  # fmt: skip
    return LayerVersion(**values | fields)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, 0, tzinfo=CHINA)


def released(versions, number, *, on: date, first_day: date | None = None, last_day: date | None = None):
    """Release a version on a day; returns all versions with the moves made."""
    move = Move(at(on), "李", Act.RELEASE, Status.CURRENT, "planning")
    version = next(one for one in versions if one.number == number)
    moves = release(version, versions, first_day=first_day or on, last_day=last_day, move=move)
    return [replace(one, moves=(*one.moves, moves[one.number])) if one.number in moves else one for one in versions]


def answers(versions, day: date, known_at: datetime | None = None):
    found = pick(versions, as_of=day, known_at=known_at)
    return found.version.number if found.version else found.reason


FEB, MAR, APR = date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)


def test_a_released_version_is_current_from_the_day_of_release():
    (one,) = released([a_version()], 1, on=FEB)
    assert (one.status, one.in_force_from, one.in_force_until) == (Status.CURRENT, FEB, None)
    assert one.released.who == "李" and one.released.steward == "planning"


def test_a_release_retires_the_version_before_it_from_that_day():
    versions = released([a_version(1), a_version(2)], 1, on=FEB)
    first, second = released(versions, 2, on=MAR)
    assert (first.status, first.in_force_until) == (Status.RETIRED, MAR - DAY)
    assert second.status is Status.CURRENT
    assert first.retired.who == "李"


def test_a_retired_version_still_answers_for_the_days_it_was_in_force():
    versions = released([a_version(1), a_version(2)], 1, on=FEB)
    versions = released(versions, 2, on=MAR)
    assert answers(versions, MAR - DAY) == 1
    assert answers(versions, MAR) == 2
    assert answers(versions, FEB - DAY) == "layer_not_in_force"


def test_a_release_for_later_leaves_the_present_one_current_until_the_day_before():
    versions = released([a_version(1), a_version(2)], 1, on=FEB)
    first, second = released(versions, 2, on=MAR, first_day=APR)
    assert (first.status, first.in_force_until) == (Status.CURRENT, APR - DAY)
    assert second.status is Status.CURRENT
    assert [answers([first, second], day) for day in (MAR, APR - DAY, APR)] == [1, 1, 2]


def test_versions_for_different_years_are_both_current():
    old, new = date(2020, 1, 1), date(2024, 1, 1)
    versions = released([a_version(1), a_version(2)], 1, on=FEB, first_day=new)
    versions = released(versions, 2, on=MAR, first_day=old, last_day=new - DAY)
    assert [one.status for one in versions] == [Status.CURRENT, Status.CURRENT]
    assert answers(versions, date(2022, 1, 1)) == 2 and answers(versions, date(2025, 1, 1)) == 1


def test_a_release_that_runs_into_a_later_version_is_refused():
    versions = released([a_version(1), a_version(2)], 1, on=FEB, first_day=date(2024, 1, 1))
    with pytest.raises(DatesOverlap) as refused:
        released(versions, 2, on=MAR, first_day=date(2020, 1, 1))
    assert refused.value.params["other"] == "line_red@1"


def test_a_release_from_the_same_day_replaces_the_other_altogether():
    versions = released([a_version(1), a_version(2)], 1, on=FEB, first_day=FEB)
    versions = released(versions, 2, on=MAR, first_day=FEB)
    assert answers(versions, FEB) == 2
    assert versions[0].status is Status.RETIRED


def test_what_was_known_before_a_release_is_answered_as_then():
    versions = released([a_version(1), a_version(2)], 1, on=FEB, first_day=FEB)
    versions = released(versions, 2, on=APR, first_day=FEB)
    assert answers(versions, MAR, known_at=at(MAR)) == 1
    assert answers(versions, MAR, known_at=at(APR)) == 2
    assert answers(versions, MAR, known_at=at(FEB) - DAY) == "layer_not_released"
    assert answers(versions, MAR, known_at=IMPORTED - DAY) == "layer_no_version"


def test_without_versions_or_with_drafts_only_the_reason_says_so():
    assert answers([], MAR) == "layer_no_version"
    assert answers([a_version()], MAR) == "layer_not_released"


def test_a_retired_version_is_out_of_force_from_the_day_given():
    (one,) = released([a_version()], 1, on=FEB)
    moved = retire(one, from_day=APR, move=Move(at(MAR), "李", Act.RETIRE, Status.RETIRED))
    one = replace(one, moves=(*one.moves, moved))
    assert answers([one], APR - DAY) == 1 and answers([one], APR) == "layer_not_in_force"


def test_an_end_that_was_set_is_not_put_off_by_retiring():
    (one,) = released([a_version()], 1, on=FEB, last_day=MAR)
    assert retire(one, from_day=APR, move=one.now).in_force_until == MAR


def test_days_that_run_backwards_are_refused():
    with pytest.raises(DatesOverlap):
        released([a_version()], 1, on=MAR, last_day=FEB)


@pytest.mark.parametrize(
    ("status", "allowed"), [("draft", {"release": "发布"}), ("current", {"retire": "停用"}), ("retired", {"": "没有"})]
)
def test_the_table_of_moves_has_no_other(status, allowed):
    version = a_version(moves=(Move(IMPORTED, "王", Act.IMPORT, Status(status), in_force_from=FEB),))
    tried = {
        "release": lambda: released([version], 1, on=MAR),
        "retire": lambda: retire(version, from_day=APR, move=version.now),
    }
    for act, run in tried.items():
        if act in allowed:
            run()
            continue
        with pytest.raises(MoveNotAllowed) as refused:
            run()
        said = explain(refused.value)["remedy"]
        assert all(word in said for word in allowed.values())


def test_a_version_taken_back_from_before_its_first_day_was_never_in_force():
    version = a_version(moves=(Move(IMPORTED, "王", Act.IMPORT, Status.CURRENT, in_force_from=MAR),))
    taken_back = retire(version, from_day=FEB, move=version.now)
    assert taken_back.in_force_until == MAR - timedelta(days=1) and not taken_back.in_force(MAR)
