"""Tables that lack a column or a cell: each is named, and nothing is counted as 0 in silence."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from runn_pandas.analysis.capacity_by_day import capacity
from runn_pandas.analysis.daily_rows import daily
from runn_pandas.analysis.finance_by_period import finance
from runn_pandas.analysis.hours_by_day import hours
from runn_pandas.analysis.reconciliation.api import reconcile, unmatched
from runn_pandas.analysis.utilization_by_period import utilization
from runn_pandas.errors import FilterError, FrameError
from tests.support.company import BUILD, DESIGN, FIXED, INNER, SITE, TOM, UMA, Company

JUNE = ("2026-06-01", "2026-06-30")
Tables = dict[str, pd.DataFrame]
pytestmark = pytest.mark.usefixtures("alone")


def company() -> Company:
    """Something in every table, a contract without a cost among them."""
    found = Company().contract(person=UMA, role=BUILD, cost=None)
    found.plan("2026-06-01", "2026-06-05", 240).log("2026-06-02", 60, 30)
    found.plan("2026-06-01", "2026-06-05", 240, personId=UMA, roleId=BUILD)
    found.off("2026-06-03").off("2026-06-04", kind="holidays").off("2026-06-05", minutes=60)
    return found.off("2026-06-08", kind="rostered-off").expense("2026-06-09", 10, 20)


def without_cell(tables: Tables, table: str, column: str) -> Tables:
    frame = tables[table].copy()
    frame.loc[len(frame) - 1, column] = None
    return tables | {table: frame}


ASKS: dict[str, Callable[[Tables], Any]] = {
    "hours": lambda tables: hours(*JUNE, tables=tables),
    "capacity": lambda tables: capacity(*JUNE, tables=tables),
    "role": lambda tables: utilization(*JUNE, by="role", tables=tables),
    "team": lambda tables: utilization(*JUNE, by="team", tables=tables),
    "tag": lambda tables: utilization(*JUNE, by="tag", tables=tables),
    "money": lambda tables: finance(*JUNE, tables=tables),
    "client": lambda tables: finance(*JUNE, by="client", tables=tables),
    "team's money": lambda tables: finance(*JUNE, by="team", tables=tables),
}
# What a number cannot do without: neither a cell nor the column.
CELLS = [
    *((ask, "contracts", c) for ask in ("capacity", "hours") for c in ("personId", "startDate")),
    ("role", "contracts", "roleId"),
    *(
        ("hours", "assignments", c)
        for c in ("personId", "projectId", "roleId", "startDate", "endDate", "minutesPerDay")
    ),
    *(("hours", "actuals", c) for c in ("date", "personId", "projectId", "roleId")),
    *(
        ("capacity", f"time-offs/{kind}", c)
        for kind in ("leave", "holidays", "rostered-off")
        for c in ("personId", "startDate", "endDate")
    ),
    ("hours", "projects", "id"),
    ("team", "people", "id"),
    ("tag", "people", "id"),
    *(("money", "project-rates", c) for c in ("projectId", "roleId", "rate")),
    *(("money", "other-expenses", c) for c in ("date", "projectId", "cost", "charge")),
    *(("money", "roles", c) for c in ("id", "defaultHourCost")),
]
# A column that has to be there, though a cell of it may be empty.
COLUMNS = [
    ("capacity", "contracts", "endDate"),
    ("hours", "actuals", "billableMinutes"),
    ("hours", "actuals", "nonbillableMinutes"),
    ("team", "people", "teamId"),
    ("team's money", "people", "teamId"),
    ("tag", "people", "tags"),
    ("client", "projects", "clientId"),
    *(("money", "projects", c) for c in ("pricingModel", "rateType", "budget")),
]


@pytest.mark.parametrize(("ask", "table", "column"), CELLS)
def test_a_missing_cell_is_named(ask: str, table: str, column: str) -> None:
    tables = company().tables()
    ASKS[ask](tables)
    with pytest.raises(FrameError, match=rf"'{table}': '{column}' is missing in 1 rows") as error:
        ASKS[ask](without_cell(tables, table, column))
    assert f"row {len(tables[table]) - 1};" in str(error.value)


@pytest.mark.parametrize(("ask", "table", "column"), [*CELLS, *COLUMNS])
def test_a_missing_column_is_named(ask: str, table: str, column: str) -> None:
    tables = company().tables()
    tables[table] = tables[table].drop(columns=column)
    with pytest.raises(FrameError, match=f"'{table}' has no column '{column}'"):
        ASKS[ask](tables)


@pytest.mark.parametrize("column", ["startDate", "endDate", "personId"])
def test_daily_names_a_missing_cell_too(column: str) -> None:
    tables = company().tables()
    plan = without_cell(tables, "assignments", column)["assignments"]
    with pytest.raises(FrameError, match=f"'assignments': '{column}' is missing in 1 rows"):
        daily(plan, *JUNE, contracts=tables["contracts"], time_off=[])


def test_contracts_without_any_minutes_have_no_capacity() -> None:
    tables = company().tables()
    contracts = tables["contracts"].drop(columns=["rosteredDays", "minutesPerDay"])
    with pytest.raises(FrameError, match="'contracts' has no column 'rosteredDays'"):
        ASKS["capacity"](tables | {"contracts": contracts})
    # Of one that says nothing, nothing is contracted; the others stay.
    silent = tables["contracts"].copy()
    silent.loc[1, "minutesPerDay"] = None
    silent["rosteredDays"] = [silent["rosteredDays"][0], None]
    found = capacity(*JUNE, tables=tables | {"contracts": silent})
    sums = found.groupby("personId")["contractedMinutes"].sum()
    assert sums.to_dict() == {TOM: 22 * 480, UMA: 0}
    # Without a roster the minutes of a day count from Monday to Friday.
    daily_only = tables["contracts"].drop(columns="rosteredDays")
    pd.testing.assert_frame_equal(
        capacity(*JUNE, tables=tables | {"contracts": daily_only}), capacity(*JUNE, tables=tables)
    )


def test_a_contract_without_a_cost_takes_the_default_of_its_role() -> None:
    tables = company().tables()
    cost = finance(*JUNE, by="person", tables=tables).set_index("personId")["cost"]
    # Four hours on each of Uma's five days, at the 50 of her role.
    assert cost[UMA] == 5 * 4 * 50
    without = tables["contracts"].drop(columns="costPerHour")
    both = finance(*JUNE, by="person", tables=tables | {"contracts": without})
    # Tom: four hours on Monday and Friday, an hour and a half logged on Tuesday, at 40.
    assert both.set_index("personId")["cost"].dropna().to_dict()[TOM] == (4 + 1.5 + 4) * 40


def test_an_expense_counts_on_its_project_and_day_alone() -> None:
    tables = company().expense("2026-07-01", 1000, 1000).expense("2026-06-30", 1, 2, INNER).tables()
    found = finance(*JUNE, tables=tables).set_index("projectId")
    assert found["otherCost"].to_dict() == {SITE: 10, FIXED: 0, INNER: 1}
    assert found["otherCharge"].to_dict() == {SITE: 20, FIXED: 0, INNER: 2}


@pytest.mark.parametrize("ask", [hours, capacity, utilization, finance])
def test_the_end_before_the_start(ask: Callable[..., Any]) -> None:
    text = re.escape("end (2026-05-31) is before start (2026-06-01)")
    with pytest.raises(FilterError, match=text):
        ask("2026-06-01", "2026-05-31", tables=company().tables())
    assert len(ask("2026-06-01", "2026-06-01", tables=company().tables()).columns)


def test_daily_with_the_end_before_the_start() -> None:
    tables = company().tables()
    given = {"contracts": tables["contracts"], "time_off": []}
    with pytest.raises(FilterError, match=r"end \(2026-05-31\) is before start \(2026-06-01\)"):
        daily(tables["assignments"], "2026-06-01", "2026-05-31", **given)
    # One side alone may leave nothing.
    assert daily(tables["assignments"], "2026-07-01", **given).empty
    assert daily(tables["assignments"], end="2026-05-31", **given).empty


# -- reconcile


def sheet(**columns: Any) -> pd.DataFrame:
    row = {"date": ["2026-06-02"], "personId": [TOM], "projectId": [SITE], "minutes": [90]}
    return pd.DataFrame(row | columns)


def test_reconcile_with_the_end_before_the_start() -> None:
    tables = company().tables()
    for ask in (reconcile, unmatched):
        with pytest.raises(FilterError, match=r"end \(2026-06-01\) is before start \(2026-06-02\)"):
            ask(sheet(), start="2026-06-02", end="2026-06-01", tables=tables)
    one = reconcile(sheet(), start="2026-06-02", end="2026-06-02", tables=tables)
    assert one["status"].tolist() == ["match"]
    # A month is its first day as a start, and its last as an end.
    month = reconcile(sheet(), start="2026-06", end="2026-06", tables=tables)
    assert month["status"].tolist() == ["match"]


@pytest.mark.parametrize("given", [{"start": "2026-06-03"}, {"end": "2026-06-01"}])
def test_reconcile_of_a_window_beside_the_timesheet(given: dict[str, str]) -> None:
    tables = company().tables()
    assert reconcile(sheet(), **given, tables=tables).empty
    with pytest.raises(FrameError, match="no dates: give start= and end="):
        reconcile(sheet(), **given, people="all", tables=tables)
    with pytest.raises(FrameError, match="no dates: give start= and end="):
        reconcile(sheet(), **given, people=[TOM], tables=tables)


@pytest.mark.parametrize("people", [[TOM], (UMA,), pd.Series([TOM]), {UMA, TOM}])
def test_people_of_a_reconciliation_are_any_ids(people: Any) -> None:
    tables = company().log("2026-06-02", 30, personId=UMA).tables()
    found = reconcile(sheet(), people=people, tables=tables)
    assert found["personId"].tolist() == sorted({TOM, *people})


@pytest.mark.parametrize("column", ["date", "personId", "projectId", "billableMinutes"])
def test_reconcile_names_a_missing_column_of_actuals(column: str) -> None:
    tables = company().tables()
    tables["actuals"] = tables["actuals"].drop(columns=column)
    with pytest.raises(FrameError, match=f"'actuals' has no column '{column}'"):
        reconcile(sheet(), tables=tables)


def test_minutes_that_are_missing_on_one_side_of_an_actual_are_none() -> None:
    tables = without_cell(company().tables(), "actuals", "nonbillableMinutes")
    assert reconcile(sheet(minutes=[60]), tables=tables)["status"].tolist() == ["match"]
    assert hours(*JUNE, kind="actual", tables=tables)["totalMinutes"].tolist() == [60]
    nothing = without_cell(tables, "actuals", "billableMinutes")
    with pytest.raises(FrameError, match="without any minutes"):
        reconcile(sheet(), tables=nothing)
    with pytest.raises(FrameError, match="neither billableMinutes nor nonbillableMinutes"):
        hours(*JUNE, tables=nothing)


def test_a_role_is_that_of_the_contract_in_force() -> None:
    tables = company().contract("2026-06-02", role=BUILD).tables()
    tables["project-members"] = pd.DataFrame(
        {"personId": [TOM, TOM], "projectId": [SITE, SITE], "roleId": [DESIGN, BUILD]}
    )
    found = reconcile(
        sheet(date=["2026-06-01"]), start="2026-06-01", end="2026-06-01", tables=tables
    )
    assert found["roleId"].tolist() == [DESIGN]
    tables["actuals"] = tables["actuals"].iloc[:0]
    assert reconcile(sheet(), tables=tables)["roleId"].tolist() == [BUILD]
