"""The cells of a timesheet: durations, dates and flags, read exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.timesheets.cell_values import without_thousands
from runn_pandas.errors import FrameError
from runn_pandas.lookup.matching import sheet_column

# Durations are whole milliseconds, so that a sum is exact and the same in any order.
MINUTE = 60_000
UNITS = {"minutes": MINUTE, "hours": 60 * MINUTE, "seconds": 1000}
CLOCK = r"^(\d+):([0-5]?\d)(?::([0-5]?\d(?:\.\d+)?))?$"
YES = {"yes", "y", "true", "t", "1", "1.0", "billable", "x"}
NO = {"no", "n", "false", "f", "0", "0.0", "nonbillable", "non-billable", "not billable", ""}


def milliseconds(values: pd.Series[Any], name: str, unit: str) -> pd.Series[Any]:
    """Return whole milliseconds of numbers of `unit`, Timedelta, or ``h:mm`` and ``h:mm:ss``.

    Raise if one is missing, negative, or none of these.
    """
    exact: Any
    if pd.api.types.is_bool_dtype(values.dtype):
        raise FrameError(f"Column {name!r} holds flags, not {unit}.")
    if pd.api.types.is_timedelta64_dtype(values.dtype):
        exact = values.dt.total_seconds() * UNITS["seconds"]
    elif pd.api.types.is_numeric_dtype(values.dtype):
        exact = values.astype("Float64").astype("float64") * UNITS[unit]
    else:
        exact = _from_text(values, name, unit)
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
    """Return in which rows, the first three of them, values cannot be read."""
    shown = ", ".join(map(repr, odd.index[:3].tolist()))
    if len(odd) == 1:
        return f" (row {shown})"
    return f" ({len(odd):,} rows have none: {shown}{', ...' if len(odd) > 3 else ''})"


def _from_text(values: pd.Series[Any], name: str, unit: str) -> pd.Series[Any]:
    """Return milliseconds of texts and mixed objects: each distinct one read once."""
    codes, distinct = pd.factorize(values)
    found, first = np.unique(codes, return_index=True)
    each: pd.Series[Any] = pd.Series(distinct, values.index[first[found >= 0]], dtype=object)
    if unit != "hours":
        is_text = each.map(lambda value: isinstance(value, str)).astype(bool)
        plain = without_thousands(each[is_text].str.strip(), name)
        each = each.where(~is_text, plain)
    lengths = each.map(lambda v: v.total_seconds() if hasattr(v, "total_seconds") else None)
    spans = pd.to_numeric(lengths).astype("float64") * 1000
    texts = each.map(str).str.strip()
    clock = texts.str.extract(CLOCK).apply(pd.to_numeric).astype("float64")
    timed = clock[0] * 60 * MINUTE + clock[1] * MINUTE + clock[2].fillna(0) * 1000
    plain = pd.to_numeric(texts, errors="coerce").astype("float64") * UNITS[unit]
    exact = spans.fillna(timed).fillna(plain).to_numpy("float64")
    filled = np.append(exact, np.nan)[codes]
    return pd.Series(filled, index=values.index)


def in_utc(values: pd.Series[Any]) -> bool:
    """Whether moments are in UTC, and not just days."""
    zone = getattr(values.dtype, "tz", None)
    if zone is not None and str(zone) in ("UTC", "UTC+00:00"):
        return bool((values.dropna() != values.dropna().dt.normalize()).any())
    if not (values.dtype == object or pd.api.types.is_string_dtype(values.dtype)):
        return False
    texts = values.dropna().astype(str)
    stamps = texts.str.fullmatch(r".*\d[T ]\d\d:.*(Z|\+00:?00)")
    return bool((stamps & ~texts.str.contains(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+)")).any())


def yes_or_no(sheet: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return flags of words such as yes and no, each of which has to be there."""
    words = sheet_column(sheet, name)
    if words.isna().any():
        raise FrameError(f"{int(words.isna().sum()):,} rows do not say in {name!r} if billable.")
    codes, distinct = pd.factorize(words)
    known = [str(value).strip().casefold() for value in distinct]
    odd = [word for word in known if word not in YES and word not in NO]
    if odd:
        raise FrameError(f"{odd[0]!r} in column {name!r} is neither yes nor no, true nor false.")
    return pd.Series(np.array([word in YES for word in known], dtype=bool)[codes], sheet.index)
