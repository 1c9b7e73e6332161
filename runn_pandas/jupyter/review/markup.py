"""The rows of a plan as HTML: one grid, so that all of them stand in the same columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from runn_pandas.html import inline
from runn_pandas.jupyter.markup import badge, cell, heads, line, marked, muted
from runn_pandas.jupyter.review.state import DONE, KINDS, ReviewRow
from runn_pandas.jupyter.style import Columns, columns, fitting

HEADS = ("Kind", "Row", "Changes", "Outcome")
SHOWN = 4  # fields of a row; the others fold
VALUE, TAIL = 160, 30  # characters of a value, and of the end of one in quotes
QUOTES = ("'", '"')


def columns_of(rows: Iterable[ReviewRow]) -> Columns:
    """Return the columns of a page: as wide as what its rows say, within bounds."""
    shown = list(rows)
    kinds = fitting((f"{KINDS[row.kind]}___" for row in shown), 16, 16)
    about = (text for row in shown for text in (row.title, own_of(row)))
    changes = (f"{name}: {old} → {new}" for row in shown for name, old, new in row.told)
    ends = (30, 30) if any(map(error_of, shown)) else (14, 14)
    widths = [kinds, fitting(about, 34, 60), fitting(changes, 30, 64), ends]
    return columns(widths, beside=30)


def head(columns: Columns) -> str:
    """Return the heads of the columns."""
    return heads(HEADS, columns)


def own_of(row: ReviewRow) -> str:
    """Return the row's label and its id."""
    own = "no id yet" if row.own is None else f"id {row.own}"
    return f"row {row.label}, {own}"


def row_of(row: ReviewRow, columns: Columns) -> str:
    """Return one row of the plan."""
    title = ", ".join(inline(part, 80) for part in row.about)
    title = f'<div class="runn-title">{title}</div>' if title else ""
    about = f"{title}<div>{muted(own_of(row))}</div>"
    about += f'<div class="runn-mark">{marked(row.mark)}</div>' if row.mark else ""
    cells = [cell(badge(KINDS[row.kind], row.kind)), cell(about, "about")]
    cells += [cell(changes(row), "whole"), cell(outcome(row), "whole")]
    return line(cells, columns, "runn-told ")


def changes(row: ReviewRow) -> str:
    """Return the row's fields, each with old and new."""
    fields = [change(row.kind, *told) for told in row.told]
    if row.kind == "delete":
        return "the whole row is deleted" + folded(f"{len(fields)} fields", fields)
    few = fields if len(fields) <= SHOWN + 1 else fields[:SHOWN]
    rest = fields[len(few) :]
    return "".join(few) + folded(f"{len(rest)} more fields", rest)


def change(kind: str, name: str, old: str, new: str) -> str:
    """Return one field: its name, the old value and the new one; of a new row only that."""
    field = f'<span style="opacity:.75">{inline(name, 60)}:</span>'
    value = f'<b style="font-weight:600;white-space:pre-wrap">{_value(new)}</b>'
    before = f'<span style="white-space:pre-wrap">{_value(old)}</span>'
    if kind == "delete":
        return f"<div>{field} {before}</div>"
    return (
        f"<div>{field} {value}</div>"
        if kind == "create"
        else f"<div>{field} {before} → {value}</div>"
    )


def _value(words: str) -> str:
    """Return a value; of a long one in quotes its end is there too, which is why it has them."""
    if len(words) <= VALUE or words[0] not in QUOTES or words[-1] != words[0]:
        return inline(words, VALUE)
    short = f"{words[: VALUE - TAIL - 1]}…{words[-TAIL:]}"
    return f'<span title="{escape(words[: 4 * VALUE])}">{inline(short, VALUE)}</span>'


def folded(name: str, parts: Sequence[str]) -> str:
    """Return parts that a click on a name shows; "" if there are none."""
    summary = f'<summary style="cursor:pointer;opacity:.75">{inline(name)}</summary>'
    return f"<details>{summary}{''.join(parts)}</details>" if parts else ""


def error_of(row: ReviewRow) -> str:
    """Return what went wrong with it; why some were not tried is said once, in the report."""
    found = row.outcome
    return "" if found is None or found.status == "not tried" else found.error


def outcome(row: ReviewRow) -> str:
    """Return what became of it, or why it is in conflict."""
    if row.outcome is None:
        return muted(f"was {row.reason}") if row.reason else ""
    status = row.outcome.status
    tint = "done" if status in DONE else "continue" if status == "not tried" else "failed"
    new = row.outcome.id if row.outcome.id != row.own else None
    where = f" {muted(f'id {new}')}" if new is not None else ""
    error = f" {inline(error_of(row), 400)}" if error_of(row) else ""
    return badge(status, tint) + where + error
