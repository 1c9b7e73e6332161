"""How metrics are made of sums: the formulas that the tables of metrics share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from runn_pandas.analysis.columns import Floats
from runn_pandas.analysis.groups import ratio, whole_share
from runn_pandas.analysis.reports.values import Values

Formula = Callable[[Values], Floats]


def sums(*names: str) -> Formula:
    """Return the sum of these sums."""
    return lambda v: sum((v[name] for name in names[1:]), v[names[0]])


def share(part: str, whole: str) -> Formula:
    """Return one total over another."""
    return lambda v: ratio(TOTALS[part](v), TOTALS[whole](v))


TOTALS = {
    kind: sums(f"{kind}.billable", f"{kind}.nonbillable")
    for kind in ("effective", "scheduled", "actual")
} | {
    "billable": sums("effective.billable"),
    "nonbillable": sums("effective.nonbillable"),
    "capacity": lambda v: v["capacity.contracted"] - v["capacity.timeOff"],
}


def less(one: str, other: str) -> Formula:
    """Return one sum less another."""
    return lambda v: v[one] - v[other]


def difference(sides: Sequence[str]) -> Formula:
    """Return actual less scheduled hours, of these sides."""
    return lambda v: sum((v[f"actual.{s}"] - v[f"scheduled.{s}"] for s in sides), v.zero)


def running(names: Sequence[str]) -> Formula:
    """Return running totals, added up."""
    return lambda v: sum((v.running(name) for name in names), v.zero)


def an_hour(money: str) -> Formula:
    """Return money by billable hour; NaN without any."""

    def rate(v: Values) -> Floats:
        hours = v["money.billable"] / 60
        some = hours > 0
        return np.where(some, v[money] / np.where(some, hours, 1.0), np.nan)

    return rate


def where(known: str, value: Formula) -> Formula:
    """Return a value where there is any, else NaN."""
    return lambda v: np.where(v[known] > 0, value(v), np.nan)


def _banded(v: Values, share: Floats, bounds: list[float], words: list[str]) -> Floats:
    """Return the number of a band, by its upper bounds, and its words; NaN without a share."""
    v.words = words
    return np.where(np.isnan(share), np.nan, np.searchsorted(bounds, share, side="left"))


def in_band(word: str) -> Formula:
    """Return the people of a band of utilization, as FTE."""
    return lambda v: v.fte(v[f"bands.{word}"])


def utilization_band(v: Values) -> Floats:
    """Return the band of twenty per cent that the utilization is in."""
    words = ["0-19", "20-39", "40-59", "60-79", "80-100", "101-120", "121-140", "141-160", "161+"]
    taken = whole_share(TOTALS["effective"](v), TOTALS["capacity"](v))
    return _banded(v, taken, [19, 39, 59, 79, 100, 120, 140, 160], words)


def availability_band(v: Values) -> Floats:
    """Return which quarter of the capacity is free."""
    words = ["overbooked", "full", "1-24", "25-49", "50-74", "75-100"]
    capacity = TOTALS["capacity"](v)
    free = ratio(capacity - TOTALS["scheduled"](v), capacity)
    # From above 0 on it is the first band: something is free.
    return _banded(v, free, [-1e-9, 1e-9, 25 - 1e-9, 50 - 1e-9, 75 - 1e-9], words)
