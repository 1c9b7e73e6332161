"""The pushes of a journal as values, and the history that they make."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from runn_pandas.catalog.writes import Writable, find_writable
from runn_pandas.frame.expanded import Target
from runn_pandas.push.model import Attempt, Intent, Key, Outcome, RowPlan, done


@dataclass(frozen=True)
class PastRow:
    """A row of a push in the journal.

    Attributes
    ----------
    attempts : tuple of Attempt
        What reached the account for it, or may have, in order.
    outcome : Outcome or None
        What became of it, if that is noted.
    """

    label: Any
    content: str
    row_plan: RowPlan
    outcome: Outcome | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether something was sent for it, now or before."""
        return bool(self.attempts or self.row_plan.begun)

    @property
    def made(self) -> Key:
        """The ids of the records that a new row became, if it is noted that it was made."""
        if self.outcome is None or self.row_plan.action != "create":
            return ()
        if not done(self.outcome) and self.outcome.status != "failed":
            return ()  # one that failed has an id if it was made, and not all of it
        return tuple(one for one in self.outcome.ids if one is not None)

    @property
    def replaced(self) -> Key:
        """The ids of the records that one stands for which takes a change or deletion back."""
        if self.row_plan.action == "create":
            return ()
        now = self.outcome.ids if self.outcome is not None else ()
        return (self.row_plan.id, *now)

    def last(self, at: int, *, restores: bool = False) -> Attempt | None:
        """Return the last attempt at one of its requests."""
        mine = [a for a in self.attempts if a.at == at and a.request.restores == restores]
        return mine[-1] if mine else None

    @cached_property
    def creation(self) -> Attempt | None:
        """The last attempt at making its record."""
        at = self.row_plan.creation
        return None if at is None else self.last(at)

    @property
    def whole(self) -> bool:
        """Whether every request of it was answered with yes."""
        last = [self.last(at) for at in range(len(self.row_plan.requests))]
        return all(one is not None and one.state == "done" for one in last)


@dataclass(frozen=True)
class Push:
    """A push in the journal.

    Attributes
    ----------
    plan : str
        The token of the plan that it carried out, or a part of.
    mark : int or None
        The highest id before its first new record, if that is known.
    next : int or None
        The push that continued it.
    """

    id: int
    plan: str
    resource: str
    began: float
    ended: float | None
    mark: int | None
    next: int | None
    undone: str  # as JSON by push that it takes back which row each of its own takes back
    damaged: str = ""  # what is wrong with it
    rows: Mapping[int, PastRow] = field(default_factory=dict)
    attempts: tuple[Attempt, ...] = ()

    @property
    def writable(self) -> Writable:
        return find_writable(self.resource)[0]

    @cached_property
    def takes_back(self) -> dict[int, dict[int, int]]:
        """By push that it takes back, and by position: which row of that push it takes back."""
        return {
            int(push): {int(own): theirs for own, theirs in rows.items()}
            for push, rows in json.loads(self.undone).items()
        }

    @cached_property
    def begun(self) -> dict[int, PastRow]:
        """The rows of which something was sent, by position."""
        return {position: row for position, row in self.rows.items() if row.begun}

    @cached_property
    def labels(self) -> tuple[Any, ...]:
        """The labels of the frame; of a row that was left out its position."""
        last = max(self.rows, default=-1)
        return tuple(self.rows[n].label if n in self.rows else n for n in range(last + 1))

    @cached_property
    def intent(self) -> Intent:
        """What it asked for, as far as it was to write it."""
        writable = self.writable
        rows = {
            position: {
                **row.row_plan.wanted,
                **dict(zip(writable.key, row.row_plan.key, strict=bool(row.row_plan.key))),
            }
            for position, row in self.rows.items()
        }
        targets = {name: Target(name) for row in rows.values() for name in row}
        index = pd.Index(self.labels, dtype=object, tupleize_cols=False)
        return Intent(writable, self.labels, len(index), targets, rows, index=index)

    @property
    def stamp(self) -> tuple[Any, ...]:
        """What changes with every request of it."""
        return self.id, tuple((attempt.id, attempt.state) for attempt in self.attempts)


def history(pushes: Sequence[Push]) -> list[dict[str, Any]]:
    """Return pushes as lines: one for each field that each was to change."""
    rows = []
    for push in pushes:
        sent = {position for attempt in push.attempts for position in attempt.positions}
        for position, row in push.rows.items():
            if row.row_plan.action != "unchanged":
                rows += _lines(push, row, position in sent)
    return rows


def _lines(push: Push, row: PastRow, sent: bool) -> list[dict[str, Any]]:
    """Return a row's lines in the history: one for each of its changes."""
    row_plan, outcome = row.row_plan, row.outcome or Outcome("not tried")
    if row.outcome is None and row_plan.conflict and not sent:
        outcome = Outcome("conflict", (), row_plan.conflict)
    line = {
        "push": push.id,
        "when": push.began,
        "resource": push.resource,
        "row": row.label,
        "action": row_plan.action,
        "id": row_plan.id if outcome.id is None else outcome.id,
        "status": outcome.status,
        "error": outcome.error,
        "requests": len(push.attempts),
        "ended": push.ended is not None,
    }
    changes: Collection[Sequence[Any]] = row_plan.changes or [(None, None, None)]
    return [{**line, "field": field, "old": old, "new": new} for field, old, new in changes]
