"""A plan to look at: frames, text for a terminal, HTML for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas import html as page
from runn_pandas.push.lines import lines, missing

if TYPE_CHECKING:
    from runn_pandas.push.plans import Plan

LINES = 20  # shown in the text and in the table
PER_MINUTE = 120
ACTIONS = ("create", "update", "delete", "conflict", "continue", "left out", "unchanged")
WORDS = {
    "create": "new",
    "update": "changed",
    "delete": "deleted",
    "conflict": "in conflict, left alone",
    "continue": "begun before and continued",
    "left out": "left out",
    "unchanged": "unchanged",
}
TEXT = "str" if int(pd.__version__.split(".")[0]) >= 3 else "string"


def action_of(plan: Plan) -> dict[int, str]:
    """What happens with each row, by position."""
    held = {position for batch in plan.begun.values() for position in batch.positions}
    found: dict[int, str] = {}
    for row_plan in plan.row_plans:
        action: str = row_plan.action
        if row_plan.position in held:
            action = "continue"
        elif row_plan.conflict and row_plan.requests:
            action = "conflict"
        elif row_plan.position in plan.left_out:
            action = "left out"
        found[row_plan.position] = action
    return found


def summary(plan: Plan) -> pd.DataFrame:
    """Rows and requests by action."""
    actions = action_of(plan)
    requests = dict.fromkeys(ACTIONS, 0)
    for batch in plan.batches():
        # A bulk request of new and changed rows counts where most of it belongs.
        kinds = [actions[position] for position in batch.positions]
        requests[max(sorted(set(kinds)), key=kinds.count)] += len(batch.requests)
    requests["continue"] = plan.requests - sum(requests.values())
    counts = list(actions.values())
    rows = [
        [plan.resource, action, counts.count(action), requests[action]]
        for action in ACTIONS
        if action in counts
    ]
    frame = pd.DataFrame(rows, columns=["resource", "action", "rows", "requests"])
    return frame.astype({"resource": TEXT, "action": TEXT, "rows": "Int64", "requests": "Int64"})


def changes(plan: Plan) -> pd.DataFrame:
    """A row for each field that changes; those of conflicts are not among them."""
    actions = action_of(plan)
    rows: list[list[Any]] = []
    for row_plan in plan.row_plans:
        if actions[row_plan.position] in ("conflict", "left out", "unchanged"):
            continue
        label = plan.intent.labels[row_plan.position]
        if row_plan.action == "delete":
            rows.append([label, row_plan.id, "(the whole row)", "there", "deleted"])
            continue
        rows += [[label, row_plan.id, *change] for change in row_plan.changes]
    frame = pd.DataFrame(rows, columns=["row", "id", "field", "old", "new"], dtype=object)
    if all(value is None or isinstance(value, int) for value in frame["id"].tolist()):
        frame["id"] = pd.array([row[1] for row in rows], dtype="Int64")
    return frame.astype({"field": TEXT})


def headline(plan: Plan) -> str:
    """The plan in one sentence."""
    actions = list(action_of(plan).values())
    parts = [f"{actions.count(a)} {WORDS[a]}" for a in ACTIONS if a in actions]
    minutes = plan.requests / PER_MINUTE
    took = f", about {minutes:.1f} min at {PER_MINUTE} a minute" if minutes >= 0.1 else ""
    count = f"{plan.requests} request{'s' if plan.requests != 1 else ''} to write{took}"
    return f"Plan for {plan.resource!r}: {', '.join(parts) or 'no rows'}. {count}."


def remarks(plan: Plan, *, conflicts: bool = True) -> list[str]:
    """What one should know besides the changes, and with them the rows in conflict."""
    said = []
    actions = action_of(plan)
    idle = not any(a in ("create", "update", "delete", "continue") for a in actions.values())
    if plan.undoes is not None:
        if idle:
            said.append(_nothing_to_undo(actions))
    elif idle:
        said.append(
            "0 CHANGES: the frame has no differences from the account."
            + (
                " Did you assign with df.loc[rows, 'column'] = ...? df['column'][rows] = ... and"
                " changing the rows of iterrows() change a copy."
                if plan.intent.from_runn
                else ""
            )
        )
    count = 0 if plan.undoes is not None else missing(plan, actions)
    if count:
        said.append(_of_missing_cells(count, plan.intent.na))
    for row_plan in plan.row_plans if conflicts else ():
        if actions[row_plan.position] == "conflict":
            label = plan.intent.labels[row_plan.position]
            said.append(f"Row {label!r} (id {row_plan.id}) was {row_plan.conflict}.")
    if len(said) > LINES:
        more = len(said) - LINES
        said = [*said[:LINES], f"... and {more} more; plan.summary counts them."]
    return [*said, *plan.notes]


def _of_missing_cells(count: int, na: str) -> str:
    """Say what missing cells do to the values that Runn has."""
    if na == "unset":
        what = f"{count:,} missing cells unset" if count > 1 else "1 missing cell unsets"
        return f"{what} the value in Runn (na='unset'; na='omit' leaves it as it is)."
    what = f"{count:,} missing cells leave" if count > 1 else "1 missing cell leaves"
    return f"{what} the value in Runn as it is (na='omit'; na='unset' unsets it)."


def _nothing_to_undo(actions: dict[int, str]) -> str:
    """Say that an undo would change nothing."""
    if "conflict" in actions.values():
        return (
            "NOTHING TO UNDO unless with conflict='overwrite': what the push wrote was changed in"
            " the account since."
        )
    return (
        "NOTHING TO UNDO: no row of the push can be taken back, or all are as they were before it."
    )


def text(plan: Plan) -> str:
    """The plan for a terminal."""
    said = [headline(plan)]
    all_ = list(lines(plan, action_of(plan)))
    for line in all_[:LINES]:
        what = f"{line.field} {line.old} -> {line.new}" if line.old else line.new
        own = f"{line.own}, {page.cut(line.about, 60)}" if line.about else line.own
        said.append(f"  row {line.label!r} ({own}): {what}")
    if len(all_) > LINES:
        said.append(f"  ... and {len(all_) - LINES} more; plan.changes has them all.")
    return "\n".join([*said, *remarks(plan)])


def html(plan: Plan) -> str:
    """The plan for a notebook."""
    all_ = list(lines(plan, action_of(plan)))
    rows = [line._replace(own=line.own.removeprefix("id ")) for line in all_[:LINES]]
    shown = page.table(("row", "id", "about", "field", "old", "new"), rows) if rows else ""
    more = len(all_) - len(rows)
    notes = [f"... and {more} more; plan.changes has them all."] if more else []
    return page.block(headline(plan), shown, [*notes, *remarks(plan)])
