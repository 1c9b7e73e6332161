"""The amounts that reports sum up, each by day and by whose it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from runn_pandas.analysis.capacity_by_day import CapacityByDay
from runn_pandas.analysis.columns import MISSING, Flags, Floats, Ints, by_id
from runn_pandas.analysis.days import Window, months, period_start
from runn_pandas.analysis.finance_by_period import life_of, settled
from runn_pandas.analysis.groups import Amounts
from runn_pandas.analysis.hours_by_day import HoursByDay
from runn_pandas.analysis.inputs import Slice, Source
from runn_pandas.analysis.money import MoneyByDay, Projects, cost_of, expenses, people_cost
from runn_pandas.analysis.work_calendar import Calendar, stacked_time_off

THREE_MONTHS = 91
SLICED = 200_000  # rows of work, from which on it is looked at month by month


@dataclass(frozen=True)
class Scope:
    """What a report looks at: the tables, the window, and what counts.

    ``keys`` are whose amounts are asked for; ``whole`` says that whole projects are. ``only``
    are the ids that count, by whose they are: all, if there are none.
    """

    source: Source
    kind: str
    span: Window
    today: int
    freq: str | None
    tentative: bool
    placeholders: bool
    charges: str
    hours_per_day: float
    keys: frozenset[str] = frozenset()
    whole: bool = False
    only: Mapping[str, Ints] = field(default_factory=dict)
    parent: Scope | None = None
    _works: dict[tuple[str, bool], HoursByDay] = field(default_factory=dict, init=False)

    def slices(self) -> list[Scope]:
        """Return the window in parts that memory holds: the whole, or its months."""
        rows = len(self.source.given.get("assignments", ()))
        rows += len(self.source.given.get("actuals", ()))
        if rows < SLICED:
            return [self]
        return [
            replace(self, source=Slice(self.source, self.span, part), span=part, parent=self)
            for part in months(self.span)
        ]

    @cached_property
    def projects(self) -> Projects:
        """The projects of the account."""
        if self.parent is not None:
            return self.parent.projects
        return Projects.of(self.source)

    @cached_property
    def life(self) -> Window:
        """The window of everything, if whole projects are asked for."""
        if self.parent is not None:
            return self.parent.life
        whole = self.whole or bool(self.projects.fixed.any())
        return life_of(self.source, self.span) if whole else self.span

    @cached_property
    def calendar(self) -> Calendar:
        """Who works when in the window."""
        return Calendar.of(self.source, self.span)

    @cached_property
    def life_calendar(self) -> Calendar:
        """Who works when, over the life of projects."""
        if self.parent is not None:
            return self.parent.life_calendar
        return self.calendar if self.life == self.span else Calendar.of(self.source, self.life)

    def work(self, kind: str, *, everyone: bool = False) -> HoursByDay:
        """Return the hours of the window that count; of ``everyone`` placeholders too."""
        if (kind, everyone) not in self._works:
            found = HoursByDay.of(
                self.source, self.calendar, self.span, kind=kind, today=self.today
            )
            placeholders = self.placeholders or everyone
            self._works[kind, everyone] = found.counted(self.tentative, placeholders)
        return self._works[kind, everyone]

    @cached_property
    def life_work(self) -> HoursByDay:
        """The effective hours of all days that count."""
        if self.parent is not None:
            return self.parent.life_work
        return HoursByDay.of(
            self.source,
            self.life_calendar,
            self.life,
            kind="effective",
            today=self.today,
            everything=True,
        ).counted(self.tentative, self.placeholders)

    @cached_property
    def life_money(self) -> MoneyByDay:
        """The money of the effective hours of all days."""
        if self.parent is not None:
            return self.parent.life_money
        return self.money_of(self.life_work, warned=self.inside(self.life_work.day))

    def money_of(
        self, work: HoursByDay, *, factor: Floats | None = None, warned: Flags | None = None
    ) -> MoneyByDay:
        """Return what hours earn."""
        warned = np.zeros(len(work.day), np.bool_) if warned is None else warned
        return MoneyByDay.of(
            self.source, work, self.projects, self.hours_per_day, warned, factor=factor
        )

    @cached_property
    def factor(self) -> Floats:
        """By how much the rates of each project are scaled."""
        if not self.projects.fixed.any():
            return np.ones(len(self.projects.ids))
        return self.life_money.factor

    def inside(self, day: Ints) -> Flags:
        """Return which days are in the window."""
        inside: Flags = (day >= self.span[0]) & (day <= self.span[1])
        return inside

    def ids(self, work: HoursByDay, calendar: Calendar | None = None) -> dict[str, Ints]:
        """Return whose hours are, as far as it is asked for."""
        held = calendar or self.calendar
        own: dict[str, Callable[[], Ints]] = {
            "person": lambda: work.person,
            "project": lambda: work.project,
            "projectRole": lambda: work.role,
            "phase": lambda: work.phase,
            "workstream": lambda: work.workstream,
            "contract": lambda: held.contract_at(work.person, work.day),
            "role": lambda: held.roles(held.contract_at(work.person, work.day), work.role),
        }
        return {key: own[key]() for key in self.keys}

    def of_contracts(self, person: Ints, contract: Ints) -> dict[str, Ints]:
        """Return whose amounts of contracts are, and of which role."""
        none = np.full(len(person), MISSING, np.int64)
        role = self.calendar.roles(contract, none) if "role" in self.keys else none
        return {"person": person, "contract": contract, "role": role}

    def chosen(self, amounts: Amounts) -> Amounts:
        """Return the amounts that count, by whose they are."""
        keep = np.ones(len(amounts.day), np.bool_)
        for key, ids in self.only.items():
            keep &= np.isin(amounts.ids[key], ids) if key in amounts.ids else False
        if keep.all():
            return amounts
        return Amounts(
            amounts.day[keep],
            {name: ids[keep] for name, ids in amounts.ids.items()},
            {name: values[keep] for name, values in amounts.values.items()},
        )

    @cached_property
    def periods(self) -> Ints:
        """The first days of the window's periods; 0 for the one without a freq."""
        if self.freq is None:
            return np.zeros(1, np.int64)
        days = np.arange(self.span[0], self.span[1] + 1)
        starts: Ints = np.unique(period_start(days, self.freq))
        return starts

    def in_each_period(self, amounts: Amounts) -> Amounts:
        """Return amounts without a day in every period, as they hold for all of them."""
        starts = np.maximum(self.periods, self.span[0])
        some = np.any([values != 0 for values in amounts.values.values()], axis=0)
        count = len(starts)
        return Amounts(
            np.repeat(starts, int(some.sum())),
            {name: np.tile(ids[some], count) for name, ids in amounts.ids.items()},
            {name: np.tile(values[some], count) for name, values in amounts.values.items()},
        )

    def left_out(self) -> Ints:
        """Return the ids of projects that do not count."""
        templates, unsure = self.projects.template, self.projects.tentative
        out = templates if self.tentative else templates | unsure
        return self.projects.ids[out]


def _effective(scope: Scope) -> Amounts:
    work = scope.work("effective")
    past = work.day < scope.today
    values = {
        "billable": work.billable,
        "nonbillable": work.nonbillable,
        "past": np.where(past, work.total, 0.0),
        "future": np.where(past, 0.0, work.total),
    }
    return Amounts(work.day, scope.ids(work), values)


def _one_side(kind: str) -> Callable[[Scope], Amounts]:
    def amounts(scope: Scope) -> Amounts:
        work = scope.work(kind)
        past = work.day < scope.today
        values = {
            "billable": work.billable,
            "nonbillable": work.nonbillable,
            "pastBillable": np.where(past, work.billable, 0.0),
            "pastNonbillable": np.where(past, work.nonbillable, 0.0),
        }
        return Amounts(work.day, scope.ids(work), values)

    return amounts


def _money(scope: Scope) -> Amounts:
    if scope.whole or scope.projects.fixed.any():
        # Of whole projects, as a fixed price is spread over them.
        inside = scope.inside(scope.life_work.day)
        work, money = scope.life_work.select(inside), scope.life_money.select(inside)
    else:
        work = scope.work("effective")
        money = scope.money_of(work)
    cost = people_cost(scope.source, work, scope.calendar)
    past = work.day < scope.today
    values = {
        "earned": money.revenue,
        "benchmark": money.at_list_price,
        "billable": np.where(scope.projects.billed[money.row], work.billable, 0.0),
        "cost": cost,
        "pastEarned": np.where(past, money.revenue, 0.0),
        "futureEarned": np.where(past, 0.0, money.revenue),
        "pastCost": np.where(past, cost, 0.0),
        "futureCost": np.where(past, 0.0, cost),
    }
    return Amounts(work.day, scope.ids(work), values)


def _billings(scope: Scope) -> Amounts:
    work = scope.work("scheduled")
    money = scope.money_of(work, factor=scope.factor)
    table = scope.source.columns_of("projects")
    active = ~table.flags("isArchived", False)[money.row]
    cost = people_cost(scope.source, work, scope.calendar)
    values = {
        "earned": money.revenue,
        "active": np.where(active, money.revenue, 0.0),
        "cost": np.where(active & ~work.placeholder, cost, 0.0),
    }
    return Amounts(work.day, scope.ids(work), values)


def _capacity(scope: Scope, *, costs: bool) -> Amounts:
    free = CapacityByDay.of(scope.calendar, scope.source.without_capacity())
    values = {"contracted": free.contracted, "timeOff": free.time_off}
    if costs:
        role = scope.calendar.roles(free.contract, free.contract)
        values["businessCost"] = cost_of(
            scope.source, scope.calendar, free.contract, role, free.contracted
        )
    return Amounts(free.day, scope.of_contracts(free.person, free.contract), values)


def _balance(scope: Scope) -> Amounts:
    """Return what of each person's day is free, or over, of those who have capacity."""
    free = CapacityByDay.of(scope.calendar, scope.source.without_capacity())
    work = scope.work("effective")
    own = work.select(~work.placeholder)
    days = pd.DataFrame(
        {
            "day": np.concatenate([free.day, own.day]),
            "person": np.concatenate([free.person, own.person]),
            "left": np.concatenate([free.effective, -own.total]),
        }
    )
    days = days.groupby(["day", "person"], as_index=False, sort=False).sum()
    day, person = (days[name].to_numpy(np.int64) for name in ("day", "person"))
    left = days["left"].to_numpy(np.float64)
    values = {"free": np.maximum(left, 0.0), "over": np.maximum(-left, 0.0)}
    contract = scope.calendar.contract_at(person, day)
    return Amounts(day, scope.of_contracts(person, contract), values)


def _missing(scope: Scope) -> Amounts:
    """Return the hours of past days that were planned on a project, where nobody logged any."""
    plan = scope.work("scheduled")
    plan = plan.select((plan.day < scope.today) & ~plan.tentative & ~plan.placeholder)
    log = HoursByDay.of(scope.source, scope.calendar, scope.span, kind="actual", today=scope.today)
    key = ["day", "person", "project"]
    planned, logged = (pd.MultiIndex.from_arrays([getattr(s, k) for k in key]) for s in (plan, log))
    lacking = plan.select(~planned.isin(logged))
    return Amounts(lacking.day, scope.ids(lacking), {"minutes": lacking.total})


def _booked(scope: Scope) -> Amounts:
    """Return what is planned on roles, by the role of the work, placeholders in."""
    work = scope.work("scheduled", everyone=True)
    return Amounts(work.day, scope.ids(work) | {"role": work.role}, {"minutes": work.total})


def _absence(scope: Scope) -> Amounts:
    """Return the working days on leave or holiday, partial ones as their share."""
    names = ("time-offs/leave", "time-offs/holidays")
    frames = {name: scope.source.table(name, scope.span) for name in names}
    contracts = scope.source.table("contracts")
    calendar = Calendar(contracts, stacked_time_off(frames), scope.span)
    free = CapacityByDay.of(calendar, scope.source.without_capacity())
    some = free.contracted > 0
    days = np.where(some, free.time_off / np.where(some, free.contracted, 1.0), 0.0)
    return Amounts(free.day, scope.of_contracts(free.person, free.contract), {"days": days})


def _expenses(scope: Scope) -> Amounts:
    if scope.kind == "people":
        # They are nobody's.
        none = np.empty(0, np.int64)
        return Amounts(none, {}, {"earned": np.empty(0)})
    found = expenses(scope.source, scope.span, scope.projects, scope.tentative, scope.charges)
    named = {"revenue": "earned", "otherCost": "cost", "otherCharge": "charge"}
    return Amounts(found.day, found.ids, {new: found.values[old] for old, new in named.items()})


def _contracts(scope: Scope) -> Amounts:
    table = scope.source.columns_of("contracts")
    row = np.flatnonzero(~np.isin(table.ids("personId"), scope.source.without_capacity()))
    ends = table.dates("endDate", optional=True)
    row = row[(ends[row] >= scope.span[0]) & (ends[row] <= scope.span[1])]
    ids = scope.of_contracts(table.ids("personId")[row], row)
    return Amounts(ends[row], ids, {"ending": np.ones(len(row))})


def _costless(scope: Scope) -> Amounts:
    day = (scope.today, scope.today)
    off = stacked_time_off({})
    calendar = Calendar(scope.source.table("contracts"), off, day)
    free = CapacityByDay.of(calendar, scope.source.without_capacity())
    cost = calendar.contracts.numbers("costPerHour", optional=True)
    values = {"withoutCost": np.isnan(cost[free.contract]).astype(np.float64)}
    ids = scope.of_contracts(free.person, free.contract)
    return Amounts(free.day, ids, values)


def _milestones(scope: Scope) -> Amounts:
    table = scope.source.columns_of("milestones")
    day, project = table.dates("date"), table.ids("projectId")
    keep = (day >= scope.span[0]) & (day <= scope.span[1]) & ~np.isin(project, scope.left_out())
    return Amounts(day[keep], {"project": project[keep]}, {"count": np.ones(int(keep.sum()))})


def _requests(scope: Scope) -> Amounts:
    table = scope.source.columns_of("person-requests")
    project = table.ids("projectId")
    keep = ~np.isin(project, scope.left_out())
    hire = table.texts("status", "")[keep] == "NEED_TO_HIRE"
    ids = {"person": table.ids("personId")[keep], "project": project[keep]}
    values = {"open": np.ones(int(keep.sum())), "toHire": hire.astype(np.float64)}
    return Amounts(np.zeros(len(hire), np.int64), ids, values)


def _before(scope: Scope) -> Amounts:
    """Return all work up to the window's end; what was before is in its first period."""
    work, money = scope.life_work, scope.life_money
    upto = work.day <= scope.span[1]
    values = {
        "billable": work.billable,
        "nonbillable": work.nonbillable,
        "earned": money.revenue,
        "cost": people_cost(scope.source, work, scope.life_calendar),
    }
    ids = {key: own[upto] for key, own in scope.ids(work, scope.life_calendar).items()}
    day = np.maximum(work.day[upto], scope.span[0])
    return Amounts(day, ids, {name: of[upto] for name, of in values.items()})


def _project_budget(scope: Scope) -> Amounts:
    """Return the budgets of projects, and what their whole lives leave of them."""
    projects, money = scope.projects, scope.life_money
    table = scope.source.columns_of("projects")
    set_aside = table.numbers("expensesBudget", optional="expensesBudget" in table)
    has_budget = ~np.isnan(projects.budget)
    charge = _whole_charges(scope)
    earned = projects.summed(money.row, money.revenue)
    earned += np.where(projects.charged(scope.charges), charge, 0.0)
    spent = np.where(projects.fixed, projects.summed(money.row, money.at_list_price), earned)
    has_remaining = has_budget & projects.billed
    values = {
        "budget": np.nan_to_num(projects.budget),
        "hasBudget": has_budget.astype(np.float64),
        "remaining": np.where(has_remaining, settled(np.nan_to_num(projects.budget) - spent), 0.0),
        "hasRemaining": has_remaining.astype(np.float64),
        "expensesBudget": np.nan_to_num(set_aside),
        "hasExpensesBudget": (~np.isnan(set_aside)).astype(np.float64),
        "charge": np.where(np.isnan(set_aside), 0.0, charge),
    }
    return _of_projects(scope, values)


def _whole_charges(scope: Scope) -> Floats:
    table = scope.source.columns_of("other-expenses")
    projects = scope.projects
    owner = by_id(projects.ids, np.arange(len(projects.ids)), table.ids("projectId"))
    known = owner != MISSING
    return projects.summed(owner[known], table.numbers("charge")[known])


def _of_projects(scope: Scope, values: dict[str, Floats]) -> Amounts:
    keep = ~np.isin(scope.projects.ids, scope.left_out())
    ids = {"project": scope.projects.ids[keep]}
    none = np.zeros(int(keep.sum()), np.int64)
    kept_values = {name: of[keep] for name, of in values.items()}
    return Amounts(none, ids, kept_values)


def _counted_minutes(scope: Scope) -> tuple[HoursByDay, Ints, Floats]:
    """Return all work, its projects' rows, and the minutes that a budget in hours counts."""
    work, row = scope.life_work, scope.life_money.row
    return work, row, np.where(scope.projects.billed[row], work.billable, work.total)


def _project_hours(scope: Scope) -> Amounts:
    projects = scope.projects
    work, row, minutes = _counted_minutes(scope)
    past = np.where(work.day < scope.today, minutes, 0.0)
    values = {
        "usedMinutes": projects.summed(row, minutes),
        "completedMinutes": projects.summed(row, past),
    }
    return _of_projects(scope, values)


def _role_rows(scope: Scope) -> pd.DataFrame:
    table = scope.source.columns_of("budget-roles")
    rows = pd.DataFrame(
        {
            "project": table.ids("projectId"),
            "role": table.ids("roleId"),
            "minutes": np.nan_to_num(table.numbers("estimatedMinutes", optional=True)),
            "budget": np.nan_to_num(table.numbers("estimatedBudget", optional=True)),
        }
    )
    return rows[~rows["project"].isin(scope.left_out())]


def _project_roles(scope: Scope) -> Amounts:
    rows, projects = _role_rows(scope), scope.projects
    row = projects.where(rows["project"].to_numpy(np.int64), "budgets of roles")
    has = projects.summed(row, np.ones(len(row))) > 0
    _, work_row, minutes = _counted_minutes(scope)
    values = {
        "roleMinutes": projects.summed(row, rows["minutes"].to_numpy(np.float64)),
        "roleBudget": projects.summed(row, rows["budget"].to_numpy(np.float64)),
        "hasRoles": has.astype(np.float64),
        "roleUsedMinutes": np.where(has, projects.summed(work_row, minutes), 0.0),
    }
    return _of_projects(scope, values)


def _roles(scope: Scope) -> Amounts:
    rows = _role_rows(scope)
    work, money = scope.life_work, scope.life_money
    used = pd.DataFrame(
        {
            "project": work.project,
            "role": work.role,
            "usedMinutes": work.billable,
            "usedValue": money.at_list_price,
        }
    )
    used = used.groupby(["project", "role"], as_index=False).sum()
    rows = rows.groupby(["project", "role"], as_index=False).sum().merge(used, how="left")
    ids = {"project": rows["project"].to_numpy(np.int64)}
    ids |= {"projectRole": rows["role"].to_numpy(np.int64)}
    names = ("minutes", "budget", "usedMinutes", "usedValue")
    values = {name: rows[name].fillna(0.0).to_numpy(np.float64) for name in names}
    values["has"] = np.ones(len(rows))
    return Amounts(np.zeros(len(rows), np.int64), ids, values)


def _project_plans(scope: Scope) -> Amounts:
    """Return which projects nobody is assigned to, at all or around today."""
    plan, projects = scope.source.columns_of("assignments"), scope.projects
    works = plan.flags("isActive", True) & ~plan.flags("isTemplate", False)
    near = plan.dates("endDate") >= scope.today - THREE_MONTHS
    near &= plan.dates("startDate") <= scope.today + THREE_MONTHS
    owner = plan.ids("projectId")
    archived = scope.source.columns_of("projects").flags("isArchived", False)
    values = {
        "unassigned": ~np.isin(projects.ids, owner[works]),
        "archivable": ~np.isin(projects.ids, owner[works & near]) & ~archived,
    }
    return _of_projects(scope, {name: of.astype(np.float64) for name, of in values.items()})


PARTS: dict[str, tuple[str, tuple[str, ...], Callable[[Scope], Amounts]]] = {
    # By name: the first word of its sums, the sums, and what makes them.
    "effective": ("effective", ("billable", "nonbillable", "past", "future"), _effective),
    "scheduled": (
        "scheduled",
        ("billable", "nonbillable", "pastBillable", "pastNonbillable"),
        _one_side("scheduled"),
    ),
    "actual": (
        "actual",
        ("billable", "nonbillable", "pastBillable", "pastNonbillable"),
        _one_side("actual"),
    ),
    "money": (
        "money",
        (
            "earned",
            "benchmark",
            "billable",
            "cost",
            "pastEarned",
            "futureEarned",
            "pastCost",
            "futureCost",
        ),
        _money,
    ),
    "billings": ("billings", ("earned", "active", "cost"), _billings),
    "capacity": (
        "capacity",
        ("contracted", "timeOff"),
        lambda scope: _capacity(scope, costs=False),
    ),
    "costs": ("capacity", ("businessCost",), lambda scope: _capacity(scope, costs=True)),
    "balance": ("balance", ("free", "over"), _balance),
    "missing": ("missing", ("minutes",), _missing),
    "booked": ("booked", ("minutes",), _booked),
    "absence": ("absence", ("days",), _absence),
    "expenses": ("expenses", ("earned", "cost", "charge"), _expenses),
    "contracts": ("contracts", ("ending",), _contracts),
    "costless": ("contracts", ("withoutCost",), _costless),
    "milestones": ("milestones", ("count",), _milestones),
    "requests": ("requests", ("open", "toHire"), _requests),
    "before": ("before", ("billable", "nonbillable", "earned", "cost"), _before),
    "budget": (
        "project",
        (
            "budget",
            "hasBudget",
            "remaining",
            "hasRemaining",
            "expensesBudget",
            "hasExpensesBudget",
            "charge",
        ),
        _project_budget,
    ),
    "projectHours": ("project", ("usedMinutes", "completedMinutes"), _project_hours),
    "projectRoles": (
        "project",
        ("roleMinutes", "roleBudget", "hasRoles", "roleUsedMinutes"),
        _project_roles,
    ),
    "projectPlans": ("project", ("unassigned", "archivable"), _project_plans),
    "roles": ("roles", ("minutes", "budget", "usedMinutes", "usedValue", "has"), _roles),
}
WHOLE = {"before", "budget", "projectHours", "projectRoles", "roles"}
# Those without a day: they hold for every period.
UNDATED = {"costless", "requests", "budget", "projectHours", "projectRoles", "projectPlans"}
UNDATED |= {"roles"}
RUNNING = {"before"}


def parts_for(needs: frozenset[str]) -> dict[str, set[str]]:
    """Return the parts that make the sums that are needed, and which of them each makes."""
    found = {}
    for name, (word, sums, _) in PARTS.items():
        wanted = {one for one in sums if f"{word}.{one}" in needs}
        if wanted:
            found[name] = wanted
    return found
