"""Hours of tables that are larger than memory: month by month, on Dask.

What counts on a day depends on that day alone (the contract and the time off then, the
assignments over it, what was logged on it), so the hours of a span are those of its months, one
after the other, to the last minute. Each month is made from the rows that touch it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.actuals import MINUTES
from runn_pandas.analysis.columns import Columns, Ints, id_column
from runn_pandas.analysis.days import Window, months
from runn_pandas.analysis.inputs import Source, marked_placeholders, touching
from runn_pandas.analysis.work_calendar import TIME_OFF

PLAN = ("assignments", "contracts", *TIME_OFF)
MINUTES_OF = {"assignments": ("minutesPerDay",), "actuals": MINUTES}
Parts = Mapping[str, Sequence[Any]]


def is_dask(frame: object) -> bool:
    """Whether this is a Dask DataFrame, without importing Dask."""
    # Older ones come from a package of their own, dask_expr.
    return type(frame).__module__.startswith("dask") and hasattr(frame, "to_delayed")


def hours_by_month(
    hours_frame: Callable[..., pd.DataFrame],
    span: Window,
    tables: Mapping[str, Any],
    account: Account | None,
    as_of: Any,
    options: dict[str, Any],
) -> Any:
    """Return `hours` as a Dask DataFrame, a month a partition, each made by `hours_frame`.

    What is missing is read here and now: workers have no account.
    """
    delayed = import_module("dask").delayed
    given = {str(name).strip("/"): frame for name, frame in tables.items()}
    samples = {name: f._meta if is_dask(f) else f for name, f in given.items()}
    source = Source(samples, account)
    source.lacking = getattr(tables, "lacking", None)
    today = source.today(as_of)
    for name in _needed(options["kind"]):
        if name not in given:
            given[name] = samples[name] = source.table(name, span)
    pieces = {name: _pieces(delayed, frame) for name, frame in given.items()}
    placeholders = delayed(_placeholders)(
        pieces.pop("placeholders", []),
        [delayed(marked_placeholders)(piece) for piece in pieces.get("assignments", [])],
    )
    fixed = (today, _has_fractions(samples), options)
    made = [
        delayed(_month)(hours_frame, month, _parts(pieces, given, month), placeholders, *fixed)
        for month in months(span)
    ]
    empty = {name: [samples[name].iloc[:0]] for name in pieces}
    meta = _month(hours_frame, months(span)[0], empty, _placeholders([], []), *fixed)
    return import_module("dask.dataframe").from_delayed(made, meta=meta, verify_meta=True)


def _parts(pieces: Parts, given: Mapping[str, Any], month: Window) -> dict[str, Any]:
    of_month = import_module("dask").delayed(touching)
    # A small table is taken whole: of two copies of a row only one may touch the month.
    return {
        name: [of_month(part, name, month) if is_dask(given[name]) else part for part in parts]
        for name, parts in pieces.items()
    }


def _pieces(delayed: Any, frame: Any) -> list[Any]:
    return list(frame.to_delayed()) if is_dask(frame) else [delayed(frame)]


def _needed(kind: str) -> list[str]:
    plan = PLAN if kind != "actual" else ()
    return ["projects", *plan, *(("actuals",) if kind != "scheduled" else ())]


def _has_fractions(samples: Mapping[str, pd.DataFrame]) -> bool:
    minutes = [
        samples[name][column].dtype
        for name, columns in MINUTES_OF.items()
        for column in columns
        if name in samples and column in samples[name].columns
    ]
    return not all(map(pd.api.types.is_integer_dtype, minutes))


# -- in the workers


def _placeholders(tables: Sequence[pd.DataFrame], marked: Sequence[Ints]) -> pd.DataFrame:
    """Return everybody who is a placeholder anywhere: a month alone may not show it."""
    known = [Columns(frame, "placeholders").ids("id") for frame in tables]
    found = np.unique(np.concatenate([np.empty(0, np.int64), *known, *marked]))
    return pd.DataFrame({"id": id_column(found)})


def _month(
    hours_frame: Callable[..., pd.DataFrame],
    span: Window,
    parts: Parts,
    placeholders: pd.DataFrame,
    today: int,
    fractions: bool,
    options: dict[str, Any],
) -> pd.DataFrame:
    tables = {name: _joined(frames) for name, frames in parts.items()}
    source = Source({**tables, "placeholders": placeholders}, None)
    found = hours_frame(source, span, today, **options)
    if fractions:
        found = found.astype(dict.fromkeys([*MINUTES, "totalMinutes"], "Float64"))
    return found


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if full else frames[0]
