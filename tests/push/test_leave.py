"""Leave that meets other leave: what Runn would merge is seen before, and said after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runn_pandas.errors import PlanError
from runn_pandas.push.api import plan as plan_of
from tests.support.desk import Desk, desk_of, new_demo

from .scenarios import state

NAME = "time-offs/leave"
PERSON = 310011
Days = tuple[str, str]


def book(desk: Desk, first: str, last: str, **more: Any) -> int:
    """Leave that is there before, in a year that the demo has nothing in."""
    body = {"personId": PERSON, "startDate": first, "endDate": last, **more}
    answer = desk.account.request("POST", "time-offs/leave/", json=body)
    desk.wire.bodies.clear()
    return int(answer["id"])


def booked(desk: Desk, person: int = PERSON) -> list[tuple[Any, ...]]:
    """What a person has from 2035 on, without ids: first and last day, minutes, note."""
    rows = desk.demo.company.where(NAME, "personId", person)
    found = [(r["startDate"], r["endDate"], r["minutesPerDay"], r["note"]) for r in rows]
    return sorted((row for row in found if row[0] >= "2035"), key=str)


def row(own: int | None, first: str, last: str, **more: Any) -> dict[str, Any]:
    return {"id": own, "personId": PERSON, "startDate": first, "endDate": last, **more}


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows)).astype({"id": "Int64"})


def alone(first: str, last: str, minutes: int | None = None, note: str | None = None) -> Any:
    return (first, last, minutes, note)


# -- what makes room goes first


@pytest.mark.parametrize(
    "last",
    [pytest.param("2035-03-07", id="touches"), pytest.param("2035-03-12", id="swallows")],
)
@pytest.mark.parametrize("older", [True, False])
def test_longer_leave_beside_deleted_leave(desk: Desk, last: str, older: bool) -> None:
    if older:
        other = book(desk, "2035-03-08", "2035-03-12", note="Sick")
        own = book(desk, "2035-03-05", "2035-03-05", note="Away")
    else:
        own = book(desk, "2035-03-05", "2035-03-05", note="Away")
        other = book(desk, "2035-03-08", "2035-03-12", note="Sick")
    before = state(desk.demo, {})
    plan = desk.plan(frame(row(own, "2035-03-05", last)), NAME, delete=[other])
    result = plan.apply()
    assert list(result["status"]) == ["updated", "deleted"], result["error"].tolist()
    assert list(result["error"]) == ["", ""]
    assert result["id"].iloc[0] == own
    assert booked(desk) == [alone("2035-03-05", last, note="Away")]
    assert [method for method, _, _ in desk.bodies] == ["DELETE", "POST"]
    back = plan.undo()
    assert set(back.apply()["status"]) == {"updated", "created"}
    assert state(desk.demo, {})[NAME] == before[NAME]


def test_leave_in_the_place_of_moved_leave(desk: Desk) -> None:
    own = book(desk, "2035-03-05", "2035-03-05", note="Away")
    other = book(desk, "2035-03-08", "2035-03-12", note="Sick")
    before = state(desk.demo, {})
    plan = desk.plan(
        frame(row(own, "2035-03-05", "2035-03-12"), row(other, "2035-06-08", "2035-06-12")), NAME
    )
    result = plan.apply()
    assert list(result["status"]) == ["updated", "updated"], result["error"].tolist()
    assert booked(desk) == [
        alone("2035-03-05", "2035-03-12", note="Away"),
        alone("2035-06-08", "2035-06-12", note="Sick"),
    ]
    plan.undo().apply()
    assert state(desk.demo, {})[NAME] == before[NAME]


def test_what_is_not_made_room_for_is_not_sent(desk: Desk) -> None:
    own = book(desk, "2035-03-05", "2035-03-05", note="Away")
    other = book(desk, "2035-03-08", "2035-03-12", note="Sick")
    plan = desk.plan(frame(row(own, "2035-03-05", "2035-03-07")), NAME, delete=[other])
    real = desk.wire.send

    def refused(request: Any, *args: Any, **options: Any) -> Any:
        if request.method == "DELETE":  # as another thing, so that it is refused
            request.url = request.url.replace(f"/leave/{other}", "/leave/bulk")
        return real(request, *args, **options)

    desk.wire.send = refused  # type: ignore[method-assign]
    result = plan.apply()
    assert list(result["status"]) == ["failed", "failed"]
    assert "Nothing was sent for this row" in result["error"].iloc[0]
    assert [method for method, _, _ in desk.bodies] == ["DELETE"]
    assert len(booked(desk)) == 2


def test_an_unrelated_deletion_still_comes_last(desk: Desk) -> None:
    other = book(desk, "2035-08-08", "2035-08-12")
    result = desk.push(frame(row(None, "2035-03-05", "2035-03-07")), NAME, delete=[other])
    assert set(result["status"]) == {"created", "deleted"}
    assert [method for method, _, _ in desk.bodies] == ["POST", "DELETE"]


def test_two_that_change_places_are_refused(desk: Desk) -> None:
    one = book(desk, "2035-03-05", "2035-03-06", note="A")
    two = book(desk, "2035-04-05", "2035-04-06", note="B")
    with pytest.raises(PlanError, match="push one of them first"):
        desk.push(
            frame(row(one, "2035-04-05", "2035-04-06"), row(two, "2035-03-05", "2035-03-06")), NAME
        )
    assert desk.bodies == []


# -- what is refused, and what is said


@pytest.mark.parametrize(
    ("there", "new", "reason"),
    [
        ({"note": "Sick"}, {"note": "Away"}, r"meets leave id \d+ \(2035-03-08 to 2035-03-12\)"),
        ({"note": "Sick"}, {}, r"with the note 'Sick'"),
        ({}, {"note": "Away"}, r"keeps one note"),
        ({"minutesPerDay": 60}, {}, r"overlaps leave id \d+ .* other minutesPerDay"),
    ],
)
def test_leave_that_would_take_from_another_is_refused(
    desk: Desk, there: dict[str, Any], new: dict[str, Any], reason: str
) -> None:
    book(desk, "2035-03-08", "2035-03-12", **there)
    with pytest.raises(PlanError, match=reason) as caught:
        desk.push(frame(row(None, "2035-03-05", "2035-03-09", **new)), NAME)
    assert list(caught.value.problems["row"]) == [0]
    assert desk.bodies == []


def test_a_change_that_would_book_more_than_its_row_says_is_refused(desk: Desk) -> None:
    book(desk, "2035-03-08", "2035-03-12")
    own = book(desk, "2035-03-05", "2035-03-05")
    with pytest.raises(PlanError, match="one leave of both, 2035-03-05 to 2035-03-12") as caught:
        desk.push(frame(row(own, "2035-03-05", "2035-03-07")), NAME)
    assert f"(id {own})" in caught.value.problems["value"].iloc[0]
    assert desk.bodies == []


def test_two_rows_of_the_frame_with_other_notes_are_refused(desk: Desk) -> None:
    rows = frame(
        row(None, "2035-03-05", "2035-03-06", note="A"),
        row(None, "2035-03-07", "2035-03-08", note="B"),
    )
    with pytest.raises(PlanError, match="meets row 0"):
        desk.push(rows, NAME)


def test_new_leave_that_becomes_part_of_older_leave(desk: Desk) -> None:
    there = book(desk, "2035-03-08", "2035-03-12", note="Away")
    before = state(desk.demo, {})
    plan = desk.plan(frame(row(None, "2035-03-05", "2035-03-09", note="Away")), NAME)
    assert f"meets leave id {there} (2035-03-08 to 2035-03-12)" in repr(plan)
    assert "one leave of both, 2035-03-05 to 2035-03-12" in repr(plan)
    result = plan.apply()
    assert list(result["status"]) == ["created"]
    assert list(result["id"]) == [there]
    assert "endDate 2035-03-12, not 2035-03-09" in result["error"].iloc[0]
    assert "there before" in result["error"].iloc[0]
    # Undone, what was there before is as it was, and is not deleted.
    back = plan.undo()
    assert "delete" not in set(back.summary["action"])
    back.apply()
    assert booked(desk) == [alone("2035-03-08", "2035-03-12", note="Away")]
    assert state(desk.demo, {})[NAME] == before[NAME]


def test_leave_between_two_others_is_taken_apart_again(desk: Desk) -> None:
    book(desk, "2035-03-05", "2035-03-06")
    book(desk, "2035-03-09", "2035-03-12")
    before = state(desk.demo, {})
    plan = desk.plan(frame(row(None, "2035-03-07", "2035-03-08")), NAME)
    plan.apply()
    assert booked(desk) == [alone("2035-03-05", "2035-03-12")]
    result = plan.undo().apply()
    assert set(result["status"]) == {"updated", "created"}, result["error"].tolist()
    assert state(desk.demo, {})[NAME] == before[NAME]


def test_leave_that_is_there_already(desk: Desk) -> None:
    there = book(desk, "2035-03-05", "2035-03-12", note="Away")
    plan = desk.plan(frame(row(None, "2035-03-06", "2035-03-07", note="Away")), NAME)
    assert "has these days, so nothing is added" in repr(plan)
    result = plan.apply()
    assert list(result["id"]) == [there]
    plan.undo().apply()
    assert booked(desk) == [alone("2035-03-05", "2035-03-12", note="Away")]


def test_a_row_a_day_becomes_one_leave(desk: Desk) -> None:
    days = pd.date_range("2035-03-05", periods=12)
    rows = pd.DataFrame({"personId": PERSON, "startDate": days, "endDate": days, "note": "Away"})
    before = state(desk.demo, {})
    plan = desk.plan(rows, NAME)
    assert "more such rows of leave" in repr(plan)
    result = plan.apply()
    assert [path for _, path, _ in desk.bodies] == ["/time-offs/leave/bulk/"]
    assert set(result["status"]) == {"created"}
    assert result["id"].nunique() == 1
    assert result["error"].str.contains("merged with other leave").all()
    assert booked(desk) == [alone("2035-03-05", "2035-03-16", note="Away")]
    plan.undo().apply()
    assert state(desk.demo, {})[NAME] == before[NAME]


def test_partial_days_side_by_side_are_not_merged(desk: Desk) -> None:
    book(desk, "2035-03-05", "2035-03-06", minutesPerDay=60)
    rows = frame(row(None, "2035-03-07", "2035-03-08", minutesPerDay=60, note="Dentist"))
    plan = desk.plan(rows, NAME)
    assert "meets" not in repr(plan)
    assert list(plan.apply()["error"]) == [""]
    assert len(booked(desk)) == 2


def test_what_runn_makes_of_leave_is_told_though_not_foreseen(desk: Desk) -> None:
    plan = desk.plan(frame(row(None, "2035-03-05", "2035-03-06", note="Away")), NAME)
    # Booked by somebody after the plan, within the moment that a plan is taken for true.
    book(desk, "2035-03-07", "2035-03-08", note="Sick")
    result = plan.apply()
    assert list(result["status"]) == ["created"]
    assert "endDate 2035-03-08, not 2035-03-06" in result["error"].iloc[0]
    # What is not known cannot be taken out of it again, and nothing is deleted.
    back = plan.undo()
    assert "NOTHING TO UNDO" in repr(back)
    assert "Row 0 cannot be undone: Runn merged it with other leave" in repr(back)
    assert back.requests == 0
    assert len(booked(desk)) == 1


def test_older_leave_is_never_deleted_though_it_was_not_foreseen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = book(desk, "2035-03-05", "2035-03-08", note="Away")
    # As if Runn merged by other rules than the plan knows.
    monkeypatch.setattr("runn_pandas.push.kinds.leave.merges", lambda one, other: False)
    monkeypatch.setattr("runn_pandas.push.kinds.leave.overlap", lambda one, other: False)
    monkeypatch.setattr("runn_pandas.push.kinds.leave.says_the_same", lambda new, old: False)
    plan = desk.plan(frame(row(None, "2035-03-05", "2035-03-08", note="Away")), NAME)
    assert list(plan.apply()["id"]) == [there]
    assert f"it became part of leave id {there}" in repr(plan.undo())
    assert plan.undo().requests == 0


def test_leave_of_everybody_is_planned_in_a_moment(desk: Desk) -> None:
    people = desk.read("people").query("~isArchived")["id"]
    days = pd.date_range("2035-01-01", periods=100, freq="3D")
    rows = people.to_frame("personId").merge(pd.DataFrame({"startDate": days}), how="cross")
    plan = desk.plan(rows.assign(endDate=rows["startDate"]), NAME)
    assert plan.requests == -(-len(rows) // 100)
    assert "meets" not in repr(plan)


# -- the whole of it


def spans(year: int) -> st.SearchStrategy[Days]:
    first = pd.Timestamp(f"{year}-03-01")
    return st.tuples(st.integers(0, 16), st.integers(0, 4)).map(
        lambda n: (
            str((first + pd.Timedelta(days=n[0])).date()),
            str((first + pd.Timedelta(days=n[0] + n[1])).date()),
        )
    )


NOTES = st.sampled_from([None, None, "Away"])
MINUTES = st.sampled_from([None, None, None, 60])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_of(new_demo(), Path(tmp_path_factory.mktemp("leave")))


def left_to_book(desk: Desk, first: str, last: str) -> bool:
    """Whether none of the days is booked."""
    rows = desk.demo.company.where(NAME, "personId", PERSON)
    return not any(first <= r["endDate"] and r["startDate"] <= last for r in rows)


def by_day(rows: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Each day of leave with its minutes and note."""
    return {
        (day.date(), minutes, note)
        for first, last, minutes, note in rows
        for day in pd.date_range(first, last)
    }


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    there=st.lists(st.tuples(spans(2035), MINUTES, NOTES), max_size=4),
    new=st.lists(st.tuples(spans(2035), MINUTES, NOTES), max_size=3),
    moves=st.lists(st.one_of(st.none(), st.just("delete"), spans(2035)), min_size=4, max_size=4),
)
def test_pushed_and_undone_all_is_as_before(
    shared: Desk, there: list[Any], new: list[Any], moves: list[Any]
) -> None:
    desk = shared
    for own in [r["id"] for r in desk.demo.company.where(NAME, "personId", PERSON)]:
        desk.demo.company.remove(NAME, own)
    for (first, last), minutes, note in there:
        if left_to_book(desk, first, last):
            more = {"note": note} if note else {}
            book(desk, first, last, minutesPerDay=minutes, **more)
    before = booked(desk)
    cells: list[list[Any]] = []
    gone = []
    ids = sorted(r["id"] for r in desk.demo.company.where(NAME, "personId", PERSON))
    for own, move in zip(ids, moves, strict=False):
        old = desk.demo.company.tables[NAME][own]
        if move == "delete":
            gone.append(own)
            continue
        first, last = move or (old["startDate"], old["endDate"])
        cells.append([own, first, last, old["minutesPerDay"], old["note"]])
    cells += [[None, first, last, minutes, note] for (first, last), minutes, note in new]
    noted = {tuple(one[1:4]) for one in cells if one[4] and tuple(one[1:]) in before}
    wanted = [
        tuple(one[1:])
        for one in cells
        # The same leave without a note is there already, and its note stays.
        if one[0] or one[4] or tuple(one[1:4]) not in noted
    ]
    columns = ["id", "startDate", "endDate", "minutesPerDay", "note"]
    rows = pd.DataFrame(cells, columns=columns, dtype=object).assign(personId=PERSON)
    try:
        plan = plan_of(rows, NAME, account=desk.account, na="unset", delete=gone)
    except PlanError:
        assert booked(desk) == before
        return
    result = plan.apply()
    assert set(result["status"]) <= {"created", "updated", "deleted", "unchanged"}, result
    assert by_day(booked(desk)) == by_day(wanted)
    plan.undo().apply(conflict="raise")
    assert booked(desk) == before


# -- leave that is there already


@pytest.mark.parametrize("note", [None, "Away"])
def test_the_same_leave_again_is_unchanged(desk: Desk, note: str | None) -> None:
    wanted = frame(
        row(None, "2035-03-05", "2035-03-08", note="Away"),
        row(None, "2035-04-02", "2035-04-02", note="Away", minutesPerDay=120),
    ).drop(columns="id")
    first = desk.push(wanted, NAME)
    assert list(first["status"]) == ["created", "created"]
    sent = len(desk.bodies)
    plan = desk.plan(wanted.assign(note=note), NAME)
    assert plan.summary["action"].tolist() == ["unchanged"]
    again = plan.apply()
    assert list(again["status"]) == ["unchanged", "unchanged"]
    assert list(again["id"]) == list(first["id"])
    assert len(desk.bodies) == sent


@pytest.mark.parametrize(
    "other",
    [
        {"startDate": "2035-03-06"},
        {"endDate": "2035-03-09"},
        {"personId": PERSON + 1},
        {"minutesPerDay": 120, "startDate": "2035-03-09", "endDate": "2035-03-09"},
    ],
)
def test_leave_that_differs_is_new(desk: Desk, other: dict[str, Any]) -> None:
    book(desk, "2035-03-05", "2035-03-08", note="Away")
    own = {**row(None, "2035-03-05", "2035-03-08", note="Away"), **other}
    assert desk.plan(frame(own), NAME).summary["action"].tolist() == ["create"]


def test_leave_in_the_place_of_the_same_that_is_deleted_is_new(desk: Desk) -> None:
    own = book(desk, "2035-03-05", "2035-03-08", note="Away")
    again = frame(row(None, "2035-03-05", "2035-03-08", note="Away"))
    result = desk.push(again, NAME, delete=[own])
    assert list(result["status"]) == ["created", "deleted"]
    assert booked(desk) == [alone("2035-03-05", "2035-03-08", note="Away")]
