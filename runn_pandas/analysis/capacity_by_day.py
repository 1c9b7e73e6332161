"""Capacity: what people's contracts promise, less the time they are off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.columns import Floats, Ints, date_column, id_column, minutes_column
from runn_pandas.analysis.days import window
from runn_pandas.analysis.groups import PERIOD, Amounts
from runn_pandas.analysis.hints import told
from runn_pandas.analysis.inputs import Source, Tables, choice
from runn_pandas.analysis.options import FREQUENCIES, Freq
from runn_pandas.analysis.reports.fields import fields_of, labelled, summed
from runn_pandas.analysis.work_calendar import Calendar
from runn_pandas.frame.flags import check_flags


def capacity(
    start: Any,
    end: Any,
    *,
    freq: Freq | None = None,
    by: str | Sequence[str] | None = None,
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
    freq : {"D", "W", "W-MON", "MS", "QS", "YS"}, optional
        Sums by period, cut to the window at its edges; by day if not given.
    by : str or sequence of str, optional
        Sums by fields of people and contracts, as in `report`: ``"team"``, ``"role"``,
        ``"employmentType"``, ``["team", "person"]``, ``"account"`` ...; by person if not given.
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
        are ``Int64`` (``Float64`` if there are fractions). With ``freq`` the first column is
        ``period``, its first day; with ``by`` the fields take the place of ``personId``.

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
    check_flags(include_placeholders=include_placeholders)
    span = window(start, end)
    source = Source(tables, account)
    without = np.empty(0, np.int64) if include_placeholders else source.without_capacity()
    if freq is not None:
        choice("freq", freq, FREQUENCIES)
    found = CapacityByDay.of(Calendar.of(source, span), without)
    today = source.today(None)
    if by is not None or freq is not None:
        result = _summed(source, found, freq, by)
        return told(result, "capacity", span, today, freq=freq or "D")
    result = pd.DataFrame(
        {
            "date": date_column(found.day),
            "personId": id_column(found.person),
            "contractedMinutes": minutes_column(found.contracted),
            "timeOffMinutes": minutes_column(found.time_off),
            "capacityMinutes": minutes_column(found.effective),
        }
    )
    return told(result, "capacity", span, today, freq="D")


def _summed(source: Source, found: CapacityByDay, freq: str | None, by: Any) -> pd.DataFrame:
    """Return capacity by period and group."""
    fields = fields_of(source, "people", by)
    role = source.columns_of("contracts").ids("roleId", optional=True)
    ids = {"person": found.person, "contract": found.contract, "role": role[found.contract]}
    values = {
        "contractedMinutes": found.contracted,
        "timeOffMinutes": found.time_off,
        "capacityMinutes": found.effective,
    }
    sums = summed(Amounts(found.day, ids, values), fields, freq or "D")
    columns = labelled(sums, fields, freq or "D", PERIOD if freq else "date")
    minutes = {name: minutes_column(sums[name].to_numpy(np.float64)) for name in values}
    return pd.DataFrame({**columns, **minutes})


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
