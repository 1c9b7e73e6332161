"""What the journal knows of a push that did not come to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from runn_pandas.push.model import Attempt, Batch, RowPlan


@dataclass(frozen=True)
class Unfinished:
    """A push that did not come to its end.

    Attributes
    ----------
    row_plans, batches, entries
        What it was to do, and what was sent. A negative position is a row that is not
        continued.
    content : dict of int to str
        By position what the row asked for; {} in a journal from before this was kept.
    moved : bool
        Whether the positions are those of another frame than the journal has.
    over, kept
        If moved, by the journal's own position what became of the rows that are not
        continued, and which are.
    """

    id: int
    key: str
    resource: str
    mark: int | None
    labels: list[Any]
    row_plans: dict[int, RowPlan]
    batches: dict[int, Batch]
    content: dict[int, str] = field(default_factory=dict)
    entries: list[Attempt] = field(default_factory=list)
    stamp: tuple[tuple[int, str], ...] = ()
    moved: bool = False
    over: dict[int, tuple[str, list[Any]]] = field(default_factory=dict)
    kept: list[int] = field(default_factory=list)

    @cached_property
    def begun(self) -> dict[int, Batch]:
        """The batches of which something was sent, by number."""
        numbers = {entry.batch for entry in self.entries if entry.state != "unsent"}
        return {number: batch for number, batch in self.batches.items() if number in numbers}

    @property
    def held(self) -> list[int]:
        """The rows of which something was sent, in order."""
        return sorted({p for batch in self.begun.values() for p in batch.positions if p >= 0})

    @cached_property
    def step_of(self) -> dict[int, int]:
        """By position the number of the begun batch that a row is in."""
        return {p: number for number, batch in self.begun.items() for p in batch.positions}

    @cached_property
    def _sent(self) -> dict[tuple[int, int], list[Attempt]]:
        found: dict[tuple[int, int], list[Attempt]] = {}
        for entry in self.entries:
            if entry.state != "unsent":
                found.setdefault((entry.batch, entry.request), []).append(entry)
        return found

    def of(self, number: int, at: int, position: int) -> list[Attempt]:
        """The sendings of one request for one row that reached the account, or may have."""
        return [entry for entry in self._sent.get((number, at), ()) if position in entry.positions]

    def whole(self, number: int, position: int) -> bool:
        """Tell whether every request of a row was answered with yes."""
        count = len(self.batches[number].requests)
        sent = [self.of(number, at, position) for at in range(count)]
        return all(entries and entries[-1].state == "done" for entries in sent)
