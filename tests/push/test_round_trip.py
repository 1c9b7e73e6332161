"""Every writable field of every writable resource: read, change, push, read again: equal."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from runn_pandas.catalog import Field
from runn_pandas.catalog.write_rules import ACTUAL_KEY
from runn_pandas.catalog.writes import writables
from tests.support.desk import Desk, desk_of, new_demo

# Where a list is read only in part, or one for each of some records.
FILTERS: dict[str, Any] = {
    "project-tags": {"includeArchived": True},
    "actuals": {"minDate": "2026-03-02", "maxDate": "2026-03-06"},
    "projects/{projectId}/timesheet-lock": lambda d: {"projectId": d.read("projects")["id"]},
}
# Not read as they are written, or with a test of their own.
ELSEWHERE = {
    "actuals/time-entry",
    "custom-fields/select/{selectFieldId}/options",
    "placeholders/{placeholderId}/skills",
}
# As columns of their own in test_push.py and test_elsewhere.py; with another change below.
FIELDS_ELSEWHERE = {
    ("people/custom-fields", "customFields"),
    ("projects/custom-fields", "customFields"),
    ("projects", "customFields"),
    ("assignments", "isNonWorkingDay"),
}
# Fields that a change of another one moves too.
FOLLOWS = {
    ("budget-roles", "estimatedMinutes"): {"estimatedBudget"},
    ("budget-roles", "estimatedBudget"): {"estimatedMinutes"},
    ("contracts", "minutesPerDay"): {"rosteredDays"},
    ("projects/{projectId}/timesheet-lock", "lockedUntil"): {"lastUpdatedBy"},
    ("projects/{projectId}/timesheet-lock", "status"): {"lastUpdatedBy", "lockedUntil"},
    ("projects", "clientId"): {"rateCardId"},
}
STAMPS = ["createdAt", "updatedAt"]
KNOWN = {
    "teamId": "teams",
    "clientId": "clients",
    "roleId": "roles",
    "projectId": "projects",
    "workstreamId": "workstreams",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One for all: each change stays, and the next test reads it."""
    return desk_of(new_demo(), tmp_path_factory.mktemp("cache"))


def read(desk: Desk, name: str) -> pd.DataFrame:
    filters = FILTERS.get(name, {})
    return desk.read(name, **(filters(desk) if callable(filters) else filters))


def cases() -> list[Any]:
    found = []
    for name, writable in writables().items():
        if name in ELSEWHERE:
            continue
        for column in {**writable.update_fields, **writable.parts}:
            key = ACTUAL_KEY if name == "actuals" else writable.key
            left_out = column in key or (name, column) in FIELDS_ELSEWHERE
            if column in writable.read_fields and not left_out:
                found.append(pytest.param(name, column, id=f"{name}-{column}"))
    return found


def another(desk: Desk, name: str, field: Field, value: Any, row: pd.Series) -> Any:
    """A value that is not the present one and makes sense to the account."""
    if field.name == "personId":
        taken = desk.read("time-offs/leave")
        near = (taken["startDate"] <= row["endDate"] + pd.Timedelta(days=9)) & (
            taken["endDate"] >= row["startDate"] - pd.Timedelta(days=9)
        )
        busy = set(taken.loc[near, "personId"])
        people = desk.read("people")
        free = people.loc[~people["isArchived"] & ~people["id"].isin(busy), "id"]
        return next(int(i) for i in free if i != value)
    if field.name in KNOWN:
        others = desk.read(KNOWN[field.name])
        for gone in ("isArchived", "archived"):
            others = others[~others[gone]] if gone in others else others
        return next(int(i) for i in others["id"] if pd.isna(value) or i != value)
    if field.name == "phaseId":
        phases = desk.read("phases")
        return next(
            int(i) for i in phases.loc[phases["projectId"] == row["projectId"], "id"] if i != value
        )
    if field.name == "references":
        return [*value, {"referenceName": "Sage", "externalId": f"S-{field.name}"}]
    if field.name == "tags":
        tags = desk.read("project-tags" if name == "projects" else "people-tags")
        held = {tag["id"] for tag in value}
        one = next(t for t in tags.to_dict("records") if t["id"] not in held and not t["archived"])
        return [*value, {"id": one["id"], "name": one["name"]}]
    if field.name == "managerIds":
        held = set(value)
        return [*value, next(int(i) for i in desk.read("users")["id"] if int(i) not in held)]
    if field.name == "projectIds":
        held = set(value)
        return [*value, next(int(i) for i in desk.read("projects")["id"] if int(i) not in held)]
    if field.name == "rosteredDays":
        day = "friday"
        return {**value, day: 0 if value[day] else max(value.values())}
    if field.enum:
        return next(one for one in field.enum if pd.isna(value) or one != value)
    if field.kind == "flag":
        return not value
    if field.name == "estimatedBudget":
        return 0  # it is kept as minutes, so that not every amount comes back
    if name == "time-offs/leave" and field.kind in ("integer", "text"):
        return 120 if field.kind == "integer" else "Changed note"
    if field.kind == "integer":
        return 1 if pd.isna(value) else int(value) + 1
    if field.kind == "number":
        return 12.5 if pd.isna(value) else float(value) + 12.5
    if field.kind == "date":
        return pd.Timestamp("2026-03-02") if pd.isna(value) else value + pd.Timedelta(days=1)
    if field.kind == "timestamp":
        return pd.Timestamp("2026-02-02", tz="UTC")
    return "https://changed.example" if field.format == "url" else f"Changed {field.name}"


def chosen_row(desk: Desk, name: str, column: str, frame: pd.DataFrame) -> Any:
    if name == "assignments":
        plain = frame["isActive"] & ~frame["isTemplate"]
        week = frame["endDate"] > frame["startDate"] + pd.Timedelta(days=3)
        plain &= frame["phaseId"].notna() if column == "phaseId" else frame["phaseId"].isna()
        kinds = ("leave", "holidays", "rostered-off")
        leave = pd.concat([desk.read(f"time-offs/{kind}") for kind in kinds])
        off = frame.reset_index().merge(leave, on="personId", suffixes=("", "Off"))
        near = (off["startDateOff"] <= off["endDate"] + pd.Timedelta(days=9)) & (
            off["endDateOff"] >= off["startDate"]
        )
        free = ~frame.index.isin(off.loc[near, "index"])
        return frame.index[plain & week & free][0]
    if name == "time-offs/leave":
        return frame.index[frame["endDate"] > frame["startDate"] + pd.Timedelta(days=2)][2]
    if name == "project-tags":
        return frame.index[~frame["archived"]][0]
    if name == "contracts" and column == "endDate":
        # The last one of a person, so that no other is in the way.
        last = frame.sort_values("startDate").groupby("personId").tail(1)
        return last.index[last["endDate"].isna()][0]
    if name == "contracts" and column == "startDate":
        return frame.sort_values("startDate").groupby("personId").tail(1).index[0]
    if name == "projects/{projectId}/timesheet-lock":
        held = frame.index[frame["status"] == "LOCKED"]
        return held[0]
    if name == "actuals" and column == "phaseId":
        return frame.index[frame["phaseId"].notna()][0]
    return frame.index[0]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "column"), cases())
def test_change_is_read_back(desk: Desk, name: str, column: str) -> None:
    writable = writables()[name]
    frame = read(desk, name)
    row = chosen_row(desk, name, column, frame)
    field = writable.update_fields.get(column) or writable.read_fields[column]
    new = another(desk, name, field, frame.loc[row, column], frame.loc[row])
    changed = frame.copy()
    changed.at[row, column] = new
    if column == "lockedUntil":
        # Before any work, so that no timesheet is missing.
        changed.at[row, column] = pd.Timestamp("2024-06-03", tz="UTC")
    since = desk.mark()
    result = desk.push(changed)
    assert list(result["status"]) == [
        "updated" if label == row else "unchanged" for label in frame.index
    ], result.loc[row, "error"]
    replaced = writable.kind in ("assignments", "leave")
    covers = name == "time-offs/leave" and column == "endDate"  # only longer
    assert len(desk.writes(since)) == (2 if replaced and not covers else 1)

    again = read(desk, name)
    loose = [*STAMPS, *FOLLOWS.get((name, column), ())]
    if replaced:  # the changed one has a new id, at the end
        loose.append("id")
        order = ["personId", "startDate", "endDate", "minutesPerDay", "note"]
        order += ["projectId", "roleId"] if name == "assignments" else []
        changed, again = (f.sort_values(order, ignore_index=True) for f in (changed, again))
    assert_frame_equal(
        again.drop(columns=loose, errors="ignore"), changed.drop(columns=loose, errors="ignore")
    )
    assert desk.plan(again).requests == 0


@pytest.mark.parametrize(("name", "column"), sorted(FIELDS_ELSEWHERE))
def test_what_is_left_out_can_be_written(name: str, column: str) -> None:
    writable = writables()[name]
    assert column in {**writable.update_fields, **writable.parts}


def test_work_on_a_day_off_is_read_back(desk: Desk) -> None:
    """It is of one day, so that the dates have to change with it."""
    frame = read(desk, "assignments")
    row = chosen_row(desk, "assignments", "note", frame)
    start = frame.loc[row, "startDate"]
    saturday = start + pd.Timedelta(days=5 - start.day_of_week)
    changed = frame.copy()
    changed.loc[row, ["startDate", "endDate"]] = saturday
    changed.loc[row, "isNonWorkingDay"] = True
    result = desk.push(changed)
    assert result.loc[row, "status"] == "updated", result.loc[row, "error"]
    assert (result["status"] == "unchanged").sum() == len(frame) - 1
    again = read(desk, "assignments")
    (found,) = again[~again["id"].isin(frame["id"])].to_dict("records")
    kept = ["personId", "projectId", "roleId", "minutesPerDay", "startDate", "endDate"]
    assert [found[name] for name in kept] == changed.loc[row, kept].tolist()
    assert found["isNonWorkingDay"]
    assert len(again) == len(frame)
    assert desk.plan(again).requests == 0
