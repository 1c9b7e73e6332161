"""A comparison with Runn for people: a line for each difference, and what was not compared."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import starmap
from typing import TYPE_CHECKING, Any

from runn_pandas.command_line.output import note, say
from runn_pandas.frame.foreign_text import printable
from runn_pandas.frame.words import counted
from runn_pandas.html import cut, one_line

if TYPE_CHECKING:
    import pandas as pd

    from runn_pandas.account import Account

HEADS = ("date", "person", "project", "timesheet h", "Runn h", "difference h")
SHORT = (*HEADS[:3], "sheet h", "Runn h", "diff. h")  # where the terminal is narrow
NAMES = (1, 2)  # the columns that give way
LEAST = 9  # characters of a name; where there is no room for them, hours are left out
NAME = 40  # characters of a name in a sentence
SHOWN = 20  # of the rows that are exact copies


def show_differences(result: pd.DataFrame, account: Account, *, every: bool) -> None:
    """Print a line for each row that differs, or for every one, and say how many match."""
    differs = result["status"] != "match"
    rows = result if every else result[differs]
    if len(rows):
        say("\n".join(_lines(list(_cells(rows, account)), shutil.get_terminal_size().columns)))
    many = len(result) - int(differs.sum())
    if many and not every:
        what = "matches and is" if many == 1 else "match and are"
        note(f"{counted(many, 'row')} {what} not shown; --all shows every row")


def _cells(rows: pd.DataFrame, account: Account) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each row, in the order of the heads."""
    hours = [_hours(rows[name]) for name in ("timesheetMinutes", "runnMinutes")]
    people, projects = _names(rows, account)
    days = rows["date"].dt.strftime("%Y-%m-%d")
    return zip(days, people, projects, *hours, _differences(rows), strict=True)


def _names(rows: pd.DataFrame, account: Account) -> list[list[str]]:
    """Return the names of people and of projects; of one that has none, the id."""
    from runn_pandas.lookup.lists import Lists
    from runn_pandas.lookup.name_columns import names_of

    source, found = Lists(None, account), []
    for column, resource in (("personId", "people"), ("projectId", "projects")):
        texts = zip(names_of(source, resource, rows[column]), rows[column], strict=True)
        found.append([printable(one_line(text or "")) or str(own) for text, own in texts])
    return found


def _hours(minutes: pd.Series[Any], form: str = ",.2f") -> list[str]:
    return ["" if gone else f"{one / 60:{form}}" for one, gone in _with_gaps(minutes)]


def _with_gaps(minutes: pd.Series[Any]) -> Iterator[tuple[int, bool]]:
    return zip(minutes.fillna(0).astype(int), minutes.isna(), strict=True)


def _differences(rows: pd.DataFrame) -> list[str]:
    """Return the differences; where hours agree and what is billable does not, that one."""
    whole = _hours(rows["differenceMinutes"], "+,.2f")
    billed = _hours(rows["billableMinutes"] - rows["runnBillableMinutes"], "+,.2f")
    only_billed = (rows["status"] == "differs") & (rows["differenceMinutes"].abs() <= 1)
    return [
        f"{part} billable" if only else one.replace("+0.00", "0.00")
        for one, part, only in zip(whole, billed, only_billed, strict=True)
    ]


def _lines(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Return rows under their heads, none wider than the terminal: names are cut.

    Examples
    --------
    >>> row = ("2026-06-24", "Hana Haddad", "Dune mobile app", "16.00", "8.00", "+8.00")
    >>> print(*_lines([row], 70), sep="\\n")
    date        person      project      timesheet h  Runn h  difference h
    2026-06-24  Hana Hadd…  Dune mobil…        16.00    8.00         +8.00
    """
    places = list(range(len(HEADS)))
    for heads in (HEADS, SHORT):
        shown = [heads, *rows]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        if _room(widths, places, width) >= 2 * LEAST:
            break
    while (room := _room(widths, places, width)) < 2 * LEAST and len(places) > 4:
        del places[-2]
    first = min(widths[1], max(room // 2, room - widths[2], 1))
    widths[1], widths[2] = first, min(widths[2], max(room - first, 1))

    def cell(place: int, text: str) -> str:
        text = cut(text, widths[place]) if place in NAMES else text
        return text.rjust(widths[place]) if place > max(NAMES) else text.ljust(widths[place])

    for row in shown:
        yield "  ".join(starmap(cell, ((place, row[place]) for place in places)))


def _room(widths: Sequence[int], places: Sequence[int], width: int) -> int:
    """Return how many characters are left for names."""
    others = sum(widths[place] for place in places if place not in NAMES)
    return width - others - 2 * (len(places) - 1)


def key_names(result: pd.DataFrame, account: Account) -> pd.Index[Any]:
    """Return what the rows of a comparison are called: the day, who, and on what."""
    import pandas as pd

    named = _names(result, account)
    people, projects = ([cut(name, NAME) for name in names] for names in named)
    days = result["date"].dt.strftime("%Y-%m-%d")
    texts = zip(days, people, projects, strict=True)
    found = pd.Series([f"{day} {who} on {what}" for day, who, what in texts], dtype=object)
    ids = zip(result["personId"], result["projectId"], strict=True)
    more = pd.Series([f" ({person}, {project})" for person, project in ids], dtype=object)
    return pd.Index(found.where(~found.duplicated(keep=False), found + more), dtype=object)


def tell_left_out(result: pd.DataFrame, account: Account) -> None:
    """Say which names lead to nothing, and what is near; and which rows count twice."""
    from runn_pandas.analysis.reconciliation.left_out import left_out

    missed, copies = left_out(result, "unmatched"), left_out(result, "copies")
    for one in missed.get("first", ()):
        note(_missed(one))
    more = missed.get("values", 0) - len(missed.get("first", ()))
    if more > 0:
        note(f"... and {more:,} more that are not matched")
    for line in _copies(copies.get("first", ())[:SHOWN], account):
        note(line)
    if (more := copies.get("rows", 0) - SHOWN) > 0:
        note(f"... and {more:,} more exact copies")


def _missed(one: Mapping[str, Any]) -> str:
    """Return how many hours a value has that leads to nothing, and why, or what is near."""
    from runn_pandas.analysis.reconciliation.unmatched import REASONS

    value, reason, near = one["value"], REASONS.get(one["reason"], ""), one["nearMisses"]
    name = "an empty cell" if value is None else printable(repr(cut(one_line(str(value)), NAME)))
    told = f"{name} in {one['column']!r} ({_size(one)}){reason}"
    if reason:
        return f"{told}: {near}" if near else told
    return f"{told}: near is {near}" if near else f"{told}: nothing is near"


def _size(one: Mapping[str, Any]) -> str:
    return f"{counted(one['rows'], 'row')}, {one['minutes'] / 60:,.2f} h"


def _copies(copies: Sequence[Mapping[str, Any]], account: Account) -> Iterator[str]:
    import pandas as pd

    if copies:
        frame = pd.DataFrame(copies).astype({"date": "datetime64[us]"})
        for one, name in zip(copies, key_names(frame, account), strict=True):
            what = f"row {one['row']} is an exact copy of row {one['of']} and counted"
            yield f"{what}: {one['minutes'] / 60:,.2f} h, {name}"
