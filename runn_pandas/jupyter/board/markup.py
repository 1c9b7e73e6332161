"""The heads and rows of a reconciliation's board as HTML."""

from __future__ import annotations

from runn_pandas.frame.words import counted
from runn_pandas.html import inline
from runn_pandas.jupyter.board.state import STATUSES, BoardRow, Group, clock, heading, sums
from runn_pandas.jupyter.markup import PLAIN, WRAP, badge, grid, muted

# What is made of digits keeps its width; names share what is left.
GRID = "76px minmax(0,22fr) minmax(0,28fr) 70px 60px 72px minmax(0,22fr)"
HEADS = ("Date", "Person", "Project", "Timesheet", "Runn", "Difference", "Status")
NUMERIC = ("Timesheet", "Runn", "Difference")
TINTS = {"match": "create", "differs": "conflict"}  # all others as an update


def head() -> str:
    """Return the heads of the columns."""
    sides = [(name, "right" if name in NUMERIC else "left") for name in HEADS]
    cells = [f'<div style="text-align:{side}">{muted(name)}</div>' for name, side in sides]
    return grid(cells, GRID, "gap:0 8px")


def group_of(group: Group, by: str) -> str:
    """Return the head of a group, with the sums."""
    name = f'<div style="grid-column:1 / span 3"><b>{inline(heading(group, by), 80)}</b>'
    cells = [*(f"<b>{right(words)}</b>" for words in sums(group))]
    cells.append(muted(counted(len(group.rows), "row")))
    inner = "".join(f"<div>{cell}</div>" for cell in cells)
    return (
        f'<div class="{PLAIN}" style="display:grid;grid-template-columns:{GRID};gap:0 8px;'
        f'line-height:1.45;font-size:13px;{WRAP}">{name}</div>{inner}</div>'
    )


def row_of(row: BoardRow) -> str:
    """Return one row, and below it why it cannot be written."""
    cells = [
        f'<span style="white-space:nowrap">{inline(row.date)}</span>',
        inline(row.person, 60),
        inline(row.project, 60),
        right(clock(row.timesheet)),
        right(clock(row.runn)),
        right(clock(row.difference, signed=True)),
        badge(STATUSES[row.status], TINTS.get(row.status, "update")),
    ]
    why = f'<div style="font-size:13px;padding-left:84px">{muted(row.refusal)}</div>'
    return grid(cells, GRID, "gap:0 8px") + (why if row.refusal else "")


def right(words: str) -> str:
    """Return words with digits under digits."""
    dim = ";opacity:.65" if words == "none" else ""
    style = f"text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums{dim}"
    return f'<div style="{style}">{inline(words)}</div>'
