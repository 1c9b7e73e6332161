"""What became of each row, and the frame that tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.push.intent import longer_index

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


# The worst first: what a row is called that takes several writes.
WORST = ("failed", "unknown", "conflict", "not tried", "planned")


@dataclass(frozen=True)
class Origin:
    """The rows that pushed rows were made of, where these are not the rows of the user's frame.

    Attributes
    ----------
    index : Index
        Of the user's frame.
    rows : sequence of int
        For each pushed row which of the frame's rows it was made of.
    refused : mapping of int to str
        Rows of the frame that should be pushed and are not, and why.
    said : str
        What else there is to say of the frame, or "".
    """

    index: pd.Index[Any]
    rows: Sequence[int]
    refused: Mapping[int, str]
    said: str = ""

    def notes(self) -> list[str]:
        """Say how many rows are not pushed, and why."""
        said = [self.said] if self.said else []
        for reason in dict.fromkeys(self.refused.values()):
            places = [place for place, why in self.refused.items() if why == reason]
            many = f"{len(places):,} rows are" if len(places) > 1 else "1 row is"
            shown = ", ".join(repr(self.index[place]) for place in places[:3])
            more = ", ..." if len(places) > 3 else ""
            said.append(f"{many} {reason} (row {shown}{more}).")
        return said

    def gathered(self, cells: Sequence[list[Any]]) -> tuple[list[list[Any]], dict[str, list[Any]]]:
        """Give a line for each row of the frame, and by position the ids where it has several."""
        parts: dict[int, list[list[Any]]] = {}
        for row, line in zip(self.rows, cells, strict=False):
            parts.setdefault(row, []).append(line)
        lines, many = [], {}
        for row in range(len(self.index)):
            if row in parts:
                ids = list(dict.fromkeys(line[2] for line in parts[row] if line[2] is not None))
                if len(ids) > 1:
                    many[str(row)] = ids
                lines.append(_as_one(parts[row]))
            elif row in self.refused:
                why = self.refused[row]
                lines.append(["unchanged", "not tried", None, f"{why[:1].upper()}{why[1:]}.", 0])
            else:
                lines.append(["unchanged", "unchanged", None, "", 0])
        # Last the rows of ``delete=`` that the frame does not have.
        return [*lines, *cells[len(self.rows) :]], many


def _as_one(parts: list[list[Any]]) -> list[Any]:
    """The line of a row that took several writes: the worst status, and every error."""
    bad = [line for status in WORST for line in parts if line[1] == status]
    done = [line for line in parts if line[1] != "unchanged"]
    action, status, own = [*bad, *done, *parts][0][:3]
    errors = dict.fromkeys(line[3] for line in parts if line[3])
    return [action, status, own, " ".join(errors), max(line[4] for line in parts)]


def result(plan: Plan, outcomes: Mapping[int, Outcome], otherwise: str = "planned") -> pd.DataFrame:
    """Give one row for each row of the push, or of the frame that it was made of."""
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
