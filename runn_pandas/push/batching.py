"""What a push would do, as a value, and which of its rows are sent together, in which order."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from runn_pandas.push.kinds import Kind, kind_of
from runn_pandas.push.model import Batch, Intent, Outcome, Request, RowPlan, grouped

if TYPE_CHECKING:
    from runn_pandas.account import Account

CLOCK_SLACK = 0.5  # seconds by which two clocks differ that nobody has set


def clocks() -> tuple[float, float]:
    """Return the time by a clock that may be set, and by one that may stand."""
    return time.time(), time.monotonic()


def within(seconds: float, wall: float, monotonic: float) -> bool:
    """Whether a moment is at most so many seconds ago by both clocks, and neither was set."""
    passed, ticked = (now - then for now, then in zip(clocks(), (wall, monotonic), strict=True))
    return max(passed, ticked) < seconds and abs(passed - ticked) < CLOCK_SLACK


@dataclass(frozen=True, repr=False, eq=False)
class Planned:
    """What a push would do, as those see it who draw it or carry it out.

    Attributes
    ----------
    highest : int or None
        The highest id of the account's rows, if it is known.
    known : frozenset or None
        All ids of the account's rows, if they were read.
    continues : mapping
        The interrupted pushes that end in it, and what became of the rows that it has not.
    undoes : mapping or None
        The pushes that it takes back, and what became of rows of which that is not noted.
    takes_back : mapping
        By push which of its rows each row takes back, by position.
    plans, frame
        The pushes of the plan that is taken back, and what they pushed, if that is at hand.
    seen
        What the journal had of unfinished pushes.
    doubt : str
        What is asked about before it is sent, or "".
    token : str
        Its own name; that of a part begins with the name of the whole.
    """

    account: Account
    intent: Intent
    row_plans: tuple[RowPlan, ...]
    notes: tuple[str, ...] = ()
    highest: int | None = None
    known: frozenset[Any] | None = None
    left_out: frozenset[int] = frozenset()
    continues: Mapping[int, Mapping[int, Outcome]] = field(default_factory=dict)
    undoes: Mapping[int, Mapping[int, Outcome]] | None = None
    takes_back: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    plans: tuple[int, ...] = ()
    frame: Intent | None = None
    seen: tuple[Any, ...] = ()
    doubt: str = ""
    token: str = field(default_factory=lambda: uuid4().hex)
    was_current: bool = False
    made_at: float = field(default_factory=lambda: clocks()[0])
    made_monotonic: float = field(default_factory=lambda: clocks()[1])

    @property
    def resource(self) -> str:
        return self.intent.writable.name

    @property
    def family(self) -> str:
        """The token of the whole plan that this is, or a part of."""
        return self.token.partition("/")[0]

    @property
    def begun(self) -> frozenset[int]:
        """The rows, by position, that an interrupted push has begun."""
        return frozenset(d.position for d in self.row_plans if d.begun)

    def batches(self, conflict: str = "skip", *, force: bool = False) -> list[Batch]:
        """Return what is sent, in order."""
        wanted = [
            d
            for d in self.row_plans
            if d.position not in self.left_out and (conflict == "overwrite" or not d.conflict)
        ]
        return batches_of(kind_of(self.intent.writable), wanted, force)

    @property
    def requests(self) -> int:
        return self.cost()

    def cost(self, conflict: str = "skip") -> int:
        """Return the number of writes, with the rows in conflict or without."""
        return sum(len(batch.requests) for batch in self.batches(conflict))

    def anew(self, journal: Any) -> Self:
        """Return the same compared with the account again."""
        raise NotImplementedError


def batches_of(kind: Kind, row_plans: Sequence[RowPlan], force: bool) -> list[Batch]:
    """Return the batches of plans in the order they are sent: changes, new rows, deletions.

    What others need done comes before them, whatever it is. What belongs together goes in
    bulk, in the frame's order within each action.
    """
    todo = [d for d in row_plans if d.requests]
    turns = _turns(todo) if any(d.needs for d in todo) else Counter[int]()  # all in one turn
    todo.sort(key=lambda d: (turns[d.position], kind.order[d.action], kind.begins(d), d.position))
    # A row that goes alone is a group of its own.
    groups = grouped(((kind.group(d) or d.position, turns[d.position]), d) for d in todo)
    size = kind.writable.bulk_size
    return [
        _batch(kind, members[start : start + size], force)
        for members in groups.values()
        for start in range(0, len(members), size)
    ]


def _batch(kind: Kind, members: Sequence[RowPlan], force: bool) -> Batch:
    positions = tuple(member.position for member in members)
    group = kind.group(members[0])
    if len(members) == 1 or group is None:
        return Batch(positions, tuple(_forced(one, force) for one in members[0].requests))
    request, name = kind.bulk(group, members)
    return Batch(positions, (_forced(request, force),), name)


def _forced(request: Request, force: bool) -> Request:
    if not (request.query and "force" in request.query):
        return request
    return replace(request, query={**request.query, "force": force})


def _turns(row_plans: Collection[RowPlan]) -> dict[int, int]:
    """Return each row's turn: after all that it needs. What nobody waits for is deleted last."""
    # What waits in a circle, which a plan refuses, comes after all others.
    turns = dict.fromkeys((d.position for d in row_plans), len(row_plans))
    order = TopologicalSorter({d.position: turns.keys() & d.needs for d in row_plans})
    with suppress(CycleError):
        order.prepare()
    for turn in range(len(row_plans)):
        ready = order.get_ready()
        turns.update(dict.fromkeys(ready, turn))
        order.done(*ready)
    awaited = {position for d in row_plans for position in d.needs}
    last = max(turns.values(), default=0)
    idle = [d.position for d in row_plans if d.action == "delete" and d.position not in awaited]
    return {**turns, **dict.fromkeys(idle, last)}
