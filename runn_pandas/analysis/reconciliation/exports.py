"""Exports of other tools as `reconcile` takes them: read, and with the columns that say what."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from runn_pandas.analysis.reconciliation.timesheet import SheetOptions
from runn_pandas.analysis.timesheets.api import read_timesheet
from runn_pandas.analysis.timesheets.heads import is_export
from runn_pandas.lookup.matching import CLIENT, Match

# The options of `read_timesheet`, and those of them that ask for it also of a frame.
ASKED = ("source", "columns", "times_in", "days_in")
READING = (*ASKED, "dayfirst", "encoding", "delimiter", "sheet")
# The columns by which a frame of `read_timesheet` is known, whatever became of its attrs.
_READ = {"date", "duration", "minutes"}


def of_export(
    timesheet: str | os.PathLike[str] | pd.DataFrame,
    options: SheetOptions,
    reading: Mapping[str, Any],
) -> tuple[pd.DataFrame, SheetOptions]:
    """Return the entries of an export with the options that fit them; any other frame as it is.

    What the user said in the options stays; `reading` is what `read_timesheet` takes.
    """
    asked = any(reading[name] is not None for name in ASKED)
    if not isinstance(timesheet, pd.DataFrame) or asked or _is_raw(timesheet, options):
        timesheet = read_timesheet(timesheet, **reading)
    elif options.match is not None or not _READ.issubset(timesheet.columns):
        return timesheet, options
    unsaid: dict[str, Any] = {
        "match": _match(timesheet),
        "billable": _billable(timesheet),
        "entry_id": "entryId" if _some(timesheet, "entryId") else None,
    }
    fitting = {name: value for name, value in unsaid.items() if getattr(options, name) is None}
    if (options.minutes, options.hours, options.seconds) == ("minutes", None, None):
        fitting["minutes"] = "duration"
    return timesheet, replace(options, **fitting)


def _is_raw(timesheet: pd.DataFrame, options: SheetOptions) -> bool:
    """Whether a frame is the cells of an export, of which nothing else was said."""
    said = (options.match, options.hours, options.seconds, options.billable)
    return not any(said) and is_export([str(head) for head in timesheet.columns])


def _match(entries: pd.DataFrame) -> Match:
    """Return how people and projects are found: by e-mail, else name; by name and client."""
    people = {"email": "email"} if _some(entries, "email") else {}
    if _some(entries, "person") and (not people or entries["email"].isna().any()):
        people["name"] = "person"
    projects = {"name": "project"} if _some(entries, "project") else {}
    if projects and _some(entries, "client"):
        projects[CLIENT] = "client"
    found: dict[str, Any] = {"personId": people, "projectId": projects}
    return {key: rules for key, rules in found.items() if rules}


def _billable(entries: pd.DataFrame) -> str | None:
    """Return the column of flags, if any entry is billable: else the tool may not tell."""
    some = _some(entries, "billable") and bool(entries["billable"].any())
    return "billable" if some else None


def _some(entries: pd.DataFrame, column: str) -> bool:
    return column in entries and bool(entries[column].notna().any())
