"""Any timesheet against Runn's actuals."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.account import Account
from runn_pandas.analysis.actuals import MINUTES
from runn_pandas.analysis.inputs import Source, Tables, choice
from runn_pandas.analysis.options import ON_UNMATCHED, ONLY_RUNN, OnlyRunn, OnUnmatched
from runn_pandas.analysis.reconciliation.actuals_to_write import without_role
from runn_pandas.analysis.reconciliation.compared_days import put_days
from runn_pandas.analysis.reconciliation.comparison import compare
from runn_pandas.analysis.reconciliation.exports import READING, of_export
from runn_pandas.analysis.reconciliation.left_out import put_left_out
from runn_pandas.analysis.reconciliation.runn_actuals import IDENTITY, KEYS, plain_actuals
from runn_pandas.analysis.reconciliation.timesheet import Entries, SheetOptions, read_entries
from runn_pandas.analysis.reconciliation.unmatched import missed_values, summary
from runn_pandas.errors import FilterError, FrameError, TimesheetWarning, UnmatchedWarning, warn
from runn_pandas.frame.encode import as_python
from runn_pandas.frame.flags import check_flags
from runn_pandas.lookup.matching import Match, known_ids
from runn_pandas.lookup.name_columns import whole_ids


def reconcile(
    timesheet: str | os.PathLike[str] | pd.DataFrame,
    *,
    start: Any = None,
    end: Any = None,
    on: Sequence[str] = KEYS,
    minutes: str = "minutes",
    hours: str | None = None,
    seconds: str | None = None,
    billable: str | None = None,
    match: Match | None = None,
    entry_id: str | None = None,
    people: str | Iterable[int] = "timesheet",
    projects: str | Iterable[int] = "timesheet",
    only_runn: OnlyRunn = "keep",
    tolerance: Any = "1min",
    on_unmatched: OnUnmatched = "warn",
    source: str | None = None,
    dayfirst: bool | None = None,
    columns: Mapping[str, str] | None = None,
    times_in: str | None = None,
    days_in: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    tables: Tables | None = None,
    account: Account | None = None,
) -> pd.DataFrame:
    """Compare a timesheet (Harvest, Clockify, Toggl, any CSV) with Runn's actuals.

    Parameters
    ----------
    timesheet : str, path or DataFrame
        One row an entry; the entries of a key are added up. A date is the day as written:
        a timestamp with a zone keeps its own local day. An export that `read_timesheet` knows,
        as a file or a frame, or what that gives, needs none of the options that say which
        column is what: people are found by e-mail, else by name, projects by name and client,
        and what is billable counts if any entry is.
    start, end : date, optional
        The first and the last day to compare, both included; those of the timesheet if not
        given. Nothing outside is looked at, on either side.
    on : sequence of str
        What makes a key: of ``date, personId, projectId, roleId, workstreamId``. A ``roleId``
        that the timesheet does not have is the person's single role on the project, or else the
        role of the contract on that date, as in Runn's own integrations.
    minutes, hours, seconds : str
        The column with the durations, by its unit: give one of them. Timedelta, and text such
        as ``1:30`` (an hour and a half) or ``1:30:00``, are read in any of them. A text such as
        1.200 or 1,200 of minutes or seconds is told by the others of the column, or refused.
    billable : str, optional
        The column that says whether an entry is billable (true or false, yes or no). Without
        it Runn's own division of a key is kept; what is new to Runn is billable, but on
        non-billable projects.
    match : dict, optional
        How ids are found: ``{"personId": {"email": "Email"}, "projectId":
        {"references.Harvest": "Project code"}}``, Runn's field on the left (``email``,
        ``name``, ``id``, ``references.X``, any other), the timesheet's column on the right, or
        a list of columns to join (first and last name). Several fields are tried in turn, but
        who has another e-mail address in Runn, and not by a slip of the pen, is not meant. Case,
        outer spaces and how accents are composed do not matter; several codes may lead to one
        record. ``clientName`` beside ``name`` tells projects of one name apart, and refuses a
        project of another client, also where Runn does not know the client. A plain column holds
        the id itself, or the date: ``{"date": "Spent date"}``.
    entry_id : str, optional
        The column with the tool's own id of an entry: entries that are there twice are refused.
    people, projects : {"timesheet", "all"} or ids
        What is compared: the people, and the projects, that have a row in the timesheet within
        the window; all; or these too, who may have handed in nothing. Where `on` has no
        ``projectId``, all projects are, unless ids are given. Of a person's day on which a row's
        project is not known, all projects are shown.
    only_runn : {"keep", "zero"}
        What becomes of actuals that the timesheet has no row for: they stay as they are, or are
        set to 0 minutes (the day then counts as not worked). The plan counts the rows and hours
        that become 0.
    tolerance : str, Timedelta or number of minutes
        A difference up to this is a ``match``.
    on_unmatched : {"warn", "raise", "ignore"}
        What happens when rows lead to no id; they are not in the result, `unmatched` lists them.
    source, dayfirst, columns, times_in, days_in, encoding, delimiter, sheet : optional
        Of an export, as `read_timesheet` takes them.
    tables : dict of str to DataFrame, optional
        Frames by resource, as `read_many` gives them; what is missing and needed is read.
    account : Account, optional
        Where to read; the current one if not given.

    Returns
    -------
    DataFrame
        One row a key, sorted: the columns of `on`, ``timesheetMinutes``, ``runnMinutes`` (NA
        where that side has none), ``differenceMinutes`` (timesheet less Runn) and ``status``:

        - ``match``: the minutes agree (and with `billable` the billable ones). An actual of 0
          agrees with a timesheet that has no row, for both say that nothing was worked.
        - ``differs``: they do not. An actual of 0 is an actual.
        - ``only_timesheet``: Runn has no actual. So is a row of 0 minutes: Runn counts the
          scheduled hours until the 0 is logged.
        - ``only_runn``: the timesheet has no row.

        Then what is to be written to make Runn agree (if `on` has date, person and project):
        ``roleId``, ``workstreamId``, ``billableMinutes``, ``nonbillableMinutes``, which for a
        match, and for ``only_runn`` unless `only_runn` says "zero", are what Runn has; NA where
        the timesheet has rows of that person and day that were not matched: those are not
        written. ``roleId`` and ``workstreamId`` are NA where Runn has several actuals of the key,
        whose minutes are then the sums (a push divides them), and where no role was found.
        Last, ``runnBillableMinutes``, ``runnNonbillableMinutes``, how many actuals Runn has of
        the key, ``runnActuals``, and when the last of them was changed, ``runnUpdatedAt``: what
        others have changed since is a conflict in the plan, as for any frame.
        ``attrs["reconciliation"]`` has the days that were compared; if rows are not matched,
        under ``unmatched`` their number and minutes and those of the timesheet, and the first of
        their values as `unmatched` gives them; if rows that count are exact copies of others,
        under ``copies`` their number, minutes, and the first of them.

        Minutes are whole: the exact sums are rounded once a key so that the total and each
        person's total are kept (the largest remainder), and then divided into billable and
        nonbillable.

    Raises
    ------
    FrameError
        If a column is missing, or holds what cannot be read; if an entry is there twice.

    Warns
    -----
    TimesheetWarning
        If total lines are left out; and what `read_timesheet` says of an export.
    UnmatchedWarning
        If rows lead to no id, or are of different records by two columns, with their number and
        minutes; if rows that only the timesheet has have no role, and so cannot be written.
    TimesheetWarning
        If rows lead to people, projects or others that are archived in Runn.

    Examples
    --------
    >>> import pandas as pd
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> harvest = pd.DataFrame({"Date": ["2026-06-01"] * 2, "Hours": [1.25, 0.5],
    ...     "Email": ["Hana.Haddad@example.com "] * 2, "Project": ["Basalt website"] * 2})
    >>> result = reconcile(harvest, hours="Hours",
    ...     match={"personId": {"email": "Email"}, "projectId": {"name": "Project"}})
    >>> result.loc[result["projectId"] == 480014, ["timesheetMinutes", "status"]]
       timesheetMinutes          status
    0               105  only_timesheet
    """
    options = SheetOptions(
        _keys(on), start, end, minutes, hours, seconds, billable, match, entry_id
    )
    choice("on_unmatched", on_unmatched, ON_UNMATCHED)
    zero = choice("only_runn", only_runn, ONLY_RUNN) == "zero"
    check_flags(["dayfirst"], dayfirst=dayfirst)
    margin = _minutes_of(tolerance)
    lists = Source(tables, account)
    reading = {
        "source": source,
        "dayfirst": dayfirst,
        "columns": columns,
        "times_in": times_in,
        "days_in": days_in,
        "encoding": encoding,
        "delimiter": delimiter,
        "sheet": sheet,
    }
    rows, options = of_export(timesheet, options, reading)
    entries = read_entries(rows, options, lists)
    if entries.missed:
        _tell(summary(entries.missed, entries.minutes), on_unmatched)
    for note in entries.archived:
        warn(note, TimesheetWarning)
    asked = {"personId": ("people", people), "projectId": ("projects", projects)}
    actuals = _actuals(entries, asked, lists)
    divided = options.billable is not None
    result = compare(entries.rows, actuals, options.keys, margin, divided, zero, lists)
    result = _undecided(result, entries.doubtful)
    _tell(without_role(result), on_unmatched)
    put_days(result, entries.window, start, end)
    # Of copies the plan says so; a warning would cry wolf where twice the same is meant.
    put_left_out(result, entries, lists)
    return result


def _tell(text: str, on_unmatched: str) -> None:
    if text and on_unmatched == "raise":
        raise FrameError(text)
    if text and on_unmatched == "warn":
        warn(text, UnmatchedWarning)


def unmatched(timesheet: str | os.PathLike[str] | pd.DataFrame, **options: Any) -> pd.DataFrame:
    """Return what `reconcile` finds no id for, with near misses.

    Parameters
    ----------
    timesheet : str, path or DataFrame
        The timesheet, not the result.
    **options
        The same as `reconcile` was given.

    Returns
    -------
    DataFrame
        One row for each value that was not matched, those with the most minutes first:
        ``key`` (``personId``), ``column`` of the timesheet, ``value``, ``rows``, ``minutes``
        (exact, not rounded), ``reason`` (``none`` or ``several`` records have it) and
        ``nearMisses``, Runn's nearest values with their ids. A row that fails on two keys
        counts for both. Empty if everything is matched.

    Examples
    --------
    >>> import pandas as pd
    >>> import runn_pandas as rp
    >>> account = rp.connect("demo")
    >>> sheet = pd.DataFrame({"date": ["2026-06-01"], "minutes": [90], "projectId": [480014],
    ...     "Email": ["hana.hadad@example.com"]})
    >>> unmatched(sheet, match={"personId": {"email": "Email"}})["nearMisses"].item()
    'hana.haddad@example.com (310015)'
    """
    bound = inspect.signature(reconcile).bind(timesheet, **options)
    bound.apply_defaults()
    given = bound.arguments
    result = {"timesheetMinutes", "runnMinutes", "status"}
    if isinstance(timesheet, pd.DataFrame) and result <= set(timesheet.columns):
        raise FrameError(
            "unmatched takes the timesheet with the arguments that reconcile was given, not"
            " reconcile's result, which has the matched rows only."
        )
    lists = Source(given["tables"], given["account"])
    names = ("start", "end", "minutes", "hours", "seconds", "billable", "match", "entry_id")
    asked = SheetOptions(_keys(given["on"]), *(given[name] for name in names))
    sheet, asked = of_export(timesheet, asked, {name: given[name] for name in READING})
    entries = read_entries(sheet, asked, lists)
    return missed_values(entries.missed, entries.minutes, lists)


def _keys(on: Sequence[str]) -> list[str]:
    keys = [on] if isinstance(on, str) else list(on)
    odd = [key for key in keys if key not in IDENTITY]
    if odd or not keys:
        raise FilterError(
            f"on takes one or more of {', '.join(IDENTITY)}"
            + (f"; there is no {odd[0]!r}." if odd else ".")
        )
    if "roleId" in keys and not set(KEYS[1:]) <= set(keys):
        raise FilterError("on has roleId, so it also needs personId and projectId.")
    return list(dict.fromkeys(keys))


def _minutes_of(tolerance: Any) -> float:
    try:
        if isinstance(tolerance, bool):
            raise TypeError
        if isinstance(tolerance, (int, float, np.integer, np.floating)):
            margin = float(tolerance)
        else:
            margin = pd.Timedelta(tolerance).total_seconds() / 60
    except (ValueError, TypeError) as error:
        raise FilterError(f"tolerance is {tolerance!r}; it takes '1min' or minutes.") from error
    if not margin >= 0:
        raise FilterError(f"tolerance is {tolerance!r}; it cannot be negative.")
    return margin


def _actuals(
    entries: Entries, asked: Mapping[str, tuple[str, str | Iterable[int]]], source: Source
) -> pd.DataFrame:
    """Return Runn's actuals within the window, of those whom and what the question is about."""
    more = {key: _asked(key, name, value, source) for key, (name, value) in asked.items()}
    if entries.window is None and any(ids is None or len(ids) for ids in more.values()):
        raise FrameError("The timesheet has no dates: give start= and end=.")
    actuals = plain_actuals(source, entries.window)
    for key, ids in more.items():
        if ids is not None and not (_is_open(key, entries) and ids.empty):
            actuals = actuals[_in_scope(actuals, key, ids, entries)]
    return actuals.reset_index(drop=True)


def _is_open(key: str, entries: Entries) -> bool:
    """Whether the timesheet does not tell whom, or what, it is about."""
    # Of people who handed in nothing there is nothing to tell the projects by.
    return key not in entries.rows or (key == "projectId" and entries.scope.empty)


def _in_scope(actuals: pd.DataFrame, key: str, ids: pd.Series[Any], entries: Entries) -> Any:
    """Return which actuals are of the timesheet's people, or projects, or of those asked for."""
    own = entries.scope[key]
    wanted = actuals[key].isin(pd.concat([own, ids]).dropna().unique())
    if key == "projectId" and key in entries.rows:
        wanted |= _of_days(actuals, entries.scope[own.isna()])
    return wanted.fillna(False)


def _asked(
    key: str, name: str, value: str | Iterable[int], source: Source
) -> pd.Series[Any] | None:
    """Return the ids that an option adds to those of the timesheet; None if it says all."""
    if isinstance(value, str):
        every = choice(name, value, ("timesheet", "all")) == "all"
        return None if every else pd.Series([], dtype="Int64")
    listed = list(value) if isinstance(value, Iterable) else [value]
    ids = whole_ids(pd.Series(listed, dtype=object))
    known = known_ids(key, source)
    odd = [one for one, own in zip(listed, ids, strict=True) if pd.isna(own)]
    if known is not None:
        odd = [one for one, there in zip(listed, ids.isin(known), strict=True) if not there]
    if odd:
        what = "a template or no project" if key == "projectId" else "nobody"
        raise FilterError(f"{name}= takes ids of Runn's; {as_python(odd[0])!r} is {what} there.")
    return ids


def _of_days(actuals: pd.DataFrame, open_: pd.DataFrame) -> Any:
    """Return which actuals are of people's days of which the timesheet's project is not known."""
    days = open_[["date", "personId"]].dropna(subset="personId").drop_duplicates()
    whole = days.loc[days["date"].isna(), "personId"].unique()
    pairs = pd.MultiIndex.from_frame(days.dropna())
    own = pd.MultiIndex.from_frame(actuals[["date", "personId"]])
    return actuals["personId"].isin(whole) | own.isin(pairs)


def _undecided(result: pd.DataFrame, doubtful: pd.DataFrame) -> pd.DataFrame:
    """Leave open what to write where the missing row may be one that was not matched."""
    if doubtful.empty or "billableMinutes" not in result:
        return result
    open_ = np.zeros(len(result), dtype=bool)
    for day, person, _ in doubtful.itertuples(index=False, name=None):
        same_day = (result["date"] == day).to_numpy(bool) if pd.notna(day) else True
        same = (result["personId"] == person).fillna(False).to_numpy(bool)
        open_ |= same_day & (same if pd.notna(person) else True)
    open_ &= (result["status"] == "only_runn").to_numpy(bool)
    for part in MINUTES:
        result[part] = result[part].mask(open_)
    return result
