"""What became of each row, and the frame that tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from runn_pandas.push.plans import Plan

COLUMNS = ["action", "status", "id", "error", "attempts"]


@dataclass
class Outcome:
    """What became of a row."""

    status: str
    id: Any = None
    error: str = ""
    attempts: int = 0
    ids: list[Any] = field(default_factory=list)


def result(plan: Plan, outcomes: Mapping[int, Outcome], otherwise: str = "planned") -> pd.DataFrame:
    """Give one row for each row of the push."""
    rows: list[list[Any]] = []
    many: dict[str, list[Any]] = {}
    by_position = {decision.position: decision for decision in plan.decisions}
    for position in range(len(plan.intent.labels)):
        decision = by_position[position]
        outcome = outcomes.get(position)
        if outcome is None:
            status, error = otherwise, ""
            if decision.conflict:
                status, error = "conflict", decision.conflict
            elif position in plan.left_out:
                status, error = "not tried", "Left out of this plan."
            elif not decision.calls:
                status = "unchanged"
            outcome = Outcome(status, decision.id, error)
        if len(outcome.ids) > 1:
            many[str(position)] = outcome.ids
        rows.append([decision.action, outcome.status, outcome.id, outcome.error, outcome.attempts])
    found = pd.DataFrame(rows, columns=COLUMNS, index=plan.intent.index)
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
    return found
