"""Timesheets that other tools export, as one kind of frame: ``rp.read_timesheet``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.reconciliation.rounding import whole_minutes
from runn_pandas.analysis.timesheets.cell_values import HOUR
from runn_pandas.analysis.timesheets.entries import (
    COUNTED,
    LEFT_OUT,
    Entry,
    Reason,
    Zones,
    read_entries,
)
from runn_pandas.analysis.timesheets.heads import Layout, recognise
from runn_pandas.analysis.timesheets.presets import FIELDS
from runn_pandas.errors import FilterError, FrameError, TimesheetWarning, warn
from runn_pandas.frame.cells import as_text
from runn_pandas.frame.flags import check_flags
from runn_pandas.frame.types import PANDAS_TEXT
from runn_pandas.lookup.name_columns import whole_ids
from runn_pandas.table_files import read_table

# The columns that are texts, with their field; those that are Runn's ids; what minutes add up to.
TEXTS = {
    column: field
    for field, column in FIELDS.items()
    if column not in ("date", "duration", "billable")
}
IDS = ("projectId", "roleId")
KEYS = ("date", "email", "person", "client", "project", "projectId")
# Rows that are left out though somebody may have worked: of these the hours are said.
WORKED = ("total", "date", "person", "longer", "again")
# So many rows are named in the warning; attrs names all.
SHOWN = 5


def read_timesheet(
    path_or_frame: str | os.PathLike[str] | pd.DataFrame,
    source: str | None = None,
    dayfirst: bool | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    times_in: str | None = None,
    days_in: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read the time entries that another tool exported (Harvest, Toggl, Clockify and more).

    Parameters
    ----------
    path_or_frame : str, path or DataFrame
        The file as the tool wrote it (CSV, Excel, Parquet, JSON), or its cells as a frame.
    source : {"clockify", "harvest", "kimai", "runn", "tempo", "toggl"}, optional
        Whose export it is; told by its heads if not given.
    dayfirst : bool, optional
        Whether 01/06/2026 is the 1st of June. Told from the dates in which one number is over
        12; if there is none, it has to be said.
    columns : dict, optional
        The heads of columns by what they hold: ``date``, ``hours`` (or ``duration``,
        ``minutes``, ``seconds``), ``email``, ``person`` (or ``first_name`` and ``last_name``),
        ``client``, ``project``, ``billable``, ``start``, ``end`` and the others in
        docs/timesheets.md. For an export that is not known, and for columns renamed in one
        that is.
    times_in, days_in : str, optional
        Time zones such as ``"UTC"`` and ``"Europe/Oslo"``: that of the file's times, and that
        whose days count. Without `days_in` an entry is on the day that is written.
    encoding, delimiter, sheet : str, optional
        Of a text file, and of a workbook; found out, and the first one, if not given.

    Returns
    -------
    DataFrame
        One row an entry, as `reconcile` takes it: ``date``, ``email``, ``person``, ``client``,
        ``project``, ``projectCode``, ``projectId``, ``roleId``, ``task``, ``note``,
        ``entryId`` and ``billable`` as far as the export has them, then ``duration``, exact, and
        ``minutes``, whole. The index is the row of the file, counted from the heads as row 1;
        that of a frame stays.

        Minutes are rounded once over the whole file (the largest remainder), so that their sum
        is that of the durations to half a minute, and the sum of each day, person and project
        is within a minute.

        ``attrs["timesheet"]`` says as texts which export it is, and which rows were left out.

    Raises
    ------
    FrameError
        If the heads are of no known export, or of several; if the order of day and month
        cannot be told; if a cell of a flag or an id holds something else; if minutes or seconds
        such as 1,200 may be thousands, and their column does not tell.

    Warns
    -----
    TimesheetWarning
        Once, if rows are left out (running timers, negative durations and those longer than a
        day, total lines, rows without a date, a duration or a person, entries that are there
        twice by their id), or counted where it may be meant otherwise (a duration that decimal
        hours or start and end contradict by more than a minute, over midnight, of 24 hours,
        exact copies, without a project), with their number and rows.

    Examples
    --------
    >>> import pandas as pd
    >>> import runn_pandas as rp
    >>> cells = {"Start date": ["2026-06-01"], "Start time": ["09:00:00"], "Duration": ["1:30:00"],
    ...     "Email": ["hana.haddad@example.com"], "Project": ["Basalt website"]}
    >>> entries = rp.read_timesheet(pd.DataFrame(cells))
    >>> entries.attrs["timesheet"]["source"], entries["minutes"].tolist()
    ('toggl', [90])
    """
    check_flags(["dayfirst"], dayfirst=dayfirst)
    if times_in is not None and days_in is None:
        raise FilterError("times_in needs days_in, the zone whose days count: 'Europe/Oslo'.")
    texts, file = _texts_of(path_or_frame, encoding=encoding, delimiter=delimiter, sheet=sheet)
    layout = recognise(list(texts.columns), source, columns)
    if days_in is not None and "start" not in layout.columns and not _has_times(texts, layout):
        raise FrameError(f"days_in moves times, and an export of {layout.source!r} has none.")
    zones = Zones(times_in, days_in)
    entries = read_entries(texts, layout.columns, dayfirst, zones, _numbers(path_or_frame))
    kept = [entry for entry in entries if not entry.lost]
    frame = _frame(kept, layout)
    told = {"left out": _told(entries, LEFT_OUT, None), "counted": _told(entries, COUNTED, None)}
    frame.attrs["timesheet"] = {"source": layout.source, "language": layout.language, **told}
    if any(told.values()):
        warn(_warning(entries, layout, file), TimesheetWarning)
    return frame


def _texts_of(
    given: str | os.PathLike[str] | pd.DataFrame, **file: Any
) -> tuple[pd.DataFrame, str]:
    """Return the cells as texts, without empty rows, and what to call their file."""
    if isinstance(given, pd.DataFrame):
        texts = {
            at: [_text(v) for v in given.iloc[:, at].astype(object)] for at in range(given.shape[1])
        }
        sheet, name = pd.DataFrame(texts, dtype=object).set_axis(given.columns, axis=1), "The frame"
        sheet.index = given.index if given.index.is_unique else sheet.index
    elif isinstance(given, (str, os.PathLike)):
        sheet, name = read_table(given, text=True, **file), os.fspath(given)
        # Its index counts from the first row below the heads.
        sheet = sheet.astype(object).where(sheet.notna(), "").set_axis(sheet.index + 2)
    else:
        raise FrameError(f"read_timesheet takes a file or a frame, not {type(given).__name__}.")
    sheet.columns = [str(head) for head in sheet.columns]
    sheet = sheet.map(str.strip).astype(object)
    return sheet[(sheet != "").any(axis=1)], name


def _numbers(given: Any) -> set[str]:
    """Return the columns of a frame that are numbers already."""
    if not isinstance(given, pd.DataFrame):
        return set()
    return {str(head) for head in given.select_dtypes("number").columns}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or value is pd.NA or value != value else as_text(value)


def _has_times(sheet: pd.DataFrame, layout: Layout) -> bool:
    return bool(sheet[layout.columns["date"]].str.contains(":", regex=False).any())


def _frame(entries: Sequence[Entry], layout: Layout) -> pd.DataFrame:
    """Return entries as a frame, with the columns that the export has."""
    index = pd.Index([entry.row for entry in entries])
    days = pd.Series([entry.day for entry in entries], index=index, dtype=object)
    data = {"date": pd.to_datetime(days).astype("datetime64[us]")}
    data |= {name: column.set_axis(index) for name, column in _text_columns(entries, layout)}
    flags = [entry.billable for entry in entries]
    if set(flags) - {None}:
        data["billable"] = pd.Series(flags, index=index, dtype="boolean")
    lengths = np.array([entry.length for entry in entries], dtype=np.int64)
    data["duration"] = pd.Series(lengths.astype("timedelta64[ms]"), index=index)
    frame = pd.DataFrame(data, index=index)
    keys = [key for key in KEYS if key in frame]
    groups = np.asarray(frame.groupby(keys, dropna=False, sort=False).ngroup(), dtype=np.int64)
    minutes = pd.Series(whole_minutes(lengths, groups), index=index, dtype="Int64")
    return frame.assign(minutes=minutes)


def _text_columns(entries: Sequence[Entry], layout: Layout) -> Iterator[tuple[str, pd.Series[Any]]]:
    """Yield the columns that are texts, and the ids among them, as far as the export has them."""
    there = {FIELDS[field] for field in layout.columns}
    for name, field in TEXTS.items():
        if name in there:
            whose = name == "person"
            texts = [entry.person if whose else entry.texts[field] for entry in entries]
            labels = [entry.row for entry in entries]
            column = pd.Series([text or None for text in texts], index=labels, dtype=PANDAS_TEXT)
            yield name, _ids(column) if name in IDS else column


def _ids(texts: pd.Series[Any]) -> pd.Series[Any]:
    ids = whole_ids(texts)
    odd = texts[ids.isna() & texts.notna()]
    if len(odd):
        raise FrameError(f"{odd.iloc[0]!r} in row {odd.index[0]} is no id of Runn's.")
    return ids


def _told(entries: Sequence[Entry], reasons: Mapping[str, Reason], shown: int | None) -> str:
    """Return how many rows there are of each reason, and which; of some how many hours."""
    found = (
        (key, reason, [entry for entry in entries if key == entry.lost or key in entry.notes])
        for key, reason in reasons.items()
    )
    return "; ".join(_part(*one, shown) for one in found if one[2])


def _part(key: str, reason: Reason, entries: Sequence[Entry], shown: int | None) -> str:
    what = reason.one if len(entries) == 1 else reason.several
    hours = sum(entry.length or 0 for entry in entries) / HOUR
    also = f"; {hours:,.2f} h" if hours and key in WORKED else ""
    return f"{len(entries):,} {what} ({_rows([str(one.row) for one in entries], shown)}{also})"


def _rows(labels: Sequence[str], shown: int | None) -> str:
    listed = list(labels[:shown]) + ["..."] * (len(labels[:shown]) < len(labels))
    return f"{'row' if len(labels) == 1 else 'rows'} {', '.join(listed)}"


def _warning(entries: Sequence[Entry], layout: Layout, file: str) -> str:
    """Return what is said of the rows that are left out, and of some that count."""
    both = {"Left out": LEFT_OUT, "Counted": COUNTED}
    told = {what: _told(entries, words, SHOWN) for what, words in both.items()}
    language = f" ({layout.language})" if layout.language else ""
    parts = [f"{what}: {text}." for what, text in told.items() if text]
    return (
        f"{file} was read as {layout.source}{language}. {' '.join(parts)}"
        " attrs['timesheet'] names all rows."
    )
