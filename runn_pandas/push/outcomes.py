"""What became of each row, and the frame that tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.push.model import Outcome, longer_index

if TYPE_CHECKING:
    from runn_pandas.push.plans import Plan

COLUMNS = ["action", "status", "id", "error", "attempts"]


def result(plan: Plan, outcomes: Mapping[int, Outcome], otherwise: str = "planned") -> pd.DataFrame:
    """Give one row for each row of the push, or of the frame that it was made of."""
    rows: list[list[Any]] = []
    many: dict[str, list[Any]] = {}
    by_position = {row_plan.position: row_plan for row_plan in plan.row_plans}
    for position in range(len(plan.intent.labels)):
        row_plan = by_position[position]
        outcome = outcomes.get(position)
        if outcome is None:
            status, error = otherwise, ""
            if row_plan.conflict:
                status, error = "conflict", row_plan.conflict
            elif position in plan.left_out:
                status, error = "not tried", "Left out of this plan."
            elif not row_plan.requests:
                status = "unchanged"
            outcome = Outcome(status, (row_plan.id,), error)
        if len(outcome.ids) > 1:
            many[str(position)] = list(outcome.ids)
        rows.append([row_plan.action, outcome.status, outcome.id, outcome.error, outcome.attempts])
    index, origin = plan.intent.index, plan.intent.origin
    if origin is not None:
        rows, many = origin.gathered(rows)
        index = longer_index(origin.index, list(plan.intent.labels[len(origin.rows) :]))
    found = pd.DataFrame(rows, columns=COLUMNS, index=index)
    text = "str" if int(pd.__version__.split(".")[0]) >= 3 else "string"
    types: dict[str, Any] = {"action": text, "status": text, "error": text, "attempts": "Int64"}
    # From the rows: in the frame None among ids has made floats of them.
    ids = [row[2] for row in rows]
    if all(value is None or isinstance(value, int) for value in ids):
        found["id"] = pd.array(ids, dtype="Int64")
    found = found.astype(types)
    if many:
        # By position: all the records that a row became, where they are several.
        found.attrs["ids"] = many
    if plan.notes:
        found.attrs["notes"] = list(plan.notes)
    return found
