"""Actuals that are moved to another day, person or project: a new one, and the old one deleted."""

from __future__ import annotations

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from tests.support.desk import Desk
from tests.support.faults import Killed

WEEK = {"minDate": "2026-03-02", "maxDate": "2026-03-06"}
KEY = ["date", "personId", "projectId", "roleId", "workstreamId"]
SUNDAY = pd.Timestamp("2026-03-01")


def actuals(desk: Desk) -> pd.DataFrame:
    return desk.read("actuals", minDate="2026-02-01", maxDate="2026-03-31")


@pytest.fixture
def row(desk: Desk) -> pd.DataFrame:
    """An actual with a note, of a person who has another project too."""
    frame = desk.read("actuals", **WEEK)
    one = frame[frame["billableMinutes"] > 30].head(1)
    desk.push(one.assign(billableNote="kept"))
    return desk.read("actuals", **WEEK).query("id == @one.id.item()")


def others(frame: pd.DataFrame, *ids: int) -> pd.DataFrame:
    return frame[~frame["id"].isin(ids)].drop(columns=["updatedAt"]).reset_index(drop=True)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [None, ["id", "date"], ["id", "date", "updatedAt"]])
@pytest.mark.parametrize("day", ["2026-03-01", "2026-03-28"])
def test_to_another_day(desk: Desk, row: pd.DataFrame, columns: list[str] | None, day: str) -> None:
    before, own = actuals(desk), int(row["id"].item())
    moved = row.assign(date=pd.Timestamp(day))[columns or list(row.columns)]
    plan = desk.plan(moved)
    assert plan.summary["action"].tolist() == ["create", "delete"]
    assert "Moved, which is a new one under a new id and then the old one deleted" in repr(plan)
    desk.bodies.clear()
    result = desk.push(moved)
    assert [method for method, *_ in desk.bodies] == ["POST", "DELETE"]
    assert result["status"].tolist() == ["created", "deleted"]
    after = actuals(desk)
    made = int(result["id"].iloc[0])
    assert others(after, made).equals(others(before, own))
    new = after[after["id"] == made]
    same = [n for n in row if n not in ("id", "date", "createdAt", "updatedAt")]
    assert new[same].values.tolist() == row[same].values.tolist()
    assert new["date"].item() == pd.Timestamp(day)


@pytest.mark.parametrize("column", ["personId", "projectId"])
def test_to_another_person_or_project(desk: Desk, row: pd.DataFrame, column: str) -> None:
    other = desk.read("actuals", **WEEK)
    other = other[other[column] != row[column].item()][column].iloc[0]
    moved = row.assign(date=SUNDAY, **{column: other})
    result = desk.push(moved)
    assert result["status"].tolist() == ["created", "deleted"]
    assert row["id"].item() not in actuals(desk)["id"].tolist()


def test_other_rows_of_the_frame_are_changed_beside_it(desk: Desk) -> None:
    frame = desk.read("actuals", **WEEK).head(5)
    frame.loc[2, "date"] = SUNDAY
    frame.loc[3, "billableNote"] = "changed"
    result = desk.push(frame)
    assert result["status"].tolist() == [
        "unchanged", "unchanged", "created", "updated", "unchanged", "deleted",
    ]  # fmt: skip


def test_it_is_taken_back(desk: Desk, row: pd.DataFrame) -> None:
    before = actuals(desk)
    plan = desk.plan(row.assign(date=SUNDAY))
    plan.apply()
    plan.undo().apply()
    plain = [n for n in before if n not in ("id", "createdAt", "updatedAt")]
    order = ["date", "personId", "projectId", "roleId", "billableMinutes"]
    now = actuals(desk)[plain].sort_values(order, ignore_index=True)
    assert now.equals(before[plain].sort_values(order, ignore_index=True))


def test_where_one_is_already_it_is_refused(desk: Desk) -> None:
    frame = desk.read("actuals", **WEEK)
    first = frame.head(1)
    there = frame[frame["date"] != first["date"].item()].head(1)
    moved = first.assign(**{name: there[name].to_numpy() for name in KEY})
    since = desk.mark()
    with pytest.raises(PlanError, match=rf"cannot be moved: the account has id {there.id.item()}"):
        desk.push(moved)
    swapped = pd.concat([moved, there.assign(**{n: first[n].to_numpy() for n in KEY})])
    with pytest.raises(PlanError, match="cannot be moved"):
        desk.push(swapped)
    assert desk.writes(since) == []


def test_what_somebody_changed_is_not_moved(desk: Desk, row: pd.DataFrame) -> None:
    stale = row.assign(date=SUNDAY, updatedAt=row["updatedAt"] - pd.Timedelta(days=1))
    with pytest.raises(PlanError, match="cannot be moved: it was changed in the account"):
        desk.plan(stale)


def test_the_old_one_stays_if_the_new_one_is_refused(desk: Desk, row: pd.DataFrame) -> None:
    desk.wire.fault_at(1, "refused 400")
    result = desk.push(row.assign(date=SUNDAY))
    assert result["status"].tolist() == ["failed", "failed"]
    assert [method for method, *_ in desk.bodies[-1:]] == ["POST"]
    assert row["id"].item() in actuals(desk)["id"].tolist()


@pytest.mark.slow
@pytest.mark.parametrize("when", ["kill before", "kill after"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_move_that_was_killed_is_finished(
    desk: Desk, row: pd.DataFrame, number: int, when: str
) -> None:
    before, own, moved = actuals(desk), int(row["id"].item()), row.assign(date=SUNDAY)
    desk.wire.fault_at(number, when)
    with pytest.raises(Killed):
        desk.push(moved)
    desk.wire.heal()
    desk.push(moved)
    after = actuals(desk)
    made = after[~after["id"].isin(before["id"])]
    assert made["date"].tolist() == [SUNDAY]
    assert others(after, *made["id"]).equals(others(before, own))
    assert desk.journal()["ended"].all()


def test_an_id_that_is_nowhere_near_is_said_to_be_so(desk: Desk, row: pd.DataFrame) -> None:
    with pytest.raises(PlanError, match="is not in the account within a month of these days"):
        desk.plan(row.assign(id=1))


def test_one_whose_old_one_stayed_is_not_told_to_add_the_time_up(
    desk: Desk, row: pd.DataFrame
) -> None:
    own, before = int(row["id"].item()), len(actuals(desk))
    moved = row.assign(date=SUNDAY)
    desk.wire.fault = lambda method, path: "refused 400" if method == "DELETE" else ""
    assert list(desk.push(moved)["status"]) == ["created", "failed"]
    desk.wire.heal()
    with pytest.raises(PlanError, match=rf"with these values already.*delete=\[{own}\]") as told:
        desk.push(moved)
    assert "add the time" not in str(told.value)
    assert desk.push(moved, delete=[own])["status"].tolist() == ["deleted"]
    assert len(actuals(desk)) == before
