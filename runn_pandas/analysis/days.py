"""Days as numbers since 1970: dates read, windows, spans as single days, periods."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import Ints
from runn_pandas.catalog.filters import moment
from runn_pandas.errors import FilterError, FrameError

Window = tuple[int, int]

# So many days are spread out at a time: some tens of megabytes, whatever the size of a table.
CHUNK = 1_000_000
ISO_DAY = r"^\s*(\d{4}-\d{2}-\d{2})(?:$|[T\s])"


def day(name: str, value: Any, *, last: bool = False) -> int:
    """Return a date as a number; of a month such as ``"2026-06"`` its first or last day."""
    try:
        found = moment(value, last=last)
    except (ValueError, TypeError, OverflowError) as error:
        raise FilterError(f"{name} takes a date such as '2026-06-30', not {value!r}.") from error
    # As written: a business date is never shifted between zones.
    return int(np.datetime64(found.date(), "D").astype(np.int64))


def business_dates(values: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Return business dates: the day as written, whatever its zone; never shifted to UTC."""
    dtype = values.dtype
    if pd.api.types.is_datetime64_any_dtype(dtype) and not isinstance(dtype, pd.ArrowDtype):
        local: pd.Series[Any] = values.dt.tz_localize(None).dt.normalize().astype("datetime64[us]")
        return local
    codes, distinct = pd.factorize(values)
    # A date, a datetime and a Timestamp of any zone print their own local day first.
    texts = pd.Series([str(v) for v in distinct], dtype=object)
    parts = texts.str.extract(ISO_DAY, expand=False) if len(texts) else texts
    read = pd.to_datetime(parts, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")
    if read.isna().any():
        raise FrameError(
            f"{str(distinct[int(read.isna().argmax())])!r:.60} in column {name!r} is no date as"
            " YYYY-MM-DD: turn the column into dates first, pd.to_datetime(..., dayfirst=True or"
            " format=...), for only you know the order of day and month."
        )
    stamps = np.append(read.to_numpy("datetime64[us]"), np.datetime64("NaT", "us"))[codes]
    return pd.Series(stamps, index=values.index)


def day_numbers(stamps: pd.Series[Any]) -> Ints:
    """Return timestamps as days since 1970."""
    return stamps.to_numpy("datetime64[D]").astype(np.int64)


def as_text(when: int) -> str:
    """Return a day as ISO text."""
    return str(np.datetime64(when, "D"))


def window(start: Any, end: Any, otherwise: Window | None = None) -> Window:
    """Return the first and the last day asked for, both inclusive.

    A side that is not given is that of `otherwise`, which may leave nothing: first after last.
    """
    first = otherwise[0] if otherwise and start is None else day("start", start)
    last = otherwise[1] if otherwise and end is None else day("end", end, last=True)
    if last < first and start is not None and end is not None:
        raise FilterError(
            f"end ({as_text(last)}) is before start ({as_text(first)}); both days are inclusive."
        )
    return first, last


def around(*windows: Window | None) -> Window | None:
    """Return the window from the first day of some to the last; None if there are none."""
    known = [found for found in windows if found is not None]
    if not known:
        return None
    return min(first for first, _ in known), max(last for _, last in known)


def months(span: Window) -> list[Window]:
    """Return the calendar months of a window, the first and the last as far as they are in it."""
    first, last = (np.datetime64(day, "D").astype("datetime64[M]") for day in span)
    starts = np.arange(first, last + np.timedelta64(2, "M")).astype("datetime64[D]")
    bounds = starts.astype(np.int64)
    return [(max(int(a), span[0]), min(int(b) - 1, span[1])) for a, b in pairwise(bounds)]


def spread(first: Ints, last: Ints, chunk: int | None = None) -> Iterator[tuple[Ints, Ints]]:
    """Yield the row's number and the day for each day of each span, both ends included.

    Row by row, about `chunk` days at a time; a single row is never cut, and a span that ends
    before it starts is empty.
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
    """Return the weekday of each day; Monday is 0."""
    return (days + 3) % 7


def period_start(days: Ints, freq: str) -> Ints:
    """Return the first day of the period that each day is in; weeks start on Monday."""
    if freq == "D":
        return days
    if freq in ("W", "W-MON"):
        return days - weekday(days)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    step = {"MS": 1, "QS": 3, "YS": 12}[freq]
    first = (months // step * step).astype("datetime64[M]")
    return first.astype("datetime64[D]").astype(np.int64)
