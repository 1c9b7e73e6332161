"""Capacity of the demo, against a plain count, and its edges."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.analysis.capacity_by_day import capacity
from tests.support.company import BUILD, DESIGN, PLACEHOLDER, TOM, UMA, Company

Tables = dict[str, pd.DataFrame]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def counted(tables: Tables, start: dt.date, end: dt.date) -> dict[tuple[dt.date, int], list[int]]:
    """Contracted minutes and minutes off by day and person, counted one by one."""
    found: dict[tuple[dt.date, int], list[int]] = {}
    for row in tables["contracts"].to_dict("records"):
        last = end if pd.isna(row["endDate"]) else min(row["endDate"].date(), end)
        day = max(row["startDate"].date(), start)
        while day <= last:
            minutes = row["rosteredDays"].get(WEEKDAYS[day.weekday()], 0)
            found[day, row["personId"]] = [minutes, 0]
            day += dt.timedelta(days=1)
    for name in ("leave", "holidays", "rostered-off"):
        for row in tables[f"time-offs/{name}"].to_dict("records"):
            day = row["startDate"].date()
            while day <= row["endDate"].date():
                if (there := found.get((day, row["personId"]))) is not None:
                    taken = row["minutesPerDay"]
                    taken = there[0] if pd.isna(taken) else there[1] + taken
                    there[1] = min(there[0], max(there[1], taken))
                day += dt.timedelta(days=1)
    return found


def test_capacity_of_the_demo_by_day_and_person(demo_tables: Tables) -> None:
    start, end = dt.date(2025, 1, 1), dt.date(2026, 12, 31)
    wanted = counted(demo_tables, start, end)
    found = capacity(start, end, tables=demo_tables)
    keys = zip(found["date"].dt.date, found["personId"], strict=True)
    values = found[["contractedMinutes", "timeOffMinutes"]].to_numpy(int).tolist()
    assert dict(zip(keys, values, strict=True)) == wanted
    left = found["contractedMinutes"] - found["timeOffMinutes"]
    assert found["capacityMinutes"].eq(left).all()
    assert not found[["date", "personId"]].duplicated().any()


def test_columns_types_and_order() -> None:
    tables = Company().contract("2026-06-16", person=UMA).tables()
    found = capacity("2026-06-15", "2026-06-16", tables=tables)
    names = ["date", "personId", "contractedMinutes", "timeOffMinutes", "capacityMinutes"]
    assert found.columns.tolist() == names
    assert found.dtypes.astype(str).tolist() == ["datetime64[us]", *["Int64"] * 4]
    assert found["personId"].tolist() == [TOM, TOM, UMA]


def test_an_option_that_would_change_nothing_is_not_taken() -> None:
    for option in ("as_of", "include_tentative"):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{option}'"):
            capacity("2026-06-15", "2026-06-16", tables=Company().tables(), **{option: None})


def test_there_is_no_row_without_a_contract() -> None:
    tables = Company(bare=True).contract("2026-06-16", "2026-06-17").tables()
    found = capacity("2026-06-15", "2026-06-20", tables=tables)
    assert found["date"].dt.day.tolist() == [16, 17]


def test_contracts_of_placeholders_are_no_capacity() -> None:
    # Guide 9: whether the API lists such contracts is unverified; it must not matter.
    tables = Company().contract(person=PLACEHOLDER).tables()
    assert set(capacity("2026-06-15", "2026-06-15", tables=tables)["personId"]) == {TOM}
    asked = capacity("2026-06-15", "2026-06-15", tables=tables, include_placeholders=True)
    assert set(asked["personId"]) == {TOM, PLACEHOLDER}


def test_only_contracts_and_time_off_are_needed(alone: None) -> None:
    needed = ("contracts", "time-offs/leave", "time-offs/holidays", "time-offs/rostered-off")
    tables = {name: frame for name, frame in Company().tables().items() if name in needed}
    assert capacity("2026-06-15", "2026-06-15", tables=tables)["capacityMinutes"].tolist() == [480]


def test_it_reads_what_it_is_not_given(demo_account: Account, demo_tables: Tables) -> None:
    found = capacity("2026-03-02", "2026-07-31", account=demo_account)
    wanted = capacity("2026-03-02", "2026-07-31", tables=demo_tables)
    pd.testing.assert_frame_equal(found, wanted)


@pytest.mark.parametrize("end", [None, "9999-12-31"])
def test_contracts_without_an_end(end: str | None) -> None:
    tables = Company().tables()
    frame = tables["contracts"]
    tables["contracts"] = frame.assign(endDate=np.array([end] * len(frame), dtype=object))
    found = capacity("2026-06-15", "2026-06-16", tables=tables)
    assert found["capacityMinutes"].tolist() == [480, 480]


def test_regression_current_contract_is_not_used_for_the_past() -> None:
    # minutesPerDay x Monday to Friday of today's contract, as several tools do.
    company = Company(bare=True).contract("2026-01-05", "2026-05-31", 480)
    tables = company.contract("2026-06-01", None, 240, off="monday").tables()
    found = capacity("2026-05-29", "2026-06-02", tables=tables)
    assert found["capacityMinutes"].tolist() == [480, 0, 0, 0, 240]


def test_sums_by_period_and_group(demo_tables: Tables) -> None:
    span = ("2026-05-20", "2026-07-10")
    days = capacity(*span, tables=demo_tables)
    minutes = ["contractedMinutes", "timeOffMinutes", "capacityMinutes"]
    for by in (None, "team", "role", "employmentType", ["team", "person"], "account"):
        for freq in ("MS", "W", None):
            found = capacity(*span, by=by, freq=freq, tables=demo_tables)
            assert found[minutes].sum().tolist() == days[minutes].sum().tolist()
            assert found.columns[0] == ("date" if freq is None else "period")
    months = capacity(*span, freq="MS", tables=demo_tables)
    own = days.groupby([days["date"].dt.to_period("M").dt.start_time, "personId"])[minutes].sum()
    assert months[minutes].to_numpy(int).tolist() == own.to_numpy(int).tolist()
    assert months.columns.tolist() == ["period", "personId", *minutes]
    with pytest.raises(errors.FilterError, match="Did you mean 'team'"):
        capacity(*span, by="teem", tables=demo_tables)


def test_the_role_and_the_type_are_those_of_each_day() -> None:
    company = Company(bare=True).contract("2026-01-05", "2026-06-16")
    tables = company.contract("2026-06-17", None, 240, role=BUILD).tables()
    tables["contracts"]["employmentType"] = ["contractor", "employee"]
    given = {"freq": "MS", "tables": tables}
    found = capacity("2026-06-15", "2026-06-19", by=["role", "employmentType"], **given)
    assert found["roleId"].tolist() == [DESIGN, BUILD]
    assert found["employmentType"].tolist() == ["contractor", "employee"]
    assert found["capacityMinutes"].tolist() == [960, 720]
