"""A timesheet as it comes: how long, when, and whom and what its rows are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.columns import MISSING
from runn_pandas.analysis.days import Window, business_dates, day_numbers, window
from runn_pandas.analysis.inputs import Source
from runn_pandas.analysis.reconciliation.parsing import (
    MINUTE,
    in_utc,
    milliseconds,
    yes_or_no,
)
from runn_pandas.analysis.reconciliation.runn_actuals import KEYS, roles_for
from runn_pandas.analysis.reconciliation.total_lines import without_totals
from runn_pandas.errors import FilterError, FrameError, warn
from runn_pandas.lookup.matching import (
    Match,
    Matched,
    MatchRule,
    find_ids,
    known_only,
    match_rules,
    sheet_column,
)
from runn_pandas.lookup.misses import archived


@dataclass(frozen=True)
class SheetOptions:
    """The options of `reconcile` that say how the timesheet is read."""

    keys: list[str]
    start: Any
    end: Any
    minutes: str
    hours: str | None
    seconds: str | None
    billable: str | None
    match: Match | None
    entry_id: str | None


@dataclass(frozen=True)
class Entries:
    """A timesheet that has been read: the rows with their ids, and what has none."""

    rows: pd.DataFrame
    window: Window | None
    missed: list[Matched]
    minutes: pd.Series[Any]
    # Days, people and projects of all rows; NA where a row leads to no id.
    scope: pd.DataFrame
    # Of these the rows that lead to no id.
    doubtful: pd.DataFrame
    # Which rows lead to no id.
    lost: Any
    # The rows that count and are exact copies of others: which they are, and of which (by the
    # labels of the timesheet), whose, and their minutes.
    copies: pd.DataFrame
    # What to say of rows that lead to archived records.
    archived: list[str]


def read_entries(timesheet: pd.DataFrame, options: SheetOptions, source: Source) -> Entries:
    """Return a timesheet's rows within the window."""
    if not isinstance(timesheet, pd.DataFrame):
        raise FrameError(f"The timesheet is a DataFrame, not {type(timesheet).__name__}.")
    sheet = _with_levels(timesheet)
    rules = match_rules(options.match)
    sheet = without_totals(sheet, rules)
    # With the labels that the user knows, for what cannot be read.
    spent = _durations(sheet, options).reset_index(drop=True)
    labels, sheet = sheet.index, sheet.reset_index(drop=True)
    date_name, when = _dates(sheet, rules.pop("date", ()))
    first, last = _days_compared(when, options)
    days = day_numbers(when)
    inside = ((days >= first) & (days <= last)) | when.isna().to_numpy()
    labels, sheet = labels[inside], sheet[inside].reset_index(drop=True)
    spent, when = (part[inside].reset_index(drop=True) for part in (spent, when))
    if options.entry_id is not None:
        _refuse_doubled(sheet, options.entry_id, spent)
    billed = 0 if options.billable is None else spent.where(yes_or_no(sheet, options.billable), 0)
    rows = pd.DataFrame({"date": when, "spent": spent, "billed": billed})
    found = [Matched.plain("date", date_name, when, when.isna())]
    found += _find_all(sheet, rows, options.keys, rules, source)
    past = archived(found, source)
    scope = rows.reindex(columns=["date", "personId", "projectId"])
    rows, missed, lost = _without_missed(rows, found)
    # By its own number no entry is there twice.
    again = (spent != 0).to_numpy(bool) & ~lost & (options.entry_id is None)
    copies = _copies(sheet, scope.assign(minutes=spent / MINUTE), again, labels)
    span = (first, last) if first <= last and MISSING not in (first, -last) else None
    doubtful = scope[lost].drop_duplicates()
    return Entries(rows, span, missed, spent / MINUTE, scope, doubtful, lost, copies, past)


def _with_levels(timesheet: pd.DataFrame) -> pd.DataFrame:
    levels = [n for n in timesheet.index.names if n is not None and n not in timesheet.columns]
    return timesheet.reset_index(level=levels) if levels else timesheet


def _find_all(
    sheet: pd.DataFrame,
    rows: pd.DataFrame,
    keys: list[str],
    rules: dict[str, tuple[MatchRule, ...]],
    source: Source,
) -> list[Matched]:
    """Put the ids of each key into the rows; a role that the sheet does not have is derived."""
    has_role = "roleId" in rules or any(str(c).casefold() == "roleid" for c in sheet.columns)
    derive = "roleId" in keys and not has_role
    found = []
    for key in dict.fromkeys([*keys, *rules]):
        if key == "date" or (key == "roleId" and derive):
            continue
        matched = known_only(find_ids(sheet, key, rules.get(key, ()), source), source)
        rows[key] = matched.ids
        found.append(matched)
    if derive:
        rows["roleId"] = roles_for(rows.reindex(columns=list(KEYS)), source)["roleId"]
        # Who or what was not matched is said once.
        lost = np.logical_or.reduce([rows["date"].isna(), *(m.missed for m in found)])
        missed = rows["roleId"].isna() & ~lost
        who = rows["personId"].astype(object)
        found.append(Matched.plain("roleId", "personId", rows["roleId"], missed, who))
    return found


def _without_missed(
    rows: pd.DataFrame, found: list[Matched]
) -> tuple[pd.DataFrame, list[Matched], Any]:
    """Return the matched rows, what was not matched, and which rows that are."""
    lost = np.logical_or.reduce([matched.missed.to_numpy(bool) for matched in found])
    return rows[~lost], [matched for matched in found if matched.missed.any()], lost


def _copies(
    sheet: pd.DataFrame, scope: pd.DataFrame, counts: Any, labels: pd.Index[Any]
) -> pd.DataFrame:
    """Return the exact copies of other rows: an export that was joined twice doubles hours."""
    texts = sheet.astype(str)
    twice = texts[texts.duplicated(keep=False) & counts]
    same = twice.groupby([*twice.columns], dropna=False, sort=False).ngroup()
    first = pd.Series(twice.index, twice.index).groupby(same).transform("first")
    again = first[first != first.index]
    told = {"row": labels[again.index], "of": labels[again.to_numpy()]}
    return scope.loc[again.index].assign(**told)


def _durations(sheet: pd.DataFrame, options: SheetOptions) -> pd.Series[Any]:
    named = {"hours": options.hours, "seconds": options.seconds}
    given = {unit: name for unit, name in named.items() if name is not None}
    if len(given) > 1 or (given and options.minutes != "minutes"):
        raise FilterError("Give the durations in one unit: minutes=, hours= or seconds=.")
    advice = "" if given else " For hours, say hours=<column>; for seconds, seconds=<column>."
    unit, name = next(iter(given.items()), ("minutes", options.minutes))
    return milliseconds(sheet_column(sheet, name, advice), name, unit)


def _dates(sheet: pd.DataFrame, rules: tuple[MatchRule, ...]) -> tuple[str, pd.Series[Any]]:
    name = rules[0].columns[0] if rules else "date"
    advice = "" if rules else " Say which has the date: match={'date': <column>}."
    written = sheet_column(sheet, name, advice)
    if in_utc(written):
        warn(
            f"Column {name!r} has times in UTC, and their day in UTC is taken, which need not be"
            " the worker's. Give their own: df[column].dt.tz_convert('Europe/Oslo').",
            UserWarning,
        )
    return name, business_dates(written, name)


def _days_compared(when: pd.Series[Any], options: SheetOptions) -> Window:
    own = day_numbers(when.dropna())
    known = (int(own.min(initial=MISSING)), int(own.max(initial=-MISSING)))
    return window(options.start, options.end, known)


def _refuse_doubled(sheet: pd.DataFrame, name: str, spent: pd.Series[Any]) -> None:
    """Raise if an export was joined to itself, or read twice: it must not count twice."""
    entry = sheet_column(sheet, name)
    again = entry.duplicated() & entry.notna()
    if again.any():
        raise FrameError(
            f"{int(again.sum()):,} entries are in the timesheet more than once by {name!r} (the"
            f" first: {entry[again].iloc[0]}), {spent[again].sum() / MINUTE:,.0f} minutes too"
            f" many: keep one of each, timesheet.drop_duplicates({name!r})."
        )
