"""A plan holds for the account it was made of; what a push changed is read anew."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors


def later(plan: rp.Plan) -> rp.Plan:
    """The plan as it is a minute later."""
    object.__setattr__(plan, "made_at", plan.made_at - 60)
    return plan


@pytest.mark.parametrize("seconds", [-3600, -60, -2, 60])
def test_a_clock_that_was_set_hides_no_change(seconds: int, monkeypatch: Any) -> None:
    account = rp.connect("demo")
    people = rp.read_runn("people")
    people.loc[0, "lastName"] = "Mine"
    plan = people.runn.plan()
    account.request("PATCH", f"people/{people['id'][0]}", json={"firstName": "Colleague"})
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)
    with pytest.raises(errors.PlanError, match="Plan again"):
        plan.apply(conflict="overwrite")
    assert rp.read_runn("people", max_age=0).loc[0, "lastName"] != "Mine"


def test_a_clock_that_stands_hides_no_change() -> None:
    account = rp.connect("demo")
    people = rp.read_runn("people")
    people.loc[0, "lastName"] = "Mine"
    plan = people.runn.plan()
    object.__setattr__(plan, "made_monotonic", plan.made_monotonic - 60)
    account.request("PATCH", f"people/{people['id'][0]}", json={"firstName": "Colleague"})
    with pytest.raises(errors.PlanError, match="Plan again"):
        plan.apply(conflict="overwrite")


def joiner() -> pd.DataFrame:
    rp.connect("demo")
    role = rp.read_runn("roles")["id"].iloc[0]
    names = {"email": ["new@example.com"], "firstName": ["N"], "lastName": ["N"], "roleId": [role]}
    return pd.DataFrame(names)


def test_two_plans_of_one_new_row_make_it_once() -> None:
    frame = joiner()
    first, second = (frame.runn.plan("people", on="email") for _ in range(2))
    assert first.apply()["status"].tolist() == ["created"]
    with pytest.raises(errors.PlanError, match=r"since this plan was made.*row 0"):
        second.apply()
    assert (rp.read_runn("people", max_age=0)["email"] == "new@example.com").sum() == 1


def test_a_plan_that_the_account_has_moved_away_from_is_refused() -> None:
    account = rp.connect("demo")
    people = rp.read_runn("people")
    people.loc[0, "lastName"] = "Mine"
    plan = later(people.runn.plan())
    account.request("PATCH", f"people/{people['id'][0]}", json={"firstName": "Colleague"})
    with pytest.raises(errors.PlanError, match="Plan again"):
        plan.apply(conflict="overwrite")
    assert rp.read_runn("people", max_age=0).loc[0, "lastName"] != "Mine"


def test_a_plan_that_still_holds_is_carried_out_later() -> None:
    rp.connect("demo")
    teams = rp.read_runn("teams")
    old = teams.loc[0, "name"]
    teams.loc[0, "name"] = "Mine"
    plan = later(teams.runn.plan())
    assert plan.apply()["status"].value_counts().to_dict() == {"unchanged": 4, "updated": 1}
    assert later(plan.undo()).apply()["status"].tolist().count("updated") == 1
    assert rp.read_runn("teams").loc[0, "name"] == old


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(
    ("resource", "field"),
    [
        *(("people", "lastName"), ("projects", "name"), ("roles", "name"), ("clients", "name")),
        *(("assignments", "note"), ("time-offs/leave", "note"), ("actuals", "billableNote")),
    ],
)
def test_a_part_of_a_plan_holds_as_long_as_the_whole(resource: str, field: str, count: int) -> None:
    """Few records are read alone, where they have more fields than in a list."""
    rp.connect("demo")
    frame = rp.read_runn(resource).head(6)
    frame[field] = frame[field].fillna("") + " x"
    part = later(frame.runn.plan().only(range(count)))
    assert part.apply(confirm=True)["status"].tolist()[:count] == ["updated"] * count


@pytest.mark.parametrize("count", [1, 3])
def test_a_part_of_a_plan_sees_what_others_changed(count: int) -> None:
    account = rp.connect("demo")
    people = rp.read_runn("people").head(6)
    people["lastName"] += " x"
    plan = people.runn.plan()
    account.request("PATCH", f"people/{people['id'].iloc[0]}", json={"firstName": "Colleague"})
    with pytest.raises(errors.PlanError, match="Plan again"):
        later(plan.only(range(count))).apply(conflict="overwrite")


def test_no_old_list_is_cached_while_a_push_is_on_its_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So none is left when the program is killed there."""
    account = rp.connect("demo")
    teams = rp.read_runn("teams")
    teams.loc[0, "name"] = "Mine"
    plan = teams.runn.plan()
    rp.read_runn("teams")
    cached: list[int] = []
    real = account.session.request

    def watched(method: str, *args: Any, **options: Any) -> Any:
        if method == "PATCH":
            cached.append((rp.cache.info()["resource"] == "teams").sum())
        return real(method, *args, **options)

    monkeypatch.setattr(account.session, "request", watched)
    assert plan.apply()["status"].tolist().count("updated") == 1
    assert cached == [0]


def test_time_entries_show_in_the_next_read() -> None:
    rp.connect("demo")
    actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    entry = actuals.loc[[0], ["date", "personId", "projectId", "roleId", "workstreamId"]]
    entry.attrs.clear()
    entry.assign(billableMinutes=30, nonbillableMinutes=0).runn.push("actuals/time-entry")
    again = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    assert again["billableMinutes"].sum() == actuals["billableMinutes"].sum() + 30


def test_more_minutes_than_a_day_has_are_refused() -> None:
    rp.connect("demo")
    actuals = rp.read_runn("actuals", minDate="2026-06-01", maxDate="2026-06-05")
    actuals.loc[0, "billableMinutes"] = 1441
    with pytest.raises(errors.PlanError, match="summed up"):
        actuals.runn.plan()


def test_blanks_around_an_email_make_no_second_person() -> None:
    rp.connect("demo")
    person = rp.read_runn("people").dropna(subset=["email"]).iloc[0]
    frame = pd.DataFrame({"email": [f" {person['email'].upper()} "], "lastName": ["Mine"]})
    plan = frame.runn.plan("people", on="email")
    assert plan.changes["id"].dropna().unique().tolist() == [person["id"]]
