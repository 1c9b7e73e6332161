"""Money: revenue, cost and profit of the hours that count, and other expenses."""

from __future__ import annotations

import numbers as abstract
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.days import FREQUENCIES, calendar, period_start
from runn_pandas.analysis.groups import ID, PERIOD, by_id, labelled, ratio, summed, team_of
from runn_pandas.analysis.hours import work
from runn_pandas.analysis.rates import Projects, cost, fixed_share, list_value
from runn_pandas.analysis.tables import (
    MISSING,
    Flags,
    Floats,
    Ints,
    Source,
    Tables,
    Window,
    choice,
    column,
    dates,
    flags,
    ids,
    number_column,
    numbers,
    window,
)
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
    """Revenue, cost, profit and margin by period and project, client, role, team or person.

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
    hours = _hours_per_day(hours_per_day)
    span = window(start, end)
    source = Source(tables, account)
    projects = Projects.of(source)
    whole = by == "project" or bool(projects.fixed.any())
    life = _life(source, span) if whole else span
    known = calendar(source, life)
    done = work(source, known, life, kind="effective", today=source.today(as_of), everything=whole)
    done = done.counted(include_tentative, include_placeholders)

    at = projects.where(done.project, "hours")
    inside = (done.day >= span[0]) & (done.day <= span[1])
    value = list_value(source, done, at, projects, hours)
    earned = fixed_share(value, at, projects, inside)
    now = done.select(inside)
    expense = _expenses(source, span, projects, include_tentative)

    group = _groups(source, by, now.person, now.role, projects, at[inside])
    other = _groups(source, by, *(np.full(len(expense[0]), MISSING),) * 2, projects, expense[1])
    nothing = np.zeros(len(now.day))
    sums = summed(
        np.concatenate([now.day, expense[0]]),
        np.concatenate([group, other]),
        freq,
        revenue=np.concatenate([earned[inside], expense[3]]),
        cost=np.concatenate([cost(source, now, known), expense[2]]),
        otherCost=np.concatenate([nothing, expense[2]]),
        otherCharge=np.concatenate([nothing, expense[3]]),
    )
    found = {name: sums[name].to_numpy(np.float64) for name in sums.columns[2:]}
    profit = found["revenue"] - found["cost"]
    columns = {
        **labelled(sums, by),
        "revenue": found["revenue"],
        "cost": found["cost"],
        "profit": profit,
        "margin": ratio(profit, found["revenue"]),
        "otherCost": found["otherCost"],
        "otherCharge": found["otherCharge"],
    }
    if by == "project":
        upto = done.day <= span[1]
        columns |= _budgets(sums, projects, at, value, earned, done.day, upto, freq, span[0])
    money = {
        # Plus 0, so that there is no -0.0.
        name: number_column(values + 0.0) if values.dtype == np.float64 else values
        for name, values in columns.items()
    }
    return pd.DataFrame(money)


def _hours_per_day(value: Any) -> float:
    odd = isinstance(value, bool) or not isinstance(value, abstract.Real)
    if odd or not 0 < float(value) <= 24:
        raise FilterError(f"hours_per_day is a number of hours above 0, not {value!r}.")
    return float(value)


def _life(source: Source, span: Window) -> Window:
    """From the first to the last day on which anything is planned or logged."""
    assignments, actuals = source.table("assignments"), source.table("actuals")
    logged = dates(actuals, "actuals", "date")
    # A longer window may well be the whole life.
    was_read = "runn" in actuals.attrs and "actuals" in source.given and span[1] - span[0] <= 366
    if was_read and len(logged) and span[0] <= logged.min() and logged.max() <= span[1]:
        warn(
            "tables['actuals'] has nothing outside of the window. Fixed prices and budgets need the"
            " whole life of a project: read it without minDate and maxDate, unless this is all.",
            UserWarning,
        )
    starts = dates(assignments, "assignments", "startDate")
    ends = dates(assignments, "assignments", "endDate")
    # A slip of the pen such as the year 9999 would take all memory, and be money too.
    far = np.flatnonzero((ends > span[1] + FAR) | (starts < span[0] - FAR))
    if len(far):
        at = int(far[0])
        own = f"{ids(assignments, 'assignments', 'id', optional=True)[at]} (row {at})"
        raise FrameError(
            f"Assignment {own} lasts from {np.datetime64(int(starts[at]), 'D')} to"
            f" {np.datetime64(int(ends[at]), 'D')}, more than 50 years from the window; correct its"
            " dates in Runn, or leave it out of tables['assignments']."
        )
    first = np.concatenate([[span[0]], starts, logged])
    last = np.concatenate([[span[1]], ends, logged])
    return int(first.min()), int(last.max())


def _expenses(
    source: Source, span: Window, projects: Projects, tentative: bool
) -> tuple[Ints, Ints, Floats, Floats]:
    """Day, row of the project, cost and charge of the other expenses that count."""
    frame, name = source.table("other-expenses"), "other-expenses"
    day, project = dates(frame, name, "date"), ids(frame, name, "projectId")
    keep: Flags = (day >= span[0]) & (day <= span[1])
    table = source.table("projects")
    left_out = flags(table, "isTemplate", False, "projects")
    if not tentative:
        left_out |= ~flags(table, "isConfirmed", True, "projects")
    keep &= ~np.isin(project, projects.ids[left_out])
    return (
        day[keep],
        projects.where(project[keep], "other expenses"),
        numbers(frame, name, "cost")[keep],
        numbers(frame, name, "charge")[keep],
    )


def _groups(
    source: Source, by: str, person: Ints, role: Ints, projects: Projects, at: Ints
) -> Ints:
    if by == "project":
        return projects.ids[at]
    if by == "client":
        column(source.table("projects"), "projects", "clientId")
        return projects.client[at]
    if by == "role":
        return role
    if by == "person":
        return person
    if by == "team":
        return team_of(source, person)
    return np.zeros(len(at), np.int64)


def _budgets(
    sums: pd.DataFrame,
    projects: Projects,
    at: Ints,
    value: Floats,
    earned: Floats,
    day: Ints,
    upto: Flags,
    freq: str,
    first: int,
) -> dict[str, Floats]:
    """Budget, what is left of it after each period, and what the whole plan exceeds it by."""
    row = by_id(projects.ids, np.arange(len(projects.ids)), sums[ID].to_numpy(np.int64))
    budget = projects.budget[row]
    benchmark = np.bincount(at, weights=value, minlength=len(projects.ids))[row]
    # What was earned before the window is in its first period.
    begun = period_start(np.maximum(day[upto], first), freq)
    spent = pd.DataFrame({PERIOD: begun, "row": at[upto], "earned": earned[upto]})
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
    """A difference of sums without what adding floats left over: below half a cent it is 0."""
    return np.where(np.abs(difference) < HALF_A_CENT, 0.0, difference)
