"""One frame of assignments, or of time off, day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.assignments import ActiveAssignments
from runn_pandas.analysis.columns import Columns, Floats, Ints, date_column, minutes_column
from runn_pandas.analysis.days import Window, spread, window
from runn_pandas.analysis.inputs import Source
from runn_pandas.analysis.work_calendar import Calendar, stacked_time_off, time_off_table
from runn_pandas.errors import FrameError

TimeOff = pd.DataFrame | Mapping[str, pd.DataFrame] | Sequence[pd.DataFrame]
SPAN = ("startDate", "endDate")


def daily(
    frame: pd.DataFrame,
    start: Any = None,
    end: Any = None,
    *,
    contracts: pd.DataFrame | None = None,
    time_off: TimeOff | None = None,
    as_of: Any = None,
    account: Account | None = None,
) -> pd.DataFrame:
    """Spread assignments, or time off, over the days that count. See ``df.runn.daily``.

    The days are those of `hours`. (developer.runn.io/docs/faq; help.runn.io 1659069, 10748614)
    """
    if not isinstance(frame, pd.DataFrame):
        raise FrameError(f"daily takes a DataFrame, not {type(frame).__name__}.")
    missing = [name for name in ("personId", *SPAN) if name not in frame.columns]
    if missing:
        raise FrameError(
            f"daily spreads assignments or time off; this frame has no column {missing[0]!r}."
        )
    for name in ("date", "minutes"):
        if name in frame.columns:
            raise FrameError(f"The frame has a column {name!r}, which daily adds; rename it first.")
    source = Source({} if contracts is None else {"contracts": contracts}, account)
    is_plan = "projectId" in frame.columns
    span = _days_asked(Columns(frame, "assignments" if is_plan else "time off"), start, end)
    held = source.table("contracts")
    if not is_plan:
        off = stacked_time_off({"time off": frame})
        return _days_off(frame, off, Calendar(held, off.iloc[:0], span))
    off = time_off_table(source, span) if time_off is None else stacked_time_off(_named(time_off))
    read = contracts is None or time_off is None
    return _days_worked(frame, Calendar(held, off, span), source.today(as_of, frame, reads=read))


def _days_worked(frame: pd.DataFrame, calendar: Calendar, today: int) -> pd.DataFrame:
    none = np.empty(0, np.int64)
    plan = ActiveAssignments.of(Columns(frame, "assignments"), templates=none, placeholders=none)
    found = [(none, none), *plan.working_days(calendar, today)]
    at, days = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return _rows_of_days(frame, plan.row[at], days, plan.minutes_per_day[at])


def _rows_of_days(frame: pd.DataFrame, row: Ints, days: Ints, minutes: Floats) -> pd.DataFrame:
    result = frame.take(row).reset_index(drop=True)
    result.insert(0, "minutes", minutes_column(minutes))
    result.insert(0, "date", date_column(days))
    # These rows are no records any more (a push must not take them for such).
    result.attrs = {}
    return result


def _days_off(frame: pd.DataFrame, off: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    table = Columns(off, "time off")
    line = calendar.where(table.ids("personId"))
    since = np.maximum(table.dates("startDate"), calendar.first)
    until = np.where(line >= 0, np.minimum(table.dates("endDate"), calendar.last), since - 1)
    found = [(np.empty(0, np.int64), np.empty(0, np.int64)), *spread(since, until)]
    row, day = (np.concatenate(parts) for parts in zip(*found, strict=True))
    room = calendar.contracted()[line[row], day - calendar.first]
    asked = table.numbers("minutesPerDay", optional=True)[row]
    whole = np.isnan(asked)
    days = pd.DataFrame({"line": line[row], "day": day, "row": row, "room": room})
    days["asked"] = np.where(whole, room, asked)
    days = days.iloc[np.lexsort((row, ~whole, line[row], day))]
    reached = days.groupby(["day", "line"], sort=False)["asked"].cumsum()
    before = (reached - days["asked"]).clip(upper=days["room"])
    days["minutes"] = reached.clip(upper=days["room"]) - before
    days = days[days["minutes"] > 0]
    row, day = (days[name].to_numpy(np.int64) for name in ("row", "day"))
    return _rows_of_days(frame, row, day, days["minutes"].to_numpy(np.float64))


def _days_asked(table: Columns, start: Any, end: Any) -> Window:
    since, until = (table.dates(name) for name in SPAN)
    own = (int(since.min()), int(until.max())) if len(table) else (0, 0)
    first, last = window(start, end, own)
    # Nothing is on the one day that is given.
    return (first, max(first, last)) if start is not None else (min(first, last), last)


def _named(time_off: TimeOff) -> dict[str, pd.DataFrame]:
    if isinstance(time_off, pd.DataFrame):
        time_off = [time_off]
    if not isinstance(time_off, Mapping):
        time_off = {f"time_off[{at}]": frame for at, frame in enumerate(time_off)}
    odd = [frame for frame in time_off.values() if not isinstance(frame, pd.DataFrame)]
    if odd:
        raise FrameError(f"time_off takes frames of time off, not {type(odd[0]).__name__}.")
    return dict(time_off)
