"""What was logged: which actuals count, and their minutes."""

from __future__ import annotations

import numpy as np

from runn_pandas.analysis.columns import Columns, Floats, Ints
from runn_pandas.analysis.days import Window
from runn_pandas.analysis.keyed_minutes import KeyedMinutes
from runn_pandas.errors import FrameError

MINUTES = ("billableMinutes", "nonbillableMinutes")


def rows_that_count(table: Columns, templates: Ints, span: Window) -> Ints:
    """Return the rows within a window, those on templates left out."""
    day = table.dates("date")
    inside = (day >= span[0]) & (day <= span[1])
    return np.flatnonzero(inside & ~np.isin(table.ids("projectId"), templates))


def logged_minutes(table: Columns, rows: Ints) -> tuple[Floats, Floats]:
    """Return billable and nonbillable minutes; one of them may be missing, and is none."""
    billable, nonbillable = (table.numbers(c, optional=c in table)[rows] for c in MINUTES)
    if (np.isnan(billable) & np.isnan(nonbillable)).any():
        raise FrameError(
            "'actuals' has rows without any minutes, neither billableMinutes nor"
            " nonbillableMinutes, which are no actuals of 0; fill them in or leave these rows out."
        )
    return np.nan_to_num(billable), np.nan_to_num(nonbillable)


def minutes_by_key(table: Columns, rows: Ints, first: int, codes: Ints, count: int) -> KeyedMinutes:
    """Return the minutes logged, by the codes of as many keys."""
    billable, nonbillable = logged_minutes(table, rows)
    phase = table.ids("phaseId", optional=True)[rows]
    slot = (table.dates("date")[rows] - first) * count + codes
    order = np.lexsort((phase, table.ids("id", optional=True)[rows]))
    return KeyedMinutes.summed(slot[order], billable[order], nonbillable[order], phase[order])
