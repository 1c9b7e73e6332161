"""The lines of a review as HTML: one grid, so that all of them stand in the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runn_pandas.html import inline
from runn_pandas.jupyter.review_app import PLAIN
from runn_pandas.jupyter.review_lines import DONE, KINDS, Line, words_of

GRID = "76px minmax(0,20fr) minmax(0,48fr) minmax(0,24fr)"
FIELDS = "minmax(0,13fr) minmax(0,17fr) minmax(0,18fr)"
SHOWN = 4  # fields of a row; the others fold
# Tints that are readable on white and on black, under the page's own colour of text.
TINTS = {
    "create": "rgba(46,160,67,.22)",
    "update": "rgba(56,132,255,.22)",
    "delete": "rgba(218,54,51,.24)",
    "conflict": "rgba(210,153,34,.28)",
    "continue": "rgba(128,128,128,.25)",
    "done": "rgba(46,160,67,.22)",
    "failed": "rgba(218,54,51,.24)",
    "info": "rgba(128,128,128,.14)",
    "error": "rgba(218,54,51,.16)",
}
WRAP = "overflow-wrap:anywhere;min-width:0"


def grid(cells: Sequence[str], columns: str = GRID, style: str = "") -> str:
    """Give cells, already markup, in columns that all lines share."""
    inner = "".join(f'<div style="{WRAP}">{cell}</div>' for cell in cells)
    return (
        f'<div class="{PLAIN}" style="display:grid;grid-template-columns:{columns};gap:0 12px;'
        f'align-items:start;line-height:1.45;font-size:13px;{style}">{inner}</div>'
    )


def head() -> str:
    """The heads of the columns."""
    names = [muted("Kind"), muted("Row"), grid([muted(n) for n in ("Field", "Old", "New")], FIELDS)]
    return grid([*names, muted("Outcome")])


def line(row: Line) -> str:
    """One row of the plan."""
    own = "no id yet" if row.own is None else f"id {inline(row.own, 40)}"
    title = f"<div>{inline(row.title, 80)}</div>" if row.title else ""
    about = title + f'<div style="opacity:.65">row {inline(row.label, 40)}, {own}</div>'
    return grid([badge(KINDS[row.kind], row.kind), about, changes(row), outcome(row)])


def changes(row: Line) -> str:
    """Its fields, each with old and new."""
    fields = [
        grid(
            [
                inline(name, 60),
                value(old, gone=True),
                "deleted" if row.kind == "delete" else value(new),
            ],
            FIELDS,
        )
        for name, old, new in row.changes
    ]
    if row.kind == "delete":
        whole = grid([muted("the whole row"), "", "deleted"], FIELDS)
        return whole + folded(f"{len(fields)} fields", fields)
    few = fields if len(fields) <= SHOWN + 1 else fields[:SHOWN]
    rest = fields[len(few) :]
    return "".join(few) + (folded(f"{len(rest)} more fields", rest) if rest else "")


def folded(name: str, parts: Sequence[str]) -> str:
    """What a click on a name shows."""
    if not parts:
        return ""
    inside = "".join(parts)
    return (
        f'<details><summary style="cursor:pointer;opacity:.75">{inline(name)}</summary>'
        f"{inside}</details>"
    )


def value(one: Any, *, gone: bool = False) -> str:
    """An old or a new value."""
    if one is None:
        return muted("nothing")
    style = "opacity:.7" if gone else "font-weight:600"
    return f'<span style="{style};white-space:pre-wrap">{inline(words_of(one), 160)}</span>'


def outcome(row: Line) -> str:
    """What became of it, or why it is in conflict."""
    if row.outcome is None:
        return muted(f"was {row.reason}") if row.reason else ""
    status = row.outcome.status
    tint = "done" if status in DONE else "continue" if status == "not tried" else "failed"
    new = row.outcome.id if row.outcome.id != row.own else None
    where = f" {muted(f'id {new}')}" if new is not None else ""
    error = f"<div>{inline(row.outcome.error, 400)}</div>" if row.outcome.error else ""
    return badge(status, tint) + where + error


def badge(word: str, tint: str) -> str:
    """A word on a tint."""
    return (
        f'<span style="background:{TINTS[tint]};border-radius:3px;padding:1px 6px;'
        f'box-decoration-break:clone">{inline(word)}</span>'
    )


def muted(words: str) -> str:
    """Words in the background."""
    return f'<span style="opacity:.65">{inline(words, 400)}</span>'


def note(kind: str, words: str) -> str:
    """A sentence on a tint; "" if there is none."""
    if not words:
        return ""
    tint = TINTS.get(kind, TINTS["info"])
    return (
        f'<div class="{PLAIN}" style="background:{tint};border-radius:4px;padding:6px 10px;'
        f'margin:4px 0;line-height:1.45;font-size:13px;{WRAP}">{inline(words, 1000)}</div>'
    )


def said(words: str, *, strong: bool = False) -> str:
    """A line of words."""
    style = "font-weight:600;font-size:14px" if strong else "font-size:13px"
    return f'<div class="{PLAIN}" style="{style};line-height:1.5;{WRAP}">{inline(words, 400)}</div>'


def listed(words: Sequence[str]) -> str:
    """Sentences below each other, folded where they are many."""
    items = [f'<li style="{WRAP}">{inline(one, 400)}</li>' for one in words]
    whole = f'<ul style="margin:2px 0 2px 18px;padding:0">{"".join(items)}</ul>'
    style = "font-size:13px;opacity:.8;line-height:1.45"
    return f'<div class="{PLAIN}" style="{style}">{whole}</div>' if items else ""
