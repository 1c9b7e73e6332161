"""A timesheet as it comes: durations, dates, flags, and whom and what its rows are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.corrections import KEYS, roles_for
from runn_pandas.analysis.matching import NONE, Found, Match, Way, find_ids, known_only, ways_of
from runn_pandas.analysis.names import Lists
from runn_pandas.analysis.rounding import MINUTE, column, days, milliseconds
from runn_pandas.analysis.tables import MISSING, day
from runn_pandas.errors import FilterError, FrameError, warn

YES = {"yes", "y", "true", "t", "1", "1.0", "billable", "x"}
NO = {"no", "n", "false", "f", "0", "0.0", "nonbillable", "non-billable", "not billable", ""}


@dataclass(frozen=True)
class Entries:
    """A timesheet that has been read: the rows with their ids, and what has none."""

    rows: pd.DataFrame
    window: tuple[int, int] | None
    missed: list[Found]
    minutes: pd.Series[Any]
    # Days and people of rows that lead to no id; NA where that is what is not known.
    doubtful: pd.DataFrame
    # What to say of rows that are exact copies, or "".
    copies: str


def read_entries(
    timesheet: pd.DataFrame,
    keys: list[str],
    start: Any,
    end: Any,
    minutes: str,
    hours: str | None,
    seconds: str | None,
    billable: str | None,
    match: Match | None,
    entry_id: str | None,
    lists: Lists,
) -> Entries:
    """Read a timesheet's rows within the window, by the options of `reconcile`."""
    if not isinstance(timesheet, pd.DataFrame):
        raise FrameError(f"The timesheet is a DataFrame, not {type(timesheet).__name__}.")
    levels = [n for n in timesheet.index.names if n is not None and n not in timesheet.columns]
    sheet = timesheet.reset_index(level=levels) if levels else timesheet
    ways = ways_of(match)
    # With the labels that the user knows, for what cannot be read.
    spent = _durations(sheet, minutes, hours, seconds).reset_index(drop=True)
    sheet = sheet.reset_index(drop=True)
    dates: Any = _dates(sheet, ways.pop("date", None))
    window = _window(dates["date"], start, end)
    if window is not None:
        stamps = dates["date"].to_numpy("datetime64[D]").astype("int64")
        inside = ((stamps >= window[0]) & (stamps <= window[1])) | dates["date"].isna().to_numpy()
        sheet, spent, dates = (
            part[inside].reset_index(drop=True) for part in (sheet, spent, dates)
        )
    if entry_id is not None:
        _refuse_doubled(sheet, entry_id, spent)
    rows = pd.DataFrame({"date": dates["date"], "spent": spent})
    rows["billed"] = spent.where(_flags(sheet, billable), 0) if billable is not None else 0
    reasons = pd.Series(None, index=sheet.index, dtype=object).mask(rows["date"].isna(), NONE)
    found = [Found("date", dates["column"], rows["date"], rows["date"].astype(object), reasons, ())]
    has_role = any(str(c).casefold() == "roleid" for c in sheet.columns)
    derive = "roleId" in keys and "roleId" not in ways and not has_role
    for key in dict.fromkeys([*keys, *ways]):
        if key == "date" or (key == "roleId" and derive):
            continue
        found.append(known_only(find_ids(sheet, key, ways.get(key, ()), lists), lists))
        rows[key] = found[-1].ids
    if derive:
        rows["roleId"] = roles_for(rows.reindex(columns=list(KEYS)), lists)["roleId"]
        told = pd.Series("personId", index=sheet.index, dtype=object)
        reasons = pd.Series(None, index=sheet.index, dtype=object).mask(rows["roleId"].isna(), NONE)
        reasons = reasons.mask(np.logical_or.reduce([f.missed for f in found]), None)
        who = rows["personId"].astype(object)
        found.append(Found("roleId", told, rows["roleId"], who, reasons, ()))
    missed = [part for part in found if part.missed.any()]
    lost = np.logical_or.reduce([part.missed.to_numpy(bool) for part in found])
    doubtful = rows.reindex(columns=["date", "personId"])[lost].drop_duplicates()
    for part in missed:
        rows = rows[~part.missed.reindex(rows.index)]
    copies = _said_of_copies(sheet, spent) if entry_id is None else ""
    return Entries(rows, window, missed, spent / MINUTE, doubtful, copies)


def _said_of_copies(sheet: pd.DataFrame, spent: pd.Series[Any]) -> str:
    """Say which rows are exact copies: an export that was joined twice doubles hours."""
    copies = sheet.astype(str).duplicated().to_numpy(bool) & (spent != 0).to_numpy(bool)
    count = int(copies.sum())
    if not count:
        return ""
    hours = spent[copies].sum() / MINUTE / 60
    what = "row is an exact copy of another" if count == 1 else "rows are exact copies of others"
    return (
        f"{count:,} {what} in the timesheet ({hours:,.2f} h), and counted: if twice is a slip,"
        " drop_duplicates() before rp.reconcile; if your export numbers its entries, say"
        " entry_id=<column>."
    )


def _durations(
    sheet: pd.DataFrame, minutes: str, hours: str | None, seconds: str | None
) -> pd.Series[Any]:
    told = {"minutes": minutes, "hours": hours, "seconds": seconds}
    given = [unit for unit in ("hours", "seconds") if told[unit] is not None]
    if len(given) > 1 or (given and minutes != "minutes"):
        raise FilterError("Give the durations in one unit: minutes=, hours= or seconds=.")
    unit = given[0] if given else "minutes"
    name = told[unit]
    advice = "" if given else " For hours, say hours=<column>; for seconds, seconds=<column>."
    return milliseconds(column(sheet, str(name), advice), str(name), unit)


def _dates(sheet: pd.DataFrame, way: tuple[Way, ...] | None) -> pd.DataFrame:
    name = way[0].columns[0] if way else "date"
    advice = "" if way else " Say which has the date: match={'date': <column>}."
    told = column(sheet, name, advice)
    if _in_utc(told):
        warn(
            f"Column {name!r} has times in UTC, and their day in UTC is taken, which need not be"
            " the worker's. Give their own: df[column].dt.tz_convert('Europe/Oslo').",
            UserWarning,
        )
    return pd.DataFrame({"date": days(told, name), "column": name})


def _in_utc(told: pd.Series[Any]) -> bool:
    """Whether moments are told in UTC, and not just days."""
    zone = getattr(told.dtype, "tz", None)
    if zone is not None and str(zone) in ("UTC", "UTC+00:00"):
        return bool((told.dropna() != told.dropna().dt.normalize()).any())
    if not (told.dtype == object or pd.api.types.is_string_dtype(told.dtype)):
        return False
    texts = told.dropna().astype(str)
    stamps = texts.str.fullmatch(r".*\d[T ]\d\d:.*(Z|\+00:?00)")
    return bool((stamps & ~texts.str.contains(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+)")).any())


def _window(dates: pd.Series[Any], start: Any, end: Any) -> tuple[int, int] | None:
    own = dates.dropna().to_numpy("datetime64[D]").astype("int64")
    first = day("start", start) if start is not None else int(own.min(initial=MISSING))
    last = day("end", end, last=True) if end is not None else int(own.max(initial=-MISSING))
    if start is not None and end is not None and last < first:
        raise FilterError(f"end ({end}) is before start ({start}); both days are included.")
    return (first, last) if first <= last and MISSING not in (first, -last) else None


def _refuse_doubled(sheet: pd.DataFrame, name: str, spent: pd.Series[Any]) -> None:
    """An export joined to itself, or read twice, must not count twice."""
    entry = column(sheet, name)
    again = entry.duplicated() & entry.notna()
    if again.any():
        raise FrameError(
            f"{int(again.sum()):,} entries are in the timesheet more than once by {name!r} (the"
            f" first: {entry[again].iloc[0]}), {spent[again].sum() / MINUTE:,.0f} minutes too"
            f" many: keep one of each, timesheet.drop_duplicates({name!r})."
        )


def _flags(sheet: pd.DataFrame, name: str) -> pd.Series[Any]:
    told = column(sheet, name)
    if told.isna().any():
        raise FrameError(f"{int(told.isna().sum()):,} rows do not say in {name!r} if billable.")
    codes, distinct = pd.factorize(told)
    words = [str(value).strip().casefold() for value in distinct]
    odd = [word for word in words if word not in YES and word not in NO]
    if odd:
        raise FrameError(f"{odd[0]!r} in column {name!r} is neither yes nor no, true nor false.")
    return pd.Series(np.array([word in YES for word in words], dtype=bool)[codes], sheet.index)
