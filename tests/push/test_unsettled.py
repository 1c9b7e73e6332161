"""What a push that ended left half done or in doubt, when it is asked for again."""

from __future__ import annotations

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from tests.support.desk import Desk
from tests.support.faults import Killed
from tests.support.new_rows import bookings, entries


def half_changed(desk: Desk) -> pd.DataFrame:
    """An assignment whose changed one was made, and whose old one could not be deleted."""
    made = desk.push(bookings(desk).head(1), "assignments")["id"].item()
    frame = desk.read("assignments").query(f"id == {made}").assign(minutesPerDay=300)
    desk.wire.fault = lambda method, path: "refused 400" if method == "DELETE" else ""
    result = desk.push(frame)
    assert list(result["status"]) == ["failed"]
    desk.wire.heal()
    return frame.assign(new=result["id"])


def test_a_changed_assignment_beside_its_old_one_is_not_made_again(desk: Desk) -> None:
    frame = half_changed(desk)
    new, rows = int(frame.pop("new").item()), len(desk.read("assignments"))
    plan = desk.plan(frame)
    assert plan.requests == 1
    result = plan.apply()
    assert (result["status"].item(), result["id"].item()) == ("updated", new)
    after = desk.read("assignments").set_index("id")
    assert len(after) == rows - 1
    assert after.loc[new, "minutesPerDay"] == 300
    assert frame["id"].item() not in after.index
    plan.undo().apply()
    after = desk.read("assignments")
    assert len(after) == rows - 1
    assert new not in set(after["id"])


def test_another_change_of_it_is_refused_unless_the_frame_has_both(desk: Desk) -> None:
    frame = half_changed(desk)
    new, old = int(frame.pop("new").item()), int(frame["id"].item())
    with pytest.raises(PlanError, match=rf"made id {new} of it.*id {old}\) is still there"):
        desk.plan(frame.assign(minutesPerDay=360))
    both = desk.read("assignments").query("id in [@new, @old]")
    plan = desk.plan(both.assign(minutesPerDay=[360, 300]))
    assert plan.requests == 2


def killed(desk: Desk, when: str) -> pd.DataFrame:
    frame = entries(desk).head(1)
    desk.wire.fault_at(1, when)
    with pytest.raises(Killed):
        desk.push(frame, "actuals/time-entry")
    desk.wire.heal()
    return frame


def minutes(desk: Desk) -> int:
    return int(desk.read("actuals")["billableMinutes"].sum())


@pytest.mark.parametrize("when", ["kill before", "kill after"])
def test_a_closed_push_of_time_entries_knows_what_it_added(desk: Desk, when: str) -> None:
    before = minutes(desk)
    frame = killed(desk, when)
    desk.journal(close=1)
    plan = desk.plan(frame, "actuals/time-entry")
    assert plan.requests == (0 if when == "kill after" else 1)
    plan.apply()
    assert minutes(desk) == before + frame["billableMinutes"].sum()


def test_an_entry_of_which_that_cannot_be_told_is_noted_at_the_next_plan(desk: Desk) -> None:
    frame = killed(desk, "kill after")
    day = {n: frame[n].item() for n in ("personId", "projectId", "roleId")}
    body = {**{n: int(own) for n, own in day.items()}, "billableMinutes": 7}
    body |= {"date": str(frame["date"].item())[:10], "nonbillableMinutes": 0}
    desk.account.request("POST", "actuals/time-entry", json=body)
    assert list(desk.journal(close=1)["status"].unique()) == ["unknown"]
    plan = desk.plan(frame, "actuals/time-entry")
    assert any("push 1 sent the same" in note for note in plan.notes)
    assert not any(
        "sent the same" in note
        for note in desk.plan(frame.assign(billableMinutes=8), "actuals/time-entry").notes
    )
