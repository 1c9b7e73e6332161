"""A review as a notebook stores it: what failed, what changed, and in which state it was left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runn_pandas import html as page
from runn_pandas.frame.words import counted
from runn_pandas.jupyter.app import PAGE, PAGES
from runn_pandas.jupyter.review import pushes, state
from runn_pandas.jupyter.review.state import ReviewRow

HEADS = ("row", "what", "field", "old", "new")
FAILED = PAGES[-1]  # lines of what failed, all of which are there, however long the list
NOTHING_YET = "Nothing is taken back yet."


# Each takes a `PlanReview`.


def html(app: Any) -> str:
    """Return what a saved notebook shows of a review."""
    rows = sorted(app.lines, key=_rank)
    lines = [line for row in rows for line in _lines(row, is_back=app.is_back)]
    limit = max(PAGE, min(sum(len(_lines(row)) for row in rows if _rank(row) == 0), FAILED))
    told = any(line[-1] for line in lines)
    heads = (*HEADS, "outcome") if told else HEADS
    table = page.table(heads, [line[: len(heads)] for line in lines[:limit]]) if lines else ""
    state_of_it, *rest = ends(app)
    notes = [*_more(len(lines) - limit, bool(app.outcomes)), *app.remarks, *rest]
    return page.block(app.headline, page.line(state_of_it) + table, notes)


def _more(lines: int, was_pushed: bool) -> list[str]:
    """Return that there are more lines, and where; empty if there are none."""
    if lines <= 0:
        return []
    whole = "the app's .result has every row" if was_pushed else "plan.changes has them all"
    return [f"... and {lines:,} more; {whole}."]


def _rank(row: ReviewRow) -> int:
    """Return the place of a row: what failed is first, then conflicts, then what was not tried."""
    if row.end == "done":
        return 3
    if row.end == "failed" and row.was_tried:
        return 0
    return 1 if row.kind == "conflict" else 2


def _lines(row: ReviewRow, *, is_back: bool = False) -> list[tuple[Any, ...]]:
    """Return a line for each field of a row; what became of it is said in the first."""
    found, fields = [], state.fields_of(row) or [("", "", "")]
    for number, cells in enumerate(fields):
        end = _end(row, is_back=is_back) if number == 0 else ""
        found.append((row.label, row.what, *cells, end))
    return found


def _end(row: ReviewRow, *, is_back: bool) -> str:
    if row.outcome is None:
        return f"was {row.reason}" if row.reason else ""
    status = "taken back" if is_back and row.end == "done" else row.outcome.status
    error = row.outcome.error if row.was_tried else ""  # of others it is in the report
    return f"{status}: {error}" if error else status


def ends(app: Any) -> list[str]:
    """Return what became of the plan, in sentences for whoever reads it later."""
    if app.began is not None:
        return [pushes.begun(len(app.running), app.began)]
    tally = app.tally
    if not app.is_back:
        said = [app.report[1] if app.outcomes else "", tally, pushes.pushed_in(app.numbers)]
    elif not app.outcomes:
        said = [NOTHING_YET, tally, _standing(app)]
    else:
        said = [app.report[1], tally, pushes.taken_back_in(app.numbers), _standing(app)]
    return list(filter(None, said))


def _standing(app: Any) -> str:
    """Return how many rows are as they were pushed, and in which push; "" if none are."""
    rows = standing(app)
    verb = "are" if len(rows) != 1 else "is"
    what = f"{counted(len(rows), 'row')} {verb} as pushed"
    return pushes.pushed_in(app.numbers_of_first, what) if rows else ""


def standing(app: Any) -> Sequence[ReviewRow]:
    """Return the rows that were pushed and not taken back."""
    first: Sequence[ReviewRow] = app.first
    return [one for one in first if one.end == "done" and one.label not in app.taken_back]
