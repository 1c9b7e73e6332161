"""The heads and rows of a reconciliation's board as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runn_pandas.frame.words import counted
from runn_pandas.html import inline
from runn_pandas.jupyter.board.state import STATUSES, BoardRow, Group, clock, heading, sums
from runn_pandas.jupyter.markup import badge, cell, heads, line, muted
from runn_pandas.jupyter.style import Columns, columns, fitting

HEADS = ("Date", "Person", "Project", "Timesheet", "Runn", "Difference", "Status")
NUMBERS = ("Timesheet", "Runn", "Difference")
TINTS = {"match": "create", "differs": "conflict"}  # all others as an update


def columns_of(groups: Iterable[Group]) -> Columns:
    """Return the columns of groups: numbers as wide as the longest, names within bounds.

    They are those of all rows, so that nothing moves when a group is unfolded or a page turned.
    """
    shown = list(groups)
    rows = [row for group in shown for row in group.rows]
    person = fitting((row.person for row in rows), 12, 26)
    project = fitting((row.project for row in rows), 14, 32)
    # None of them is ever broken.
    widths = [1 + max(len(name), *map(len, _extremes(name.lower(), shown))) for name in NUMBERS]
    numbers = [(width, width) for width in widths]
    return columns([(11, 11), person, project, *numbers, (14, 14)], beside=320)


def _extremes(side: str, groups: Sequence[Group]) -> list[str]:
    """Return the least and the largest number of groups and their rows, in words."""
    found = [group.minutes(side) for group in groups]
    found += [getattr(row, side) or 0 for group in groups for row in group.rows]
    return [
        clock(one, signed=side == "difference")
        for one in (min(found, default=0), max(found, default=0))
    ]


def numbers_of(line: Group | BoardRow) -> list[str]:
    """Return the hours of a head or a row: of the timesheet, of Runn, and their difference."""
    if isinstance(line, Group):
        return sums(line)
    return [clock(line.timesheet), clock(line.runn), clock(line.difference, signed=True)]


def head(columns: Columns) -> str:
    """Return the heads of the columns."""
    return heads(HEADS, columns, NUMBERS)


def group_of(group: Group, by: str, columns: Columns) -> str:
    """Return the head of a group, with the sums."""
    name = cell(f"<b>{inline(heading(group, by), 80)}</b>", "wide")
    count = cell(muted(counted(len(group.rows), "row")))
    return line([name, *_numbers(group), count], columns)


def row_of(row: BoardRow, columns: Columns) -> str:
    """Return one row, and below it why it cannot be written."""
    cells = [
        cell(f'<span style="white-space:nowrap">{inline(row.date)}</span>'),
        cell(inline(row.person, 60)),
        cell(inline(row.project, 60)),
        *_numbers(row),
        cell(badge(STATUSES[row.status], TINTS.get(row.status, "update"))),
    ]
    why = f'<div style="font-size:13px">{muted(row.refusal)}</div>'
    return line(cells, columns) + (why if row.refusal else "")


def _numbers(line_: Group | BoardRow) -> list[str]:
    """Return the cells of hours, with digits under digits."""
    found = []
    for name, words in zip(NUMBERS, numbers_of(line_), strict=True):
        shown = muted(words) if words == "none" else inline(words)
        shown = f"<b>{shown}</b>" if isinstance(line_, Group) else shown
        found.append(cell(shown, "number", label=name))
    return found
