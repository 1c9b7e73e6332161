"""Cases worked out by hand, one for each definition; sections are those of the API guide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from runn_pandas.analysis.capacity_by_day import capacity
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

JUNE = ("2026-06-01", "2026-06-30")
SUMMER = ("2026-06-01", "2026-08-31")
# Monday to Friday, and the weekend after it.
WEEK = ("2026-06-15", "2026-06-21")
Tables = dict[str, pd.DataFrame]


def minutes(kind: str = "effective", span: tuple[str, str] = SUMMER, **options: Any) -> Any:
    """What is asked: the sum of the hours' minutes."""
    column = options.pop("column", "totalMinutes")
    return lambda t: int(hours(*span, kind=kind, tables=t, as_of=TODAY, **options)[column].sum())


def days(kind: str = "effective", span: tuple[str, str] = SUMMER) -> Any:
    """What is asked: minutes by month and day."""

    def ask(tables: Tables) -> dict[str, int]:
        found = hours(*span, kind=kind, tables=tables, as_of=TODAY)
        return found.groupby(found["date"].dt.strftime("%m-%d"))["totalMinutes"].sum().to_dict()

    return ask


def room(column: str = "capacityMinutes", span: tuple[str, str] = WEEK) -> Any:
    """What is asked: minutes of capacity, contracted or off, day by day."""
    return lambda t: capacity(*span, tables=t)[column].tolist()


def used(column: str = "utilization", span: tuple[str, str] = WEEK, **options: Any) -> Any:
    """What is asked: utilization of the whole span."""

    def ask(tables: Tables) -> list[float | None]:
        given = {"freq": "YS", "tables": tables, "as_of": TODAY} | options
        found = utilization(*span, **given)[column].astype(object)
        return [None if value is pd.NA else value for value in found]

    return ask


def money(column: str, span: tuple[str, str] = SUMMER, **options: Any) -> Any:
    """What is asked: money of the whole span, of the projects that have any."""

    def ask(tables: Tables) -> list[float | None]:
        given = {"freq": "YS", "tables": tables, "as_of": TODAY} | options
        found = finance(*span, **given)
        if "projectId" in found:
            names = ("assignments", "actuals", "other-expenses")
            busy = pd.concat([tables[name]["projectId"] for name in names])
            found = found[found["projectId"].isin(busy)]
        values = found[column].astype(object)
        return [None if value is pd.NA else round(value, 6) for value in values]

    return ask


@dataclass(frozen=True)
class Case:
    """A definition, where it is from, a company, a question and the answer."""

    section: str
    what: str
    company: Callable[[], Company]
    ask: Callable[[Tables], Any]
    answer: Any


def two_roles() -> Company:
    """The fixed price of the documentation: 10,000, two roles at 200, 15 h and 10 h."""
    company = Company().plan("2026-06-15", "2026-06-17", 300, projectId=FIXED)
    return company.plan("2026-06-18", "2026-06-19", 300, projectId=FIXED, roleId=BUILD)


def split_fixed() -> Company:
    """A fixed price with 10 hours in May, 10 in June, and 20 in September."""
    company = (
        Company().log("2026-05-04", 600, projectId=FIXED).log("2026-06-15", 600, projectId=FIXED)
    )
    return company.plan("2026-09-07", "2026-09-10", 300, projectId=FIXED)


def two_people() -> Company:
    """Tom works 30 of 40 hours, Uma 2 of 8."""
    company = Company().contract("2026-06-01", None, 96, person=UMA)
    return company.plan("2026-06-15", "2026-06-19", 360).plan("2026-06-15", None, 120, personId=UMA)


def new_contract() -> Company:
    """A raise, and fewer days, from Wednesday the 17th."""
    company = Company(bare=True).contract("2026-01-05", "2026-06-16", cost=60)
    return company.contract("2026-06-17", None, 240, off="friday", cost=90, role=BUILD)


UNMET = {"personId": PLACEHOLDER}
CASES = [
    # 6.1 hours
    Case(
        "6.1",
        "scheduled total is billable and non-billable",
        lambda: (
            Company()
            .plan("2026-06-15", "2026-06-16", 300)
            .plan("2026-06-15", None, 60, isBillable=False)
        ),
        minutes("scheduled"),
        660,
    ),
    Case(
        "6.1",
        "scheduled billable",
        lambda: (
            Company()
            .plan("2026-06-15", "2026-06-16", 300)
            .plan("2026-06-15", None, 60, isBillable=False)
        ),
        minutes("scheduled", column="billableMinutes"),
        600,
    ),
    Case(
        "6.1, 5.6",
        "past placeholder hours are left out, today's are not",
        lambda: Company().plan("2026-06-26", "2026-07-02", 60, **UNMET),
        days("scheduled"),
        {"06-30": 60, "07-01": 60, "07-02": 60},
    ),
    Case(
        "6.1, 5.6",
        "nor do they come back on a marked day",
        lambda: Company().plan("2026-06-27", None, 60, isNonWorkingDay=True, **UNMET),
        minutes("scheduled"),
        0,
    ),
    Case(
        "6.1",
        "actual total is billable and non-billable",
        lambda: Company().log("2026-06-15", 200, 45).plan("2026-06-15", "2026-06-16", 300),
        minutes("actual"),
        245,
    ),
    Case(
        "6.1",
        "assumed hours are the actual, 0 too, else the scheduled ones, in the past too",
        lambda: (
            Company()
            .plan("2026-06-15", "2026-06-18", 300)
            .log("2026-06-15", 0)
            .log("2026-06-16", 200, 45)
            .log("2026-06-19", 90)
        ),
        days(),
        {"06-15": 0, "06-16": 245, "06-17": 300, "06-18": 300, "06-19": 90},
    ),
    Case(
        "6.1",
        "one key's actual does not hide another key's plan",
        lambda: (
            Company()
            .plan("2026-06-15", None, 300)
            .log("2026-06-15", 60, roleId=BUILD)
            .log("2026-06-15", 30, workstreamId=9)
            .log("2026-06-15", 15, projectId=INNER)
            .log("2026-06-15", 5, personId=UMA)
        ),
        minutes(),
        410,
    ),
    Case(
        "6.1",
        "difference is actual less scheduled",
        lambda: Company().plan("2026-06-15", "2026-06-16", 300).log("2026-06-15", 240),
        lambda t: minutes("actual")(t) - minutes("scheduled")(t),
        -360,
    ),
    Case(
        "6.1",
        "completed hours are dated before today",
        lambda: Company().plan("2026-06-29", "2026-07-01", 60),
        minutes(span=("2026-06-01", "2026-06-29")),
        60,
    ),
    Case(
        "6.1",
        "the planner's utilization is of scheduled hours, for past days too",
        lambda: Company().plan("2026-06-15", "2026-06-19", 240).log("2026-06-15", 480),
        used(hours="scheduled"),
        [50.0],
    ),
    Case(
        "6.1",
        "the phase is the actual's, else the assignment's",
        lambda: (
            Company()
            .plan("2026-06-15", "2026-06-17", 60, phaseId=801)
            .log("2026-06-15", 60, phaseId=803)
            .log("2026-06-16", 60)
        ),
        lambda t: hours(*JUNE, tables=t)["phaseId"].tolist(),
        [803, 801, 801],
    ),
    # 5.2 assignments
    Case(
        "5.2",
        "only days of the contract; from the first to the last inclusive",
        lambda: Company(bare=True).contract(off="friday").plan("2026-06-12", "2026-06-22", 60),
        days(),
        dict.fromkeys(("06-15", "06-16", "06-17", "06-18", "06-22"), 60),
    ),
    Case(
        "5.2",
        "a marked non-working day counts in full",
        lambda: (
            Company()
            .off("2026-06-17", kind="holidays")
            .plan("2026-06-17", None, 90, isNonWorkingDay=True)
            .plan("2026-06-20", None, 240, isNonWorkingDay=True)
        ),
        days(),
        {"06-17": 90, "06-20": 240},
    ),
    Case(
        "5.2",
        "a one-day assignment on a holiday does not count",
        lambda: Company().off("2026-06-17", kind="holidays").plan("2026-06-17", None, 300),
        minutes(),
        0,
    ),
    Case(
        "5.2, 5.4",
        "full leave, holidays and rostered-off days hide; removing them restores",
        lambda: (
            Company()
            .plan("2026-06-15", "2026-06-19", 60)
            .off("2026-06-13", "2026-06-15")
            .off("2026-06-16", kind="holidays")
            .off("2026-06-17", kind="rostered-off")
        ),
        days(),
        {"06-18": 60, "06-19": 60},
    ),
    Case(
        "5.2, 9",
        "partial leave trims nothing (as the demo's reports; unverified)",
        lambda: Company().plan("2026-06-15", None, 480).off("2026-06-15", None, 240),
        minutes(),
        480,
    ),
    Case(
        "5.2",
        "inactive assignments and templates are not work",
        lambda: (
            Company()
            .plan("2026-06-15", None, 60, isActive=False)
            .plan("2026-06-15", None, 60, isTemplate=True)
            .plan("2026-06-15", None, 60, projectId=TEMPLATE)
        ),
        minutes(),
        0,
    ),
    Case(
        "5.1",
        "an actual counts on a day that is nobody's working day",
        lambda: Company().log("2026-06-20", 90).off("2026-06-19").log("2026-06-19", 30),
        days(),
        {"06-19": 30, "06-20": 90},
    ),
    Case(
        "5.3",
        "no planned work outside contracts, in a gap between them, and after the last",
        lambda: (
            Company(bare=True)
            .contract("2026-06-01", "2026-06-16")
            .contract("2026-06-18", "2026-06-19")
            .plan("2026-06-15", "2026-06-23", 60)
        ),
        days(),
        {"06-15": 60, "06-16": 60, "06-18": 60, "06-19": 60},
    ),
    Case(
        "5.6",
        "placeholders work Monday to Friday, without a contract",
        lambda: Company().plan("2026-07-03", "2026-07-07", 60, **UNMET),
        days(),
        {"07-03": 60, "07-06": 60, "07-07": 60},
    ),
    # 6.2 capacity and utilization
    Case(
        "6.2",
        "contracted capacity is contract hours on contract working days",
        lambda: Company(bare=True).contract(off="wednesday", minutes=450),
        room("contractedMinutes"),
        [450, 450, 0, 450, 450, 0, 0],
    ),
    Case(
        "6.2, 5.4",
        "time off is at most what is contracted",
        lambda: (
            Company()
            .off("2026-06-15")
            .off("2026-06-16", None, 120)
            .off("2026-06-17", None, 600)
            .off("2026-06-18", kind="holidays")
            .off("2026-06-18", None, 60)
            .off("2026-06-20", "2026-06-21")
        ),
        room("timeOffMinutes"),
        [480, 120, 480, 480, 0, 0, 0],
    ),
    Case(
        "6.2",
        "effective capacity is contracted less time off",
        lambda: (
            Company()
            .off("2026-06-15")
            .off("2026-06-16", None, 120)
            .off("2026-06-17", kind="rostered-off")
            .off("2026-06-18", kind="holidays")
        ),
        room(),
        [0, 360, 0, 0, 480, 0, 0],
    ),
    Case(
        "6.2, 5.3",
        "capacity follows the contract in force on each date",
        new_contract,
        room(),
        [480, 480, 240, 240, 0, 0, 0],
    ),
    Case(
        "6.2",
        "availability is effective capacity less scheduled hours",
        lambda: Company().plan("2026-06-15", "2026-06-16", 300),
        lambda t: sum(room()(t)) - minutes("scheduled", WEEK)(t),
        1800,
    ),
    Case(
        "6.2",
        "utilization is hours / effective capacity x 100",
        lambda: Company().plan("2026-06-15", "2026-06-18", 240).off("2026-06-19"),
        used(),
        [50.0],
    ),
    Case(
        "6.2",
        "it is blank when capacity is 0",
        lambda: Company().off("2026-06-15", "2026-06-21").log("2026-06-15", 60),
        used(),
        [None],
    ),
    Case(
        "6.2",
        "billable utilization has billable hours on top",
        lambda: (
            Company()
            .plan("2026-06-15", "2026-06-19", 240, isBillable=False)
            .log("2026-06-15", 120, 60)
        ),
        used("billableUtilization"),
        [5.0],
    ),
    Case(
        "6.2",
        "work beyond capacity is utilization above 100",
        lambda: Company().plan("2026-06-15", "2026-06-19", 600),
        used(),
        [125.0],
    ),
    Case(
        "6.2",
        "a group's is sum over sum: 32 of 48 hours, not the mean of 75 and 25 per cent",
        two_people,
        used(by="account"),
        [pytest.approx(100 * 32 / 48)],
    ),
    Case("6.2", "of each person", two_people, used(), [75.0, 25.0]),
    Case(
        "6.2, 5.6",
        "placeholders have no capacity and no utilization",
        lambda: Company().plan("2026-07-01", None, 60, **UNMET),
        used(span=("2026-07-01", "2026-07-01")),
        [0.0],
    ),
    Case(
        "6.2, 5.6",
        "asked for, their hours are on top",
        lambda: Company().plan("2026-07-01", None, 120, **UNMET),
        used(span=("2026-07-01", "2026-07-01"), by="account", include_placeholders=True),
        [25.0],
    ),
    Case(
        "5.7",
        "tentative work is out of utilization by default",
        lambda: Company().plan("2026-06-15", "2026-06-19", 240, projectId=MAYBE),
        used(),
        [0.0],
    ),
    Case(
        "5.7",
        "asked for, it is in",
        lambda: Company().plan("2026-06-15", "2026-06-19", 240, projectId=MAYBE),
        used(include_tentative=True),
        [50.0],
    ),
    # 6.3 money
    Case(
        "6.3",
        "time and materials: billable hours x project role rate",
        lambda: (
            Company()
            .rate(SITE, BUILD, 150)
            .plan("2026-06-15", None, 60)
            .plan("2026-06-15", None, 120, roleId=BUILD)
            .plan("2026-06-16", None, 480, isBillable=False)
        ),
        money("revenue"),
        [200 + 300],
    ),
    Case(
        "6.3",
        "fixed price: benchmark 5,000, effective rate 400, revenue by role 6,000 and 4,000",
        two_roles,
        money("revenue", by="role"),
        [6_000, 4_000],
    ),
    Case(
        "6.3",
        "the whole revenue of a fixed price is its budget",
        two_roles,
        money("revenue"),
        [10_000],
    ),
    Case(
        "6.3",
        "of a fixed price a window has its share of the whole life's effort: 10 of 40 hours",
        split_fixed,
        money("revenue", JUNE),
        [2_500],
    ),
    Case(
        "6.3",
        "the same share whatever the freq: a changed hour re-spreads the past",
        lambda: split_fixed().log("2026-09-14", 2400, projectId=FIXED),
        money("revenue", JUNE, freq="W"),
        [1_250],
    ),
    Case(
        "6.3",
        "roles of different rates share a fixed price by list value",
        lambda: two_roles().rate(FIXED, BUILD, 600),
        # 15 x 200 + 10 x 600 = 9,000
        money("revenue", by="role"),
        [round(10_000 / 3, 6), round(20_000 / 3, 6)],
    ),
    Case(
        "6.3",
        "non-billable projects earn nothing and cost what they cost",
        lambda: Company().log("2026-06-15", 120, 60, projectId=INNER),
        lambda t: money("revenue")(t) + money("cost")(t),
        [0, 180],
    ),
    Case(
        "6.3",
        "cost is all hours x cost of the contract on that date",
        lambda: new_contract().plan("2026-06-16", "2026-06-17", 60, isBillable=False),
        money("cost"),
        [60 + 90],
    ),
    Case(
        "6.3, 5.3",
        "a contract without a cost takes the default of its role, not of the work's",
        lambda: (
            Company(bare=True)
            .contract(cost=None, role=BUILD)
            .plan("2026-06-15", None, 120, roleId=DESIGN)
        ),
        money("cost"),
        [100],
    ),
    Case(
        "6.3, 5.6",
        "placeholders cost the default of their role, from today on",
        lambda: Company().plan("2026-06-29", "2026-07-01", 60, roleId=BUILD, **UNMET),
        money("cost"),
        [100],
    ),
    Case(
        "6.3, 5.6",
        "or their own cost, if the account lists contracts for them",
        lambda: (
            Company()
            .contract(person=PLACEHOLDER, cost=75)
            .plan("2026-07-01", None, 60, roleId=BUILD, **UNMET)
        ),
        money("cost"),
        [75],
    ),
    Case(
        "6.3",
        "other expenses add their cost and their charge on their date",
        lambda: (
            Company()
            .expense("2026-06-30", 100, 150)
            .expense("2026-09-01", 1, 1)
            .plan("2026-06-15", None, 60)
        ),
        lambda t: [money(name)(t)[0] for name in ("revenue", "cost", "otherCost", "otherCharge")],
        [350, 160, 100, 150],
    ),
    Case(
        "6.3",
        "profit is revenue less cost, margin profit / revenue x 100",
        lambda: Company().plan("2026-06-15", None, 60),
        lambda t: money("profit")(t) + money("margin")(t),
        [140, 70],
    ),
    Case(
        "6.3",
        "without revenue there is no margin",
        lambda: Company().plan("2026-06-15", None, 60, projectId=INNER),
        money("margin"),
        [None],
    ),
    Case(
        "6.3",
        "budget remaining is budget less revenue of the whole project, planned too",
        lambda: (
            Company()
            .log("2026-05-04", 600)
            .plan("2026-06-15", None, 60)
            .plan("2026-09-01", None, 60)
        ),
        lambda t: money("budget")(t) + money("budgetRemaining")(t),
        [20_000, 20_000 - 2_000 - 200 - 200],
    ),
    Case(
        "6.3 (HC/15675820, 4887764)",
        "what remains of a fixed price is budget less its hours at project rates",
        two_roles,
        money("budgetRemaining"),
        [10_000 - 5_000],
    ),
    Case(
        "6.3 (HC/4887764)",
        "charges are part of a fixed price, not on top of it",
        lambda: two_roles().expense("2026-06-15", 300, 700, FIXED),
        lambda t: [money(name)(t)[0] for name in ("revenue", "cost", "otherCharge")],
        [10_000, 25 * 60 + 300, 700],
    ),
    Case(
        "6.3 (HC/4887764)",
        "a non-billable project earns nothing, its charges neither",
        lambda: Company().expense("2026-06-15", 300, 700, INNER),
        lambda t: [money(name)(t)[0] for name in ("revenue", "profit", "budgetRemaining")],
        [0, -300, None],
    ),
    Case(
        "6.3",
        "every charge is revenue if that is asked for, or none",
        lambda: (
            two_roles()
            .plan("2026-06-15", None, 60)
            .expense("2026-06-15", 1, 7, FIXED)
            .expense("2026-06-15", 1, 70, SITE)
            .expense("2026-06-15", 1, 700, INNER)
        ),
        lambda t: [money("revenue", charges=which)(t) for which in ("runn", "all", "none")],
        [[270, 10_000, 0], [270, 10_007, 700], [200, 10_000, 0]],
    ),
    Case(
        "decided",
        "expenses of templates are no money",
        lambda: Company().expense("2026-06-15", 1, 2, TEMPLATE),
        money("cost"),
        [],
    ),
    Case(
        "6.3 (HC/4914519)",
        "everything on a non-billable project is non-billable, whatever was ticked",
        lambda: (
            Company()
            .plan("2026-06-15", "2026-06-16", 120, projectId=INNER, isBillable=True)
            .log("2026-06-16", 60, 30, projectId=INNER)
        ),
        lambda t: [minutes(column=f"{name}Minutes")(t) for name in ("billable", "nonbillable")],
        [0, 120 + 90],
    ),
    Case(
        "6.3 (HC/4914519)",
        "so it is no billable utilization",
        lambda: Company().plan("2026-06-15", "2026-06-19", 240, projectId=INNER),
        lambda t: used()(t) + used("billableUtilization")(t),
        [50.0, 0.0],
    ),
    Case(
        "decided",
        "archived projects count as others do",
        lambda: Company().project(SITE, isArchived=True).plan("2026-06-15", None, 60),
        lambda t: [money("revenue")(t), used(span=("2026-06-15", "2026-06-15"))(t)],
        [[200], [12.5]],
    ),
    Case(
        "decided",
        "partial leave as long as the day takes its capacity and hides no hours",
        lambda: Company().plan("2026-06-15", None, 480).off("2026-06-15", None, 480),
        lambda t: [minutes()(t), room(span=("2026-06-15", "2026-06-15"))(t)],
        [480, [0]],
    ),
    Case(
        "decided",
        "of overlapping contracts the one that began last is in force, also for the cost",
        lambda: (
            Company()
            .contract("2026-06-16", "2026-06-17", 240, cost=90)
            .plan("2026-06-15", "2026-06-18", 60)
        ),
        lambda t: [room()(t), money("cost")(t)],
        [[480, 240, 240, 480, 480, 0, 0], [60 + 90 + 90 + 60]],
    ),
    Case(
        "6.3",
        "the projected overrun is what the whole plan exceeds the budget by",
        lambda: (
            Company()
            .project(SITE, budget=2_000)
            .log("2026-05-04", 600)
            .plan("2026-09-01", None, 60)
            .log("2026-06-15", 0)
        ),
        money("projectedOverrun"),
        [200],
    ),
    Case(
        "5.5",
        "a daily rate is for so many hours",
        lambda: (
            Company()
            .project(SITE, rateType="days")
            .rate(SITE, DESIGN, 1_200)
            .plan("2026-06-15", None, 240)
        ),
        lambda t: money("revenue")(t) + money("revenue", hours_per_day=7.5)(t),
        [600, 640],
    ),
    Case(
        "5.7",
        "tentative projects earn nothing unless asked for, nor do their expenses",
        lambda: (
            Company()
            .plan("2026-06-15", None, 60, projectId=MAYBE)
            .expense("2026-06-15", 1, 2, MAYBE)
        ),
        lambda t: [money("revenue")(t), money("revenue", include_tentative=True)(t)],
        [[], [202]],
    ),
    Case(
        "6.3",
        "what was logged counts instead of what was planned",
        lambda: Company().plan("2026-06-15", "2026-06-16", 60).log("2026-06-15", 30),
        money("revenue"),
        [300],
    ),
    # 4.3
    Case(
        "4.3",
        "as_of decides what is past",
        lambda: Company().plan("2026-06-15", "2026-06-17", 60, **UNMET),
        lambda t: [len(hours(*JUNE, tables=t, as_of=day)) for day in ("2026-06-16", "2026-07-01")],
        [2, 0],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.section}: {case.what}")
def test_by_hand(case: Case, alone: None) -> None:
    assert case.ask(case.company().tables()) == case.answer


def test_the_example_of_the_documentation() -> None:
    # 6.3 (HC/4914519): 10,000 budget, both roles at 200, 15 h + 10 h: benchmark 5,000, EHR 400.
    tables = two_roles().tables()
    by_role = hours(*JUNE, tables=tables).groupby("roleId")["billableMinutes"].sum() / 60
    assert by_role.tolist() == [15, 10]
    benchmark = float((by_role * 200).sum())
    assert benchmark == 5_000
    revenue = finance(*JUNE, by="role", tables=tables).set_index("roleId")["revenue"]
    assert (revenue / by_role).tolist() == [400, 400]
    remaining = finance(*JUNE, tables=tables).query("projectId == @FIXED")
    assert remaining[["budgetRemaining", "projectedOverrun"]].iloc[0].tolist() == [5_000, 0]
    assert TOM in tables["people"]["id"].tolist()
