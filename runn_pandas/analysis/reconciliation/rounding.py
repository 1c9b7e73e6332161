"""Sums of milliseconds as whole minutes whose totals are kept."""

from __future__ import annotations

import numpy as np

from runn_pandas.analysis.columns import Ints
from runn_pandas.analysis.reconciliation.parsing import MINUTE


def whole_minutes(exact: Ints, groups: Ints | None = None) -> Ints:
    """Return sums of milliseconds rounded to minutes so that the totals are kept.

    The largest remainder: the whole is rounded once (a half up), every sum is cut to its
    minute, and the minutes that are then missing go to the sums with the largest rests, the
    first of equal ones. With `groups` this is done in two steps, the groups' totals first, so
    that these too are within a minute of the truth. No sum is ever a minute or more away
    from what it was, and one in whole minutes stays as it is.
    """
    total = np.array([(int(exact.sum()) + MINUTE // 2) // MINUTE], dtype=np.int64)
    everything = np.zeros(len(exact), dtype=np.int64)
    if groups is None or not len(exact):
        return apportion(exact, everything, total)
    sums = np.zeros(int(groups.max()) + 1, dtype=np.int64)
    np.add.at(sums, groups, exact)
    return apportion(exact, groups, apportion(sums, np.zeros_like(sums), total))


def apportion(exact: Ints, groups: Ints, whole: Ints) -> Ints:
    """Return each group's whole minutes divided over its members by the largest remainder."""
    minutes, rest = exact // MINUTE, exact % MINUTE
    given = np.zeros(len(whole), dtype=np.int64)
    np.add.at(given, groups, minutes)
    order = np.lexsort((np.arange(len(exact)), -rest, groups))
    first = np.searchsorted(groups[order], groups[order], side="left")
    place = np.empty(len(exact), dtype=np.int64)
    place[order] = np.arange(len(exact)) - first
    return minutes + (place < (whole - given)[groups])
