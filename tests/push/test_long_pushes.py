"""Pushes that take minutes: what others change meanwhile is seen before it is written over."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from runn_pandas.push import batching
from runn_pandas.push.batching import within
from runn_pandas.push.model import Change, RowPlan
from runn_pandas.push.probe import moved
from tests.support.clock import Clock
from tests.support.desk import Desk
from tests.support.pushes import actuals_of, teams


@pytest.fixture
def clock(monkeypatch: Any) -> Clock:
    """A clock that a push goes by, which stands unless a test moves it."""
    clock = Clock(time.time() + 1e6)  # after all that the journal notes by the real one
    clocks = SimpleNamespace(time=clock, monotonic=clock)
    monkeypatch.setattr(batching, "time", clocks)
    return clock


def slow(desk: Desk, clock: Clock, seconds: float, then: Any = lambda number: None) -> None:
    """Let each write take some seconds, and let something happen before one."""
    count = [0]

    def takes(method: str, path: str) -> str:
        if method != "GET" and not busy:
            count[0] += 1
            clock.now += seconds
            busy.append(1)
            then(count[0])
            busy.clear()
        return ""

    busy: list[int] = []
    desk.wire.fault = takes


def people(desk: Desk, count: int) -> pd.DataFrame:
    frame = desk.read("people").head(count)
    return frame.assign(lastName=[f"Mine {n}" for n in range(count)])


def theirs(desk: Desk, frame: pd.DataFrame, row: int, at: int, body: dict[str, Any]) -> Any:
    def then(number: int) -> None:
        if number == at:
            desk.account.request("PATCH", f"people/{frame['id'].iloc[row]}", json=body)

    return then


@pytest.mark.parametrize("body", [{"lastName": "Theirs"}, {"firstName": "Theirs"}])
def test_a_row_that_was_changed_meanwhile_is_a_conflict(
    desk: Desk, clock: Clock, body: dict[str, Any]
) -> None:
    frame = people(desk, 8)
    slow(desk, clock, 30, theirs(desk, frame, 6, 2, body))
    result = desk.push(frame)
    assert list(result["status"]) == ["updated"] * 6 + ["conflict", "updated"]
    assert "while the push was on its way" in result["error"].iloc[6]
    now = desk.read("people").set_index("id").loc[frame["id"].iloc[6]]
    assert now[next(iter(body))] == "Theirs"
    assert now["lastName"] != "Mine 6"


def test_conflict_says_what_happens_to_it(desk: Desk, clock: Clock) -> None:
    frame = people(desk, 8)
    slow(desk, clock, 30, theirs(desk, frame, 6, 2, {"lastName": "Theirs"}))
    assert set(desk.push(frame, conflict="overwrite")["status"]) == {"updated"}
    frame = people(desk, 8).assign(lastName="Again")
    slow(desk, clock, 30, theirs(desk, frame, 6, 2, {"lastName": "Theirs"}))
    with pytest.raises(PlanError, match="row 6 was changed in the account") as caught:
        desk.push(frame, conflict="raise")
    statuses = list(caught.value.result["status"])  # type: ignore[attr-defined]
    assert statuses[:2] == ["updated"] * 2
    assert statuses[6:] == ["not tried"] * 2
    assert desk.read("people").set_index("id").loc[frame["id"].iloc[6], "lastName"] == "Theirs"


def test_a_deleted_row_and_an_actual_of_others_are_not_written_over(
    desk: Desk, clock: Clock
) -> None:
    frame = desk.read("teams")
    last = int(frame["id"].iloc[-1])

    def rename(number: int) -> None:
        if number == 1:
            desk.account.request("PATCH", f"teams/{last}", json={"name": "Theirs"})

    changed = frame.assign(name=[f"T{n}" for n in range(len(frame))])
    slow(desk, clock, 90, rename)
    result = desk.push(changed.iloc[:-1], delete=[last])
    assert result["status"].iloc[-1] == "conflict"
    assert "Theirs" in desk.read("teams")["name"].tolist()

    days = actuals_of(desk, 101)
    body = {**days.iloc[100].to_dict(), "billableMinutes": 5}
    body = {n: int(v) if n != "date" else str(v)[:10] for n, v in body.items()}

    def log(number: int) -> None:
        if number == 1:
            desk.account.request("POST", "actuals", json=body)

    slow(desk, clock, 90, log)
    result = desk.push(days, "actuals")
    assert result["status"].value_counts().to_dict() == {"created": 100, "conflict": 1}
    assert "made in the account" in result["error"].iloc[100]


def test_a_long_push_reads_once_a_minute_and_not_once_a_row(desk: Desk, clock: Clock) -> None:
    frame = people(desk, 30)
    since = desk.mark()
    desk.push(frame)
    plain = len(desk.asked(since))
    frame = people(desk, 30).assign(lastName="Again")
    slow(desk, clock, 10)
    since = desk.mark()
    assert set(desk.push(frame)["status"]) == {"updated"}
    # 30 rows of 10 seconds: five minutes, and the whole list is one request.
    assert plain < len(desk.asked(since)) <= plain + 5


def test_a_short_push_reads_nothing_again(desk: Desk, clock: Clock) -> None:
    since = desk.mark()
    desk.push(people(desk, 5))
    plain = len(desk.asked(since))
    frame = people(desk, 5).assign(lastName="Again")
    slow(desk, clock, 10)
    since = desk.mark()
    desk.push(frame)
    assert len(desk.asked(since)) == plain - 1


def test_new_rows_that_nothing_identifies_are_not_asked_for(desk: Desk, clock: Clock) -> None:
    slow(desk, clock, 90)
    since = desk.mark()
    assert set(desk.push(teams("A", "B", "C"), "teams")["status"]) == {"created"}
    assert sum(one.startswith("GET") for one in desk.asked(since)) == 2


OLD = {"id": 1, "name": "Was", "note": "n", "updatedAt": "2026-01-01T00:00:00Z"}
NEW = {**OLD, "updatedAt": "2026-01-02T00:00:00Z"}
PLANNED = RowPlan(0, "update", (1,), (Change("name", "Was", "Mine"),), (), OLD)


@pytest.mark.parametrize(
    ("now", "whole", "touched", "expected"),
    [
        (OLD, False, (), ""),
        (NEW, False, (), "changed in the account at 2026-01-02T00:00:00Z"),
        (NEW, False, (1,), ""),
        ({**OLD, "note": "other"}, False, (), ""),
        ({**OLD, "note": "other"}, True, (), "changed in the account"),
        ({**OLD, "name": "Other"}, False, (), "changed in the account"),
        ({"id": 1, "name": "Other"}, False, (), "changed in the account"),
        ({"id": 1, "name": "Was"}, False, (), ""),
    ],
)
def test_what_counts_as_changed(now: Any, whole: bool, touched: Any, expected: str) -> None:
    then = RowPlan(0, "update", (1,), PLANNED.changes, (), now)
    assert moved(PLANNED, then, whole, touched) == expected


@pytest.mark.parametrize(
    ("wall", "monotonic", "expected"),
    [
        (0, 0, True),
        (59, 59, True),
        (61, 61, False),
        (61, 1, False),
        (1, 61, False),
        (-5, 1, False),
        (-3600, 1, False),
    ],
)
def test_a_moment_is_recent_by_both_clocks(
    clock: Clock, wall: float, monotonic: float, expected: bool
) -> None:
    assert within(60, clock.now - wall, clock.now - monotonic) is expected


@pytest.mark.parametrize("conflict", ["skip", "raise", "overwrite"])
def test_a_new_row_that_somebody_made_just_so_meanwhile_is_not_made_again(
    desk: Desk, clock: Clock, conflict: str
) -> None:
    role = int(desk.read("roles")["id"].iloc[0])
    mails = [f"p{n}@example.com" for n in range(3)]
    frame = pd.DataFrame({"firstName": "New", "lastName": "Joiner", "email": mails, "roleId": role})

    def make(number: int) -> None:
        if number == 1:
            desk.account.request("POST", "people", json=frame.iloc[2].to_dict() | {"roleId": role})

    slow(desk, clock, 90, make)
    result = desk.push(frame, "people", on="email", conflict=conflict)
    assert list(result["status"]) == ["created", "created", "unchanged"]
    there = desk.read("people").query("email == 'p2@example.com'")
    assert list(there["id"]) == [result["id"].iloc[2]]
