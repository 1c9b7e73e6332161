"""What the hours of a day earn and cost, and the other expenses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import MISSING, Flags, Floats, Ints, by_id
from runn_pandas.analysis.days import Window
from runn_pandas.analysis.groups import Amounts
from runn_pandas.analysis.hours_by_day import HoursByDay
from runn_pandas.analysis.inputs import Source
from runn_pandas.analysis.work_calendar import Calendar
from runn_pandas.errors import FrameError, warn


@dataclass(frozen=True)
class Projects:
    """What money takes from projects, in the order of their table."""

    ids: Ints
    fixed: Flags
    billed: Flags
    daily: Flags
    budget: Floats
    template: Flags
    tentative: Flags

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return the projects of a source."""
        table = source.columns_of("projects")
        model = table.texts("pricingModel", "tm")
        odd = sorted({str(word) for word in pd.unique(model)} - {"tm", "fp", "nb"})
        if odd:
            raise FrameError(f"'projects': pricingModel is 'tm', 'fp' or 'nb', not {odd[0]!r}.")
        return cls(
            ids=table.ids("id"),
            fixed=model == "fp",
            billed=model != "nb",
            daily=table.texts("rateType", "hours") == "days",
            budget=table.numbers("budget", optional="budget" in table),
            template=table.flags("isTemplate", False),
            tentative=~table.flags("isConfirmed", True),
        )

    def where(self, wanted: Ints, what: str) -> Ints:
        """Return the row of each project; raise if one is not there."""
        row = by_id(self.ids, np.arange(len(self.ids)), wanted)
        lost = np.unique(wanted[row == MISSING])
        if len(lost):
            raise FrameError(
                f"'projects' has no row for {_listed('project', lost)}, which has {what}; read it"
                " with includeArchived=True."
            )
        return row

    def charged(self, charges: str) -> Flags:
        """Return which projects earn the charges of their other expenses.

        A fixed price includes them, and a non-billable project earns nothing.
        See docs/how-runn-behaves.md, "Money".
        """
        everywhere = np.full(len(self.ids), charges == "all")
        return (self.billed & ~self.fixed) if charges == "runn" else everywhere

    def factor(self, benchmark: Floats) -> Floats:
        """Return by how much each project's rates are scaled: a fixed price earns its budget.

        NaN where a fixed price has nothing to scale. ``benchmark`` is what the billable hours of
        the whole life are worth at the project's rates; effective rate = role rate x budget /
        benchmark. See docs/how-runn-behaves.md, "Money".
        """
        factor = np.where(self.fixed, np.nan, 1.0)
        priced = self.fixed & (benchmark != 0) & ~np.isnan(self.budget)
        factor[priced] = self.budget[priced] / benchmark[priced]
        return factor

    def summed(self, row: Ints, values: Floats) -> Floats:
        """Return the sum of each project."""
        return np.asarray(np.bincount(row, weights=values, minlength=len(self.ids)), np.float64)


class Rates:
    """The rates of roles on projects; read when the first is asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @cached_property
    def _known(self) -> tuple[Ints, Ints, Ints, Floats]:
        """The ids of projects and roles, and the rates by the numbers of both."""
        table = self._source.columns_of("project-rates")
        columns = {"project": table.ids("projectId"), "role": table.ids("roleId")}
        rates = pd.DataFrame({**columns, "rate": table.numbers("rate")}).drop_duplicates()
        twice = rates.duplicated(["project", "role"])
        if twice.any():
            role, project = (int(rates.loc[twice, key].iloc[0]) for key in ("role", "project"))
            raise FrameError(
                f"'project-rates' has several rates for role {role} on project {project}; keep the"
                " one that holds."
            )
        projects, roles = (np.unique(rates[key].to_numpy(np.int64)) for key in columns)
        code = np.searchsorted(projects, rates["project"]) * len(roles)
        code = code + np.searchsorted(roles, rates["role"])
        order = np.argsort(code)
        rate = np.append(rates["rate"].to_numpy(np.float64)[order], np.nan)
        return projects, roles, code[order], rate

    def hourly(self, project: Ints, role: Ints) -> Floats:
        """Return the rate of each role on each project; NaN without one."""
        projects, roles, codes, rates = self._known
        code = np.full(len(project), MISSING, np.int64)
        if len(codes):
            at, nth = _number(projects, project), _number(roles, role)
            code = np.where((at < 0) | (nth < 0), MISSING, at * len(roles) + nth)
        return rates[_number(codes, code)]


def _number(known: Ints, wanted: Ints) -> Ints:
    """Return where each is among sorted numbers; -1 where it is not."""
    if not len(known):
        return np.full(len(wanted), -1)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[at] == wanted, at, -1)


@dataclass(frozen=True)
class MoneyByDay:
    """What each entry of `HoursByDay` earns, and the row of its project.

    ``at_list_price`` is billable hours at the project's rate: summed over a project's life, its
    T&M benchmark. ``revenue`` is the same, of a fixed price the share of the budget.
    ``unrated`` is set where billable work has no rate, ``unpriced`` are the billable minutes that
    have no price. ``factor`` is what the rates of each project are scaled by.
    """

    row: Ints
    at_list_price: Floats
    revenue: Floats
    unrated: Flags
    unpriced: Floats
    factor: Floats

    def select(self, keep: Flags) -> Self:
        """Return the money of some of the entries."""
        own = {name: values[keep] for name, values in vars(self).items() if name != "factor"}
        return type(self)(**own, factor=self.factor)

    @classmethod
    def of(
        cls,
        work: HoursByDay,
        projects: Projects,
        rates: Rates,
        hours_per_day: float,
        factor: Floats | None = None,
    ) -> Self:
        """Return the money of hours.

        ``factor`` is given where these are not the effective hours of the projects' whole lives.
        """
        row = projects.where(work.project, "hours")
        hourly = rates.hourly(work.project, work.role)
        hourly = hourly / np.where(projects.daily[row], hours_per_day, 1.0)
        billable = np.where(projects.billed[row], work.billable, 0.0)
        value = billable / 60 * np.nan_to_num(hourly)
        if factor is None:
            factor = projects.factor(projects.summed(row, value))
        scale = factor[row]
        unrated = np.isnan(hourly) & (billable != 0)
        unpriced = np.where(np.isnan(hourly) | np.isnan(scale), billable, 0.0)
        return cls(row, value, value * np.nan_to_num(scale), unrated, unpriced, factor)


def say_unrated(project: Ints, role: Ints) -> None:
    """Warn of billable work without a rate, if there is any, by project and role."""
    pairs = np.unique(np.column_stack([project, role]), axis=0)
    if len(pairs):
        more = f", and for {len(pairs) - 1} more such pairs" if len(pairs) > 1 else ""
        warn(
            f"'project-rates' has no rate for role {pairs[0, 1]} on project {pairs[0, 0]}{more}:"
            " their billable work earns 0.",
            UserWarning,
        )


def say_unscaled(projects: Projects, factor: Floats, worked_on: Ints) -> None:
    """Warn of fixed prices without an effective rate, if there are any among rows of projects."""
    lost = np.unique(projects.ids[worked_on[np.isnan(factor[worked_on])]])
    if len(lost):
        warn(
            f"No effective rate for fixed-price {_listed('project', lost)}: no billable hours at a"
            " rate above 0, or no budget; the revenue from hours is 0.",
            UserWarning,
        )


def _listed(what: str, numbers: Ints) -> str:
    shown = ", ".join(map(str, numbers[:5])) + (", ..." if len(numbers) > 5 else "")
    return f"{what}{'s' if len(numbers) > 1 else ''} {shown}"


def people_cost(source: Source, work: HoursByDay, calendar: Calendar) -> Floats:
    """Return hours at the cost of the contract on that date, else at the role's default cost.

    The role is the contract's; without a contract, as for placeholders, the work's.
    """
    contract = calendar.contract_at(work.person, work.day)
    role = calendar.roles(contract, work.role)
    return cost_of(source, calendar, contract, role, work.total)


def cost_of(
    source: Source, calendar: Calendar, contract: Ints, role: Ints, minutes: Floats
) -> Floats:
    """Return minutes at the cost of a contract row, else (and for -1) of a role."""
    held = calendar.contracts.numbers("costPerHour", optional=True)
    hourly = np.append(held, np.nan)[contract]
    lacking = np.isnan(hourly) & (minutes != 0)
    if lacking.any():
        roles = source.columns_of("roles")
        default = np.append(roles.numbers("defaultHourCost"), np.nan)
        row = by_id(roles.ids("id"), np.arange(len(roles)), role)
        lost = np.unique(role[lacking & (row == MISSING)])
        if len(lost):
            raise FrameError(
                f"'roles' has no row for {_listed('role', lost)}, whose default cost is needed"
                " where a contract has none; read 'roles' again."
            )
        hourly = np.where(lacking, default[np.where(row == MISSING, -1, row)], hourly)
    money: Floats = minutes / 60 * np.nan_to_num(hourly)
    return money


def expenses(
    source: Source, span: Window, projects: Projects, tentative: bool, charges: str
) -> Amounts:
    """Return the other expenses that count: a project's, and nobody's."""
    table = source.columns_of("other-expenses")
    day, project = table.dates("date"), table.ids("projectId")
    left_out = projects.template if tentative else projects.template | projects.tentative
    keep = (day >= span[0]) & (day <= span[1]) & ~np.isin(project, projects.ids[left_out])
    row = projects.where(project[keep], "other expenses")
    cost, charge = (table.numbers(name)[keep] for name in ("cost", "charge"))
    revenue = np.where(projects.charged(charges)[row], charge, 0.0)
    values = {"revenue": revenue, "cost": cost, "otherCost": cost, "otherCharge": charge}
    return Amounts(day[keep], {"project": project[keep]}, values)
