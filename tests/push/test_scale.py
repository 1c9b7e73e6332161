"""A plan of many rows takes time in proportion to them, also where rows are held against others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runn_pandas.push import batching
from runn_pandas.push.kinds import assignments, leave, people
from runn_pandas.push.kinds.leave import Days, touch
from runn_pandas.push.model import Change, Request, RowPlan
from tests.support.desk import Desk

PERSON = 310011
ROWS = 300
DAY = st.dates(pd.Timestamp("2035-01-01").date(), pd.Timestamp("2035-02-15").date())


@st.composite
def some_leave(draw: Callable[..., Any]) -> Days:
    first, last = sorted([draw(DAY).isoformat(), draw(DAY).isoformat()])
    return Days(draw(st.integers(1, 2)), first, last, None, None)


@given(st.lists(some_leave(), max_size=12), some_leave())
def test_all_leave_that_touches_is_near_and_in_the_order_given(
    there: list[Days], one: Days
) -> None:
    near = leave._Spans([None, *there]).near(one)
    touching = [other for other in there if touch(one, other)]
    assert [other for other in near if touch(one, other)] == touching
    assert {other.person for other in near} <= {one.person}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], list[int]]:
    """Count how often a function of a module is called."""

    def counted(module: Any, name: str) -> list[int]:
        count, real = [0], getattr(module, name)

        def counting(*args: Any) -> Any:
            count[0] += 1
            return real(*args)

        monkeypatch.setattr(module, name, counting)
        return count

    return counted


def days(step: int) -> Iterator[str]:
    every = pd.date_range("2035-01-01", periods=ROWS, freq=f"{step}D")
    return (day.date().isoformat() for day in every)


def test_leave_of_one_person_is_held_against_what_is_near(
    desk: Desk, calls: Callable[[Any, str], list[int]]
) -> None:
    frame = pd.DataFrame({"personId": PERSON, "startDate": list(days(4))})
    frame["endDate"] = frame["startDate"]
    merged, touched = calls(leave, "merges"), calls(leave, "touch")
    plan = desk.plan(frame, "time-offs/leave")
    assert plan.requests == ROWS / 100
    assert merged[0] + touched[0] < 10 * ROWS


def chain(*needs: tuple[int, ...]) -> list[RowPlan]:
    request = (Request("create", "POST", "/x/", {}),)
    return [RowPlan(n, "create", requests=request, needs=one) for n, one in enumerate(needs)]


def test_turns_follow_what_rows_need_and_circles_come_last() -> None:
    assert batching._turns(chain((1,), (2,), (), (7,))) == {0: 2, 1: 1, 2: 0, 3: 0}
    circle = batching._turns(chain((1,), (0,), (), (0,)))
    assert circle[2] < min(circle[0], circle[1], circle[3])
    long = chain(*((n + 1,) for n in range(5_000)))
    assert batching._turns(long)[0] == 4_999


def of_person(person: int) -> tuple[Change, ...]:
    values = {"personId": person, "startDate": "2035-01-01", "endDate": "2035-12-31"}
    return tuple(Change(name, None, value) for name, value in values.items())


def test_contracts_and_assignments_are_held_against_those_of_their_person(
    calls: Callable[[Any, str], list[int]],
) -> None:
    labels = range(ROWS)
    held, overlapped = calls(people, "_held"), calls(assignments, "overlap")
    new = [RowPlan(n, "create", changes=of_person(n)) for n in labels]
    assert people._all_ended(new, labels) == []
    assert held[0] <= ROWS
    off = [{"personId": n, "startDate": "2035-01-01", "endDate": "2035-01-02"} for n in labels]
    assert len(assignments.cut_out(new, off, labels)) == 6
    assert overlapped[0] <= ROWS
