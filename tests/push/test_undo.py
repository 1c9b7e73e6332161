"""A push taken back: what was there before is there again, and what cannot be is said."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from runn_pandas.errors import PlanError
from tests.support.desk import Desk
from tests.support.new_rows import projects

from .scenarios import SCENARIOS, highest, state

DONE = {"created", "updated", "deleted", "unchanged"}


def bare(desk: Desk, *tables: str) -> dict[str, Any]:
    """Some tables as they are, but for ids and stamps."""
    found = state(desk.demo, {})
    return {name: found[name] for name in tables}


def undone(desk: Desk, plan: Any) -> pd.DataFrame:
    """Carry out a plan and take it back."""
    result = plan.apply(delete_force=True)
    assert set(result["status"]) <= DONE, result[["status", "error"]].to_dict("records")
    assert "changed" not in "".join(result["error"])
    back = plan.undo()
    result = back.apply(conflict="raise")
    assert set(result["status"]) <= DONE, result[["status", "error"]].to_dict("records")
    assert result.attrs.get("ids", {}).keys() <= {str(n) for n in range(len(result))}
    return result


# -- the account as it was


@pytest.mark.parametrize("name", ["leave", "joined", "clients", "projects"])
def test_scenarios_are_undone_as_far_as_the_api_goes(desk: Desk, name: str) -> None:
    resource, frame, options = SCENARIOS[name](desk.read)
    before = desk.read(resource)
    plan = desk.plan(frame, resource, **options)
    plan.apply()
    back = plan.undo()
    result = back.apply(conflict="raise")
    assert set(result["status"]) <= DONE, result[["status", "error"]].to_dict("records")
    after = desk.read(resource)
    columns = [c for c in before if c not in ("id", "createdAt", "updatedAt")]
    if name == "clients":
        # The API deletes no clients.
        assert repr(back).count("the API deletes no 'clients'") == 6
        after = after[after["id"].isin(before["id"])]
    order = sorted(set(columns) & {"personId", "startDate", "name"})
    left, right = (f[columns].sort_values(order, ignore_index=True) for f in (before, after))
    pd.testing.assert_frame_equal(left, right)


def test_fields_of_people(desk: Desk) -> None:
    people = desk.read("people")
    skills = desk.read("skills")["id"]
    tag = desk.read("people-tags")["name"].iloc[0]
    field = desk.read("custom-fields/text", model="PERSON")["name"].iloc[0]
    before = bare(desk, "people", "people/skills", "people/custom-fields")
    part = people.loc[[0, 3, 5], ["id", "firstName", "lastName", "email", "teamId", "updatedAt"]]
    part["firstName"] = ["A", "B", "C"]
    part["email"] = ["a@example.com", "b@example.com", None]
    part["teamId"] = part["teamId"].shift(1)
    part["references.Sage"] = ["S1", "S2", None]
    part[f"tags.{tag}"] = [True, False, True]
    part[f"customFields.{field}"] = ["x", None, "z"]
    part["skills"] = [[{"id": int(skills.iloc[0]), "level": 2}], [], []]
    plan = desk.plan(part, "people", na="unset")
    undone(desk, plan)
    assert bare(desk, "people", "people/skills", "people/custom-fields") == before


def test_actuals_that_were_there_and_new_ones(desk: Desk) -> None:
    rows = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-04")
    keys = ["date", "personId", "projectId", "roleId", "workstreamId"]
    old = rows.head(20)[keys].assign(billableMinutes=110, nonbillableMinutes=0)
    new = rows.head(5)[keys].assign(
        billableMinutes=70, nonbillableMinutes=1, date=pd.Timestamp("2024-01-06")
    )
    before = bare(desk, "actuals")
    ids = set(desk.demo.company.tables["actuals"])
    frame = pd.concat([old, new], ignore_index=True)
    frame.attrs.clear()  # as from elsewhere: rows of Runn's that lost their ids are refused
    undone(desk, desk.plan(frame, "actuals"))
    assert bare(desk, "actuals") == before
    assert set(desk.demo.company.tables["actuals"]) == ids


def test_assignments_that_leave_is_not_in(desk: Desk) -> None:
    rows = desk.read("assignments")
    leave, holidays = desk.read("time-offs/leave"), desk.read("time-offs/holidays")
    off = pd.concat([leave, holidays])
    both = rows[rows["isActive"] & ~rows["isTemplate"]].merge(off, on="personId", how="left")
    meets = both[
        (both["startDate_y"] <= both["endDate_x"]) & (both["startDate_x"] <= both["endDate_y"])
    ]
    free = rows[rows["isActive"] & ~rows["isTemplate"] & ~rows["id"].isin(meets["id_x"])].head(6)
    part = free[["id", "minutesPerDay", "note"]].reset_index(drop=True)
    part.loc[:2, "minutesPerDay"] = 75
    part.loc[3, "note"] = "Noted"
    before = bare(desk, "assignments")
    plan = desk.plan(part, "assignments", na="omit", delete=part["id"].iloc[4:].tolist())
    undone(desk, plan)
    assert bare(desk, "assignments") == before


def worked(desk: Desk, person: int) -> set[tuple[Any, ...]]:
    """The days that a person is planned on, with what and how long."""
    names = ("projectId", "roleId", "minutesPerDay", "note", "isBillable", "phaseId")
    return {
        (day.date(), *(row[name] for name in names))
        for row in desk.demo.company.where("assignments", "personId", person)
        for day in pd.bdate_range(row["startDate"], row["endDate"])
    }


def test_a_change_loses_the_days_of_leave_that_the_plan_notes_and_no_holiday(desk: Desk) -> None:
    frame = desk.read("assignments", startDate="2026-06-01", endDate="2026-06-30")
    start, end = frame.loc[0, "startDate"], frame.loc[0, "endDate"]
    person = int(frame.loc[0, "personId"])
    holidays = desk.read("time-offs/holidays", personId=person)["startDate"]
    assert holidays.between(start, end).any()
    frame.loc[0, "note"] = "Changed"
    plan = desk.plan(frame)
    assert "cuts the person's leave out of it (2026-06-01 to 2026-06-01)" in repr(plan)
    ids = plan.apply().attrs["ids"]["0"]
    now = desk.read("assignments").set_index("id").loc[ids]
    spans = zip(now["startDate"], now["endDate"], strict=True)
    days = pd.DatetimeIndex([day for span in spans for day in pd.date_range(*span)])
    lost = pd.date_range(start, end).difference(days)
    assert lost.tolist() == [pd.Timestamp("2026-06-01")]


def test_an_assignment_with_leave_in_it(desk: Desk) -> None:
    member = desk.read("project-members").query("~isPlaceholder").iloc[0]
    person = int(member["personId"])
    body = {
        "personId": person,
        "projectId": int(member["projectId"]),
        "roleId": int(member["roleId"]),
        "startDate": "2035-03-05",
        "endDate": "2035-03-23",
        "minutesPerDay": 300,
        "note": "Long",
    }
    made = desk.account.request("POST", "assignments", json=body)
    assert len(made) == 1
    off = {"personId": person, "startDate": "2035-03-12", "endDate": "2035-03-13"}
    desk.account.request("POST", "time-offs/leave/", json=off)
    before = worked(desk, person)
    frame = pd.DataFrame({"id": [made[0]["id"]], "minutesPerDay": [120]})
    plan = desk.plan(frame, "assignments")
    assert "cuts the person's leave out of it (2035-03-12 to 2035-03-13)" in repr(plan)
    result = plan.apply()
    assert len(result.attrs["ids"]["0"]) == 2
    back = plan.undo()
    assert "cuts the person's leave out" in repr(back)
    result = back.apply(conflict="raise")
    assert set(result["status"]) == {"updated", "deleted"}, result["error"].tolist()
    lost = before - worked(desk, person)
    assert {one[0].isoformat() for one in lost} == {"2035-03-12", "2035-03-13"}
    assert worked(desk, person) <= before


@pytest.mark.parametrize("end", [None, "2030-06-30"])
def test_a_new_contract_gives_the_one_before_its_end_back(desk: Desk, end: str | None) -> None:
    contracts = desk.read("contracts")
    old = contracts[contracts["endDate"].isna()].iloc[0]
    desk.account.request("PATCH", f"contracts/{old['id']}", json={"endDate": end})
    before = bare(desk, "contracts", "time-offs/rostered-off", "roles")
    frame = pd.DataFrame(
        {
            "personId": [old["personId"]],
            "roleId": [old["roleId"]],
            "startDate": ["2026-09-01"],
            "costPerHour": [99],
        }
    )
    plan = desk.plan(frame, "contracts")
    assert f"Runn ends the contract id {old['id']}" in repr(plan)
    assert "on 2026-08-31" in repr(plan)
    plan.apply()
    assert desk.demo.company.tables["contracts"][int(old["id"])]["endDate"] == "2026-08-31"
    back = plan.undo()
    result = back.apply(conflict="raise")
    assert list(result["status"]) == ["deleted", "updated"], result["error"].tolist()
    assert [method for method, _, _ in desk.bodies][-2:] == ["DELETE", "PATCH"]
    assert bare(desk, "contracts", "time-offs/rostered-off", "roles") == before


def test_a_changed_and_a_deleted_contract(desk: Desk) -> None:
    contracts = desk.read("contracts").sort_values(["personId", "startDate"])
    many = contracts[contracts["personId"].duplicated(keep=False)]
    last = many[(many["startDate"] > "2022-06-30")].drop_duplicates("personId", keep="last")
    part = last.head(2)[["id", "personId", "costPerHour"]].reset_index(drop=True)
    part.loc[0, "costPerHour"] = 7
    before = bare(desk, "contracts")
    undone(desk, desk.plan(part, "contracts", delete=[int(part.loc[1, "id"])]))
    assert bare(desk, "contracts") == before


def test_a_new_person_goes_again(desk: Desk) -> None:
    team, role = (int(desk.read(name)["id"].iloc[0]) for name in ("teams", "roles"))
    new = {"firstName": "New", "lastName": "One", "roleId": role, "teamId": team}
    frame = pd.DataFrame([{**new, "isArchived": True, "references.Sage": "S1"}])
    before = bare(desk, "people", "contracts", "roles")
    undone(desk, desk.plan(frame, "people"))
    assert bare(desk, "people", "contracts", "roles") == before


def test_a_deleted_person_is_made_anew(desk: Desk) -> None:
    people = desk.read("people")
    contracts = desk.read("contracts").groupby("personId").size()
    own = int(contracts[contracts > 1].index[0])
    row = people[people["id"] == own].iloc[0]
    last = desk.read("contracts").query("personId == @own").sort_values("startDate").iloc[-1]
    plan = desk.plan(people.iloc[:0], "people", delete=[own])
    text = repr(plan)
    company = desk.demo.company
    for table in ("assignments", "contracts"):
        assert f"{len(list(company.where(table, 'personId', own)))} {table}" in text
    assert "actuals" in text
    assert "delete_force=True" in text
    plan.apply(delete_force=True)
    back = plan.undo()
    assert "made anew" in repr(back)
    assert "Assignments, actuals" in repr(back)
    result = back.apply()
    assert list(result["status"]) == ["created"], result["error"].tolist()
    new = desk.read("people").set_index("id").loc[result["id"].iloc[0]]
    for name in ("firstName", "lastName", "email", "teamId"):
        assert repr(new[name]) == repr(row[name]), name
    contract = desk.read("contracts").query(f"personId == {result['id'].iloc[0]}").iloc[0]
    for name in ("roleId", "startDate", "endDate", "costPerHour", "minutesPerDay"):
        assert repr(contract[name]) == repr(last[name]), name


def test_many_deleted_people_are_told_in_words(desk: Desk) -> None:
    people = desk.read("people")
    ids = people["id"].head(8).tolist()
    since = desk.mark()
    text = repr(desk.plan(people, delete=ids))
    assert "With the 8 people go their assignments, actuals, contracts" in text
    assert len(desk.asked(since)) <= 4


# -- what was changed since, and what cannot be undone


def test_what_was_changed_since_is_not_overwritten(desk: Desk) -> None:
    people = desk.read("people")
    old = people["lastName"].tolist()
    people.loc[:1, "lastName"] = "Pushed"
    plan = desk.plan(people)
    plan.apply()
    one, other = (int(i) for i in people["id"].iloc[:2])
    desk.account.request("PATCH", f"people/{one}", json={"lastName": "Theirs"})
    desk.account.request("PATCH", f"people/{other}", json={"firstName": "Theirs"})
    back = plan.undo()
    assert "lastName is 'Theirs' there now" in repr(back)
    with pytest.raises(PlanError, match="changed in the account after the push"):
        back.apply(conflict="raise")
    result = back.apply()
    assert list(result["status"])[:2] == ["conflict", "updated"]
    names = desk.read("people").set_index("id")
    assert names.loc[one, "lastName"] == "Theirs"
    assert (names.loc[other, "lastName"], names.loc[other, "firstName"]) == (old[1], "Theirs")
    forced = plan.undo().apply(conflict="overwrite")
    assert forced["status"].iloc[0] == "updated"
    assert desk.read("people").set_index("id").loc[one, "lastName"] == old[0]


def test_a_new_row_that_was_changed_since_is_not_deleted(desk: Desk) -> None:
    plan = desk.plan(pd.DataFrame({"name": ["A", "B"]}), "teams")
    result = plan.apply()
    own = int(result["id"].iloc[0])
    desk.account.request("PATCH", f"teams/{own}", json={"name": "Theirs"})
    result = plan.undo().apply()
    assert list(result["status"]) == ["conflict", "deleted"]
    assert own in set(desk.read("teams")["id"])


@pytest.mark.parametrize("resource", ["actuals", "time-offs/leave"])
def test_new_rows_of_other_kinds_that_were_changed_since(desk: Desk, resource: str) -> None:
    member = desk.read("project-members").query("~isPlaceholder").iloc[0]
    ids = {name: int(member[name]) for name in ("personId", "projectId", "roleId")}
    if resource == "actuals":
        body = {**ids, "date": "2024-01-06", "billableMinutes": 60, "nonbillableMinutes": 0}
        theirs = {**body, "billableMinutes": 90}
    else:
        body = {"personId": ids["personId"], "startDate": "2035-03-05", "endDate": "2035-03-06"}
        theirs = {**body, "endDate": "2035-03-09"}
    plan = desk.plan(pd.DataFrame([body]), resource)
    plan.apply()
    desk.account.request("POST", resource, json=theirs)
    before = bare(desk, resource)
    assert list(plan.undo().apply()["status"]) == ["conflict"]
    assert bare(desk, resource) == before


def test_rows_that_the_push_left_alone_are_not_touched(desk: Desk) -> None:
    people = desk.read("people")
    own = int(people["id"].iloc[0])
    desk.account.request("PATCH", f"people/{own}", json={"firstName": "Theirs"})
    people.loc[0, "lastName"] = "Mine"
    plan = desk.plan(people)
    assert plan.apply()["status"].iloc[0] == "conflict"
    back = plan.undo()
    assert back.requests == 0
    assert set(back.apply()["status"]) == {"unchanged"}


def test_nothing_to_undo_says_so_and_why(desk: Desk) -> None:
    project = int(desk.read("projects")["id"].iloc[0])
    plan = desk.plan(pd.DataFrame({"projectId": [project], "note": ["x"]}), "project-notes")
    assert "was not carried out" in repr(plan.undo())
    plan.apply()
    text = repr(plan.undo())
    assert "NOTHING TO UNDO" in text
    assert "Row 0 cannot be undone: the API deletes no 'project-notes'" in text
    assert "0 CHANGES" not in text
    assert "df.loc" not in text


def test_what_is_gone_since_is_said_row_by_row(desk: Desk) -> None:
    plan = desk.plan(pd.DataFrame({"name": ["A", "B"]}, index=[7, 7]), "teams")
    result = plan.apply()
    desk.account.request("DELETE", f"teams/{result['id'].iloc[1]}")
    back = plan.undo()
    assert "Row 7: it is no longer in the account" in repr(back)
    result = back.apply()
    assert list(result["status"]) == ["deleted", "unchanged"]


def test_an_undo_looked_at_for_a_while_is_carried_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts = desk.read("contracts")
    old = contracts[contracts["endDate"].isna()].iloc[0]
    frame = pd.DataFrame(
        {"personId": [old["personId"]], "roleId": [old["roleId"]], "startDate": ["2026-09-01"]}
    )
    plan = desk.plan(frame, "contracts")
    plan.apply()
    back = plan.undo()
    now = time.time() + 60
    monkeypatch.setattr("runn_pandas.push.batching.time.time", lambda: now)
    assert list(back.apply()["status"]) == ["deleted", "updated"]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_an_undo_that_is_interrupted_is_continued(
    desk: Desk, make_desk: Callable[..., Desk], number: int
) -> None:
    from tests.support.faults import Killed

    resource, frame, options = SCENARIOS["leave"](desk.read)
    before = bare(desk, resource)
    plan = desk.plan(frame, resource, **options)
    plan.apply()
    desk.wire.fault_at(number, "kill after")
    with pytest.raises(Killed):
        plan.undo().apply()
    desk.wire.heal()
    result = plan.undo().apply()
    assert set(result["status"]) <= DONE, result[["status", "error"]].to_dict("records")
    assert bare(desk, resource) == before
    assert highest(desk.demo)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_several_new_contracts_of_a_person(desk: Desk, order: list[int]) -> None:
    before = desk.read("contracts")
    open_ = before[before["endDate"].isna()].iloc[0]
    new = pd.DataFrame(
        {
            "personId": [open_["personId"]] * 2,
            "roleId": [open_["roleId"]] * 2,
            "startDate": ["2027-03-01", "2027-06-01"],
            "costPerHour": [50.0, 60.0],
        },
        index=["first", "second"],
    ).iloc[order]
    plan = desk.plan(new, "contracts")
    assert f"Row 'first': Runn ends the contract id {open_['id']}" in repr(plan)
    assert "Row 'second': Runn ends the contract of row 'first'" in repr(plan)
    undone(desk, plan)
    after = desk.read("contracts")
    pd.testing.assert_frame_equal(
        *(f.drop(columns=["createdAt", "updatedAt"], errors="ignore") for f in (before, after))
    )


def test_a_new_contract_that_was_ended_by_hand_since_stays(desk: Desk) -> None:
    contracts = desk.read("contracts")
    open_ = contracts[contracts["endDate"].isna()].iloc[0]
    cells = {"personId": [open_["personId"]], "roleId": open_["roleId"]}
    plan = desk.plan(pd.DataFrame({**cells, "startDate": "2027-03-01"}), "contracts")
    made = plan.apply()["id"].iloc[0]
    later = desk.read("contracts")
    later = later[later["id"] == made]
    later["endDate"] = pd.Timestamp("2027-12-31")
    desk.push(later)
    assert plan.undo().apply()["status"].iloc[0] == "conflict"


def test_what_was_made_in_part_or_otherwise_is_taken_back(desk: Desk) -> None:
    before = len(desk.read("projects"))
    frame = projects(desk).assign(isArchived=[True, False])
    desk.wire.fault = lambda method, path: "refused 400" if method == "PATCH" else ""
    plan = desk.plan(frame, "projects")
    assert list(plan.apply()["status"]) == ["failed", "created"]
    desk.wire.heal()
    assert set(desk.journal()["undo"]) == {"yes"}
    assert list(plan.undo().apply()["status"]) == ["deleted"] * 2
    assert len(desk.read("projects")) == before

    desk.wire.rewrites = lambda body: {**body, "name": body["name"].replace("&", "+")}
    plan = desk.plan(pd.DataFrame({"name": ["R&D", "Plain"]}), "teams")
    assert list(plan.apply()["status"]) == ["failed", "created"]
    assert list(plan.undo().apply()["status"]) == ["deleted"] * 2
    assert not desk.read("teams")["name"].isin(["R+D", "Plain"]).any()
