"""A reconciliation in groups, and the sentences about it: values from values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from runn_pandas.analysis.actuals import MINUTES
from runn_pandas.analysis.reconciliation.actuals_to_write import (
    NOT_MATCHED,
    RESULT,
    refusal,
)
from runn_pandas.analysis.reconciliation.runn_actuals import IDENTITY
from runn_pandas.errors import FrameError
from runn_pandas.frame.words import counted
from runn_pandas.html import apart
from runn_pandas.jupyter.board.missing import Names, RowNotes, clock

STATUSES = {
    "differs": "Differs",
    "only_timesheet": "Only timesheet",
    "only_runn": "Only Runn",
    "match": "Match",
}
DIFFERENCES = ("differs", "only_timesheet", "only_runn")
BY = {"status": "Status", "person": "Person", "week": "Week"}
SIDES = {"open": "Undecided", "timesheet": "Timesheet is right", "runn": "Runn is right"}
ACTUALS = "runnActuals"
BILLABLE = ("billableMinutes", "runnBillableMinutes")
NEEDED = ["date", *RESULT, "roleId", *MINUTES]


def is_reconciliation(what: Any) -> bool:
    """Whether a value is a result of `rp.reconcile`."""
    return isinstance(what, pd.DataFrame) and set(RESULT) <= set(what.columns)


def check_columns(result: pd.DataFrame) -> None:
    """Raise if a reconciliation does not say which actual each row is about."""
    missing = [c for c in (*IDENTITY, *MINUTES) if c not in result.columns]
    if missing:
        raise FrameError(
            f"The reconciliation has no column {missing[0]!r}: rp.review takes one by date,"
            " personId and projectId, which says what to write."
        )


@dataclass(frozen=True)
class BoardRow:
    """One key of a reconciliation, with the minutes of either side."""

    position: int
    label: Any
    date: str
    week: str  # its Monday
    person: str
    project: str
    status: str
    timesheet: int | None
    runn: int | None
    difference: int
    refusal: str = ""  # why the timesheet's side cannot be written
    split: str = ""  # what differs where the hours agree
    twice: str = ""  # what of the timesheet's hours is counted twice
    actuals: int = 1  # how many Runn has of it, or will have

    @property
    def about(self) -> tuple[str, ...]:
        """The row in words."""
        return (self.person, self.project, self.date)

    @property
    def title(self) -> str:
        """The row in a few words."""
        return ", ".join(self.about)


@dataclass(frozen=True)
class Group:
    """Rows under one heading."""

    key: str
    rows: tuple[BoardRow, ...]

    def minutes(self, side: str) -> int:
        """Return the sum of ``timesheet``, ``runn`` or ``difference``."""
        return sum(getattr(row, side) or 0 for row in self.rows)


def rows_of(result: pd.DataFrame, names: pd.DataFrame) -> list[BoardRow]:
    """Return the rows of a result, beside which are ``personName`` and ``projectName`` if known."""
    people = _names(result["personId"], names.get("personName"), "person")
    projects = _names(result["projectId"], names.get("projectName"), "project")
    found = []
    wanted = [name for name in (*NEEDED, BILLABLE[1], ACTUALS) if name in result]
    keys = list(zip(result["personId"].tolist(), result["projectId"].tolist(), strict=True))
    notes = RowNotes(result)
    for position, cells in enumerate(result[wanted].to_dict("records")):
        day = pd.Timestamp(cells["date"])
        monday = day - pd.Timedelta(days=day.weekday())
        what = (f"{day:%Y-%m-%d}", f"{monday:%Y-%m-%d}", people[position], projects[position])
        timesheet, runn, difference, status = (cells[name] for name in RESULT)
        minutes = (_minutes(timesheet), _minutes(runn), _minutes(difference) or 0)
        key = (what[0], *keys[position])
        told = _why_not(cells, notes, key), _split(cells), notes.twice(*key)
        own = BoardRow(position, result.index[position], *what, status, *minutes, *told)
        found.append(replace(own, actuals=_actuals(cells)))
    return found


def _why_not(cells: Mapping[Any, Any], notes: RowNotes, key: tuple[str, int, int]) -> str:
    """Return why a row cannot be written: with what was not matched, if that is why."""
    why = refusal(cells)
    may_be = notes.may_be(*key[:2]) if why == NOT_MATCHED else ""
    named = f"not written: may be the hours of {may_be}, not matched that day"
    return named if may_be else why


def _actuals(cells: Mapping[Any, Any]) -> int:
    found = cells.get(ACTUALS)
    return 1 if found is None or pd.isna(found) else max(int(found), 1)


def _split(cells: Mapping[Any, Any]) -> str:
    """Return what differs in a row whose hours agree: those that are billable."""
    ours, theirs = (_minutes(cells.get(name)) for name in BILLABLE)
    if cells["status"] != "differs" or cells["differenceMinutes"] != 0 or ours == theirs:
        return ""
    return f"billable: {clock(ours)} by the timesheet, {clock(theirs)} in Runn"


def _names(ids: pd.Series[Any], names: pd.Series[Any] | None, what: str) -> list[str]:
    known = names.tolist() if names is not None else [None] * len(ids)
    return [
        name if isinstance(name, str) else f"{what} {own}"
        for own, name in zip(ids.tolist(), known, strict=True)
    ]


def names_by_id(result: pd.DataFrame, rows: Sequence[BoardRow]) -> Names:
    """Return the names of a result's people and projects, by the column of the id."""
    people, projects = result["personId"].tolist(), result["projectId"].tolist()
    known = {("personId", own): row.person for own, row in zip(people, rows, strict=True)}
    return known | {
        ("projectId", own): row.project for own, row in zip(projects, rows, strict=True)
    }


def _minutes(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def filters_of(rows: Sequence[BoardRow], differences: int) -> dict[str, int]:
    """Return how many rows each filter lets through; only those that have any."""
    counts = Counter(row.status for row in rows)
    found = {name: counts[name] for name in STATUSES if counts[name]}
    return {"differences": differences, **found}


def groups_of(rows: Sequence[BoardRow], by: str) -> list[Group]:
    """Return the groups, in the order of statuses, names or weeks."""
    found: dict[str, list[BoardRow]] = {}
    for row in rows:
        found.setdefault(getattr(row, by), []).append(row)
    order = list(STATUSES) if by == "status" else sorted(found, key=str.casefold)
    return [Group(key, tuple(found[key])) for key in order if key in found]


# -- in words


def heading(group: Group, by: str) -> str:
    """Return the words of a group's head."""
    if by == "status":
        return STATUSES[group.key]
    return f"Week of {group.key}" if by == "week" else group.key


def sums(group: Group) -> list[str]:
    """Return a group's hours: of the timesheet, of Runn, and their difference."""
    sides = ("timesheet", "runn", "difference")
    return [clock(group.minutes(side), signed=side == "difference") for side in sides]


def headline(days: str, rows: Sequence[BoardRow], differences: int) -> str:
    """Return the whole in one sentence."""
    timesheet, runn, _ = sums(Group("", tuple(rows)))
    return (
        f"Reconciliation{days}: {differences:,} differences in {len(rows):,} rows;"
        f" timesheet {timesheet} h, Runn {runn} h"
    )


def tally(choices: Mapping[int, str], rows: Sequence[BoardRow]) -> str:
    """Return how many rows are decided, and for which side, and what of Runn becomes 0."""
    if not choices:
        return "The timesheet and Runn agree everywhere: there is nothing to decide."
    counts = Counter(choices.values())
    lost = [row for row in rows if choices.get(row.position) == "timesheet"
            and not row.timesheet and row.runn]  # fmt: skip
    hours, actuals = clock(sum(row.runn or 0 for row in lost)), sum(row.actuals for row in lost)
    count = f"{len(lost):,}{_as_actuals(len(lost), actuals)}"
    zeroed = f" Of these {count} with {hours} h in Runn become 0." if lost else ""
    return (
        f"Timesheet is right: {counts['timesheet']:,}.{zeroed} Runn is right: {counts['runn']:,}."
        f" Undecided, and left as they are: {counts['open']:,}."
    )


def _as_actuals(rows: int, actuals: int) -> str:
    """Return how many actuals rows are, where Runn has several of one; else ""."""
    return f" ({counted(actuals, 'actual')})" if actuals != rows else ""


def of_several(labels: pd.Index[Any]) -> list[str]:
    """Return that there are more actuals than rows, if there are; they are by the rows' labels."""
    rows = labels.nunique()
    if rows == len(labels):
        return []
    are = "row of the board is" if rows == 1 else "rows of the board are"
    return [f"{rows:,} {are} {len(labels):,} actuals: Runn has several of one day and project."]


def became(what: str, rows: int, actuals: int) -> str:
    """Return how many rows were corrected or taken back, and how many actuals that were."""
    return f"{counted(rows, 'row')}{_as_actuals(rows, actuals)} {what}."


def to_plan(choices: Mapping[int, str]) -> str:
    """Return the words of the button that plans what was chosen."""
    counts = Counter(choices.values())
    if counts["timesheet"]:
        return f"Plan {counted(counts['timesheet'], 'row')}"
    return "Nothing to correct" if counts["runn"] else "Nothing decided yet"


def refused(rows: Sequence[BoardRow]) -> tuple[str, str]:
    """Return the message that rows cannot be written, and why; empty without any."""
    if not rows:
        return ("", "")
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    return ("info", f"{apart(rows[0].about)}{more}: {rows[0].refusal}.")


HEADS = ("date", "person", "project", "timesheet", "Runn", "difference", "status")


def cells(row: BoardRow) -> tuple[str, ...]:
    """Return one row in words, below `HEADS`."""
    hours = (clock(row.timesheet), clock(row.runn), clock(row.difference, signed=True))
    status = ", ".join(filter(None, (STATUSES[row.status], row.split)))
    return (row.date, row.person, row.project, *hours, status)


def table(rows: Sequence[BoardRow]) -> list[tuple[str, ...]]:
    """Return for each status its rows and hours, in words."""
    return [
        (heading(group, "status"), f"{len(group.rows):,}", *sums(group))
        for group in groups_of(rows, "status")
    ]
