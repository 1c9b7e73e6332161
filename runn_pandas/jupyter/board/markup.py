"""The heads and rows of a reconciliation's board as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from runn_pandas.frame.words import counted
from runn_pandas.html import inline
from runn_pandas.jupyter.board.missing import Missing, clock
from runn_pandas.jupyter.board.state import STATUSES, BoardRow, Group, heading, sums
from runn_pandas.jupyter.markup import PLAIN, WRAP, badge, cell, heads, line, marked, muted
from runn_pandas.jupyter.markup import TINTS as TINTED
from runn_pandas.jupyter.style import Columns, columns, fitting

NUMBERS = ("Timesheet", "Runn", "Difference")
HEADS = ("Date", "Person", "Project", *NUMBERS, "Status")
CHOICE = "Which is right"  # above the choice of each row
TINTS = {"match": "create", "differs": "conflict"}  # all others as an update
SUMS = "runn-sums "  # where the app is narrow, the hours are a line of their own


def heads_of(by: str) -> list[str]:
    """Return the heads of the columns: what the groups say is none of them."""
    return [name for name in HEADS if name.lower() != by]


def columns_of(groups: Sequence[Group], by: str) -> Columns:
    """Return the columns of groups: numbers as wide as the longest, names within bounds.

    They are those of all rows, so that nothing moves when a group is unfolded or a page turned.
    """
    rows = [row for group in groups for row in group.rows]
    widths = {
        "Date": (10, 10),
        "Person": fitting((row.person for row in rows), 10, 26),
        "Project": fitting((row.project for row in rows), 12, 32),
        "Status": (14, 14),
    }
    for name in NUMBERS:  # none of them is ever broken
        longest = max(len(name), *map(len, _extremes(name.lower(), groups)))
        widths[name] = (longest, longest)
    names = heads_of(by)
    return columns([widths[name] for name in names], 222, names.index("Project"))


def _extremes(side: str, groups: Sequence[Group]) -> list[str]:
    """Return the least and the largest number of groups and their rows, in words."""
    found = [group.minutes(side) for group in groups]
    found += [getattr(row, side) or 0 for group in groups for row in group.rows]
    least, largest = min(found, default=0), max(found, default=0)
    return [clock(number, signed=side == "difference") for number in (least, largest)]


def numbers_of(line: Group | BoardRow) -> list[str]:
    """Return the hours of a head or a row: of the timesheet, of Runn, and their difference."""
    if isinstance(line, Group):
        return sums(line)
    return [clock(line.timesheet), clock(line.runn), clock(line.difference, signed=True)]


def head(columns: Columns, by: str) -> str:
    """Return the heads of the columns and of the choice."""
    return (
        f'<div class="runn-{columns.step} runn-line runn-heads {PLAIN}" style="display:flex;gap:0">'
        f'{heads(heads_of(by), columns, NUMBERS)}<div class="runn-sides">{CHOICE}</div></div>'
    )


def group_of(group: Group, by: str, columns: Columns) -> str:
    """Return the head of a group, with the sums."""
    count = muted(counted(len(group.rows), "row"))
    name = f"<b>{inline(heading(group, by), 80)}</b> &nbsp;{count}"
    return line([cell(name, "half" if by == "person" else "wide"), *_numbers(group)], columns, SUMS)


def row_of(row: BoardRow, by: str, columns: Columns) -> str:
    """Return one row, and below it why it differs, or why it cannot be written."""
    cells = {
        "Date": cell(inline(row.date)),
        "Person": cell(inline(row.person, 60)),
        "Project": cell(inline(row.project, 60)),
        **dict(zip(NUMBERS, _numbers(row), strict=True)),
        "Status": cell(badge(STATUSES[row.status], TINTS.get(row.status, "update"))),
    }
    told = [marked(row.twice)] if row.twice else []
    told += [muted(said) for said in (row.split, row.refusal) if said]
    why = "".join(f'<div style="font-size:13px">{said}</div>' for said in told)
    return line([cells[name] for name in heads_of(by)], columns, SUMS) + why


def missing(parts: Sequence[Missing]) -> str:
    """Return what is not compared, and what counts twice; "" if nothing."""
    style = f"background:{TINTED['conflict']};border-radius:4px;padding:6px 10px;margin:4px 0"
    return "".join(
        f'<div role="note" class="{PLAIN}" style="{style};line-height:1.45;font-size:13px;{WRAP}">'
        f"<b>{inline(part.head, 300)}</b>{_listed(part)}</div>"
        for part in parts
    )


def _listed(part: Missing) -> str:
    lines = [
        f"{', '.join(inline(one, 100) for one in line_.what)}{inline(line_.told, 200)}"
        f"{inline(line_.near, 200)}"
        for line_ in part.lines
    ]
    more = [inline(part.more, 200)] if part.more else []
    items = "".join(f"<li>{one}</li>" for one in [*lines, *more])
    return f'<ul style="margin:2px 0 0 18px;padding:0">{items}</ul>'


def _numbers(line_: Group | BoardRow) -> list[str]:
    """Return the cells of hours, with digits under digits."""
    found = []
    for name, words in zip(NUMBERS, numbers_of(line_), strict=True):
        shown = muted(words) if words == "none" else inline(words)
        shown = f"<b>{shown}</b>" if isinstance(line_, Group) else shown
        found.append(cell(shown, "number", label=name))
    return found
