"""The sums that reports are made of, each of some people's days, and where each comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from runn_pandas.analysis.columns import Floats, Ints
from runn_pandas.analysis.days import period_start
from runn_pandas.analysis.groups import Amounts, whole_share
from runn_pandas.analysis.money import cost_of, people_cost
from runn_pandas.analysis.people_at_a_time import CALENDAR, CONTRACTS, LOG, PLAN
from runn_pandas.analysis.reports import whole_projects
from runn_pandas.analysis.reports.scope import ScopedCrew
from runn_pandas.analysis.stretches import codes_of
from runn_pandas.analysis.work_calendar import Calendar, stacked_time_off

# Per cent of their capacity between which people are well utilized.
WELL = (80, 100)
SIDE = ("billable", "nonbillable", "pastBillable", "pastNonbillable")


def _effective(crew: ScopedCrew) -> Amounts:
    work = crew.hours("effective")
    past = work.day < crew.today
    values = {
        "billable": work.billable,
        "nonbillable": work.nonbillable,
        "past": np.where(past, work.total, 0.0),
        "future": np.where(past, 0.0, work.total),
    }
    return Amounts(work.day, crew.ids(work), values)


def _one_side(kind: str) -> Callable[[ScopedCrew], Amounts]:
    def amounts(crew: ScopedCrew) -> Amounts:
        work = crew.hours(kind)
        past = work.day < crew.today
        values = {
            "billable": work.billable,
            "nonbillable": work.nonbillable,
            "pastBillable": np.where(past, work.billable, 0.0),
            "pastNonbillable": np.where(past, work.nonbillable, 0.0),
        }
        return Amounts(work.day, crew.ids(work), values)

    return amounts


def _money(crew: ScopedCrew) -> Amounts:
    work = crew.hours("effective")
    money = crew.money(work)
    cost = people_cost(crew.source, work, crew.calendar)
    past = work.day < crew.today
    values = {
        "earned": money.revenue,
        "benchmark": money.at_list_price,
        "billable": np.where(crew.scope.projects.billed[money.row], work.billable, 0.0),
        "cost": cost,
        "pastEarned": np.where(past, money.revenue, 0.0),
        "futureEarned": np.where(past, 0.0, money.revenue),
        "pastCost": np.where(past, cost, 0.0),
        "futureCost": np.where(past, 0.0, cost),
    }
    return Amounts(work.day, crew.ids(work), values)


def _billings(crew: ScopedCrew) -> Amounts:
    work = crew.hours("scheduled")
    money = crew.money(work)
    table = crew.source.columns_of("projects")
    active = table.flags("isConfirmed", True) & ~table.flags("isArchived", False)
    active = active[money.row]
    cost = people_cost(crew.source, work, crew.calendar)
    values = {
        "earned": money.revenue,
        "active": np.where(active, money.revenue, 0.0),
        "cost": np.where(active & ~work.placeholder, cost, 0.0),
    }
    return Amounts(work.day, crew.ids(work), values)


def _missing(crew: ScopedCrew) -> Amounts:
    """Return the hours of past days that were planned on a project, where nobody logged any."""
    work = crew.not_logged(phases="phase" in crew.scope.keys).counted(crew.scope.tentative, False)
    lacking = work.select((work.day < crew.today) & ~work.tentative)
    return Amounts(lacking.day, crew.ids(lacking), {"minutes": lacking.total})


def _booked(crew: ScopedCrew) -> Amounts:
    """Return what is planned on roles, by the role of the work, placeholders in."""
    work = crew.hours("scheduled", everyone=True)
    return Amounts(work.day, crew.ids(work) | {"role": work.role}, {"minutes": work.total})


def _before(crew: ScopedCrew) -> Amounts:
    """Return all work up to the window's end; what was before is in its first period."""
    span = crew.scope.span
    work = crew.hours("effective")
    work = work.select(work.day <= span[1])
    values = {
        "billable": work.billable,
        "nonbillable": work.nonbillable,
        "earned": crew.money(work).revenue,
        "cost": people_cost(crew.source, work, crew.calendar),
    }
    return Amounts(np.maximum(work.day, span[0]), crew.ids(work), values)


# -- of contracts


def _capacity(crew: ScopedCrew, *, costs: bool) -> Amounts:
    own = crew.under_contract()
    contract = crew.stretches.contract[own]
    contracted = crew.stretches.summed(crew.contracted)[own]
    values = {"contracted": contracted}
    if costs:
        role = crew.calendar.roles(contract, contract)
        cost = cost_of(crew.source, crew.calendar, contract, role, contracted)
        values["businessCost"] = cost
    else:
        values["timeOff"] = crew.stretches.summed(crew.time_off)[own]
    return _of_stretches(crew, own, values)


def _of_stretches(crew: ScopedCrew, own: Ints, values: dict[str, Floats]) -> Amounts:
    at = crew.stretches
    return Amounts(at.day[own], crew.of_contracts(at.person[own], at.contract[own]), values)


def _balance(crew: ScopedCrew) -> Amounts:
    """Return what of each person's day is free, or over, of those who have capacity."""
    load, marked = crew.load(crew.scope.tentative)
    left = crew.capacity - load
    over = np.unique(np.concatenate([crew.under_contract(), crew.stretches.number(marked)]))
    values = {
        "free": crew.stretches.summed(np.maximum(left, 0.0))[over],
        "over": crew.stretches.summed(np.maximum(-left, 0.0))[over],
    }
    return _of_stretches(crew, over, values)


def _bands(crew: ScopedCrew) -> Amounts:
    """Return the capacity of people who are over, well or under utilized in each period."""
    at, own, freq = crew.stretches, crew.under_contract(), crew.scope.freq
    work, capacity = crew.hours("effective"), at.summed(crew.capacity)[own]

    def period(day: Ints) -> Ints:
        return np.zeros(len(day), np.int64) if freq is None else period_start(day, freq)

    held, worked = codes_of(
        [(at.person[own], period(at.day[own])), (work.person, period(work.day))]
    )
    size = int(max(held.max(initial=-1), worked.max(initial=-1))) + 1
    total, room = np.zeros((2, size))
    np.add.at(total, worked, work.total)
    np.add.at(room, held, capacity)
    share = whole_share(total, room)[held]
    values = {
        "over": np.where(share > WELL[1], capacity, 0.0),
        "well": np.where((share >= WELL[0]) & (share <= WELL[1]), capacity, 0.0),
        "under": np.where(share < WELL[0], capacity, 0.0),
    }
    return _of_stretches(crew, own, values)


def _absence(crew: ScopedCrew) -> Amounts:
    """Return the working days on leave or holiday, partial ones as their share."""
    names = ("time-offs/leave", "time-offs/holidays")
    frames = {name: crew.source.table(name, crew.days) for name in names}
    contracts = crew.source.table(CONTRACTS)
    calendar = Calendar(contracts, stacked_time_off(frames), crew.days, crew.source.people)
    some = crew.contracted > 0
    share = calendar.time_off(crew.contracted) / np.where(some, crew.contracted, 1.0)
    own = crew.under_contract()
    return _of_stretches(
        crew, own, {"days": crew.stretches.summed(np.where(some, share, 0.0))[own]}
    )


def _contracts(crew: ScopedCrew) -> Amounts:
    table = crew.source.columns_of(CONTRACTS)
    row = np.flatnonzero(~np.isin(table.ids("personId"), crew.source.idle))
    ends = table.dates("endDate", optional=True)
    row = row[(ends[row] >= crew.days[0]) & (ends[row] <= crew.days[1])]
    ids = crew.of_contracts(table.ids("personId")[row], row)
    return Amounts(ends[row], ids, {"ending": np.ones(len(row))})


def _costless(crew: ScopedCrew) -> Amounts:
    today = (crew.today, crew.today)
    calendar = Calendar(crew.source.table(CONTRACTS), stacked_time_off({}), today)
    contract = calendar.contract[:, 0].astype(np.int64)
    own = (contract >= 0) & ~np.isin(calendar.people, crew.source.idle)
    person, contract = calendar.people[own], contract[own]
    cost = calendar.contracts.numbers("costPerHour", optional=True)
    values = {"withoutCost": np.isnan(cost[contract]).astype(np.float64)}
    return Amounts(np.zeros(len(person), np.int64), crew.of_contracts(person, contract), values)


# -- all of them


class Fact(NamedTuple):
    """Some sums: the first word of their names, the names, and what makes them.

    ``tables`` are those of people that it is made from, some people at a time; without any it is
    made at once.
    """

    word: str
    sums: tuple[str, ...]
    make: Callable[..., Amounts]
    tables: tuple[str, ...] = ()


WORK, PLANNED, LOGGED = (PLAN, LOG, *CALENDAR), (PLAN, *CALENDAR), (LOG, *CALENDAR)
MONEY = ("earned", "benchmark", "billable", "cost", "pastEarned", "futureEarned", "pastCost")
BUDGET = ("budget", "hasBudget", "remaining", "hasRemaining", "expensesBudget", "hasExpensesBudget")
ROLES = ("roleMinutes", "roleBudget", "hasRoles", "roleUsedMinutes")
FACTS: dict[str, Fact] = {
    "effective": Fact("effective", ("billable", "nonbillable", "past", "future"), _effective, WORK),
    "scheduled": Fact("scheduled", SIDE, _one_side("scheduled"), PLANNED),
    "actual": Fact("actual", SIDE, _one_side("actual"), LOGGED),
    "money": Fact("money", (*MONEY, "futureCost"), _money, WORK),
    "billings": Fact("billings", ("earned", "active", "cost"), _billings, PLANNED),
    "capacity": Fact(
        "capacity",
        ("contracted", "timeOff"),
        lambda crew: _capacity(crew, costs=False),
        CALENDAR,
    ),
    "costs": Fact(
        "capacity", ("businessCost",), lambda crew: _capacity(crew, costs=True), CALENDAR
    ),
    "balance": Fact("balance", ("free", "over"), _balance, WORK),
    "bands": Fact("bands", ("over", "well", "under"), _bands, WORK),
    "missing": Fact("missing", ("minutes",), _missing, WORK),
    "booked": Fact("booked", ("minutes",), _booked, PLANNED),
    "absence": Fact("absence", ("days",), _absence, CALENDAR),
    "contracts": Fact("contracts", ("ending",), _contracts, (CONTRACTS,)),
    "costless": Fact("contracts", ("withoutCost",), _costless, (CONTRACTS,)),
    "before": Fact("before", ("billable", "nonbillable", "earned", "cost"), _before, WORK),
    "expenses": Fact("expenses", ("earned", "cost", "charge"), whole_projects.of_expenses),
    "milestones": Fact("milestones", ("count",), whole_projects.of_milestones),
    "requests": Fact("requests", ("open", "toHire"), whole_projects.of_requests),
    "budget": Fact("project", (*BUDGET, "charge"), whole_projects.of_budgets),
    "projectHours": Fact(
        "project", ("usedMinutes", "completedMinutes"), whole_projects.of_project_hours
    ),
    "projectRoles": Fact("project", ROLES, whole_projects.of_project_roles),
    "projectPlans": Fact("project", ("unassigned", "archivable"), whole_projects.of_project_plans),
    "roles": Fact(
        "roles",
        ("minutes", "budget", "usedMinutes", "usedValue", "has"),
        whole_projects.of_roles,
    ),
}
# Those that whole lives of projects are looked at for.
WHOLE = {"budget", "projectHours", "projectRoles", "roles"}
# Those without a day: they hold for every period.
UNDATED = {"costless", "requests", "budget", "projectHours", "projectRoles", "projectPlans"}
UNDATED |= {"roles"}
# Those of all days up to the end of the period.
RUNNING = {"before"}


def facts_for(needs: frozenset[str]) -> dict[str, set[str]]:
    """Return the facts that make the sums that are needed, and which of them each makes."""
    found = {}
    for name, fact in FACTS.items():
        wanted = {one for one in fact.sums if f"{fact.word}.{one}" in needs}
        if wanted:
            found[name] = wanted
    return found
