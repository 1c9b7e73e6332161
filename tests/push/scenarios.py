"""Pushes of mixed rows, which are interrupted in every way: what they end in must not differ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pandas as pd

from runn_pandas.demo.server import Demo
from tests.support.desk import new_demo

STAMPS = ("createdAt", "updatedAt")
# What tells how a state came about, not what it is.
LOGS = ("activity-log",)

Push = tuple[str, pd.DataFrame, dict[str, Any]]
Read = Callable[..., pd.DataFrame]


def people(read: Read) -> Push:
    """Ten changed, ten new with a team and a reference, ten deleted people."""
    frame = read("people")
    frame = frame[~frame["isArchived"]].reset_index(drop=True)
    busy = set(read("assignments")["personId"]) | set(
        read("actuals", minDate="2026-01-01")["personId"]
    )
    roles, teams = read("roles")["id"], read("teams")["id"]
    part = frame.head(20)[["id", "firstName", "lastName", "email", "teamId", "updatedAt"]].copy()
    part.loc[:9, "lastName"] = [f"Changed {n}" for n in range(10)]
    part.loc[3, "teamId"] = next(i for i in teams if i != part.loc[3, "teamId"])
    new = pd.DataFrame(
        {
            "id": pd.array([None] * 10, dtype="Int64"),
            "firstName": ["Twin"] * 4 + [f"New {n}" for n in range(6)],
            "lastName": ["Same"] * 10,
            "roleId": pd.array([int(roles.iloc[0])] * 10, dtype="Int64"),
            "teamId": pd.array([int(teams.iloc[0])] * 3 + [None] * 7, dtype="Int64"),
            "references.Sage": ["S0", *[None] * 9],
        }
    )
    deletes = part["id"].iloc[10:20].tolist()
    assert busy & set(deletes), "none of the deleted people has work, so force is not needed"
    both = pd.concat([part, new], ignore_index=True)
    return "people", both, {"delete": deletes, "delete_force": True, "na": "omit"}


def assignments(read: Read) -> Push:
    """Changed ones, which are made anew, new ones, also two that are equal, and deleted ones."""
    frame = read("assignments")
    frame = frame[frame["isActive"] & ~frame["isTemplate"]]
    frame = frame[frame["startDate"] > "2026-02-01"].head(12).reset_index(drop=True)
    columns = ["personId", "projectId", "roleId", "startDate", "endDate", "minutesPerDay", "note"]
    part = frame[["id", *columns]].copy()
    part.loc[:5, "minutesPerDay"] = 135
    both = part.loc[[*part.index, 2, 2, 3]].reset_index(drop=True)
    both.loc[len(part) :, "id"] = pd.NA
    both.loc[len(part) :, "note"] = "one of two"
    return "assignments", both, {"delete": part["id"].iloc[6:9].tolist(), "na": "omit"}


def clients(read: Read) -> Push:
    """New ones in bulk, one of them refused, and changed ones."""
    frame = read("clients").head(3)[["id", "name"]]
    frame["name"] = ["A", "B", "C"]
    new = pd.DataFrame({"id": pd.array([None] * 6, dtype="Int64"), "name": list("PQQRST")})
    both = pd.concat([frame, new], ignore_index=True)
    return "clients", both, {"na": "omit"}


def leave(read: Read) -> Push:
    """Longer, shorter, moved and new leave."""
    frame = read("time-offs/leave")
    length = frame["endDate"] - frame["startDate"]
    long = frame[(length >= pd.Timedelta(days=4)) & (frame["startDate"] > "2026-01-01")]
    part = long.drop_duplicates("personId").head(6).reset_index(drop=True)
    part = part[["id", "personId", "startDate", "endDate", "minutesPerDay"]].copy()
    day = pd.Timedelta(days=1)
    part.loc[0, "endDate"] += day
    part.loc[1, "endDate"] -= day
    part.loc[2, "startDate"] += 2 * day
    part.loc[3, ["startDate", "endDate"]] += pd.Timedelta(days=700)
    new = pd.DataFrame(
        {
            "id": pd.array([None] * 2, dtype="Int64"),
            "personId": part["personId"].iloc[:2].tolist(),
            "startDate": pd.to_datetime(["2035-01-08", "2035-01-08"]),
            "endDate": pd.to_datetime(["2035-01-09", "2035-01-10"]),
        }
    )
    both = pd.concat([part, new], ignore_index=True)
    return "time-offs/leave", both, {"delete": [int(part.loc[5, "id"])], "na": "omit"}


def joined(read: Read) -> Push:
    """Leave in the place of other leave, which is deleted or moved in the same push."""
    rows = read("time-offs/leave").sort_values(["personId", "startDate"], ignore_index=True)
    next_ = rows.shift(-1)
    whole = rows["minutesPerDay"].isna() & next_["minutesPerDay"].isna()
    apart = next_["startDate"] - rows["endDate"] > pd.Timedelta(days=4)
    pairs = rows.index[whole & apart & (rows["personId"] == next_["personId"])]
    people = rows.loc[pairs].drop_duplicates("personId").index[:6]
    day = pd.Timedelta(days=1)
    parts, gone = [], []
    for number, at in enumerate(people):
        own, other = rows.loc[at].copy(), rows.loc[at + 1].copy()
        last = other["endDate"]
        if number % 2:  # moved away
            other[["startDate", "endDate"]] += 3300 * day
            parts.append(other)
        else:
            gone.append(int(other["id"]))
        # Up to the other one, or over it, or away from its own place and over it.
        own["endDate"] = last if number > 1 else rows.loc[at + 1, "startDate"] - day
        if number > 3:
            own["startDate"] = rows.loc[at + 1, "startDate"]
        parts.append(own)
    frame = pd.DataFrame(parts, columns=rows.columns).reset_index(drop=True)
    frame["note"] = frame["note"].where(frame["note"].notna(), None)
    columns = ["id", "personId", "startDate", "endDate", "minutesPerDay", "note"]
    frame = frame[columns].astype({"id": "Int64", "personId": "Int64", "minutesPerDay": "Int64"})
    return "time-offs/leave", frame, {"delete": gone, "na": "omit"}


def entries(read: Read) -> Push:
    """Time entries, two of them on one day: each adds."""
    rows = read("actuals", minDate="2026-03-02", maxDate="2026-03-03").head(3)
    keys = ["date", "personId", "projectId", "roleId", "workstreamId"]
    frame = rows[keys].assign(billableMinutes=[10, 20, 30], nonbillableMinutes=0)
    frame = pd.concat([frame, frame.head(1)], ignore_index=True)
    return "actuals/time-entry", frame, {}


def projects(read: Read) -> Push:
    """New ones with tags and custom fields, which take several requests each."""
    client = int(read("clients")["id"].iloc[0])
    field = read("custom-fields/text", model="PROJECT")["name"].tolist()
    frame = read("projects").head(3)[["id", "name"]]
    frame["name"] = ["X", "Y", "Z"]
    new = pd.DataFrame(
        {
            "id": pd.array([None] * 3, dtype="Int64"),
            "name": ["N1", "N2", "N3"],
            "clientId": [client] * 3,
            "isArchived": [True, False, False],
            **{f"customFields.{name}": ["v", None, "w"] for name in field[:1]},
        }
    )
    both = pd.concat([frame, new], ignore_index=True)
    return "projects", both, {"na": "omit"}


SCENARIOS = {
    f.__name__: f for f in (people, assignments, clients, leave, joined, entries, projects)
}


def state(demo: Demo, first_new: dict[str, int]) -> dict[str, Counter[str]]:
    """All tables of a demo, without stamps and without the ids of what is new."""
    found = {}
    for name, rows in demo.company.tables.items():
        if name in LOGS:
            continue
        limits = {
            "id": first_new.get(name, 0),
            "personId": first_new.get("people", 10**9),
            "projectId": first_new.get("projects", 10**9),
        }
        known = _untouched(name, tuple(limits.items()))
        found[name] = Counter(
            text if row == first else _text(row, limits)
            for (first, text), row in ((known.get(key, UNKNOWN), row) for key, row in rows.items())
        )
    return found


UNKNOWN: tuple[Any, str] = (None, "")


@lru_cache
def _untouched(name: str, limits: tuple[tuple[str, int], ...]) -> dict[Any, tuple[Any, str]]:
    """The rows of a demo that nobody has written to, each with its text, made once."""
    rows = new_demo().company.tables.get(name, {})
    return {key: (row, _text(row, dict(limits))) for key, row in rows.items()}


def _text(row: dict[str, Any], limits: dict[str, int]) -> str:
    return json.dumps(_bare(row, limits), sort_keys=True)


def _bare(row: dict[str, Any], limits: dict[str, int]) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if name not in STAMPS
        # What is new has another id each time.
        and not (name in limits and isinstance(value, int) and value > limits[name])
    }


def highest(demo: Demo) -> dict[str, int]:
    """The highest id of each table before a push."""
    return {
        name: max((row["id"] for row in rows.values() if isinstance(row.get("id"), int)), default=0)
        for name, rows in demo.company.tables.items()
    }
