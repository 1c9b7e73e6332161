"""A timesheet's durations and dates, read exactly, and whole minutes whose totals are kept."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from runn_pandas.errors import FrameError

Ints = npt.NDArray[np.int64]

# Durations are whole milliseconds, so that a sum is exact and the same in any order.
MINUTE = 60_000
UNITS = {"minutes": MINUTE, "hours": 60 * MINUTE, "seconds": 1000}
CLOCK = r"^(\d+):([0-5]?\d)(?::([0-5]?\d(?:\.\d+)?))?$"
ISO_DAY = r"^\s*(\d{4}-\d{2}-\d{2})(?:$|[T\s])"


def column(frame: pd.DataFrame, name: str, advice: str = "") -> pd.Series[Any]:
    """A column of the timesheet by its name; "Date" too where "date" is asked for."""
    found = [c for c in frame.columns if c == name]
    found = found or [c for c in frame.columns if str(c).strip().casefold() == name.casefold()]
    if len(found) == 1:
        return frame[found[0]]
    if found:
        raise FrameError(f"The timesheet has several columns {name!r}; rename all but one.")
    columns = [str(c) for c in frame.columns]
    near = get_close_matches(name, columns, 1, 0.6)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    raise FrameError(
        f"The timesheet has no column {name!r}.{meant}{advice}"
        f" Its columns are {', '.join(columns) or 'none'}."
    )


def milliseconds(values: pd.Series[Any], name: str, unit: str) -> pd.Series[Any]:
    """Durations as whole milliseconds: numbers of `unit`, Timedelta, or ``h:mm`` and ``h:mm:ss``.

    Raises
    ------
    FrameError
        If one is missing, negative, or none of these.
    """
    exact: Any
    if pd.api.types.is_bool_dtype(values.dtype):
        raise FrameError(f"Column {name!r} holds flags, not {unit}.")
    if pd.api.types.is_timedelta64_dtype(values.dtype):
        exact = values.dt.total_seconds() * UNITS["seconds"]
    elif pd.api.types.is_numeric_dtype(values.dtype):
        exact = values.astype("Float64").astype("float64") * UNITS[unit]
    else:
        exact = _from_text(values, unit)
    bad = ~np.isfinite(exact.to_numpy("float64", na_value=np.nan))
    if bad.any():
        missing = values[bad].isna()
        if missing.all():
            raise FrameError(
                f"{bad.sum():,} rows have nothing in {name!r}: fill them in"
                f" (timesheet.fillna({{{name!r}: 0}})) or drop them first."
            )
        odd = values[bad][~missing]
        raise FrameError(
            f"{odd.iloc[0]!r} in column {name!r} is no duration{_where(odd)}: it takes numbers"
            " with a decimal point (read_csv has decimal=','), Timedelta, or h:mm."
        )
    if (exact < 0).any():
        raise FrameError(
            f"{int((exact < 0).sum()):,} rows have a negative duration in {name!r}, as a running"
            " timer has: stop it, or drop them first."
        )
    if (exact >= 2**52).any():
        raise FrameError(f"{values[exact >= 2**52].iloc[0]!r} in {name!r} is too long to be true.")
    whole: pd.Series[Any] = exact.round().astype("int64")
    return whole


def _where(odd: pd.Series[Any]) -> str:
    """Say in which rows, the first three of them, values cannot be read."""
    shown = ", ".join(map(repr, odd.index[:3].tolist()))
    if len(odd) == 1:
        return f" (row {shown})"
    return f" ({len(odd):,} rows have none: {shown}{', ...' if len(odd) > 3 else ''})"


def _from_text(values: pd.Series[Any], unit: str) -> pd.Series[Any]:
    """Texts and mixed objects: each distinct one read once."""
    codes, distinct = pd.factorize(values)
    told: pd.Series[Any] = pd.Series(distinct, dtype=object)
    lengths = told.map(lambda v: v.total_seconds() if hasattr(v, "total_seconds") else None)
    spans = pd.to_numeric(lengths).astype("float64") * 1000
    texts = told.map(str).str.strip()
    clock = texts.str.extract(CLOCK).apply(pd.to_numeric).astype("float64")
    timed = clock[0] * 60 * MINUTE + clock[1] * MINUTE + clock[2].fillna(0) * 1000
    plain = pd.to_numeric(texts, errors="coerce").astype("float64") * UNITS[unit]
    exact = spans.fillna(timed).fillna(plain).to_numpy("float64")
    filled = np.append(exact, np.nan)[codes]
    return pd.Series(filled, index=values.index)


def days(values: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Business dates: the day as written, whatever its zone; never shifted to UTC."""
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


def whole_minutes(exact: Ints, groups: Ints | None = None) -> Ints:
    """Round sums of milliseconds to minutes so that the totals are kept.

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
    """Divide each group's whole minutes over its members by the largest remainder."""
    minutes, rest = exact // MINUTE, exact % MINUTE
    given = np.zeros(len(whole), dtype=np.int64)
    np.add.at(given, groups, minutes)
    order = np.lexsort((np.arange(len(exact)), -rest, groups))
    first = np.searchsorted(groups[order], groups[order], side="left")
    place = np.empty(len(exact), dtype=np.int64)
    place[order] = np.arange(len(exact)) - first
    return minutes + (place < (whole - given)[groups])
