"""A plan to look at: frames, text for a terminal, HTML for a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import pandas as pd

from runn_pandas import html as page
from runn_pandas.frame import words
from runn_pandas.frame.expanded import is_held
from runn_pandas.frame.foreign_text import printable
from runn_pandas.frame.types import PANDAS_TEXT
from runn_pandas.lookup.known_names import at_hand, named_cells
from runn_pandas.push.batching import Planned
from runn_pandas.push.model import Intent, Outcome, RowPlan, longer_index
from runn_pandas.push.validate import unset_columns

LINES = 20  # shown in the text and in the table
PER_MINUTE = 120
# What happens to a row, and how many of them are told.
ACTIONS = {
    "create": "new",
    "update": "changed",
    "delete": "deleted",
    "conflict": "in conflict, left alone",
    "continue": "begun before and continued",
    "left out": "left out",
    "unchanged": "unchanged",
}
IDLE = ("conflict", "left out", "unchanged")
WHOLE = ("(the whole row)", "there", "deleted")
NO_CHANGES = "0 CHANGES: the frame has no differences from the account."
COPY_HINT = (
    " Did you assign with df.loc[rows, 'column'] = ...? df['column'][rows] = ... and"
    " changing the rows of iterrows() change a copy."
)
NEW_LEFT_OUT = ": not in the account, and new=False makes no new rows"
OTHERS_ALIKE = "the others have no differences from the account"
NOT_FOUND = "Not in the account, and new=False makes no new rows."
NOTHING_TO_UNDO = (
    "NOTHING TO UNDO: no row of the push can be taken back, or all are as they were before it."
)
ONLY_CONFLICTS = (
    "NOTHING TO UNDO unless with conflict='overwrite': what the push wrote was changed in"
    " the account since."
)
# The columns of the frames; the ids are whatever the resource has.
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


def action_of(plan: Planned) -> dict[int, str]:
    """Return what happens with each row, by position."""
    found: dict[int, str] = {}
    for row_plan in plan.row_plans:
        action: str = row_plan.action
        if row_plan.begun:
            action = "continue"
        elif row_plan.conflict and (row_plan.requests or row_plan.problems):
            action = "conflict"
        elif row_plan.position in plan.left_out:
            action = "left out"
        found[row_plan.position] = action
    return found


def summary(plan: Planned) -> pd.DataFrame:
    """Return rows and requests by action."""
    actions = action_of(plan)
    requests = dict.fromkeys(ACTIONS, 0)
    for batch in plan.batches():
        # A bulk request of new and changed rows counts where most of it belongs.
        kinds = [actions[position] for position in batch.positions]
        requests[max(sorted(set(kinds)), key=kinds.count)] += len(batch.requests)
    counts = list(actions.values())
    rows = [
        [plan.resource, action, counts.count(action), requests[action]]
        for action in ACTIONS
        if action in counts
    ]
    return _frame(rows, SUMMARY)


def changes(plan: Planned) -> pd.DataFrame:
    """Return a row for each field that changes, without conflicts; what is unset is None."""
    rows = [
        [plan.intent.labels[one.position], one.id, *(None if v == "" else v for v in change)]
        for one in _busy(plan)
        for change in (one.changes if one.action != "delete" else [WHOLE])
    ]
    return _frame(rows, CHANGES)


def _frame(rows: list[list[Any]], types: Mapping[str, str], index: Any = None) -> pd.DataFrame:
    """Return rows as a frame of some types; ids are numbers where all of them are."""
    # As objects from the start: beside a missing one, a whole number would become a float.
    found = pd.DataFrame(rows, columns=[*types], index=index, dtype=object)
    if "id" in found and all(own is None or isinstance(own, int) for own in found["id"]):
        found["id"] = found["id"].astype("Int64")
    return found.astype({name: dtype for name, dtype in types.items() if dtype})


def _busy(plan: Planned) -> Iterator[RowPlan]:
    """Return the rows that something happens to, in the order of the frame."""
    actions = action_of(plan)
    return (one for one in plan.row_plans if actions[one.position] not in IDLE)


# -- sentences


def headline(plan: Planned) -> str:
    """Return the plan in one sentence."""
    actions = list(action_of(plan).values())
    parts = [f"{actions.count(a)} {ACTIONS[a]}" for a in ACTIONS if a in actions]
    minutes = (requests := plan.requests) / PER_MINUTE
    took = f", about {minutes:.1f} min at {PER_MINUTE} a minute" if minutes >= 0.1 else ""
    count = words.counted(requests, "request")
    return f"Plan for {plan.resource!r}: {', '.join(parts) or 'no rows'}. {count} to write{took}."


def remarks(plan: Planned, *, conflicts: bool = True) -> list[str]:
    """Return what one should know besides the changes, and with them the rows in conflict."""
    actions = action_of(plan)
    said = [_of_no_changes(plan, actions)] if set(actions.values()) <= set(IDLE) else []
    if plan.undoes is None:
        said += words.of_missing_cells(count_missing(plan, actions), plan.intent.na)
    if conflicts:
        said += [
            f"Row {plan.intent.labels[one.position]!r} (id {one.id}) was {one.conflict}."
            for one in plan.row_plans
            if actions[one.position] == "conflict"
        ]
    if len(said) > LINES:
        more = len(said) - LINES
        said = [*said[:LINES], f"... and {more} more; plan.summary counts them."]
    return [*said, *plan.notes]


def cautions(plan: Planned) -> list[str]:
    """Return what a push says before it sends anything: what is lost unasked, and the notes."""
    unasked = plan.intent.na == "unset" and not plan.intent.na_given and plan.undoes is None
    lost = count_missing(plan, action_of(plan)) if unasked else 0
    return [*words.of_missing_cells(lost, plan.intent.na), *plan.notes]


def _of_no_changes(plan: Planned, actions: Mapping[int, str]) -> str:
    if plan.undoes is not None:
        return NOTHING_TO_UNDO if "conflict" not in actions.values() else ONLY_CONFLICTS
    out = [one.action for one in plan.row_plans if actions[one.position] == "left out"]
    why = NEW_LEFT_OUT if {*out} <= {"unchanged"} else ""
    said = [f"{words.counted(len(out), 'row')} left out{why}"] if out else []
    held = [*actions.values()].count("conflict")
    said += [f"{words.counted(held, 'row')} in conflict, left alone"] if held else []
    if not said:
        return NO_CHANGES + COPY_HINT if plan.intent.from_runn else NO_CHANGES
    said += [OTHERS_ALIKE] if len(out) + held < len(actions) else []
    return f"0 CHANGES: {'; '.join(said)}."


def count_missing(plan: Planned, actions: Mapping[int, str]) -> int:
    """Return how many values of the account a missing cell unsets, or leaves as they are."""
    held = ("conflict", "left out", "continue")
    rows = [
        one
        for one in plan.row_plans
        if actions[one.position] not in held and one.old and one.action in ("update", "unchanged")
    ]
    if plan.intent.na == "unset":
        return sum(len(unset_columns(plan.intent, one)) for one in rows)
    return sum(_left(plan.intent, one) for one in rows)


def _left(intent: Intent, row_plan: RowPlan) -> int:
    """Return how many values of a row a missing cell leaves as they are."""
    cells = intent.rows.get(row_plan.position, {})
    written = {*intent.writable.update_fields, *intent.writable.parts}
    written -= {*intent.writable.key, *intent.on}
    return sum(
        target.field in written and label not in cells and is_held(row_plan.old or {}, target)
        for label, target in intent.targets.items()
    )


# -- lines


class Line(NamedTuple):
    """One line, all in words but the row's label."""

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
    """Return the first lines of what a plan changes, and how many more there are, if any."""
    cells = words.cells_of((one.wanted, one.changes) for one in islice(_busy(plan), LINES))
    names = words.names_in(one.old for one in plan.row_plans)
    names |= named_cells(at_hand(plan.account), cells)
    more = -LINES
    for one in _busy(plan):
        more += 1 if one.action in ("create", "delete") else words.count_parts(one.changes, names)
    notes = [f"... and {more} more; plan.changes has them all."] if more > 0 else []
    return list(islice(_lines(plan, names), LINES)), notes


def _lines(plan: Planned, names: words.Names) -> Iterator[Line]:
    """Return what a plan changes: one line for a new row, one for each part that changes."""
    for row_plan in _busy(plan):
        label = plan.intent.labels[row_plan.position]
        own = "new" if row_plan.id is None else f"id {row_plan.id}"
        if row_plan.action == "delete":
            yield Line(label, own, title_of(row_plan, names), *WHOLE)
        elif row_plan.action == "create":
            yield Line(label, "new", "", "(new row)", "", words.described(row_plan.new, names))
        else:
            for change in row_plan.changes:
                for part in words.field_parts(*change, names):
                    yield Line(label, own, title_of(row_plan, names), *part)


def title_of(row_plan: RowPlan, names: words.Names | None = None) -> str:
    """Return what a row is about, from its own values and the names of its ids."""
    return words.title({**row_plan.new, **(row_plan.old or {})}, names or {})


# -- what came of it


def result(
    plan: Planned, outcomes: Mapping[int, Outcome], otherwise: str = "planned"
) -> pd.DataFrame:
    """Return one row for each row of the push, or of the frame that it was made of."""
    told = [outcomes.get(d.position) or _untold(plan, d, otherwise) for d in plan.row_plans]
    rows: list[list[Any]] = [
        [row_plan.action, one.status, one.id, one.error, one.attempts]
        for row_plan, one in zip(plan.row_plans, told, strict=True)
    ]
    # By position: all the records that a row became, where they are several.
    many = {str(place): list(one.ids) for place, one in enumerate(told) if len(one.ids) > 1}
    index, origin = plan.intent.index, plan.intent.origin
    if origin is not None:
        rows, many = origin.gathered(rows)
        index = longer_index(origin.index, list(plan.intent.labels[len(origin.rows) :]))
    found = _frame(rows, RESULT, index)
    if many:
        found.attrs["ids"] = many
    if plan.notes:
        found.attrs["notes"] = list(plan.notes)
    return found


def _untold(plan: Planned, row_plan: RowPlan, otherwise: str) -> Outcome:
    """Return what to tell of a row of which there is no outcome."""
    status, error = otherwise, ""
    if row_plan.conflict:
        status, error = "conflict", row_plan.conflict
    elif row_plan.position in plan.left_out:
        # What `only` leaves out would be changed; else it was only to be found.
        idle = row_plan.action == "unchanged"
        status, error = "not tried", NOT_FOUND if idle else "Left out of this plan."
    elif not row_plan.open:
        status = "unchanged"
    return Outcome(status, (row_plan.id,), error)
