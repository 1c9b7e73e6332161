"""Capacity: what people's contracts promise, less the time they are off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.columns import Floats, Ints, date_column, id_column, minutes_column
from runn_pandas.analysis.days import window
from runn_pandas.analysis.inputs import Source, Tables
from runn_pandas.analysis.work_calendar import Calendar


def capacity(
    start: Any,
    end: Any,
    *,
    tables: Tables | None = None,
    include_placeholders: bool = False,
    account: Account | None = None,
) -> pd.DataFrame:
    """Return capacity by day and person: contracted, off, and what is left.

    *Contracted* are the minutes that the contract in force on the date has rostered on that
    weekday. *Time off* are public holidays, rostered-off days and leave: the whole day, or the
    minutes of a partial leave; never more than contracted. *Capacity* (Runn: effective
    capacity) is contracted less time off. Placeholders have none. (help.runn.io 10356662,
    10748614)

    Parameters
    ----------
    start, end : date
        The first and the last day, both inclusive.
    tables : dict of str to DataFrame, optional
        Frames by resource, as `runn_pandas.read_many` gives them: ``contracts``,
        ``time-offs/leave``, ``time-offs/holidays``, ``time-offs/rostered-off``, and
        ``placeholders`` if there are any. What is missing is read from the account.
    include_placeholders : bool
        True keeps the contracts of placeholders, should the account have such.
    account : Account, optional
        Where to read what ``tables`` lacks; the current account if not given.

    Returns
    -------
    DataFrame
        ``date, personId, contractedMinutes, timeOffMinutes, capacityMinutes``, one row for each
        day on which a contract of the person is in force, days not worked (0) included. Minutes
        are ``Int64`` (``Float64`` if there are fractions).

    Raises
    ------
    FilterError
        If an option takes no such value, or the end is before the start.
    FrameError
        If a table lacks a column or holds what it cannot.

    Examples
    --------
    >>> import runn_pandas as rp
    >>> from runn_pandas.analysis import capacity
    >>> account = rp.connect("demo")
    >>> june = capacity("2026-06-01", "2026-06-30")
    >>> bool((june["capacityMinutes"] >= 0).all())
    True
    """
    span = window(start, end)
    source = Source(tables, account)
    without = np.empty(0, np.int64) if include_placeholders else source.without_capacity()
    found = CapacityByDay.of(Calendar.of(source, span), without)
    return pd.DataFrame(
        {
            "date": date_column(found.day),
            "personId": id_column(found.person),
            "contractedMinutes": minutes_column(found.contracted),
            "timeOffMinutes": minutes_column(found.time_off),
            "capacityMinutes": minutes_column(found.effective),
        }
    )


@dataclass(frozen=True)
class CapacityByDay:
    """Minutes by day and person, sorted by both; one entry for each day under contract."""

    day: Ints
    person: Ints
    contract: Ints
    contracted: Floats
    time_off: Floats

    @classmethod
    def of(cls, calendar: Calendar, without: Ints) -> Self:
        """Return the capacity of each day of a calendar, of everybody but some."""
        contracted = calendar.contracted()
        time_off = calendar.time_off(contracted)
        under = calendar.contract >= 0
        under[np.isin(calendar.people, without)] = False
        day, person = np.nonzero(under.T)
        return cls(
            day=day + calendar.first,
            person=calendar.people[person],
            contract=calendar.contract[person, day].astype(np.int64),
            contracted=contracted[person, day],
            time_off=time_off[person, day],
        )

    @property
    def effective(self) -> Floats:
        """Return what is left of the contract."""
        left: Floats = self.contracted - self.time_off
        return left
