"""Every POST, PATCH and DELETE of the API, sent by a push."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from runn_pandas.catalog import load
from tests.support.desk import Desk, desk_of, new_demo

NAMES = ["Ada", "Grace"]


def template(method: str, path: str) -> str:
    """The operation of a request, exactly as the contract spells its path."""
    for operation in load().operations:
        pattern = re.sub(r"\{\w+\}", r"[^/]+", operation.path)
        fits = operation.method == method and re.fullmatch(pattern, path)
        # bulk is no id
        if fits and ("{" not in operation.path or not path.rstrip("/").endswith("bulk")):
            return f"{method} {operation.path}"
    raise AssertionError(f"{method} {path} is not in the contract")


class Script:
    """Pushes one after the other, each of which must go through."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def push(self, name: str, rows: Any, **options: Any) -> pd.DataFrame:
        frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
        result = self.desk.push(frame, name, **options)
        assert set(result["status"]) <= {"created", "updated", "deleted"}, (
            name,
            result[["status", "error"]].to_dict("records"),
        )
        return result

    def life(self, name: str, new: dict[str, Any], change: dict[str, Any], **keys: Any) -> None:
        """Make a record, change it if that can be, delete it if that can be."""
        made = self.push(name, [{**keys, **new}])
        own = made["id"].iloc[0]
        if change:
            self.push(name, [{**keys, "id": own, **change}])
        if change is not None:
            self.push(name, [{**keys, "id": own}], delete=[own])


def steps(desk: Desk) -> Iterator[str]:
    do = Script(desk)
    projects = desk.read("projects").query("~isArchived and ~isTemplate")
    roles = desk.read("roles").query("~isArchived")["id"].astype(int).tolist()
    member = desk.read("project-members").query("~isPlaceholder").iloc[0]
    person, project, role = (int(member[n]) for n in ("personId", "projectId", "roleId"))
    skills = desk.read("skills")["id"].astype(int).tolist()
    teams = desk.read("teams")["id"].astype(int).tolist()

    for kind in ("checkbox", "date", "text", "select"):
        name = f"custom-fields/{kind}"
        new: dict[str, Any] = {"name": "Extra", "model": "PERSON"}
        if kind == "select":
            new["options"] = [[{"name": "a"}, {"name": "b"}]]
            new = {n: (v[0] if isinstance(v, list) else v) for n, v in new.items()}
        made = do.push(name, [new])["id"].iloc[0]
        do.push(name, [{"id": made, "description": "changed"}])
        if kind == "select":
            options = "custom-fields/select/{selectFieldId}/options"
            option = do.push(options, [{"selectFieldId": made, "name": "c"}])["id"].iloc[0]
            do.push(options, [{"selectFieldId": made, "id": option, "name": "d"}])
            do.push(options, [{"selectFieldId": made, "id": option}], delete=[option])
        do.push(name, [{"id": made}], delete=[made])
    yield "definitions of custom fields"

    for name in ("people", "projects"):
        model = {"people": "PERSON", "projects": "PROJECT"}[name]
        own = {"people": person, "projects": project}[name]
        for kind, value in (
            ("checkbox", True),
            ("date", "2031-01-02"),
            ("text", "written"),
            ("select", "one"),
        ):
            new = {"name": f"Own {kind}", "model": model}
            if kind == "select":
                new["options"] = [{"name": "one"}, {"name": "two"}]
            do.push(f"custom-fields/{kind}", [new])
            do.push(name, [{"id": own, f"customFields.Own {kind}": value}])
    yield "custom fields"

    do.push("actuals", [_actual(person, project, role, "2020-02-03")])
    many = [_actual(person, project, role, f"2020-02-{day:02}") for day in (4, 5)]
    ids = list(do.push("actuals", many)["id"])
    do.push("actuals/time-entry", [_actual(person, project, role, "2020-02-04")])
    do.push("actuals", pd.DataFrame({"id": ids[:1]}), delete=ids[:1])
    yield "actuals"

    plain = {"personId": person, "projectId": project, "roleId": role, "minutesPerDay": 60}
    made = do.push("assignments", [{**plain, "startDate": "2033-01-03", "endDate": "2033-01-04"}])
    do.push("assignments", pd.DataFrame({"id": made["id"]}), delete=made["id"])
    yield "assignments"

    for client in (["One"], ["Two", "Three"]):
        made = do.push("clients", {"name": client})
    do.push("clients", [{"id": made["id"].iloc[0], "website": "https://x.example"}])
    yield "clients"

    new_people = {"firstName": NAMES, "lastName": ["X", "Y"], "roleId": roles[:1] * 2}
    new_people["startDate"] = ["2026-01-01"] * 2
    ada, grace = (int(i) for i in do.push("people", new_people)["id"])
    do.push("people", [{"id": ada, "lastName": "Z", "teamId": teams[0]}])
    do.push("people", [{"id": ada, "teamId": None}], na="unset")
    contract = {"personId": ada, "roleId": roles[1], "startDate": "2030-01-01"}
    contract_id = do.push("contracts", [contract])["id"].iloc[0]
    do.push("contracts", [{"id": contract_id, "personId": ada, "jobTitle": "Boss"}])
    do.push("contracts", [{"id": contract_id}], delete=[contract_id])
    do.push("people/skills", [{"personId": ada, "skillId": skills[0], "level": 2}])
    do.push("people/skills", [{"personId": ada, "skillId": skills[0], "level": 3}])
    do.push("people/skills", [{"personId": p, "skillId": skills[1]} for p in (ada, grace)])
    do.push("people/skills", [{"personId": ada, "skillId": skills[0]}], delete=[(ada, skills[0])])
    free = next(int(i) for i in projects["id"] if int(i) != project)
    do.push("project-members", [{"personId": ada, "projectId": free, "roleId": roles[0]}])
    do.push("people", [{"id": grace}], delete=[grace])
    yield "people"

    holder = int(do.push("placeholders", [{"roleId": roles[0]}])["id"].iloc[0])
    do.push("placeholders", [{"id": holder, "teamId": teams[0]}])
    do.push("placeholders", [{"id": holder, "teamId": None}], na="unset")
    held = {"placeholderId": [holder], "skillId": [skills[0]]}
    do.push("placeholders/{placeholderId}/skills", held)
    do.push("placeholders/{placeholderId}/skills", held, delete=[(holder, skills[0])])
    do.push("person-requests", [{"projectId": project, "personId": holder, "status": "REQUESTED"}])
    asked = desk.read("person-requests").iloc[-1]
    do.push(
        "person-requests",
        [{"id": asked["id"], "projectId": asked["projectId"], "status": "PENDING"}],
    )
    yield "placeholders"

    tag = int(do.push("people-tags", [{"name": "Fresh"}])["id"].iloc[0])
    do.push("people-tags", [{"id": tag, "archived": True}])
    do.push("people-tags", [{"id": tag}], delete=[tag])
    tag = int(do.push("project-tags", [{"name": "Fresh"}])["id"].iloc[0])
    do.push("project-tags", [{"id": tag, "projectIds": [project]}])
    do.push("project-tags", [{"id": tag, "projectIds": []}])
    do.push("project-tags", [{"id": tag, "archived": True}])
    yield "tags"

    client = int(desk.read("clients")["id"].iloc[0])
    mine = int(do.push("projects", [{"name": "Mine", "clientId": client}])["id"].iloc[0])
    do.push("projects", [{"id": mine, "isConfirmed": False}])
    phase = {"name": "P", "startDate": "2030-01-01", "endDate": "2030-02-01", "color": "#67D0D5"}
    do.life("phases", phase, {"name": "Q"}, projectId=mine)
    do.life(
        "milestones",
        {"title": "M", "icon": "flag", "date": "2030-01-01"},
        {"title": "N"},
        projectId=mine,
    )
    made = do.push(
        "other-expenses",
        [{"projectId": mine, "name": "Train", "cost": 10, "charge": 12.5, "date": "2030-01-01"}],
    )
    do.push("other-expenses", [{"id": made["id"].iloc[0], "projectId": mine, "cost": 11}])
    do.push("project-notes", [{"projectId": mine, "note": "hello"}])
    do.push("budget-roles", [{"projectId": mine, "roleId": roles[0], "estimatedMinutes": 60}])
    do.push("budget-roles", [{"projectId": mine, "roleId": roles[0], "estimatedMinutes": 90}])
    do.push("budget-roles", [{"projectId": mine, "roleId": roles[0]}], delete=[(mine, roles[0])])
    rate = desk.read("project-rates").iloc[0]
    do.push("project-rates", [{"id": rate["id"], "rate": float(rate["rate"]) + 1}])
    stream = int(do.push("workstreams", [{"name": "W"}])["id"].iloc[0])
    do.push("workstreams", [{"id": stream, "name": "V"}])
    link = {"projectId": [mine], "workstreamId": [stream]}
    do.push("project-workstreams", link)
    do.push("project-workstreams", link, delete=[(mine, stream)])
    do.push("workstreams", [{"id": stream}], delete=[stream])
    do.push(
        "projects/{projectId}/timesheet-lock",
        [{"projectId": mine, "status": "LOCKED", "lockedUntil": "2024-06-03"}],
    )
    do.push("projects", [{"id": mine}], delete=[mine])
    yield "projects"

    do.life("rate-cards", {"name": "Card", "isBlendedRateCard": False, "rateType": "hours"}, {})
    made = do.push("roles", [{"name": "Clown"}])["id"].iloc[0]
    do.push("roles", [{"id": made, "standardRate": 99.5}])
    do.life("skills", {"name": "Juggling"}, {"name": "Jonglage"})
    do.life("teams", {"name": "Circus"}, {"name": "Cirque"})
    yield "lists"

    day = {"personId": [person], "startDate": ["2034-03-06"], "endDate": ["2034-03-06"]}
    made = do.push("time-offs/leave", day)["id"]
    do.push("time-offs/leave", pd.DataFrame({"id": made}), delete=made)
    starts = ["2034-04-03", "2034-05-08"]
    made = do.push(
        "time-offs/leave", {"personId": [person] * 2, "startDate": starts, "endDate": starts}
    )["id"]
    do.push("time-offs/leave", pd.DataFrame({"id": made}), delete=made)
    off = desk.read("time-offs/rostered-off")["id"].iloc[:1]
    do.push("time-offs/rostered-off", pd.DataFrame({"id": off}), delete=off)
    holiday = desk.read("time-offs/holidays").iloc[:1]
    do.push("time-offs/holidays", holiday[["id"]], delete=holiday["id"])
    do.push("time-offs/holidays", holiday[["personId", "holidayId"]])
    yield "time off"

    invited = {
        "email": "new@example.com",
        "userType": "manager",
        "financialPermission": "none",
        "fromUser": desk.read("users")["email"].iloc[0],
        "manageProjectsPermission": "all",
        "manageOthersPermission": "all",
    }
    do.life("invitations", invited, {})
    user = desk.read("users")["id"].astype(int).iloc[-1]
    views = desk.read("users/{userId}/views", userId=user)["id"].tolist()
    view = next(int(i) for i in desk.read("views")["id"] if i not in views)
    link = {"userId": [user], "id": [view]}
    do.push("users/{userId}/views", link)
    do.push("users/{userId}/views", link, delete=[(int(user), view)])
    do.push("users", [{"id": user}], delete=[user])
    yield "users"


def _actual(person: int, project: int, role: int, day: str) -> dict[str, Any]:
    return {
        "date": day,
        "personId": person,
        "projectId": project,
        "roleId": role,
        "billableMinutes": 60,
        "nonbillableMinutes": 0,
    }


@pytest.mark.slow
def test_every_write_operation_is_sent_by_a_push(tmp_path: Any) -> None:
    desk = desk_of(new_demo(), tmp_path / "cache")
    done = []
    try:
        done += list(steps(desk))
    except Exception as error:  # say how far it came
        pytest.fail(f"after {done}: {error!r}")
    sent = {template(method, path) for method, path, _ in desk.bodies}
    every = {f"{o.method} {o.path}" for o in load().operations if o.method != "GET"}
    assert len(every) == 103
    assert every - sent == set()
