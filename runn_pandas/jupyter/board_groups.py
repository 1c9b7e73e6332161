"""A reconciliation in groups: values from values, without widgets or account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from runn_pandas.analysis.reconciliation.actuals_to_write import refusal

STATUSES = {
    "differs": "Differs",
    "only_timesheet": "Only timesheet",
    "only_runn": "Only Runn",
    "match": "Match",
}
DIFFERENCES = ("differs", "only_timesheet", "only_runn")
BY = {"status": "Status", "person": "Person", "week": "Week"}
SIDES = {"open": "Undecided", "timesheet": "Timesheet is right", "runn": "Runn is right"}
NEEDED = [
    *("date", "status", "timesheetMinutes", "runnMinutes", "differenceMinutes"),
    *("roleId", "billableMinutes", "nonbillableMinutes"),
]


@dataclass(frozen=True)
class Row:
    """One key of a reconciliation.

    Attributes
    ----------
    position : int
        Which row of the result.
    week : str
        The Monday of its week, ISO.
    timesheet, runn : int or None
        Minutes; None where that side has none.
    refusal : str
        Why the timesheet's side cannot be written, or "".
    """

    position: int
    label: Any
    date: str
    week: str
    person: str
    project: str
    status: str
    timesheet: int | None
    runn: int | None
    difference: int
    refusal: str = ""

    @property
    def title(self) -> str:
        return f"{self.person}, {self.project}, {self.date}"

    def group(self, by: str) -> str:
        """The group that it is in."""
        return {"status": self.status, "person": self.person, "week": self.week}[by]


@dataclass(frozen=True)
class Group:
    """Rows under one heading."""

    key: str
    rows: tuple[Row, ...]

    def minutes(self, side: str) -> int:
        """The sum of ``timesheet``, ``runn`` or ``difference``."""
        return sum(getattr(row, side) or 0 for row in self.rows)


def rows_of(result: pd.DataFrame, names: pd.DataFrame) -> list[Row]:
    """Give the rows of a result.

    Parameters
    ----------
    result, names
        The reconciliation, and beside it ``personName`` and ``projectName`` where known.
    """
    people = _words(result["personId"], names.get("personName"), "person")
    projects = _words(result["projectId"], names.get("projectName"), "project")
    found = []
    for position, cells in enumerate(result[NEEDED].to_dict("records")):
        day = pd.Timestamp(cells["date"])
        monday = day - pd.Timedelta(days=day.weekday())
        found.append(
            Row(
                position,
                result.index[position],
                f"{day:%Y-%m-%d}",
                f"{monday:%Y-%m-%d}",
                people[position],
                projects[position],
                str(cells["status"]),
                _minutes(cells["timesheetMinutes"]),
                _minutes(cells["runnMinutes"]),
                _minutes(cells["differenceMinutes"]) or 0,
                refusal(cells),  # type: ignore[arg-type]
            )
        )
    return found


def _words(ids: pd.Series[Any], names: Any, what: str) -> list[str]:
    told = names.tolist() if names is not None else [None] * len(ids)
    return [
        str(name) if isinstance(name, str) else f"{what} {own}"
        for own, name in zip(ids.tolist(), told, strict=True)
    ]


def _minutes(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def groups_of(rows: list[Row], by: str) -> list[Group]:
    """Give the groups, in the order of statuses, names or weeks."""
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(row.group(by), []).append(row)
    order = list(STATUSES) if by == "status" else sorted(parts, key=str.casefold)
    return [Group(key, tuple(parts[key])) for key in order if key in parts]


def clock(minutes: int | None, *, signed: bool = False) -> str:
    """Minutes as hours and minutes, ``7:30``."""
    if minutes is None:
        return "none"
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+" if signed and minutes > 0 else ""
    return f"{sign}{hours:,}:{rest:02d}"


def heading(group: Group, by: str) -> str:
    """The words of a group's head."""
    if by == "status":
        return STATUSES[group.key]
    return f"Week of {group.key}" if by == "week" else group.key
