"""Money by period: revenue, cost and profit of the hours that count, and other expenses."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.columns import (
    MISSING,
    Columns,
    Floats,
    Ints,
    by_id,
    minutes_column,
    number_column,
)
from runn_pandas.analysis.days import Window, around, as_text, window
from runn_pandas.analysis.groups import Amounts, ratio
from runn_pandas.analysis.hints import told
from runn_pandas.analysis.hours_by_day import HoursByDay
from runn_pandas.analysis.inputs import Source, Tables, choice
from runn_pandas.analysis.money import (
    MoneyByDay,
    Projects,
    Rates,
    expenses,
    people_cost,
    say_unrated,
    say_unscaled,
)
from runn_pandas.analysis.options import (
    CHARGES,
    FREQUENCIES,
    KINDS,
    UNPRICED,
    Charges,
    Freq,
    HoursKind,
    Unpriced,
)
from runn_pandas.analysis.reports.fields import fields_of, labelled, summed
from runn_pandas.analysis.work_calendar import Calendar
from runn_pandas.errors import FilterError, FrameError, warn
from runn_pandas.frame.flags import check_flags

FAR = 50 * 366  # days beyond the window
HALF_A_CENT = 0.005


def finance(
    start: Any,
    end: Any,
    *,
    freq: Freq = "MS",
    by: str | Sequence[str] = "project",
    hours: HoursKind = "effective",
    charges: Charges = "runn",
    unpriced: Unpriced = "zero",
    hours_per_day: float = 8,
    tables: Tables | None = None,
    include_tentative: bool = False,
    include_placeholders: bool = True,
    as_of: Any = None,
    account: Account | None = None,
) -> pd.DataFrame:
    """Return revenue, cost, profit and margin by period and project, client, role, team or person.

    Of the effective hours (see `hours`). Revenue of time and materials is billable hours x
    project rate of the role; of a fixed price billable hours x effective rate, which is the
    project rate x budget / benchmark, the benchmark being all billable hours of the project's
    whole life x project rate: effort-proportional, so that any changed hour re-spreads the past
    too; of non-billable projects 0. Cost is all hours x cost of the contract in force on the
    date, else the default cost of that contract's role, whatever the role of the work; of who has
    no contract then, as placeholders, that of the role of the work. Other expenses add their cost
    on their date, and of time and materials their charge to the revenue: a fixed price includes
    it, and a non-billable project earns nothing. Profit is revenue - cost, margin profit /
    revenue x 100. (help.runn.io 10356662, 4914519, 12614493, 2876186)

    Parameters
    ----------
    start, end : date
        The first and the last day, both inclusive. Periods at the edges are cut to them.
    freq : {"D", "W", "W-MON", "MS", "QS", "YS"}
        Days, weeks (both spellings: Monday to Sunday), months, quarters, years.
    by : str or sequence of str
        ``"project"``, ``"client"``, ``"role"``, ``"team"``, ``"person"``, ``"account"``, any other
        field of `report`, such as ``"pricingModel"``, ``"primaryTeam"``, ``"tag"`` (of the
        project), ``"phase"``, ``"workstream"`` or ``"employmentType"``, or several, in order. The
        role is that of the work; the team the one the person is in now. Other expenses are
        nobody's: by role, team and person they are in the row with the id NA, by team together
        with the people who are in none; ``otherCost`` and ``otherCharge`` tell them apart.
    hours : {"effective", "scheduled", "actual"}
        Which hours earn and cost. What an hour of a fixed price earns, and what remains of a
        budget, is of the effective hours always.
    charges : {"runn", "all", "none"}
        Whose other expenses' charges are revenue. That the revenue of a fixed price is its
        budget, and that a non-billable project has none, is Runn's word (help.runn.io 4887764);
        that time and materials add their charges is not told by a page of Runn's. ``"all"``
        adds every charge on its date, ``"none"`` none. ``otherCharge`` has them all.
    unpriced : {"zero", "na"}
        What billable work without a rate earns: 0, or nothing that is known, and then revenue,
        profit and margin of its rows are NA. ``unpricedMinutes`` says how much it is.
    hours_per_day : float
        What a day is, in hours, where a project's rates are daily: the account's full-time day,
        which the API does not tell.
    tables : dict of str to DataFrame, optional
        Frames by resource: those of `hours`, and ``project-rates``, ``roles``,
        ``other-expenses``; ``people`` by team. For fixed prices and by project,
        ``assignments`` and ``actuals`` have to be whole, not only those of the window.
    include_tentative : bool
        Whether tentative projects count.
    include_placeholders : bool
        Whether the unmet demand of placeholders counts; without it, it is no part of the
        benchmark of a fixed price either.
    as_of, account
        As in `hours`.

    Returns
    -------
    DataFrame
        ``period, <by>Id, revenue, cost, profit, margin, otherCost, otherCharge,
        unpricedMinutes``, one row for each period and group with hours or expenses; without an
        id column by account. The period is its first day. The cost includes other expenses.
        Money is ``Float64`` in the account's currency, not rounded; the margin is per cent, NA
        without revenue. By project also, for the whole project, past and planned, the same in
        each of its periods: ``budget``; ``budgetRemaining``, of time and materials the budget
        less the revenue, of a fixed price less its billable hours at project rates, of
        non-billable projects NA; ``projectedOverrun``, by how much all billable hours at
        project rates exceed the budget, else 0. A project with a budget and neither hours nor
        expenses in the window has a row of zeros in the first period.

    Raises
    ------
    FilterError
        If an option takes no such value, or the end is before the start.
    FrameError
        If a table lacks a column or a row that the money is made from.

    Warns
    -----
    UserWarning
        If a fixed price has no benchmark or no budget, or billable work no rate: its revenue
        from hours is 0.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> from runn_pandas.analysis import finance
    >>> account = rp.connect("demo")
    >>> year = finance("2026-01-01", "2026-12-31", freq="YS", by="account")
    >>> bool((year["profit"] == year["revenue"] - year["cost"]).all())
    True
    """
    choice("freq", freq, FREQUENCIES)
    choice("hours", hours, KINDS)
    choice("charges", charges, CHARGES)
    check_flags(include_tentative=include_tentative, include_placeholders=include_placeholders)
    choice("unpriced", unpriced, UNPRICED)
    day_in_hours = checked_hours(hours_per_day)
    span = window(start, end)
    source = Source(tables, account)
    projects = Projects.of(source)
    fields = fields_of(source, "projects", by)
    by_project = [one.column for one in fields] == ["projectId"]
    whole = by_project or bool(projects.fixed.any())
    life = life_of(source, span) if whole else span
    calendar = Calendar.of(source, life)
    today = source.today(as_of)
    done = HoursByDay.of(
        source, calendar, life, kind="effective", today=today, everything=whole
    ).counted(include_tentative, include_placeholders)

    inside = (done.day >= span[0]) & (done.day <= span[1])
    rates = Rates(source)
    money = MoneyByDay.of(done, projects, rates, day_in_hours)
    say_unrated(done.project[money.unrated], done.role[money.unrated])
    say_unscaled(projects, money.factor, money.row[inside])
    now, paid = done.select(inside), money.select(inside)
    if hours != "effective":
        now = HoursByDay.of(source, None, span, kind=hours, today=today)
        now = now.counted(include_tentative, include_placeholders)
        paid = MoneyByDay.of(now, projects, rates, day_in_hours, money.factor)
        say_unrated(now.project[paid.unrated], now.role[paid.unrated])
    values = {
        "revenue": paid.revenue,
        "cost": people_cost(source, now, calendar),
        "unpriced": paid.unpriced,
    }
    worked = Amounts(now.day, now.ids(calendar, {one.key for one in fields}), values)
    other_expenses = expenses(source, span, projects, include_tentative, charges)
    parts = [worked, other_expenses]
    if by_project:
        parts.append(_silent(projects, include_tentative, span, parts))
    sums = summed(Amounts.stacked(*parts), fields, freq)
    numbers = _numbers(sums, unpriced)
    if by_project:
        row = by_id(projects.ids, np.arange(len(projects.ids)), sums["0"].to_numpy(np.int64))
        of_projects = budgets(source, projects, money, charges)
        numbers |= {name: number_column(of[row]) for name, of in of_projects.items()}
    result = pd.DataFrame({**labelled(sums, fields, freq), **numbers})
    return told(result, "finance", span, today, freq=freq)


def _numbers(sums: pd.DataFrame, unpriced: str) -> dict[str, Any]:
    """Return the columns of money of sums."""
    names = ("revenue", "cost", "unpriced", "otherCost", "otherCharge")
    revenue, cost, lacking, *other = (sums[name].to_numpy(np.float64) for name in names)
    if unpriced == "na":
        revenue = np.where(lacking > 0, np.nan, revenue)
    columns = {
        "revenue": revenue,
        "cost": cost,
        "profit": revenue - cost,
        "margin": ratio(revenue - cost, revenue),
        "otherCost": other[0],
        "otherCharge": other[1],
    }
    # Plus 0, so that there is no -0.0.
    numbers = {name: number_column(values + 0.0) for name, values in columns.items()}
    return {**numbers, "unpricedMinutes": minutes_column(lacking)}


def _silent(
    projects: Projects, include_tentative: bool, span: Window, parts: list[Amounts]
) -> Amounts:
    """Return nothing, on the first day, for each project that has a budget and nothing else."""
    counts = ~projects.template & (include_tentative | ~projects.tentative)
    budgeted = projects.ids[counts & (np.nan_to_num(projects.budget) != 0)]
    lacking = np.setdiff1d(budgeted, np.concatenate([part.ids["project"] for part in parts]))
    return Amounts(np.full(len(lacking), span[0]), {"project": lacking}, {})


def checked_hours(hours_per_day: Any) -> float:
    """Return the hours of a full-time day, if it is a number of them."""
    if (
        isinstance(hours_per_day, bool)
        or not isinstance(hours_per_day, Real)
        or not 0 < float(hours_per_day) <= 24
    ):
        raise FilterError(f"hours_per_day is a number of hours above 0, not {hours_per_day!r}.")
    return float(hours_per_day)


def life_of(source: Source, span: Window) -> Window:
    """Return the first and the last day on which anything is planned or logged."""
    planned, logged = planned_days(source, span), logged_days(source)
    # A longer window may well be the whole life.
    inside = logged is not None and span[0] <= logged[0] and logged[1] <= span[1]
    if inside and source.was_read("actuals") and span[1] - span[0] <= 366:
        warn(
            "tables['actuals'] has nothing outside of the window. Fixed prices and budgets need the"
            " whole life of a project: read it without minDate and maxDate, unless this is all.",
            UserWarning,
        )
    return around(span, planned, logged) or span


def planned_days(source: Source, span: Window | None = None) -> Window | None:
    """Return the first and the last day of assignments; raise if one is far from a span."""
    found: Window | None = None
    for table in source.pieces("assignments", ("id", "startDate", "endDate")):
        starts, ends = table.dates("startDate"), table.dates("endDate")
        if len(table):
            found = around(found, (int(starts.min()), int(ends.max())))
        if span is not None:
            _refuse_far(table, starts, ends, span)
    return found


def logged_days(source: Source) -> Window | None:
    """Return the first and the last day on which anything was logged."""
    found: Window | None = None
    for table in source.pieces("actuals", ("date",)):
        days = table.dates("date")
        if len(days):
            found = around(found, (int(days.min()), int(days.max())))
    return found


def _refuse_far(table: Columns, starts: Ints, ends: Ints, span: Window) -> None:
    # A slip of the pen such as the year 9999 would take all memory, and be money too.
    far = np.flatnonzero((ends > span[1] + FAR) | (starts < span[0] - FAR))
    if len(far):
        at = int(far[0])
        own = f"{table.ids('id', optional=True)[at]} (row {at})"
        raise FrameError(
            f"Assignment {own} lasts from {as_text(int(starts[at]))} to"
            f" {as_text(int(ends[at]))}, more than 50 years from the window; correct its"
            " dates in Runn, or leave it out of tables['assignments']."
        )


def budgets(
    source: Source, projects: Projects, money: MoneyByDay, charges: str
) -> dict[str, Floats]:
    """Return what each project's budget is, what its whole life leaves of it, and exceeds it by.

    A fixed price earns its budget whatever is worked, so what its hours are worth at the
    project's rates is set against it. See docs/how-runn-behaves.md, "Money".
    """
    benchmark = projects.summed(money.row, money.at_list_price)
    table = source.columns_of("other-expenses")
    owner = by_id(projects.ids, np.arange(len(projects.ids)), table.ids("projectId"))
    known = owner != MISSING
    charge = projects.summed(owner[known], table.numbers("charge")[known])
    earned = projects.summed(money.row, money.revenue)
    earned += np.where(projects.charged(charges), charge, 0.0)
    left = projects.budget - np.where(projects.fixed, benchmark, earned)
    return {
        "budget": projects.budget,
        "budgetRemaining": np.where(projects.billed, settled(left), np.nan) + 0.0,
        "projectedOverrun": np.maximum(settled(benchmark - projects.budget), 0.0) + 0.0,
    }


def settled(difference: Floats) -> Floats:
    """Return a difference of sums, 0 below half a cent: what adding floats left over."""
    return np.where(np.abs(difference) < HALF_A_CENT, 0.0, difference)
