"""Frames of new rows of each kind that has no key but its id."""

from __future__ import annotations

import pandas as pd

from tests.support.desk import Desk


def joiners(desk: Desk, count: int) -> pd.DataFrame:
    role = int(desk.read("roles")["id"].iloc[0])
    names = [f"New {n}" for n in range(count)]
    return pd.DataFrame({"firstName": names, "lastName": "Joiner", "roleId": role})


def bookings(desk: Desk) -> pd.DataFrame:
    members = desk.read("project-members")
    members = members[~members["isPlaceholder"] & members["workstreamId"].isna()].head(3)
    rows = members[["personId", "projectId", "roleId"]].reset_index(drop=True)
    return rows.assign(startDate="2031-03-03", endDate="2031-03-07", minutesPerDay=240)


def expenses(desk: Desk) -> pd.DataFrame:
    project = int(desk.read("projects")["id"].iloc[0])
    return pd.DataFrame(
        {
            "name": ["Train", "Train"],
            "projectId": project,
            "date": pd.to_datetime(["2026-03-02", "2026-03-03"]),
            "cost": [72.1, 30.0],
            "charge": [80.0, 30.0],
        }
    )


def leave(desk: Desk) -> pd.DataFrame:
    person = int(desk.read("people")["id"].iloc[0])
    return pd.DataFrame(
        {"personId": [person], "startDate": ["2031-08-04"], "endDate": ["2031-08-08"]}
    )


def entries(desk: Desk) -> pd.DataFrame:
    rows = desk.read("actuals", minDate="2026-03-02", maxDate="2026-03-03").head(2)
    rows = pd.concat([rows, rows.head(1)], ignore_index=True)
    keys = ["date", "personId", "projectId", "roleId", "workstreamId"]
    return rows[keys].assign(billableMinutes=30, nonbillableMinutes=0)


def projects(desk: Desk) -> pd.DataFrame:
    return pd.DataFrame({"name": ["P", "Q"], "clientId": int(desk.read("clients")["id"].iloc[0])})
