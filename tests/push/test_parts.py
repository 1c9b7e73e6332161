"""Some rows of a plan: the others are left alone, and no row is sent twice."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from tests.support.desk import Desk


def renamed(desk: Desk) -> pd.DataFrame:
    teams = desk.read("teams")
    teams["name"] = teams["name"] + " 2026"
    return teams


def test_rows_left_out_are_not_sent_and_said_to_be_left_out(desk: Desk) -> None:
    teams = renamed(desk)
    plan = desk.plan(teams)
    part = plan.only([0, 3])
    assert (plan.requests, part.requests) == (5, 2)
    assert part.changes["row"].tolist() == [0, 3]
    assert dict(zip(part.summary["action"], part.summary["rows"], strict=True)) == {
        "update": 2,
        "left out": 3,
    }
    assert "3 left out" in repr(part)
    result = part.apply()
    assert result["status"].tolist() == ["updated", *["not tried"] * 2, "updated", "not tried"]
    assert result.loc[1, "error"] == "Left out of this plan."
    assert desk.writes() == [f"PATCH /teams/{teams['id'][n]}/" for n in (0, 3)]


def test_the_rest_can_follow_and_nothing_twice(desk: Desk) -> None:
    frame = pd.DataFrame({"name": ["One", "Two", "Three"]})
    plan = desk.plan(frame, "clients")
    plan.only([0]).apply()
    with pytest.raises(PlanError, match="row 0 of this plan was carried out already"):
        plan.only([0, 1]).apply()
    with pytest.raises(PlanError, match="carried out already"):
        plan.apply()
    assert plan.only([1, 2]).apply()["status"].tolist() == ["not tried", "created", "created"]
    assert desk.read("clients")["name"].isin(frame["name"]).sum() == 3
    undone = plan.undo().apply()
    assert undone["status"].tolist() == ["unchanged"] * 3  # clients cannot be deleted


def test_what_was_left_out_is_not_undone(desk: Desk) -> None:
    teams = renamed(desk)
    plan = desk.plan(teams)
    plan.only([0]).apply()
    other = int(teams["id"][1])
    desk.account.request("PATCH", f"teams/{other}", json={"name": "Of a colleague"})
    assert plan.undo().changes["row"].tolist() == [0]


def test_a_part_looks_only_at_its_own_rows_when_it_is_checked_again(desk: Desk) -> None:
    teams = renamed(desk)
    plan = desk.plan(teams, delete=[int(teams["id"][4])])
    plan.only([4]).apply()  # deleted: to plan it again would be refused
    desk.account.request("PATCH", f"teams/{teams['id'][1]}", json={"name": "Of a colleague"})
    with pytest.raises(PlanError, match="since this plan was made"):
        plan.only([1, 2]).apply()
    assert plan.only([2]).apply()["status"].tolist().count("updated") == 1
    fresh = plan.renewed([1]).only([1])
    assert fresh.summary["action"].tolist() == ["conflict", "left out"]
    assert fresh.apply(conflict="overwrite")["status"].tolist()[1] == "updated"
    names = desk.read("teams").set_index("id")["name"]
    assert [names[own] for own in teams["id"][1:3]] == teams["name"].tolist()[1:3]


def test_a_part_that_was_cut_off_is_continued_with_other_rows(desk: Desk) -> None:
    """The second new client's answer is lost and the account silent: it must not come twice."""
    frame = pd.DataFrame({"name": ["One", "Two", "Three"], "website": ["https://a.example"] * 3})
    plan = desk.plan(frame, "clients")
    silent = {"on": False}

    def fault(method: str, path: str) -> str:
        if method == "POST":
            silent["on"] = True
            return "after"
        return "before" if silent["on"] else ""

    desk.wire.fault = fault
    first = plan.only([1]).apply()
    assert first["status"].tolist() == ["not tried", "unknown", "not tried"]
    desk.wire.heal()
    second = plan.only([0]).apply()
    assert second["status"].tolist() == ["created", "created", "not tried"]
    third = plan.only([2]).apply()
    assert third["status"].tolist() == ["not tried", "not tried", "created"]
    assert sorted(desk.read("clients").query("website == 'https://a.example'")["name"]) == [
        "One",
        "Three",
        "Two",
    ]


def test_a_plan_that_continues_is_refused_once_that_push_has_ended(desk: Desk) -> None:
    frame = pd.DataFrame({"name": ["One"]})
    desk.wire.fault = lambda method, path: "after" if method == "POST" else ""
    first = desk.plan(frame, "clients")
    silent = {"on": False}

    def fault(method: str, path: str) -> str:
        silent["on"] = silent["on"] or method == "POST"
        return "after" if method == "POST" else "before" if silent["on"] else ""

    desk.wire.fault = fault
    assert first.apply()["status"].tolist() == ["unknown"]
    desk.wire.heal()
    again, late = desk.plan(frame, "clients"), desk.plan(frame, "clients")
    assert again.apply()["status"].tolist() == ["created"]
    with pytest.raises(PlanError, match="has ended meanwhile"):
        late.apply()
    assert (desk.read("clients")["name"] == "One").sum() == 1


def test_outcomes_are_told_as_they_come(desk: Desk) -> None:
    teams = renamed(desk)
    told: list[tuple[int, str, int]] = []

    def on_outcome(position: int, outcome: Any) -> None:
        told.append((position, outcome.status, len(desk.writes())))

    desk.plan(teams).only([1, 2]).apply(on_outcome=on_outcome)
    assert told == [(1, "updated", 1), (2, "updated", 2)]


def test_a_row_that_is_not_there_is_refused(desk: Desk) -> None:
    with pytest.raises(PlanError, match="no row at position 9"):
        desk.plan(renamed(desk)).only([9])


def test_a_stop_leaves_what_was_left_out_alone(desk: Desk) -> None:
    plan = desk.plan(renamed(desk))
    desk.wire.fault = lambda method, path: "403" if method != "GET" else ""
    result = plan.only([1, 2]).apply()
    assert result["status"].tolist() == ["not tried", "failed", *["not tried"] * 3]
    assert result["error"].tolist()[0] == "Left out of this plan."
    assert "stopped before this row" in result["error"].tolist()[2]


def test_ids_stay_whole_where_some_rows_have_none(desk: Desk) -> None:
    plan = desk.plan(pd.DataFrame({"name": ["One", "Two"]}), "clients")
    result = plan.only([0]).apply()
    assert str(result["id"].dtype) == "Int64"
    assert result["id"].isna().tolist() == [False, True]
    assert str(desk.push(pd.DataFrame({"name": ["A"]}), "clients", dry_run=True)["id"].dtype) == (
        "Int64"
    )
