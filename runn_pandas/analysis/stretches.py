"""Days in a row of one person, with one contract and in one period: stretches, and days in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import Flags, Floats, Ints
from runn_pandas.analysis.work_calendar import Calendar


class Stretches:
    """The lines of a calendar, cut where the contract changes and before some days.

    A day of a person is a place: its number, line after line. ``first`` and ``last`` are the
    places of each stretch.
    """

    def __init__(self, calendar: Calendar, cuts: Ints) -> None:
        held = calendar.contract
        self.begin, self.days = calendar.first, held.shape[1]
        edges = np.ones(held.shape, np.bool_)
        np.not_equal(held[:, 1:], held[:, :-1], out=edges[:, 1:])
        inside = cuts[(cuts > calendar.first) & (cuts <= calendar.last)]
        edges[:, inside - calendar.first] = True
        self.first = np.flatnonzero(edges)
        self.last = np.append(self.first, edges.size)[1:] - 1
        self.line = self.first // self.days
        self.person = calendar.people[self.line]
        self.contract = held.ravel()[self.first].astype(np.int64)
        self.day = self.day_at(self.first)

    def place(self, line: Ints, day: Ints) -> Ints:
        """Return the places of days of lines."""
        return line * self.days + day - self.begin

    def day_at(self, place: Ints) -> Ints:
        """Return the days of places."""
        days: Ints = place % self.days + self.begin
        return days

    def number(self, place: Ints) -> Ints:
        """Return which stretch each place is in."""
        return np.searchsorted(self.first, place, side="right") - 1

    def summed(self, by_day: Floats) -> Floats:
        """Return the sums over each stretch of a table of people by days."""
        sums: Floats = np.add.reduceat(by_day.ravel(), self.first)
        return sums

    def cut(self, first: Ints, last: Ints) -> tuple[Ints, Ints, Ints]:
        """Return spans of places cut into stretches: which span, from where, to where."""
        since = self.number(first)
        pieces = self.number(last) - since + 1
        row = np.repeat(np.arange(len(first)), pieces)
        nth = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        at = since[row] + nth
        return row, np.maximum(first[row], self.first[at]), np.minimum(last[row], self.last[at])


class LoggedDays:
    """The days on which anything was logged on keys, and how many of them count.

    ``code`` and ``place`` are those of entries; ``counts`` says whether planned work would count
    there.
    """

    def __init__(self, size: int, code: Ints, place: Ints, counts: Flags) -> None:
        self.size = size
        self.slot, first = np.unique(code * size + place, return_index=True)
        self.counted = np.append(0, np.cumsum(counts[first]))

    def number(self, code: Ints, first: Ints, last: Ints, always: Flags) -> Ints:
        """Return how many are between places: of those that count, or ``always`` of all."""
        since = np.searchsorted(self.slot, code * self.size + first)
        until = np.searchsorted(self.slot, code * self.size + last, side="right")
        return np.where(always, until - since, self.counted[until] - self.counted[since])

    def has(self, code: Ints, place: Ints) -> Flags:
        """Return whether anything was logged there."""
        return np.isin(code * self.size + place, self.slot)


def codes_of(tables: Sequence[Sequence[Ints]]) -> list[Ints]:
    """Return one number for each key, the same for equal keys, by table; in no order."""
    parts = [np.concatenate(values) for values in zip(*tables, strict=True)]
    combined = np.zeros(len(parts[0]), np.int64)
    for part in parts:
        codes, known = pd.factorize(part)
        # Made dense again each time, so that it never overflows.
        combined = pd.factorize(combined * len(known) + codes)[0].astype(np.int64)
    ends = np.cumsum([len(keys[0]) for keys in tables])
    return np.split(combined, ends[:-1])
