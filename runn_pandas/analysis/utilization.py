"""Utilization: hours over capacity, of people and of groups of people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.capacity import capacities, contract_roles
from runn_pandas.analysis.days import FREQUENCIES, calendar
from runn_pandas.analysis.groups import labelled, ratio, summed, tagged, tags_of, team_of
from runn_pandas.analysis.hours import KINDS, work
from runn_pandas.analysis.tables import (
    Floats,
    Ints,
    Source,
    Tables,
    choice,
    minutes_column,
    number_column,
    window,
)
from runn_pandas.errors import FrameError

GROUPS = ("person", "team", "role", "tag", "account")


def utilization(
    start: Any,
    end: Any,
    *,
    freq: str = "MS",
    by: str = "person",
    hours: str = "effective",
    tables: Tables | None = None,
    include_tentative: bool = False,
    include_placeholders: bool = False,
    as_of: Any = None,
    account: Account | None = None,
) -> pd.DataFrame:
    """Utilization by period and person, team, role, tag, or of the whole account, in per cent.

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
    choice("hours", hours, KINDS)
    span = window(start, end)
    source = Source(tables, account)
    known = calendar(source, span)
    done = work(source, known, span, kind=hours, today=source.today(as_of))
    without = source.placeholders(source.given.get("assignments"))
    left = capacities(known, without)
    if done.unknown.any() and not include_tentative:
        raise FrameError(
            f"'projects' has no row for project {int(done.project[done.unknown][0])}, whose hours"
            " may be tentative; read it with includeArchived=True."
        )
    done = done.counted(include_tentative, include_placeholders)

    day = np.concatenate([done.day, left.day])
    person = np.concatenate([done.person, left.person])
    nothing = np.zeros(len(left.day))
    values: dict[str, Floats] = {
        "total": np.concatenate([done.total, nothing]),
        "billable": np.concatenate([done.billable, nothing]),
        "capacity": np.concatenate([np.zeros(len(done.day)), left.effective]),
    }
    group: Ints = np.zeros(len(day), np.int64)
    if by == "person":
        group = person
    elif by == "team":
        group = team_of(source, person)
    elif by == "role":
        at = np.concatenate([known.contract_at(done.person, done.day), left.contract])
        group = contract_roles(known, at, np.concatenate([done.role, left.contract]))
    elif by == "tag":
        rows, group = tagged(person, tags_of(source))
        day, values = day[rows], {name: column[rows] for name, column in values.items()}

    sums = summed(day, group, freq, **values)
    total, billable, capacity = (sums[name].to_numpy(np.float64) for name in values)
    return pd.DataFrame(
        {
            **labelled(sums, by),
            "totalMinutes": minutes_column(total),
            "billableMinutes": minutes_column(billable),
            "capacityMinutes": minutes_column(capacity),
            "utilization": number_column(ratio(total, capacity)),
            "billableUtilization": number_column(ratio(billable, capacity)),
        }
    )
