"""Total lines of any timesheet, which are no entries: by the rule of `read_timesheet`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from runn_pandas.analysis.timesheets.cell_values import says_total
from runn_pandas.errors import TimesheetWarning, warn
from runn_pandas.lookup.matching import MatchRule

Rules = Mapping[str, Sequence[MatchRule]]
SHOWN = 5  # rows are named in the warning


def without_totals(sheet: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the rows that are no total lines; those that are left out are said."""
    total = is_total(sheet, rules)
    count = int(total.sum())
    if not count:
        return sheet
    rows = [str(label) for label in sheet.index[total][:SHOWN]] + ["..."] * (count > SHOWN)
    one = count == 1
    warn(
        f"{count:,} total {'line' if one else 'lines'} of the timesheet (row{'s' * (not one)}"
        f" {', '.join(rows)}) {'is' if one else 'are'} left out.",
        TimesheetWarning,
    )
    entries: pd.DataFrame = sheet[~total]
    return entries


def is_total(sheet: pd.DataFrame, rules: Rules) -> Any:
    """Return which rows have no date and say that they are totals, or are of nobody and nothing.

    Examples
    --------
    >>> rows = [["2026-06-01", 1, 60], ["Total", None, 60], [None, None, 60], [None, 1, 60]]
    >>> is_total(pd.DataFrame(rows, columns=["date", "personId", "minutes"]), {}).tolist()
    [False, True, True, False]
    """
    days, people, projects = (
        _texts(sheet, key, rules) for key in ("date", "personId", "projectId")
    )
    if not days:
        return np.zeros(len(sheet), dtype=bool)
    undated = _blank(days[0]) | _say(days[0])
    # Of a day and a project it is somebody's work.
    total = _of_nobody(people) & (undated | _empty(projects, sheet))
    alone = _all(_blank(text) for text in (*days, *people, *projects))
    cells = sheet[undated].itertuples(index=False, name=None)
    said = [any(isinstance(c, str) and says_total(c.strip()) for c in row) for row in cells]
    total[undated] |= np.array(said, dtype=bool) | alone[undated]
    return total


def _of_nobody(people: Sequence[Any]) -> Any:
    """Whether people's names say "Total": "Max", "Gesamt" is somebody."""
    if not people:
        return False
    nobody = _all(_blank(text) for text in people)
    return ~nobody & _all(_blank(text) | _say(text) for text in people)


def _empty(columns: Sequence[Any], sheet: pd.DataFrame) -> Any:
    return _all([np.ones(len(sheet), dtype=bool), *(_blank(text) for text in columns)])


def _texts(sheet: pd.DataFrame, key: str, rules: Rules) -> list[Any]:
    """Return the columns that hold a key, as texts; what is missing is ""."""
    wanted = {name.casefold() for rule in rules.get(key, ()) for name in rule.columns}
    places = [
        at
        for at, label in enumerate(sheet.columns)
        if str(label).strip().casefold() in (wanted or {key.casefold()})
    ]
    return [_as_texts(sheet.iloc[:, at]) for at in places]


def _as_texts(column: pd.Series[Any]) -> Any:
    codes, distinct = pd.factorize(column)
    # A missing one has the code -1, which is the last.
    return np.array([*(str(value).strip() for value in distinct), ""], dtype=object)[codes]


def _all(each: Iterable[Any]) -> Any:
    return np.logical_and.reduce(list(each))


def _blank(texts: Any) -> Any:
    return texts == ""


def _say(texts: Any) -> Any:
    codes, distinct = pd.factorize(texts)
    return np.array([says_total(text) for text in distinct], dtype=bool)[codes]
