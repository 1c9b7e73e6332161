"""A table's columns as plain arrays, and arrays as columns of a result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from runn_pandas.errors import FrameError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# A missing id or day; it sorts last.
MISSING = int(np.iinfo(np.int64).max)


class Columns:
    """The columns of a table; errors name the column, and the table by its resource."""

    def __init__(self, frame: pd.DataFrame, name: str) -> None:
        self.frame = frame
        self.name = name

    def __len__(self) -> int:
        return len(self.frame)

    def __contains__(self, column: str) -> bool:
        return column in self.frame.columns

    def series(self, column: str) -> pd.Series[Any]:
        """Return a column that has to be there."""
        if column not in self:
            raise FrameError(
                f"{self.name!r} has no column {column!r}, which this number is made from;"
                f" read it again with all its columns."
            )
        found = self.frame[column]
        if isinstance(found, pd.DataFrame):
            raise FrameError(f"{self.name!r} has the column {column!r} twice; drop one of them.")
        return found

    def ids(self, column: str, *, optional: bool = False) -> Ints:
        """Return whole numbers; if optional, `MISSING` where there is none or no column."""
        if optional and column not in self:
            return np.full(len(self), MISSING, np.int64)
        found = self.series(column)
        missing = found.isna().to_numpy(bool)
        try:
            values = np.where(missing, MISSING, _whole_numbers(found, missing))
        except (ValueError, TypeError, OverflowError) as error:
            raise self._refusal(column, "whole numbers") from error
        return values if optional else self._complete(values, missing, column)

    def numbers(self, column: str, *, optional: bool = False) -> Floats:
        """Return numbers; if optional, NaN where there is none or no column."""
        if optional and column not in self:
            return np.full(len(self), np.nan)
        found = self.series(column)
        try:
            if pd.api.types.is_datetime64_any_dtype(found):
                raise TypeError
            filled = found.astype("Float64").to_numpy(np.float64, na_value=np.nan)
            values: Floats = np.array(filled, np.float64)
        except (ValueError, TypeError) as error:
            raise self._refusal(column, "numbers") from error
        return values if optional else self._complete(values, np.isnan(values), column)

    def flags(self, column: str, default: bool) -> Flags:
        """Return flags, the default where nothing is said."""
        if column not in self:
            return np.full(len(self), default)
        try:
            found = self.series(column).astype("boolean")
        except (ValueError, TypeError) as error:
            raise self._refusal(column, "true and false") from error
        # A copy: these arrays are changed in place, the tables never.
        return np.array(found.to_numpy(np.bool_, na_value=default))

    def texts(self, column: str, default: str) -> NDArray[np.object_]:
        """Return words, the default where there is none."""
        found = self.series(column).astype(object)
        return found.where(found.notna(), default).to_numpy(object)

    def dates(self, column: str, *, optional: bool = False) -> Ints:
        """Return days since 1970, as written; if optional, `MISSING` where there is none."""
        found = self.series(column)
        missing = found.isna().to_numpy(bool)
        try:
            values = np.where(missing, MISSING, _days(found))
        except (ValueError, TypeError) as error:
            raise self._refusal(column, "dates such as '2026-06-30'") from error
        return values if optional else self._complete(values, missing, column)

    def _refusal(self, column: str, wanted: str) -> FrameError:
        return FrameError(
            f"{self.name!r}: the column {column!r} holds something other than {wanted};"
            f" correct it, or read the table again."
        )

    def _complete(self, values: Any, missing: Flags, column: str) -> Any:
        if missing.any():
            raise FrameError(
                f"{self.name!r}: {column!r} is missing in {int(missing.sum())} rows, the first of"
                f" them row {int(np.argmax(missing))}; fill them in or leave these rows out."
            )
        return values


def _whole_numbers(found: pd.Series[Any], missing: Flags) -> Ints:
    if pd.api.types.is_bool_dtype(found.dtype) or pd.api.types.is_datetime64_any_dtype(found):
        raise TypeError
    if isinstance(found.dtype, np.dtype) and found.dtype.kind in "iu":
        return np.asarray(found, np.int64)
    if found.dtype == object or isinstance(found.dtype, pd.ArrowDtype):
        # Without its gaps: Arrow would make floats of a column with gaps, which hold 53 bits.
        found = found.where(~missing, 0)
    return np.asarray(found.astype("Int64").to_numpy(np.int64, na_value=MISSING))


def _days(found: pd.Series[Any]) -> Ints:
    if getattr(found.dtype, "kind", "") == "M" and not hasattr(found.dtype, "pyarrow_dtype"):
        if getattr(found.dtype, "tz", None) is not None:
            found = found.dt.tz_localize(None)
        return found.to_numpy().astype("datetime64[D]").astype(np.int64)
    if pd.api.types.is_numeric_dtype(found.dtype):
        raise TypeError
    # ISO texts, dates and Arrow's types: each different value is looked at once.
    codes, values = pd.factorize(found)
    words = pd.Series(np.asarray(values, dtype=object), dtype=object).astype(str).str.slice(0, 10)
    known = words.to_numpy(object).astype("U10").astype("datetime64[D]").astype(np.int64)
    # Missing values have the code -1.
    return np.append(known, MISSING)[codes]


def by_id(keys: Ints, values: Ints, wanted: Ints) -> Ints:
    """Return what belongs to each id; `MISSING` where it is not there."""
    if not len(keys):
        return np.full(len(wanted), MISSING, np.int64)
    order = np.argsort(keys, kind="stable")
    at = np.searchsorted(keys, wanted, side="right", sorter=order) - 1
    found = order[np.maximum(at, 0)]
    return np.where((at >= 0) & (keys[found] == wanted), values[found], MISSING)


def id_column(values: Ints) -> Any:
    """Return ids as ``Int64``."""
    missing = values == MISSING
    return pd.arrays.IntegerArray(np.where(missing, 0, values).astype(np.int64), missing)


def date_column(values: Ints) -> Any:
    """Return days as ``datetime64[us]``."""
    return values.astype("datetime64[D]").astype("datetime64[us]")


def minutes_column(values: Floats) -> Any:
    """Return minutes as ``Int64``, or as ``Float64`` if there are fractions."""
    whole = values.astype(np.int64)
    if (whole == values).all():
        return pd.arrays.IntegerArray(whole, np.zeros(len(values), bool))
    return number_column(values)


def number_column(values: Floats) -> Any:
    """Return numbers as ``Float64``, NA where NaN."""
    missing = np.isnan(values)
    return pd.arrays.FloatingArray(np.where(missing, 0.0, values), missing)
