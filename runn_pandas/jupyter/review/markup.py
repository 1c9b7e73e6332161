"""The rows of a plan as HTML: one grid, so that all of them stand in the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runn_pandas.html import inline
from runn_pandas.jupyter.markup import badge, grid, muted
from runn_pandas.jupyter.review.state import DONE, KINDS, ReviewRow, words_of

GRID = "76px minmax(0,20fr) minmax(0,48fr) minmax(0,24fr)"
FIELDS = "minmax(0,13fr) minmax(0,17fr) minmax(0,18fr)"
SHOWN = 4  # fields of a row; the others fold


def head() -> str:
    """Return the heads of the columns."""
    fields = [muted(name) for name in ("Field", "Old", "New")]
    return grid([muted("Kind"), muted("Row"), grid(fields, FIELDS), muted("Outcome")], GRID)


def row_of(row: ReviewRow) -> str:
    """Return one row of the plan."""
    own = "no id yet" if row.own is None else f"id {inline(row.own, 40)}"
    title = f"<div>{inline(row.title, 80)}</div>" if row.title else ""
    about = title + f'<div style="opacity:.65">row {inline(row.label, 40)}, {own}</div>'
    return grid([badge(KINDS[row.kind], row.kind), about, changes(row), outcome(row)], GRID)


def changes(row: ReviewRow) -> str:
    """Return the row's fields, each with old and new."""
    gone = row.kind == "delete"
    fields = [
        grid([inline(name, 60), value(old, gone=True), "deleted" if gone else value(new)], FIELDS)
        for name, old, new in row.changes
    ]
    if gone:
        whole = grid([muted("the whole row"), "", "deleted"], FIELDS)
        return whole + folded(f"{len(fields)} fields", fields)
    few = fields if len(fields) <= SHOWN + 1 else fields[:SHOWN]
    rest = fields[len(few) :]
    return "".join(few) + folded(f"{len(rest)} more fields", rest)


def folded(name: str, parts: Sequence[str]) -> str:
    """Return parts that a click on a name shows; "" if there are none."""
    summary = f'<summary style="cursor:pointer;opacity:.75">{inline(name)}</summary>'
    return f"<details>{summary}{''.join(parts)}</details>" if parts else ""


def value(one: Any, *, gone: bool = False) -> str:
    """Return an old or a new value."""
    if one is None:
        return muted("nothing")
    style = "opacity:.7" if gone else "font-weight:600"
    return f'<span style="{style};white-space:pre-wrap">{inline(words_of(one), 160)}</span>'


def outcome(row: ReviewRow) -> str:
    """Return what became of it, or why it is in conflict."""
    if row.outcome is None:
        return muted(f"was {row.reason}") if row.reason else ""
    status = row.outcome.status
    tint = "done" if status in DONE else "continue" if status == "not tried" else "failed"
    new = row.outcome.id if row.outcome.id != row.own else None
    where = f" {muted(f'id {new}')}" if new is not None else ""
    error = f"<div>{inline(row.outcome.error, 400)}</div>" if row.outcome.error else ""
    return badge(status, tint) + where + error
