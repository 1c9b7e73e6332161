"""Hours against the demo's own reports, and what the reports cannot show."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.api.extensions import no_default

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.analysis import assignments
from runn_pandas.analysis import days as spans
from runn_pandas.analysis.capacity_by_day import capacity
from runn_pandas.analysis.daily_rows import daily
from runn_pandas.analysis.finance_by_period import finance
from runn_pandas.analysis.hours_by_day import hours
from runn_pandas.analysis.utilization_by_period import utilization
from tests.support.company import (
    BUILD,
    DESIGN,
    FIXED,
    INNER,
    MAYBE,
    PLACEHOLDER,
    SITE,
    TEMPLATE,
    TODAY,
    TOM,
    UMA,
    Company,
)

Tables = dict[str, pd.DataFrame]
KEY = ["date", "personId", "projectId", "roleId", "workstreamId"]
MINUTES = ["billableMinutes", "nonbillableMinutes", "totalMinutes"]
COLUMNS = [*KEY, "phaseId", *MINUTES, "isPlaceholder", "isTentative"]


def told(report: pd.DataFrame, part: str | None) -> pd.DataFrame:
    """The rows of a report, or of one of its nested parts, in the form of `hours`."""
    rows = report[KEY].copy()
    inside = report if part is None else pd.DataFrame(report[part].tolist())
    for name in MINUTES:
        rows[name] = inside[name.replace("nonb", "nonB")].to_numpy()
    rows["phaseId"] = pd.array(inside["phaseId"], "Int64")
    return rows


@pytest.mark.parametrize("of", ["people", "projects"])
@pytest.mark.parametrize("kind", ["effective", "scheduled", "actual"])
@pytest.mark.parametrize("end", ["2026-06-30", "2026-12-31"])
def test_hours_equal_the_reports_to_the_minute(
    of: str, kind: str, end: str, reports: dict[str, pd.DataFrame], demo_tables: Tables
) -> None:
    # Guide 6.1, API equivalence: the reports are the oracle; 18 months, and half a year ahead.
    part = {"effective": None, "scheduled": "assignments", "actual": "actuals"}[kind]
    wanted = told(reports[of], part)
    wanted = wanted[wanted["date"] <= end]
    found = hours("2025-01-01", end, kind=kind, tables=demo_tables, as_of=TODAY)
    assert found[KEY].duplicated().sum() == 0
    both = found.merge(wanted, on=KEY, how="outer", suffixes=("", "_told"), indicator=True)
    # A report's nested part is zeros also where there is none.
    absent = both["_merge"] == "right_only"
    if kind == "effective":
        assert not absent.any()
    assert (both.loc[absent, "totalMinutes_told"] == 0).all()
    there = both[~absent]
    assert (there["_merge"] == "both").all()
    assert len(there) > 14_000
    for name in [*MINUTES, "phaseId"]:
        assert there[name].fillna(-1).eq(there[f"{name}_told"].fillna(-1)).all(), name


def test_hours_by_person_and_project_equal_the_totals(
    demo_account: Account, demo_tables: Tables
) -> None:
    told = rp.read_runn("reports/totals/projects", account=demo_account).set_index("id")
    found = hours("2024-01-01", "2027-12-31", tables=demo_tables, as_of=TODAY)
    sums = found.groupby("projectId")["totalMinutes"].sum()
    assert sums.reindex(told.index, fill_value=0).eq(told["totalMinutes"]).all()


def test_marks_are_those_of_the_tables(demo_tables: Tables) -> None:
    found = hours("2025-01-01", "2026-12-31", tables=demo_tables, as_of=TODAY)
    placeholders = demo_tables["placeholders"]["id"]
    projects = demo_tables["projects"].set_index("id")
    assert found["isPlaceholder"].eq(found["personId"].isin(placeholders)).all()
    assert found["isPlaceholder"].any()
    assert found["isTentative"].eq(~found["projectId"].map(projects["isConfirmed"])).all()
    assert found["isTentative"].any()
    some = hours(
        "2025-01-01",
        "2026-12-31",
        tables=demo_tables,
        as_of=TODAY,
        include_tentative=False,
        include_placeholders=False,
    )
    kept = found[~found["isPlaceholder"] & ~found["isTentative"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, kept)


def test_what_is_missing_is_read_and_no_more(
    demo_account: Account, demo_tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runn_pandas.lookup import lists as module

    asked: list[tuple[str, dict[str, Any]]] = []

    def read(name: str, **filters: Any) -> pd.DataFrame:
        account = filters.pop("account")
        assert filters.pop("max_age") is no_default
        asked.append((name, filters))
        return rp.read_runn(name, account=account, **filters)

    monkeypatch.setattr(module, "read_runn", read)
    # The demo's today is the day on which it stands still, not the machine's.
    found = hours("2026-03-02", "2026-07-31", account=demo_account)
    kept = hours("2026-03-02", "2026-07-31", tables=demo_tables, as_of=TODAY)
    pd.testing.assert_frame_equal(found, kept)
    span = {"startDate": "2026-03-02", "endDate": "2026-07-31"}
    assert sorted(asked, key=str) == sorted(
        [
            ("assignments", span),
            ("actuals", {"minDate": "2026-03-02", "maxDate": "2026-07-31"}),
            ("contracts", {}),
            ("projects", {"includeArchived": True}),
            ("placeholders", {}),
            ("time-offs/leave", span),
            ("time-offs/holidays", {}),
            ("time-offs/rostered-off", {}),
        ],
        key=str,
    )
    asked.clear()
    some = {name: demo_tables[name] for name in ("projects", "placeholders")}
    hours("2026-03-02", "2026-03-31", kind="actual", tables=some, account=demo_account)
    assert [name for name, _ in asked] == ["actuals"]
    # The tables remember that they are the demo's.
    assert hours("2026-06-01", "2026-07-31", tables=demo_tables)["isPlaceholder"].any()


def test_no_account_and_no_network_are_needed(alone: None, demo_tables: Tables) -> None:
    for ask in (hours, utilization, finance):
        assert len(ask("2026-03-02", "2026-03-31", tables=demo_tables, as_of=TODAY))
    assert len(capacity("2026-03-02", "2026-03-31", tables=demo_tables))
    off = [demo_tables[name] for name in demo_tables if name.startswith("time-offs")]
    contracts = demo_tables["contracts"]
    assert len(daily(demo_tables["assignments"], contracts=contracts, time_off=off))


def test_no_table_and_no_account_is_said(tmp_path: Any) -> None:
    tables = Company().tables()
    del tables["contracts"]
    with pytest.raises(errors.FrameError, match=r"no table 'contracts' and no account"):
        hours("2026-06-01", "2026-06-30", tables=tables)


def variant(tables: Tables, what: str) -> Tables:
    """The same tables in another dress."""
    found = {}
    for name, frame in tables.items():
        if what == "floats":
            ints = {c: "float64" for c in frame.columns if frame[c].dtype == "Int64"}
            frame = frame.astype(ints)
        elif what == "objects":
            frame = frame.astype(object)
        elif what == "texts":
            days = [c for c in frame.columns if frame[c].dtype == "datetime64[us]"]
            frame = frame.astype(dict.fromkeys(days, object)).assign(
                **{c: frame[c].dt.strftime("%Y-%m-%d").where(frame[c].notna(), None) for c in days}
            )
        elif what == "nanoseconds":
            days = [c for c in frame.columns if frame[c].dtype == "datetime64[us]"]
            frame = frame.astype(dict.fromkeys(days, "datetime64[ns]"))
        elif what == "expanded" and name == "contracts":
            frame = frame.runn.expand("rosteredDays")
        elif what == "extra":
            frame = frame.assign(extra="x", note=None)
        elif what == "indexed":
            frame = frame.set_index(frame["id"].rename("key") * 7)
        elif what == "shuffled":
            frame = frame.sample(frac=1, random_state=3)
        found[name] = frame
    return found


def everything(tables: Tables) -> list[pd.DataFrame]:
    """One frame of each of the numbers."""
    span = ("2026-05-04", "2026-07-19")
    off = {name: frame for name, frame in tables.items() if name.startswith("time-offs")}
    contracts, plan = tables["contracts"], tables["assignments"]
    spread = daily(plan, *span, contracts=contracts, time_off=off, as_of=TODAY)
    spread = spread[["date", "minutes", "id"]].astype({"id": "int64"})
    return [
        hours(*span, tables=tables, as_of=TODAY),
        hours(*span, kind="scheduled", tables=tables, as_of=TODAY),
        capacity(*span, tables=tables),
        *(utilization(*span, by=by, tables=tables, as_of=TODAY) for by in ("tag", "team", "role")),
        finance(*span, by="project", freq="W", tables=tables, as_of=TODAY),
        finance(*span, by="team", tables=tables, as_of=TODAY),
        spread.sort_values(["id", "date"], ignore_index=True),
        daily(tables["time-offs/leave"], *span, contracts=contracts)[["date", "minutes"]],
    ]


@pytest.fixture(scope="module")
def plain(demo_tables: Tables) -> list[pd.DataFrame]:
    """The numbers of the tables as they were read."""
    return everything(demo_tables)


@pytest.mark.parametrize(
    "what",
    ["floats", "objects", "texts", "nanoseconds", "expanded", "extra", "indexed", "shuffled"],
)
def test_the_dress_of_a_table_does_not_matter(
    what: str, demo_tables: Tables, plain: list[pd.DataFrame]
) -> None:
    for found, wanted in zip(everything(variant(demo_tables, what)), plain, strict=True):
        pd.testing.assert_frame_equal(found, wanted)


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_each_backend_gives_the_same(
    backend: Any, demo_account: Account, demo_tables: Tables, plain: list[pd.DataFrame]
) -> None:
    names = [name for name in demo_tables if name != "people"]
    tables = rp.read_many(*names, dtype_backend=backend, account=demo_account)
    filters: dict[str, Any] = {"includePlaceholders": True, "dtype_backend": backend}
    tables["people"] = rp.read_runn("people", account=demo_account, **filters)
    for found, wanted in zip(everything(tables), plain, strict=True):
        pd.testing.assert_frame_equal(found, wanted)


def test_nothing_given_is_changed(demo_tables: Tables) -> None:
    before = {name: frame.copy(deep=True) for name, frame in demo_tables.items()}
    everything(demo_tables)
    for name, frame in demo_tables.items():
        pd.testing.assert_frame_equal(frame, before[name])
        assert frame.attrs == before[name].attrs


def test_columns_and_types() -> None:
    company = Company().plan("2026-06-15", "2026-06-16", 300).tables()
    found = hours("2026-06-01", "2026-06-30", tables=company)
    assert found.columns.tolist() == COLUMNS
    dtypes = ["datetime64[us]", *["Int64"] * 8, "boolean", "boolean"]
    assert found.dtypes.astype(str).tolist() == dtypes
    empty = hours("2020-06-01", "2020-06-30", tables=company)
    assert (len(empty), empty.dtypes.astype(str).tolist()) == (0, dtypes)
    # Fractions widen the column, nothing is rounded.
    company["assignments"] = company["assignments"].assign(minutesPerDay=pd.array([37.5]))
    assert hours("2026-06-01", "2026-06-30", tables=company)["totalMinutes"].tolist() == [37.5] * 2


def test_empty_tables() -> None:
    tables = {name: frame.iloc[:0] for name, frame in Company().tables().items()}
    for ask in (hours, capacity, utilization, finance):
        found = ask("2026-06-01", "2026-06-30", tables=tables)
        assert (len(found), len(found.columns) > 4) == (0, True)
    plan, contracts = tables["assignments"], Company().tables()["contracts"]
    assert len(daily(plan, contracts=contracts, time_off=[])) == 0
    assert len(daily(plan, "2026-06-01", contracts=contracts, time_off=[])) == 0


def test_chunks_change_nothing(demo_tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = hours("2026-01-01", "2026-12-31", tables=demo_tables, as_of=TODAY)
    monkeypatch.setattr(spans, "CHUNK", 7)
    monkeypatch.setattr(assignments, "CHUNK", 9)
    found = hours("2026-01-01", "2026-12-31", tables=demo_tables, as_of=TODAY)
    pd.testing.assert_frame_equal(found, wanted)


@pytest.mark.parametrize("kind", ["effective", "scheduled", "actual"])
def test_sums_by_period_and_group(kind: str, demo_tables: Tables) -> None:
    span = ("2026-05-20", "2026-07-10")
    given: dict[str, Any] = {"kind": kind, "tables": demo_tables, "as_of": TODAY}
    days = hours(*span, **given)
    for by in ("project", "role", ["client", "project"], "employmentType", "account"):
        found = hours(*span, by=by, freq="W", **given)
        assert found[MINUTES].sum().tolist() == days[MINUTES].sum().tolist()
    found = hours(*span, freq="MS", **given)
    assert found.columns.tolist() == ["period", "personId", "projectId", *MINUTES]
    month = days["date"].dt.to_period("M").dt.start_time
    own = days.groupby([month, "personId", "projectId"])[MINUTES].sum()
    assert found[MINUTES].to_numpy(int).tolist() == own.to_numpy(int).tolist()
    assert hours(*span, by="project", **given).columns[0] == "date"
    with pytest.raises(errors.FilterError, match="freq is one of"):
        hours(*span, freq="month", **given)


# -- daily


def test_daily_is_the_expansion_of_hours(demo_tables: Tables) -> None:
    span = ("2025-01-01", "2026-12-31")
    off = {name: frame for name, frame in demo_tables.items() if name.startswith("time-offs")}
    plan = demo_tables["assignments"]
    spread = daily(plan, *span, contracts=demo_tables["contracts"], time_off=off, as_of=TODAY)
    assert spread.columns.tolist() == ["date", "minutes", *plan.columns]
    assert spread.attrs == {}
    key = [*KEY]
    sums = spread.groupby(key, dropna=False)["minutes"].sum().reset_index()
    planned = hours(*span, kind="scheduled", tables=demo_tables, as_of=TODAY)
    both = planned.merge(sums, on=key, how="outer")
    assert len(both) == len(planned)
    assert both["totalMinutes"].eq(both["minutes"]).all()


def test_daily_reads_what_it_is_not_given(demo_account: Account, demo_tables: Tables) -> None:
    plan = demo_tables["assignments"]
    off = [demo_tables[name] for name in demo_tables if name.startswith("time-offs")]
    given = daily(plan, contracts=demo_tables["contracts"], time_off=off, as_of=TODAY)
    pd.testing.assert_frame_equal(daily(plan, account=demo_account, as_of=TODAY), given)


def test_daily_of_time_off_is_never_more_than_the_contract() -> None:
    company = (
        Company().off("2026-06-12", "2026-06-16").off("2026-06-16").off("2026-06-17", None, 90)
    )
    tables = company.off("2026-06-17", None, 60).off("2026-06-18", None, 900).tables()
    found = daily(tables["time-offs/leave"], contracts=tables["contracts"])
    assert found.columns.tolist() == ["date", "minutes", *tables["time-offs/leave"].columns]
    days = found["date"].dt.day.tolist()
    # Not the weekend of the 13th, nor the second whole day of the 16th; two partial ones add up.
    assert list(zip(days, found["id"], found["minutes"], strict=True)) == [
        (12, 1, 480),
        (15, 1, 480),
        (16, 1, 480),
        (17, 3, 90),
        (17, 4, 60),
        (18, 5, 480),
    ]
    some = daily(tables["time-offs/leave"], "2026-06-16", contracts=tables["contracts"])
    assert some["date"].dt.day.tolist() == [16, 17, 17, 18]
    none = daily(tables["time-offs/leave"], None, "2026-06-01", contracts=tables["contracts"])
    assert len(none) == 0


def test_daily_of_time_off_adds_up_to_the_capacity_lost(demo_tables: Tables) -> None:
    off = pd.concat([demo_tables[name] for name in demo_tables if name.startswith("time-offs")])
    span = ("2025-01-01", "2026-12-31")
    found = daily(off, *span, contracts=demo_tables["contracts"])
    lost = capacity(*span, tables=demo_tables, include_placeholders=True)
    lost = lost.set_index(["date", "personId"])["timeOffMinutes"]
    sums = found.groupby(["date", "personId"])["minutes"].sum()
    assert sums.eq(lost[lost > 0].reindex(sums.index)).all()
    assert len(sums) == (lost > 0).sum()


def test_placeholders_of_daily_count_from_the_day_of_the_account(
    demo_account: Account, demo_tables: Tables
) -> None:
    plan = demo_tables["assignments"].query("isPlaceholder")
    contracts = demo_tables["contracts"].copy()
    contracts.attrs = {}
    wanted = daily(plan, contracts=contracts, time_off=[], as_of=TODAY)
    assert wanted["date"].min() == pd.Timestamp(TODAY)
    # By the frame's own hint, or by the account that is read.
    pd.testing.assert_frame_equal(daily(plan, contracts=contracts, time_off=[]), wanted)
    bare = plan.copy()
    bare.attrs = {}
    found = daily(bare, contracts=contracts, account=demo_account)
    assert found["date"].min() == pd.Timestamp(TODAY)


def test_a_wrong_table_is_refused_with_the_right_one_named() -> None:
    tables = Company().plan("2026-06-15", None, 60).tables()
    for wrong, right in {
        "contract": "contracts",
        "time-offs/leaves": "time-offs/leave",
        "time_offs/leave": "time-offs/leave",
        "project_rates": "project-rates",
    }.items():
        for ask in (hours, capacity, utilization, finance):
            with pytest.raises(errors.ResourceError, match=f"Did you mean .*'{right}'") as error:
                ask("2026-06-01", "2026-06-30", tables=tables | {wrong: tables[right]})
            assert f"tables['{wrong}']" in str(error.value)


def test_ids_keep_all_their_digits() -> None:
    big = 2**53 + 1
    company = Company().log("2026-06-15", 60, workstreamId=big).log("2026-06-16", 60)
    tables = {
        name: frame.convert_dtypes(dtype_backend="pyarrow") if name == "actuals" else frame
        for name, frame in company.tables().items()
    }
    assert tables["actuals"]["workstreamId"].dtype == "int64[pyarrow]"
    found = hours("2026-06-01", "2026-06-30", tables=tables, as_of=TODAY)
    assert found["workstreamId"].dropna().tolist() == [big]


def test_daily_refuses_what_is_neither() -> None:
    tables = Company().plan("2026-06-15", None, 60).tables()
    plan, contracts = tables["assignments"], tables["contracts"]
    with pytest.raises(errors.FrameError, match="no column 'startDate'"):
        daily(tables["actuals"], contracts=contracts)
    with pytest.raises(errors.FrameError, match="rename it first"):
        daily(plan.assign(minutes=1), contracts=contracts, time_off=[])
    with pytest.raises(errors.FrameError, match="takes a DataFrame"):
        daily(None, contracts=contracts)  # type: ignore[arg-type]
    with pytest.raises(errors.FilterError, match="before start"):
        daily(plan, "2026-06-02", "2026-06-01", contracts=contracts, time_off=[])
    with pytest.raises(errors.FrameError, match="frames of time off"):
        daily(plan, contracts=contracts, time_off=["x"])  # type: ignore[list-item]


# -- what is refused

REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"end": "2026-05-31"}, errors.FilterError, r"end \(2026-05-31\) is before start"),
    ({"start": "soon"}, errors.FilterError, "start takes a date"),
    ({"start": 20260601}, errors.FilterError, "start takes a date"),
    ({"end": pd.NaT}, errors.FilterError, "end takes a date"),
    ({"as_of": "x"}, errors.FilterError, "as_of takes a date"),
    ({"kind": "planned"}, errors.FilterError, "'effective', 'scheduled', 'actual'"),
    ({"tables": [1]}, errors.FrameError, "dict of frames"),
    ({"tables": {"projects": [1]}}, errors.FrameError, "takes a DataFrame"),
]


@pytest.mark.parametrize(("options", "error", "words"), REFUSED)
def test_what_is_refused(options: dict[str, Any], error: type[Exception], words: str) -> None:
    given = {"start": "2026-06-01", "end": "2026-06-30", "tables": Company().tables()} | options
    with pytest.raises(error, match=words) as caught:
        hours(given.pop("start"), given.pop("end"), **given)
    assert len(str(caught.value)) < 250


BROKEN: list[tuple[str, str, Any, str]] = [
    ("assignments", "startDate", None, "'assignments' has no column 'startDate'"),
    ("assignments", "minutesPerDay", None, "'assignments' has no column 'minutesPerDay'"),
    ("actuals", "date", None, "'actuals' has no column 'date'"),
    ("contracts", "personId", None, "'contracts' has no column 'personId'"),
    ("time-offs/leave", "personId", None, "'time-offs/leave' has no column 'personId'"),
    ("projects", "id", None, "'projects' has no column 'id'"),
    ("assignments", "personId", "Ada", "'personId' holds something other than whole numbers"),
    ("assignments", "personId", 1.5, "'personId' holds something other than whole numbers"),
    ("assignments", "personId", True, "'personId' holds something other than whole numbers"),
    ("assignments", "personId", pd.NA, "'personId' is missing in 1 rows"),
    ("assignments", "startDate", "soon", "'startDate' holds something other than dates"),
    ("assignments", "startDate", 5, "'startDate' holds something other than dates"),
    ("assignments", "endDate", pd.NaT, "'endDate' is missing in 1 rows"),
    ("assignments", "minutesPerDay", "x", "'minutesPerDay' holds something other than numbers"),
    ("assignments", "isActive", "x", "'isActive' holds something other than true and false"),
]


@pytest.mark.parametrize(("table", "column", "value", "words"), BROKEN)
def test_a_broken_table_is_named(table: str, column: str, value: Any, words: str) -> None:
    company = Company().plan("2026-06-15", None, 60).log("2026-06-15", 60).off("2026-06-16")
    tables = company.tables()
    frame = tables[table]
    if value is None:
        tables[table] = frame.drop(columns=column)
    else:
        tables[table] = frame.assign(**{column: [value] * len(frame)})
    with pytest.raises(errors.FrameError, match=words) as caught:
        hours("2026-06-01", "2026-06-30", tables=tables)
    assert str(caught.value).count(".") <= 1


def test_contracts_without_a_roster() -> None:
    company = (
        Company(bare=True).contract("2026-01-05", None, 420).plan("2026-06-19", "2026-06-20", 60)
    )
    tables = company.tables()
    for contracts in (
        tables["contracts"].drop(columns="rosteredDays"),
        tables["contracts"].assign(rosteredDays=None),
    ):
        given = tables | {"contracts": contracts}
        found = hours("2026-06-01", "2026-06-30", kind="scheduled", tables=given)
        assert found["date"].dt.day.tolist() == [19]
        assert capacity("2026-06-15", "2026-06-21", tables=given)["capacityMinutes"].sum() == 2100
    bare = tables["contracts"].drop(columns=["rosteredDays", "minutesPerDay"])
    with pytest.raises(errors.FrameError, match="'rosteredDays'"):
        hours("2026-06-01", "2026-06-30", tables=tables | {"contracts": bare})


def test_dates_are_whatever_pandas_reads() -> None:
    tables = Company().plan("2026-06-01", "2026-06-30", 60).tables()
    wanted = hours("2026-06-01", "2026-06-30", tables=tables)
    for start, end in [
        (dt.date(2026, 6, 1), dt.datetime(2026, 6, 30, 23, 59)),
        (pd.Timestamp("2026-06-01"), np.datetime64("2026-06-30")),
        ("2026-06", "2026-06"),
        (pd.Period("2026-06"), pd.Period("2026-06")),
        ("1 June 2026", "2026-06-30T12:00"),
        ("2026/06/01", "June 30, 2026"),
    ]:
        pd.testing.assert_frame_equal(hours(start, end, tables=tables), wanted)


@pytest.mark.parametrize("start", ["01/06/2026", "6/1/2026", "1.6.2026", 20260601, "12:00"])
def test_a_date_that_may_be_read_both_ways_is_refused(start: Any) -> None:
    # pandas would read 01/06/2026 as 6 January, and a reconciliation set months to 0.
    with pytest.raises(errors.FilterError, match=r"start takes a date such as '2026-06-30'"):
        hours(start, "2026-06-30", tables=Company().tables())


# -- bugs of other tools (rivals.md 2) that concern numbers


def test_regression_tpximpact_inclusive_ends() -> None:
    # np.busday_count leaves out the last day.
    tables = Company().plan("2026-06-15", "2026-06-19", 60).log("2026-06-19", 5).tables()
    found = hours("2026-06-15", "2026-06-19", kind="scheduled", tables=tables)
    assert found["date"].dt.day.tolist() == [15, 16, 17, 18, 19]
    assert hours("2026-06-19", "2026-06-19", tables=tables)["totalMinutes"].tolist() == [5]


def test_regression_runn_cli_same_day_rows_are_summed() -> None:
    # A dict keyed by date and project lets the second row overwrite the first.
    company = Company().plan("2026-06-15", None, 60).plan("2026-06-15", None, 45)
    company.plan("2026-06-15", None, 30, roleId=BUILD).plan("2026-06-15", None, 15, workstreamId=9)
    company.log("2026-06-16", 20).log("2026-06-16", 25)
    found = hours("2026-06-15", "2026-06-16", tables=company.tables())
    rows = found[["roleId", "workstreamId", "totalMinutes"]].astype(object).to_numpy().tolist()
    assert [[r, None if w is pd.NA else w, m] for r, w, m in rows] == [
        [DESIGN, 9, 15],
        [DESIGN, None, 105],
        [BUILD, None, 30],
        [DESIGN, None, 45],
    ]


def test_regression_runn_cli_expands_what_counts() -> None:
    # Monday to Friday only: drops isNonWorkingDay, ignores leave, holidays and rostered days.
    company = Company(bare=True).contract(off="friday").plan("2026-06-15", "2026-06-21", 60)
    company.plan("2026-06-20", None, 30, isNonWorkingDay=True)
    company.off("2026-06-15").off("2026-06-16", kind="holidays")
    company.off("2026-06-17", kind="rostered-off")
    found = hours("2026-06-01", "2026-06-30", tables=company.tables())
    days = dict(zip(found["date"].dt.day, found["totalMinutes"], strict=True))
    assert days == {18: 60, 20: 30}


def test_regression_runn_cli_billable_split_is_kept() -> None:
    company = Company().plan("2026-06-15", None, 60, isBillable=False).log("2026-06-16", 20, 40)
    found = hours("2026-06-01", "2026-06-30", tables=company.tables())
    assert found["billableMinutes"].tolist() == [0, 20]
    assert found["nonbillableMinutes"].tolist() == [60, 40]


def test_regression_tpximpact_no_workstream_is_not_workstream_0() -> None:
    company = Company().plan("2026-06-15", None, 60).plan("2026-06-15", None, 30, workstreamId=0)
    company.log("2026-06-15", 10, workstreamId=0)
    found = hours("2026-06-01", "2026-06-30", tables=company.tables())
    assert found["workstreamId"].dtype == "Int64"
    assert found["workstreamId"].isna().tolist() == [False, True]
    assert found["totalMinutes"].tolist() == [10, 60]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "UTC"])
def test_regression_n8n_no_utc_shift_of_dates(zone: str) -> None:
    # Guide 4.3: a business date is never localised; with a zone, the day as written counts.
    tables = Company().log("2026-06-15", 60).plan("2026-06-16", None, 30).tables()
    for table, names in {"actuals": ["date"], "assignments": ["startDate", "endDate"]}.items():
        frame = tables[table]
        tables[table] = frame.assign(**{n: frame[n].dt.tz_localize(zone) for n in names})
    found = hours("2026-06-01", "2026-06-30", tables=tables)
    assert found["date"].dt.strftime("%m-%d").tolist() == ["06-15", "06-16"]
    start = pd.Timestamp("2026-06-15 23:30", tz=zone)
    assert len(hours(start, start, tables=tables)) == 1


def test_regression_rocketscience_templates_and_placeholders() -> None:
    company = Company().plan("2026-06-15", None, 60, isTemplate=True)
    company.plan("2026-06-15", None, 60, projectId=TEMPLATE).plan("2026-06-15", None, 9)
    company.plan("2026-07-01", None, 60, isActive=False)
    company.plan("2026-07-01", None, 60, personId=PLACEHOLDER)
    company.plan("2026-07-01", None, 50, projectId=MAYBE)
    found = hours("2026-06-01", "2026-07-31", tables=company.tables(), as_of=TODAY)
    assert found["totalMinutes"].tolist() == [9, 50, 60]
    assert found["isPlaceholder"].tolist() == [False, False, True]
    assert found["isTentative"].tolist() == [False, True, False]


def test_a_project_that_is_not_there_is_neither_tentative_nor_not() -> None:
    tables = Company().plan("2026-06-15", None, 60, projectId=999).tables()
    found = hours("2026-06-01", "2026-06-30", tables=tables)
    assert found["isTentative"].isna().tolist() == [True]
    window = ("2026-06-01", "2026-06-30")
    with pytest.raises(errors.FrameError, match="no row for project 999"):
        utilization(*window, by="account", tables=tables)
    sums = utilization(*window, by="account", tables=tables, include_tentative=True)
    assert sums["totalMinutes"].tolist() == [60]


def test_a_record_that_is_there_twice_counts_once() -> None:
    tables = Company().plan("2026-06-15", None, 60).tables()
    once = hours("2026-06-01", "2026-06-30", tables=tables)
    twice = {name: pd.concat([frame, frame]) for name, frame in tables.items()}
    pd.testing.assert_frame_equal(hours("2026-06-01", "2026-06-30", tables=twice), once)


def test_overlapping_contracts_are_not_counted_twice() -> None:
    company = Company().contract("2026-06-01", None, 240).plan("2026-06-15", None, 60)
    found = capacity("2026-05-29", "2026-06-01", tables=company.tables())
    assert found["capacityMinutes"].tolist() == [480, 0, 0, 240]


def test_the_phase_does_not_depend_on_the_order_of_rows() -> None:
    company = Company().plan("2026-06-15", None, 60).plan("2026-06-15", None, 60, phaseId=802)
    company.plan("2026-06-15", None, 60, phaseId=801)
    tables = company.tables()
    turned = tables | {"assignments": tables["assignments"].iloc[::-1]}
    for given in (tables, turned):
        assert hours("2026-06-15", "2026-06-15", tables=given)["phaseId"].tolist() == [802]


def test_people_without_contracts_and_unused_names() -> None:
    # UMA has no contract; FIXED and INNER are projects like others.
    company = Company().plan("2026-06-15", "2026-06-16", 60, personId=UMA, projectId=FIXED)
    company.plan("2026-06-14", None, 30, personId=UMA, projectId=INNER, isNonWorkingDay=True)
    company.log("2026-06-16", 7, personId=UMA, projectId=SITE)
    found = hours("2026-06-01", "2026-06-30", tables=company.tables())
    assert found["date"].dt.day.tolist() == [14, 16]
    assert TOM not in found["personId"].tolist()
