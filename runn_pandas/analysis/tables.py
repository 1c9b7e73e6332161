"""What the numbers are made from: tables given or read, and their columns as plain arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from runn_pandas.account import DEMO, DEMO_URL, Account, current
from runn_pandas.catalog import load
from runn_pandas.catalog.filters import moment
from runn_pandas.errors import ConfigError, FilterError, FrameError
from runn_pandas.frame.dedupe import kept
from runn_pandas.frame.nested import expand
from runn_pandas.reader.read import read_runn

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Window = tuple[int, int]
Tables = Mapping[str, pd.DataFrame]

# A missing id or day; it sorts last.
MISSING = int(np.iinfo(np.int64).max)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
TIME_OFF = ("time-offs/leave", "time-offs/holidays", "time-offs/rostered-off")
# What has to be asked for so that a list is whole.
WHOLE = {"people": {"includePlaceholders": True}, "projects": {"includeArchived": True}}
DATE_FILTERS = {
    "actuals": ("minDate", "maxDate"),
    "assignments": ("startDate", "endDate"),
    "time-offs/leave": ("startDate", "endDate"),
}


class Source:
    """Tables by resource: those given, and the others from an account when they are needed.

    Parameters
    ----------
    tables
        Frames by resource, as `runn_pandas.read_many` gives them.
    account
        Where to read what ``tables`` lacks; the current account if not given.
    """

    def __init__(self, tables: Tables | None, account: Account | None) -> None:
        if tables is not None and not isinstance(tables, Mapping):
            raise FrameError(
                "tables is a dict of frames by resource, as rp.read_many gives it,"
                f" not {type(tables).__name__}."
            )
        self.given = {str(name).strip("/"): frame for name, frame in (tables or {}).items()}
        for name, frame in self.given.items():
            if not isinstance(frame, pd.DataFrame):
                if hasattr(frame, "to_delayed"):
                    raise FrameError(
                        f"tables[{name!r}] is a Dask DataFrame, which only rp.hours takes;"
                        " .compute() gives the DataFrame."
                    )
                raise FrameError(
                    f"tables[{name!r}] is a {type(frame).__name__}; it takes a DataFrame."
                )
        self.account = account
        self._read: dict[tuple[str, Window | None], pd.DataFrame] = {}
        self._once: dict[str, pd.DataFrame] = {}

    def table(self, name: str, window: Window | None = None) -> pd.DataFrame:
        """The table of a resource; of a window only, where the API can filter by date."""
        if name in self.given:
            if name not in self._once:
                self._once[name] = once(self.given[name])
            return self._once[name]
        span = window if name in DATE_FILTERS else None
        for known in ((name, None), (name, span)):
            if known in self._read:
                return self._read[known]
        try:
            account = self.account or current()
        except ConfigError as error:
            raise FrameError(
                f"There is no table {name!r} and no account to read it from: add it to tables="
                " or call rp.connect first."
            ) from error
        filters: dict[str, Any] = dict(WHOLE.get(name, {}))
        if span is not None:
            filters |= zip(DATE_FILTERS[name], map(as_text, span), strict=True)
        frame: pd.DataFrame = read_runn(name, account=account, **filters)
        self._read[name, span] = frame
        return frame

    def placeholders(self, assignments: pd.DataFrame | None = None) -> Ints:
        """The ids of placeholders.

        From their table if it is given or everything is read; and every placeholder has
        assignments, as Runn deletes those without (guide 5.6), which are marked.
        """
        found = [np.empty(0, np.int64)]
        if "placeholders" in self.given or not self.given:
            found.append(ids(self.table("placeholders"), "placeholders", "id"))
        if assignments is not None:
            marked = flags(assignments, "isPlaceholder", False)
            found.append(ids(assignments, "assignments", "personId")[marked])
        return np.unique(np.concatenate(found))

    def today(self, as_of: Any) -> int:
        """The day that divides past from future: today, or the day the demo company lives in."""
        if as_of is not None:
            return day("as_of", as_of)
        from runn_pandas.demo import TODAY
        from runn_pandas.transport.address import account_digest

        hints = [frame.attrs.get("runn") for frame in self.given.values()]
        known = {hint.get("account") for hint in hints if isinstance(hint, dict)}
        if not self.given:
            try:
                known = {(self.account or current()).fingerprint}
            except ConfigError:
                # The first read says so.
                known = set()
        is_demo = known == {account_digest(DEMO_URL, DEMO)[:8]}
        return day("as_of", TODAY if is_demo else dt.date.today())


def once(frame: pd.DataFrame) -> pd.DataFrame:
    """Each record once, the one updated last: windows that were concatenated may overlap."""
    if list(frame.columns).count("id") != 1 or not frame["id"].duplicated().any():
        return frame
    plain = frame.reset_index(drop=True)
    return plain[kept(plain, ["id"], [len(plain)])].reset_index(drop=True)


def day(name: str, value: Any, *, last: bool = False) -> int:
    """A date as days since 1970; of a month such as ``"2026-06"`` its first or last day."""
    try:
        found = moment(value, last=last)
    except (ValueError, TypeError, OverflowError) as error:
        raise FilterError(f"{name} takes a date such as '2026-06-30', not {value!r}.") from error
    # As written: a business date is never shifted between zones (guide 4.3).
    return int(np.datetime64(found.date(), "D").astype(np.int64))


def window(start: Any, end: Any) -> Window:
    """The first and the last day asked for, both inclusive."""
    first, last = day("start", start), day("end", end, last=True)
    if last < first:
        raise FilterError(
            f"end ({as_text(last)}) is before start ({as_text(first)}); both days are inclusive."
        )
    return first, last


def choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """One of the words that an option takes."""
    known = tuple(choices)
    if not isinstance(value, str) or value not in known:
        told = ", ".join(map(repr, known))
        raise FilterError(f"{name} is one of {told}, not {value!r}.")
    return value


def as_text(when: int) -> str:
    """A day as ISO text."""
    return str(np.datetime64(when, "D"))


def column(frame: pd.DataFrame, table: str, name: str) -> pd.Series[Any]:
    """A column that has to be there."""
    if name not in frame.columns:
        raise FrameError(
            f"{table!r} has no column {name!r}, which this number is made from;"
            f" read it again with all its columns."
        )
    found = frame[name]
    if isinstance(found, pd.DataFrame):
        raise FrameError(f"{table!r} has the column {name!r} twice; drop one of them.")
    return found


def _refuse(table: str, name: str, wanted: str, error: Exception | None = None) -> FrameError:
    return FrameError(
        f"{table!r}: the column {name!r} holds something other than {wanted};"
        f" correct it, or read the table again."
    )


def _complete(values: Any, missing: Flags, table: str, name: str) -> None:
    if missing.any():
        raise FrameError(
            f"{table!r}: {name!r} is missing in {int(missing.sum())} rows, the first of them row"
            f" {int(np.argmax(missing))}; fill them in or leave these rows out."
        )


def ids(frame: pd.DataFrame, table: str, name: str, *, optional: bool = False) -> Ints:
    """Whole numbers, floats too; with ``optional``, `MISSING` where there is none or no column."""
    if optional and name not in frame.columns:
        return np.full(len(frame), MISSING, np.int64)
    found = column(frame, table, name)
    missing = found.isna().to_numpy(bool)
    try:
        if pd.api.types.is_bool_dtype(found.dtype) or pd.api.types.is_datetime64_any_dtype(found):
            raise TypeError
        if isinstance(found.dtype, np.dtype) and found.dtype.kind in "iu":
            values = found.to_numpy(np.int64)
        else:
            whole = (
                found.astype(object).where(~missing, 0).astype("Int64")
                if found.dtype == object
                else found.astype("Int64")
            )
            values = whole.to_numpy(np.int64, na_value=MISSING)
    except (ValueError, TypeError, OverflowError) as error:
        raise _refuse(table, name, "whole numbers") from error
    values = np.where(missing, MISSING, values)
    if not optional:
        _complete(values, missing, table, name)
    return values


def numbers(frame: pd.DataFrame, table: str, name: str, *, optional: bool = False) -> Floats:
    """Numbers; with ``optional``, NaN where there is none or no column."""
    if optional and name not in frame.columns:
        return np.full(len(frame), np.nan)
    found = column(frame, table, name)
    try:
        if pd.api.types.is_datetime64_any_dtype(found):
            raise TypeError
        whole = found.astype("Float64").to_numpy(np.float64, na_value=np.nan)
        values: Floats = np.array(whole, np.float64)
    except (ValueError, TypeError) as error:
        raise _refuse(table, name, "numbers") from error
    if not optional:
        _complete(values, np.isnan(values), table, name)
    return values


def flags(frame: pd.DataFrame, name: str, default: bool, table: str = "assignments") -> Flags:
    """A flag, ``default`` where nothing is said."""
    if name not in frame.columns:
        return np.full(len(frame), default)
    try:
        found = column(frame, table, name).astype("boolean")
    except (ValueError, TypeError) as error:
        raise _refuse(table, name, "true and false") from error
    # A copy: these arrays are changed in place, the tables never.
    return np.array(found.to_numpy(np.bool_, na_value=default))


def texts(frame: pd.DataFrame, table: str, name: str, default: str) -> NDArray[np.object_]:
    """Words, ``default`` where there is none."""
    found = column(frame, table, name).astype(object)
    return found.where(found.notna(), default).to_numpy(object)


def dates(frame: pd.DataFrame, table: str, name: str, *, optional: bool = False) -> Ints:
    """Days since 1970, the day as written; with ``optional``, `MISSING` where there is none."""
    found = column(frame, table, name)
    missing = found.isna().to_numpy(bool)
    try:
        if getattr(found.dtype, "kind", "") == "M" and not hasattr(found.dtype, "pyarrow_dtype"):
            values = _days(found)
        elif pd.api.types.is_numeric_dtype(found.dtype):
            raise TypeError
        else:
            values = _days_of_texts(found)
    except (ValueError, TypeError) as error:
        raise _refuse(table, name, "dates such as '2026-06-30'") from error
    values = np.where(missing, MISSING, values)
    if not optional:
        _complete(values, missing, table, name)
    return values


def _days(found: pd.Series[Any]) -> Ints:
    if getattr(found.dtype, "tz", None) is not None:
        found = found.dt.tz_localize(None)
    return found.to_numpy().astype("datetime64[D]").astype(np.int64)


def _days_of_texts(found: pd.Series[Any]) -> Ints:
    """The days of ISO texts, dates and Arrow's types: each different value is looked at once."""
    codes, values = pd.factorize(found)
    words = pd.Series(np.asarray(values, dtype=object), dtype=object).astype(str).str.slice(0, 10)
    known = words.to_numpy(object).astype("U10").astype("datetime64[D]").astype(np.int64)
    # Missing values have the code -1.
    return np.append(known, MISSING)[codes]


def rosters(contracts: pd.DataFrame) -> Floats:
    """Minutes of each contract by weekday, Monday to Sunday (guide 5.3: no weekend pattern).

    From ``rosteredDays``, nested or expanded; ``minutesPerDay`` on each of the five days where a
    contract has no roster.
    """
    if "rosteredDays" in contracts.columns:
        resource = load().find("contracts")[0]
        contracts = expand(contracts, "rosteredDays", resource=resource)
    names = [f"rosteredDays.{name}" for name in WEEKDAYS]
    present = [name for name in names if name in contracts.columns]
    if not present and "minutesPerDay" not in contracts.columns:
        column(contracts, "contracts", "rosteredDays")
    rostered = np.full((len(contracts), 7), np.nan)
    for at, name in enumerate(names):
        rostered[:, at] = numbers(contracts, "contracts", name, optional=True)
    unknown = np.isnan(rostered).all(axis=1)
    if unknown.any():
        daily = numbers(contracts, "contracts", "minutesPerDay", optional=True)
        rostered[unknown, :5] = daily[unknown, None]
    minutes: Floats = np.nan_to_num(rostered, nan=0.0)
    return minutes


# -- the way back into frames


def id_column(values: Ints) -> Any:
    """Ids as ``Int64``."""
    missing = values == MISSING
    return pd.arrays.IntegerArray(np.where(missing, 0, values).astype(np.int64), missing)


def date_column(values: Ints) -> Any:
    """Days as ``datetime64[us]``."""
    return values.astype("datetime64[D]").astype("datetime64[us]")


def minutes_column(values: Floats) -> Any:
    """Minutes as ``Int64``, or as ``Float64`` if there are fractions."""
    whole = values.astype(np.int64)
    if (whole == values).all():
        return pd.arrays.IntegerArray(whole, np.zeros(len(values), bool))
    return number_column(values)


def number_column(values: Floats) -> Any:
    """Numbers as ``Float64``, NA where NaN."""
    missing = np.isnan(values)
    return pd.arrays.FloatingArray(np.where(missing, 0.0, values), missing)
