"""Utilization: hours over capacity, of people and of groups of people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.capacity_by_day import CapacityByDay
from runn_pandas.analysis.columns import minutes_column, number_column
from runn_pandas.analysis.days import window
from runn_pandas.analysis.groups import Amounts, labels, ratio
from runn_pandas.analysis.hints import told
from runn_pandas.analysis.hours_by_day import HoursByDay
from runn_pandas.analysis.inputs import Source, Tables, choice
from runn_pandas.analysis.options import (
    FREQUENCIES,
    GROUPS,
    KINDS,
    Freq,
    HoursKind,
    UtilizationGroup,
)
from runn_pandas.analysis.work_calendar import Calendar
from runn_pandas.errors import FrameError
from runn_pandas.frame.flags import check_flags


def utilization(
    start: Any,
    end: Any,
    *,
    freq: Freq = "MS",
    by: UtilizationGroup = "person",
    hours: HoursKind = "effective",
    contracted: bool = False,
    tables: Tables | None = None,
    include_tentative: bool = False,
    include_placeholders: bool = False,
    as_of: Any = None,
    account: Account | None = None,
) -> pd.DataFrame:
    """Return utilization by period and person, team, role, tag, or of the account, in per cent.

    Utilization is hours / effective capacity x 100, billable utilization the same with the
    billable hours; NA where there is no capacity. A group's is the sum of its people's hours
    over the sum of their capacity, never a mean of percentages (Runn's method since May 2023).
    (help.runn.io 10356662, 4887765)

    Parameters
    ----------
    start, end : date
        The first and the last day, both inclusive. Periods at the edges are cut to them.
    freq : {"D", "W", "W-MON", "MS", "QS", "YS"}
        Days, weeks (both spellings: Monday to Sunday), months, quarters, years.
    by : {"person", "team", "role", "tag", "account"}
        Whose. The team is the one the person is in now; the role is that of the contract in
        force on each day (without a contract: of the work). Who has several tags counts in
        each of them, so tags do not add up.
    hours : {"effective", "scheduled", "actual"}
        Which hours. Runn's reports use the effective ones, its People Planner the scheduled
        ones, for past dates too (help.runn.io 4293043).
    contracted : bool
        Whether to show what the capacity is made of, ``contractedMinutes`` and
        ``timeOffMinutes``, as the last columns.
    tables : dict of str to DataFrame, optional
        Frames by resource: those of `hours`, and ``people`` by team and tag.
    include_tentative, include_placeholders : bool
        Whether hours on tentative projects and of placeholders count; Runn's reports leave
        them out. Placeholders have no capacity.
    as_of, account
        As in `hours`.

    Returns
    -------
    DataFrame
        ``period, <by>Id, totalMinutes, billableMinutes, capacityMinutes, utilization,
        billableUtilization``, one row for each period and group with capacity or hours; without
        an id column by account. The period is its first day, also where the window cuts it.
        Who is in no team or has no tag is in a row of its own, with the id NA. Minutes are
        ``Int64`` (``Float64`` if there are fractions), utilizations per cent as ``Float64``.

    Raises
    ------
    FilterError
        If an option takes no such value, or the end is before the start.
    FrameError
        If a table lacks a column or holds what it cannot.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> from runn_pandas.analysis import utilization
    >>> account = rp.connect("demo")
    >>> quarter = utilization("2026-01-01", "2026-03-31", by="account")
    >>> quarter["period"].dt.month.tolist()
    [1, 2, 3]
    """
    choice("freq", freq, FREQUENCIES)
    choice("by", by, GROUPS)
    check_flags(include_tentative=include_tentative, include_placeholders=include_placeholders)
    check_flags(contracted=contracted)
    choice("hours", hours, KINDS)
    span = window(start, end)
    source = Source(tables, account)
    calendar = Calendar.of(source, span)
    today = source.today(as_of)
    done = HoursByDay.of(source, calendar, span, kind=hours, today=today)
    free = CapacityByDay.of(calendar, source.without_capacity())
    if done.unknown.any() and not include_tentative:
        raise FrameError(
            f"'projects' has no row for project {int(done.project[done.unknown][0])}, whose hours"
            " may be tentative; read it with includeArchived=True."
        )
    done = done.counted(include_tentative, include_placeholders)
    worked = {"person": done.person}
    able = {"person": free.person}
    if by == "role":
        # The contract's; without a contract the work's.
        worked["role"] = calendar.roles(calendar.contract_at(done.person, done.day), done.role)
        able["role"] = calendar.roles(free.contract, free.contract)
    sums = Amounts.stacked(
        Amounts(done.day, worked, {"total": done.total, "billable": done.billable}),
        Amounts(
            free.day,
            able,
            {"capacity": free.effective, "held": free.contracted, "off": free.time_off},
        ),
    ).summed(source, by, freq)
    total, billable, capacity = (
        sums[name].to_numpy(np.float64) for name in ("total", "billable", "capacity")
    )
    parts = {"contractedMinutes": "held", "timeOffMinutes": "off"} if contracted else {}
    shown = {name: minutes_column(sums[of].to_numpy(np.float64)) for name, of in parts.items()}
    result = pd.DataFrame(
        {
            **labels(sums, by),
            "totalMinutes": minutes_column(total),
            "billableMinutes": minutes_column(billable),
            "capacityMinutes": minutes_column(capacity),
            "utilization": number_column(ratio(total, capacity)),
            "billableUtilization": number_column(ratio(billable, capacity)),
            **shown,
        }
    )
    return told(result, "utilization", span, today, freq=freq)
