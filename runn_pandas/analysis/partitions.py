"""Hours of tables that are larger than memory: month by month, on Dask.

What counts on a day depends on that day alone (the contract and the time off then, the
assignments over it, what was logged on it), so the hours of a span are those of its months, one
after the other, to the last minute. Each month is made from the rows that touch it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.tables import (
    TIME_OFF,
    Source,
    Window,
    as_text,
    dates,
    flags,
    id_column,
    ids,
)

SPANS = ("assignments", "contracts", *TIME_OFF)
MINUTES = {
    "assignments": ("minutesPerDay",),
    "actuals": ("billableMinutes", "nonbillableMinutes"),
}


def is_dask(frame: object) -> bool:
    """Whether this is a Dask DataFrame, without importing Dask."""
    return type(frame).__module__.partition(".")[0] == "dask" and hasattr(frame, "to_delayed")


def months(span: Window) -> list[Window]:
    """The calendar months of a window, the first and the last as far as they are in it."""
    first, last = (np.datetime64(day, "D").astype("datetime64[M]") for day in span)
    starts = np.arange(first, last + np.timedelta64(2, "M")).astype("datetime64[D]")
    bounds = starts.astype(np.int64)
    return [(max(int(a), span[0]), min(int(b) - 1, span[1])) for a, b in pairwise(bounds)]


def dask_hours(
    span: Window,
    tables: Mapping[str, Any],
    account: Account | None,
    as_of: Any,
    options: dict[str, Any],
) -> Any:
    """Give `hours` as a Dask DataFrame, a month a partition.

    Parameters
    ----------
    span
        The first and the last day.
    tables
        Frames by resource, some of them of Dask.
    account
        Where to read what is missing, here and now: workers have no account.
    as_of
        The day that divides past from future.
    options
        The other arguments of `hours`.
    """
    delayed = import_module("dask").delayed
    dd = import_module("dask.dataframe")
    given = {str(name).strip("/"): frame for name, frame in tables.items()}
    large = {name: frame for name, frame in given.items() if is_dask(frame)}
    samples = {name: large[name]._meta if name in large else f for name, f in given.items()}
    source = Source(samples, account)
    today = as_text(source.today(as_of))
    for name in _needed(options["kind"]):
        if name not in given:
            given[name] = samples[name] = source.table(name, span)
    fractions = any(_has_fractions(samples.get(name), MINUTES[name]) for name in MINUTES)
    pieces = {name: frame.to_delayed() for name, frame in large.items()}
    small = {name: delayed(frame) for name, frame in given.items() if name not in large}
    placeholders = delayed(_placeholders)(
        small.get("placeholders", pieces.get("placeholders")),
        [delayed(_marked)(piece) for piece in pieces.get("assignments", [])]
        or [delayed(_marked)(small["assignments"])] * ("assignments" in small),
    )
    parts = []
    for month in months(span):
        mine = {
            name: [delayed(within)(piece, name, month) for piece in found]
            for name, found in pieces.items()
            if name != "placeholders"
        }
        mine |= {name: [frame] for name, frame in small.items() if name != "placeholders"}
        parts.append(delayed(_month)(month, mine, placeholders, today, fractions, options))
    empty = {name: frame.iloc[:0] for name, frame in samples.items()}
    meta = _month(months(span)[0], _listed(empty), _nobody(), today, fractions, options)
    return dd.from_delayed(parts, meta=meta, verify_meta=True)


def _needed(kind: str) -> list[str]:
    names = ["projects"]
    if kind != "actual":
        names += [*SPANS]
    if kind != "scheduled":
        names += ["actuals"]
    return names


def _listed(frames: Mapping[str, pd.DataFrame]) -> dict[str, list[pd.DataFrame]]:
    return {name: [frame] for name, frame in frames.items() if name != "placeholders"}


def _has_fractions(frame: pd.DataFrame | None, names: Sequence[str]) -> bool:
    if frame is None:
        return False
    present = [name for name in names if name in frame.columns]
    return not all(pd.api.types.is_integer_dtype(frame[name].dtype) for name in present)


# -- in the workers


def within(frame: pd.DataFrame, table: str, span: Window) -> pd.DataFrame:
    """The rows of a table that touch a window."""
    if table == "actuals":
        when = dates(frame, table, "date")
        return frame[(when >= span[0]) & (when <= span[1])]
    if table not in SPANS:
        return frame
    since = dates(frame, table, "startDate")
    until = dates(frame, table, "endDate", optional=table == "contracts")
    return frame[(since <= span[1]) & (until >= span[0])]


def _marked(assignments: pd.DataFrame) -> np.ndarray:
    marked = flags(assignments, "isPlaceholder", False)
    return np.unique(ids(assignments, "assignments", "personId")[marked])


def _placeholders(tables: Any, marked: Sequence[np.ndarray]) -> pd.DataFrame:
    """Everybody who is a placeholder anywhere: a month alone may not show it."""
    frames = [] if tables is None else [tables] if isinstance(tables, pd.DataFrame) else tables
    known = [ids(frame, "placeholders", "id") for frame in frames]
    found = np.unique(np.concatenate([np.empty(0, np.int64), *known, *marked]))
    return pd.DataFrame({"id": id_column(found)})


def _nobody() -> pd.DataFrame:
    return pd.DataFrame({"id": pd.array([], dtype="Int64")})


def _month(
    span: Window,
    parts: Mapping[str, Sequence[pd.DataFrame]],
    placeholders: pd.DataFrame,
    today: str,
    fractions: bool,
    options: dict[str, Any],
) -> pd.DataFrame:
    from runn_pandas.analysis.hours import hours

    tables = {name: _joined(frames) for name, frames in parts.items()}
    first, last = (dt.date.fromisoformat(as_text(day)) for day in span)
    found = hours(
        first, last, tables={**tables, "placeholders": placeholders}, as_of=today, **options
    )
    if fractions:
        names = ["billableMinutes", "nonbillableMinutes", "totalMinutes"]
        found = found.astype(dict.fromkeys(names, "Float64"))
    return found


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if full else frames[0]
