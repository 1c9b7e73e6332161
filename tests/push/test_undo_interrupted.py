"""A push that was interrupted, and is taken back rather than continued."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from tests.support.desk import Desk
from tests.support.faults import Killed
from tests.support.undoable import CASES, assignments, bare, new_actuals, shorter_leave


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill before", "kill after"])
@pytest.mark.parametrize("name", CASES)
def test_an_interrupted_push_is_undone_with_the_row_it_was_at(
    make_desk: Callable[..., Desk], name: str, how: str
) -> None:
    resource, make = CASES[name]
    desk = make_desk(12)
    before = bare(desk, resource)
    for at in range(1, 5):
        plan = desk.plan(make(desk), resource)
        desk.wire.fault_at(at, how)
        try:
            plan.apply()
        except Killed:
            desk.wire.heal()
            plan.undo().apply(conflict="raise")
            assert bare(desk, resource) == before, at
        else:
            assert at > 1
            break


def test_a_time_entry_in_doubt_is_named(desk: Desk) -> None:
    row = new_actuals(desk).head(1)
    columns = ["date", "personId", "projectId", "roleId", "billableMinutes"]
    plan = desk.plan(row[columns], "actuals/time-entry")
    desk.wire.fault_at(1, "kill after")
    with pytest.raises(Killed):
        plan.apply()
    desk.wire.heal()
    back = plan.undo()
    assert "not undone: the push was interrupted at it" in repr(back)
    assert back.requests == 0


def test_leave_whose_room_was_made_is_not_forgotten(desk: Desk) -> None:
    plan = desk.plan(shorter_leave(desk).tail(1), "time-offs/leave")
    desk.wire.fault_at(2, "kill before")  # the old one is deleted, and the new one did not arrive
    with pytest.raises(Killed):
        plan.apply()
    desk.wire.heal()
    person = int(desk.read("people")["id"].iloc[0])
    other: dict[str, Any] = {"personId": [person], "startDate": "2029-05-01"}
    with pytest.raises(PlanError, match="was deleted to make room for the changed one"):
        desk.plan(pd.DataFrame({**other, "endDate": "2029-05-02"}), "time-offs/leave")


def test_one_leave_that_is_gone_is_said_of_its_row(desk: Desk) -> None:
    one = desk.read("time-offs/leave").tail(1)
    desk.push(one, delete=one["id"])
    one["note"] = "changed"
    with pytest.raises(PlanError, match="is not in the account: it was deleted"):
        desk.plan(one)


def test_a_push_taken_back_is_not_continued(desk: Desk) -> None:
    frame = assignments(desk)
    plan = desk.plan(frame)
    desk.wire.fault_at(2, "kill before")  # the new one is there, and so is the old one
    with pytest.raises(Killed):
        plan.apply()
    desk.wire.heal()
    plan.undo().apply()
    again = desk.plan(frame)
    assert "unfinished" not in repr(again)
    assert list(again.apply()["status"]) == ["updated", "updated"]
    rows = desk.read("assignments")
    assert (rows["note"] == "moved").sum() == 2


def test_a_row_made_anew_that_is_gone_does_not_take_the_old_one_with_it(desk: Desk) -> None:
    frame = assignments(desk).head(1)
    count = len(desk.read("assignments"))
    desk.wire.fault_at(2, "kill before")
    with pytest.raises(Killed):
        desk.push(frame)
    desk.wire.heal()
    rows = desk.read("assignments")
    made = rows[rows["note"] == "moved"]
    desk.push(made, delete=made["id"])  # by hand, before the push is continued
    assert list(desk.push(frame)["status"]) == ["updated"]
    rows = desk.read("assignments")
    assert len(rows) == count
    assert (rows["note"] == "moved").sum() == 1
