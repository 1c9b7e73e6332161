"""Runn's own reports against a plain count, their groups, and what they refuse."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd
import pytest

import runn_pandas as rp
from runn_pandas import errors
from runn_pandas.account import Account
from runn_pandas.analysis import shares
from runn_pandas.analysis.finance_by_period import finance
from runn_pandas.analysis.reports.api import report
from runn_pandas.analysis.reports.metric_table import metrics_of, table
from runn_pandas.analysis.reports.presets import PRESETS
from runn_pandas.analysis.reports.room import availability
from runn_pandas.analysis.utilization_by_period import utilization
from tests.support.company import BUILD, DESIGN, FIXED, INNER, SITE, TODAY, TOM, UMA, Company
from tests.support.random_company import random_company
from tests.support.recount import METRICS, Recount

Tables = dict[str, pd.DataFrame]
SPAN = ("2026-05-18", "2026-07-10")
GIVEN = {
    kind: [metric.name for metric in metrics_of(kind).values() if metric.formula is not None]
    for kind in ("people", "projects")
}
GROUPS = {
    "people": (
        ["person"],
        ["team", "person"],
        ["role"],
        ["employmentType"],
        ["tag"],
        ["skill", "manager"],
        ["customFields.Office", "person"],
    ),
    "projects": (
        ["project"],
        ["client", "project"],
        ["project", "projectRole"],
        ["phase"],
        ["manager", "customFields.Regions"],
    ),
}


def asked(company: Company, kind: str, **options: Any) -> pd.DataFrame:
    with warnings.catch_warnings():
        # Of work without a rate, which earns 0.
        warnings.simplefilter("ignore", UserWarning)
        return report(kind, *SPAN, tables=company.tables(), as_of=TODAY, **options)


def numbers(frame: pd.DataFrame) -> Any:
    return frame.astype("Float64").to_numpy(float, na_value=float("nan"))


def plain(value: Any) -> Any:
    if value is pd.NA or value is None:
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def compare(company: Company, kind: str, by: list[str], freq: str | None, **options: Any) -> int:
    """Compare every metric of every row with the plain count; return how many there were."""
    given = {name if name == "charges" else f"include_{name}": of for name, of in options.items()}
    found = asked(company, kind, by=by, freq=freq, metrics=GIVEN[kind], unit="minutes", **given)
    recount = Recount(company.rows, *SPAN, TODAY, people=kind == "people", **options)
    cells = recount.cells(by, freq is not None)
    rows, keys, compared = found.astype(object).to_dict("records"), [], 0
    heads = [name for name in found.columns if name not in METRICS]
    for row in rows:
        labels = [plain(row[name]) for name in heads]
        period, group = (labels[0], tuple(labels[1:])) if freq else (None, tuple(labels))
        keys.append((period, group))
        cell = cells[period, group]
        cell["workdays"] = recount.workdays(period)  # type: ignore[assignment]
        for name in GIVEN[kind]:
            wanted, value = METRICS[name](cell), plain(row[name])
            if wanted is not None and not isinstance(wanted, (str, bool)):
                wanted = pytest.approx(float(wanted), rel=1e-9, abs=1e-6)
            assert value == wanted, (name, period, group)
            compared += 1
    for key, cell in cells.items():
        cell["workdays"] = cell["workdays"] or 1  # type: ignore[assignment]
        empty = [METRICS[name](cell) for name in GIVEN[kind] if name != "completedTimesheet"]
        assert key in keys or not any(value for value in empty if not isinstance(value, str)), key
    return compared


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["people", "projects"])
def test_every_metric_equals_a_plain_count(kind: str, seed: int) -> None:
    company = random_company(seed)
    groups = GROUPS[kind]
    options = ({}, {"tentative": True}, {"placeholders": False}, {"charges": "all"})[seed % 4]
    compared = compare(company, kind, groups[seed % len(groups)], None, **options)
    compared += compare(company, kind, groups[(seed + 1) % len(groups)], "MS")
    assert compared > 100


@pytest.mark.slow
@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("kind", ["people", "projects"])
def test_every_metric_of_two_hundred_accounts_equals_a_plain_count(kind: str, tenth: int) -> None:
    for seed in range(100 + 20 * tenth, 120 + 20 * tenth):
        groups = GROUPS[kind]
        options = ({}, {"tentative": True}, {"placeholders": False}, {"charges": "none"})[seed % 4]
        freq = (None, "MS")[seed % 3 == 0]
        compare(random_company(seed), kind, groups[seed // 4 % len(groups)], freq, **options)


def test_every_metric_that_is_given_is_counted_here_too() -> None:
    assert {name for names in GIVEN.values() for name in names} == set(METRICS)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("kind", "outer", "inner"),
    [
        ("people", "team", "person"),
        ("people", "role", "project"),
        ("people", "customFields.Office", "person"),
        ("projects", "client", "project"),
        ("projects", "project", "phase"),
    ],
)
def test_groups_in_two_levels_add_up(kind: str, outer: str, inner: str, seed: int) -> None:
    company = random_company(seed)
    names = {
        "people": [
            "total",
            "billable",
            "effectiveCapacity",
            "overtime",
            "revenue",
            "businessCosts",
        ],
        "projects": ["total", "scheduledTotal", "revenue", "costs", "benchmark", "otherCharges"],
    }[kind]
    if "role" not in outer:
        names.append("remainingAvailability" if kind == "people" else "budget")
    given: dict[str, Any] = {"metrics": names, "unit": "minutes"}
    one = asked(company, kind, by=[], **given)
    for by, freq in (([outer, inner], None), ([outer], "W"), ([outer, inner], "MS")):
        sums = asked(company, kind, by=by, freq=freq, **given)
        for name in names if freq is None else [n for n in names if n != "budget"]:
            money = sums[name].dtype == "Float64"
            wanted = one[name].iloc[0]
            # Minutes to the minute; money to the cent, and far below.
            assert sums[name].sum() == (pytest.approx(wanted, abs=1e-6) if money else wanted), name


@pytest.mark.parametrize(
    ("kind", "outer", "inner"),
    [
        ("people", "skill", "person"),
        ("people", "tag", "person"),
        ("people", "manager", "person"),
        ("projects", "tag", "project"),
        ("projects", "customFields.Regions", "project"),
    ],
)
def test_who_is_in_several_groups_counts_whole_in_each(kind: str, outer: str, inner: str) -> None:
    names = {"people": ["total", "overtime", "revenue"], "projects": ["total", "costs", "budget"]}
    given: dict[str, Any] = {"metrics": names[kind], "unit": "minutes"}
    several = 0
    for seed in range(3):
        company = random_company(seed)
        alone = asked(company, kind, by=inner, **given).set_index(f"{inner}Id")
        both = asked(company, kind, by=[outer, inner], **given)
        group = both.columns[0]
        # Nothing of it is divided between the groups.
        rows = both.dropna(subset=f"{inner}Id").set_index(f"{inner}Id")[names[kind]]
        own = alone.loc[rows.index, names[kind]]
        assert numbers(rows) == pytest.approx(numbers(own), nan_ok=True)
        several += int(both.duplicated(f"{inner}Id").sum())
        sums = asked(company, kind, by=outer, **given).set_index(group)[names[kind]]
        parts = both.groupby(group, dropna=False)[names[kind]].sum()
        assert numbers(parts.loc[sums.index]) == pytest.approx(numbers(sums.fillna(0)), abs=1e-6)
    assert several


def test_it_agrees_with_utilization_and_finance(demo_tables: Tables) -> None:
    span, given = ("2026-02-10", "2026-08-20"), {"tables": demo_tables, "as_of": TODAY}
    wanted = utilization(*span, by="team", freq="MS", **given)
    names = ["total", "billable", "effectiveCapacity", "totalUtilization", "billableUtilization"]
    found = report(
        "people", *span, by="team", freq="MS", metrics=names, unit="minutes",
        include_placeholders=False, **given,
    )  # fmt: skip
    pd.testing.assert_frame_equal(found.set_axis(wanted.columns, axis=1), wanted)
    money = finance(*span, by="client", freq="MS", **given)
    names = ["revenue", "costs", "profit", "margin", "otherCosts", "otherCharges"]
    found = report("projects", *span, by="client", freq="MS", metrics=names, **given)
    pd.testing.assert_frame_equal(
        found.set_axis(money.columns[:8], axis=1), money[money.columns[:8]]
    )


@pytest.mark.parametrize("kind", ["people", "projects"])
@pytest.mark.parametrize("freq", [None, "W"])
def test_some_people_after_the_others_is_the_same(
    kind: str, freq: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = ["employmentType", "role"] if kind == "people" else ["project"]
    for seed in (2, 3):
        given: dict[str, Any] = {"freq": freq, "unit": "minutes", "metrics": GIVEN[kind], "by": by}
        wanted = asked(random_company(seed), kind, **given)
        with monkeypatch.context() as patch:
            patch.setattr(shares, "PART", 1)
            found = asked(random_company(seed), kind, **given)
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, atol=1e-9)


# -- by hand


def test_the_example_of_the_documentation() -> None:
    # HC/9648705: $10,000, 15 h and 10 h at $200: benchmark 5,000, effective rate 400.
    company = Company().plan("2026-06-15", "2026-06-17", 300, projectId=FIXED)
    company.plan("2026-06-18", "2026-06-19", 300, projectId=FIXED, roleId=BUILD)
    names = ["billable", "benchmark", "rate", "effectiveRate", "revenue"]
    found = report("projects", by="projectRole", metrics=names, tables=company.tables())
    assert found["projectRoleId"].tolist() == [DESIGN, BUILD]
    assert found[names].to_numpy(float).tolist() == [
        [15, 3_000, 200, 400, 6_000],
        [10, 2_000, 200, 400, 4_000],
    ]
    whole = report("projects", metrics=["revenue", "budget", "budgetRemaining"], by="project",
                   tables=company.tables())  # fmt: skip
    row = whole.set_index("projectId").loc[FIXED]
    assert row.tolist() == [10_000, 10_000, 5_000]


def test_overtime_and_room_are_of_each_day() -> None:
    # 10 hours on Monday, nothing on Tuesday, of 8 each: 2 over and 8 free, not 6 free.
    tables = Company().plan("2026-06-15", None, 600).tables()
    names = ["overtime", "remainingAvailability", "availability"]
    found = report("people", "2026-06-15", "2026-06-16", metrics=names, tables=tables)
    assert found[names].to_numpy(float).tolist() == [[2, 8, 6]]


@pytest.mark.parametrize(
    ("unit", "wanted"), [("hours", 30), ("minutes", 1800), ("days", 3.75), ("fte", 0.75)]
)
def test_units(unit: str, wanted: float) -> None:
    tables = Company().plan("2026-06-15", "2026-06-19", 360).tables()
    found = report(
        "people", "2026-06-15", "2026-06-21", metrics="total", unit=unit,
        tables=tables,
    )  # fmt: skip
    assert found["total"].tolist() == [wanted]
    assert found["total"].dtype == ("Int64" if unit == "minutes" else "Float64")


def test_costs_of_clients_leave_placeholders_out_and_archived_projects() -> None:
    # HC/2271511: an hour of Tom's at 60, an hour of nobody's; both billed at 200.
    company = Company().plan("2026-07-01", None, 60).plan("2026-07-01", None, 60, personId=3)
    company.plan("2026-07-01", None, 60, projectId=INNER)
    names = ["clientBillings", "clientCosts", "clientProfit", "clientMargin", "costs"]
    span, given = ("2026-07-01", "2026-07-28"), {"by": "client", "metrics": names, "as_of": TODAY}
    found = report("projects", *span, tables=company.tables(), **given)
    assert found[names].to_numpy(float).tolist() == [[400, 120, 280, 70, 60 + 40 + 60]]
    company.project(SITE, isArchived=True)
    found = report("projects", *span, tables=company.tables(), **given)
    assert found["clientBillings"].tolist() == [0]


@pytest.mark.parametrize(
    ("minutes", "free", "used"),
    [
        (0, "75-100", "0-19"),
        (120, "75-100", "20-39"),
        (121, "50-74", "20-39"),
        (240, "50-74", "40-59"),
        (361, "1-24", "60-79"),
        (480, "full", "80-100"),
        (481, "overbooked", "80-100"),
        (485, "overbooked", "101-120"),
        (773, "overbooked", "161+"),
    ],
)
def test_bands(minutes: int, free: str, used: str) -> None:
    tables = Company().plan("2026-06-15", None, minutes).tables()
    names = ["availabilityBand", "utilizationBand"]
    found = report("people", "2026-06-15", "2026-06-15", metrics=names, tables=tables)
    assert found[names].to_numpy().tolist() == [[free, used]]


def test_a_month_that_is_cut_has_the_full_time_of_its_days() -> None:
    tables = Company().plan("2026-06-25", "2026-07-02", 480).tables()
    found = report(
        "people", "2026-06-25", "2026-07-02", metrics="total", unit="fte", freq="MS", tables=tables
    )
    assert found["total"].tolist() == [1, 1]


def test_a_project_with_a_budget_and_no_hours_is_there() -> None:
    tables = Company().plan("2026-09-01", None, 60).tables()
    found = report("projects", "2026-06-01", "2026-06-30", tables=tables, as_of=TODAY)
    row = found.set_index("projectId").loc[SITE]
    assert row[["budget", "budgetRemaining", "revenue", "total"]].tolist() == [
        20_000,
        20_000 - 200,
        0,
        0,
    ]


def test_whose_tag_state_and_manager_follow_the_report(demo_tables: Tables) -> None:
    span, given = ("2026-06-01", "2026-06-30"), {"tables": demo_tables, "metrics": "total"}
    people = report("people", *span, by=["state", "tag"], **given)
    assert people.columns.tolist() == ["state", "tagId", "total"]
    projects = report("projects", *span, by=["state", "tags", "manager"], **given)
    assert projects.columns.tolist() == ["state", "projectTagId", "projectManagerId", "total"]
    spelled = report("projects", *span, by=["pricing model", "Primary Team"], **given)
    assert spelled.columns.tolist() == ["pricingModel", "primaryTeamId", "total"]
    assert set(spelled["pricingModel"]) <= {"tm", "fp", "nb"}


def test_skills_and_custom_fields(demo_account: Account, demo_tables: Tables) -> None:
    span = ("2026-06-01", "2026-06-30")
    given: dict[str, Any] = {"tables": demo_tables, "account": demo_account, "metrics": "total"}
    skills = report("people", *span, by="skill", **given)
    assert skills["skillId"].nunique() > 5
    office = report("people", *span, by="customFields.Office", **given)
    assert office["total"].sum() == report("people", *span, by=[], **given)["total"].sum()
    assert office["customFields.Office"].notna().any()
    region = report("projects", *span, by="customFields.Region", **given)
    assert region["customFields.Region"].notna().any()
    with pytest.raises(errors.FilterError, match=r"Did you mean 'customFields\.Office'"):
        report("people", *span, by="customFields.Ofice", **given)


def test_placeholders_count_unless_the_report_is_of_utilization_or_variance() -> None:
    company = Company().plan("2026-07-01", None, 60, personId=3)
    given: dict[str, Any] = {"tables": company.tables(), "as_of": TODAY, "by": []}
    span = ("2026-07-01", "2026-07-01")
    assert report("people", *span, metrics="total", **given)["total"].tolist() == [1]
    assert report("people/utilization", *span, **given)["total"].tolist() == [0]
    found = report("people/utilization", *span, include_placeholders=True, **given)
    assert found["total"].tolist() == [1]


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_ready_made_report(name: str, demo_account: Account, demo_tables: Tables) -> None:
    found = report(name, *SPAN, tables=demo_tables, account=demo_account)
    assert list(found.columns[-len(PRESETS[name].metrics) :]) == list(PRESETS[name].metrics)


# -- availability


def test_room_is_capacity_less_what_is_planned_also_of_past_days() -> None:
    company = Company().plan("2026-06-15", "2026-06-16", 300).log("2026-06-15", 480)
    company.off("2026-06-17").plan("2026-06-18", None, 600)
    found = availability("2026-06-15", "2026-06-18", freq="D", tables=company.tables())
    assert found["availability"].tolist() == [3, 3, 0, -2]
    bands = [None if band is pd.NA else band for band in found["availabilityBand"]]
    assert bands == ["25-49", "25-49", None, "overbooked"]
    week = availability("2026-06-15", "2026-06-21", tables=company.tables(), unit="fte")
    # 12 of 32 hours, in a week of 40.
    assert week.iloc[0, 1:].tolist() == [TOM, 32 / 40, 20 / 40, 12 / 40, "25-49"]


def test_room_of_a_role_a_team_or_a_skill() -> None:
    company = Company().contract(person=UMA, role=BUILD).contract("2026-06-17", role=BUILD)
    company.plan("2026-06-15", "2026-06-19", 120)
    company.rows["people/skills"].append({"personId": UMA, "skillId": 61})
    tables = company.tables()
    tables["roles"] = tables["roles"].assign(name=["Design", "Build"])
    span = ("2026-06-15", "2026-06-19")

    def free(**options: Any) -> dict[int, float]:
        found = availability(*span, freq=None, tables=tables, **options)
        return found.set_index("personId")["availability"].to_dict()

    assert free() == {TOM: 30, UMA: 40}
    # Tom is a designer for two days, and builds for three.
    assert free(role="design") == {TOM: 12}
    assert free(role=[BUILD]) == {TOM: 18, UMA: 40}
    assert free(role=["Design", BUILD]) == {TOM: 30, UMA: 40}
    assert free(team=2) == {UMA: 40}
    assert free(skill=61) == {UMA: 40}
    assert free(skill=61, team=1) == {}
    with pytest.raises(errors.FilterError, match="Did you mean 'Design'"):
        free(role="Desing")
    with pytest.raises(errors.FilterError, match="takes ids or names"):
        free(role=[None])


def test_archived_people_have_no_room_and_placeholders_take_it_by_role() -> None:
    company = Company().contract(person=UMA)
    company.rows["people"][1]["isArchived"] = True
    company.plan("2026-07-01", None, 600, personId=3)
    span, given = ("2026-07-01", "2026-07-01"), {"tables": company.tables(), "as_of": TODAY}
    assert availability(*span, **given)["personId"].tolist() == [TOM]
    asked = {"by": "role", "include_placeholders": True}
    assert availability(*span, **given, **asked)["availability"].tolist() == [-2]
    assert availability(*span, **given, by="role")["availability"].tolist() == [8]


# -- what is refused


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("person", {}, "Did you mean .*'people'"),
        ("people/overalocation", {}, "Did you mean 'people/overallocation'"),
        (None, {}, "There is no report None"),
        ("people", {"metrics": "overtme"}, "Did you mean 'overtime'"),
        ("people", {"metrics": ["Overtime"]}, "Did you mean 'overtime'"),
        ("people", {"metrics": "budget"}, r"a metric of rp.report\('projects'\)"),
        ("projects", {"metrics": "phaseBudget"}, "does not give the budgets of phases"),
        ("people", {"metrics": "utilizationTargets"}, "does not tell targets of utilization"),
        ("projects", {"by": "budget method"}, "does not tell how the budget of a project"),
        ("people", {"by": "taem"}, "Did you mean 'team'"),
        ("people", {"by": ["team", "team"]}, "a field twice: team, team"),
        ("people", {"unit": "hour"}, "unit is one of 'hours', 'minutes', 'days', 'fte'"),
        ("people", {"freq": "M"}, "freq is one of"),
        ("people", {"charges": "yes"}, "charges is one of"),
        ("people", {"hours_per_day": 0}, "hours_per_day is a number of hours"),
        ("projects", {"unit": "fte", "metrics": "timeBudget"}, "no full-time equivalents"),
    ],
)
def test_what_is_refused(kind: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.FilterError, match=words):
        report(kind, *SPAN, tables=Company().tables(), **options)


def test_a_wrong_table_is_refused() -> None:
    tables = Company().tables()
    with pytest.raises(errors.ResourceError, match="Did you mean 'contracts'"):
        report("people", *SPAN, tables=tables | {"contract": tables["contracts"]})


# -- the table of metrics


def test_metrics_says_what_there_is() -> None:
    found = rp.metrics()
    assert found.columns.tolist() == [
        "name", "runn", "report", "unit", "definition", "source", "evidence", "computable",
        "why_not",
    ]  # fmt: skip
    assert not found[["report", "name"]].duplicated().any()
    assert set(found["evidence"]) == {"Runn's page", "contract", "community", "inferred"}
    assert found.loc[~found["computable"], "why_not"].ne("").all()
    assert found["definition"].str.endswith(".").all()
    assert len(table()) == len(found)


def test_the_whole_life_without_dates() -> None:
    company = Company().log("2026-01-07", 60).plan("2026-11-02", None, 120)
    found = report("projects", metrics="total", tables=company.tables(), as_of=TODAY)
    assert found.set_index("projectId")["total"].to_dict() == {SITE: 3}
