"""Who works when: the contract in force and the time off, for each person and day of a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import Columns, Flags, Floats, Ints, date_column
from runn_pandas.analysis.days import Window, spread, weekday
from runn_pandas.analysis.inputs import Source
from runn_pandas.catalog import load
from runn_pandas.frame.nested import expand

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
TIME_OFF = ("time-offs/leave", "time-offs/holidays", "time-offs/rostered-off")


class Calendar:
    """Which contract is in force, and what time is off, for each person and day of a window.

    Two tables of people by days, five bytes a cell; everything else is looked up in them. Where
    two contracts overlap, the one that started last is in force. ``time_off`` is leave, holidays
    and rostered-off days in one frame; ``others`` are people who have a line without a contract.
    """

    def __init__(
        self,
        contracts: pd.DataFrame,
        time_off: pd.DataFrame,
        window: Window,
        others: Ints | None = None,
    ) -> None:
        self.first, self.last = window
        self.contracts = Columns(contracts, "contracts")
        people = self.contracts.ids("personId")
        since = self.contracts.dates("startDate")
        until = self.contracts.dates("endDate", optional=True)
        order = np.lexsort((until, since))
        self.rostered = np.vstack([rosters(contracts), np.zeros(7)])
        self.people = np.unique(people if others is None else np.concatenate([people, others]))
        shape = (len(self.people), self.last - self.first + 1)
        # -1 is the last row of `rostered`: no contract, no minutes.
        self.contract = np.full(shape, -1, np.int32)
        self.off = np.zeros(shape, np.bool_)
        self._partial: list[tuple[Ints, Ints, Floats]] = []
        begin = np.maximum(since - self.first, 0)
        end = np.maximum(np.minimum(until, self.last) + 1 - self.first, 0)
        # A slice each: quicker than their days one by one.
        spans = (self.where(people), begin, end, np.arange(len(people)))
        for line, a, b, row in zip(*(of[order].tolist() for of in spans), strict=True):
            self.contract[line, a:b] = row
        self._take_off(Columns(time_off, "time-offs"))

    @classmethod
    def of(cls, source: Source, window: Window, others: Ints | None = None) -> Self:
        """Return the calendar of a window from a source's contracts and time off."""
        return cls(source.table("contracts"), time_off_table(source, window), window, others)

    def _inside(self, since: Ints, until: Ints) -> Iterator[tuple[Ints, Ints]]:
        spans = spread(np.maximum(since, self.first), np.minimum(until, self.last))
        return ((rows, days - self.first) for rows, days in spans)

    def _take_off(self, time_off: Columns) -> None:
        at = self.where(time_off.ids("personId"))
        since, until = time_off.dates("startDate"), time_off.dates("endDate")
        minutes = time_off.numbers("minutesPerDay", optional=True)
        for whole in (True, False):
            keep = np.flatnonzero((at >= 0) & (np.isnan(minutes) == whole))
            for rows, days in self._inside(since[keep], until[keep]):
                row = keep[rows]
                if whole:
                    self.off[at[row], days] = True
                else:
                    self._partial.append((at[row], days, minutes[row]))

    def where(self, people: Ints) -> Ints:
        """Return the line of each person, -1 without a contract."""
        if not len(self.people):
            return np.full(len(people), -1)
        at = np.minimum(np.searchsorted(self.people, people), len(self.people) - 1)
        return np.where(self.people[at] == people, at, -1)

    def contract_at(self, people: Ints, days: Ints) -> Ints:
        """Return the row of the contract in force for each person and day, -1 if none is."""
        at = self.where(people)
        found = np.full(len(at), -1, np.int64)
        known = at >= 0
        found[known] = self.contract[at[known], days[known] - self.first]
        return found

    def roles(self, contract: Ints, otherwise: Ints) -> Ints:
        """Return the role of each contract row, or another where there is none (-1)."""
        roles = np.append(self.contracts.ids("roleId"), 0)
        return np.where(contract >= 0, roles[contract], otherwise)

    @property
    def weekdays(self) -> Ints:
        """Return the weekday of each day of the window."""
        return weekday(np.arange(self.first, self.last + 1))

    def working(self) -> Flags:
        """Return people by days: rostered, and not wholly off. The last line, -1, is nobody's."""
        days: Flags = (self.rostered > 0)[self.contract, self.weekdays] & ~self.off
        return np.vstack([days, np.zeros((1, days.shape[1]), np.bool_)])

    def contracted(self) -> Floats:
        """Return people by days: minutes of the contract in force."""
        minutes: Floats = self.rostered[self.contract, self.weekdays]
        return minutes

    def time_off(self, contracted: Floats) -> Floats:
        """Return people by days: minutes off, at most those of the contract."""
        taken = np.zeros(contracted.shape)
        for people, days, minutes in self._partial:
            np.add.at(taken, (people, days), minutes)
        return np.where(self.off, contracted, np.minimum(taken, contracted))


def time_off_table(source: Source, window: Window) -> pd.DataFrame:
    """Return the three kinds of time off as one frame of what counts."""
    return stacked_time_off({name: source.table(name, window) for name in TIME_OFF})


def stacked_time_off(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return rows of time off under each other, in plain types; the names are those of errors."""
    tables = [Columns(frame, name) for name, frame in frames.items()]
    parts: dict[str, list[Any]] = {
        "personId": [table.ids("personId") for table in tables],
        "minutesPerDay": [table.numbers("minutesPerDay", optional=True) for table in tables],
        "startDate": [date_column(table.dates("startDate")) for table in tables],
        "endDate": [date_column(table.dates("endDate")) for table in tables],
    }
    empty = (np.int64, np.float64, "datetime64[us]", "datetime64[us]")
    return pd.DataFrame(
        {
            name: np.concatenate([*arrays, np.empty(0, dtype)])
            for (name, arrays), dtype in zip(parts.items(), empty, strict=True)
        }
    )


def rosters(contracts: pd.DataFrame) -> Floats:
    """Return the minutes of each contract by weekday, Monday to Sunday; none on weekends.

    From ``rosteredDays``, nested or expanded; ``minutesPerDay`` on each of the five days where a
    contract has no roster.
    """
    if "rosteredDays" in contracts.columns:
        plain = _plain_rosters(contracts["rosteredDays"].tolist())
        if plain is not None:
            return plain
        contracts = expand(contracts, "rosteredDays", resource=load().find("contracts")[0])
    table = Columns(contracts, "contracts")
    names = [f"rosteredDays.{name}" for name in WEEKDAYS]
    if not any(name in table for name in (*names, "minutesPerDay")):
        table.series("rosteredDays")
    rostered = np.full((len(table), 7), np.nan)
    for at, name in enumerate(names):
        rostered[:, at] = table.numbers(name, optional=True)
    unknown = np.isnan(rostered).all(axis=1)
    if unknown.any():
        daily = table.numbers("minutesPerDay", optional=True)
        rostered[unknown, :5] = daily[unknown, None]
    minutes: Floats = np.nan_to_num(rostered, nan=0.0)
    return minutes


def _plain_rosters(rosters: list[Any]) -> Floats | None:
    """Return rosters as they are read, the fast way; None if there is anything else in some."""
    if not rosters or {type(roster) for roster in rosters} != {dict}:
        return None
    days = [[roster.get(name) for name in WEEKDAYS] for roster in rosters]
    if not {type(minutes) for day in days for minutes in day} <= {int, float, type(None)}:
        return None
    found = np.array(days, np.float64)
    if np.isnan(found).all(axis=1).any():
        return None
    return np.hstack([np.nan_to_num(found), np.zeros((len(days), 2))])
