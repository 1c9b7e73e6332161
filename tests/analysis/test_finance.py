"""Money of the demo against a plain count, and its edges."""

from __future__ import annotations

import warnings
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.analysis.finance_by_period import finance, settled
from tests.support.company import (
    BUILD,
    DESIGN,
    FIXED,
    INNER,
    PLACEHOLDER,
    SITE,
    TODAY,
    TOM,
    UMA,
    Company,
)

Tables = dict[str, pd.DataFrame]
SPAN = ("2026-02-10", "2026-08-20")
MONEY = ["revenue", "cost", "profit", "otherCost", "otherCharge"]


def counted(tables: Tables, report: pd.DataFrame) -> dict[tuple[str, int], list[float]]:
    """Revenue and cost by month and project, from the demo's report, one row after the other."""
    projects = {row["id"]: row for row in tables["projects"].to_dict("records")}
    rates = {
        (row["projectId"], row["roleId"]): row["rate"]
        for row in tables["project-rates"].to_dict("records")
    }
    costs = {row["id"]: row["defaultHourCost"] for row in tables["roles"].to_dict("records")}
    contracts = tables["contracts"].to_dict("records")
    rows = report.to_dict("records")
    benchmark: dict[int, float] = defaultdict(float)

    def value(row: dict[str, Any]) -> float:
        project = projects[row["projectId"]]
        per = 8 if project["rateType"] == "days" else 1
        rate = rates[row["projectId"], row["roleId"]] if row["billableMinutes"] else 0
        return float(row["billableMinutes"]) / 60 * rate / per

    for row in rows:
        benchmark[row["projectId"]] += value(row)
    found: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        project = projects[row["projectId"]]
        if not (SPAN[0] <= str(row["date"].date()) <= SPAN[1]) or not project["isConfirmed"]:
            continue
        earned = value(row)
        if project["pricingModel"] == "nb":
            earned = 0
        elif project["pricingModel"] == "fp":
            earned *= project["budget"] / benchmark[row["projectId"]] if earned else 0
        cost, role = None, row["roleId"]
        for contract in contracts:
            begun = contract["startDate"] <= row["date"]
            ended = not pd.isna(contract["endDate"]) and contract["endDate"] < row["date"]
            if contract["personId"] == row["personId"] and begun and not ended:
                cost, role = contract["costPerHour"], contract["roleId"]
        cost = costs[role] if cost is None or pd.isna(cost) else cost
        entry = found[str(row["date"])[:7], row["projectId"]]
        entry[0] += earned
        entry[1] += row["totalMinutes"] / 60 * cost
    for row in tables["other-expenses"].to_dict("records"):
        if SPAN[0] <= str(row["date"].date()) <= SPAN[1]:
            project = projects[row["projectId"]]
            if project["isConfirmed"] and not project["isTemplate"]:
                entry = found[str(row["date"])[:7], row["projectId"]]
                entry[0] += row["charge"] if project["pricingModel"] == "tm" else 0
                entry[1] += row["cost"]
    return found


@pytest.mark.slow
def test_money_of_the_demo_by_month_and_project(
    demo_tables: Tables, reports: dict[str, pd.DataFrame]
) -> None:
    wanted = counted(demo_tables, reports["projects"])
    found = finance(*SPAN, tables=demo_tables, as_of=TODAY)
    keys = zip(found["period"].dt.strftime("%Y-%m"), found["projectId"], strict=True)
    values = found[["revenue", "cost"]].to_numpy(float).tolist()
    told = dict(zip(keys, values, strict=True))
    silent = {(period, project): [0, 0] for period, project in told.keys() - wanted.keys()}
    budgets = demo_tables["projects"].set_index("id")["budget"]
    assert all(budgets[project] > 0 for _, project in silent)
    assert told == {key: pytest.approx(value) for key, value in (wanted | silent).items()}
    fixed = demo_tables["projects"].query("pricingModel == 'fp'")["id"]
    assert found["projectId"].isin(fixed).any()


def test_fixed_prices_of_the_demo_add_up_to_their_budgets(demo_tables: Tables) -> None:
    found = finance(
        "2020-01-01", "2029-12-31", tables=demo_tables, include_tentative=True, as_of=TODAY
    )
    sums = found.groupby("projectId").agg(
        {"revenue": "sum", "budgetRemaining": ["nunique", "last"], "projectedOverrun": "last"}
    )
    sums.columns = pd.Index(["earned", "answers", "budgetRemaining", "projectedOverrun"])
    assert (sums["answers"] <= 1).all(), "the same in each period"
    fixed = demo_tables["projects"].query("pricingModel == 'fp'").set_index("id")
    both = fixed.join(sums, how="inner")
    assert len(both) > 5
    assert both["earned"].to_numpy(float) == pytest.approx(both["budget"].to_numpy(float))
    assert (-both["budgetRemaining"]).clip(lower=0).eq(both["projectedOverrun"]).all()
    money = found.select_dtypes("Float64").fillna(1).to_numpy(float)
    assert not np.signbit(money[money == 0]).any(), "no -0.0"


def test_a_budget_without_hours_is_there_with_zeros(demo_tables: Tables) -> None:
    projects = demo_tables["projects"]
    open_ = projects[~projects["isTemplate"].fillna(False) & projects["isConfirmed"].fillna(True)]
    budgeted = set(open_.loc[open_["budget"].fillna(0) != 0, "id"])
    # Before the company began.
    found = finance("2019-01-01", "2019-03-31", tables=demo_tables, as_of=TODAY)
    assert set(found["projectId"]) == budgeted
    assert found["period"].eq(pd.Timestamp("2019-01-01")).all()
    assert found[["revenue", "cost", "profit", "otherCost"]].eq(0).all(axis=None)
    assert found["margin"].isna().all()
    later = finance("2026-01-01", "2026-12-31", freq="YS", tables=demo_tables, as_of=TODAY)
    same = found.merge(later, on="projectId", suffixes=("", "_later"))
    assert len(same) == len(budgeted)
    pd.testing.assert_series_equal(
        same["budgetRemaining"], same["budgetRemaining_later"], check_names=False
    )
    assert finance("2019-01-01", "2019-03-31", by="client", tables=demo_tables).empty


def test_less_than_half_a_cent_is_a_rest_and_more_is_not() -> None:
    rests = settled(np.array([1e-9, -1e-9, -0.0, 0.0049, 0.005, -0.01]))
    assert rests.tolist() == [0.0, 0.0, 0.0, 0.0, 0.005, -0.01]
    assert not np.signbit(rests[:4]).any()


@pytest.fixture(scope="module")
def whole(demo_tables: Tables) -> pd.DataFrame:
    """The account's sums, year by year."""
    return finance(*SPAN, by="account", freq="YS", tables=demo_tables, as_of=TODAY)


@pytest.mark.parametrize("by", ["project", "client", "role", "team", "person", "account"])
@pytest.mark.parametrize("freq", ["D", "W", "MS", "YS"])
def test_groups_and_periods_add_up(
    by: str, freq: str, demo_tables: Tables, whole: pd.DataFrame
) -> None:
    found = finance(*SPAN, by=by, freq=freq, tables=demo_tables, as_of=TODAY)
    sums = whole[MONEY].sum().to_numpy(float)
    assert found[MONEY].sum().to_numpy(float) == pytest.approx(sums)


def test_columns_and_types() -> None:
    tables = Company().plan("2026-06-15", None, 60).tables()
    money = ["revenue", "cost", "profit", "margin", "otherCost", "otherCharge"]
    for by in ("project", "client", "role", "team", "person", "account"):
        found = finance("2026-06-01", "2026-06-30", by=by, tables=tables)
        ids = [] if by == "account" else [f"{by}Id"]
        extra = ["budget", "budgetRemaining", "projectedOverrun"] if by == "project" else []
        assert found.columns.tolist() == ["period", *ids, *money, "unpricedMinutes", *extra]
        numbers = [*["Float64"] * 6, "Int64", *["Float64"] * len(extra)]
        dtypes = ["datetime64[us]", *["Int64"] * len(ids), *numbers]
        assert found.dtypes.astype(str).tolist() == dtypes


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("project", {SITE: 450, FIXED: 10_000}),
        ("client", {30: 450, 31: 10_000}),
        ("role", {DESIGN: 400, BUILD: 10_000, None: 50}),
        ("team", {1: 200, 2: 10_200, None: 50}),
        ("person", {TOM: 200, UMA: 10_200, None: 50}),
    ],
)
def test_whose(by: str, wanted: dict[int | None, float]) -> None:
    company = Company().contract(person=UMA).plan("2026-06-15", None, 60)
    company.plan("2026-06-15", None, 60, personId=UMA).expense("2026-06-15", 10, 50)
    company.plan("2026-06-15", None, 60, personId=UMA, roleId=BUILD, projectId=FIXED)
    found = finance("2026-06-01", "2026-06-30", by=by, tables=company.tables())
    ids = [None if value is pd.NA else value for value in found[f"{by}Id"].astype(object)]
    assert dict(zip(ids, found["revenue"], strict=True)) == wanted


def test_no_benchmark_is_no_revenue_and_one_warning() -> None:
    # Guide 6.3: benchmark 0 -> undefined; revenue 0 with a warning.
    other = FIXED + 100
    company = (
        Company()
        .log("2026-06-15", 0, 60, projectId=FIXED)
        .log("2026-07-06", 0, 60, projectId=other)
    )
    company._add("projects", id=other, isConfirmed=True, isTemplate=False, pricingModel="fp")
    company._add("project-rates", projectId=other, roleId=DESIGN, rate=100.0)
    tables = company.tables()
    with pytest.warns(UserWarning, match=f"fixed-price project {FIXED}: ") as caught:
        found = finance("2026-06-01", "2026-06-30", tables=tables).query("projectId != @SITE")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert found[["revenue", "cost"]].to_numpy(float).tolist() == [[0, 60]]
    assert found["projectedOverrun"].tolist() == [0]
    with pytest.warns(UserWarning, match=f"projects {FIXED}, {other}: ") as caught:
        found = finance("2026-06-01", "2026-07-31", tables=tables).query("projectId != @SITE")
    assert (len(caught), found["revenue"].tolist()) == (1, [0, 0])
    # What is not in the window is not mentioned.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (finance("2026-05-01", "2026-05-31", tables=tables)["revenue"] == 0).all()


def test_a_role_without_a_rate_is_said() -> None:
    tables = Company().plan("2026-06-15", None, 60, roleId=99).tables()
    with pytest.warns(UserWarning, match=f"no rate for role 99 on project {SITE}"):
        found = finance("2026-06-01", "2026-06-30", tables=tables)
    assert found.set_index("projectId")["revenue"].to_dict() == {SITE: 0, FIXED: 0}


def test_work_without_a_price_marks_its_rows() -> None:
    # Of all projects by month: role 99 has no rate, and the fixed price no budget.
    company = Company().plan("2026-06-15", None, 60).plan("2026-06-15", None, 30, roleId=99)
    company.plan("2026-07-01", None, 45, projectId=FIXED).project(FIXED, budget=None)
    given: dict[str, Any] = {"by": "account", "tables": company.tables(), "as_of": TODAY}
    span = ("2026-06-01", "2026-07-31")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found, unknown = finance(*span, **given), finance(*span, **given, unpriced="na")
    assert found["unpricedMinutes"].tolist() == [30, 45]
    assert found["revenue"].tolist() == [200, 0]
    assert unknown["revenue"].isna().tolist() == [True, True]
    assert unknown[["profit", "margin"]].isna().all(axis=None)
    assert unknown["cost"].tolist() == [90, 45]


def test_what_is_not_there_is_said() -> None:
    company = Company(bare=True).log("2026-06-15", 60)
    tables = company.tables()
    lacking = tables | {"projects": tables["projects"].query("id != @SITE")}
    with pytest.raises(errors.FrameError, match=f"no row for project {SITE}.*includeArchived"):
        finance("2026-06-01", "2026-06-30", tables=lacking)
    lacking = tables | {"roles": tables["roles"].query("id != @DESIGN")}
    with pytest.raises(errors.FrameError, match=f"no row for role {DESIGN}"):
        finance("2026-06-01", "2026-06-30", tables=lacking)
    odd = tables | {"projects": tables["projects"].assign(pricingModel="free")}
    with pytest.raises(errors.FrameError, match="'tm', 'fp' or 'nb', not 'free'"):
        finance("2026-06-01", "2026-06-30", tables=odd)
    for name in ("project-rates", "other-expenses"):
        lacking = tables | {name: tables[name].drop(columns="projectId")}
        with pytest.raises(errors.FrameError, match=f"'{name}' has no column 'projectId'"):
            finance("2026-06-01", "2026-06-30", tables=lacking)


def test_the_first_of_several_rates_is_named() -> None:
    tables = Company().tables()
    rates = tables["project-rates"]
    dearer = [{"projectId": SITE, "roleId": role, "rate": 999.0} for role in (BUILD, DESIGN)]
    tables["project-rates"] = pd.concat([rates, pd.DataFrame(dearer)], ignore_index=True)
    with pytest.raises(errors.FrameError, match=f"for role {BUILD} on project {SITE}; keep the"):
        finance("2026-06-01", "2026-06-30", tables=tables)


def test_actuals_that_were_read_for_the_window_alone_are_said(
    demo_account: Account, demo_tables: Tables
) -> None:
    given = {"account": demo_account, "minDate": SPAN[0], "maxDate": SPAN[1]}
    tables = demo_tables | {"actuals": rp.read_runn("actuals", **given)}
    with pytest.warns(UserWarning, match="'actuals'.*nothing outside of the window"):
        finance(*SPAN, tables=tables, as_of=TODAY)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": "projekt"}, "by='projekt' is not known. Did you mean 'project'"),
        ({"by": ["client", "pricing"]}, "Did you mean 'pricingModel'"),
        ({"hours": "planned"}, "hours is one of 'effective', 'scheduled', 'actual'"),
        ({"freq": "month"}, "freq is one of"),
        ({"freq": "ME"}, "Did you mean 'MS'"),
        ({"charges": True}, "charges is one of 'runn', 'all', 'none'"),
        ({"unpriced": None}, "unpriced is one of 'zero', 'na'"),
        ({"hours_per_day": 0}, "hours_per_day is a number of hours"),
        ({"hours_per_day": "8"}, "hours_per_day is a number of hours"),
        ({"hours_per_day": True}, "hours_per_day is a number of hours"),
    ],
)
def test_what_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.FilterError, match=words):
        finance("2026-06-01", "2026-06-30", tables=Company().tables(), **options)


def test_a_slip_in_a_year_is_named_and_does_not_fill_the_memory() -> None:
    company = Company().plan("2026-06-15", None, 60)
    tables = company.plan("2026-06-15", "9999-12-31", 60).tables()
    with pytest.raises(errors.FrameError, match=r"lasts from 2026-06-15 to 9999-12-31, more"):
        finance("2026-06-01", "2026-06-30", tables=tables)


def test_by_several_fields_and_those_of_projects_and_contracts() -> None:
    company = Company().contract(person=UMA).plan("2026-06-15", None, 60, phaseId=801)
    company.plan("2026-06-15", None, 90, personId=UMA, projectId=INNER)
    company.project(SITE, teamId=9, tags=[{"id": 95, "name": "x"}]).expense("2026-06-15", 1, 5)
    for row in company.rows["contracts"]:
        row["employmentType"] = "contractor" if row["personId"] == UMA else "employee"
    tables = company.tables()

    def asked(by: Any, column: str = "cost") -> dict[Any, float]:
        found = finance("2026-06-01", "2026-06-30", by=by, tables=tables)
        ends = found.columns.get_loc("revenue")
        keys = found.iloc[:, 1:ends].astype(object).to_numpy().tolist()
        plain = [tuple(None if key is pd.NA else key for key in row) for row in keys]
        return dict(zip(plain, found[column], strict=True))

    assert asked(["client", "project"]) == {(30, SITE): 61, (30, INNER): 90}
    assert asked("pricingModel") == {("tm",): 61, ("nb",): 90}
    assert asked("pricingModel", "revenue") == {("tm",): 205, ("nb",): 0}
    assert asked("primaryTeam") == {(9,): 61, (None,): 90}
    assert asked("tag") == {(95,): 61, (None,): 90}
    assert asked("phase") == {(801,): 60, (None,): 91}
    assert asked("workstream") == {(None,): 151}
    assert asked("employmentType") == {("employee",): 60, ("contractor",): 90, (None,): 1}
    assert asked(["employmentType", "person"])["contractor", UMA] == 90


def test_money_of_what_was_planned_or_logged_alone() -> None:
    company = Company().plan("2026-06-15", "2026-06-16", 60).log("2026-06-15", 30)
    company.plan("2026-06-17", None, 60, projectId=FIXED).log("2026-06-17", 120, projectId=FIXED)
    given: dict[str, Any] = {"tables": company.tables(), "as_of": TODAY}
    span = ("2026-06-01", "2026-06-30")
    wanted = {"effective": [300, 10_000], "scheduled": [400, 5_000], "actual": [100, 10_000]}
    for kind, revenue in wanted.items():
        found = finance(*span, hours=kind, **given)
        assert found["revenue"].tolist() == revenue, kind
        # Two hours logged at 200: the budget less 400, whichever hours are shown.
        assert found["budgetRemaining"].tolist() == [20_000 - 300, 10_000 - 400]


def test_budget_by_period() -> None:
    company = Company().log("2026-05-04", 60).log("2026-06-15", 60).expense("2026-07-01", 1, 5)
    company.plan("2026-08-03", "2026-08-04", 60)
    found = finance("2026-06-10", "2026-08-03", tables=company.tables(), as_of=TODAY)
    found = found.query("projectId == @SITE")
    assert found["revenue"].tolist() == [200, 5, 200]
    # The whole project, the charge and the 4th of August too, in each of its periods.
    assert found["budgetRemaining"].tolist() == [20_000 - 4 * 200 - 5] * 3
    assert found["projectedOverrun"].tolist() == [0, 0, 0]


def test_without_placeholders_a_fixed_price_is_spread_over_the_others() -> None:
    company = Company().plan("2026-07-01", None, 60, projectId=FIXED)
    company.plan("2026-07-01", None, 180, projectId=FIXED, personId=PLACEHOLDER)
    span = ("2026-07-01", "2026-07-31")
    found = finance(*span, by="person", tables=company.tables(), as_of=TODAY)
    assert found["revenue"].tolist() == [2_500, 7_500]
    found = finance(
        *span, by="person", tables=company.tables(), as_of=TODAY, include_placeholders=False
    )
    assert found["revenue"].tolist() == [10_000]


def test_it_reads_what_it_is_not_given(demo_account: Account, demo_tables: Tables) -> None:
    for by in ("project", "team"):
        found = finance(*SPAN, by=by, account=demo_account)
        pd.testing.assert_frame_equal(found, finance(*SPAN, by=by, tables=demo_tables))


def test_without_fixed_prices_only_the_window_is_read(
    demo_account: Account, demo_tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runn_pandas.lookup import lists as module

    asked: dict[str, dict[str, Any]] = {}

    def read(name: str, **filters: Any) -> pd.DataFrame:
        account, _ = filters.pop("account"), filters.pop("max_age")
        assert name not in asked, "read twice"
        asked[name] = filters
        return rp.read_runn(name, account=account, **filters)

    monkeypatch.setattr(module, "read_runn", read)
    finance(*SPAN, by="client", account=demo_account)
    assert (asked["assignments"], asked["actuals"]) == ({}, {})
    asked.clear()
    projects = demo_tables["projects"]
    projects = projects.assign(pricingModel=projects["pricingModel"].replace("fp", "tm"))
    finance(*SPAN, by="client", account=demo_account, tables={"projects": projects})
    assert asked["actuals"] == {"minDate": SPAN[0], "maxDate": SPAN[1]}
    assert asked["assignments"] == {"startDate": SPAN[0], "endDate": SPAN[1]}
    assert "people" not in asked


def test_regression_rate_and_cost_of_the_day_not_of_today() -> None:
    company = Company(bare=True).contract("2026-01-05", "2026-05-31", cost=10)
    company.contract("2026-06-01", None, cost=20).log("2026-05-29", 60, projectId=INNER)
    company.log("2026-06-01", 60, projectId=INNER)
    found = finance("2026-05-01", "2026-06-30", tables=company.tables())
    assert found.query("projectId == @INNER")["cost"].tolist() == [10, 20]


def test_regression_money_is_not_derived_from_the_budget_of_assignments() -> None:
    # "budget" of a project is its own, not minutes x rate of what is planned.
    tables = Company().plan("2026-06-15", None, 60).tables()
    found = finance("2026-06-01", "2026-06-30", tables=tables).set_index("projectId")
    assert found["budget"].to_dict() == {SITE: 20_000, FIXED: 10_000}
