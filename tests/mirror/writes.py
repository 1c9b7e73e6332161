"""Writes of every kind on a demo, at random: what an account goes through between two syncs."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from runn_pandas.account import Account
from runn_pandas.demo.server import Demo
from runn_pandas.errors import ResponseError

Row = dict[str, Any]


class Life:
    """An account that people work in."""

    def __init__(self, account: Account, demo: Demo, seed: int) -> None:
        self.account, self.company = account, demo.company
        self.chance = random.Random(seed)
        self.done: list[str] = []

    def rows(self, table: str) -> list[Row]:
        return list(self.company.rows(table))

    def one(self, table: str) -> Row:
        return self.chance.choice(self.rows(table))

    def day(self) -> date:
        return date(2026, 1, 5) + timedelta(days=self.chance.randrange(300))

    def send(self, method: str, path: str, json: Any = None, **params: Any) -> None:
        try:
            self.account.request(method, path, params or None, json)
            self.done.append(f"{method} {path}")
        except ResponseError as error:
            # What the rules of the account refuse changes nothing.
            if error.status not in (400, 404, 409):
                raise

    def spend(self, actions: int) -> None:
        """Do some things."""
        for _ in range(actions):
            self.chance.choice(ACTIONS)(self)


def _work(life: Life) -> tuple[Row, Row]:
    person = life.one("people")
    contracts = life.company.where("contracts", "personId", person["id"]) or [{"roleId": None}]
    project = life.one("projects")
    return {
        "personId": person["id"],
        "projectId": project["id"],
        "roleId": contracts[0]["roleId"],
    }, project


def actual(life: Life) -> None:
    keys, _ = _work(life)
    day = date(2026, 6, 29) - timedelta(days=life.chance.randrange(700))
    minutes = life.chance.randrange(0, 600, 15)
    life.send("POST", "actuals", {**keys, "date": day.isoformat(), "billableMinutes": minutes})


def change_actual(life: Life) -> None:
    row = life.one("actuals")
    keys = {n: row[n] for n in ("date", "personId", "projectId", "roleId")}
    if row["workstreamId"]:
        keys["workstreamId"] = row["workstreamId"]
    life.send("POST", "actuals", {**keys, "billableMinutes": life.chance.randrange(0, 500)})


def delete_actual(life: Life) -> None:
    life.send("DELETE", f"actuals/{life.one('actuals')['id']}")


def assignment(life: Life) -> None:
    keys, _ = _work(life)
    start = life.day()
    end = start + timedelta(days=life.chance.randrange(20))
    body = {
        **keys,
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "minutesPerDay": 120,
    }
    life.send("POST", "assignments", body)


def delete_assignment(life: Life) -> None:
    life.send("DELETE", f"assignments/{life.one('assignments')['id']}")


def leave(life: Life) -> None:
    row = life.one("time-offs/leave")
    start = date.fromisoformat(row["startDate"]) - timedelta(days=life.chance.randrange(4))
    body = {"personId": row["personId"], "startDate": start.isoformat(), "endDate": row["endDate"]}
    if row["minutesPerDay"]:
        body["minutesPerDay"] = row["minutesPerDay"]
    life.send("POST", "time-offs/leave", body)


def delete_leave(life: Life) -> None:
    life.send("DELETE", f"time-offs/leave/{life.one('time-offs/leave')['id']}")


def delete_holiday(life: Life) -> None:
    life.send("DELETE", f"time-offs/holidays/{life.one('time-offs/holidays')['id']}")


def person(life: Life) -> None:
    role = life.one("roles")["id"]
    body = {"firstName": "Nova", "lastName": f"Nº {life.chance.random()}", "roleId": role}
    life.send("POST", "people", body)


def change_person(life: Life) -> None:
    row, team = life.one("people"), life.one("teams")
    body = life.chance.choice([{"teamId": team["id"]}, {"lastName": "Müller & Søn"}])
    life.send("PATCH", f"people/{row['id']}", body)


def delete_person(life: Life) -> None:
    if len(life.rows("people")) > 20:
        life.send("DELETE", f"people/{life.one('people')['id']}", force=True)


def contract(life: Life) -> None:
    row = life.one("contracts")
    life.send("PATCH", f"contracts/{row['id']}", {"costPerHour": life.chance.randrange(40, 90)})


def delete_contract(life: Life) -> None:
    row = life.one("contracts")
    life.send("DELETE", f"people/{row['personId']}/contracts/{row['id']}")


def project(life: Life) -> None:
    row = life.one("projects")
    life.send("PATCH", f"projects/{row['id']}", {"isConfirmed": not row["isConfirmed"]})


def delete_project(life: Life) -> None:
    project = life.one("projects")["id"]
    for table in ("actuals", "assignments"):
        for row in life.company.where(table, "projectId", project):
            if len(life.company.where(table, "projectId", project)) < 40:
                life.send("DELETE", f"{table}/{row['id']}")
    life.send("DELETE", f"projects/{project}")


def phase(life: Life) -> None:
    row = life.one("phases")
    life.send("DELETE", f"projects/{row['projectId']}/phases/{row['id']}")


def client(life: Life) -> None:
    life.send("POST", "clients", {"name": f"<b>{life.chance.random()}</b>"})


def skill(life: Life) -> None:
    life.send("DELETE", f"skills/{life.one('skills')['id']}")


ACTIONS: list[Callable[[Life], None]] = [
    *[actual, change_actual, delete_actual, assignment, delete_assignment, leave] * 3,
    *[delete_leave, delete_holiday, person, change_person, contract, project, client] * 2,
    *[delete_person, delete_contract, delete_project, phase, skill],
]
