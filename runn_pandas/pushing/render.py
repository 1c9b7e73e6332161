"""A plan to look at: frames, text for a terminal, HTML for a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import pandas as pd

from runn_pandas import html as page
from runn_pandas.frame import words
from runn_pandas.frame.foreign_text import printable
from runn_pandas.frame.types import PANDAS_TEXT
from runn_pandas.lookup.known_names import at_hand, named_cells
from runn_pandas.pushing.model import Operation, Outcome, longer_index
from runn_pandas.pushing.planned import Planned

LINES = 20  # shown in the text and in the table
PER_MINUTE = 120
ACTIONS = {
    "create": "new",
    "update": "changed",
    "delete": "deleted",
    "conflict": "in conflict, left alone",
    "left out": "left out",
    "unchanged": "unchanged",
}
IDLE = ("conflict", "left out", "unchanged")
WHOLE = ("(the whole row)", "there", "deleted")
NO_CHANGES = "0 CHANGES: the frame has no differences from the account."
COPY_HINT = (
    " Did you assign with df.loc[rows, 'column'] = ...? Chained assignments and the rows of"
    " iterrows() change a copy."
)
NOTHING_TO_UNDO = "NOTHING TO UNDO: no row of the push can be taken back."
SUMMARY = {"resource": PANDAS_TEXT, "action": PANDAS_TEXT, "rows": "Int64", "requests": "Int64"}
CHANGES = {"row": "", "id": "", "field": PANDAS_TEXT, "old": "", "new": ""}
RESULT = {
    "action": PANDAS_TEXT,
    "status": PANDAS_TEXT,
    "id": "",
    "error": PANDAS_TEXT,
    "attempts": "Int64",
}


# -- frames


def action_of(plan: Planned, operation: Operation) -> str:
    """Return what happens with a row, as one of ACTIONS."""
    if operation.conflict and operation.requests:
        return "conflict"
    return "left out" if operation.row in plan.left_out else operation.action


def summary(plan: Planned) -> pd.DataFrame:
    """Return rows and requests by action."""
    actions = {one.row: action_of(plan, one) for one in plan.operations}
    requests = dict.fromkeys(ACTIONS, 0)
    for batch in plan.batches():
        # A bulk request of new and changed rows counts where most of it belongs.
        kinds = [actions[one.row] for one in batch.operations]
        requests[max(sorted(set(kinds)), key=kinds.count)] += batch.requests
    counts = list(actions.values())
    rows = [
        [plan.resource, action, counts.count(action), requests[action]]
        for action in ACTIONS
        if action in counts
    ]
    return _frame(rows, SUMMARY)


def changes(plan: Planned) -> pd.DataFrame:
    """Return a row for each field that changes, without conflicts; what is cleared is None."""
    rows = [
        [one.label, one.id, *(None if value == "" else value for value in change)]
        for one in _busy(plan)
        for change in (one.changes if one.action != "delete" else [WHOLE])
    ]
    return _frame(rows, CHANGES)


def _frame(rows: list[list[Any]], types: Mapping[str, str], index: Any = None) -> pd.DataFrame:
    """Return rows as a frame of some types; ids are numbers where all of them are."""
    # As objects from the start: next to a missing one, a whole number would become a float.
    found = pd.DataFrame(rows, columns=[*types], index=index, dtype=object)
    if "id" in found and all(own is None or isinstance(own, int) for own in found["id"]):
        found["id"] = found["id"].astype("Int64")
    return found.astype({name: dtype for name, dtype in types.items() if dtype})


def _busy(plan: Planned) -> Iterator[Operation]:
    """Return the operations that something happens to, in the order of the frame."""
    return (one for one in plan.operations if action_of(plan, one) not in IDLE)


# -- sentences


def headline(plan: Planned) -> str:
    """Return the plan in one sentence."""
    actions = [action_of(plan, one) for one in plan.operations]
    parts = [f"{actions.count(a)} {ACTIONS[a]}" for a in ACTIONS if a in actions]
    minutes = (requests := plan.requests) / PER_MINUTE
    took = f", about {minutes:.1f} min at {PER_MINUTE} a minute" if minutes >= 0.1 else ""
    return (
        f"Plan for {plan.resource!r}: {', '.join(parts) or 'no rows'}. Requests to write:"
        f" {requests}{took}."
    )


def remarks(plan: Planned, *, conflicts: bool = True) -> list[str]:
    """Return what one should know besides the changes."""
    actions = {one.row: action_of(plan, one) for one in plan.operations}
    said = [_no_changes(plan)] if set(actions.values()) <= set(IDLE) and actions else []
    if plan.unset:
        said.append(f'Empty cells clear values of Runn: {plan.unset}. na="omit" keeps the values.')
    if conflicts:
        said += [
            f"Row {one.label!r} (id {one.id}) is in conflict: {one.conflict}."
            for one in plan.operations
            if actions[one.row] == "conflict"
        ]
    if len(said) > LINES:
        said = [*said[:LINES], f"... and {len(said) - LINES} more; plan.summary counts them."]
    return [*said, *plan.notes]


def cautions(plan: Planned) -> list[str]:
    """Return what a push warns of before it sends anything."""
    unset = [f'Empty cells clear values of Runn: {plan.unset}. na="omit" keeps the values.']
    return [*(unset if plan.unset else []), *plan.notes]


def _no_changes(plan: Planned) -> str:
    if plan.undoes:
        return NOTHING_TO_UNDO
    held = sum(action_of(plan, one) == "conflict" for one in plan.operations)
    out = sum(action_of(plan, one) == "left out" for one in plan.operations)
    counts = [f"{n} rows {what}" for n, what in ((held, "in conflict"), (out, "left out")) if n]
    if counts:
        return f"0 CHANGES: {', '.join(counts)}."
    return NO_CHANGES + (COPY_HINT if plan.from_runn else "")


# -- lines


class Line(NamedTuple):
    """One line of a plan, in words except for the row's label."""

    label: Any
    own: str
    about: str
    field: str
    old: str
    new: str


def text(plan: Planned) -> str:
    """Return the plan for a terminal."""
    said = [headline(plan)]
    first, more = _first_lines(plan)
    for line in first:
        what = f"{line.field} {line.old} -> {line.new}" if line.old else line.new
        own = f"{line.own}, {page.cut(line.about, 2 * words.WIDTH)}" if line.about else line.own
        said.append(f"  row {line.label!r} ({own}): {what}")
    return printable("\n".join([*said, *map("  {}".format, more), *remarks(plan)]))


def html(plan: Planned) -> str:
    """Return the plan for a notebook."""
    first, more = _first_lines(plan)
    rows = [line._replace(own=line.own.removeprefix("id ")) for line in first]
    shown = page.table(("row", "id", "about", "field", "old", "new"), rows) if rows else ""
    return page.block(headline(plan), shown, [*more, *remarks(plan)])


def _first_lines(plan: Planned) -> tuple[list[Line], list[str]]:
    """Return the first lines of a plan, and how many more there are, if any."""
    cells = words.cells_of((one.wanted, one.changes) for one in islice(_busy(plan), LINES))
    names = words.names_in(one.old for one in plan.operations)
    names |= named_cells(at_hand(plan.account), cells)
    more = -LINES
    for one in _busy(plan):
        more += 1 if one.action in ("create", "delete") else words.count_parts(one.changes, names)
    notes = [f"... and {more} more; plan.changes has them all."] if more > 0 else []
    return list(islice(_lines(plan, names), LINES)), notes


def _lines(plan: Planned, names: words.Names) -> Iterator[Line]:
    """Return the lines of a plan: one for a new row, one for each part that changes."""
    for one in _busy(plan):
        own = "new" if one.id is None else f"id {one.id}"
        if one.action == "delete":
            yield Line(one.label, own, title_of(one, names), *WHOLE)
        elif one.action == "create":
            told = words.described(one.new, names)
            yield Line(one.label, "new", "", "(new row)", "", told)
        else:
            for change in one.changes:
                for part in words.field_parts(*change, names):
                    yield Line(one.label, own, title_of(one, names), *part)


def title_of(operation: Operation, names: words.Names | None = None) -> str:
    """Return what a row is about, in its own values and the names of its ids."""
    return words.title({**operation.new, **operation.old}, names or {})


# -- the outcome


def result(
    plan: Planned, outcomes: Mapping[int, Outcome], otherwise: str = "planned"
) -> pd.DataFrame:
    """Return one row for each row of the push, or of the frame that it was made of."""
    told = [
        outcomes.get(one.row) or _without_outcome(plan, one, otherwise) for one in plan.operations
    ]
    rows: list[list[Any]] = [
        [one.action, outcome.status, outcome.id, outcome.error, outcome.attempts]
        for one, outcome in zip(plan.operations, told, strict=True)
    ]
    index = plan.index
    many = {str(at): list(one.ids) for at, one in enumerate(told) if len(one.ids) > 1}
    if plan.origin is not None:
        more = [str(one.label) for one in plan.operations[len(plan.origin.rows) :]]
        rows, many = plan.origin.gathered(rows)
        index = longer_index(plan.origin.index, more)
    found = _frame(rows, RESULT, index)
    if many:
        found.attrs["ids"] = many
    if plan.notes:
        found.attrs["notes"] = list(plan.notes)
    return found


def _without_outcome(plan: Planned, operation: Operation, otherwise: str) -> Outcome:
    """Return the outcome of a row that was not sent."""
    ids = operation.made or ((operation.id,) if operation.id is not None else ())
    if operation.made == ("unknown",):
        return Outcome("unknown", (), operation.note)
    if operation.conflict and operation.requests:
        return Outcome("conflict", ids, operation.conflict)
    if operation.row in plan.left_out:
        return Outcome("not tried", ids, "Left out of this plan.")
    if not operation.requests:
        status = "not tried" if operation.note.startswith("Not in the account") else "unchanged"
        return Outcome(status, ids, operation.note)
    return Outcome(otherwise, ids)
