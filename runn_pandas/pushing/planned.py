"""The value of a plan, for those who draw it or carry it out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from runn_pandas.pushing.apply import Batch, batches
from runn_pandas.pushing.kinds import kind_of
from runn_pandas.pushing.model import Operation
from runn_pandas.pushing.origin import Origin

if TYPE_CHECKING:
    from runn_pandas.account import Account
    from runn_pandas.catalog.writes import Writable


@dataclass(frozen=True, repr=False, eq=False)
class Planned:
    """What a push would do.

    Attributes
    ----------
    operations : tuple of Operation
        One for each row of the frame, then one for each row that only ``delete=`` names.
    again : callable
        Plans the same once more, compared with the account as it is then.
    doubt : str
        What needs a confirmation before anything is sent, or "".
    undoes : dict of int to list of int
        By push the row that each row of this plan takes back; -1 for a row of another push.
    left_out : frozenset of int
        The rows that `only` left out.
    unset : int
        The empty cells that clear values.
    highest : int or None
        The highest id of the account's list, where all of it was read.
    pushes : list of int
        The pushes that carried the plan out.
    way_back : callable
        Plans to take pushes back.
    """

    account: Account
    writable: Writable | None
    operations: tuple[Operation, ...]
    notes: tuple[str, ...]
    index: pd.Index[Any]
    again: Callable[[], Any]
    doubt: str = ""
    undoes: Mapping[int, Sequence[int]] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    from_runn: bool = False
    origin: Origin | None = None
    unset: int = 0
    highest: int | None = None
    made_at: float = field(default_factory=time.time)
    pushes: list[int] = field(default_factory=list)
    way_back: Callable[[Account, Sequence[int]], Any] | None = None

    @property
    def resource(self) -> str:
        return self.writable.name if self.writable is not None else ""

    @property
    def requests(self) -> int:
        return self.cost()

    def cost(self, conflict: str = "skip") -> int:
        """Return the number of requests, with the rows in conflict or without."""
        return sum(one.requests for one in self.batches(conflict))

    def batches(self, conflict: str = "skip") -> list[Batch]:
        """Return what is sent, in order."""
        if self.writable is None:
            return []
        return batches(kind_of(self.writable), self.todo(conflict))

    def todo(self, conflict: str = "skip") -> list[Operation]:
        """Return the operations that are sent."""
        return [
            one
            for one in self.operations
            if one.requests
            and one.row not in self.left_out
            and (conflict == "overwrite" or not one.conflict)
        ]
