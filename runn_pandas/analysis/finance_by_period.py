"""Money by period: revenue, cost and profit of the hours that count, and other expenses."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.columns import Floats, Ints, by_id, number_column
from runn_pandas.analysis.days import FREQUENCIES, Window, as_text, period_start, window
from runn_pandas.analysis.groups import ID, PERIOD, Amounts, labels, ratio
from runn_pandas.analysis.hours_by_day import HoursByDay
from runn_pandas.analysis.inputs import Source, Tables, choice
from runn_pandas.analysis.money import MoneyByDay, Projects, expenses, people_cost
from runn_pandas.analysis.work_calendar import Calendar
from runn_pandas.errors import FilterError, FrameError, warn

GROUPS = ("project", "client", "role", "team", "person", "account")
FAR = 50 * 366  # days beyond the window
HALF_A_CENT = 0.005


def finance(
    start: Any,
    end: Any,
    *,
    freq: str = "MS",
    by: str = "project",
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
    date, else the default cost of the role, as for placeholders. Other expenses add their cost
    and their charge on their date. Profit is revenue - cost, margin profit / revenue x 100.
    (help.runn.io 10356662, 4914519, 12614493, 2876186)

    Parameters
    ----------
    start, end : date
        The first and the last day, both inclusive. Periods at the edges are cut to them.
    freq : {"D", "W", "W-MON", "MS", "QS", "YS"}
        Days, weeks (both spellings: Monday to Sunday), months, quarters, years.
    by : {"project", "client", "role", "team", "person", "account"}
        The role is that of the work; the team the one the person is in now. Other expenses are
        nobody's: by role, team and person they are in a row of their own, with the id NA.
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
        ``period, <by>Id, revenue, cost, profit, margin, otherCost, otherCharge``, one row for
        each period and group with hours or expenses; without an id column by account. The
        period is its first day. Revenue and cost include other expenses. Money is ``Float64``
        in the account's currency, not rounded; the margin is per cent, NA without revenue. By
        project also ``budget``; ``budgetRemaining``, the budget less the revenue from hours
        from the project's beginning to the end of the period; ``projectedOverrun``, by how much
        all billable hours, past and planned, at project rates exceed the budget, else 0.

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
    choice("by", by, GROUPS)
    if (
        isinstance(hours_per_day, bool)
        or not isinstance(hours_per_day, Real)
        or not 0 < float(hours_per_day) <= 24
    ):
        raise FilterError(f"hours_per_day is a number of hours above 0, not {hours_per_day!r}.")
    span = window(start, end)
    source = Source(tables, account)
    projects = Projects.of(source)
    whole = by == "project" or bool(projects.fixed.any())
    life = _life(source, span) if whole else span
    calendar = Calendar.of(source, life)
    today = source.today(as_of)
    done = HoursByDay.of(
        source, calendar, life, kind="effective", today=today, everything=whole
    ).counted(include_tentative, include_placeholders)

    inside = (done.day >= span[0]) & (done.day <= span[1])
    money = MoneyByDay.of(source, done, projects, float(hours_per_day), warned=inside)
    now = done.select(inside)
    ids = {"project": now.project, "role": now.role, "person": now.person}
    values = {"revenue": money.revenue[inside], "cost": people_cost(source, now, calendar)}
    sums = Amounts.stacked(
        Amounts(now.day, ids, values), expenses(source, span, projects, include_tentative)
    ).summed(source, by, freq)
    names = ("revenue", "cost", "otherCost", "otherCharge")
    revenue, cost, *other = (sums[name].to_numpy(np.float64) for name in names)
    columns = {
        "revenue": revenue,
        "cost": cost,
        "profit": revenue - cost,
        "margin": ratio(revenue - cost, revenue),
        "otherCost": other[0],
        "otherCharge": other[1],
    }
    if by == "project":
        columns |= _budgets(sums, projects, money, done.day, span, freq)
    # Plus 0, so that there is no -0.0.
    numbers = {name: number_column(values + 0.0) for name, values in columns.items()}
    return pd.DataFrame({**labels(sums, by), **numbers})


def _life(source: Source, span: Window) -> Window:
    """Return the first and the last day on which anything is planned or logged."""
    assignments, actuals = source.columns_of("assignments"), source.columns_of("actuals")
    logged = actuals.dates("date")
    was_read = "runn" in actuals.frame.attrs and "actuals" in source.given
    inside = len(logged) and span[0] <= logged.min() and logged.max() <= span[1]
    # A longer window may well be the whole life.
    if was_read and inside and span[1] - span[0] <= 366:
        warn(
            "tables['actuals'] has nothing outside of the window. Fixed prices and budgets need the"
            " whole life of a project: read it without minDate and maxDate, unless this is all.",
            UserWarning,
        )
    starts, ends = assignments.dates("startDate"), assignments.dates("endDate")
    # A slip of the pen such as the year 9999 would take all memory, and be money too.
    far = np.flatnonzero((ends > span[1] + FAR) | (starts < span[0] - FAR))
    if len(far):
        at = int(far[0])
        own = f"{assignments.ids('id', optional=True)[at]} (row {at})"
        raise FrameError(
            f"Assignment {own} lasts from {as_text(int(starts[at]))} to"
            f" {as_text(int(ends[at]))}, more than 50 years from the window; correct its"
            " dates in Runn, or leave it out of tables['assignments']."
        )
    first = np.concatenate([[span[0]], starts, logged])
    last = np.concatenate([[span[1]], ends, logged])
    return int(first.min()), int(last.max())


def _budgets(
    sums: pd.DataFrame,
    projects: Projects,
    money: MoneyByDay,
    day: Ints,
    span: Window,
    freq: str,
) -> dict[str, Floats]:
    """Return the budget, what is left of it after each period, and what all plans exceed it by."""
    row = by_id(projects.ids, np.arange(len(projects.ids)), sums[ID].to_numpy(np.int64))
    budget = projects.budget[row]
    benchmark = projects.summed(money.row, money.at_list_price)[row]
    upto = day <= span[1]
    # What was earned before the window is in its first period.
    begun = period_start(np.maximum(day[upto], span[0]), freq)
    spent = pd.DataFrame({PERIOD: begun, "row": money.row[upto], "earned": money.revenue[upto]})
    spent = spent.groupby(["row", PERIOD], as_index=False, sort=True).sum()
    spent["earned"] = spent.groupby("row")["earned"].cumsum()
    asked = pd.DataFrame({PERIOD: sums[PERIOD], "row": row, "order": np.arange(len(row))})
    beside = pd.merge_asof(
        asked.sort_values(PERIOD, kind="stable"), spent.sort_values(PERIOD), on=PERIOD, by="row"
    ).sort_values("order")
    gone = beside["earned"].fillna(0.0).to_numpy(np.float64)
    return {
        "budget": budget,
        "budgetRemaining": settled(budget - gone),
        "projectedOverrun": np.maximum(settled(benchmark - budget), 0.0),
    }


def settled(difference: Floats) -> Floats:
    """Return a difference of sums, 0 below half a cent: what adding floats left over."""
    return np.where(np.abs(difference) < HALF_A_CENT, 0.0, difference)
