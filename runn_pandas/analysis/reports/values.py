"""The sums that metrics are made of, one a row of a report."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import Floats, Ints


class Values:
    """Sums by name, such as ``"effective.billable"``; minutes, money and counts as floats.

    ``workdays`` are the days from Monday to Friday of each row's period, ``group`` the number of
    its group, whatever the period. ``words`` are those of a metric that is a word.
    """

    def __init__(
        self, sums: pd.DataFrame, workdays: Ints, group: Ints, hours_per_day: float
    ) -> None:
        self.sums = sums
        self.workdays = workdays
        self.group = group
        self.hours_per_day = hours_per_day
        self.words: list[str] = []
        self.asked: set[str] = set()

    @classmethod
    def recorder(cls) -> Self:
        """Return values that are all 0, to note what a formula asks for."""
        one = np.ones(1, np.int64)
        return cls(pd.DataFrame(index=range(1)), one, one, 8.0)

    def __getitem__(self, name: str) -> Floats:
        self.asked.add(name)
        if name not in self.sums:
            return self.zero
        return self.sums[name].to_numpy(np.float64)

    @property
    def zero(self) -> Floats:
        """Return 0 for each row."""
        return np.zeros(len(self.sums))

    def running(self, name: str) -> Floats:
        """Return running totals of each group over its periods."""
        totals = pd.Series(self[name]).groupby(self.group).cumsum()
        return np.asarray(totals, np.float64)

    def fte(self, minutes: Floats) -> Floats:
        """Return minutes as full-time equivalents of the period; NaN without a weekday in it."""
        whole = self.workdays * self.hours_per_day * 60.0
        return np.where(whole > 0, minutes / np.where(whole > 0, whole, 1.0), np.nan)
