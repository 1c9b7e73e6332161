"""What rp.resources() says of writes is what a plan accepts or refuses, on the demo account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas.catalog import Field, load
from runn_pandas.catalog.writes import Writable, writables
from runn_pandas.errors import PlanError, ResourceError
from tests.support.desk import Desk, desk_of, new_demo

TABLE = rp.resources().set_index("resource")
TARGETS = sorted(set(TABLE["pushed_as"].dropna()))
# What a new row needs that the account's row has not, and (None) what it may not have.
NEW: dict[str, dict[str, Any]] = {
    "actuals": {"date": "2019-01-07"},
    "budget-roles": {"estimatedBudget": None},
    "custom-fields/select": {"options": [{"name": "a"}, {"name": "b"}]},
    "invitations": {
        "email": "new@example.com",
        "userType": "manager",
        "financialPermission": "none",
        "fromUser": "owner@example.com",
        "manageProjectsPermission": "all",
        "manageOthersPermission": "all",
        "editProjectsPermission": None,
        "editOthersPermission": None,
    },
    "people": {"roleId": 1, "startDate": "2026-01-01", "email": None},
    "phases": {"color": "#67D0D5"},
    "placeholders": {"roleId": 1},
    "project-members": {"roleId": 1},
    "time-offs/leave": {"startDate": "2019-01-07", "endDate": "2019-01-07"},
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_of(new_demo(), tmp_path_factory.mktemp("account"))


def row_of(desk: Desk, writable: Writable) -> dict[str, Any]:
    """One row of the account, with the fewest missing values."""
    source = writable.source
    assert source is not None
    filters = {p.name: desk.read(f"{p.name[:-2]}s")["id"].tolist() for p in source.path_parameters}
    rows = desk.read(source.name, **filters)
    row: dict[str, Any] = rows.loc[rows.isna().sum(axis=1).idxmin()].to_dict()
    return row


def refused(desk: Desk, name: str, row: dict[str, Any], **options: Any) -> list[str]:
    """Why a plan is refused; [] if it is not."""
    frame = pd.DataFrame({column: pd.Series([value]) for column, value in row.items()})
    try:
        plan = desk.plan(frame, name, **options)
    except PlanError as error:
        return list(error.problems["reason"])
    assert plan.resource == TABLE.loc[name, "pushed_as"]
    assert plan.requests > 0
    return []


def creates(desk: Desk, name: str, row: dict[str, Any]) -> bool:
    writable = writables()[name]
    new = {n: v for n, v in (row | NEW.get(name, {})).items() if n not in ("id", "updatedAt")}
    new = {n: v for n, v in new.items() if isinstance(v, list) or not pd.isna(v)}
    if writable.key != ("id",):
        new[writable.key[-1]] = 987_654
    reasons = refused(desk, name, new)
    assert all("the API makes no" in reason for reason in reasons), reasons
    return not reasons


def deletes(desk: Desk, name: str, row: dict[str, Any]) -> bool:
    key = {column: row[column] for column in writables()[name].key}
    reasons = refused(desk, name, key, delete=[True])
    assert all("cannot be deleted" in reason for reason in reasons), reasons
    return not reasons


def others(value: Any, field: Field) -> Iterator[Any]:
    """Values that a field might take in the place of one."""
    if field.enum:
        yield from (one for one in field.enum if one != value)
    elif field.kind == "flag":
        yield not value
    elif field.kind in ("integer", "number"):
        yield from (1, 2)
    elif field.kind in ("date", "timestamp"):
        yield from ("2026-02-02", "2036-02-02")
    elif field.kind == "text":
        yield from ("Other", "https://other.example")
    elif field.name == "customFields":
        yield [{**entry, "value": "other"} for entry in value if entry["type"] == "text"]


def updates(desk: Desk, name: str, row: dict[str, Any]) -> bool:
    writable = writables()[name]
    for column in writable.fields:
        if column in writable.key or column == "updatedAt":
            continue
        for value in others(row.get(column), writable.fields[column]):
            if not refused_or_idle(desk, name, {**row, column: value}):
                return True
    return False


def refused_or_idle(desk: Desk, name: str, row: dict[str, Any]) -> bool:
    frame = pd.DataFrame({column: pd.Series([value]) for column, value in row.items()})
    try:
        return desk.plan(frame, name).summary["action"].tolist() != ["update"]
    except PlanError:
        return True


@pytest.mark.parametrize("name", TARGETS)
def test_the_table_says_what_a_plan_accepts(desk: Desk, name: str) -> None:
    row = row_of(desk, writables()[name])
    can = {"create": creates, "update": updates, "delete": deletes}
    assert [verb for verb, tried in can.items() if tried(desk, name, row)] == (
        TABLE.loc[name, "writes"].split(", ")
    )


@pytest.mark.parametrize("name", TABLE.index)
def test_every_name_leads_where_the_table_says(desk: Desk, name: str) -> None:
    target = TABLE.loc[name, "pushed_as"]
    if pd.isna(target):
        assert TABLE.loc[name, "writes"] == ""
        with pytest.raises(ResourceError, match="can be written"):
            desk.plan(pd.DataFrame({"id": [1]}), name)
        return
    assert TABLE.loc[name, "writes"] == TABLE.loc[target, "writes"] != ""
    assert desk.plan(pd.DataFrame(), name).resource == target


def test_one_resource_or_all() -> None:
    assert len(rp.resources()) == len(load().resources)
    one = rp.resources("people/7/projects")
    assert one[["resource", "writes", "pushed_as"]].to_numpy().tolist() == [
        ["people/{personId}/projects", "create, update, delete", "projects"]
    ]
    with pytest.raises(ResourceError, match="'people'"):
        rp.resources("peple")
