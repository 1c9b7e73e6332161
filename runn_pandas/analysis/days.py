"""Spans of days as single days, without a loop over rows or days; contracts and time off by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from runn_pandas.analysis.tables import (
    MISSING,
    TIME_OFF,
    Flags,
    Floats,
    Ints,
    Source,
    Window,
    date_column,
    dates,
    ids,
    numbers,
    rosters,
)

# So many days are spread out at a time: some tens of megabytes, whatever the size of a table.
CHUNK = 1_000_000
FREQUENCIES = ("D", "W", "W-MON", "MS", "QS", "YS")


def spread(first: Ints, last: Ints, chunk: int | None = None) -> Iterator[tuple[Ints, Ints]]:
    """Give rows and days of inclusive spans, row by row, some rows at a time.

    Parameters
    ----------
    first, last
        The first and the last day of each row's span; a span that ends before it starts is empty.
    chunk
        About how many days to give at a time; a single row is never cut.

    Yields
    ------
    rows, days
        The number of the row and the day, for each day of each span.
    """
    lengths = np.maximum(last - first + 1, 0)
    ends = np.cumsum(lengths)
    at = 0
    while at < len(lengths):
        before = int(ends[at - 1]) if at else 0
        until = int(np.searchsorted(ends, before + (chunk or CHUNK), side="right"))
        until = max(until, at + 1)
        rows = np.repeat(np.arange(at, until), lengths[at:until])
        starts = ends[at:until] - lengths[at:until] - before
        days = np.arange(len(rows)) + (first[at:until] - starts)[rows - at]
        yield rows, days
        at = until


def weekday(days: Ints) -> Ints:
    """Monday is 0."""
    return (days + 3) % 7


def period_start(days: Ints, freq: str) -> Ints:
    """The first day of the period that each day is in; weeks start on Monday."""
    if freq == "D":
        return days
    if freq in ("W", "W-MON"):
        return days - weekday(days)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    step = {"MS": 1, "QS": 3, "YS": 12}[freq]
    first = (months // step * step).astype("datetime64[M]")
    return first.astype("datetime64[D]").astype(np.int64)


class Calendar:
    """Which contract is in force, and what time is off, for each person and day of a window.

    Two tables of people by days, five bytes a cell; everything else is looked up in them.

    Parameters
    ----------
    contracts
        The contracts; where two overlap, the one that started last is in force.
    time_off
        Leave, holidays and rostered-off days in one frame.
    window
        The first and the last day.
    """

    def __init__(self, contracts: pd.DataFrame, time_off: pd.DataFrame, window: Window) -> None:
        self.first, self.last = window
        people = ids(contracts, "contracts", "personId")
        since = dates(contracts, "contracts", "startDate")
        until = dates(contracts, "contracts", "endDate", optional=True)
        order = np.lexsort((until, since))
        self.contracts = contracts
        self.rostered = np.vstack([rosters(contracts), np.zeros(7)])
        self.people = np.unique(people)
        shape = (len(self.people), self.last - self.first + 1)
        # -1 is the last row of `rostered`: no contract, no minutes.
        self.contract = np.full(shape, -1, np.int32)
        self.off = np.zeros(shape, np.bool_)
        self._partial: list[tuple[Ints, Ints, Floats]] = []
        at = self.where(people)
        for rows, days in self._within(since[order], until[order]):
            self.contract[at[order][rows], days] = order[rows]
        self._take(time_off)

    def _within(self, since: Ints, until: Ints) -> Iterator[tuple[Ints, Ints]]:
        spans = spread(np.maximum(since, self.first), np.minimum(until, self.last))
        for rows, days in spans:
            yield rows, days - self.first

    def _take(self, time_off: pd.DataFrame) -> None:
        at = self.where(ids(time_off, "time-offs", "personId"))
        since = dates(time_off, "time-offs", "startDate")
        until = dates(time_off, "time-offs", "endDate")
        minutes = numbers(time_off, "time-offs", "minutesPerDay", optional=True)
        for whole in (True, False):
            keep = np.flatnonzero((at >= 0) & (np.isnan(minutes) == whole))
            for rows, days in self._within(since[keep], until[keep]):
                row = keep[rows]
                if whole:
                    self.off[at[row], days] = True
                else:
                    self._partial.append((at[row], days, minutes[row]))

    def where(self, people: Ints) -> Ints:
        """The line of each person, -1 without a contract."""
        if not len(self.people):
            return np.full(len(people), -1)
        at = np.minimum(np.searchsorted(self.people, people), len(self.people) - 1)
        return np.where(self.people[at] == people, at, -1)

    def contract_at(self, people: Ints, days: Ints) -> Ints:
        """The row of the contract in force for each person and day, -1 if none is."""
        at = self.where(people)
        found = np.full(len(at), -1, np.int64)
        known = at >= 0
        found[known] = self.contract[at[known], days[known] - self.first]
        return found

    @property
    def weekdays(self) -> Ints:
        """The weekday of each day of the window."""
        return weekday(np.arange(self.first, self.last + 1))

    def working(self) -> Flags:
        """People by days: rostered, and not wholly off. The last line, -1, is nobody's."""
        rostered = self.rostered[:-1] > 0
        on = np.vstack([rostered, np.zeros((1, 7), np.bool_)])
        days: Flags = on[self.contract, self.weekdays] & ~self.off
        return np.vstack([days, np.zeros((1, days.shape[1]), np.bool_)])

    def contracted(self) -> Floats:
        """People by days: minutes of the contract in force."""
        minutes: Floats = self.rostered[self.contract, self.weekdays]
        return minutes

    def time_off(self, contracted: Floats) -> Floats:
        """People by days: minutes off, at most those of the contract."""
        taken = np.zeros(contracted.shape)
        for people, days, minutes in self._partial:
            np.add.at(taken, (people, days), minutes)
        return np.where(self.off, contracted, np.minimum(taken, contracted))


def time_off_table(source: Source, window: Window) -> pd.DataFrame:
    """The three kinds of time off as one frame of what counts."""
    return joined({name: source.table(name, window) for name in TIME_OFF})


def joined(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows of time off under each other, in plain types; the names are those of errors."""
    parts: dict[str, list[NDArray[Any]]] = {}
    for name, frame in frames.items():
        parts.setdefault("personId", []).append(ids(frame, name, "personId"))
        parts.setdefault("minutesPerDay", []).append(
            numbers(frame, name, "minutesPerDay", optional=True)
        )
        for column in ("startDate", "endDate"):
            days = dates(frame, name, column)
            parts.setdefault(column, []).append(date_column(days))
    if not parts:
        parts = {"personId": [np.empty(0, np.int64)], "minutesPerDay": [np.empty(0)]}
        parts |= {name: [np.empty(0, "datetime64[us]")] for name in ("startDate", "endDate")}
    return pd.DataFrame({name: np.concatenate(arrays) for name, arrays in parts.items()})


def calendar(source: Source, window: Window) -> Calendar:
    """The calendar of a window from a source's contracts and time off."""
    return Calendar(source.table("contracts"), time_off_table(source, window), window)


__all__ = [
    "CHUNK",
    "FREQUENCIES",
    "MISSING",
    "Calendar",
    "calendar",
    "joined",
    "period_start",
    "spread",
    "time_off_table",
    "weekday",
]
